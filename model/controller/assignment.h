// A list of replicas that an operator wrote by hand. Source:
// ReplicationControlManager.validateManualPartitionAssignment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/metadata/image.h"

namespace odradek::kafka {

// An error of Kafka's with its words; none: nothing is wrong.
struct Problem {
    Error error{Error::none};
    std::string message;
};

// Not empty, each broker registered and named once; as long as `factor` where that is said.
Problem check_assignment(MetadataImage const& image, std::vector<BrokerId> const& replicas,
                         std::optional<std::size_t> factor);

// Those of them that are neither fenced nor shutting down.
std::vector<BrokerId> active_of(MetadataImage const& image, std::vector<BrokerId> const& replicas);

// The registration of a new partition on these replicas, led by the first of the ISR.
PartitionRecord new_partition(MetadataImage const& image, MetadataVersion metadata,
                              TopicPartition partition, std::vector<BrokerId> replicas,
                              std::vector<BrokerId> isr);

}  // namespace odradek::kafka
