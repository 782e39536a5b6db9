// What a partition remembers of each producer: its epoch and its last five batches. With that a
// leader finds duplicates of retried batches and refuses gaps (KIP-98, idempotent producer).
// Rebuilt from the log; replicas keep it without judging, the leader judges what clients send.
// Source: org.apache.kafka.storage.internals.log.{ProducerStateManager, ProducerAppendInfo}.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/time.h"

namespace odradek::kafka {

// The sequence number after `sequence`, `count` further on: wraps from 2^31 - 1 to 0.
constexpr std::int32_t sequence_after(std::int32_t sequence, std::int32_t count)
{
    return static_cast<std::int32_t>((static_cast<std::int64_t>(sequence) + count) & 0x7fffffff);
}

struct BatchMetadata {
    std::int32_t base_sequence{-1};
    std::int32_t last_sequence{-1};
    Offset base_offset{no_offset};
    Offset last_offset{no_offset};

    bool operator==(BatchMetadata const&) const = default;
};

struct ProducerEntry {
    static constexpr std::size_t batches_max = 5;  // As many as may be in flight on one connection.

    ProducerId producer_id{no_producer};
    std::int16_t epoch{-1};
    sim::Instant last_timestamp;  // Of its latest batch; by record time, not by the broker's clock.
    std::uint8_t count{0};
    std::array<BatchMetadata, batches_max> batches;  // The first `count`, oldest first.

    BatchMetadata const* last() const { return count == 0 ? nullptr : &batches[count - 1U]; }
};

class ProducerState {
public:
    // May a client's batch be appended? `duplicate` is set (and no error) when it is in the log
    // already.
    struct Verdict {
        Error error{Error::none};
        std::optional<BatchMetadata> duplicate;
        // With OUT_OF_ORDER_SEQUENCE_NUMBER: what would have done.
        std::int32_t expected_sequence{-1};
    };
    Verdict check(RecordBatch const& batch) const;
    // The batch is in the log. No judgement: what the leader let in, replicas keep.
    void update(RecordBatch const& batch);
    // Forgets producers whose last batch is older than `expiration` (producer.id.expiration.ms).
    void expire(sim::Instant now, sim::Duration expiration);
    // Forgets producers that have nothing at `start` or behind it (before KAFKA-7190).
    void forget_before(Offset start);
    // As a snapshot has them (producer_snapshot.h).
    void load(std::vector<ProducerEntry> const& entries) { producers_ = entries; }
    void clear() { producers_.clear(); }

    ProducerEntry const* find(ProducerId id) const;
    std::vector<ProducerEntry> const& producers() const { return producers_; }  // By id.

private:
    std::vector<ProducerEntry> producers_;
};

}  // namespace odradek::kafka
