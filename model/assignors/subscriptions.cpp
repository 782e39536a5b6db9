#include "model/assignors/subscriptions.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace odradek::kafka {

Subscriptions::Subscriptions(AssignorInput const& input) : input_(input)
{
    std::map<std::string_view, int> by_name;
    std::map<std::string_view, int> racks;
    auto const rack_number = [&racks](std::string const& rack) {
        return racks.emplace(rack, static_cast<int>(racks.size())).first->second;
    };
    int next = 0;
    for (std::size_t t = 0; t < input.topics.size(); ++t) {
        AssignableTopic const& topic = input.topics[t];
        by_name.emplace(topic.name, static_cast<int>(t));
        first_.push_back(next);
        for (std::int32_t p = 0; p < topic.partitions; ++p) {
            topic_of_.push_back(static_cast<int>(t));
            std::vector<int>& of = partition_racks_.emplace_back();
            if (static_cast<std::size_t>(p) < topic.racks.size())
                for (std::string const& rack : topic.racks[static_cast<std::size_t>(p)])
                    if (!rack.empty())
                        of.push_back(rack_number(rack));
            std::sort(of.begin(), of.end());
            of.erase(std::unique(of.begin(), of.end()), of.end());
        }
        next += topic.partitions;
    }
    first_.push_back(next);
    members_of_.resize(input.topics.size());
    for (std::size_t m = 0; m < input.members.size(); ++m) {
        Subscriber const& member = input.members[m];
        std::vector<int>& topics = topics_of_.emplace_back();
        for (std::string const& name : member.topics)
            if (auto const at = by_name.find(name); at != by_name.end())
                topics.push_back(at->second);
        std::sort(topics.begin(), topics.end());
        topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
        for (int const topic : topics)
            members_of_[static_cast<std::size_t>(topic)].push_back(static_cast<int>(m));
        member_racks_.push_back(member.rack.empty() ? -1 : rack_number(member.rack));
        ordered_.push_back(static_cast<int>(m));
    }
    std::sort(ordered_.begin(), ordered_.end(), [&input](int a, int b) {
        Subscriber const& one = input.members[static_cast<std::size_t>(a)];
        Subscriber const& two = input.members[static_cast<std::size_t>(b)];
        std::string const& left = one.instance ? *one.instance : one.member;
        std::string const& right = two.instance ? *two.instance : two.member;
        return std::tuple(!one.instance, std::string_view(left)) <
               std::tuple(!two.instance, std::string_view(right));
    });
    ranks_.resize(ordered_.size());
    for (std::size_t i = 0; i < ordered_.size(); ++i)
        ranks_[static_cast<std::size_t>(ordered_[i])] = static_cast<int>(i);
}

int Subscriptions::number_of(TopicPartition partition) const
{
    for (std::size_t t = 0; t < input_.topics.size(); ++t)
        if (input_.topics[t].id == partition.topic)
            return partition.partition < input_.topics[t].partitions
                       ? first_[t] + partition.partition
                       : -1;
    return -1;
}

TopicPartition Subscriptions::partition(int number) const
{
    int const topic = topic_of(number);
    return {input_.topics[static_cast<std::size_t>(topic)].id, number - first_of(topic)};
}

bool Subscriptions::subscribes(int member, int topic) const
{
    std::vector<int> const& topics = topics_of(member);
    return std::binary_search(topics.begin(), topics.end(), topic);
}

Assignment Subscriptions::to_assignment(std::vector<std::vector<int>> const& by_member) const
{
    Assignment assignment(by_member.size());
    for (std::size_t m = 0; m < by_member.size(); ++m)
        for (int const number : by_member[m])
            assignment[m].push_back(partition(number));
    return assignment;
}

bool use_racks(Subscriptions const& of, std::vector<int> const& members,
               std::vector<int> const& partitions)
{
    std::set<int> with_members;
    for (int const member : members)
        if (of.rack_of(member) >= 0)
            with_members.insert(of.rack_of(member));
    if (with_members.empty())
        return false;
    std::set<int> with_replicas;
    for (int const partition : partitions)
        with_replicas.insert(of.racks_of(partition).begin(), of.racks_of(partition).end());
    bool const meet = std::any_of(with_members.begin(), with_members.end(), [&](int rack) {
        return with_replicas.find(rack) != with_replicas.end();
    });
    // Where every partition has a replica in every rack, anybody is near to all.
    return meet && std::any_of(partitions.begin(), partitions.end(), [&](int partition) {
               return of.racks_of(partition).size() != with_replicas.size();
           });
}

}  // namespace odradek::kafka
