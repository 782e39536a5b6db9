#include "model/assignors/sticky.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace odradek::kafka {

bool StickyStart::too_far(int member, int partition) const
{
    if (!racks || of.rack_of(member) < 0)
        return false;
    std::vector<int> const& of_partition = of.racks_of(partition);
    return std::find(of_partition.begin(), of_partition.end(), of.rack_of(member)) ==
           of_partition.end();
}

namespace {

// AbstractStickyAssignor.allSubscriptionsEqual: whether they are, and which claims hold.
StickyStart begin(Subscriptions const& of, AssignorInput const& input)
{
    StickyStart start{of, false, true, input.later_claim_wins, {}, {}, -1};
    std::vector<int> members(static_cast<std::size_t>(of.members()));
    std::iota(members.begin(), members.end(), 0);
    std::vector<int> partitions(static_cast<std::size_t>(of.partitions()));
    std::iota(partitions.begin(), partitions.end(), 0);
    start.racks = use_racks(of, members, partitions);
    start.owned.resize(members.size());
    start.claimed_twice.assign(partitions.size(), false);
    std::vector<int> owner(partitions.size(), -1);
    std::set<std::string> subscribed;
    for (std::size_t m = 0; m < input.members.size(); ++m) {
        Subscriber const& member = input.members[m];
        std::set<std::string> const topics(member.topics.begin(), member.topics.end());
        if (subscribed.empty())
            subscribed = topics;
        else if (topics != subscribed)
            start.same_subscriptions = false;
        start.latest_generation = std::max(start.latest_generation, member.generation);
        for (TopicPartition const claimed : member.owned) {
            int const p = of.number_of(claimed);
            if (p < 0)
                continue;
            int& before = owner[static_cast<std::size_t>(p)];
            if (before < 0 || !input.later_claim_wins) {
                start.owned[m].push_back(p);
                before = static_cast<int>(m);
                continue;
            }
            std::int32_t const other = input.members[static_cast<std::size_t>(before)].generation;
            if (member.generation < other)
                continue;
            std::vector<int>& theirs = start.owned[static_cast<std::size_t>(before)];
            theirs.erase(std::remove(theirs.begin(), theirs.end(), p), theirs.end());
            before = static_cast<int>(m);
            if (member.generation == other)
                start.claimed_twice[static_cast<std::size_t>(p)] = true;
            else
                start.owned[m].push_back(p);
        }
    }
    return start;
}

// CooperativeStickyAssignor.computePartitionsTransferringOwnership: what one gains and another
// loses.
std::vector<bool> transferring(Subscriptions const& of, AssignorInput const& input,
                               std::vector<std::vector<int>> const& assigned)
{
    std::vector<bool> added(static_cast<std::size_t>(of.partitions()), false);
    std::vector<bool> revoked(added.size(), false);
    for (std::size_t m = 0; m < assigned.size(); ++m) {
        std::set<int> const has(assigned[m].begin(), assigned[m].end());
        std::set<int> had;
        for (TopicPartition const owned : input.members[m].owned)
            if (int const p = of.number_of(owned); p >= 0)
                had.insert(p);
        for (int const p : has)
            if (had.find(p) == had.end())
                added[static_cast<std::size_t>(p)] = true;
        for (int const p : had)
            if (has.find(p) == has.end())
                revoked[static_cast<std::size_t>(p)] = true;
    }
    for (std::size_t p = 0; p < added.size(); ++p)
        added[p] = added[p] && revoked[p];
    return added;
}

// A topic that nobody subscribes to would spoil the quotas.
AssignorInput wanted(AssignorInput const& input)
{
    std::set<std::string> names;
    for (Subscriber const& member : input.members)
        names.insert(member.topics.begin(), member.topics.end());
    AssignorInput of = input;
    of.topics.erase(std::remove_if(of.topics.begin(), of.topics.end(),
                                   [&names](AssignableTopic const& topic) {
                                       return names.find(topic.name) == names.end();
                                   }),
                    of.topics.end());
    return of;
}

StickyOutcome run(Subscriptions const& of, AssignorInput const& input)
{
    if (of.members() == 0)
        return {};
    StickyStart start = begin(of, input);
    bool const same = start.same_subscriptions;
    StickyOutcome outcome =
        same ? assign_constrained(std::move(start)) : assign_general(std::move(start), input);
    if (outcome.transferring.empty())
        outcome.transferring = transferring(of, input, outcome.assigned);
    return outcome;
}

}  // namespace

StickyAssignment assign_sticky(AssignorInput const& given)
{
    AssignorInput const input = wanted(given);
    Subscriptions const of(input);
    StickyOutcome const outcome = run(of, input);
    StickyAssignment assignment;
    assignment.members = of.to_assignment(outcome.assigned);
    for (std::size_t p = 0; p < outcome.transferring.size(); ++p)
        if (outcome.transferring[p])
            assignment.transferring.push_back(of.partition(static_cast<int>(p)));
    return assignment;
}

// KIP-429: the target of the sticky assignor, but what another member has is in nobody's
// assignment, so that it is revoked now and handed out by the rebalance that follows.
Assignment assign_cooperative_sticky(AssignorInput const& given)
{
    AssignorInput const input = wanted(given);
    Subscriptions const of(input);
    StickyOutcome outcome = run(of, input);
    for (std::size_t m = 0; m < outcome.assigned.size(); ++m) {
        std::vector<int>& mine = outcome.assigned[m];
        std::vector<TopicPartition> const& owned = input.members[m].owned;
        mine.erase(std::remove_if(mine.begin(), mine.end(),
                                  [&](int p) {
                                      return outcome.transferring[static_cast<std::size_t>(p)] &&
                                             (input.later_claim_wins ||
                                              std::find(owned.begin(), owned.end(),
                                                        of.partition(p)) == owned.end());
                                  }),
                   mine.end());
    }
    return of.to_assignment(outcome.assigned);
}

}  // namespace odradek::kafka
