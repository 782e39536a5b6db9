#include "model/client/producer_statistics.h"

#include <algorithm>

namespace odradek::kafka {

void ProducerStatistics::acknowledged(sim::Instant now, std::uint64_t records, std::uint64_t bytes,
                                      std::uint64_t latency_sum_us, std::uint64_t latency_max_us)
{
    records_acknowledged += records;
    bytes_acknowledged += bytes;
    ++batches_acknowledged;
    last_acknowledged = now;
    window.records += records;
    window.bytes += bytes;
    window.latency_sum_us += latency_sum_us;
    window.latency_max_us = std::max(window.latency_max_us, latency_max_us);
    if (now - window.start >= window_length) {
        window.end = now;
        windows.push_back(window);
        window = {};
        window.start = now;
        window.end = now;
    }
}

}  // namespace odradek::kafka
