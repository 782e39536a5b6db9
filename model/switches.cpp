#include "model/switches.h"

#include <algorithm>

namespace odradek::kafka {

std::vector<Switch> const& all_switches()
{
    static std::vector<Switch> const switches{
        {.name = "truncation",
         .doc = "How a follower brings its log in line with a new leader's.",
         .values =
             {
                 {"high-watermark", "before KIP-101",
                  "on becoming a follower, truncate to the own high watermark", true},
                 {"kip-101", "KIP-101, Kafka 0.11",
                  "ask the leader where the own latest epoch ended, truncate to that end offset",
                  false},
                 {"kip-279", "KIP-279, Kafka 2.0",
                  "ask for epoch and end offset, and again with an older epoch until both know it",
                  false},
                 {"kip-320-first-try", "KIP-320, Kafka 2.1",
                  "the same, with requests fenced by the current leader epoch", false},
                 {"kip-320", "KIP-320, Kafka 2.7",
                  "truncate when the answer to a fetch carries a diverging epoch", true},
             },
         .judge = "with \"high-watermark\", a failover soon after a restart loses or forks "
                  "acknowledged records: "
                  "leader-has-committed and committed-prefix-agree speak"},
    };
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
    if (version < KafkaVersion{0, 11})
        switches.truncation = Truncation::high_watermark;
    else if (version < KafkaVersion{2, 0})
        switches.truncation = Truncation::kip_101;
    else if (version < KafkaVersion{2, 1})
        switches.truncation = Truncation::kip_279;
    else if (version < KafkaVersion{2, 7})
        switches.truncation = Truncation::kip_320_first_try;
    return switches;
}

std::string_view to_string(Truncation truncation)
{
    return all_switches().front().values[static_cast<std::size_t>(truncation)].name;
}

}  // namespace odradek::kafka
