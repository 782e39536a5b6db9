// An assignor's input, indexed: topics, partitions and members by number, so that the algorithms
// compare integers. Partitions are numbered by topic name, then by partition.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/assignors/assignor.h"

namespace odradek::kafka {

class Subscriptions {
public:
    explicit Subscriptions(AssignorInput const& input);

    int members() const { return static_cast<int>(topics_of_.size()); }
    int topics() const { return static_cast<int>(first_.size()) - 1; }
    int partitions() const { return first_.back(); }
    int first_of(int topic) const { return first_[static_cast<std::size_t>(topic)]; }
    int count_of(int topic) const { return first_of(topic + 1) - first_of(topic); }
    int topic_of(int partition) const { return topic_of_[static_cast<std::size_t>(partition)]; }
    // -1: not among those that are to be assigned.
    int number_of(TopicPartition partition) const;
    TopicPartition partition(int number) const;
    // Topics that a member subscribes to, of those that there are; ascending.
    std::vector<int> const& topics_of(int member) const
    {
        return topics_of_[static_cast<std::size_t>(member)];
    }
    // Ascending.
    std::vector<int> const& members_of(int topic) const
    {
        return members_of_[static_cast<std::size_t>(topic)];
    }
    bool subscribes(int member, int topic) const;
    // Members in the order in which assignors go over them: static ones by instance, then the
    // others by id (AbstractPartitionAssignor.MemberInfo).
    std::vector<int> const& ordered_members() const { return ordered_; }
    // A rank in that order.
    int rank_of(int member) const { return ranks_[static_cast<std::size_t>(member)]; }
    // -1: none.
    int rack_of(int member) const { return member_racks_[static_cast<std::size_t>(member)]; }
    std::vector<int> const& racks_of(int partition) const
    {
        return partition_racks_[static_cast<std::size_t>(partition)];
    }

    Assignment to_assignment(std::vector<std::vector<int>> const& by_member) const;

private:
    AssignorInput const& input_;
    std::vector<int> first_;  // By topic, and the end.
    std::vector<int> topic_of_;
    std::vector<std::vector<int>> topics_of_;
    std::vector<std::vector<int>> members_of_;
    std::vector<int> ordered_;
    std::vector<int> ranks_;
    std::vector<int> member_racks_;
    std::vector<std::vector<int>> partition_racks_;
};

// Does it help to look at racks at all (AbstractPartitionAssignor.useRackAwareAssignment)? Of these
// members and these partitions.
bool use_racks(Subscriptions const& of, std::vector<int> const& members,
               std::vector<int> const& partitions);

}  // namespace odradek::kafka
