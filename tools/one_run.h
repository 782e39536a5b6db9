// One scenario with one seed, run to its end, to a moment, or until somebody interrupts.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster/result.h"
#include "model/scenario/scenario.h"
#include "sim/storage.h"
#include "sim/time.h"

namespace odradek::cli {

struct RunRequest {
    std::shared_ptr<kafka::Scenario const> scenario;
    std::uint64_t seed{0};
    std::optional<sim::Instant> until;            // Nothing: to the end, which is judged.
    std::function<void(std::string_view)> story;  // Is given the lines; empty: nobody listens.
    bool routine{false};                          // The story tells routine too.
    std::vector<std::string> enough{};  // The run ends when one of these laws has been broken.
    sim::Storage* storage{nullptr};     // Who keeps what the disks hold; null: memory.
};

enum class Outcome : std::uint8_t {
    held,      // Nothing to say.
    expected,  // Violations, all of them allowed or required.
    violated,
    inconclusive,  // A budget ran out, or `until` came, and nothing had been violated so far.
    broken,        // A bug of ours ended it; `error` says which.
    interrupted,
};

std::string_view to_string(Outcome outcome);

struct RunRecord {
    std::size_t variant{0};  // Among those that are run.
    std::uint64_t seed{0};
    Outcome outcome{Outcome::held};
    kafka::RunResult result;
    std::vector<std::string> violation_partitions;  // By violation; "orders-0", or empty.
    std::vector<std::uint64_t> required_found;      // By `require` of the scenario.
    std::string error;
    // Why the files that the run leaves are not complete; never a part of the run.
    std::string storage_failure;
    std::int64_t cpu_us{0};  // What the run cost; differs from run to run and decides nothing.
};

// What many runs share while they run.
struct Watch {
    std::atomic<bool> const& interrupted;
    std::atomic<std::uint64_t> events{0};
    std::atomic<std::int64_t> virtual_ns{0};
};

// Throws nothing: a run that breaks says so in its record.
RunRecord run_one(RunRequest const& request, Watch& watch);

}  // namespace odradek::cli
