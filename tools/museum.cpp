// `odradek museum`: flaws that Kafka once had, each with the scenario that provokes it, the judge
// that must speak, and the fix that must hold.
#include "tools/museum.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include <fmt/core.h>

#include "tools/jobs.h"
#include "tools/museum_json.h"
#include "tools/museum_text.h"
#include "tools/signals.h"
#include "tools/sweep.h"
#include "tools/terminal.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

constexpr std::uint64_t fix_seeds_until_caught = 3;

struct Options {
    Format format{Format::text};
    ExitCodeStyle style{ExitCodeStyle::plain};
    bool until_caught{false};
    std::optional<SeedRange> seeds;
    std::optional<std::uint64_t> fix_seeds;
    unsigned jobs{1};
};

Options read_options(Arguments const& arguments)
{
    Options options;
    options.format = read_format(arguments.format);
    options.style = read_exit_code_style(arguments.exit_code_style);
    choose("--color", arguments.color, {"auto", "always", "never"});
    if (!arguments.seeds.empty())
        options.seeds = read_seeds(arguments.seeds);
    if (!arguments.fix_seeds.empty())
        options.fix_seeds = read_seed("--fix-seeds", arguments.fix_seeds);
    options.until_caught = arguments.until_caught || (arguments.all && !options.seeds);
    options.jobs = arguments.jobs.empty() ? std::max(1U, std::thread::hardware_concurrency())
                                          : read_count("--jobs", arguments.jobs);
    return options;
}

VisitPlan plan_for(FoundExhibit const& found, Options const& options)
{
    VisitPlan plan{found.first_seed, static_cast<std::uint64_t>(found.exhibit.seeds),
                   options.until_caught, 0, options.jobs};
    if (options.seeds) {
        plan.seeds = options.seeds->count;
        if (options.seeds->has_first)
            plan.first_seed = options.seeds->first;
    }
    constexpr std::uint64_t most = 1'000'000;
    if (plan.seeds == 0 || plan.seeds > most)
        throw usage_error(fmt::format("--seeds: more than {} seeds of an exhibit", most));
    plan.fix_seeds =
        options.fix_seeds.value_or(options.until_caught ? fix_seeds_until_caught : plan.seeds);
    return plan;
}

ExitCode code_of(std::vector<Visit> const& visits)
{
    auto const any = [&](auto const& is) { return std::any_of(visits.begin(), visits.end(), is); };
    if (any([](Visit const& visit) { return visit.interrupted; }))
        return ExitCode::interrupted;
    if (any([](Visit const& visit) { return visit.broken() != nullptr; }))
        return ExitCode::internal;
    return any([](Visit const& visit) { return !visit.good(); }) ? ExitCode::violated
                                                                 : ExitCode::held;
}

// Many exhibits at a time, or many seeds of one.
std::vector<Visit> visit_all(std::vector<FoundExhibit> const& exhibits, Options const& options,
                             bool quiet)
{
    catch_interrupts();
    catch_crashes(number(ExitCode::internal, options.style));
    Watch watch{interrupted_flag()};
    ProgressLine progress(!quiet);
    Progress shown;
    shown.runs = exhibits.size();
    auto const show = [&] {
        shown.events = watch.events;
        shown.virtual_ns = watch.virtual_ns;
        progress.show(shown);
    };
    std::vector<VisitPlan> plans;
    for (FoundExhibit const& found : exhibits)
        plans.push_back(plan_for(found, options));
    std::vector<Visit> visits(exhibits.size());
    std::size_t done = 0;
    if (exhibits.size() == 1) {
        visits.front() = visit_exhibit(exhibits.front(), plans.front(), watch, show);
        done = 1;
    } else {
        done = in_order(
            exhibits.size(), options.jobs,
            [&](std::size_t i) {
                plans[i].jobs = 1;
                visits[i] = visit_exhibit(exhibits[i], plans[i], watch, [] {});
            },
            [&](std::size_t i) {
                ++shown.runs_done;
                shown.failed += !visits[i].good();
            },
            show, interrupted_flag());
    }
    visits.resize(done);
    return visits;
}

std::string summary(std::vector<Visit> const& visits, ExitCode code, Paint const& paint)
{
    auto const caught = std::count_if(visits.begin(), visits.end(), [](Visit const& visit) {
        return visit.first_catch() != nullptr;
    });
    auto const held = std::count_if(visits.begin(), visits.end(), [](Visit const& visit) {
        return !visit.fixed.empty() && visit.first_failure() == nullptr;
    });
    std::string const word = verdict_word(code);
    return fmt::format("{}  {} exhibit{}: {} caught, {} hold{} with the fix\n",
                       code == ExitCode::held ? paint.good(word) : paint.bad(word), visits.size(),
                       visits.size() == 1 ? "" : "s", caught, held, held == 1 ? "s" : "");
}

ExitCode run_exhibits(Arguments const& arguments, std::vector<FoundExhibit> const& exhibits)
{
    Options const options = read_options(arguments);
    Stopwatch const watch;
    std::vector<Visit> const visits = visit_all(exhibits, options, arguments.quiet);
    ExitCode const code = code_of(visits);
    Paint const paint{shows_color(arguments.color, stdout)};
    if (options.format == Format::json)
        fmt::print("{}", visits_json(visits, code));
    else if (options.format == Format::tsv)
        fmt::print("{}", table_tsv(visits));
    else if (visits.size() == 1)
        fmt::print("{}\n{}", visit_text(visits.front(), arguments.verbose, paint),
                   summary(visits, code, paint));
    else
        fmt::print("{}{}\n{}", table_text(visits, paint), failures_text(visits, paint),
                   summary(visits, code, paint));
    std::fflush(stdout);
    if (!arguments.quiet) {
        std::int64_t cpu_us = 0;
        for (Visit const& visit : visits)
            cpu_us += visit.cpu_us_of_all();
        fmt::print(stderr, "{} s of CPU in {}.{:03} s\n", seconds_text(cpu_us),
                   watch.milliseconds() / 1000, watch.milliseconds() % 1000);
    }
    return code;
}

ExitCode list(Arguments const& arguments, std::vector<FoundExhibit> const& exhibits)
{
    switch (read_format(arguments.format)) {
    case Format::json:
        fmt::print("{}", exhibits_json(exhibits));
        break;
    case Format::tsv:
        fmt::print("{}", exhibits_tsv(exhibits));
        break;
    case Format::text:
        fmt::print("{}", exhibits_text(exhibits));
        break;
    }
    return ExitCode::held;
}

ExitCode show(Arguments const& arguments, std::vector<FoundExhibit> const& exhibits)
{
    if (read_format(arguments.format) != Format::text)
        return list(arguments, exhibits);
    for (FoundExhibit const& found : exhibits)
        fmt::print("{}{}", &found == &exhibits.front() ? "" : "\n", exhibit_text(found));
    return ExitCode::held;
}

}  // namespace

ExitCode museum(Arguments const& arguments)
{
    if (arguments.action.empty())
        throw usage_error("museum needs to know what to do", "list, show NAME or run NAME");
    std::string_view const action = choose("museum", arguments.action, {"list", "show", "run"});
    bool const all = arguments.all || (action == "list" && arguments.names.empty());
    if (!all && arguments.names.empty())
        throw usage_error(fmt::format("museum {} needs the name of an exhibit", action),
                          "or --all; `odradek museum list` lists them");
    if (arguments.all && !arguments.names.empty())
        throw usage_error("--all and names exclude each other");
    std::vector<FoundExhibit> const exhibits =
        all ? gallery_exhibits() : find_exhibits(arguments.names);
    if (action == "list")
        return list(arguments, exhibits);
    return action == "show" ? show(arguments, exhibits) : run_exhibits(arguments, exhibits);
}

}  // namespace odradek::cli
