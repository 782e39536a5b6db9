// AddRaftVoter (API key 80, KIP-853). An operator makes a controller that has caught up a voter of
// the metadata quorum; kafka-metadata-quorum add-controller.
#pragma once

#include <cstdint>
#include <string>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct AddRaftVoterResponse {
    Error error{Error::none};
    std::string error_message;

    bool operator==(AddRaftVoterResponse const&) const = default;
};
DESCRIBE(AddRaftVoterResponse, error, error_message)

struct AddRaftVoterRequest {
    using Response = AddRaftVoterResponse;
    static constexpr int api_key = 80;

    ClusterId cluster{any_cluster};
    sim::Duration timeout{30'000'000'000};
    ReplicaKey voter;
    sim::NodeId node;  // Where it listens.

    bool operator==(AddRaftVoterRequest const&) const = default;
};
DESCRIBE(AddRaftVoterRequest, cluster, timeout, voter, node)

}  // namespace odradek::kafka
