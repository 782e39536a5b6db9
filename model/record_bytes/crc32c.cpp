#include "model/record_bytes/crc32c.h"

#include <boost/crc.hpp>

namespace odradek::kafka {

std::uint32_t crc32c(std::string_view bytes)
{
    boost::crc_optimal<32, 0x1edc6f41, 0xffffffff, 0xffffffff, true, true> sum;
    sum.process_bytes(bytes.data(), bytes.size());
    return sum.checksum();
}

}  // namespace odradek::kafka
