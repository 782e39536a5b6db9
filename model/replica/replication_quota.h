// How fast throttled replicas may be copied, on one side of the copying: Kafka's rate over sampled
// windows, in integers. Copying is not slowed down but stopped while the rate of the windows is
// over the bound. Sources: ReplicationQuotaManager; metrics.stats.{SampledStat, SimpleRate};
// KIP-73.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/types.h"
#include "sim/time.h"

namespace odradek::kafka {

// The partitions of one topic that are throttled on one broker, as
// {leader,follower}.replication.throttled.replicas tell: "*" or "partition:broker,...".
struct ThrottledPartitions {
    bool all{false};
    std::vector<std::int32_t> numbers;  // Ascending.

    bool none() const { return !all && numbers.empty(); }
    bool operator==(ThrottledPartitions const&) const = default;
};
ThrottledPartitions throttled_on(BrokerId broker, std::string_view list);

class ReplicationQuota {
public:
    // `bound` in bytes per second; a rate above it is too much.
    ReplicationQuota(std::int64_t bound, std::int32_t samples, sim::Duration window);

    void set_bound(std::int64_t bound) { bound_ = bound; }
    std::int64_t bound() const { return bound_; }
    void set_throttled(TopicId topic, ThrottledPartitions partitions);
    bool any_throttled() const { return !topics_.empty(); }
    bool is_throttled(TopicPartition partition) const;

    // Bytes of throttled replicas were copied. Times are of the wall clock, as Kafka reads them.
    void record(sim::Instant now, std::uint64_t bytes);
    // Forgets windows that are over.
    bool exceeded(sim::Instant now);

private:
    struct Sample {
        std::int64_t start_ms{0};
        std::int64_t last_ms{0};
        std::uint64_t bytes{0};
    };
    struct Topic {
        TopicId id;
        ThrottledPartitions partitions;
    };

    std::int64_t bound_;
    std::size_t samples_max_;
    std::int64_t window_ms_;
    std::vector<Topic> topics_;  // Ascending.
    std::vector<Sample> samples_;
    std::size_t current_{0};
};

}  // namespace odradek::kafka
