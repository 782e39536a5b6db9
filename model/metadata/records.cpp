#include "model/metadata/records.h"

#include "model/metadata/records_bytes.h"
#include "sim/describe.h"

namespace odradek::kafka {

std::string to_string(MetadataRecord const& record)
{
    return std::visit(
        [](auto const& r) { return std::string(describe_name(&r)) + " " + sim::print(r); }, record);
}

MetadataRecords::MetadataRecords(std::vector<MetadataRecord> list) : records(std::move(list))
{
    for (MetadataRecord const& record : records) {
        digest.add(record.index());
        std::visit([&](auto const& r) { sim::add_to(digest, r); }, record);
    }
}

std::uint64_t MetadataRecords::size() const
{
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < records.size(); ++i)
        bytes += record_bytes_of(records[i], static_cast<std::int32_t>(i));
    return bytes;
}

KeyAndValue MetadataRecords::record(std::int32_t place) const
{
    return bytes_of(records[static_cast<std::size_t>(place)]);
}

std::string MetadataRecords::text() const
{
    std::string text;
    for (MetadataRecord const& record : records)
        text += to_string(record) + "\n";
    return text;
}

BatchRef make_metadata_batch(std::vector<MetadataRecord> records, sim::Instant timestamp)
{
    auto* batch = new RecordBatch;
    batch->record_count = static_cast<std::int32_t>(records.size());
    batch->contents = sim::Ref<BatchContents>(new MetadataRecords(std::move(records)));
    batch->size_bytes = static_cast<std::uint32_t>(batch_header_bytes + batch->contents->size());
    auto const& list = metadata_records_of(*batch);
    batch->control = !list.empty() && is_control(list.front());
    batch->base_timestamp = timestamp;
    batch->max_timestamp = timestamp;
    return BatchRef(batch);
}

std::vector<MetadataRecord> const& metadata_records_of(RecordBatch const& batch)
{
    return static_cast<MetadataRecords const&>(*batch.contents).records;
}

}  // namespace odradek::kafka
