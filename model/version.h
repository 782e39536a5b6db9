// The version of Apache Kafka that a run simulates: it decides defaults, which keys exist, and
// which rules hold.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::kafka {

struct KafkaVersion {
    int major{4};
    int minor{0};

    constexpr auto operator<=>(KafkaVersion const&) const = default;
};

// "4.0".
std::string to_string(KafkaVersion version);

// The inverse of `to_string`; nothing for text of another form. Says nothing about being simulated.
std::optional<KafkaVersion> parse_kafka_version(std::string_view text);

// The versions whose defaults and rules are known here, oldest first.
std::vector<KafkaVersion> const& simulated_versions();

// What a scenario without `run.kafka` gets.
inline constexpr KafkaVersion default_version{4, 0};

}  // namespace odradek::kafka
