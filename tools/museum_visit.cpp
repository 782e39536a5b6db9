#include "tools/museum.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "tools/jobs.h"
#include "tools/signals.h"

namespace odradek::cli {

namespace {

using kafka::ExpectationResult;

bool is_end_of_run(ExpectationResult const& expectation)
{
    using Kind = ExpectationResult::Kind;
    return expectation.kind == Kind::metric || expectation.kind == Kind::final_state;
}

// A bound is called "produce.ack.latency p99 <= 15 s".
bool is_named(ExpectationResult const& expectation, std::string const& judge)
{
    return expectation.name == judge || expectation.name.starts_with(judge + " ");
}

std::optional<Verdict> verdict_of(std::string const& judge, RunRecord const& record)
{
    for (std::size_t i = 0; i < record.result.violations.size(); ++i) {
        kafka::check::Violation const& violation = record.result.violations[i];
        if (violation.name == judge)
            return Verdict{judge,
                           i < record.violation_partitions.size() ? record.violation_partitions[i]
                                                                  : std::string{},
                           violation.what,
                           violation.because,
                           violation.count,
                           violation.time};
    }
    for (ExpectationResult const& expectation : record.result.expectations)
        if (!expectation.held && is_end_of_run(expectation) && is_named(expectation, judge))
            return Verdict{judge, {}, fmt::format("{}: {}", expectation.name, expectation.detail),
                           {},    1,  std::nullopt};
    return std::nullopt;
}

Attempt attempt_of(kafka::Exhibit const& exhibit, RunRecord const& record)
{
    Attempt attempt{record.seed, record.outcome, {}, {}, record.error, record.cpu_us};
    for (std::string const& judge : exhibit.judges)
        if (std::optional<Verdict> verdict = verdict_of(judge, record))
            attempt.verdicts.push_back(std::move(*verdict));
    auto const is_judge = [&](auto const& matches) {
        return std::any_of(exhibit.judges.begin(), exhibit.judges.end(), matches);
    };
    auto const add = [&](std::string text) {
        if (std::find(attempt.others.begin(), attempt.others.end(), text) == attempt.others.end())
            attempt.others.push_back(std::move(text));
    };
    for (kafka::check::Violation const& violation : record.result.violations)
        if (!is_judge([&](std::string const& judge) { return judge == violation.name; }))
            add(violation.name);
    for (ExpectationResult const& expectation : record.result.expectations)
        if (!expectation.held && is_end_of_run(expectation) &&
            !is_judge([&](std::string const& judge) { return is_named(expectation, judge); }))
            add(expectation.name);
    if (!record.result.inconclusive_because.empty() && !attempt.caught())
        add(record.result.inconclusive_because);
    return attempt;
}

// Runs the seeds and stops, if asked, at the first catch. The result does not depend on `jobs`.
std::vector<Attempt> run_seeds(FoundExhibit const& found, bool with_fix, VisitPlan const& plan,
                               std::uint64_t first, std::uint64_t count, Watch& watch,
                               std::function<void()> const& tick)
{
    auto const scenario = read_exhibit(found, with_fix);
    std::vector<Attempt> attempts(count);
    std::atomic<bool> stop{false};
    bool const stops = plan.until_caught && !with_fix;
    auto const work = [&](std::size_t i) {
        RunRequest request{scenario, first + i, {}, {}, false, {}};
        if (stops)
            request.enough = found.exhibit.judges;
        CrashNote const note(
            fmt::format("repeat: {} --seed {}", found.command(with_fix), request.seed));
        attempts[i] = attempt_of(found.exhibit, run_one(request, watch));
    };
    std::size_t tried = 0;
    bool over = false;
    auto const done = [&](std::size_t i) {
        if (over)
            return;
        tried = i + 1;
        over = stops && attempts[i].caught();
        if (over)
            stop = true;
    };
    auto const look = [&] {
        tick();
        if (watch.interrupted)
            stop = true;
    };
    in_order(count, plan.jobs, work, done, look, stop);
    attempts.resize(tried);
    while (!attempts.empty() && attempts.back().outcome == Outcome::interrupted)
        attempts.pop_back();
    return attempts;
}

}  // namespace

bool Attempt::holds() const
{
    return !caught() && (outcome == Outcome::held || outcome == Outcome::expected);
}

Attempt const* Visit::first_catch() const
{
    auto const first = std::find_if(flawed.begin(), flawed.end(),
                                    [](Attempt const& attempt) { return attempt.caught(); });
    return first == flawed.end() ? nullptr : &*first;
}

std::uint64_t Visit::catches() const
{
    return static_cast<std::uint64_t>(std::count_if(
        flawed.begin(), flawed.end(), [](Attempt const& attempt) { return attempt.caught(); }));
}

Attempt const* Visit::first_failure() const
{
    auto const first = std::find_if(fixed.begin(), fixed.end(),
                                    [](Attempt const& attempt) { return !attempt.holds(); });
    return first == fixed.end() ? nullptr : &*first;
}

std::int64_t Visit::cpu_us() const
{
    std::int64_t sum = 0;
    for (Attempt const& attempt : flawed) {
        sum += attempt.cpu_us;
        if (attempt.caught())
            break;
    }
    return sum;
}

std::int64_t Visit::cpu_us_with_flaw() const
{
    std::int64_t sum = 0;
    for (Attempt const& attempt : flawed)
        sum += attempt.cpu_us;
    return sum;
}

std::int64_t Visit::cpu_us_of_all() const
{
    std::int64_t sum = cpu_us_with_flaw();
    for (Attempt const& attempt : fixed)
        sum += attempt.cpu_us;
    return sum;
}

Attempt const* Visit::broken() const
{
    for (std::vector<Attempt> const* side : {&flawed, &fixed})
        for (Attempt const& attempt : *side)
            if (attempt.outcome == Outcome::broken)
                return &attempt;
    return nullptr;
}

bool Visit::good() const
{
    return !interrupted && first_catch() != nullptr && first_failure() == nullptr &&
           broken() == nullptr;
}

Visit visit_exhibit(FoundExhibit const& found, VisitPlan const& plan, Watch& watch,
                    std::function<void()> const& tick)
{
    Visit visit{found, plan, {}, {}, false};
    visit.flawed = run_seeds(found, false, plan, plan.first_seed, plan.seeds, watch, tick);
    std::uint64_t const tried = visit.flawed.size();
    std::uint64_t const compared = std::min(tried, plan.fix_seeds);
    if (compared != 0 && !watch.interrupted)
        visit.fixed =
            run_seeds(found, true, plan, plan.first_seed + tried - compared, compared, watch, tick);
    visit.interrupted = watch.interrupted;
    return visit;
}

}  // namespace odradek::cli
