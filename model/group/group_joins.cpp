// Members come, are heard of, and go. Source: GroupMetadataManager (classicGroupJoin,
// classicGroupSync, classicGroupHeartbeat, classicGroupLeave).
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/group/group_coordinator.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site member_id_site("group.member-id");
// A member that was never in the group before waits so long for its first rebalance (KAFKA-9752).
constexpr Duration new_member_join_timeout{300'000'000'000};

void refuse(GroupContext const& at, RequestId request, Error error, std::string member = {})
{
    JoinGroupResponse response;
    response.error = error;
    response.member_id = std::move(member);
    at.out.reply(request, std::move(response));
}

// "clientId-" or "instanceId-", and a random UUID.
std::string make_member_id(Env const& env, JoinGroupRequest const& message)
{
    std::uint64_t part[4];
    for (std::uint64_t& one : part)
        one = env.below(member_id_site, std::uint64_t{1} << 32);
    return fmt::format("{}-{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}",
                       message.instance_id.empty() ? message.client_id : message.instance_id,
                       part[0], part[1] >> 16, part[1] & 0xfff, 0x8000 | (part[2] >> 18),
                       part[2] & 0xffff, part[3]);
}

}  // namespace

void GroupCoordinator::join(GroupContext const& at, RequestId request,
                            JoinGroupRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    if (entry == nullptr)
        return refuse(at, request, error, message.member_id);
    if (message.group.empty())
        return refuse(at, request, Error::invalid_group_id, message.member_id);
    if (message.session_timeout < at.config.group_min_session_timeout ||
        message.session_timeout > at.config.group_max_session_timeout) {
        at.out.note("{}: a session timeout of {} is not between {} and {}", message.group,
                    to_string(message.session_timeout),
                    to_string(at.config.group_min_session_timeout),
                    to_string(at.config.group_max_session_timeout));
        return refuse(at, request, Error::invalid_session_timeout, message.member_id);
    }
    bool const unknown = message.member_id.empty();
    bool const is_new = entry->shard.find(message.group) == nullptr;
    if (is_new && !unknown)
        return refuse(at, request, Error::unknown_member_id, message.member_id);
    ClassicGroup& group =
        entry->shard.groups.try_emplace(message.group, message.group).first->second;
    std::size_t const most = static_cast<std::size_t>(at.config.group_max_size);
    ClassicMember const* const member = group.member(message.member_id);
    bool accepted = true;
    if (group.is(GroupState::preparing_rebalance))
        accepted = (member != nullptr && member->awaiting_join) || group.awaiting_join() < most;
    else if (!group.is(GroupState::empty) && !group.is(GroupState::dead))
        accepted = member != nullptr || group.members().size() < most;
    if (!accepted) {
        group.remove(message.member_id);
        at.out.note("{} has {} members, and may not have more", message.group,
                    group.members().size());
        refuse(at, request, Error::group_max_size_reached);
    } else if (unknown) {
        join_new(at, *entry, group, request, message);
    } else {
        join_known(at, *entry, group, request, message);
    }
    if (is_new)
        append(at, *entry, {group_record(group, {}, {})}, NewGroup{message.group});
}

void GroupCoordinator::join_new(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                RequestId request, JoinGroupRequest const& message)
{
    if (group.is(GroupState::dead))
        return refuse(at, request, Error::coordinator_not_available);
    if (!group.supports(message.protocol_type, message.protocols)) {
        at.out.note("{}: no assignor that all members know", group.id());
        return refuse(at, request, Error::inconsistent_group_protocol);
    }
    std::string const id = make_member_id(at.env, message);
    if (!message.instance_id.empty()) {
        if (!group.static_member(message.instance_id).empty())
            return rejoin_static(at, entry, group, request, message, id);
        return add_member(at, entry, group, request, message, id);
    }
    if (!at.switches.member_id_required)
        return add_member(at, entry, group, request, message, id);
    // KIP-394: an answer that is lost leaves no member behind, only a name.
    group.add_pending(id);
    group.pending_expires[id] = at.env.now + message.session_timeout;
    wake_at(at, at.env.now + message.session_timeout);
    at.out.detail("{}: {} is to join as {}", group.id(), message.client_id, id);
    refuse(at, request, Error::member_id_required, id);
}

void GroupCoordinator::join_known(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                  RequestId request, JoinGroupRequest const& message)
{
    std::string const& id = message.member_id;
    if (group.is(GroupState::dead))
        return refuse(at, request, Error::coordinator_not_available, id);
    if (!group.supports(message.protocol_type, message.protocols))
        return refuse(at, request, Error::inconsistent_group_protocol, id);
    if (group.is_pending(id))
        return add_member(at, entry, group, request, message, id);
    if (Error const error = group.validate(id, message.instance_id); error != Error::none) {
        at.out.note("{}: {} may not join: {}", group.id(), id, to_string(error));
        return refuse(at, request, error, id);
    }
    ClassicMember& member = *group.member(id);
    switch (group.state()) {
    case GroupState::preparing_rebalance:
        return update_member(at, entry, group, member, request, message, "joins");
    case GroupState::completing_rebalance:
        // The answer of before was lost.
        if (member.protocols == message.protocols)
            return answer_join(at, group, request, id);
        return update_member(at, entry, group, member, request, message, "wants something else");
    case GroupState::stable:
        if (group.is_leader(id))
            return update_member(at, entry, group, member, request, message, "leads and joins");
        if (member.protocols != message.protocols)
            return update_member(at, entry, group, member, request, message,
                                 "wants something else");
        return answer_join(at, group, request, id);
    default:
        return refuse(at, request, Error::unknown_member_id, id);
    }
}

void GroupCoordinator::add_member(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                  RequestId request, JoinGroupRequest const& message,
                                  std::string const& id)
{
    ClassicMember member;
    member.id = id;
    member.instance = message.instance_id;
    member.client_id = message.client_id;
    member.host = fmt::format("/{}", message.client_id);
    member.rebalance_timeout = message.rebalance_timeout;
    member.session_timeout = message.session_timeout;
    member.protocols = message.protocols;
    member.awaiting_join = request;
    member.is_new = true;
    if (group.is(GroupState::preparing_rebalance) && group.previous_state() == GroupState::empty)
        group.new_member_added = true;
    group.pending_expires.erase(id);
    ClassicMember& mine = group.add(std::move(member));
    expect(at, mine, new_member_join_timeout);
    rebalance_or_complete(at, entry, group, fmt::format("{} joins", id));
}

void GroupCoordinator::update_member(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                     ClassicMember& member, RequestId request,
                                     JoinGroupRequest const& message, char const* why)
{
    member.protocols = message.protocols;
    member.rebalance_timeout = message.rebalance_timeout;
    member.session_timeout = message.session_timeout;
    // Who asks again has given the former answer up.
    if (member.awaiting_join)
        at.out.hang_up(*member.awaiting_join);
    member.awaiting_join = request;
    rebalance_or_complete(at, entry, group, fmt::format("{} {}", member.id, why));
}

// KIP-345: a static member is back under a new id. The former one is fenced.
void GroupCoordinator::rejoin_static(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                     RequestId request, JoinGroupRequest const& message,
                                     std::string const& new_id)
{
    StaticRejoin before;
    before.group = group.id();
    before.instance = message.instance_id;
    before.old_member = group.static_member(message.instance_id);
    before.new_member = new_id;
    before.former_leader = group.leader();
    before.request = request;
    ClassicMember& old = *group.member(before.old_member);
    before.rebalance_timeout = old.rebalance_timeout;
    before.session_timeout = old.session_timeout;
    before.protocols = old.protocols;
    if (old.awaiting_join)
        refuse(at, *std::exchange(old.awaiting_join, std::nullopt), Error::fenced_instance_id,
               before.old_member);
    if (old.awaiting_sync)
        at.out.reply(*std::exchange(old.awaiting_sync, std::nullopt),
                     SyncGroupResponse{Error::fenced_instance_id, {}});
    // KAFKA-8500: in whatever state the group is. Without, two members share the instance.
    if (!at.switches.static_member_replaced && !group.is(GroupState::stable))
        return add_member(at, entry, group, request, message, new_id);
    ClassicMember& mine = group.replace_static(message.instance_id, new_id);
    mine.protocols = message.protocols;
    mine.rebalance_timeout = message.rebalance_timeout;
    mine.session_timeout = message.session_timeout;
    mine.awaiting_join = request;
    expect(at, mine, mine.session_timeout);
    at.out.note("{}: static member {} is back as {}, {} is fenced", group.id(), message.instance_id,
                new_id, before.old_member);
    switch (group.state()) {
    case GroupState::stable: {
        if (group.protocol() != group.select_protocol())
            return rebalance_or_complete(
                at, entry, group,
                fmt::format("{} is back and wants another assignor", message.instance_id));
        // No rebalance: it goes on with what it had. KAFKA-10284: the log must know its new id.
        if (!at.switches.static_member_id_written) {
            mine.awaiting_join.reset();
            return answer_join(at, group, request, new_id, group.is_leader(new_id));
        }
        std::vector<std::pair<std::string, std::vector<TopicPartition>>> assignments;
        TopicNames names;
        for (auto const& [id, member] : group.members())
            assignments.emplace_back(id, member.assignment);
        append(at, entry, {group_record(group, assignments, names_of(at, assignments))},
               std::move(before));
        return;
    }
    case GroupState::completing_rebalance:
        // KAFKA-9801: the leader has not heard of the new id, and would leave it without anything.
        if (!at.switches.static_rejoin_rebalances) {
            mine.awaiting_join.reset();
            return answer_join(at, group, request, new_id);
        }
        return prepare_rebalance(at, entry, group, fmt::format("{} is back", message.instance_id));
    default:
        return complete_join_if_all_came(at, entry, group);
    }
}

void GroupCoordinator::answer_join(GroupContext const& at, ClassicGroup const& group,
                                   RequestId request, std::string const& member,
                                   bool skip_assignment)
{
    JoinGroupResponse response;
    response.generation = group.generation();
    response.protocol = group.protocol();
    response.leader = group.leader();
    response.member_id = member;
    response.skip_assignment = skip_assignment;
    bool const completing = group.is(GroupState::completing_rebalance) || skip_assignment;
    if (group.is_leader(member) && completing)
        response.members = group.joined_members();
    at.out.reply(request, std::move(response));
}

void GroupCoordinator::sync(GroupContext const& at, RequestId request,
                            SyncGroupRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    auto const refuse_sync = [&](Error why) { at.out.reply(request, SyncGroupResponse{why, {}}); };
    if (entry == nullptr) {
        // It lost its generation with its coordinator (GroupCoordinatorService.syncGroup).
        return refuse_sync(
            error == Error::coordinator_load_in_progress ? Error::rebalance_in_progress : error);
    }
    ClassicGroup* const group = entry->shard.find(message.group);
    if (group == nullptr || group->is(GroupState::empty))
        return refuse_sync(Error::unknown_member_id);
    if (group->is(GroupState::dead))
        return refuse_sync(Error::coordinator_not_available);
    if (Error const why = group->validate(message.member_id, message.instance_id);
        why != Error::none)
        return refuse_sync(why);
    if (message.generation != group->generation())
        return refuse_sync(Error::illegal_generation);
    if (!message.protocol.empty() && message.protocol != group->protocol() &&
        !group->is(GroupState::preparing_rebalance))
        return refuse_sync(Error::inconsistent_group_protocol);
    ClassicMember& member = *group->member(message.member_id);
    switch (group->state()) {
    case GroupState::preparing_rebalance:
        return refuse_sync(Error::rebalance_in_progress);
    case GroupState::completing_rebalance:
        if (member.awaiting_sync)
            at.out.hang_up(*member.awaiting_sync);
        member.awaiting_sync = request;
        group->pending_syncs.erase(member.id);
        if (!group->is_leader(member.id))
            return;
        {
            std::vector<std::pair<std::string, std::vector<TopicPartition>>> assignments;
            std::size_t partitions = 0;
            for (MemberAssignment const& assigned : message.assignments) {
                assignments.emplace_back(assigned.member_id, assigned.partitions);
                partitions += assigned.partitions.size();
            }
            at.out.note("{}: {} has assigned {} partitions to {} members in generation {}",
                        group->id(), member.id, partitions, group->members().size(),
                        group->generation());
            append(at, *entry, {group_record(*group, assignments, names_of(at, assignments))},
                   AssignmentWritten{group->id(), group->generation(), member.id,
                                     message.assignments});
        }
        return;
    case GroupState::stable:
        group->pending_syncs.erase(member.id);
        if (group->pending_syncs.empty())
            group->sync_due = Instant::never();
        at.out.reply(request, SyncGroupResponse{Error::none, member.assignment});
        return;
    default:
        return refuse_sync(Error::unknown_member_id);
    }
}

void GroupCoordinator::heartbeat(GroupContext const& at, RequestId request,
                                 HeartbeatRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    HeartbeatResponse response;
    if (entry == nullptr) {
        // While it loads, nobody's session can end.
        response.error = error == Error::coordinator_load_in_progress ? Error::none : error;
        at.out.reply(request, response);
        return;
    }
    ClassicGroup* const group = entry->shard.find(message.group);
    if (group == nullptr || group->is(GroupState::empty))
        response.error = Error::unknown_member_id;
    else if (group->is(GroupState::dead))
        response.error = Error::coordinator_not_available;
    else if (Error const why = group->validate(message.member_id, message.instance_id);
             why != Error::none)
        response.error = why;
    else if (message.generation != group->generation())
        response.error = Error::illegal_generation;
    else {
        ClassicMember& member = *group->member(message.member_id);
        expect(at, member, member.session_timeout);
        if (group->is(GroupState::preparing_rebalance))
            response.error = Error::rebalance_in_progress;
    }
    at.out.reply(request, response);
}

void GroupCoordinator::leave(GroupContext const& at, RequestId request,
                             LeaveGroupRequest const& message)
{
    auto const [entry, error] = find(at, message.group);
    if (entry == nullptr) {
        at.out.reply(request, LeaveGroupResponse{error});
        return;
    }
    ClassicGroup* const group = entry->shard.find(message.group);
    if (group == nullptr) {
        at.out.reply(request, LeaveGroupResponse{Error::unknown_member_id});
        return;
    }
    std::string id = message.member_id;
    Error why = Error::none;
    if (group->is(GroupState::dead))
        why = Error::coordinator_not_available;
    else if (id.empty()) {
        id = group->static_member(message.instance_id);
        why = id.empty() ? Error::unknown_member_id : Error::none;
    } else if (!group->is_pending(id)) {
        why = group->validate(id, message.instance_id);
    }
    at.out.reply(request, LeaveGroupResponse{why});
    if (why != Error::none)
        return;
    std::string const reason = fmt::format("{} leaves", id);
    if (ClassicMember* const member = group->member(id); member != nullptr && member->awaiting_join)
        refuse(at, *member->awaiting_join, Error::unknown_member_id);
    group->remove(id);
    group->pending_expires.erase(id);
    if (group->is(GroupState::stable) || group->is(GroupState::completing_rebalance))
        rebalance_or_complete(at, *entry, *group, reason);
    else if (group->is(GroupState::preparing_rebalance))
        complete_join_if_all_came(at, *entry, *group);
}

}  // namespace odradek::kafka
