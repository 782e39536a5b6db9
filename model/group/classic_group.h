// A group under the classic protocol, as its coordinator has it in memory: members, who of them
// leads, which assignor they agree on. What it is for the log, a record says (group_records.h). No
// clock, no timer, no answer here: rules only. Source:
// org.apache.kafka.coordinator.group.classic.{ClassicGroup, ClassicGroupMember}; KIP-345, KIP-394.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/group_state.h"
#include "model/messages/describe_groups.h"
#include "model/messages/join_group.h"
#include "model/out.h"

namespace odradek::kafka {

struct ClassicMember {
    std::string id;
    std::string instance;  // Empty: dynamic.
    std::string client_id;
    std::string host;
    Duration rebalance_timeout{};
    Duration session_timeout{};
    std::vector<GroupProtocol> protocols;
    std::vector<TopicPartition> assignment;
    std::optional<RequestId> awaiting_join;
    std::optional<RequestId> awaiting_sync;
    bool is_new{false};  // Waits in its first rebalance: it may be given up there.
    Instant expires{Instant::never()};

    bool is_static() const { return !instance.empty(); }
    // Who waits for a rebalance need not send heartbeats, unless it never was a member before.
    bool heartbeat_satisfied() const { return !is_new && (awaiting_join || awaiting_sync); }
    ConsumerSubscription const* metadata(std::string const& protocol) const;
};

class ClassicGroup {
public:
    explicit ClassicGroup(std::string group = {}) : id_(std::move(group)) {}

    // -- State
    std::string const& id() const { return id_; }
    GroupState state() const { return state_; }
    bool is(GroupState state) const { return state_ == state; }
    GroupState previous_state() const { return previous_; }
    std::int32_t generation() const { return generation_; }
    std::string const& protocol_type() const { return protocol_type_; }  // Empty: no member ever.
    std::string const& protocol() const { return protocol_; }            // Empty: none.
    std::string const& leader() const { return leader_; }
    bool is_leader(std::string const& member) const { return leader_ == member; }
    // By the wall clock.
    Instant state_since() const { return state_since_; }
    bool may_rebalance() const { return may_follow(state_, GroupState::preparing_rebalance); }
    void transition_to(GroupState to, Instant wall);

    // -- Members
    std::map<std::string, ClassicMember> const& members() const { return members_; }
    ClassicMember* member(std::string const& id);
    bool has_member(std::string const& id) const { return members_.count(id) != 0; }
    std::set<std::string> const& pending_joins() const { return pending_joins_; }
    bool is_pending(std::string const& id) const { return pending_joins_.count(id) != 0; }
    void add_pending(std::string const& id) { pending_joins_.insert(id); }
    // Empty: nobody has that instance id.
    std::string static_member(std::string const& instance) const;
    ClassicMember& add(ClassicMember member);
    // Of a member, or of one that was given an id but has not come back with it.
    void remove(std::string const& id);
    // The instance goes on under another id (KIP-345): what its former id asked for is refused with
    // FENCED_INSTANCE_ID by the caller.
    ClassicMember& replace_static(std::string const& instance, std::string const& new_id);
    Error validate(std::string const& member, std::string const& instance) const;
    std::size_t awaiting_join() const;
    bool all_joined() const;
    Duration rebalance_timeout() const;  // The longest of any member.
    // Would a member with these be of the group's kind?
    bool supports(std::string const& type, std::vector<GroupProtocol> const& protocols) const;
    std::string select_protocol() const;
    std::vector<JoinedMember> joined_members() const;

    // -- Rebalances
    bool new_member_added{false};  // While the first members are waited for.
    std::set<std::string> pending_syncs;
    // The leader stays if it has come back, else somebody who has. False: nobody has.
    bool elect_joined_leader();
    // CompletingRebalance; Empty when nobody is left.
    void begin_next_generation(Instant wall);

    // -- Offsets
    Error validate_commit(std::string const& member, std::string const& instance,
                          std::int32_t generation, bool transactional) const;
    bool subscribes_to(std::string const& topic) const;
    // All topics that members subscribe to; nothing: not a group of consumers.
    std::optional<std::set<std::string>> subscribed_topics() const;

    DescribeGroupsResponse describe() const;

    // -- From the log
    struct Loaded {
        std::string protocol_type;
        std::int32_t generation{0};
        std::string protocol;
        std::string leader;
        Instant state_since;
        std::vector<ClassicMember> members;
    };
    static ClassicGroup from_log(std::string group, Loaded const& loaded);

private:
    std::string id_;
    GroupState state_{GroupState::empty};
    GroupState previous_{GroupState::dead};
    Instant state_since_;
    std::int32_t generation_{0};
    std::string protocol_type_;
    std::string protocol_;
    std::string leader_;
    std::map<std::string, ClassicMember> members_;
    std::map<std::string, std::string> static_members_;
    std::set<std::string> pending_joins_;

public:
    // When the rebalance is given up or begun, and when members that have not synced are.
    Instant join_due{Instant::never()};
    Instant sync_due{Instant::never()};
    // Ids that were given out, until when somebody must come with them.
    std::map<std::string, Instant> pending_expires;
    // Of the first rebalance of an empty group: how long it has waited this time, and how long it
    // may still.
    std::optional<Duration> initial_delay;
    Duration initial_remaining{};
};

}  // namespace odradek::kafka
