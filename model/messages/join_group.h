// JoinGroup (API key 11; KIP-345, KIP-394, KIP-814). A consumer asks to be a member of a group and
// says what it subscribes to, once for each assignor that it knows. It waits until the group has
// come together. One of the members, the leader, is told what all of them want.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"
#include "sim/time.h"

namespace odradek::kafka {

inline constexpr char const* consumer_protocol_type = "consumer";
inline constexpr std::int32_t no_generation = -1;

// ConsumerProtocolSubscription v3 (KIP-429, KIP-881). To the coordinator it is bytes.
struct ConsumerSubscription {
    std::vector<std::string> topics;         // Ascending.
    std::vector<TopicPartition> owned;       // Ascending.
    std::int32_t generation{no_generation};  // Since which it owns them.
    std::string rack;

    bool operator==(ConsumerSubscription const&) const = default;
};
DESCRIBE(ConsumerSubscription, topics, owned, generation, rack)

struct GroupProtocol {
    std::string name;  // Of an assignor.
    ConsumerSubscription metadata;

    bool operator==(GroupProtocol const&) const = default;
};
DESCRIBE(GroupProtocol, name, metadata)

struct JoinedMember {
    std::string member_id;
    std::string instance_id;  // Empty: a dynamic member.
    ConsumerSubscription metadata;

    bool operator==(JoinedMember const&) const = default;
};
DESCRIBE(JoinedMember, member_id, instance_id, metadata)

struct JoinGroupResponse {
    Error error{Error::none};
    std::int32_t generation{no_generation};
    std::string protocol;  // The assignor that was chosen.
    std::string leader;
    bool skip_assignment{false};  // The leader need not compute it (KIP-814).
    std::string member_id;
    std::vector<JoinedMember> members;  // For the leader only.

    bool operator==(JoinGroupResponse const&) const = default;
};
DESCRIBE(JoinGroupResponse, error, generation, protocol, leader, skip_assignment, member_id,
         members)

struct JoinGroupRequest {
    using Response = JoinGroupResponse;
    static constexpr int api_key = 11;

    std::string group;
    sim::Duration session_timeout{};
    sim::Duration rebalance_timeout{};
    std::string member_id;    // Empty: none yet.
    std::string instance_id;  // Empty: a dynamic member.
    std::string client_id;    // Of the request's header.
    std::string protocol_type{consumer_protocol_type};
    std::vector<GroupProtocol> protocols;  // The one that it likes best first.

    bool operator==(JoinGroupRequest const&) const = default;
};
DESCRIBE(JoinGroupRequest, group, session_timeout, rebalance_timeout, member_id, instance_id,
         client_id, protocol_type, protocols)

}  // namespace odradek::kafka
