// BeginQuorumEpoch (API key 53, KIP-595). A new leader of the metadata quorum tells the voters so,
// and goes on telling them, so that who missed it learns of it.
#pragma once

#include <cstdint>
#include <optional>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct BeginQuorumEpochResponse {
    Error error{Error::none};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::optional<sim::NodeId> leader_node;

    bool operator==(BeginQuorumEpochResponse const&) const = default;
};
DESCRIBE(BeginQuorumEpochResponse, error, leader, leader_epoch, leader_node)

struct BeginQuorumEpochRequest {
    using Response = BeginQuorumEpochResponse;
    static constexpr int api_key = 53;

    ClusterId cluster{any_cluster};
    std::optional<ReplicaKey> voter;  // Whom it is meant for.
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    sim::NodeId leader_node;

    bool operator==(BeginQuorumEpochRequest const&) const = default;
};
DESCRIBE(BeginQuorumEpochRequest, cluster, voter, leader, leader_epoch, leader_node)

}  // namespace odradek::kafka
