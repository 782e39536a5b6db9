#include "model/client/perf_report.h"

#include <fmt/format.h>

namespace odradek::kafka {

namespace {

double seconds_between(sim::Instant from, sim::Instant to)
{
    return static_cast<double>((to - from).ns) / 1e9;
}

double per_second(double amount, double seconds) { return seconds > 0 ? amount / seconds : 0; }

double megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

double average_ms(std::uint64_t sum_us, std::uint64_t count)
{
    return count == 0 ? 0 : static_cast<double>(sum_us) / 1000.0 / static_cast<double>(count);
}

std::string window_line(PerfWindow const& window)
{
    double const elapsed = seconds_between(window.start, window.end);
    return fmt::format(
        "{} records sent, {:.1f} records/sec ({:.2f} MB/sec), {:.1f} ms avg latency, "
        "{:.1f} ms max latency.",
        window.records, per_second(static_cast<double>(window.records), elapsed),
        per_second(megabytes(window.bytes), elapsed),
        average_ms(window.latency_sum_us, window.records),
        static_cast<double>(window.latency_max_us) / 1000.0);
}

}  // namespace

std::string perf_total(KafkaVersion version, ProducerStatistics const& statistics)
{
    double const elapsed = seconds_between(statistics.started, statistics.last_acknowledged);
    double const rate = per_second(static_cast<double>(statistics.latency.count()), elapsed);
    // Only 4.0 rounds the total's rate.
    bool const rounded = version == KafkaVersion{4, 0};
    auto const percentile_ms = [&](std::uint64_t numerator, std::uint64_t denominator) {
        return statistics.latency.percentile_us({numerator, denominator}) / 1000;
    };
    return fmt::format("{} records sent, {} records/sec ({:.2f} MB/sec), {:.2f} ms avg latency, "
                       "{:.2f} ms max latency, {} ms 50th, {} ms 95th, {} ms 99th, {} ms 99.9th.",
                       statistics.latency.count(),
                       rounded ? fmt::format("{:.1f}", rate) : fmt::format("{:.6f}", rate),
                       per_second(megabytes(statistics.bytes_acknowledged), elapsed),
                       average_ms(statistics.latency.sum_us(), statistics.latency.count()),
                       static_cast<double>(statistics.latency.max_us()) / 1000.0,
                       percentile_ms(1, 2), percentile_ms(95, 100), percentile_ms(99, 100),
                       percentile_ms(999, 1000));
}

std::vector<std::string> perf_lines(KafkaVersion version, ProducerStatistics const& statistics)
{
    std::vector<std::string> lines;
    for (PerfWindow const& window : statistics.windows)
        lines.push_back(window_line(window));
    lines.push_back(perf_total(version, statistics));
    return lines;
}

}  // namespace odradek::kafka
