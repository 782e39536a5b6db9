// Rebalances: who is waited for, for how long, and what becomes of a generation. Source:
// GroupMetadataManager (prepareRebalance, completeClassicGroupJoin, expirePendingSync,
// tryCompleteInitialRebalanceElseSchedule).
#include <algorithm>

#include <fmt/format.h>

#include "model/group/group_coordinator.h"
#include "sim/ensure.h"

namespace odradek::kafka {

TopicNames GroupCoordinator::names_of(
    GroupContext const& at,
    std::vector<std::pair<std::string, std::vector<TopicPartition>>> const& assignments)
{
    TopicNames names;
    for (auto const& [member, partitions] : assignments)
        for (TopicPartition const partition : partitions) {
            bool const known = std::any_of(names.begin(), names.end(), [&](auto const& entry) {
                return entry.first == partition.topic;
            });
            if (!known)
                names.emplace_back(partition.topic, at.cluster.topic_name(partition.topic));
        }
    return names;
}

void GroupCoordinator::change_state(GroupContext const& at, ClassicGroup& group, GroupState before,
                                    std::string const& why)
{
    if (at.out.listening())
        at.out.note("{}: {} -> {}, generation {}, {} members: {}", group.id(), name_of(before),
                    name_of(group.state()), group.generation(), group.members().size(), why);
    at.out.observe(GroupStateChanged{at.self, group.id(), group.generation(), before, group.state(),
                                     group.members().size(), why});
}

// Whatever it waits for comes to nothing.
void GroupCoordinator::fail_waiting(GroupContext const& at, ClassicGroup& group, Error error)
{
    for (auto const& [id, known] : group.members()) {
        ClassicMember& member = *group.member(id);
        if (member.awaiting_join) {
            JoinGroupResponse response;
            response.error = error;
            at.out.reply(*std::exchange(member.awaiting_join, std::nullopt), std::move(response));
        }
        if (member.awaiting_sync)
            at.out.reply(*std::exchange(member.awaiting_sync, std::nullopt),
                         SyncGroupResponse{error, {}});
    }
}

void GroupCoordinator::rebalance_or_complete(GroupContext const& at, Entry& entry,
                                             ClassicGroup& group, std::string const& why)
{
    if (group.may_rebalance())
        prepare_rebalance(at, entry, group, why);
    else
        complete_join_if_all_came(at, entry, group);
}

void GroupCoordinator::prepare_rebalance(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                         std::string const& why)
{
    GroupState const before = group.state();
    if (before == GroupState::completing_rebalance) {
        for (auto const& [id, known] : group.members())
            group.member(id)->assignment.clear();
        propagate_assignment(at, group, Error::rebalance_in_progress);
    }
    group.pending_syncs.clear();
    group.sync_due = Instant::never();
    group.transition_to(GroupState::preparing_rebalance, at.env.wall);
    change_state(at, group, before, why);
    if (before == GroupState::empty) {
        // More members are likely to come soon: better one rebalance than many.
        Duration const delay = at.config.group_initial_rebalance_delay;
        group.new_member_added = false;
        group.initial_delay = delay;
        group.initial_remaining = std::max(group.rebalance_timeout() - delay, Duration{});
        group.join_due = at.env.now + delay;
        wake_at(at, group.join_due);
        return;
    }
    group.initial_delay.reset();
    if (group.all_joined()) {
        complete_join(at, entry, group);
    } else {
        group.join_due = at.env.now + group.rebalance_timeout();
        wake_at(at, group.join_due);
    }
}

void GroupCoordinator::complete_join_if_all_came(GroupContext const& at, Entry& entry,
                                                 ClassicGroup& group)
{
    // The first rebalance of an empty group takes its time.
    if (!group.is(GroupState::preparing_rebalance) || group.previous_state() == GroupState::empty ||
        !group.all_joined())
        return;
    complete_join(at, entry, group);
}

void GroupCoordinator::complete_join(GroupContext const& at, Entry& entry, ClassicGroup& group)
{
    group.join_due = Instant::never();
    group.initial_delay.reset();
    std::vector<std::string> gone;
    for (auto const& [id, member] : group.members())
        if (!member.awaiting_join && !member.is_static())
            gone.push_back(id);
    for (std::string const& id : gone)
        group.remove(id);
    if (!gone.empty() && at.out.listening())
        at.out.note("{}: {} have not come back in time: {}", group.id(), gone.size(),
                    fmt::join(gone, ", "));
    if (group.is(GroupState::dead))
        return;
    if (!group.elect_joined_leader() && !group.members().empty()) {
        // Only static members are left, and none of them has come.
        group.join_due = at.env.now + group.rebalance_timeout();
        wake_at(at, group.join_due);
        return;
    }
    GroupState const before = group.state();
    group.begin_next_generation(at.env.wall);
    if (group.is(GroupState::empty)) {
        change_state(at, group, before, "nobody is left");
        append(at, entry, {group_record(group, {}, {})}, GroupWritten{group.id()});
        return;
    }
    change_state(
        at, group, before,
        fmt::format("everybody has come, {} leads, assignor {}", group.leader(), group.protocol()));
    for (auto const& [id, known] : group.members()) {
        ClassicMember& member = *group.member(id);
        if (member.awaiting_join)
            answer_join(at, group, *std::exchange(member.awaiting_join, std::nullopt), id);
        expect(at, member, member.session_timeout);
        member.is_new = false;
        group.pending_syncs.insert(id);
    }
    group.sync_due = at.env.now + group.rebalance_timeout();
    wake_at(at, group.sync_due);
}

void GroupCoordinator::propagate_assignment(GroupContext const& at, ClassicGroup& group,
                                            Error error)
{
    for (auto const& [id, known] : group.members()) {
        ClassicMember& member = *group.member(id);
        if (!member.awaiting_sync)
            continue;
        at.out.reply(*std::exchange(member.awaiting_sync, std::nullopt),
                     SyncGroupResponse{error, error == Error::none
                                                  ? member.assignment
                                                  : std::vector<TopicPartition>{}});
        expect(at, member, member.session_timeout);
    }
}

void GroupCoordinator::remove_member(GroupContext const& at, Entry& entry, ClassicGroup& group,
                                     std::string const& id, std::string const& why)
{
    if (ClassicMember* const member = group.member(id);
        member != nullptr && member->awaiting_join) {
        JoinGroupResponse response;
        response.error = Error::unknown_member_id;
        at.out.reply(*member->awaiting_join, std::move(response));
    }
    group.remove(id);
    if (group.is(GroupState::stable) || group.is(GroupState::completing_rebalance))
        rebalance_or_complete(at, entry, group, why);
    else if (group.is(GroupState::preparing_rebalance) && group.all_joined())
        complete_join(at, entry, group);
}

// -- What has been written ----------------------------------------------------------------------
void GroupCoordinator::on_group_written(GroupContext const& at, Append const& append, Error error)
{
    std::string const& id =
        std::visit([](auto const& then) -> std::string const& { return then.group; }, append.then);
    Entry* const entry = shards_.find(append.partition);
    bool const mine = entry != nullptr && entry->epoch == append.epoch;
    ClassicGroup* const group = mine ? entry->shard.find(id) : nullptr;
    if (error != Error::none)
        at.out.note("{}: could not be written to __consumer_offsets-{}: {}", id, append.partition,
                    to_string(error));
    if (auto const* rejoin = std::get_if<StaticRejoin>(&append.then)) {
        if (group != nullptr) {
            on_static_rejoin(at, *group, *rejoin, error);
        } else {
            JoinGroupResponse response;
            response.error = Error::not_coordinator;
            at.out.reply(rejoin->request, std::move(response));
        }
        return;
    }
    auto const* written = std::get_if<AssignmentWritten>(&append.then);
    if (written == nullptr || group == nullptr)
        return;
    // Another rebalance may have begun in the meantime.
    if (!group->is(GroupState::completing_rebalance) || group->generation() != written->generation)
        return;
    if (error != Error::none) {
        for (auto const& [member_id, known] : group->members())
            group->member(member_id)->assignment.clear();
        propagate_assignment(at, *group, error);
        rebalance_or_complete(at, *entry, *group, "its assignment could not be written");
        return;
    }
    for (auto const& known : group->members()) {
        std::string const& member_id = known.first;
        auto const at_member =
            std::find_if(written->assignments.begin(), written->assignments.end(),
                         [&](MemberAssignment const& a) { return a.member_id == member_id; });
        group->member(member_id)->assignment = at_member == written->assignments.end()
                                                   ? std::vector<TopicPartition>{}
                                                   : at_member->partitions;
    }
    propagate_assignment(at, *group, Error::none);
    group->transition_to(GroupState::stable, at.env.wall);
    if (group->pending_syncs.empty())
        group->sync_due = Instant::never();
    change_state(at, *group, GroupState::completing_rebalance, "the assignment is written");
}

void GroupCoordinator::on_static_rejoin(GroupContext const& at, ClassicGroup& group,
                                        StaticRejoin const& rejoin, Error error)
{
    ClassicMember* const member = group.member(rejoin.new_member);
    bool const waits =
        member != nullptr && member->awaiting_join && *member->awaiting_join == rejoin.request;
    if (error == Error::none) {
        if (waits) {
            member->awaiting_join.reset();
            answer_join(at, group, rejoin.request, rejoin.new_member,
                        group.is_leader(rejoin.new_member));
        }
        return;
    }
    if (member != nullptr && group.static_member(rejoin.instance) == rejoin.new_member) {
        at.out.note("{}: {} is {} again", group.id(), rejoin.instance, rejoin.old_member);
        ClassicMember& old = group.replace_static(rejoin.instance, rejoin.old_member);
        old.protocols = rejoin.protocols;
        old.rebalance_timeout = rejoin.rebalance_timeout;
        old.session_timeout = rejoin.session_timeout;
        expect(at, old, old.session_timeout);
    }
    JoinGroupResponse response;
    response.error = error;
    response.generation = group.generation();
    response.leader = rejoin.former_leader;
    at.out.reply(rejoin.request, std::move(response));
}

// -- Time ---------------------------------------------------------------------------------------
void GroupCoordinator::expect(GroupContext const& at, ClassicMember& member, Duration within)
{
    member.expires = at.env.now + within;
    wake_at(at, member.expires);
}

// One timer for all groups: what is put off to later is found out when it fires.
void GroupCoordinator::wake_at(GroupContext const& at, Instant when)
{
    if (when >= armed_)
        return;
    armed_ = when;
    at.out.arm(timer(TimerKind::group_due), std::max(when - at.env.now, Duration{}));
}

void GroupCoordinator::work_off_timers(GroupContext const& at)
{
    Instant next = Instant::never();
    for (Entry& entry : shards_.entries()) {
        if (entry.loading)
            continue;
        for (auto& [id, group] : entry.shard.groups) {
            on_group_due(at, entry, group);
            next = std::min({next, group.join_due, group.sync_due});
            for (auto const& [member, when] : group.pending_expires)
                next = std::min(next, when);
            for (auto const& [member_id, member] : group.members())
                next = std::min(next, member.expires);
        }
    }
    if (next != Instant::never())
        wake_at(at, next);
}

void GroupCoordinator::on_group_due(GroupContext const& at, Entry& entry, ClassicGroup& group)
{
    Instant const now = at.env.now;
    std::vector<std::string> late;
    for (auto const& [id, when] : group.pending_expires)
        if (when <= now)
            late.push_back(id);
    for (std::string const& id : late) {
        group.pending_expires.erase(id);
        if (!group.is_pending(id))
            continue;
        at.out.note("{}: {} was given its id, but has not joined", group.id(), id);
        group.remove(id);
        if (group.is(GroupState::preparing_rebalance) && group.all_joined())
            complete_join(at, entry, group);
    }
    late.clear();
    for (auto const& [id, member] : group.members())
        if (member.expires <= now)
            late.push_back(id);
    for (std::string const& id : late) {
        ClassicMember* const member = group.member(id);
        if (member == nullptr || member->expires > now)
            continue;
        member->expires = Instant::never();
        if (member->heartbeat_satisfied())
            continue;
        remove_member(
            at, entry, group, id,
            fmt::format("{} was not heard of for {}", id, to_string(member->session_timeout)));
    }
    if (group.join_due <= now)
        on_join_due(at, entry, group);
    if (group.sync_due <= now)
        expire_pending_syncs(at, entry, group);
}

void GroupCoordinator::on_join_due(GroupContext const& at, Entry& entry, ClassicGroup& group)
{
    group.join_due = Instant::never();
    if (!group.is(GroupState::preparing_rebalance))
        return;
    if (group.initial_delay && group.new_member_added && group.initial_remaining > Duration{}) {
        group.new_member_added = false;
        Duration const delay =
            std::min(at.config.group_initial_rebalance_delay, group.initial_remaining);
        group.initial_remaining =
            std::max(group.initial_remaining - *group.initial_delay, Duration{});
        group.initial_delay = delay;
        group.join_due = at.env.now + delay;
        return;
    }
    complete_join(at, entry, group);
}

void GroupCoordinator::expire_pending_syncs(GroupContext const& at, Entry& entry,
                                            ClassicGroup& group)
{
    group.sync_due = Instant::never();
    if (group.pending_syncs.empty() ||
        (!group.is(GroupState::completing_rebalance) && !group.is(GroupState::stable)))
        return;
    std::set<std::string> const late = std::exchange(group.pending_syncs, {});
    for (std::string const& id : late)
        group.remove(id);
    prepare_rebalance(at, entry, group,
                      fmt::format("{} have joined but not synced", fmt::join(late, ", ")));
}

}  // namespace odradek::kafka
