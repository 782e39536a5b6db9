#include "tools/result_text.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "model/version.h"
#include "sim/digest.h"
#include "tools/result_numbers.h"

namespace odradek::cli {

namespace {

using kafka::ExpectationResult;
using kafka::RunResult;

// Of a sweep with many failures these many are told in full; `-v` tells all.
constexpr std::size_t failures_in_full = 5;

std::string counted(std::uint64_t number, std::string_view what)
{
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

// "seed 7", "seeds 1..200".
std::string seeds_text(Variant const& variant)
{
    if (variant.seeds == 1)
        return fmt::format("seed {}", variant.first_seed);
    return fmt::format("seeds {}..{}", variant.first_seed, variant.first_seed + variant.seeds - 1);
}

std::string header(Report const& report, Paint const& paint)
{
    Sweep const& sweep = *report.sweep;
    kafka::Scenario const& scenario = *sweep.variants.front().scenario;
    bool const kraft = scenario.cluster.controllers.mode == kafka::ControllerMode::kraft;
    std::string text =
        fmt::format("{}  kafka {}  {}, {}  {}", paint.strong(scenario.name),
                    kafka::to_string(scenario.run.kafka),
                    counted(static_cast<std::uint64_t>(scenario.cluster.brokers.count), "broker"),
                    counted(static_cast<std::uint64_t>(scenario.cluster.controllers.count),
                            kraft ? "KRaft controller" : "ZooKeeper node"),
                    seeds_text(sweep.variants.front()));
    if (sweep.variants_in_file > 1)
        text +=
            sweep.variants.size() == sweep.variants_in_file
                ? fmt::format("  {} variants", sweep.variants.size())
                : fmt::format("  {} of {} variants", sweep.variants.size(), sweep.variants_in_file);
    text += fmt::format("  {} + {} to settle", sim::to_string(scenario.run.duration),
                        sim::to_string(scenario.run.settle));
    return text + "\n";
}

// "lost-write x412, duplicate x3", by name.
std::string violations_text(std::vector<RunRecord const*> const& runs)
{
    std::vector<std::string> names;
    std::map<std::string, std::uint64_t> counts;
    for (RunRecord const* run : runs)
        for (kafka::check::Violation const& violation : run->result.violations) {
            if (counts.find(violation.name) == counts.end())
                names.push_back(violation.name);
            counts[violation.name] += violation.count;
        }
    std::string text;
    for (std::string const& name : names)
        text += fmt::format("{}{} x{}", text.empty() ? "" : ", ", name, counts[name]);
    return text;
}

std::string word(Outcome outcome, Paint const& paint)
{
    switch (outcome) {
    case Outcome::held:
        return paint.good("ok");
    case Outcome::expected:
        return paint.good("expected");
    case Outcome::violated:
        return paint.bad("VIOLATED");
    case Outcome::inconclusive:
        return paint.warning("inconclusive");
    case Outcome::broken:
        return paint.bad("ERROR");
    case Outcome::interrupted:
        return paint.warning("interrupted");
    }
    return "?";
}

// What one run has to add to the word for its outcome.
std::string remark(RunRecord const& run)
{
    std::string text = violations_text({&run});
    auto const add = [&](std::string const& more) { text += (text.empty() ? "" : "; ") + more; };
    for (ExpectationResult const& expectation : run.result.expectations) {
        using Kind = ExpectationResult::Kind;
        if (expectation.kind == Kind::require && expectation.held)
            add(fmt::format("required: {}", expectation.detail));
        else if (expectation.kind == Kind::sometimes && !expectation.held)
            add(fmt::format("not reached: {}", expectation.name));
        else if (!expectation.held)
            add(fmt::format("{}: {}", expectation.name, expectation.detail));
    }
    if (!run.result.inconclusive_because.empty())
        add(run.result.inconclusive_because);
    if (run.outcome == Outcome::broken)
        add(run.error.substr(0, run.error.find('\n')));
    return text;
}

std::string variant_line(Report const& report, std::size_t v, std::size_t width, Paint const& paint)
{
    Variant const& variant = report.sweep->variants[v];
    std::vector<RunRecord const*> const runs = report.of_variant(v);
    std::string line = "  ";
    if (width != 0)
        line += fmt::format("{:<{}}  ", variant.scenario->variant, width);
    if (variant.seeds == 1 && runs.size() == 1) {
        std::string const more = remark(*runs.front());
        return line + word(runs.front()->outcome, paint) + (more.empty() ? "" : "  " + more) + "\n";
    }
    std::string counts;
    for (Outcome const outcome : {Outcome::held, Outcome::expected, Outcome::violated,
                                  Outcome::inconclusive, Outcome::broken, Outcome::interrupted}) {
        auto const count = std::count_if(runs.begin(), runs.end(), [&](RunRecord const* run) {
            return run->outcome == outcome;
        });
        if (count != 0)
            counts +=
                fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, word(outcome, paint));
    }
    std::uint64_t const left = variant.seeds - runs.size();
    if (left != 0)
        counts += fmt::format("{}{} not run", counts.empty() ? "" : ", ", left);
    std::string const violations = violations_text(runs);
    return line + counts + (violations.empty() ? "" : "  " + violations) + "\n";
}

std::string every_seed(Report const& report, Paint const& paint)
{
    std::string text;
    for (RunRecord const& run : report.runs) {
        std::string const& name = report.sweep->variants[run.variant].scenario->variant;
        std::string const more = remark(run);
        text += fmt::format("  {}{}seed {}  {}  digest {}{}\n", name, name.empty() ? "" : ", ",
                            run.seed, word(run.outcome, paint), run.result.digest,
                            more.empty() ? "" : "  " + more);
    }
    return text + "\n";
}

char const* complaint(ExpectationResult::Kind kind)
{
    switch (kind) {
    case ExpectationResult::Kind::require:
        return " is required and did not occur";
    case ExpectationResult::Kind::allow:
        return " occurred more often than is allowed";
    default:
        return " does not hold";
    }
}

// Why a run is not simply ok: its violations with their facts, and what was expected in vain.
std::string explanation(RunRecord const& run, std::string const& whose, Paint const& paint)
{
    std::string text;
    for (std::size_t i = 0; i < run.result.violations.size(); ++i) {
        kafka::check::Violation const& violation = run.result.violations[i];
        bool const expected = i < run.result.expected.size() && run.result.expected[i];
        std::string const partition =
            i < run.violation_partitions.size() && !run.violation_partitions[i].empty()
                ? ", " + run.violation_partitions[i]
                : std::string{};
        text += fmt::format("  {}{} x{}{}{}\n    {}\n", whose,
                            expected ? violation.name : paint.bad(violation.name), violation.count,
                            partition, expected ? " (expected)" : "", violation.what);
        for (std::string const& fact : violation.because)
            text += fmt::format("      {}\n", fact);
    }
    for (ExpectationResult const& expectation : run.result.expectations)
        if (!expectation.held && expectation.kind != ExpectationResult::Kind::sometimes)
            text += fmt::format("  {}{}{}: {}\n", whose, paint.bad(expectation.name),
                                complaint(expectation.kind), expectation.detail);
    if (run.outcome == Outcome::broken)
        text += fmt::format("  {}{}: {}\n", whose, paint.bad("internal error"), run.error);
    return text.empty() ? text : text + "\n";
}

std::string explanations(Report const& report, bool verbose, Paint const& paint)
{
    std::string text;
    std::size_t told = 0;
    std::size_t untold = 0;
    std::vector<bool> told_expected(report.sweep->variants.size(), false);
    for (RunRecord const& run : report.runs) {
        if (run.outcome == Outcome::held)
            continue;
        bool const failed = run.outcome == Outcome::violated || run.outcome == Outcome::broken;
        // What is expected is told once for each variant, as it is the lesson of the scenario.
        if (!verbose && (failed ? told >= failures_in_full : told_expected[run.variant])) {
            untold += failed;
            continue;
        }
        if (failed)
            ++told;
        else
            told_expected[run.variant] = true;
        Variant const& variant = report.sweep->variants[run.variant];
        std::string whose = variant.scenario->variant;
        if (variant.seeds > 1)
            whose += fmt::format("{}seed {}", whose.empty() ? "" : ", ", run.seed);
        text += explanation(run, whose.empty() ? whose : whose + ": ", paint);
    }
    if (untold != 0)
        text += fmt::format("  {} more; -v tells all\n\n",
                            untold == 1 ? "1 run failed" : fmt::format("{} runs failed", untold));
    return text;
}

std::string summary(Report const& report, Paint const& paint)
{
    std::string const verdict = verdict_word(report.code);
    std::string text = report.code == ExitCode::held           ? paint.good(verdict)
                       : report.code == ExitCode::inconclusive ? paint.warning(verdict)
                                                               : paint.bad(verdict);
    std::uint64_t events = 0;
    std::int64_t virtual_ns = 0;
    for (RunRecord const& run : report.runs) {
        events += run.result.events;
        virtual_ns += run.result.end.ns;
    }
    text += fmt::format("  {}", counted(report.runs.size(), "run"));
    std::size_t const done = report.sweep->run_count();
    if (report.runs.size() < done)
        text += fmt::format(" of {}, the next is seed {}", done,
                            report.sweep->seed_of(report.runs.size()));
    text += fmt::format("  {} violated", report.count(Outcome::violated));
    text += fmt::format("  {} s virtual, {} events", virtual_ns / 1'000'000'000, events);
    // A law that nothing put to the test holds, and says nothing.
    std::vector<RunRecord const*> runs;
    for (RunRecord const& run : report.runs)
        runs.push_back(&run);
    std::size_t const untested = untested_laws(runs).size();
    if (untested != 0)
        text += fmt::format("  {} of {} laws never put to the test", untested,
                            report.runs.front().result.properties.size());
    return text + "\n";
}

}  // namespace

std::string report_text(Report const& report, bool verbose, Paint const& paint)
{
    std::string text = header(report, paint) + "\n";
    std::size_t width = 0;
    for (Variant const& variant : report.sweep->variants)
        width = std::max(width, variant.scenario->variant.size());
    for (std::size_t v = 0; v < report.sweep->variants.size(); ++v)
        text += variant_line(report, v, width, paint);
    text += "\n";
    if (verbose && report.runs.size() > 1)
        text += every_seed(report, paint);
    text += explanations(report, verbose, paint);
    for (Finding const& finding : report.findings)
        text +=
            fmt::format("  {}: {}\n\n",
                        finding.violates ? paint.bad(finding.name) : paint.warning(finding.name),
                        finding.detail);
    for (std::size_t v = 0; v < report.sweep->variants.size(); ++v)
        text += numbers_text(report.of_variant(v), report.sweep->variants[v], verbose);
    return text + summary(report, paint);
}

}  // namespace odradek::cli
