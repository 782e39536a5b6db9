#include "model/log/txn_index.h"

#include "model/record_bytes/big_endian.h"

namespace odradek::kafka {

void AbortedTxn::write_to(std::string& out) const
{
    put_i16(out, 0);  // Version.
    put_int64(out, producer_id.value);
    put_int64(out, first_offset.value);
    put_int64(out, last_offset.value);
    put_int64(out, last_stable_offset.value);
}

}  // namespace odradek::kafka
