// The text of configuration values and how it reads; what the files of config.h share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"

namespace odradek::kafka {

// The parts between the separators; one more than there are of them.
std::vector<std::string_view> split(std::string_view text, char separator);

// The whole text as a whole number.
std::optional<std::int64_t> to_number(std::string_view text);

// A duration in ISO 8601 as Java reads it (Duration.parse): "PT1H30M", "P2DT0.5S". Nothing if it is
// none, is negative, or does not fit.
std::optional<sim::Duration> to_iso_duration(std::string_view text);

// In ASCII.
std::string lower(std::string_view text);

// The values of one scope's keys: those that were set, else the version's defaults.
class ConfigValues {
public:
    ConfigValues(KafkaVersion version, Scope scope, ConfigMap const& overrides)
        : version_{version}, scope_{scope}, overrides_{overrides}
    {
    }

    // Nothing is Kafka's null.
    std::optional<std::string> text(std::string_view name) const;
    bool is_set(std::string_view name) const { return overrides_.find(name) != overrides_.end(); }
    bool truth(std::string_view name) const
    {
        return lower(text(name).value_or("false")) == "true";
    }
    std::int64_t number(std::string_view name) const
    {
        return to_number(text(name).value_or("")).value_or(0);
    }
    std::int32_t small(std::string_view name) const
    {
        return static_cast<std::int32_t>(number(name));
    }

    // A decimal, not negative: "0.5". To 18 digits behind the dot; what is more than 2^62 is 2^62.
    sim::Ratio decimal(std::string_view name) const;

    // A key in milliseconds; unset, negative or too long for a run is for ever.
    sim::Duration time(std::string_view name) const;

private:
    KafkaVersion version_;
    Scope scope_;
    ConfigMap const& overrides_;
};

}  // namespace odradek::kafka
