// Searches in what is in order, where what is looked for is mostly near where one looked last.
#pragma once

#include <algorithm>
#include <cstddef>

namespace odradek::kafka {

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

}  // namespace odradek::kafka
