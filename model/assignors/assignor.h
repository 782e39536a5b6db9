// Who of a consumer group reads what: pure functions from the members and the topics that they
// subscribe to. A classic group's leader asks one of them. Source:
// org.apache.kafka.clients.consumer.RangeAssignor, RoundRobinAssignor, StickyAssignor,
// CooperativeStickyAssignor, internals.AbstractStickyAssignor; KIP-54, KIP-341, KIP-345, KIP-429,
// KIP-881.
//
// Where Java walks a hash map, these walk members by id and topics by name: which of several
// members gets one partition more may differ from a JVM's choice, never how many get it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/assignor_name.h"
#include "model/types.h"

namespace odradek::kafka {

struct AssignableTopic {
    std::string name;
    TopicId id;
    std::int32_t partitions{0};
    // By partition, racks of its replicas. Empty: nobody says.
    std::vector<std::vector<std::string>> racks{};
};

struct Subscriber {
    std::string member;
    std::optional<std::string> instance{};  // A static member (KIP-345).
    std::vector<std::string> topics{};
    // What it has, or claims to have, and since which generation; -1: it does not say.
    std::vector<TopicPartition> owned{};
    std::int32_t generation{-1};
    std::string rack{};  // Empty: none.
};

struct AssignorInput {
    std::vector<AssignableTopic> topics;  // Ascending by name.
    std::vector<Subscriber> members;      // Ascending by id.
    // KAFKA-12984, KAFKA-14639: of two who claim a partition, the later generation has it, and
    // neither when both claim it for one generation. Without, both have it.
    bool later_claim_wins{true};
};

// By member of the input.
using Assignment = std::vector<std::vector<TopicPartition>>;

struct StickyAssignment {
    Assignment members;
    // What a cooperative group does not hand out yet, because somebody else has it.
    std::vector<TopicPartition> transferring;
};

Assignment assign_range(AssignorInput const& input);
Assignment assign_round_robin(AssignorInput const& input);
StickyAssignment assign_sticky(AssignorInput const& input);
// Sticky, without what must be revoked first.
Assignment assign_cooperative_sticky(AssignorInput const& input);
Assignment assign(AssignorName assignor, AssignorInput const& input);

}  // namespace odradek::kafka
