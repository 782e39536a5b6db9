#include "model/coordinator/coordinator_record.h"

#include <utility>

namespace odradek::kafka {

CoordinatorRecords::CoordinatorRecords(std::vector<CoordinatorRecord> list)
    : records(std::move(list))
{
    for (std::size_t i = 0; i < records.size(); ++i) {
        std::int32_t const value = records[i].value
                                       ? static_cast<std::int32_t>(records[i].value->bytes().size())
                                       : null_bytes;
        size_ += record_bytes(static_cast<std::int32_t>(i), 0,
                              static_cast<std::int32_t>(records[i].key.size()), value);
    }
}

std::string CoordinatorRecords::text() const
{
    std::string text;
    for (CoordinatorRecord const& record : records)
        text += record.name + ": " + (record.value ? record.value->text() : "is forgotten") + "\n";
    return text;
}

KeyAndValue CoordinatorRecords::record(std::int32_t place) const
{
    CoordinatorRecord const& one = records[static_cast<std::size_t>(place)];
    return {one.key, one.value ? std::optional(one.value->bytes()) : std::nullopt};
}

BatchRef make_coordinator_batch(std::vector<CoordinatorRecord> records, sim::Instant timestamp)
{
    auto* batch = new RecordBatch;
    batch->record_count = static_cast<std::int32_t>(records.size());
    batch->base_timestamp = timestamp;
    batch->max_timestamp = timestamp;
    batch->contents = sim::share<CoordinatorRecords>(std::move(records));
    batch->size_bytes = static_cast<std::uint32_t>(batch_header_bytes + batch->contents->size());
    return BatchRef(batch);
}

CoordinatorRecords const* coordinator_records_of(RecordBatch const& batch)
{
    return dynamic_cast<CoordinatorRecords const*>(batch.contents.get());
}

}  // namespace odradek::kafka
