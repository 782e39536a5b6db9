// ElectLeaders (API key 43; KIP-460). Preferred or unclean election on request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct ElectLeadersPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};

    bool operator==(ElectLeadersPartitionResponse const&) const = default;
};
DESCRIBE(ElectLeadersPartitionResponse, partition, error)

struct ElectLeadersResponse {
    std::vector<ElectLeadersPartitionResponse> partitions;

    bool operator==(ElectLeadersResponse const&) const = default;
};
DESCRIBE(ElectLeadersResponse, partitions)

struct ElectLeadersRequest {
    using Response = ElectLeadersResponse;
    static constexpr int api_key = 43;

    bool unclean{false};  // Else preferred.
    std::vector<TopicPartition> partitions;

    bool operator==(ElectLeadersRequest const&) const = default;
};
DESCRIBE(ElectLeadersRequest, unclean, partitions)

}  // namespace odradek::kafka
