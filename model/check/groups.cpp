#include "model/check/groups.h"

#include <algorithm>

#include <fmt/format.h>

namespace odradek::kafka::check {

GroupLaws::GroupLaws(Verdicts& verdicts)
    : single_owner_(verdicts.add_law("group-single-owner", sim::PropertyKind::always,
                                     "a partition has one owner in a generation")),
      monotonic_(verdicts.add_law("committed-offset-monotonic", sim::PropertyKind::always,
                                  "what a group has committed does not go back")),
      lost_(verdicts.add_law("lost-processing", sim::PropertyKind::always,
                             "at least once: what is committed was worked on")),
      twice_(verdicts.add_law("double-processing", sim::PropertyKind::always,
                              "at most once: nothing is worked on twice")),
      owns_all_(verdicts.add_law("group-owns-all", sim::PropertyKind::eventually,
                                 "a stable group leaves no partition without an owner"))
{
}

bool GroupLaws::Ranges::add(std::int64_t from, std::int64_t to)
{
    if (from >= to)
        return false;
    bool met = false;
    std::int64_t const begin = from;
    std::int64_t const end = to;
    auto at = ranges_.upper_bound(from);
    if (at != ranges_.begin() && std::prev(at)->second >= from)
        --at;
    while (at != ranges_.end() && at->first <= end) {
        met |= at->first < end && at->second > begin;
        from = std::min(from, at->first);
        to = std::max(to, at->second);
        at = ranges_.erase(at);
    }
    ranges_[from] = to;
    return met;
}

std::int64_t GroupLaws::Ranges::end_from(std::int64_t from) const
{
    auto const at = ranges_.upper_bound(from);
    return at != ranges_.begin() ? std::max(from, std::prev(at)->second) : from;
}

void GroupLaws::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    if (auto const* now = std::get_if<PartitionsAssigned>(&fact.is)) {
        assigned(fact, *now, names, verdicts);
    } else if (auto const* revoked = std::get_if<PartitionsRevoked>(&fact.is)) {
        gave_back(fact, *revoked, names, verdicts);
    } else if (auto const* lost = std::get_if<PartitionsLost>(&fact.is)) {
        for (TopicPartition const partition : lost->partitions)
            progress_[{lost->group, partition}].owners.erase(lost->client);
    } else if (auto const* committed_now = std::get_if<OffsetCommitted>(&fact.is)) {
        committed(fact, *committed_now, names, verdicts);
    } else if (auto const* told = std::get_if<OffsetsAcknowledged>(&fact.is)) {
        for (CommitOffset const& one : told->offsets) {
            std::int64_t& known = progress_[{told->group, one.partition}].acknowledged;
            known = std::max(known, one.offset.value);
        }
    } else if (auto const* goes_on = std::get_if<PositionFromCommitted>(&fact.is)) {
        Progress const& progress = progress_[{goes_on->group, goes_on->partition}];
        verdicts.exercised(monotonic_);
        if (goes_on->offset.value < progress.acknowledged && !offsets_given_up_) {
            Violation violation;
            violation.partition = goes_on->partition;
            violation.what =
                fmt::format("{}: {} goes on at {} in {}, although a commit of {} was acknowledged",
                            goes_on->group, names.client(goes_on->client), goes_on->offset.value,
                            names.partition(goes_on->partition), progress.acknowledged);
            violation.time = fact.time;
            violation.events.push_back(fact.event);
            verdicts.violated(monotonic_, std::move(violation));
        }
        begins_at(goes_on->group, goes_on->partition, goes_on->offset.value, false);
    } else if (auto const* reset = std::get_if<OffsetReset>(&fact.is)) {
        auto const group = groups_.find(reset->client);
        if (group != groups_.end()) {
            forgotten(fact, *reset, names, verdicts);
            begins_at(group->second, reset->partition, reset->to.value, true);
        }
    } else if (auto const* state = std::get_if<GroupStateChanged>(&fact.is)) {
        states_[state->group] = {state->to, state->generation, fact.time};
        // What nobody is there to read may be forgotten after a time.
        if (state->to == GroupState::empty)
            for (auto& [key, progress] : progress_)
                if (key.group == state->group)
                    progress.acknowledged = -1;
    } else if (auto const* finished = std::get_if<ClientFinished>(&fact.is)) {
        auto const group = groups_.find(finished->client);
        if (group != groups_.end())
            for (auto& [key, progress] : progress_)
                if (key.group == group->second)
                    progress.owners.erase(finished->client);
    } else if (auto const* done = std::get_if<RecordsProcessed>(&fact.is)) {
        Progress& progress = progress_[{done->group, done->partition}];
        bool const again = progress.processed.add(done->from.value, done->to.value);
        if (!at_most_once_[done->group])
            return;
        verdicts.exercised(twice_);
        if (!again)
            return;
        Violation violation;
        violation.partition = done->partition;
        violation.count = static_cast<std::uint64_t>(done->to - done->from);
        violation.what =
            fmt::format("{}: {} has worked on {} from {} to {}, where somebody of the "
                        "group has worked before, and it is to be once at most",
                        done->group, names.client(done->client), names.partition(done->partition),
                        done->from.value, done->to.value);
        violation.time = fact.time;
        violation.events.push_back(fact.event);
        verdicts.violated(twice_, std::move(violation));
    } else if (auto const* change = std::get_if<PartitionChanged>(&fact.is)) {
        offsets_given_up_ |=
            change->unclean && names.topic(change->partition.topic) == "__consumer_offsets";
    }
}

// A member has found nothing committed, although its group was never without members since.
void GroupLaws::forgotten(Fact const& fact, OffsetReset const& reset, Names const& names,
                          Verdicts& verdicts)
{
    std::string const& group = groups_[reset.client];
    Progress const& progress = progress_[{group, reset.partition}];
    if (reset.reason != "nothing is committed")
        return;
    verdicts.exercised(monotonic_);
    if (progress.acknowledged < 0 || offsets_given_up_)
        return;
    Violation violation;
    violation.partition = reset.partition;
    violation.what =
        fmt::format("{}: {} finds nothing committed of {} and begins at {}, although a "
                    "commit of {} was acknowledged and the group has had members since",
                    group, names.client(reset.client), names.partition(reset.partition),
                    reset.to.value, progress.acknowledged);
    violation.time = fact.time;
    violation.events.push_back(fact.event);
    verdicts.violated(monotonic_, std::move(violation));
}

void GroupLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    constexpr sim::Duration enough{20'000'000'000};
    for (auto const& entry : progress_) {
        Key const& key = entry.first;
        Progress const& progress = entry.second;
        State const state = states_[key.group];
        if (state.is != GroupState::stable || end.time - state.since < enough)
            continue;
        bool const exists =
            std::any_of(end.partitions.begin(), end.partitions.end(),
                        [&](PartitionEnd const& p) { return p.partition == key.partition; });
        if (!exists)
            continue;
        verdicts.exercised(owns_all_);
        bool const owned =
            std::any_of(progress.owners.begin(), progress.owners.end(), [&](auto const& owner) {
                return owner.second.generation == state.generation;
            });
        if (owned)
            continue;
        Violation violation;
        violation.partition = key.partition;
        violation.what = fmt::format("{}: stable in generation {} for {}, but nobody owns {}",
                                     key.group, state.generation, to_string(end.time - state.since),
                                     names.partition(key.partition));
        violation.time = end.time;
        verdicts.violated(owns_all_, std::move(violation));
    }
}

void GroupLaws::begins_at(std::string const& group, TopicPartition partition, std::int64_t at,
                          bool reset)
{
    Progress& progress = progress_[{group, partition}];
    if (progress.start < 0 || at < progress.start)
        progress.start = at;
    if (!reset)
        return;
    // auto.offset.reset: what is before was never asked for, and commits may go back to there.
    progress.processed.add(progress.start, at);
    progress.committed = -1;
    progress.acknowledged = -1;
}

void GroupLaws::assigned(Fact const& fact, PartitionsAssigned const& now, Names const& names,
                         Verdicts& verdicts)
{
    groups_[now.client] = now.group;
    at_most_once_[now.group] = now.at_most_once;
    for (TopicPartition const partition : now.owned) {
        Progress& progress = progress_[{now.group, partition}];
        verdicts.exercised(single_owner_);
        for (auto const& [client, owner] : progress.owners) {
            if (client == now.client || owner.generation != now.generation)
                continue;
            Violation violation;
            violation.partition = partition;
            violation.what = fmt::format("{}: {} and {} both own {} in generation {}", now.group,
                                         names.client(client), names.client(now.client),
                                         names.partition(partition), now.generation);
            violation.because.push_back(fmt::format("{} has owned it since {}",
                                                    names.client(client), to_string(owner.since)));
            violation.events.push_back(owner.event);
            violation.events.push_back(fact.event);
            violation.time = fact.time;
            verdicts.violated(single_owner_, std::move(violation));
        }
        progress.owners[now.client] = {now.generation, fact.event, fact.time};
    }
    // A process that has begun anew owns nothing of its former life.
    for (auto& [key, progress] : progress_)
        if (key.group == now.group &&
            !std::binary_search(now.owned.begin(), now.owned.end(), key.partition))
            progress.owners.erase(now.client);
}

// Who gives a partition back in a generation (KIP-429) has it until then: somebody else gets it in
// the next one.
void GroupLaws::gave_back(Fact const& fact, PartitionsRevoked const& back, Names const& names,
                          Verdicts& verdicts)
{
    for (TopicPartition const partition : back.partitions) {
        auto& owners = progress_[{back.group, partition}].owners;
        for (auto const& [client, owner] : owners) {
            if (client == back.client || owner.generation != back.generation)
                continue;
            Violation violation;
            violation.partition = partition;
            violation.what =
                fmt::format("{}: {} has got {} in generation {}, in which {} has yet "
                            "to give it back",
                            back.group, names.client(client), names.partition(partition),
                            back.generation, names.client(back.client));
            violation.because.push_back(fmt::format("{} has owned it since {}",
                                                    names.client(client), to_string(owner.since)));
            violation.events.push_back(owner.event);
            violation.events.push_back(fact.event);
            violation.time = fact.time;
            verdicts.violated(single_owner_, std::move(violation));
        }
        owners.erase(back.client);
    }
}

void GroupLaws::committed(Fact const& fact, OffsetCommitted const& now, Names const& names,
                          Verdicts& verdicts)
{
    Progress& progress = progress_[{now.group, now.partition}];
    auto const say = [&](std::size_t law, std::uint64_t count, std::string what) {
        Violation violation;
        violation.partition = now.partition;
        violation.count = count;
        violation.what = std::move(what);
        violation.time = fact.time;
        violation.events.push_back(fact.event);
        verdicts.violated(law, std::move(violation));
    };
    verdicts.exercised(monotonic_);
    std::int64_t const offset = now.offset.value;
    if (offset < progress.committed && !offsets_given_up_)
        say(monotonic_, 1,
            fmt::format("{}: the committed offset of {} goes back from {} to {}, by {} of "
                        "generation {}",
                        now.group, names.partition(now.partition), progress.committed, offset,
                        now.member.empty() ? "a transaction" : now.member, now.generation));
    progress.committed = offset;
    auto const pattern = at_most_once_.find(now.group);
    if (pattern == at_most_once_.end() || pattern->second || progress.start < 0)
        return;
    verdicts.exercised(lost_);
    std::int64_t const done = progress.processed.end_from(progress.start);
    if (offset > done)
        say(lost_, static_cast<std::uint64_t>(offset - done),
            fmt::format("{}: {} is committed up to {}, but nobody has worked on what is from {} on",
                        now.group, names.partition(now.partition), offset, done));
    // Said once: what follows is judged by itself.
    progress.processed.add(progress.start, offset);
}

}  // namespace odradek::kafka::check
