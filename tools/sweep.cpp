#include "tools/sweep.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "tools/values.h"

namespace odradek::cli {

std::size_t Sweep::run_count() const
{
    std::size_t count = 0;
    for (Variant const& variant : variants)
        count += variant.seeds;
    return count;
}

std::size_t Sweep::variant_of(std::size_t run) const
{
    std::size_t variant = 0;
    while (run >= variants[variant].seeds)
        run -= variants[variant++].seeds;
    return variant;
}

std::uint64_t Sweep::seed_of(std::size_t run) const
{
    std::size_t variant = 0;
    while (run >= variants[variant].seeds)
        run -= variants[variant++].seeds;
    return variants[variant].first_seed + run;
}

std::size_t Sweep::run_of(std::size_t variant, std::uint64_t seed) const
{
    std::size_t run = 0;
    for (std::size_t v = 0; v < variant; ++v)
        run += variants[v].seeds;
    return run + (seed - variants[variant].first_seed);
}

std::string Sweep::command(std::size_t run) const
{
    Variant const& variant = variants[variant_of(run)];
    std::string command = "odradek run " + shell_word(file);
    if (variants_in_file > 1)
        command += " --variant " + shell_word(variant.scenario->variant);
    return command + fmt::format(" --seed {}", seed_of(run)) + settings + options;
}

std::string Sweep::command() const
{
    if (run_count() == 1)
        return command(0);
    std::string command = "odradek run " + shell_word(file);
    if (variants.size() < variants_in_file)
        command += " --variant " + shell_word(variants.front().scenario->variant);
    Variant const& first = variants.front();
    bool const same = std::all_of(variants.begin(), variants.end(), [&](Variant const& variant) {
        return variant.first_seed == first.first_seed && variant.seeds == first.seeds;
    });
    if (same && first.seeds == 1)
        command += fmt::format(" --seed {}", first.first_seed);
    else if (same)
        command +=
            fmt::format(" --seeds {}..{}", first.first_seed, first.first_seed + first.seeds - 1);
    return command + settings + options;
}

std::size_t Report::count(Outcome outcome) const
{
    return static_cast<std::size_t>(std::count_if(
        runs.begin(), runs.end(), [&](RunRecord const& run) { return run.outcome == outcome; }));
}

std::vector<RunRecord const*> Report::of_variant(std::size_t variant) const
{
    std::vector<RunRecord const*> list;
    for (RunRecord const& run : runs)
        if (run.variant == variant)
            list.push_back(&run);
    return list;
}

RunRecord const* Report::culprit() const
{
    auto const first = [&](Outcome outcome) -> RunRecord const* {
        for (RunRecord const& run : runs)
            if (run.outcome == outcome)
                return &run;
        return nullptr;
    };
    switch (code) {
    case ExitCode::internal:
        return first(Outcome::broken);
    case ExitCode::violated:
        return first(Outcome::violated);
    case ExitCode::interrupted:
        return first(Outcome::interrupted);
    case ExitCode::inconclusive:
        return first(Outcome::inconclusive);
    default:
        return nullptr;
    }
}

std::string Report::repeat() const
{
    RunRecord const* run = culprit();
    if (run == nullptr)
        return sweep->command();
    return sweep->command(sweep->run_of(run->variant, run->seed));
}

namespace {

// `require` with `in: some-seed`.
void find_missing_violations(Report& report)
{
    for (std::size_t v = 0; v < report.sweep->variants.size(); ++v) {
        Variant const& variant = report.sweep->variants[v];
        std::vector<RunRecord const*> const runs = report.of_variant(v);
        auto const& require = variant.scenario->expect.require;
        for (std::size_t i = 0; i < require.size(); ++i) {
            // Fewer seeds than the file asks for may well miss it.
            if (require[i].in_every_seed || !variant.whole || runs.size() < variant.seeds)
                continue;
            bool const found = std::any_of(runs.begin(), runs.end(), [&](RunRecord const* run) {
                return i < run->required_found.size() &&
                       run->required_found[i] >= static_cast<std::uint64_t>(require[i].min);
            });
            if (found)
                continue;
            std::string const where = variant.scenario->variant.empty()
                                          ? std::string{}
                                          : " of " + variant.scenario->variant;
            report.findings.push_back(
                {require[i].violation,
                 fmt::format("at least {} required in some seed{}, and no seed of {} had it",
                             require[i].min, where, runs.size()),
                 true});
        }
    }
}

void find_unreached(Report& report)
{
    using Kind = kafka::ExpectationResult::Kind;
    if (report.runs.size() < 2 || report.runs.size() < report.sweep->run_count())
        return;  // A single run only reports it.
    std::vector<std::string> names;
    std::map<std::string, bool> reached;
    for (RunRecord const& run : report.runs)
        for (kafka::ExpectationResult const& expectation : run.result.expectations) {
            if (expectation.kind != Kind::sometimes)
                continue;
            if (reached.emplace(expectation.name, false).second)
                names.push_back(expectation.name);
            reached[expectation.name] = reached[expectation.name] || expectation.held;
        }
    for (std::string const& name : names)
        if (!reached[name])
            report.findings.push_back(
                {name,
                 fmt::format("was to be seen sometimes, and none of {} runs reached it",
                             report.runs.size()),
                 false});
}

}  // namespace

void judge(Report& report)
{
    report.findings.clear();
    find_missing_violations(report);
    find_unreached(report);
    auto const finds = [&](bool violates) {
        return std::any_of(report.findings.begin(), report.findings.end(),
                           [&](Finding const& finding) { return finding.violates == violates; });
    };
    if (report.interrupted)
        report.code = ExitCode::interrupted;
    else if (report.count(Outcome::broken) != 0)
        report.code = ExitCode::internal;
    else if (report.count(Outcome::violated) != 0 || finds(true))
        report.code = ExitCode::violated;
    else if (report.count(Outcome::inconclusive) != 0 || finds(false))
        report.code = ExitCode::inconclusive;
    else
        report.code = ExitCode::held;
    // What was found of the laws goes before what is missing of the files.
    bool const incomplete =
        std::any_of(report.runs.begin(), report.runs.end(),
                    [](RunRecord const& run) { return !run.storage_failure.empty(); });
    if (incomplete && (report.code == ExitCode::held || report.code == ExitCode::inconclusive))
        report.code = ExitCode::io;
}

char const* verdict_word(ExitCode code)
{
    switch (code) {
    case ExitCode::held:
        return "PASS";
    case ExitCode::violated:
        return "FAIL";
    case ExitCode::inconclusive:
        return "INCONCLUSIVE";
    case ExitCode::nondeterminism:
        return "NOT DETERMINISTIC";
    case ExitCode::interrupted:
        return "INTERRUPTED";
    case ExitCode::io:
        return "FILES INCOMPLETE";
    default:
        return "ERROR";
    }
}

}  // namespace odradek::cli
