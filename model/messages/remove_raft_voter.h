// RemoveRaftVoter (API key 81, KIP-853). An operator takes a voter out of the metadata quorum;
// kafka-metadata-quorum remove-controller.
#pragma once

#include <cstdint>
#include <string>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct RemoveRaftVoterResponse {
    Error error{Error::none};
    std::string error_message;

    bool operator==(RemoveRaftVoterResponse const&) const = default;
};
DESCRIBE(RemoveRaftVoterResponse, error, error_message)

struct RemoveRaftVoterRequest {
    using Response = RemoveRaftVoterResponse;
    static constexpr int api_key = 81;

    ClusterId cluster{any_cluster};
    ReplicaKey voter;

    bool operator==(RemoveRaftVoterRequest const&) const = default;
};
DESCRIBE(RemoveRaftVoterRequest, cluster, voter)

}  // namespace odradek::kafka
