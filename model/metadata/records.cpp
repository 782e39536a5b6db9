#include "model/metadata/records.h"

#include "sim/describe.h"

namespace odradek::kafka {

std::string to_string(MetadataRecord const& record)
{
    return std::visit(
        [](auto const& r) { return std::string(describe_name(&r)) + " " + sim::print(r); }, record);
}

std::uint64_t MetadataRecords::size() const
{
    std::uint64_t bytes = 0;
    for (MetadataRecord const& record : records)
        bytes += 8 + std::visit([](auto const& r) { return sim::wire_size(r); }, record);
    return bytes;
}

std::string MetadataRecords::text() const
{
    std::string text;
    for (MetadataRecord const& record : records)
        text += to_string(record) + "\n";
    return text;
}

std::vector<MetadataRecord> const& metadata_records_of(RecordBatch const& batch)
{
    return static_cast<MetadataRecords const&>(*batch.contents).records;
}

}  // namespace odradek::kafka
