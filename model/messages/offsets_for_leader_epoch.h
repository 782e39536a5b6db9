// OffsetsForLeaderEpoch (API key 23). A follower asks where its latest leader epoch ended in the
// leader's log, to find out where the two part; before fetches could tell it (KIP-595), each new
// leader epoch began with this. KIP-101: the answer was an end offset only, that of the first
// larger epoch; KIP-279: it names the largest epoch up to the asked one that the leader knows;
// KIP-320: fenced by the epoch the follower believes in.
#pragma once

#include <cstdint>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct EpochEndOffset {
    TopicPartition partition;
    Error error{Error::none};
    Epoch leader_epoch{no_epoch};  // -1: unknown, or an answer as of KIP-101.
    Offset end_offset{no_offset};  // -1: the leader cannot tell.

    bool operator==(EpochEndOffset const&) const = default;
};
DESCRIBE(EpochEndOffset, partition, error, leader_epoch, end_offset)

struct OffsetsForLeaderEpochResponse {
    std::vector<EpochEndOffset> partitions;

    bool operator==(OffsetsForLeaderEpochResponse const&) const = default;
};
DESCRIBE(OffsetsForLeaderEpochResponse, partitions)

struct OffsetForLeaderPartition {
    TopicPartition partition;
    Epoch current_leader_epoch{no_epoch};  // KIP-320; -1 skips the check.
    Epoch leader_epoch{no_epoch};          // The one asked about.

    bool operator==(OffsetForLeaderPartition const&) const = default;
};
DESCRIBE(OffsetForLeaderPartition, partition, current_leader_epoch, leader_epoch)

struct OffsetsForLeaderEpochRequest {
    using Response = OffsetsForLeaderEpochResponse;
    static constexpr int api_key = 23;

    BrokerId replica{no_broker};
    std::vector<OffsetForLeaderPartition> partitions;

    bool operator==(OffsetsForLeaderEpochRequest const&) const = default;
};
DESCRIBE(OffsetsForLeaderEpochRequest, replica, partitions)

}  // namespace odradek::kafka
