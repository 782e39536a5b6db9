// ListOffsets (API key 2). Where a partition begins or ends, or which record is the first of a time
// or later: for auto.offset.reset, for operators, and for a follower that is out of range. The end
// is the high watermark for consumers (the last stable offset with read_committed) and the log end
// for replicas. A new leader whose high watermark has not reached the start of its epoch answers
// OFFSET_NOT_AVAILABLE (KIP-207). KIP-79 (by time), KIP-734 (the latest time), KIP-405 (local).
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

// What may stand in the place of a time.
inline constexpr std::int64_t latest_timestamp = -1;
inline constexpr std::int64_t earliest_timestamp = -2;
inline constexpr std::int64_t max_timestamp = -3;             // The record with the latest time.
inline constexpr std::int64_t earliest_local_timestamp = -4;  // Without tiers: the earliest.
inline constexpr std::int64_t latest_tiered_timestamp = -5;   // Without tiers: none.

inline constexpr std::int64_t no_timestamp = -1;

struct ListOffsetsPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    Offset offset{no_offset};  // -1: there is no such record.
    Epoch leader_epoch{no_epoch};
    std::int64_t timestamp{no_timestamp};  // Of the record, when it was looked for by time.

    bool operator==(ListOffsetsPartitionResponse const&) const = default;
};
DESCRIBE(ListOffsetsPartitionResponse, partition, error, offset, leader_epoch, timestamp)

struct ListOffsetsResponse {
    std::vector<ListOffsetsPartitionResponse> partitions;

    bool operator==(ListOffsetsResponse const&) const = default;
};
DESCRIBE(ListOffsetsResponse, partitions)

struct ListOffsetsPartition {
    TopicPartition partition;
    Epoch current_leader_epoch{no_epoch};
    std::int64_t timestamp{latest_timestamp};  // Milliseconds since 1970, or one of the above.

    bool operator==(ListOffsetsPartition const&) const = default;
};
DESCRIBE(ListOffsetsPartition, partition, current_leader_epoch, timestamp)

struct ListOffsetsRequest {
    using Response = ListOffsetsResponse;
    static constexpr int api_key = 2;

    BrokerId replica{no_broker};  // The follower, or -1 for a client.
    bool read_committed{false};  // The end is the last stable offset.
    std::vector<ListOffsetsPartition> partitions;

    bool operator==(ListOffsetsRequest const&) const = default;
};
DESCRIBE(ListOffsetsRequest, replica, read_committed, partitions)

}  // namespace odradek::kafka
