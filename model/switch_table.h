// How a row of the table of protocol switches is written; only the model/switches_*.cpp need it.
#pragma once

#include <string_view>
#include <vector>

#include "model/switches.h"

namespace odradek::kafka {

// A draft, or a mend that is proposed here: no version has it.
inline constexpr KafkaVersion no_release{1'000'000, 0};

// A fix that can be turned off. `source` is its KIP or ticket; `since` the first version that has
// it ({0, 0}: all that are simulated); `off` and `on` say what is done without it and with it;
// `judge` names who speaks without it.
struct Fix {
    std::string_view name;
    std::string_view doc;
    std::string_view source;
    KafkaVersion since{0, 0};
    std::string_view off;
    std::string_view on;
    std::string_view judge;
};

template <bool ProtocolSwitches::*Field>
Switch row(Fix const& fix)
{
    return {.name = fix.name,
            .doc = fix.doc,
            .values = {{.name = "off",
                        .source = fix.since == no_release ? "Kafka" : "before it",
                        .rule = fix.off},
                       {.name = "on", .source = fix.source, .rule = fix.on, .since = fix.since}},
            .judge = fix.judge,
            .get = [](ProtocolSwitches const& s) { return std::size_t{s.*Field ? 1U : 0U}; },
            .set = [](ProtocolSwitches& s, std::size_t value) { s.*Field = value == 1; }};
}

// The tables, one a room.
void add_replication_switches(std::vector<Switch>& switches);
void add_broker_switches(std::vector<Switch>& switches);
void add_controller_switches(std::vector<Switch>& switches);
void add_kraft_switches(std::vector<Switch>& switches);
void add_storage_switches(std::vector<Switch>& switches);
void add_transaction_switches(std::vector<Switch>& switches);
void add_group_switches(std::vector<Switch>& switches);
void add_open_switches(std::vector<Switch>& switches);

}  // namespace odradek::kafka
