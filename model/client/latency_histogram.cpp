#include "model/client/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace odradek::kafka {

namespace {

// Values below 2^(half_bits + 1) have a bucket each; every doubling above has 2^half_bits buckets.
constexpr int half_bits = 7;
constexpr std::uint64_t half = std::uint64_t{1} << half_bits;

std::size_t bucket_of(std::uint64_t us)
{
    if (us < 2 * half)
        return us;
    int const shift = std::bit_width(us) - (half_bits + 1);
    return static_cast<std::size_t>(shift) * half + static_cast<std::size_t>(us >> shift);
}

std::uint64_t lowest_of(std::size_t bucket)
{
    if (bucket < 2 * half)
        return bucket;
    std::uint64_t const shift = bucket / half - 1;
    return (bucket - shift * half) << shift;
}

// The largest value of a bucket.
std::uint64_t highest_of(std::size_t bucket)
{
    if (bucket < 2 * half)
        return bucket;
    std::uint64_t const shift = bucket / half - 1;
    std::uint64_t const mantissa = bucket - shift * half;
    return ((mantissa + 1) << shift) - 1;
}

}  // namespace

void LatencyHistogram::record(sim::Duration latency)
{
    std::uint64_t const us = latency.ns < 0 ? 0 : static_cast<std::uint64_t>(latency.us());
    std::size_t const bucket = bucket_of(us);
    if (bucket >= buckets_.size())
        buckets_.resize(bucket + 1);
    ++buckets_[bucket];
    min_us_ = count_ == 0 ? us : std::min(min_us_, us);
    max_us_ = std::max(max_us_, us);
    ++count_;
    sum_us_ += us;
}

void LatencyHistogram::add(LatencyHistogram const& other)
{
    if (other.count_ == 0)
        return;
    if (other.buckets_.size() > buckets_.size())
        buckets_.resize(other.buckets_.size());
    for (std::size_t i = 0; i < other.buckets_.size(); ++i)
        buckets_[i] += other.buckets_[i];
    min_us_ = count_ == 0 ? other.min_us_ : std::min(min_us_, other.min_us_);
    max_us_ = std::max(max_us_, other.max_us_);
    count_ += other.count_;
    sum_us_ += other.sum_us_;
}

LatencyHistogram LatencyHistogram::since(LatencyHistogram const& earlier) const
{
    if (earlier.count_ == 0)
        return *this;
    LatencyHistogram rest;
    rest.count_ = count_ - earlier.count_;
    rest.sum_us_ = sum_us_ - earlier.sum_us_;
    rest.buckets_ = buckets_;
    for (std::size_t i = 0; i < earlier.buckets_.size(); ++i)
        rest.buckets_[i] -= earlier.buckets_[i];
    bool any = false;
    for (std::size_t i = 0; i < rest.buckets_.size(); ++i) {
        if (rest.buckets_[i] == 0)
            continue;
        if (!std::exchange(any, true))
            rest.min_us_ = std::max(lowest_of(i), min_us_);
        rest.max_us_ = std::min(highest_of(i), max_us_);
    }
    return rest;
}

std::uint64_t LatencyHistogram::percentile_us(sim::Ratio share) const
{
    if (count_ == 0)
        return 0;
    __extension__ using Wide = unsigned __int128;
    Wide const scaled = Wide{count_} * share.numerator;
    auto const wanted = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>((scaled + share.denominator - 1) / share.denominator));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= wanted)
            return std::min(highest_of(i), max_us_);
    }
    return max_us_;
}

}  // namespace odradek::kafka
