// Vote (API key 52; KIP-595, voter keys: KIP-853, pre-vote: KIP-996). A candidate asks a voter for
// its vote in an epoch. With pre-vote it first asks whether it would get it: nobody's epoch moves,
// nothing is written down.
#pragma once

#include <cstdint>
#include <optional>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct VoteResponse {
    Error error{Error::none};  // Of the whole request, or of the partition.
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};  // The voter's epoch.
    std::optional<sim::NodeId> leader_node;
    bool vote_granted{false};

    bool operator==(VoteResponse const&) const = default;
};
DESCRIBE(VoteResponse, error, leader, leader_epoch, leader_node, vote_granted)

struct VoteRequest {
    using Response = VoteResponse;
    static constexpr int api_key = 52;

    ClusterId cluster{any_cluster};
    std::optional<ReplicaKey> voter;  // Whom it is meant for.
    ReplicaKey candidate;
    Epoch candidate_epoch{no_epoch};
    // How far the candidate's log goes.
    EpochAndOffset last{Epoch{0}, Offset{0}};
    bool pre_vote{false};  // candidate_epoch is then the epoch the candidate is in.

    bool operator==(VoteRequest const&) const = default;
};
DESCRIBE(VoteRequest, cluster, voter, candidate, candidate_epoch, last, pre_vote)

}  // namespace odradek::kafka
