// Whole clusters: a million records as kafka-producer-perf-test sends them, and five brokers in
// chaos. Per run: events per CPU second, simulated seconds per CPU second, events per produce
// request.
//     cluster_bench SCENARIO.json...      (Google Benchmark's own flags go before the files)
#include <benchmark/benchmark.h>
#include <fmt/format.h>

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
        }
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
