// RangeAssignor: of each topic, its subscribers get consecutive partitions, the first ones one more
// when it does not come out even. With racks (KIP-881) first what a member is near to, but topics
// of the same size and the same subscribers stay aligned.
#include <algorithm>
#include <map>
#include <numeric>

#include "model/assignors/subscriptions.h"

namespace odradek::kafka {

namespace {

class Range {
public:
    explicit Range(Subscriptions const& of)
        : of_(of), assigned_(static_cast<std::size_t>(of.members()))
    {
        for (int t = 0; t < of.topics(); ++t)
            if (of.count_of(t) > 0)
                add_topic(t);
    }

    std::vector<std::vector<int>> run()
    {
        bool const near = std::any_of(topics_.begin(), topics_.end(),
                                      [](Topic const& topic) { return topic.needs_racks; });
        if (near)
            assign_near();
        for (Topic& topic : topics_)
            assign_ranges(topic, false);
        if (near)
            for (std::vector<int>& mine : assigned_)
                std::sort(mine.begin(), mine.end());
        return assigned_;
    }

private:
    struct Topic {
        int topic{0};
        std::vector<int> members;     // In order.
        std::vector<int> unassigned;  // Partitions, ascending.
        std::vector<int> count;       // By place in members.
        int each{0};
        int with_one_more{0};  // Members that may still get one more.
        bool racks_known{false};
        bool needs_racks{false};

        int room(std::size_t place) const
        {
            return std::max(0, each + (with_one_more > 0 ? 1 : 0) - count[place]);
        }
    };

    void add_topic(int number)
    {
        Topic topic;
        topic.topic = number;
        topic.members = of_.members_of(number);
        std::sort(topic.members.begin(), topic.members.end(),
                  [this](int a, int b) { return of_.rank_of(a) < of_.rank_of(b); });
        topic.unassigned.resize(static_cast<std::size_t>(of_.count_of(number)));
        std::iota(topic.unassigned.begin(), topic.unassigned.end(), of_.first_of(number));
        topic.count.assign(topic.members.size(), 0);
        int const members = static_cast<int>(topic.members.size());
        topic.each = members == 0 ? 0 : of_.count_of(number) / members;
        topic.with_one_more = members == 0 ? 0 : of_.count_of(number) % members;
        topic.racks_known = std::any_of(topic.members.begin(), topic.members.end(),
                                        [this](int m) { return of_.rack_of(m) >= 0; });
        topic.needs_racks = use_racks(of_, topic.members, topic.unassigned);
        topics_.push_back(std::move(topic));
    }

    bool near(Topic const& topic, std::size_t place, int partition) const
    {
        int const rack = of_.rack_of(topic.members[place]);
        if (rack < 0)
            return true;
        std::vector<int> const& racks = of_.racks_of(partition);
        return std::find(racks.begin(), racks.end(), rack) != racks.end();
    }

    void give(Topic& topic, std::size_t place, std::vector<int> const& partitions)
    {
        std::vector<int>& mine = assigned_[static_cast<std::size_t>(topic.members[place])];
        mine.insert(mine.end(), partitions.begin(), partitions.end());
        topic.count[place] += static_cast<int>(partitions.size());
        if (topic.count[place] > topic.each)
            --topic.with_one_more;
        for (int const partition : partitions)
            topic.unassigned.erase(
                std::find(topic.unassigned.begin(), topic.unassigned.end(), partition));
    }

    void assign_ranges(Topic& topic, bool only_near)
    {
        for (std::size_t place = 0; place < topic.members.size(); ++place) {
            if (topic.unassigned.empty())
                return;
            std::vector<int> given;
            int const room = topic.room(place);
            for (int const partition : topic.unassigned) {
                if (static_cast<int>(given.size()) == room)
                    break;
                if (!only_near || near(topic, place, partition))
                    given.push_back(partition);
            }
            if (!given.empty())
                give(topic, place, given);
        }
    }

    // Topics of one size and the same subscribers are co-partitioned: a member that gets a
    // partition of one gets it of all of them.
    void assign_near()
    {
        std::map<std::pair<std::vector<int>, std::size_t>, std::vector<std::size_t>> alike;
        for (std::size_t i = 0; i < topics_.size(); ++i) {
            // Nobody with a rack: Kafka has no racks of its partitions and so no size of it.
            std::size_t const size = topics_[i].racks_known ? topics_[i].unassigned.size() : 0;
            alike[{topics_[i].members, size}].push_back(i);
        }
        for (auto const& [key, same] : alike) {
            if (same.size() > 1)
                assign_together(same, static_cast<int>(key.second));
            else if (topics_[same.front()].needs_racks)
                assign_ranges(topics_[same.front()], true);
        }
    }

    void assign_together(std::vector<std::size_t> const& same, int partitions)
    {
        std::vector<std::size_t> left(topics_[same.front()].members.size());
        std::iota(left.begin(), left.end(), std::size_t{0});
        for (int p = 0; p < partitions && !left.empty(); ++p) {
            auto const at = std::find_if(left.begin(), left.end(), [&](std::size_t place) {
                return std::all_of(same.begin(), same.end(), [&](std::size_t i) {
                    Topic const& topic = topics_[i];
                    return topic.room(place) > 0 &&
                           near(topic, place, of_.first_of(topic.topic) + p);
                });
            });
            if (at == left.end())
                continue;
            std::size_t const place = *at;
            bool room = false;
            for (std::size_t const i : same)
                give(topics_[i], place, {of_.first_of(topics_[i].topic) + p});
            for (std::size_t const i : same)
                room |= topics_[i].room(place) > 0;
            if (!room)
                left.erase(at);
        }
    }

    Subscriptions const& of_;
    std::vector<Topic> topics_;
    std::vector<std::vector<int>> assigned_;
};

}  // namespace

Assignment assign_range(AssignorInput const& input)
{
    Subscriptions const of(input);
    return of.to_assignment(Range(of).run());
}

// RoundRobinAssignor: all partitions by topic name and number, dealt out in turn; who does not
// subscribe to a topic is passed over.
Assignment assign_round_robin(AssignorInput const& input)
{
    Subscriptions const of(input);
    std::vector<std::vector<int>> assigned(static_cast<std::size_t>(of.members()));
    std::vector<int> const& members = of.ordered_members();
    std::size_t turn = 0;
    for (int partition = 0; partition < of.partitions(); ++partition) {
        int const topic = of.topic_of(partition);
        if (of.members_of(topic).empty())
            continue;
        while (!of.subscribes(members[turn], topic))
            turn = (turn + 1) % members.size();
        assigned[static_cast<std::size_t>(members[turn])].push_back(partition);
        turn = (turn + 1) % members.size();
    }
    return of.to_assignment(assigned);
}

}  // namespace odradek::kafka
