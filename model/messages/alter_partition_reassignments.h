// AlterPartitionReassignments (API key 45; KIP-455). Moves replicas of partitions to other brokers,
// or calls such a move off. All partitions that can be, in one batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct ReassignmentPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    std::string message;

    bool operator==(ReassignmentPartitionResponse const&) const = default;
};
DESCRIBE(ReassignmentPartitionResponse, partition, error, message)

struct AlterPartitionReassignmentsResponse {
    Error error{Error::none};  // Of the whole request.
    std::vector<ReassignmentPartitionResponse> partitions;

    bool operator==(AlterPartitionReassignmentsResponse const&) const = default;
};
DESCRIBE(AlterPartitionReassignmentsResponse, error, partitions)

struct ReassignablePartition {
    TopicPartition partition;
    std::optional<std::vector<BrokerId>> replicas;  // Nothing: cancel what is under way.

    bool operator==(ReassignablePartition const&) const = default;
};
DESCRIBE(ReassignablePartition, partition, replicas)

struct AlterPartitionReassignmentsRequest {
    using Response = AlterPartitionReassignmentsResponse;
    static constexpr int api_key = 45;

    std::vector<ReassignablePartition> partitions;

    bool operator==(AlterPartitionReassignmentsRequest const&) const = default;
};
DESCRIBE(AlterPartitionReassignmentsRequest, partitions)

}  // namespace odradek::kafka
