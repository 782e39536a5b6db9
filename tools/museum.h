// A visit to the museum: an exhibit with its flaw and with its fix over some seeds, and what the
// judges said.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/exhibits.h"
#include "tools/one_run.h"

namespace odradek::cli {

// What a judge of an exhibit said of one run.
struct Verdict {
    std::string judge;
    std::string partition;  // Or empty.
    std::string what;
    std::vector<std::string> because;
    std::uint64_t count{1};
    std::optional<sim::Instant> time;  // Nothing: at the end.
};

// One run of an exhibit, reduced to what is told of it.
struct Attempt {
    std::uint64_t seed{0};
    Outcome outcome{Outcome::held};
    std::vector<Verdict> verdicts;    // Of the exhibit's judges, in their order; empty: not caught.
    std::vector<std::string> others;  // Who else complained, and of what: "isr-full: ...".
    std::string error;
    std::int64_t cpu_us{0};

    bool caught() const { return !verdicts.empty(); }
    // With the fix: nobody complains but as the scenario says itself.
    bool holds() const;
};

struct VisitPlan {
    std::uint64_t first_seed{1};
    std::uint64_t seeds{20};
    bool until_caught{false};
    std::uint64_t fix_seeds{0};  // The last of those tried.
    unsigned jobs{1};
};

struct Visit {
    FoundExhibit found;
    VisitPlan plan;
    std::vector<Attempt> flawed;  // In the order of seeds.
    std::vector<Attempt> fixed;
    bool interrupted{false};

    Attempt const* first_catch() const;  // Null: nobody spoke.
    std::uint64_t catches() const;
    Attempt const* first_failure() const;  // Of the fix; null: it holds.
    std::int64_t cpu_us() const;           // Of the flawed runs up to the first catch.
    std::int64_t cpu_us_with_flaw() const;
    std::int64_t cpu_us_of_all() const;
    // Of `flawed` or `fixed`: a bug of ours ended a run.
    Attempt const* broken() const;
    bool good() const;
};

// Runs an exhibit, flaw and fix. `tick` is called now and then on the caller's thread.
Visit visit_exhibit(FoundExhibit const& found, VisitPlan const& plan, Watch& watch,
                    std::function<void()> const& tick);

}  // namespace odradek::cli
