// DescribeQuorum (API key 55; KIP-642, KIP-853). How far the replicas of the metadata log are, by
// its leader's knowledge; kafka-metadata-quorum describe.
#pragma once

#include <cstdint>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct QuorumReplicaState {
    ReplicaKey replica;
    Offset log_end{no_offset};  // -1: not known.
    // By the leader's clock; the beginning of time when never. The leader itself: now.
    sim::Instant last_fetch;
    sim::Instant last_caught_up;

    bool operator==(QuorumReplicaState const&) const = default;
};
DESCRIBE(QuorumReplicaState, replica, log_end, last_fetch, last_caught_up)

struct DescribeQuorumResponse {
    Error error{Error::none};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    Offset high_watermark{no_offset};
    sim::Instant now;                           // When the leader said so.
    std::vector<QuorumReplicaState> voters;     // Ascending.
    std::vector<QuorumReplicaState> observers;  // Ascending.

    bool operator==(DescribeQuorumResponse const&) const = default;
};
DESCRIBE(DescribeQuorumResponse, error, leader, leader_epoch, high_watermark, now, voters,
         observers)

struct DescribeQuorumRequest {
    using Response = DescribeQuorumResponse;
    static constexpr int api_key = 55;

    TopicPartition partition{metadata_topic, 0};

    bool operator==(DescribeQuorumRequest const&) const = default;
};
DESCRIBE(DescribeQuorumRequest, partition)

}  // namespace odradek::kafka
