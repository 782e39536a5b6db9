// What judges keep of each partition: found by topic and number without a search, walked in order.
// And how they search a log: what they look for is mostly near where they looked last.
#pragma once

#include <algorithm>
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

// Index of the first of `list` that is not `is_before` (which holds for the first ones and for none
// after them), as std::partition_point finds it; in time that grows with the logarithm of its
// distance to `from`, where a search begins.
template <class List, class IsBefore>
std::size_t search_from(List const& list, std::size_t from, IsBefore is_before)
{
    std::size_t low = 0;
    std::size_t high = list.size();
    from = std::min(from, high);
    if (from < high && is_before(list[from])) {
        low = from + 1;
        for (std::size_t step = 1; low + step <= list.size(); step *= 2) {
            if (!is_before(list[low + step - 1])) {
                high = low + step - 1;
                break;
            }
            low += step;
        }
    } else {
        high = from;
        for (std::size_t step = 1; high > 0; step *= 2) {
            std::size_t const probe = high > step ? high - step : 0;
            if (is_before(list[probe])) {
                low = probe + 1;
                break;
            }
            high = probe;
        }
    }
    while (low < high) {
        std::size_t const middle = low + (high - low) / 2;
        if (is_before(list[middle]))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
// From the end.
template <class List, class IsBefore>
std::size_t search_back(List const& list, IsBefore is_before)
{
    return search_from(list, list.size(), is_before);
}

}  // namespace odradek::kafka::check
