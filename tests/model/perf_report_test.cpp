#include "model/client/perf_report.h"

#include <doctest/doctest.h>

using namespace odradek;
using namespace odradek::kafka;

namespace {

// 12 s of 1000 records/s of 1 KiB, acknowledged once a second, each after 2.5 ms, one after 40 ms.
ProducerStatistics twelve_seconds()
{
    ProducerStatistics statistics;
    for (int second = 1; second <= 12; ++second) {
        for (int i = 0; i < 999; ++i)
            statistics.latency.record({2'500'000});
        statistics.latency.record({40'000'000});
        statistics.acknowledged({second * 1'000'000'000LL}, 1000, 1000 * 1024, 999 * 2500 + 40000,
                                40000);
    }
    return statistics;
}

}  // namespace

TEST_CASE("a window of 5 s closes with the first acknowledgement at or after its end")
{
    ProducerStatistics const statistics = twelve_seconds();
    REQUIRE(statistics.windows.size() == 2);
    CHECK(statistics.windows[0].records == 5000);
    CHECK(statistics.windows[1].start == sim::Instant{5'000'000'000});
    CHECK(statistics.window.records == 2000);
}

TEST_CASE("the lines are those of kafka-producer-perf-test")
{
    std::vector<std::string> const lines = perf_lines({4, 0}, twelve_seconds());
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] ==
          "5000 records sent, 1000.0 records/sec (0.98 MB/sec), 2.5 ms avg latency, 40.0 ms max "
          "latency.");
    CHECK(lines[2] ==
          "12000 records sent, 1000.0 records/sec (0.98 MB/sec), 2.54 ms avg latency, 40.00 ms "
          "max latency, 2 ms 50th, 2 ms 95th, 2 ms 99th, 2 ms 99.9th.");
}

TEST_CASE("only 4.0 rounds the rate of the total")
{
    CHECK(perf_total({4, 1}, twelve_seconds())
              .starts_with("12000 records sent, 1000.000000 records/sec "));
    CHECK(perf_total({3, 9}, twelve_seconds())
              .starts_with("12000 records sent, 1000.000000 records/sec "));
}

TEST_CASE("a producer that sent nothing has a line without a division by zero")
{
    CHECK(perf_total({4, 0}, {}) ==
          "0 records sent, 0.0 records/sec (0.00 MB/sec), 0.00 ms avg latency, 0.00 ms max "
          "latency, 0 ms 50th, 0 ms 95th, 0 ms 99th, 0 ms 99.9th.");
}
