// ListOffsets (API key 2). Where a partition begins or ends, for auto.offset.reset and for a
// follower that is out of range. The end is the high watermark for consumers and the log end for
// replicas. A new leader whose high watermark has not reached the start of its epoch answers
// OFFSET_NOT_AVAILABLE (KIP-207).
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

struct ListOffsetsPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    Offset offset{no_offset};
    Epoch leader_epoch{no_epoch};

    bool operator==(ListOffsetsPartitionResponse const&) const = default;
};
DESCRIBE(ListOffsetsPartitionResponse, partition, error, offset, leader_epoch)

struct ListOffsetsResponse {
    std::vector<ListOffsetsPartitionResponse> partitions;

    bool operator==(ListOffsetsResponse const&) const = default;
};
DESCRIBE(ListOffsetsResponse, partitions)

struct ListOffsetsPartition {
    TopicPartition partition;
    Epoch current_leader_epoch{no_epoch};
    std::int64_t timestamp{-1};  // -1 latest, -2 earliest.

    bool operator==(ListOffsetsPartition const&) const = default;
};
DESCRIBE(ListOffsetsPartition, partition, current_leader_epoch, timestamp)

struct ListOffsetsRequest {
    using Response = ListOffsetsResponse;
    static constexpr int api_key = 2;

    BrokerId replica{no_broker};
    std::vector<ListOffsetsPartition> partitions;

    bool operator==(ListOffsetsRequest const&) const = default;
};
DESCRIBE(ListOffsetsRequest, replica, partitions)

}  // namespace odradek::kafka
