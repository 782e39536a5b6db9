#include "model/controller/assignment.h"

#include <algorithm>

#include <fmt/format.h>

namespace odradek::kafka {

Problem check_assignment(MetadataImage const& image, std::vector<BrokerId> const& replicas,
                         std::optional<std::size_t> factor)
{
    Error const error = Error::invalid_replica_assignment;
    if (replicas.empty())
        return {error, "The manual partition assignment includes an empty replica list."};
    std::vector<BrokerId> sorted = replicas;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        if (image.broker(sorted[i]) == nullptr)
            return {error,
                    fmt::format("The manual partition assignment includes broker {}, but no such "
                                "broker is registered.",
                                sorted[i].value)};
        if (i > 0 && sorted[i] == sorted[i - 1])
            return {error, fmt::format("The manual partition assignment includes the broker {} "
                                       "more than once.",
                                       sorted[i].value)};
    }
    if (factor && sorted.size() != *factor)
        return {error,
                fmt::format("The manual partition assignment includes a partition with {} "
                            "replica(s), but this is not consistent with previous partitions, "
                            "which have {} replica(s).",
                            sorted.size(), *factor)};
    return {};
}

std::vector<BrokerId> active_of(MetadataImage const& image, std::vector<BrokerId> const& replicas)
{
    std::vector<BrokerId> active;
    for (BrokerId const broker : replicas)
        if (image.is_active(broker))
            active.push_back(broker);
    return active;
}

PartitionRecord new_partition(MetadataImage const& image, MetadataVersion metadata,
                              TopicPartition partition, std::vector<BrokerId> replicas,
                              std::vector<BrokerId> isr)
{
    PartitionRecord record;
    record.partition = partition;
    record.leader = isr.front();
    record.isr = std::move(isr);
    record.replicas = std::move(replicas);
    if (metadata.directory_assignment())
        for (BrokerId const replica : record.replicas) {
            BrokerRegistration const* const broker = image.broker(replica);
            record.directories.push_back(broker != nullptr ? broker->default_directory()
                                                           : unassigned_directory);
        }
    return record;
}

}  // namespace odradek::kafka
