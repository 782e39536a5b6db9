// UpdateRaftVoter (API key 82, KIP-853). A voter tells the leader where it listens and which
// kraft.versions it can do, when the voters record says something else.
#pragma once

#include <cstdint>
#include <optional>

#include "model/errors.h"
#include "model/metadata/records.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct UpdateRaftVoterResponse {
    Error error{Error::none};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::optional<sim::NodeId> leader_node;

    bool operator==(UpdateRaftVoterResponse const&) const = default;
};
DESCRIBE(UpdateRaftVoterResponse, error, leader, leader_epoch, leader_node)

struct UpdateRaftVoterRequest {
    using Response = UpdateRaftVoterResponse;
    static constexpr int api_key = 82;

    ClusterId cluster{any_cluster};
    Epoch current_leader_epoch{no_epoch};
    Voter voter;

    bool operator==(UpdateRaftVoterRequest const&) const = default;
};
DESCRIBE(UpdateRaftVoterRequest, cluster, current_leader_epoch, voter)

}  // namespace odradek::kafka
