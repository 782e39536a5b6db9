#include "model/check/batch_words.h"

#include <fmt/format.h>

namespace odradek::kafka::check {

RecordId first_record(RecordBatch const& batch)
{
    return batch.record_count == 0 ? RecordId{batch.client, batch.first_number} : batch.record(0);
}

std::uint64_t records_of(RecordBatch const& batch)
{
    return static_cast<std::uint64_t>(batch.record_count);
}

std::string records_text(RecordBatch const& batch, std::int32_t first, std::int32_t last,
                         Names const& names)
{
    if (batch.record_count == 0)
        return names.record(first_record(batch));
    std::string text = names.record(batch.record(first));
    if (last > first)
        text += fmt::format("..{}", batch.record(last).number);
    return text;
}

std::string records_text(RecordBatch const& batch, Names const& names)
{
    return records_text(batch, 0, batch.record_count - 1, names);
}

}  // namespace odradek::kafka::check
