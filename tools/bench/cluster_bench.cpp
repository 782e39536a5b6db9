// Whole clusters: a million records as kafka-producer-perf-test sends them, and five brokers in
// chaos. Per run: events per CPU second, simulated seconds per CPU second, events per produce
// request. Of a scenario with the tag "scale" also the time until every partition is there and in
// sync, and the last minute before its end, in which nothing happens; with the largest memory so
// far.
//     cluster_bench SCENARIO.json...      (Google Benchmark's own flags go before the files)
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "model/cluster/cluster.h"
#include "model/scenario/reader.h"

using namespace odradek;

namespace {

void run_scenario(benchmark::State& state, std::shared_ptr<kafka::Scenario const> const& scenario)
{
    double events = 0;
    double simulated = 0;
    double requests = 0;
    for (auto _ : state) {
        kafka::Cluster cluster(scenario, scenario->run.seed.value_or(1));
        kafka::RunResult const result = cluster.run();
        if (result.verdict == kafka::RunResult::Verdict::violated)
            state.SkipWithError("the scenario did not hold");
        events += static_cast<double>(result.events);
        simulated += static_cast<double>(result.end.ns) / 1e9;
        for (kafka::ClientResult const& client : result.clients)
            requests += static_cast<double>(client.produce_requests);
    }
    state.counters["events/s"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
    state.counters["simulated s/s"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
    state.counters["events/request"] = requests == 0 ? 0 : events / requests;
}

double peak_megabytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Is every partition of every topic there, with all its replicas in sync?
bool is_formed(kafka::Cluster const& cluster)
{
    std::int64_t expected = 0;
    for (kafka::Topic const& topic : cluster.scenario().topics) {
        auto const found = cluster.image().topic(std::string_view(topic.name));
        if (!found)
            return false;
        expected += found->partition_count();
    }
    bool whole = expected != 0;
    cluster.image().for_each_partition([&](kafka::TopicPartition,
                                           kafka::PartitionRegistration const& partition) {
        whole =
            whole && partition.has_leader() && partition.isr.size() == partition.replicas.size();
    });
    return whole;
}

void form(benchmark::State& state, std::shared_ptr<kafka::Scenario const> const& scenario)
{
    for (auto _ : state) {
        kafka::Cluster cluster(scenario, scenario->run.seed.value_or(1));
        sim::Instant time{};
        while (!is_formed(cluster) && time < cluster.end())
            cluster.run_until(time = time + sim::Duration{1'000'000'000});
        state.counters["events"] = static_cast<double>(cluster.engine().events_handled());
        state.counters["simulated s"] = static_cast<double>(time.ns) / 1e9;
        state.counters["MB"] = peak_megabytes();
    }
}

void idle_minute(benchmark::State& state, std::shared_ptr<kafka::Scenario const> const& scenario)
{
    sim::Instant const end = sim::Instant{} + scenario->run.duration;
    sim::Duration const minute{
        std::min<std::int64_t>(60'000'000'000, scenario->run.duration.ns / 2)};
    for (auto _ : state) {
        state.PauseTiming();
        kafka::Cluster cluster(scenario, scenario->run.seed.value_or(1));
        // A moment before the end of its duration, at which everything is disturbed.
        cluster.run_until(end - minute - sim::Duration{1'000'000'000});
        std::uint64_t const events = cluster.engine().events_handled();
        state.ResumeTiming();
        cluster.run_until(end - sim::Duration{1'000'000'000});
        state.PauseTiming();
        state.counters["events"] = static_cast<double>(cluster.engine().events_handled() - events);
        state.counters["MB"] = peak_megabytes();
        state.ResumeTiming();
    }
}

}  // namespace

int main(int argc, char** argv)
{
    benchmark::Initialize(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        std::ifstream file(argv[i]);
        std::stringstream text;
        text << file.rdbuf();
        kafka::ReadResult const read = kafka::read_scenario(text.str(), argv[i]);
        for (kafka::Diagnostic const& problem : read.diagnostics)
            fmt::print(stderr, "{}:{}: {}\n", problem.file, problem.line, problem.message);
        for (kafka::Scenario const& variant : read.variants) {
            auto const scenario = std::make_shared<kafka::Scenario const>(variant);
            std::string const name =
                variant.name + (variant.variant.empty() ? "" : " ") + variant.variant;
            benchmark::RegisterBenchmark(name.c_str(), [scenario](benchmark::State& state) {
                run_scenario(state, scenario);
            })->Unit(benchmark::kMillisecond);
            if (std::find(variant.tags.begin(), variant.tags.end(), "scale") == variant.tags.end())
                continue;
            benchmark::RegisterBenchmark(
                (name + " formation").c_str(),
                [scenario](benchmark::State& state) { form(state, scenario); })
                ->Unit(benchmark::kMillisecond)
                ->Iterations(1);
            benchmark::RegisterBenchmark(
                (name + " idle minute").c_str(),
                [scenario](benchmark::State& state) { idle_minute(state, scenario); })
                ->Unit(benchmark::kMillisecond)
                ->Iterations(1);
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
