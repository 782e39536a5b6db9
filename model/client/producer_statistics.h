// What one producer measured about itself. Plain numbers; the layouts of Kafka's tools are made
// from them in perf_report.h.
#pragma once

#include <cstdint>
#include <vector>

#include "model/client/latency_histogram.h"
#include "sim/time.h"

namespace odradek::kafka {

// One reporting interval of kafka-producer-perf-test.
struct PerfWindow {
    sim::Instant start;
    sim::Instant end;  // The acknowledgement that closed it.
    std::uint64_t records{0};
    std::uint64_t bytes{0};  // Of values.
    std::uint64_t latency_sum_us{0};
    std::uint64_t latency_max_us{0};

    bool operator==(PerfWindow const&) const = default;
};

struct ProducerStatistics {
    static constexpr sim::Duration window_length{5'000'000'000};

    std::uint64_t records_accepted{0};      // send() put them into a batch.
    std::uint64_t records_acknowledged{0};  // acks=0: handed to the connection.
    std::uint64_t records_failed{0};        // Definitely not in the log.
    std::uint64_t records_unknown{0};       // Failed, and nobody knows whether they are in the log.
    std::uint64_t bytes_acknowledged{0};    // Of values.
    std::uint64_t batches_acknowledged{0};
    std::uint64_t produce_requests{0};
    std::uint64_t batch_retries{0};
    // From send() (at its time by the schedule, so that waiting for a slow producer counts) to the
    // acknowledgement.
    LatencyHistogram latency;
    sim::Instant started;  // The first life's start.
    sim::Instant last_acknowledged;
    std::vector<PerfWindow> windows;  // Closed ones, oldest first.
    PerfWindow window;                // The one being filled.

    bool operator==(ProducerStatistics const&) const = default;

    // `records` records of `bytes` value bytes in all, with latencies of the given sum and maximum,
    // were acknowledged at `now`; their latencies are in the histogram already.
    void acknowledged(sim::Instant now, std::uint64_t records, std::uint64_t bytes,
                      std::uint64_t latency_sum_us, std::uint64_t latency_max_us);
};

}  // namespace odradek::kafka
