// EndQuorumEpoch (API key 54, KIP-595). A leader of the metadata quorum that steps down says so and
// names who should follow it, the one with the longest log first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct EndQuorumEpochResponse {
    Error error{Error::none};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::optional<sim::NodeId> leader_node;

    bool operator==(EndQuorumEpochResponse const&) const = default;
};
DESCRIBE(EndQuorumEpochResponse, error, leader, leader_epoch, leader_node)

struct EndQuorumEpochRequest {
    using Response = EndQuorumEpochResponse;
    static constexpr int api_key = 54;

    ClusterId cluster{any_cluster};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    sim::NodeId leader_node;
    std::vector<ReplicaKey> preferred_candidates;

    bool operator==(EndQuorumEpochRequest const&) const = default;
};
DESCRIBE(EndQuorumEpochRequest, cluster, leader, leader_epoch, leader_node, preferred_candidates)

}  // namespace odradek::kafka
