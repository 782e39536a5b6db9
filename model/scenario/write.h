// The parts of a scenario as JSON, for the writer: what decoder.h is to the readers. Nothing is
// left to defaults.
#pragma once

#include <cstdint>
#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "model/scenario/scenario.h"

namespace odradek::kafka::writing {

using Json = nlohmann::ordered_json;

// -- write_values.cpp
// Exact decimals as JSON numbers: `value` of 1 / `scale` each.
Json number(std::int64_t value, std::int64_t scale);
Json write(sim::Duration duration);
Json write(Probability probability);
Json write(Bandwidth bandwidth);
Json write(std::optional<Rate> const& rate);
Json write(DurationSpec const& spec);
Json write(ConfigMap const& config);

// -- write_workloads.cpp
Json write(Workload const& workload);

}  // namespace odradek::kafka::writing
