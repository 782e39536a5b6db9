#include "model/record.h"

#include <fmt/format.h>

namespace odradek::kafka {

void RecordBatch::write_to(std::string& bytes) const
{
    std::string text =
        fmt::format("batch {} epoch {} count {} client {} first {}\n", base_offset.value,
                    leader_epoch.value, record_count, client, first_number);
    if (contents)
        text += contents->text();
    text.resize(size_bytes, '.');
    bytes += text;
}

sim::Ref<RecordBatch> RecordBatch::stamped(Offset base, Epoch epoch) const
{
    auto* batch = new RecordBatch(*this);
    batch->base_offset = base;
    batch->leader_epoch = epoch;
    return sim::Ref<RecordBatch>(batch);
}

}  // namespace odradek::kafka
