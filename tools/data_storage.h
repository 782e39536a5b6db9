// Where a run's disks keep their bytes: what --backend, --data and the scenario say, and the place
// that comes of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/storage.h"
#include "tools/app.h"
#include "tools/sweep.h"

namespace odradek::cli {

struct DataPlan {
    std::string backend;    // "memory", "posix", or "plugin:PATH".
    std::string directory;  // Empty: memory.
    bool sync{true};
    bool several{false};  // Runs: each gets DIR/<variant>/<seed>, else DIR itself.
    unsigned jobs{1};
};

// What was typed goes before what the scenario says. UserError if it makes no sense together, or
// if the library of a plugin cannot be used.
DataPlan plan_data(Arguments const& arguments, Sweep const& sweep, unsigned jobs);

// The place of one run, made and locked; nothing for memory. UserError (74) if it cannot be used.
std::unique_ptr<sim::Storage> open_data(DataPlan const& plan, kafka::Scenario const& scenario,
                                        std::uint64_t seed);

}  // namespace odradek::cli
