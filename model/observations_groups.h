// What becomes of consumer groups and their offsets, as facts (observations.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/group_state.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// A coordinator has a group in another state.
struct GroupStateChanged {
    BrokerId broker;
    std::string group;
    std::int32_t generation{0};
    GroupState from{GroupState::empty};
    GroupState to{GroupState::empty};
    std::uint64_t members{0};
    std::string reason;
};
DESCRIBE(GroupStateChanged, broker, group, generation, from, to, members, reason)

// A coordinator counts a commit: it is replicated, and decided if it is of a transaction.
struct OffsetCommitted {
    BrokerId broker;
    std::string group;
    std::string member;  // Empty: not told, or of a transaction.
    std::int32_t generation{-1};
    TopicPartition partition;
    Offset offset;
    bool transactional{false};
};
DESCRIBE(OffsetCommitted, broker, group, member, generation, partition, offset, transactional)

// onPartitionsAssigned: from here on a consumer owns what it did not have, and keeps the rest.
struct PartitionsAssigned {
    std::uint32_t client{0};
    std::string group;
    std::int32_t generation{0};
    std::string member;
    std::vector<TopicPartition> added;
    std::vector<TopicPartition> owned;  // All of them, ascending.
    bool at_most_once{false};           // How the application commits.
};
DESCRIBE(PartitionsAssigned, client, group, generation, member, added, owned, at_most_once)

// onPartitionsRevoked: it gives them back, and is still a member.
struct PartitionsRevoked {
    std::uint32_t client{0};
    std::string group;
    std::int32_t generation{0};
    std::vector<TopicPartition> partitions;
};
DESCRIBE(PartitionsRevoked, client, group, generation, partitions)

// onPartitionsLost: others may have had them for long.
struct PartitionsLost {
    std::uint32_t client{0};
    std::string group;
    std::vector<TopicPartition> partitions;
};
DESCRIBE(PartitionsLost, client, group, partitions)

struct CommitOffset {
    TopicPartition partition;
    Offset offset;

    bool operator==(CommitOffset const&) const = default;
};
DESCRIBE(CommitOffset, partition, offset)

// A consumer was told that its commit counts.
struct OffsetsAcknowledged {
    std::uint32_t client{0};
    std::string group;
    std::int32_t generation{-1};
    std::vector<CommitOffset> offsets;
    bool automatic{false};
};
DESCRIBE(OffsetsAcknowledged, client, group, generation, offsets, automatic)

// A consumer goes on where its group has committed.
struct PositionFromCommitted {
    std::uint32_t client{0};
    std::string group;
    TopicPartition partition;
    Offset offset;
};
DESCRIBE(PositionFromCommitted, client, group, partition, offset)

// An application is done with records that poll() gave it.
struct RecordsProcessed {
    std::uint32_t client{0};
    std::string group;
    TopicPartition partition;
    Offset from;
    Offset to;
};
DESCRIBE(RecordsProcessed, client, group, partition, from, to)

}  // namespace odradek::kafka
