// A batch on its way: from the first record appended until its records have an outcome and no
// request refers to it any more. Source: org.apache.kafka.clients.producer.internals.ProducerBatch.
#pragma once

#include <cstdint>
#include <vector>

#include "model/client/arrivals.h"
#include "model/client/compression_ratio.h"
#include "model/out.h"
#include "model/record.h"

namespace odradek::kafka {

// Index in a BatchPool.
using BatchId = std::uint32_t;
inline constexpr BatchId no_batch = 0xffffffff;

inline constexpr std::int32_t no_sequence = -1;

struct ProducerBatch {
    std::uint32_t queue{0};  // Of the accumulator.
    // -- Its records
    // -------------------------------------------------------------------------------
    std::int32_t records{0};
    // Header included. Compressed: an estimate until it is drained, then what it really is.
    std::uint32_t size_bytes{0};
    std::uint64_t raw_bytes{0};  // Of the records, not compressed.
    Codec codec{Codec::none};
    CompressionRatio ratio;            // Estimated when it was opened.
    std::uint32_t limit_bytes{0};      // Full when this is reached.
    std::uint32_t allocated_bytes{0};  // Of buffer.memory.
    Instant base_timestamp;            // Of the wall clock.
    Instant max_timestamp;
    std::uint64_t first_number{0};
    std::vector<std::uint32_t>
        deltas;                        // As RecordNumbers; empty while the numbers are consecutive.
    std::vector<std::uint32_t> keys;   // As RecordKeys; empty unless they are drawn.
    std::vector<TimeRun> times;        // As RecordTimes; empty while all are at base_timestamp.
    std::vector<ArrivalRun> arrivals;  // What their numbers do not say.
    std::uint64_t value_bytes{0};      // Of all values.
    ShapeRef shape;
    bool closed{false};  // Takes no more records.
    // -- Its attempts
    // ------------------------------------------------------------------------------
    Instant created;
    Instant last_attempt;  // Put back at; until then when it was created.
    Duration backoff;      // Drawn when it was put back.
    int attempts{0};       // That failed.
    Epoch leader_epoch{no_epoch};
    int attempts_at_leader_change{0};
    bool retried{false};  // Was put back at least once.
    // RecordsSent was observed, for the topic that had the name then; 0: never.
    TopicId said{0};
    bool maybe_kept{false};  // Some attempt may have left it in a log.
    bool settled{false};     // Its records have their outcome.
    int requests{0};         // Under way that carry it.
    // -- Idempotence
    // ---------------------------------------------------------------------------------
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    std::int32_t base_sequence{no_sequence};
    bool transactional{false};
    bool sequence_reset{false};  // Rewritten since it was last sent.
    // -- What is sent: made when it is drained, made anew when the above changes.
    // ------------------------
    BatchRef wire;

    bool has_sequence() const { return base_sequence != no_sequence; }
    std::int32_t last_sequence() const;
    bool full() const { return records > 0 && (closed || size_bytes >= limit_bytes); }
    std::uint64_t number(std::int32_t index) const
    {
        return first_number + (deltas.empty() ? static_cast<std::uint64_t>(index)
                                              : deltas[static_cast<std::size_t>(index)]);
    }
    // KIP-951: the leader has changed since the last attempt, so that there is no reason to wait.
    bool leader_changed() const { return attempts > 0 && attempts == attempts_at_leader_change; }
    void learn_leader_epoch(Epoch epoch)
    {
        if (epoch > leader_epoch) {
            attempts_at_leader_change = attempts;
            leader_epoch = epoch;
        }
    }
    void set_producer(ProducerId id, std::int16_t epoch, std::int32_t sequence)
    {
        producer_id = id;
        producer_epoch = epoch;
        base_sequence = sequence;
        wire = {};
    }
    // What it takes with `more` bytes of records, as far as can be told.
    std::uint32_t estimated_bytes(std::uint32_t more = 0) const
    {
        return static_cast<std::uint32_t>(batch_header_bytes +
                                          estimated_records_bytes(codec, ratio, raw_bytes + more));
    }
    // Appends a record; the caller has seen to it that it fits.
    void add(Arrivals const& arrivals_of, Arrivals::Record const& record, std::uint32_t bytes,
             Instant timestamp);
    // Takes no more records; its size is known from here on. Answers with how well they were
    // compressed.
    CompressionRatio close();
    // The immutable batch that goes into requests and observations.
    BatchRef const& freeze(std::uint32_t client);
};

// Sequences of a partition count records and go from 2^31-1 on to 0.
std::int32_t next_sequence(std::int32_t sequence, std::int32_t records);

// All batches of a producer, by index; slots are used again.
class BatchPool {
public:
    BatchId acquire();
    void release(BatchId id);
    ProducerBatch& operator[](BatchId id) { return batches_[id]; }
    ProducerBatch const& operator[](BatchId id) const { return batches_[id]; }
    // Counts the lives of a slot.
    std::uint32_t generation(BatchId id) const { return generations_[id]; }
    std::size_t in_use() const { return batches_.size() - free_.size(); }

private:
    std::vector<ProducerBatch> batches_;
    std::vector<std::uint32_t> generations_;
    std::vector<BatchId> free_;
};

}  // namespace odradek::kafka
