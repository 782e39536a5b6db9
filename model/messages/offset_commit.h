// OffsetCommit (API key 8) and TxnOffsetCommit (API key 28; KIP-98, KIP-447): a group has processed
// its partitions up to there. In a transaction it counts from the marker on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct CommittedPartition {
    TopicPartition partition;
    Error error{Error::none};

    bool operator==(CommittedPartition const&) const = default;
};
DESCRIBE(CommittedPartition, partition, error)

struct OffsetCommitPartition {
    TopicPartition partition;
    Offset offset;                 // Of the next record to process.
    Epoch leader_epoch{no_epoch};  // Of the last one that was (KIP-320).
    std::string metadata;

    bool operator==(OffsetCommitPartition const&) const = default;
};
DESCRIBE(OffsetCommitPartition, partition, offset, leader_epoch, metadata)

struct OffsetCommitResponse {
    std::vector<CommittedPartition> partitions;

    bool operator==(OffsetCommitResponse const&) const = default;
};
DESCRIBE(OffsetCommitResponse, partitions)

struct OffsetCommitRequest {
    using Response = OffsetCommitResponse;
    static constexpr int api_key = 8;

    std::string group;
    std::int32_t generation{-1};  // -1, and no member: whoever manages offsets by itself.
    std::string member_id;
    std::string instance_id;
    std::vector<OffsetCommitPartition> partitions;

    bool operator==(OffsetCommitRequest const&) const = default;
};
DESCRIBE(OffsetCommitRequest, group, generation, member_id, instance_id, partitions)

struct TxnOffsetCommitResponse {
    std::vector<CommittedPartition> partitions;

    bool operator==(TxnOffsetCommitResponse const&) const = default;
};
DESCRIBE(TxnOffsetCommitResponse, partitions)

struct TxnOffsetCommitRequest {
    using Response = TxnOffsetCommitResponse;
    static constexpr int api_key = 28;

    std::string transactional_id;
    std::string group;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    std::int32_t generation{-1};  // v3 (KIP-447); -1: it does not say.
    std::string member_id;
    std::string instance_id;
    bool adds_partition{false};  // v5 (KIP-890): the group's partition becomes part of it.
    std::vector<OffsetCommitPartition> partitions;

    bool operator==(TxnOffsetCommitRequest const&) const = default;
};
DESCRIBE(TxnOffsetCommitRequest, transactional_id, group, producer_id, producer_epoch, generation,
         member_id, instance_id, adds_partition, partitions)

}  // namespace odradek::kafka
