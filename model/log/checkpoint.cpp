#include "model/log/checkpoint.h"

#include <string_view>

#include <fmt/format.h>

#include "model/topic_uuid.h"

namespace odradek::kafka {

std::string LeaderEpochCheckpoint::text() const
{
    std::string text = fmt::format("0\n{}\n", entries.size());
    for (EpochEntry const& entry : entries)
        fmt::format_to(std::back_inserter(text), "{} {}\n", entry.epoch.value, entry.start.value);
    return text;
}

std::string OffsetCheckpoint::text() const
{
    std::string text = fmt::format("0\n{}\n", entries.size());
    for (Entry const& entry : entries) {
        std::string_view const name = entry.name->text;
        fmt::format_to(std::back_inserter(text), "{} {} {}\n", name.substr(0, name.rfind('-')),
                       entry.partition.partition, entry.offset.value);
    }
    return text;
}

std::string PartitionMetadataFile::text() const
{
    return fmt::format("version: 0\ntopic_id: {}\n", to_string(uuid_of(partition.topic)));
}

}  // namespace odradek::kafka
