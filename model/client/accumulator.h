// Where records wait to be sent: a queue of batches for every partition, the memory they may take,
// and the rules of when a batch is ready. Source:
// org.apache.kafka.clients.producer.internals.RecordAccumulator, BufferPool,
// org.apache.kafka.common.record.MemoryRecordsBuilder.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "model/client/arrivals.h"
#include "model/client/cluster_view.h"
#include "model/client/partitioner.h"
#include "model/client/producer_batch.h"
#include "model/config.h"
#include "model/out.h"

namespace odradek::kafka {

class Accumulator {
public:
    struct Queue {
        std::uint32_t topic{0};  // Index in the workload's topics.
        TopicPartition partition;
        std::deque<BatchId> batches;  // The first is sent next; records are appended to the last.
        bool muted{false};            // max.in.flight is 1 and a batch is under way.
        bool used{false};             // Had a batch once.
    };
    enum class Appended : std::uint8_t {
        joined,     // A batch that was there.
        opened,     // A new batch.
        no_memory,  // buffer.memory is used up: nothing changed but that the last batch is closed.
    };

    explicit Accumulator(ProducerConfig const& config, std::size_t topics);

    // What is known of a topic's partitions, again after each change.
    void learn(std::uint32_t topic, ClusterView::Topic const& known);
    bool knows(std::uint32_t topic) const { return !topics_[topic].queues.empty(); }

    // -- Appending
    // ----------------------------------------------------------------------------------- `at`:
    // when send() gets that far; `timestamp`: the record's, of the wall clock.
    Appended append(Env const& env, ClusterView const& view, Arrivals const& arrivals,
                    Arrivals::Record const& record, Instant at, Instant timestamp);
    // The queue that the last record went to.
    std::uint32_t last_appended() const { return last_appended_; }
    // Bytes that a new batch for this record takes of buffer.memory.
    std::uint32_t allocation(Arrivals const& arrivals, Arrivals::Record const& record) const;
    // What the record takes when it is the batch's next.
    static std::uint32_t bytes_in(ProducerBatch const& batch, Arrivals const& arrivals,
                                  Arrivals::Record const& record, Instant timestamp);
    // The partition's queue for a keyed record, or the one the partitioner stays with; nothing
    // while the latter is not drawn, or would be drawn anew for the next record.
    std::optional<std::uint32_t> queue_for(Arrivals::Record const& record) const;
    // Does that record go where the partitioner says? Else to where its key says.
    bool sticks(Arrivals::Record const& record) const
    {
        return record.key_hash < 0 || config_.partitioner_ignore_keys;
    }
    StickyPartitioner const& sticky(std::uint32_t topic) const { return topics_[topic].sticky; }
    CompressionRatio ratio(std::uint32_t topic) const { return topics_[topic].ratio; }
    // It is drained: takes no more records, and what came of compressing it is remembered.
    void close(ProducerBatch& batch);
    std::int64_t memory_free() const { return memory_free_; }

    // -- Sending
    // ---------------------------------------------------------------------------------------
    std::vector<Queue>& queues() { return queues_; }
    std::vector<Queue> const& queues() const { return queues_; }
    BatchPool& pool() { return pool_; }
    BatchPool const& pool() const { return pool_; }
    // When the first batch of the queue may be sent: full (or another behind it), waited for
    // linger.ms, after its backoff. `hurry`: lingering is off (closing, flushing, or send() waits
    // for memory).
    Instant ready_at(Queue const& queue, bool hurry) const;
    bool full(Queue const& queue) const;
    // Puts a batch back that is to be sent again: in the order of sequences, or first.
    void put_back(Env const& env, BatchId id, bool by_sequence);
    // Into the queue, in the order of sequences or first.
    void insert(BatchId id, bool by_sequence);
    // Its records have their outcome, and it leaves the accounts. The slot lives on while requests
    // carry it.
    void settle(BatchId id);
    void release_if_idle(BatchId id);
    // MESSAGE_TOO_LARGE: the same records in batches of batch.size, in order, not yet in the queue.
    std::vector<BatchId> split(BatchId id, Arrivals const& arrivals);
    // The unsettled batch that expires first; nothing when there is none.
    std::optional<BatchId> oldest();
    // Batches without an outcome.
    std::size_t incomplete() const { return incomplete_; }
    bool has_undrained() const;

    // -- For partitioner.availability.timeout.ms
    // ----------------------------------------------------------- A node had data to send;
    // `drained`: and could take it.
    void node_seen(NodeId node, Instant now, bool drained);

private:
    struct Topic {
        std::vector<std::uint32_t> queues;  // By partition.
        StickyPartitioner sticky;
        CompressionRatio ratio;
    };
    struct NodeSeen {
        NodeId node;
        Instant drained;
        bool waiting{false};
    };
    struct Expiry {
        BatchId id{no_batch};
        std::uint32_t generation{0};
    };
    bool all_full(Queue const& queue) const;
    void choose(Env const& env, ClusterView const& view, Topic& topic, Instant now);
    void open(std::uint32_t queue, Instant at, std::uint32_t limit);

    ProducerConfig config_;
    std::int32_t batch_size_;
    std::vector<Topic> topics_;
    std::vector<Queue> queues_;
    BatchPool pool_;
    std::uint32_t last_appended_{0};
    std::int64_t memory_free_;
    std::deque<Expiry> by_age_;  // Oldest first; settled ones are skipped.
    std::size_t incomplete_{0};
    std::vector<NodeSeen> nodes_;
};

}  // namespace odradek::kafka
