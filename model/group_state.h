// Words of consumer groups: the states of one as its coordinator has it. Source:
// org.apache.kafka.coordinator.group.classic.ClassicGroupState.
//
// state                | joins                 | syncs         | heartbeats | goes on to
// Empty                | begins a rebalance    | refused       | refused    | PreparingRebalance,
// Dead PreparingRebalance   | wait                  | refused       | told of it |
// CompletingRebalance,
//                      |                       |               |            | Empty, Dead
// CompletingRebalance  | again if it changed   | wait          | counted    | Stable,
//                      |                       |               |            | PreparingRebalance,
//                      Dead
// Stable               | again, or as it was   | answered      | counted    | PreparingRebalance,
// Dead Dead                 | refused               | refused       | refused    |
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace odradek::kafka {

enum class GroupState : std::uint8_t {
    empty,
    preparing_rebalance,
    completing_rebalance,
    stable,
    dead,
};

constexpr std::string_view name_of(GroupState state)  // Kafka's: "PreparingRebalance".
{
    constexpr std::array<std::string_view, 5> names{"Empty", "PreparingRebalance",
                                                    "CompletingRebalance", "Stable", "Dead"};
    return names[static_cast<std::size_t>(state)];
}
constexpr std::string_view to_string(GroupState state) { return name_of(state); }

// May a group go from one to the other (ClassicGroupState.validPreviousStates)?
constexpr bool may_follow(GroupState from, GroupState to)
{
    using S = GroupState;
    switch (to) {
    case S::empty:
    case S::completing_rebalance:
        return from == S::preparing_rebalance;
    case S::preparing_rebalance:
        return from == S::stable || from == S::completing_rebalance || from == S::empty;
    case S::stable:
        return from == S::completing_rebalance;
    case S::dead:
        return true;
    }
    return false;
}

}  // namespace odradek::kafka
