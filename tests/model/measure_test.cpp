// A metric bound with a window sees what happened inside it, and nothing else.
#include <doctest/doctest.h>

#include "model/cluster/measure.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {

constexpr sim::Duration second{1'000'000'000};

sim::Instant at(std::int64_t seconds) { return sim::Instant{} + second * seconds; }

Measure::Reading value(std::int64_t number) { return {{}, number}; }

}  // namespace

TEST_CASE("of a count a window has what was added in it, from two looks")
{
    Measure measure(at(10), at(20), true);
    REQUIRE(measure.next() == at(10));
    measure.look(at(10), value(100));
    REQUIRE(measure.next() == at(20));
    measure.look(at(20), value(175));
    CHECK_FALSE(measure.next());
    CHECK(measure.value(Statistic::total) == 75);
}

TEST_CASE("of latencies a window has those that were measured in it")
{
    Measure measure(at(10), at(20), true);
    LatencyHistogram latency;
    latency.record(second);
    measure.look(at(10), {latency, {}});
    latency.record(second / 1000);
    measure.look(at(20), {latency, {}});
    CHECK(measure.latency().count() == 1);
    CHECK(measure.latency().max_us() <= 1000 + 1000 / 128);
}

TEST_CASE("what goes up and down is sampled, and its statistics are those of the samples")
{
    Measure measure(at(1), at(2), false);
    std::int64_t number = 0;
    while (measure.next())
        measure.look(*measure.next(), value(number++));
    CHECK(number == 11);
    CHECK(measure.value(Statistic::min) == 0);
    CHECK(measure.value(Statistic::max) == 10);
    CHECK(measure.value(Statistic::avg) == 5);
    CHECK(measure.value(Statistic::p50) == 5);
    CHECK(measure.value(Statistic::p99) == 10);
    CHECK(measure.value(Statistic::last) == 10);
}

TEST_CASE("where there never was anything to see nothing was measured")
{
    Measure measure(at(1), at(2), false);
    while (measure.next())
        measure.look(*measure.next(), {});
    CHECK_FALSE(measure.value(Statistic::max));
}
