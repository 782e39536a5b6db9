// Numbers with units, as people write them, into exact integers: "250ms", "64KiB", "10Gbit/s",
// "1000/s". Scenario format, section "Units": no bare number hides a unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/scenario/scenario.h"

namespace odradek::kafka {

// A value, or what is wrong with the text and what would be right.
template <typename T>
struct Parsed {
    std::optional<T> value;
    std::string problem{};
    std::string suggestion{};
};

// "30s", "1.5ms"; never negative. Exact to the nanosecond, at most 100 years.
Parsed<sim::Duration> parse_duration(std::string_view text);
// The same with an optional leading minus, for clock steps.
Parsed<sim::Duration> parse_signed_duration(std::string_view text);
// Bytes: "64KiB", "1GB".
Parsed<std::int64_t> parse_size(std::string_view text);
Parsed<Bandwidth> parse_bandwidth(std::string_view text);
Parsed<Rate> parse_rate(std::string_view text);

// A JSON number as an exact count of `1/scale`: ("1.1", 1'000'000) is 1'100'000. `scale` is a power
// of ten.
Parsed<std::int64_t> parse_scaled(std::string_view text, std::int64_t scale);

// The inverses; each text is read back to the same value.
std::string duration_text(sim::Duration duration);
std::string size_text(std::int64_t bytes);
std::string bandwidth_text(Bandwidth bandwidth);
std::string rate_text(Rate rate);
std::string scaled_text(std::int64_t value, std::int64_t scale);

}  // namespace odradek::kafka
