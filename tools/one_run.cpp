#include "tools/one_run.h"

#include <algorithm>
#include <ctime>
#include <exception>

#include <fmt/core.h>

#include "model/cluster/cluster.h"
#include "sim/ensure.h"
#include "sim/story.h"

namespace odradek::cli {

namespace {

using kafka::RunResult;

bool is_enough(kafka::Cluster const& cluster, std::vector<std::string> const& laws)
{
    return !laws.empty() &&
           std::any_of(cluster.violations().begin(), cluster.violations().end(),
                       [&](kafka::check::Violation const& violation) {
                           return std::find(laws.begin(), laws.end(), violation.name) != laws.end();
                       });
}

// CPU time of this thread.
std::int64_t cpu_now_us()
{
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

// False: interrupted.
bool run_on(kafka::Cluster& cluster, RunRequest const& request, Watch& watch)
{
    constexpr int events_between_looks = 1024;
    constexpr sim::Duration slice{100'000'000};
    std::uint64_t told_events = 0;
    sim::Instant told;
    bool goes_on = true;
    while (goes_on) {
        if (request.until) {
            cluster.run_until(std::min(*request.until, cluster.now() + slice));
            goes_on = !cluster.over() && cluster.now() < *request.until;
        } else {
            for (int i = 0; goes_on && i < events_between_looks; ++i)
                goes_on = cluster.step();
        }
        watch.events += cluster.engine().events_handled() - told_events;
        watch.virtual_ns += (cluster.now() - told).ns;
        told_events = cluster.engine().events_handled();
        told = cluster.now();
        goes_on = goes_on && !is_enough(cluster, request.enough);
        if (goes_on && watch.interrupted)
            return false;
    }
    return true;
}

bool all_expected(RunResult const& result)
{
    return std::all_of(result.expected.begin(), result.expected.end(),
                       [](bool expected) { return expected; });
}

// A run that was stopped early can be known to be wrong, and never to be right.
void judge_as_stopped(RunResult& result)
{
    result.expectations.clear();
    result.verdict =
        all_expected(result) ? RunResult::Verdict::inconclusive : RunResult::Verdict::violated;
}

Outcome outcome_of(RunResult const& result)
{
    switch (result.verdict) {
    case RunResult::Verdict::held:
        return result.violations.empty() ? Outcome::held : Outcome::expected;
    case RunResult::Verdict::violated:
        return Outcome::violated;
    case RunResult::Verdict::inconclusive:
        return Outcome::inconclusive;
    }
    return Outcome::broken;
}

void name_violations(kafka::Cluster const& cluster, RunRecord& record)
{
    auto const& require = cluster.scenario().expect.require;
    record.required_found.assign(require.size(), 0);
    for (kafka::check::Violation const& violation : record.result.violations) {
        bool const of_topic = violation.partition.topic != kafka::metadata_topic;
        record.violation_partitions.push_back(
            of_topic ? cluster.names().partition(violation.partition) : std::string{});
        for (std::size_t i = 0; i < require.size(); ++i)
            if (violation.name == require[i].violation &&
                (require[i].topic.empty() ||
                 cluster.names().topic(violation.partition.topic) == require[i].topic))
                record.required_found[i] += violation.count;
    }
}

}  // namespace

std::string_view to_string(Outcome outcome)
{
    switch (outcome) {
    case Outcome::held:
        return "held";
    case Outcome::expected:
        return "expected";
    case Outcome::violated:
        return "violated";
    case Outcome::inconclusive:
        return "inconclusive";
    case Outcome::broken:
        return "broken";
    case Outcome::interrupted:
        return "interrupted";
    }
    return "?";
}

namespace {

// The disks in the state in which somebody will look at them.
void leave_files(kafka::Cluster& cluster, RunRequest const& request, RunRecord& record)
{
    if (request.storage == nullptr)
        return;
    cluster.unmount_disks();
    request.storage->finish(cluster.now());
    record.storage_failure = request.storage->failure();
}

void run_into(RunRecord& record, RunRequest const& request, Watch& watch)
{
    try {
        kafka::Cluster cluster(request.scenario, request.seed, request.storage);
        if (request.story)
            cluster.listen(
                [&](sim::StoryEvent const& event) {
                    std::string const lines = sim::story_lines(event);
                    if (!lines.empty())
                        request.story(lines);
                },
                request.routine ? sim::Telling::everything : sim::Telling::decisions);
        if (!run_on(cluster, request, watch)) {
            record.result = cluster.stop("interrupted");
            record.outcome = Outcome::interrupted;
            leave_files(cluster, request, record);
            return;
        }
        bool const stopped = !cluster.over();
        record.result =
            stopped ? cluster.stop(fmt::format("stopped at {} by {}; the end was not judged",
                                               sim::to_string(cluster.now()),
                                               request.until ? "--until" : "the first catch"))
                    : cluster.run();
        if (stopped)
            judge_as_stopped(record.result);
        record.outcome = outcome_of(record.result);
        name_violations(cluster, record);
        leave_files(cluster, request, record);
    } catch (sim::BrokenLaw const& broken) {
        record.outcome = Outcome::broken;
        record.error = sim::to_string(broken);
    } catch (std::exception const& error) {
        record.outcome = Outcome::broken;
        record.error = error.what();
    }
}

}  // namespace

RunRecord run_one(RunRequest const& request, Watch& watch)
{
    std::int64_t const begun = cpu_now_us();
    RunRecord record;
    record.seed = request.seed;
    record.result.seed = request.seed;
    run_into(record, request, watch);
    record.cpu_us = cpu_now_us() - begun;
    return record;
}

}  // namespace odradek::cli
