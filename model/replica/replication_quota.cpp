#include "model/replica/replication_quota.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace odradek::kafka {

namespace {

std::int64_t milliseconds_of(sim::Instant instant)
{
    return (instant - sim::Instant{}).ns / 1'000'000;
}

}  // namespace

// TopicConfigHandler.parseThrottledPartitions.
ThrottledPartitions throttled_on(BrokerId broker, std::string_view list)
{
    ThrottledPartitions partitions;
    while (list.starts_with(' '))
        list.remove_prefix(1);
    if (list == "*") {
        partitions.all = true;
        return partitions;
    }
    while (!list.empty()) {
        std::size_t const comma = list.find(',');
        std::string_view entry = list.substr(0, comma);
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
        while (entry.starts_with(' '))
            entry.remove_prefix(1);
        std::int32_t partition = 0;
        std::int32_t replica = 0;
        char const* const end = entry.data() + entry.size();
        auto const first = std::from_chars(entry.data(), end, partition);
        if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':')
            continue;
        auto const second = std::from_chars(first.ptr + 1, end, replica);
        if (second.ec == std::errc{} && replica == broker.value)
            partitions.numbers.push_back(partition);
    }
    std::sort(partitions.numbers.begin(), partitions.numbers.end());
    return partitions;
}

ReplicationQuota::ReplicationQuota(std::int64_t bound, std::int32_t samples, sim::Duration window)
    : bound_(bound),
      samples_max_(static_cast<std::size_t>(std::max(samples, 1))),
      window_ms_(std::max<std::int64_t>(window.ns / 1'000'000, 1))
{
}

void ReplicationQuota::set_throttled(TopicId topic, ThrottledPartitions partitions)
{
    auto const at = std::lower_bound(topics_.begin(), topics_.end(), topic,
                                     [](Topic const& one, TopicId id) { return one.id < id; });
    bool const known = at != topics_.end() && at->id == topic;
    if (partitions.none()) {
        if (known)
            topics_.erase(at);
    } else if (known) {
        at->partitions = std::move(partitions);
    } else {
        topics_.insert(at, {topic, std::move(partitions)});
    }
}

bool ReplicationQuota::is_throttled(TopicPartition partition) const
{
    if (topics_.empty())
        return false;
    auto const at = std::lower_bound(topics_.begin(), topics_.end(), partition.topic,
                                     [](Topic const& one, TopicId id) { return one.id < id; });
    if (at == topics_.end() || at->id != partition.topic)
        return false;
    return at->partitions.all ||
           std::binary_search(at->partitions.numbers.begin(), at->partitions.numbers.end(),
                              partition.partition);
}

// One sample more than asked for: the oldest may overlap the beginning of the time looked at.
void ReplicationQuota::record(sim::Instant now, std::uint64_t bytes)
{
    std::int64_t const ms = milliseconds_of(now);
    if (samples_.empty())
        samples_.push_back({ms, ms, 0});
    if (ms - samples_[current_].start_ms >= window_ms_) {
        current_ = (current_ + 1) % (samples_max_ + 1);
        if (current_ == samples_.size())
            samples_.push_back({});
        samples_[current_] = {ms, ms, 0};
    }
    samples_[current_].bytes += bytes;
    samples_[current_].last_ms = ms;
}

bool ReplicationQuota::exceeded(sim::Instant now)
{
    if (samples_.empty())
        return false;
    std::int64_t const ms = milliseconds_of(now);
    std::int64_t const expired = static_cast<std::int64_t>(samples_max_) * window_ms_;
    std::uint64_t bytes = 0;
    std::int64_t oldest = ms;
    for (Sample& sample : samples_) {
        if (ms - sample.last_ms >= expired)
            sample = {ms, ms, 0};
        bytes += sample.bytes;
        oldest = std::min(oldest, sample.start_ms);
    }
    __extension__ using Wide = unsigned __int128;
    auto const elapsed = static_cast<std::uint64_t>(std::max(ms - oldest, window_ms_));
    return Wide{bytes} * 1000 > Wide{static_cast<std::uint64_t>(bound_)} * elapsed;
}

}  // namespace odradek::kafka
