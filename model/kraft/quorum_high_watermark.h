// What a majority of the voters has. A voter's end is where it fetches from: it has everything
// before on disk.
//
//     voters' ends, descending     9   9   7   5   2        five voters
//     index                        0   1   2   3   4
//                                          ^ floor(5 / 2): three of five have everything before 7
//
//     8   6                        two voters: index 1, both have everything before 6
//         ^
//
// Source: LeaderState.maybeUpdateHighWatermark.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "model/types.h"

namespace odradek::kafka {

// `ends` of all voters in any order, no_offset where it is not known; it is sorted here. Nothing
// when a majority is not known to have anything.
inline std::optional<Offset> majority_end(std::vector<Offset>& ends)
{
    if (ends.empty())
        return std::nullopt;
    auto const at = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
    std::nth_element(ends.begin(), at, ends.end(), std::greater<>());
    return *at == no_offset ? std::nullopt : std::optional(*at);
}

}  // namespace odradek::kafka
