// Where a record without a key goes: Kafka's built-in partitioner (KIP-794). It stays with one
// partition until batch.size bytes went there, then draws the next: evenly, or with more weight for
// partitions whose queues are shorter than others. Source:
// org.apache.kafka.clients.producer.internals.BuiltInPartitioner.
#pragma once

#include <cstdint>
#include <vector>

#include "model/out.h"

namespace odradek::kafka {

// How loaded the partitions of a topic are.
struct PartitionLoad {
    std::vector<std::int32_t> partitions;  // Those with a leader that is reachable.
    std::vector<std::int32_t> queued;      // Batches waiting for each.
    std::int32_t all{0};                   // Partitions of the topic, reachable or not.
};

// Cumulative weights: each partition's weight is the longest queue plus one, minus its own queue.
// Queues {0, 3, 1} have weights {4, 1, 3}: {4, 5, 8}. Empty when there is nothing to weigh: fewer
// than two partitions in all, none reachable, or all queues equal and nobody left out.
std::vector<std::int64_t> cumulative_weights(PartitionLoad const& load);

class StickyPartitioner {
public:
    explicit StickyPartitioner(std::int32_t sticky_bytes) : sticky_bytes_(sticky_bytes) {}

    // The partition to append to now; drawn when there is none yet.
    bool chosen() const { return partition_ >= 0; }
    std::int32_t partition() const { return partition_; }
    // Is it time to switch, with that many bytes more appended? Switching is put off while the
    // partition's last batch has room (it would leave small batches behind), up to twice the
    // amount.
    bool switches(std::int64_t bytes, bool all_full) const
    {
        std::int64_t const produced = produced_ + bytes;
        return (produced >= sticky_bytes_ && all_full) || produced >= 2 * sticky_bytes_;
    }
    // That many bytes were appended to the partition.
    void count(std::int32_t bytes) { produced_ += bytes; }
    // Draws the next partition. `load` empty of partitions: adaptive partitioning is off or knows
    // nothing yet; then one of `available`, or of all when nobody leads any.
    void choose(Env const& env, PartitionLoad const& load,
                std::vector<std::int32_t> const& available, std::int32_t partitions);

private:
    std::int64_t sticky_bytes_;
    std::int64_t produced_{0};
    std::int32_t partition_{-1};
};

}  // namespace odradek::kafka
