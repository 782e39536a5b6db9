// ListGroups (API key 16), DescribeGroups (API key 15) and DeleteGroups (API key 42): what a
// coordinator knows of its groups. Of one group each, where Kafka asks for several at once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/group_state.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct ListedGroup {
    std::string group;
    std::string protocol_type;
    GroupState state{GroupState::empty};

    bool operator==(ListedGroup const&) const = default;
};
DESCRIBE(ListedGroup, group, protocol_type, state)

struct ListGroupsResponse {
    Error error{Error::none};
    std::vector<ListedGroup> groups;

    bool operator==(ListGroupsResponse const&) const = default;
};
DESCRIBE(ListGroupsResponse, error, groups)

struct ListGroupsRequest {
    using Response = ListGroupsResponse;
    static constexpr int api_key = 16;

    bool operator==(ListGroupsRequest const&) const = default;
};
DESCRIBE_EMPTY(ListGroupsRequest)

struct DescribedMember {
    std::string member_id;
    std::string instance_id;
    std::string client_id;
    std::string host;
    std::vector<TopicPartition> assignment;

    bool operator==(DescribedMember const&) const = default;
};
DESCRIBE(DescribedMember, member_id, instance_id, client_id, host, assignment)

struct DescribeGroupsResponse {
    Error error{Error::none};
    std::string group;
    GroupState state{GroupState::dead};
    std::string protocol_type;
    std::string protocol;
    std::vector<DescribedMember> members;

    bool operator==(DescribeGroupsResponse const&) const = default;
};
DESCRIBE(DescribeGroupsResponse, error, group, state, protocol_type, protocol, members)

struct DescribeGroupsRequest {
    using Response = DescribeGroupsResponse;
    static constexpr int api_key = 15;

    std::string group;

    bool operator==(DescribeGroupsRequest const&) const = default;
};
DESCRIBE(DescribeGroupsRequest, group)

struct DeleteGroupsResponse {
    Error error{Error::none};

    bool operator==(DeleteGroupsResponse const&) const = default;
};
DESCRIBE(DeleteGroupsResponse, error)

struct DeleteGroupsRequest {
    using Response = DeleteGroupsResponse;
    static constexpr int api_key = 42;

    std::string group;

    bool operator==(DeleteGroupsRequest const&) const = default;
};
DESCRIBE(DeleteGroupsRequest, group)

}  // namespace odradek::kafka
