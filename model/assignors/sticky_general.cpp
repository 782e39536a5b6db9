// AbstractStickyAssignor.GeneralAssignmentBuilder: subscriptions differ. What is held and allowed
// stays, the rest goes to the least loaded, and then partitions move one by one as long as two
// members that could have the same partition differ by two or more.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "model/assignors/sticky.h"

namespace odradek::kafka {

namespace {

// Which partitions of a topic went from whom to whom: instead of a move there and another one back,
// the partition that moved goes back (PartitionMovements).
class Movements {
public:
    int instead_of(int partition, int topic, int from, int to) const
    {
        auto const moved = by_partition_.find(partition);
        if (moved != by_partition_.end())
            from = moved->second.first;
        auto const reverse = by_pair_.find({topic, to, from});
        // Java takes any of them.
        return reverse == by_pair_.end() ? partition : *reverse->second.begin();
    }
    void move(int partition, int topic, int from, int to)
    {
        auto const before = by_partition_.find(partition);
        if (before != by_partition_.end()) {
            auto const [first, last] = before->second;
            auto const pair = by_pair_.find({topic, first, last});
            pair->second.erase(partition);
            if (pair->second.empty())
                by_pair_.erase(pair);
            by_partition_.erase(before);
            if (first == to)
                return;  // It is where it was.
            from = first;
        }
        by_partition_[partition] = {from, to};
        by_pair_[{topic, from, to}].insert(partition);
    }

private:
    struct Key {
        int topic;
        int from;
        int to;
        auto operator<=>(Key const&) const = default;
    };
    std::map<int, std::pair<int, int>> by_partition_;
    std::map<Key, std::set<int>> by_pair_;
};

class General {
public:
    General(StickyStart start, AssignorInput const& input)
        : start_(std::move(start)),
          of_(start_.of),
          input_(input),
          current_(std::move(start_.owned)),
          owner_(static_cast<std::size_t>(of_.partitions()), -1),
          previous_(owner_.size(), {-1, -1}),
          fixed_(current_.size(), false)
    {
    }

    StickyOutcome run()
    {
        find_previous();
        keep_owned();
        sort_partitions();
        std::vector<int> unassigned;
        for (int const p : sorted_)
            if (owner_of(p) < 0)
                unassigned.push_back(p);
        for (int member = 0; member < of_.members(); ++member)
            by_load_.insert(load_of(member));
        balance(std::move(unassigned));
        return {std::move(current_), {}};
    }

private:
    std::vector<int>& of(int member) { return current_[static_cast<std::size_t>(member)]; }
    int size_of(int member) const
    {
        return static_cast<int>(current_[static_cast<std::size_t>(member)].size());
    }
    int& owner_of(int partition) { return owner_[static_cast<std::size_t>(partition)]; }
    std::pair<int, int> load_of(int member) const { return {size_of(member), member}; }

    // Claims of earlier generations: where a partition had better go back to.
    void find_previous()
    {
        for (std::size_t m = 0; m < input_.members.size(); ++m) {
            Subscriber const& member = input_.members[m];
            if (member.generation >= start_.latest_generation)
                continue;
            for (TopicPartition const owned : member.owned) {
                int const p = of_.number_of(owned);
                if (p < 0)
                    continue;
                auto& [holder, generation] = previous_[static_cast<std::size_t>(p)];
                if (holder < 0 || member.generation > generation) {
                    holder = static_cast<int>(m);
                    generation = member.generation;
                }
            }
        }
    }

    void keep_owned()
    {
        for (int member = 0; member < of_.members(); ++member) {
            std::vector<int> kept;
            for (int const p : of(member)) {
                if (!of_.subscribes(member, of_.topic_of(p)) || start_.too_far(member, p)) {
                    revocation_required_ = true;
                } else {
                    kept.push_back(p);
                    owner_of(p) = member;
                }
            }
            of(member) = std::move(kept);
        }
    }

    // Topics with the fewest subscribers first.
    void sort_partitions()
    {
        std::vector<int> topics;
        for (int t = 0; t < of_.topics(); ++t)
            topics.push_back(t);
        std::stable_sort(topics.begin(), topics.end(), [this](int a, int b) {
            return of_.members_of(a).size() < of_.members_of(b).size();
        });
        for (int const t : topics)
            for (int i = 0; i < of_.count_of(t); ++i)
                sorted_.push_back(of_.first_of(t) + i);
    }

    bool assign(int partition, bool only_near)
    {
        for (auto const& [load, member] : by_load_) {
            if (!of_.subscribes(member, of_.topic_of(partition)) ||
                (only_near && start_.too_far(member, partition)))
                continue;
            int const chosen = member;
            by_load_.erase(load_of(chosen));
            of(chosen).push_back(partition);
            owner_of(partition) = chosen;
            by_load_.insert(load_of(chosen));
            return true;
        }
        return false;
    }

    int most_of(int member) const
    {
        int most = 0;
        for (int const topic : of_.topics_of(member))
            most += of_.count_of(topic);
        return most;
    }

    bool may_move(int member)
    {
        if (size_of(member) < most_of(member))
            return true;
        return std::any_of(of(member).begin(), of(member).end(),
                           [this](int p) { return of_.members_of(of_.topic_of(p)).size() >= 2; });
    }

    bool balanced()
    {
        if (by_load_.empty() || by_load_.begin()->first >= by_load_.rbegin()->first - 1)
            return true;
        for (auto const& [load, member] : by_load_) {
            if (load == most_of(member))
                continue;
            for (int const topic : of_.topics_of(member))
                for (int i = 0; i < of_.count_of(topic); ++i) {
                    int const other = owner_of(of_.first_of(topic) + i);
                    if (other >= 0 && other != member && load + 1 < size_of(other))
                        return false;
                }
        }
        return true;
    }

    // Sum over all pairs of what they differ by, of members that may move.
    std::int64_t score(std::vector<std::vector<int>> const& assigned) const
    {
        std::int64_t sum = 0;
        for (std::size_t a = 0; a < assigned.size(); ++a)
            for (std::size_t b = a + 1; b < assigned.size(); ++b)
                if (!fixed_[a] && !fixed_[b])
                    sum += std::abs(static_cast<std::int64_t>(assigned[a].size()) -
                                    static_cast<std::int64_t>(assigned[b].size()));
        return sum;
    }

    void balance(std::vector<int> unassigned)
    {
        bool const initializing = by_load_.rbegin()->first == 0;
        std::vector<int> rest = unassigned;
        if (start_.racks) {
            std::vector<int> far;
            for (int const p : rest)
                if (!assign(p, true))
                    far.push_back(p);
            rest = std::move(far);
        }
        for (int const p : rest)
            assign(p, false);
        auto const cannot_move = [this](int p) {
            return of_.members_of(of_.topic_of(p)).size() < 2;
        };
        sorted_.erase(std::remove_if(sorted_.begin(), sorted_.end(), cannot_move), sorted_.end());
        unassigned.erase(std::remove_if(unassigned.begin(), unassigned.end(), cannot_move),
                         unassigned.end());
        for (int member = 0; member < of_.members(); ++member)
            if (!may_move(member)) {
                by_load_.erase(load_of(member));
                fixed_[static_cast<std::size_t>(member)] = true;
            }
        std::vector<std::vector<int>> const before = current_;
        if (!revocation_required_)
            reassign(unassigned);
        // What was new and has moved is no change to anybody.
        if (reassign(sorted_) && !initializing && score(current_) >= score(before))
            current_ = before;
    }

    bool reassign(std::vector<int> const& partitions)
    {
        bool any = false;
        bool modified = true;
        while (modified) {
            modified = false;
            for (int const p : partitions) {
                if (balanced())
                    break;
                if (reassign(p))
                    any = modified = true;
            }
        }
        return any;
    }

    bool reassign(int partition)
    {
        int const member = owner_of(partition);
        int const load = size_of(member);
        int const holder = previous_[static_cast<std::size_t>(partition)].first;
        if (holder >= 0 && load > size_of(holder) + 1) {
            move(partition, holder);
            return true;
        }
        std::vector<int> const& others = of_.members_of(of_.topic_of(partition));
        // With racks Kafka looks for somebody near first, and then moves it to the least loaded.
        bool const better = std::any_of(others.begin(), others.end(),
                                        [&](int other) { return load > size_of(other) + 1; });
        if (!better)
            return false;
        for (auto const& [size, least] : by_load_)
            if (of_.subscribes(least, of_.topic_of(partition))) {
                int const chosen = least;
                move(partition, chosen);
                break;
            }
        return true;
    }

    void move(int partition, int to)
    {
        int const topic = of_.topic_of(partition);
        partition = movements_.instead_of(partition, topic, owner_of(partition), to);
        int const from = owner_of(partition);
        by_load_.erase(load_of(from));
        by_load_.erase(load_of(to));
        movements_.move(partition, topic, from, to);
        of(from).erase(std::find(of(from).begin(), of(from).end(), partition));
        of(to).push_back(partition);
        owner_of(partition) = to;
        by_load_.insert(load_of(to));
        by_load_.insert(load_of(from));
    }

    StickyStart start_;
    Subscriptions const& of_;
    AssignorInput const& input_;
    std::vector<std::vector<int>> current_;
    std::vector<int> owner_;                     // By partition; -1: nobody.
    std::vector<std::pair<int, int>> previous_;  // By partition: member and generation.
    std::vector<int> sorted_;
    std::set<std::pair<int, int>> by_load_;  // Members that may move, with how many they have.
    std::vector<bool> fixed_;
    Movements movements_;
    bool revocation_required_{false};
};

}  // namespace

StickyOutcome assign_general(StickyStart start, AssignorInput const& input)
{
    return General(std::move(start), input).run();
}

}  // namespace odradek::kafka
