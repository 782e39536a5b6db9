// What one decision costs: the draw alone, and with the look-up of who asked what how often.
#include <cstdint>

#include <benchmark/benchmark.h>

#include "sim/chance.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

constexpr Site site("bench.site");

void sample(benchmark::State& state, Distribution const& distribution)
{
    Words words(1);
    for (auto _ : state)
        benchmark::DoNotOptimize(distribution.sample(words));
}

// `actors` links take turns, as in a cluster.
void decide(benchmark::State& state, Distribution const& distribution, std::uint64_t actors)
{
    Chance chance(1);
    std::uint64_t turn = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(chance.sample(site, turn++ * 7 % actors, distribution));
}

void happens(benchmark::State& state)
{
    Chance chance(1);
    std::uint64_t turn = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(chance.happens(site, turn++ % 64, {1, 100}));
}

}  // namespace

BENCHMARK_CAPTURE(sample, constant, Distribution(1_ms));
BENCHMARK_CAPTURE(sample, uniform, Distribution(Uniform{1_ms, 2_ms}));
BENCHMARK_CAPTURE(sample, exponential, Distribution(Exponential{1_ms}));
BENCHMARK_CAPTURE(sample, normal, Distribution(Normal{.mean = 1_ms, .stddev = 100_us}));
BENCHMARK_CAPTURE(sample, lognormal, Distribution(Lognormal{.median = 300_us, .p99 = 1200_us}));
BENCHMARK_CAPTURE(sample, pareto, Distribution(Pareto{.min = 1_ms, .alpha_milli = 1'160}));
BENCHMARK_CAPTURE(sample, zipf, Distribution(Zipf{.cardinality = 100'000, .s_milli = 990}));
BENCHMARK_CAPTURE(decide, lognormal_64_actors,
                  Distribution(Lognormal{.median = 300_us, .p99 = 1200_us}), 64);
BENCHMARK_CAPTURE(decide, lognormal_10000_actors,
                  Distribution(Lognormal{.median = 300_us, .p99 = 1200_us}), 10'000);
BENCHMARK_CAPTURE(decide, uniform_64_actors, Distribution(Uniform{1_ms, 2_ms}), 64);
BENCHMARK(happens);

BENCHMARK_MAIN();
