// The assignors of classic groups, by name: as members say them in JoinGroup, and as
// partition.assignment.strategy has them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace odradek::kafka {

enum class AssignorName : std::uint8_t { range, roundrobin, sticky, cooperative_sticky };
// As in JoinGroup: "range", "cooperative-sticky".
std::string_view name_of(AssignorName assignor);
std::optional<AssignorName> assignor_of(std::string_view name);
// The value of partition.assignment.strategy, a class name or a short name; nothing: unknown.
std::optional<AssignorName> assignor_of_class(std::string_view name);
// May members keep what they have while the group rebalances (KIP-429)?
constexpr bool is_cooperative(AssignorName assignor)
{
    return assignor == AssignorName::cooperative_sticky;
}

}  // namespace odradek::kafka
