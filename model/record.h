// Record batches (format v2: a 61-byte header, then records). A batch is immutable once it is made:
// logs, messages, caches and judges share it. What is inside is described, not stored: a synthetic
// record costs nothing when its batch holds consecutive numbers of one sender, 4 bytes otherwise,
// and is turned into bytes only when somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/types.h"
#include "sim/disk.h"
#include "sim/ref.h"
#include "sim/time.h"

namespace odradek::kafka {

// What a batch carries when it is not synthetic records (metadata records, markers).
class BatchContents : public sim::Shared {
public:
    virtual std::uint64_t size() const = 0;  // Bytes behind the batch header.
    virtual std::string text() const = 0;    // For the story and for dumps.
};

// Numbers of the records of one sender in a batch, when they do not follow each other.
class RecordNumbers : public sim::Shared {
public:
    explicit RecordNumbers(std::vector<std::uint32_t> from_first) : deltas(std::move(from_first)) {}
    std::vector<std::uint32_t> deltas;  // Of each record, from the batch's first number; ascending.
};

inline constexpr std::uint64_t batch_header_bytes = 61;

class RecordBatch final : public sim::Blob {
public:
    // -- Stamped by the leader (base offset, epoch), kept by followers.
    // ------------------------------
    Offset base_offset{no_offset};
    Epoch leader_epoch{no_epoch};  // partitionLeaderEpoch: outside the CRC.
    // -- Made by the sender.
    // -------------------------------------------------------------------------
    std::int32_t record_count{0};
    std::uint32_t size_bytes{0};  // Whole batch, header included.
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    std::int32_t base_sequence{-1};
    sim::Instant base_timestamp;  // CreateTime of the first record, by the sender's wall clock.
    sim::Instant max_timestamp;
    // -- What is inside.
    // -----------------------------------------------------------------------------
    std::uint32_t client{0};           // Synthetic records: who sent them ...
    std::uint64_t first_number{0};     // ... and the number of the first.
    sim::Ref<RecordNumbers> numbers;   // Empty: consecutive numbers.
    sim::Ref<BatchContents> contents;  // Not synthetic: what it is instead.

    Offset last_offset() const { return base_offset + (record_count - 1); }
    Offset end_offset() const { return base_offset + record_count; }
    bool synthetic() const { return !contents; }
    // Identity of the record `index` places after the first; the batch must be synthetic.
    RecordId record(std::int32_t index) const
    {
        std::uint64_t const delta = numbers ? numbers->deltas[static_cast<std::size_t>(index)]
                                            : static_cast<std::uint64_t>(index);
        return {client, first_number + delta};
    }

    std::uint64_t size() const override { return size_bytes; }
    // Kafka's own bytes come with the storage work; until then a readable stand-in of the right
    // size.
    void write_to(std::string& bytes) const override;

    // A copy with the leader's stamp.
    sim::Ref<RecordBatch> stamped(Offset base, Epoch epoch) const;
};

using BatchRef = sim::Ref<RecordBatch>;

// A batch on the wire: its bytes. In digests: its identity.
inline std::uint64_t wire_size_of(RecordBatch const& batch) { return batch.size_bytes; }
template <class Visit>
constexpr void describe_fields(RecordBatch const& batch, Visit&& visit)
{
    visit("base_offset", batch.base_offset);
    visit("leader_epoch", batch.leader_epoch);
    visit("record_count", batch.record_count);
    visit("size_bytes", batch.size_bytes);
    visit("producer_id", batch.producer_id);
    visit("producer_epoch", batch.producer_epoch);
    visit("base_sequence", batch.base_sequence);
    visit("client", batch.client);
    visit("first_number", batch.first_number);
}

}  // namespace odradek::kafka
