// Heartbeat (API key 12): a member of a classic group is alive, and hears of rebalances. LeaveGroup
// (API key 13; KIP-345): it does not want to be a member any more.
#pragma once

#include <cstdint>
#include <string>

#include "model/errors.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct HeartbeatResponse {
    Error error{Error::none};

    bool operator==(HeartbeatResponse const&) const = default;
};
DESCRIBE(HeartbeatResponse, error)

struct HeartbeatRequest {
    using Response = HeartbeatResponse;
    static constexpr int api_key = 12;

    std::string group;
    std::int32_t generation{-1};
    std::string member_id;
    std::string instance_id;

    bool operator==(HeartbeatRequest const&) const = default;
};
DESCRIBE(HeartbeatRequest, group, generation, member_id, instance_id)

struct LeaveGroupResponse {
    Error error{Error::none};

    bool operator==(LeaveGroupResponse const&) const = default;
};
DESCRIBE(LeaveGroupResponse, error)

// Of one member.
struct LeaveGroupRequest {
    using Response = LeaveGroupResponse;
    static constexpr int api_key = 13;

    std::string group;
    std::string member_id;
    std::string instance_id;

    bool operator==(LeaveGroupRequest const&) const = default;
};
DESCRIBE(LeaveGroupRequest, group, member_id, instance_id)

}  // namespace odradek::kafka
