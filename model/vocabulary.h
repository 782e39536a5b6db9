// The words a scenario may use for what happens and what is measured: one list each, from which the
// reader refuses unknown names with a suggestion, the schema is made, and the documentation is
// printed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace odradek::kafka {

// A name and whether it exists in this build. Names that are known and not simulated are refused as
// such.
struct Word {
    std::string_view name;
    std::string_view doc;
    bool simulated{true};
};

// A metric, and in what its values are counted.
struct MetricWord {
    std::string_view name;
    std::string_view doc;
    bool is_duration{false};
    bool simulated{true};
};

std::vector<Word> const& known_events();         // For conditions: LeaderElected, IsrShrunk, ...
std::vector<Word> const& known_event_fields();   // For `where`: topic, partition, broker, ...
std::vector<MetricWord> const& known_metrics();  // partition.isr, produce.ack.latency, ...
std::vector<Word> const& known_metric_labels();  // topic, partition, broker, ...
std::vector<Word> const& known_invariants();     // White box, judged all the time.
std::vector<Word> const&
known_anomalies();  // Of the client-visible history: lost-write, duplicate, ...
std::vector<Word> const& known_final_states();  // all-partitions-online, isr-full, ...
std::vector<Word> const& known_features();      // Kafka's feature names.

Word const* find_word(std::vector<Word> const& words, std::string_view name);
std::vector<std::string_view> names_of(std::vector<Word> const& words, bool simulated_only = false);

}  // namespace odradek::kafka
