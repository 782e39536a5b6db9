// What judges keep of each partition: found by topic and number without a search, walked in order.
#pragma once

#include <cstddef>
#include <vector>

#include "model/types.h"

namespace odradek::kafka::check {

// A reference lasts until another partition is met for the first time.
template <class T>
class ByPartition {
public:
    // Made when it is met for the first time.
    T& operator[](TopicPartition id)
    {
        auto const number = static_cast<std::size_t>(id.partition);
        if (topics_.size() <= id.topic.value)
            topics_.resize(id.topic.value + 1);
        std::vector<T>& partitions = topics_[id.topic.value];
        if (partitions.size() <= number)
            partitions.resize(number + 1);
        return partitions[number];
    }
    // Calls visit(TopicPartition, T&) in order; also for those never met before the last of their
    // topic.
    template <class Visit>
    void for_each(Visit&& visit)
    {
        for (std::size_t topic = 0; topic < topics_.size(); ++topic)
            for (std::size_t number = 0; number < topics_[topic].size(); ++number)
                visit(TopicPartition{TopicId{static_cast<std::uint32_t>(topic)},
                                     static_cast<std::int32_t>(number)},
                      topics_[topic][number]);
    }

private:
    std::vector<std::vector<T>> topics_;
};

}  // namespace odradek::kafka::check
