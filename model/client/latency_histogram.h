// Latencies as counts in buckets whose width grows with the value (HdrHistogram's idea): exact
// below 256 us, within 1/128 above, up to days. Memory is bounded; copies and sums are cheap.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/ratio.h"
#include "sim/time.h"

namespace odradek::kafka {

class LatencyHistogram {
public:
    // Rounded down to whole microseconds; a negative latency counts as zero.
    void record(sim::Duration latency);
    // The same as recording everything that `other` recorded.
    void add(LatencyHistogram const& other);

    // What was recorded after `earlier`, a copy of this one, was taken. Its smallest and largest
    // value are known as exactly as percentiles are.
    LatencyHistogram since(LatencyHistogram const& earlier) const;

    std::uint64_t count() const { return count_; }
    std::uint64_t sum_us() const { return sum_us_; }
    std::uint64_t min_us() const { return count_ == 0 ? 0 : min_us_; }
    std::uint64_t max_us() const { return max_us_; }
    // The smallest bucket bound such that at least `share` of all latencies are not above it, but
    // never more than max_us(); 0 when nothing was recorded. Never below the true value, at most
    // 1/128 above it.
    std::uint64_t percentile_us(sim::Ratio share) const;

    bool operator==(LatencyHistogram const&) const = default;

private:
    std::vector<std::uint64_t> buckets_;  // As long as the largest latency needs.
    std::uint64_t count_{0};
    std::uint64_t sum_us_{0};
    std::uint64_t min_us_{0};
    std::uint64_t max_us_{0};
};

}  // namespace odradek::kafka
