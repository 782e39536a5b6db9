// SyncGroup (API key 14). The members of a new generation ask for their assignments; the leader
// brings them along.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct MemberAssignment {
    std::string member_id;
    std::vector<TopicPartition> partitions;  // Ascending.

    bool operator==(MemberAssignment const&) const = default;
};
DESCRIBE(MemberAssignment, member_id, partitions)

struct SyncGroupResponse {
    Error error{Error::none};
    std::vector<TopicPartition> assignment;  // Ascending.

    bool operator==(SyncGroupResponse const&) const = default;
};
DESCRIBE(SyncGroupResponse, error, assignment)

struct SyncGroupRequest {
    using Response = SyncGroupResponse;
    static constexpr int api_key = 14;

    std::string group;
    std::int32_t generation{-1};
    std::string member_id;
    std::string instance_id;
    std::string protocol;                       // The assignor (KIP-559).
    std::vector<MemberAssignment> assignments;  // Of the leader.

    bool operator==(SyncGroupRequest const&) const = default;
};
DESCRIBE(SyncGroupRequest, group, generation, member_id, instance_id, protocol, assignments)

}  // namespace odradek::kafka
