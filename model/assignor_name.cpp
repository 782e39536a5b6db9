#include "model/assignor_name.h"

#include <array>

namespace odradek::kafka {

namespace {

struct Named {
    AssignorName assignor;
    std::string_view name;
    std::string_view class_name;
};
constexpr std::array named{
    Named{AssignorName::range, "range", "org.apache.kafka.clients.consumer.RangeAssignor"},
    Named{AssignorName::roundrobin, "roundrobin",
          "org.apache.kafka.clients.consumer.RoundRobinAssignor"},
    Named{AssignorName::sticky, "sticky", "org.apache.kafka.clients.consumer.StickyAssignor"},
    Named{AssignorName::cooperative_sticky, "cooperative-sticky",
          "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"},
};

}  // namespace

std::string_view name_of(AssignorName assignor)
{
    return named[static_cast<std::size_t>(assignor)].name;
}

std::optional<AssignorName> assignor_of(std::string_view name)
{
    for (Named const& known : named)
        if (known.name == name)
            return known.assignor;
    return std::nullopt;
}

std::optional<AssignorName> assignor_of_class(std::string_view name)
{
    constexpr std::string_view java_class = "class ";
    if (name.starts_with(java_class))
        name.remove_prefix(java_class.size());
    for (Named const& known : named)
        if (known.class_name == name)
            return known.assignor;
    return assignor_of(name);
}

}  // namespace odradek::kafka
