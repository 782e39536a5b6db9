// ListPartitionReassignments (API key 46; KIP-455). What is being moved, as far as it is
// committed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct OngoingReassignment {
    TopicPartition partition;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> adding;
    std::vector<BrokerId> removing;

    bool operator==(OngoingReassignment const&) const = default;
};
DESCRIBE(OngoingReassignment, partition, replicas, adding, removing)

struct ListPartitionReassignmentsResponse {
    Error error{Error::none};
    std::vector<OngoingReassignment> partitions;

    bool operator==(ListPartitionReassignmentsResponse const&) const = default;
};
DESCRIBE(ListPartitionReassignmentsResponse, error, partitions)

struct ListPartitionReassignmentsRequest {
    using Response = ListPartitionReassignmentsResponse;
    static constexpr int api_key = 46;

    std::optional<std::vector<TopicPartition>> partitions;  // Nothing: all.

    bool operator==(ListPartitionReassignmentsRequest const&) const = default;
};
DESCRIBE(ListPartitionReassignmentsRequest, partitions)

}  // namespace odradek::kafka
