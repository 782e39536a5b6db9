// What `run` does, and what it came to: every variant with every seed, and the verdict over all of
// them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/scenario/scenario.h"
#include "tools/exit_code.h"
#include "tools/one_run.h"

namespace odradek::cli {

struct Variant {
    std::size_t number{0};  // In the file's sweep, from 0.
    std::shared_ptr<kafka::Scenario const> scenario;
    std::uint64_t first_seed{0};
    std::uint64_t seeds{1};
    bool whole{true};  // All the seeds that the file asks for.
};

struct Sweep {
    std::string file;
    std::size_t variants_in_file{1};
    std::vector<Variant> variants;
    // What changes a run, as a shell takes it: the file (" --set ..."), and how it is run.
    std::string settings;
    std::string options;

    std::size_t run_count() const;
    // Runs are numbered by variant, then seed.
    std::size_t variant_of(std::size_t run) const;
    std::uint64_t seed_of(std::size_t run) const;
    std::size_t run_of(std::size_t variant, std::uint64_t seed) const;
    // "odradek run x.json --variant acks=1 --seed 7"; the second repeats everything.
    std::string command(std::size_t run) const;
    std::string command() const;
};

// Something that only many runs together can show.
struct Finding {
    std::string name;      // Of the violation required, or of the `sometimes`.
    std::string detail;    // In words.
    bool violates{false};  // Else it leaves the sweep inconclusive.
};

struct Report {
    Sweep const* sweep{nullptr};
    std::vector<RunRecord> runs;  // Those done, in order.
    bool interrupted{false};
    std::vector<Finding> findings;
    ExitCode code{ExitCode::held};

    std::size_t count(Outcome outcome) const;
    std::vector<RunRecord const*> of_variant(std::size_t variant) const;
    // The first run that shows why the code is what it is; null if all of them together do.
    RunRecord const* culprit() const;
    std::string repeat() const;  // The command for it.
};

// Fills in findings and code.
void judge(Report& report);

char const* verdict_word(ExitCode code);  // "PASS", "FAIL", ...

}  // namespace odradek::cli
