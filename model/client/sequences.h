// The idempotent producer's bookkeeping (KIP-98, KIP-360): which producer id and epoch it has, the
// next sequence of each partition, and which batches are under way in which order. Source:
// org.apache.kafka.clients.producer.internals.TransactionManager (without transactions),
// TxnPartitionMap, TxnPartitionEntry.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/client/producer_batch.h"
#include "model/errors.h"
#include "model/messages/produce.h"

namespace odradek::kafka {

class Sequences {
public:
    // -- The producer id
    // -----------------------------------------------------------------------------
    bool has_producer_id() const { return id_ != no_producer; }
    ProducerId producer_id() const { return id_; }
    std::int16_t producer_epoch() const { return epoch_; }
    void set_producer_id(BatchPool& pool, ProducerId id, std::int16_t epoch);
    // The producer has a transactional.id: its epoch is its coordinator's to bump.
    void set_transactional(bool transactional) { transactional_ = transactional; }
    // A new id or epoch from the coordinator, between two transactions: all begins at 0.
    void begin_anew(ProducerId id, std::int16_t epoch)
    {
        id_ = id;
        epoch_ = epoch;
        entries_.clear();
    }

    // -- Sending
    // --------------------------------------------------------------------------------------- May
    // the first batch of the queue be drained now?
    bool may_drain(std::uint32_t queue, BatchPool const& pool, ProducerBatch const& first) const;
    // Gives the batch its sequence if it has none yet, and counts it as under way.
    void drained(BatchPool& pool, BatchId id);
    bool tracks(std::uint32_t queue) const { return !entry(queue).in_flight.empty(); }
    // A batch that came out of splitting one that had a sequence.
    void track(BatchPool const& pool, BatchId id);

    // -- Outcomes
    // ------------------------------------------------------------------------------------------
    void completed(BatchPool const& pool, BatchId id, Offset base_offset);
    // `adjust`: the broker has definitely refused it, so that its sequence is free; then all that
    // follows must be numbered anew in a new epoch.
    void failed(BatchPool& pool, BatchId id, std::uint32_t queue, Error error, bool adjust);
    // It was sent before and has expired here: nobody knows whether its sequence was used.
    void unresolved(ProducerBatch const& batch);
    // May the batch be sent again after that error? May ask for an epoch bump.
    bool can_retry(ProducerBatch const& batch, Error error, Offset log_start_offset);
    // Takes the batch out of those under way.
    void forget(BatchId id, std::uint32_t queue);

    // -- Between
    // ---------------------------------------------------------------------------------------------
    // Partitions whose unresolved sequences are settled by now, or cannot be: those get a new
    // epoch.
    void resolve();
    // Carries out a bump that was asked for, when there is one: a new epoch, or at its end no
    // producer id until a new one came. Batches under way of the partitions concerned start again
    // from sequence 0. True when something changed.
    bool bump(BatchPool& pool);
    // Of a transactional producer: a gap was found, and the transaction must be aborted; once.
    bool take_gap() { return std::exchange(gap_, false); }
    // librdkafka 4953: a bump for a batch that is not the next in turn.
    void set_bump_only_when_next(bool only) { bump_only_when_next_ = only; }

private:
    struct Entry {
        ProducerId id{no_producer};  // Of its sequences.
        std::int16_t epoch{-1};
        std::int32_t next{0};
        std::int32_t last_acked{-1};  // Sequence; -1: none.
        Offset last_acked_offset{no_offset};
        std::vector<BatchId> in_flight;          // Batches with a sequence, in its order.
        std::optional<std::int32_t> unresolved;  // The sequence behind the batch that expired.
        bool rewrite{false};                     // At the next bump.
    };
    Entry& entry(std::uint32_t queue);
    Entry const& entry(std::uint32_t queue) const;
    bool stale(Entry const& entry) const { return entry.id != id_ || entry.epoch != epoch_; }
    void start_over(BatchPool& pool, Entry& entry);
    void insert(BatchPool const& pool, Entry& entry, BatchId id);
    void ask_bump(Entry& entry);

    ProducerId id_{no_producer};
    std::int16_t epoch_{-1};
    bool bump_wanted_{false};
    bool transactional_{false};
    bool gap_{false};
    bool bump_only_when_next_{true};
    std::vector<Entry> entries_;  // By queue.
};

}  // namespace odradek::kafka
