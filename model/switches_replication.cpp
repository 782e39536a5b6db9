// Switches of how records are replicated: truncation, ISR, high watermark, fetch sessions.
#include "model/switch_table.h"

namespace odradek::kafka {

namespace {

Switch truncation()
{
    return {.name = "truncation",
            .doc = "How a follower brings its log in line with a new leader's.",
            .values =
                {
                    {.name = "high-watermark",
                     .source = "before KIP-101",
                     .rule = "on becoming a follower, truncate to the own high watermark"},
                    {.name = "kip-101",
                     .source = "KIP-101, Kafka 0.11",
                     .rule = "ask the leader where the own latest epoch ended, truncate to that "
                             "end offset",
                     .simulated = false,
                     .since = {0, 11}},
                    {.name = "kip-279",
                     .source = "KIP-279, Kafka 2.0",
                     .rule = "ask for epoch and end offset, and again with an older epoch until "
                             "both know it",
                     .simulated = false,
                     .since = {2, 0}},
                    {.name = "kip-320-first-try",
                     .source = "KIP-320, Kafka 2.1",
                     .rule = "the same, with requests fenced by the current leader epoch",
                     .simulated = false,
                     .since = {2, 1}},
                    {.name = "kip-320",
                     .source = "KIP-320, Kafka 2.7",
                     .rule = "truncate when the answer to a fetch carries a diverging epoch",
                     .since = {2, 7}},
                },
            .judge = "with \"high-watermark\", a failover soon after a restart loses or forks "
                     "acknowledged records: "
                     "leader-has-committed and committed-prefix-agree speak",
            .get = [](ProtocolSwitches const& s) { return static_cast<std::size_t>(s.truncation); },
            .set = [](ProtocolSwitches& s,
                      std::size_t value) { s.truncation = static_cast<Truncation>(value); }};
}

}  // namespace

void add_replication_switches(std::vector<Switch>& switches)
{
    switches.push_back(truncation());
    switches.push_back(row<&ProtocolSwitches::session_caches_leader_epoch>(
        {.name = "session-caches-leader-epoch",
         .doc = "Whether a fetch session remembers the epochs a partition is fetched in.",
         .source = "KAFKA-9338",
         .off = "what comes in a session is neither fenced by the leader epoch nor compared with "
                "the epoch of the last record",
         .on = "the session remembers both, as of the last fetch that named the partition",
         .judge = "fetch-session-agrees; after a truncation that was missed, "
                  "committed-prefix-agree"}));
}

std::string_view to_string(Truncation truncation)
{
    return find_switch("truncation")->values[static_cast<std::size_t>(truncation)].name;
}

}  // namespace odradek::kafka
