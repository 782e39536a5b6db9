#include "model/client/latency_histogram.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "sim/words.h"

using namespace odradek;
using namespace odradek::kafka;

TEST_CASE("latencies below 256 us are kept exactly")
{
    LatencyHistogram histogram;
    for (std::int64_t us = 0; us < 256; ++us)
        histogram.record({us * 1000 + 999});
    for (std::uint64_t us = 0; us < 256; ++us)
        CHECK(histogram.percentile_us({us + 1, 256}) == us);
    CHECK(histogram.min_us() == 0);
    CHECK(histogram.max_us() == 255);
}

TEST_CASE("a percentile is never below the true value and at most 1/128 above it")
{
    sim::Words words(7);
    std::vector<std::uint64_t> all;
    LatencyHistogram histogram;
    for (int i = 0; i < 5000; ++i) {
        std::uint64_t const us = words.below(std::uint64_t{1} << (1 + words.below(40)));
        all.push_back(us);
        histogram.record({static_cast<std::int64_t>(us) * 1000});
    }
    std::sort(all.begin(), all.end());
    for (std::uint64_t k = 1; k <= 1000; ++k) {
        CAPTURE(k);
        std::uint64_t const truth = all[all.size() * k / 1000 - 1];
        std::uint64_t const said = histogram.percentile_us({k, 1000});
        CHECK(said >= truth);
        CHECK(said <= truth + truth / 128);
    }
    CHECK(histogram.max_us() == all.back());
    CHECK(histogram.count() == all.size());
}

TEST_CASE("adding histograms is the same as recording everything in one")
{
    LatencyHistogram a, b, both;
    for (std::int64_t us : {5, 900, 123456}) {
        a.record({us * 1000});
        both.record({us * 1000});
    }
    for (std::int64_t us : {1, 70000, 99999999}) {
        b.record({us * 1000});
        both.record({us * 1000});
    }
    a.add(b);
    CHECK(a == both);
    CHECK(a.sum_us() == 5 + 900 + 123456 + 1 + 70000 + 99999999);
}

TEST_CASE("an empty histogram says zero, and a negative latency counts as zero")
{
    LatencyHistogram histogram;
    CHECK(histogram.percentile_us({1, 2}) == 0);
    histogram.record({-5});
    CHECK(histogram.count() == 1);
    CHECK(histogram.max_us() == 0);
}

TEST_CASE("what came after an earlier copy is known apart from it")
{
    LatencyHistogram histogram;
    for (std::int64_t us : {5, 900, 123456})
        histogram.record({us * 1000});
    LatencyHistogram const earlier = histogram;
    CHECK(histogram.since(earlier).count() == 0);
    CHECK(histogram.since({}) == histogram);
    for (std::int64_t us : {70, 80, 90})
        histogram.record({us * 1000});
    LatencyHistogram const later = histogram.since(earlier);
    CHECK(later.count() == 3);
    CHECK(later.sum_us() == 240);
    CHECK(later.min_us() == 70);
    CHECK(later.max_us() == 90);
    CHECK(later.percentile_us({1, 2}) == 80);
}
