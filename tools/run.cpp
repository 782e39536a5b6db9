// `odradek run FILE`: every variant of the sweep with every seed, many at a time, and one verdict.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <deque>
#include <optional>
#include <random>
#include <thread>

#include <fmt/core.h>

#include "tools/data_storage.h"
#include "tools/error_text.h"
#include "tools/exhibits.h"
#include "tools/jobs.h"
#include "tools/load.h"
#include "tools/result_json.h"
#include "tools/result_text.h"
#include "tools/run_folder.h"
#include "tools/signals.h"
#include "tools/sweep.h"
#include "tools/terminal.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using kafka::Scenario;

// The options that were typed, understood.
struct Options {
    bool json{false};
    ExitCodeStyle style{ExitCodeStyle::plain};
    std::optional<std::uint64_t> seed;
    bool random_seed{false};
    std::optional<SeedRange> seeds;
    std::optional<sim::Instant> until;
    unsigned jobs{1};
};

Options read_options(Arguments const& arguments)
{
    if (arguments.with_fix && arguments.exhibit.empty())
        throw usage_error("--with-fix needs --exhibit", "`odradek museum list` lists exhibits");
    if (arguments.files.empty() && arguments.exhibit.empty())
        throw usage_error("run needs a scenario file",
                          "try odradek run scenarios/replication/leader-crash.json");
    if (arguments.files.size() > 1)
        throw usage_error(fmt::format("unexpected argument \"{}\"", arguments.files[1]),
                          "run takes one scenario file");
    Options options;
    options.json = is_json(arguments.format);
    options.style = read_exit_code_style(arguments.exit_code_style);
    choose("--color", arguments.color, {"auto", "always", "never"});
    if (!arguments.seed.empty() && !arguments.seeds.empty())
        throw usage_error("--seed and --seeds exclude each other");
    options.random_seed = arguments.seed == "random";
    if (!arguments.seed.empty() && !options.random_seed)
        options.seed = read_seed("--seed", arguments.seed);
    if (!arguments.seeds.empty())
        options.seeds = read_seeds(arguments.seeds);
    if (!arguments.until.empty())
        options.until = read_time("--until", arguments.until);
    options.jobs = arguments.jobs.empty() ? std::max(1U, std::thread::hardware_concurrency())
                                          : read_count("--jobs", arguments.jobs);
    return options;
}

// The only chance there is outside a run. It is printed, so it can be repeated.
std::uint64_t random_seed()
{
    std::random_device device;
    std::uint64_t const high = device();
    std::uint64_t const low = device();
    return (high << 32) | (low & 0xffffffff);
}

std::vector<std::size_t> chosen_variants(std::vector<Scenario> const& all,
                                         std::string const& wanted)
{
    std::vector<std::size_t> chosen;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (wanted.empty() || all[i].variant == wanted)
            chosen.push_back(i);
        if (!all[i].variant.empty())
            names.push_back(all[i].variant);
    }
    if (!chosen.empty())
        return chosen;
    std::size_t number = 0;
    auto const [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
    bool const is_number = error == std::errc{} && end == wanted.data() + wanted.size();
    if (is_number && number < all.size())
        return {number};
    std::string suggestion = fmt::format("there are {}, numbered from 0", all.size());
    if (names.empty())
        suggestion = "the scenario has no sweep, and so variant 0 only";
    else if (!is_number) {
        suggestion += ":";
        for (std::string_view name : names)
            suggestion += fmt::format(" {}", name);
    }
    throw usage_error(fmt::format("--variant: there is no variant \"{}\"", wanted), suggestion);
}

Sweep plan(std::string const& file, Arguments const& arguments, Options const& options,
           std::vector<Scenario> const& all)
{
    Sweep sweep;
    sweep.file = file;
    sweep.variants_in_file = all.size();
    std::optional<std::uint64_t> drawn;
    for (std::size_t const number : chosen_variants(all, arguments.variant)) {
        auto const scenario = std::make_shared<Scenario const>(all[number]);
        kafka::Run const& run = scenario->run;
        Variant variant{number, scenario, 0, static_cast<std::uint64_t>(run.seeds), true};
        bool const given = options.seed || (options.seeds && options.seeds->has_first);
        if (options.seed)
            variant.first_seed = *options.seed;
        else if (given)
            variant.first_seed = options.seeds->first;
        else if (run.seed && !options.random_seed)
            variant.first_seed = *run.seed;
        else {
            if (!drawn)
                drawn = random_seed();
            variant.first_seed = *drawn;
        }
        if (options.seeds)
            variant.seeds = options.seeds->count;
        else if (options.seed)
            variant.seeds = 1;
        variant.whole = variant.seeds >= static_cast<std::uint64_t>(run.seeds) && !options.until;
        sweep.variants.push_back(std::move(variant));
    }
    constexpr std::uint64_t most = 10'000'000;
    std::uint64_t runs = 0;
    for (Variant const& variant : sweep.variants) {
        if (variant.seeds == 0 || variant.seeds > most - runs)
            throw usage_error(fmt::format("--seeds: more than {} runs at a time", most),
                              "split them, as in --seeds 1..1000000");
        runs += variant.seeds;
    }
    if (drawn && !arguments.quiet)
        fmt::print(stderr, "odradek: drew the random seed {}\n", *drawn);
    for (std::string const& set : arguments.set)
        sweep.settings += " --set " + shell_word(set);
    if (!arguments.exhibit.empty())
        sweep.settings += " --exhibit " + shell_word(arguments.exhibit);
    if (arguments.with_fix)
        sweep.settings += " --with-fix";
    if (arguments.lenient_config)
        sweep.options += " --lenient-config";
    if (!arguments.until.empty())
        sweep.options += " --until " + shell_word(arguments.until);
    return sweep;
}

void print_resolved(Sweep const& sweep)
{
    bool const several = sweep.variants.size() > 1;
    std::string text = several ? "[\n" : "";
    for (Variant const& variant : sweep.variants) {
        std::string document = kafka::resolved_json(*variant.scenario);
        while (document.ends_with('\n'))
            document.pop_back();
        text += document;
        text += several && &variant != &sweep.variants.back() ? ",\n" : "\n";
    }
    fmt::print("{}{}", text, several ? "]\n" : "");
}

// Where the stories of runs go: at once to stdout when there is one run only, else when it is their
// turn.
class Stories {
public:
    Stories(bool wanted, bool json, Sweep const& sweep) : sweep_(sweep), wanted_(wanted && !json)
    {
        texts_.resize(sweep.run_count());
    }

    bool wanted() const { return wanted_; }
    void add(std::size_t run, std::string_view lines)
    {
        if (texts_.size() == 1)
            std::fwrite(lines.data(), 1, lines.size(), stdout);
        else
            texts_[run] += lines;
    }
    void print(std::size_t run)
    {
        if (!wanted_)
            return;
        if (texts_.size() > 1) {
            Variant const& variant = sweep_.variants[sweep_.variant_of(run)];
            fmt::print("== {}{}seed {}\n\n{}", variant.scenario->variant,
                       variant.scenario->variant.empty() ? "" : ", ", sweep_.seed_of(run),
                       texts_[run]);
            texts_[run] = {};
        }
        fmt::print("\n");
    }

private:
    Sweep const& sweep_;
    bool wanted_;
    std::deque<std::string> texts_;  // By run.
};

class Runner {
public:
    Runner(Arguments const& arguments, Options const& options, Sweep const& sweep,
           DataPlan const& data)
        : arguments_(arguments),
          options_(options),
          sweep_(sweep),
          data_(data),
          stories_(arguments.story, options.json, sweep),
          watch_{interrupted_flag()},
          progress_(!arguments.quiet && !(stories_.wanted() && shows_color("auto", stdout)))
    {
        records_.resize(sweep.run_count());
        shown_.runs = sweep.run_count();
    }

    Report perform()
    {
        catch_interrupts();
        catch_crashes(number(ExitCode::internal, options_.style));
        std::size_t const done = in_order(
            records_.size(), options_.jobs, [this](std::size_t run) { work(run); },
            [this](std::size_t run) { finished(run); }, [this] { show_progress(); },
            interrupted_flag());
        progress_.clear();
        Report report{&sweep_, {}, interrupted_flag(), {}, ExitCode::held};
        for (std::size_t run = 0; run < done; ++run)
            report.runs.push_back(std::move(records_[run]));
        judge(report);
        return report;
    }

    std::int64_t virtual_ns() const { return watch_.virtual_ns; }

private:
    void work(std::size_t run)
    {
        std::size_t const number = sweep_.variant_of(run);
        RunRequest request{sweep_.variants[number].scenario,
                           sweep_.seed_of(run),
                           options_.until,
                           {},
                           arguments_.verbose};
        CrashNote const note("repeat: " + sweep_.command(run));
        std::unique_ptr<sim::Storage> const storage =
            open_data(data_, *request.scenario, request.seed);
        request.storage = storage.get();
        std::optional<RunFolder> folder;
        if (!arguments_.out.empty())
            folder.emplace(arguments_.out, *request.scenario, request.seed);
        if (folder || stories_.wanted())
            request.story = [&](std::string_view lines) {
                if (folder)
                    folder->add_story(lines);
                if (stories_.wanted())
                    stories_.add(run, lines);
            };
        RunRecord record = run_one(request, watch_);
        record.variant = number;
        if (folder)
            folder->finish(one_run_json(sweep_, record), record);
        records_[run] = std::move(record);
    }

    void finished(std::size_t run)
    {
        RunRecord const& record = records_[run];
        ++shown_.runs_done;
        shown_.failed += record.outcome == Outcome::violated || record.outcome == Outcome::broken;
        stories_.print(run);
        if (!arguments_.out.empty())
            RunFolder::point_latest(arguments_.out, *sweep_.variants[record.variant].scenario,
                                    record.seed);
    }

    void show_progress()
    {
        shown_.events = watch_.events;
        shown_.virtual_ns = watch_.virtual_ns;
        progress_.show(shown_);
    }

    Arguments const& arguments_;
    Options const& options_;
    Sweep const& sweep_;
    DataPlan const& data_;
    Stories stories_;
    Watch watch_;
    Progress shown_;
    ProgressLine progress_;
    std::vector<RunRecord> records_;
};

void print_storage_failures(Report const& report)
{
    for (RunRecord const& run : report.runs)
        if (!run.storage_failure.empty())
            fmt::print(stderr,
                       "odradek: {}; the run went on and its result holds, but its files are not "
                       "complete\n",
                       run.storage_failure);
}

void print_tail(Report const& report, Arguments const& arguments, std::int64_t virtual_ns,
                std::int64_t wall_ms)
{
    if (!arguments.quiet)
        fmt::print(
            stderr, "{} in {}.{:03} s{}\n",
            report.runs.size() == 1 ? "1 run" : fmt::format("{} runs", report.runs.size()),
            wall_ms / 1000, wall_ms % 1000,
            wall_ms == 0 ? "" : fmt::format(" ({}x real time)", virtual_ns / 1'000'000 / wall_ms));
    fmt::print(stderr, "repeat: {}\n", report.repeat());
}

}  // namespace

ExitCode run(Arguments const& arguments)
{
    Options const options = read_options(arguments);
    std::string const file =
        arguments.files.empty() ? need_exhibit(arguments.exhibit).file : arguments.files.front();
    kafka::ReadResult const read = load(file, arguments);
    if (read.has_errors()) {
        if (options.json)
            fmt::print("{}", errors_json(read.diagnostics, ExitCode::invalid));
        else
            fmt::print(stderr, "{}",
                       paint_diagnostics(kafka::render(read.diagnostics),
                                         Paint{shows_color(arguments.color, stderr)}));
        return ExitCode::invalid;
    }
    if (!arguments.quiet)
        fmt::print(stderr, "{}",
                   paint_diagnostics(kafka::render(read.diagnostics),
                                     Paint{shows_color(arguments.color, stderr)}));
    Sweep sweep = plan(file, arguments, options, read.variants);
    if (arguments.print_resolved) {
        print_resolved(sweep);
        return ExitCode::held;
    }
    DataPlan const data = plan_data(arguments, sweep, options.jobs);
    // What repeats the run needs no files, unless somebody asks for them.
    if (sweep.variants.front().scenario->storage.backend != "memory")
        sweep.options += " --backend memory";
    Stopwatch const watch;
    Runner runner(arguments, options, sweep, data);
    Report const report = runner.perform();
    if (options.json)
        fmt::print("{}", report_json(report));
    else
        fmt::print("{}", report_text(report, arguments.verbose,
                                     Paint{shows_color(arguments.color, stdout)}));
    std::fflush(stdout);
    print_storage_failures(report);
    print_tail(report, arguments, runner.virtual_ns(), watch.milliseconds());
    return report.code;
}

}  // namespace odradek::cli
