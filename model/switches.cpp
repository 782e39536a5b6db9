#include "model/switches.h"

#include <algorithm>

#include "model/switch_table.h"

namespace odradek::kafka {

std::vector<Switch> const& all_switches()
{
    static std::vector<Switch> const switches = [] {
        std::vector<Switch> rows;
        add_replication_switches(rows);
        add_broker_switches(rows);
        add_storage_switches(rows);
        add_transaction_switches(rows);
        add_group_switches(rows);
        add_controller_switches(rows);
        add_kraft_switches(rows);
        add_open_switches(rows);
        return rows;
    }();
    return switches;
}

Switch const* find_switch(std::string_view name)
{
    auto const& all = all_switches();
    auto const found =
        std::find_if(all.begin(), all.end(), [&](Switch const& s) { return s.name == name; });
    return found == all.end() ? nullptr : &*found;
}

ProtocolSwitches default_switches(KafkaVersion version)
{
    ProtocolSwitches switches;
    for (Switch const& each : all_switches())
        for (std::size_t value = 0; value < each.values.size(); ++value)
            if (each.values[value].since <= version)
                each.set(switches, value);
    return switches;
}

}  // namespace odradek::kafka
