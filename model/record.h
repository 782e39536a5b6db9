// Record batches (format v2: a 61-byte header, then records). A batch is immutable once it is made:
// logs, messages, caches and judges share it. What is inside is described, not stored: a synthetic
// record costs nothing when its batch holds consecutive numbers of one sender, 4 bytes otherwise,
// 4 more when its key was drawn, and is turned into bytes only when somebody asks. What can be
// asked of records is asked by their place: 0 for the first record that the batch still has.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/codec.h"
#include "model/record_shape.h"
#include "model/record_size.h"
#include "model/types.h"
#include "sim/disk.h"
#include "sim/ref.h"
#include "sim/time.h"

namespace odradek::kafka {

// A record as bytes; nothing: null.
struct KeyAndValue {
    std::optional<std::string> key;
    std::optional<std::string> value;
};

// What a batch carries when it is not synthetic records (metadata records, markers).
class BatchContents : public sim::Shared {
public:
    virtual std::uint64_t size() const = 0;                // Bytes behind the batch header.
    virtual std::string text() const = 0;                  // For the story and for dumps.
    virtual KeyAndValue record(std::int32_t place) const;  // Of the record at that place.
    // Of what stands in a snapshot: appends batches of that epoch, the first at that offset, and
    // answers with the offset behind the last.
    virtual Offset write_snapshot(Offset base, Epoch epoch, sim::Instant timestamp,
                                  std::string& bytes) const;
};

// Numbers of the records of one sender in a batch, when they do not follow each other.
class RecordNumbers : public sim::Shared {
public:
    explicit RecordNumbers(std::vector<std::uint32_t> from_first) : deltas(std::move(from_first)) {}
    // By offset delta; from the batch's first number, ascending.
    std::vector<std::uint32_t> deltas;
};

// The keys of records, by offset delta, when they were drawn.
class RecordKeys : public sim::Shared {
public:
    explicit RecordKeys(std::vector<std::uint32_t> of_records) : keys(std::move(of_records)) {}
    std::vector<std::uint32_t> keys;
};

// From the record with that offset delta on, records bear this CreateTime (ms).
struct TimeRun {
    std::int32_t offset_delta{0};
    std::int64_t ms{0};

    bool operator==(TimeRun const&) const = default;
};

// CreateTimes of records, when they are not all the same.
class RecordTimes : public sim::Shared {
public:
    explicit RecordTimes(std::vector<TimeRun> of_records) : runs(std::move(of_records)) {}
    std::int64_t at(std::int32_t offset_delta) const;  // ms
    std::vector<TimeRun> runs;  // Ascending; the first begins at offset delta 0.
};

// What compaction has left of a batch.
class KeptRecords : public sim::Shared {
public:
    KeptRecords(std::int32_t last, std::vector<std::int32_t> kept)
        : last_offset_delta(last), offset_deltas(std::move(kept))
    {
    }
    std::int32_t last_offset_delta{0};        // As it was; the batch ends where it ended.
    std::vector<std::int32_t> offset_deltas;  // Of the records that remain; ascending.
};

class RecordBatch final : public sim::Blob {
public:
    // -- Stamped by the leader (base offset, epoch), kept by followers.
    Offset base_offset{no_offset};
    Epoch leader_epoch{no_epoch};  // partitionLeaderEpoch: outside the CRC.
    // -- Made by the sender.
    std::int32_t record_count{0};  // Fewer than the batch has offsets once it was compacted.
    std::uint32_t size_bytes{0};   // Whole batch on disk and wire, header included, compressed.
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    Codec codec{Codec::none};
    TimestampType timestamp_type{TimestampType::create_time};
    bool transactional{false};
    bool control{false};  // A marker or a quorum's own record: consumers never see it.
    std::int32_t base_sequence{-1};
    // CreateTime of the first record, by the sender's wall clock. Also where delete_horizon takes
    // its place in the header.
    sim::Instant base_timestamp;
    sim::Instant max_timestamp;  // With log_append_time: when the leader appended it.
    // When tombstones or a marker in it may go (KIP-534); set by the first compaction that meets
    // them.
    std::optional<sim::Instant> delete_horizon;
    // -- What is inside.
    std::uint32_t client{0};           // Synthetic records: who sent them ...
    std::uint64_t first_number{0};     // ... and the number of the one with offset delta 0.
    ShapeRef shape;                    // What they look like. Empty in tests: null keys.
    sim::Ref<RecordNumbers> numbers;   // Empty: consecutive numbers.
    sim::Ref<RecordKeys> keys;         // Empty: the shape says.
    sim::Ref<RecordTimes> times;       // Empty: all at base_timestamp.
    sim::Ref<KeptRecords> kept;        // Empty: all.
    sim::Ref<BatchContents> contents;  // Not synthetic: what it is instead.
    // Its checksum is wrong: bits of it have rotted where it was read. Whoever checks does not take
    // it. Rot in what the checksum does not cover (base offset, length, epoch) counts as found too.
    bool damaged{false};

    std::int32_t last_offset_delta() const
    {
        return kept ? kept->last_offset_delta : record_count - 1;
    }
    Offset last_offset() const { return base_offset + last_offset_delta(); }
    Offset end_offset() const { return last_offset() + 1; }
    bool synthetic() const { return !contents; }

    // -- Of the record at that place, 0 <= place < record_count.
    std::int32_t offset_delta(std::int32_t place) const
    {
        return kept ? kept->offset_deltas[static_cast<std::size_t>(place)] : place;
    }
    Offset offset(std::int32_t place) const { return base_offset + offset_delta(place); }
    // -1 without a sequence.
    std::int32_t sequence(std::int32_t place) const;
    std::int64_t create_time_ms(std::int32_t place) const;  // As its sender stamped it.
    std::int64_t timestamp_ms(std::int32_t place) const;    // As consumers see it.
    // -- ... and the batch must be synthetic.
    RecordId record(std::int32_t place) const
    {
        std::int32_t const delta = offset_delta(place);
        return {client, first_number + (numbers ? numbers->deltas[static_cast<std::size_t>(delta)]
                                                : static_cast<std::uint64_t>(delta))};
    }
    // The number of its key: records of a topic whose keys look alike have the same key exactly
    // when they have the same number. Nothing: null.
    std::optional<std::uint64_t> key(std::int32_t place) const;
    std::int32_t key_bytes(std::int32_t place) const;    // null_bytes: no key.
    std::int32_t value_bytes(std::int32_t place) const;  // null_bytes: a tombstone.
    bool tombstone(std::int32_t place) const { return value_bytes(place) == null_bytes; }
    std::string key_text(std::int32_t place) const;    // Empty without a key.
    std::string value_text(std::int32_t place) const;  // Empty for a tombstone.
    // Of this record in format v2, not compressed.
    std::uint32_t record_size(std::int32_t place) const;

    std::uint64_t size() const override { return size_bytes; }
    void write_to(std::string& bytes) const override;  // Format v2, as Kafka writes it.

    // A copy with the leader's stamp; with `append_time` all records bear that.
    sim::Ref<RecordBatch> stamped(Offset base, Epoch epoch,
                                  std::optional<sim::Instant> append_time = {}) const;
    // A copy as a disk shows it where bits of it have rotted.
    sim::Ref<RecordBatch> rotten() const;
    // A copy that is compressed differently (compression.type of a topic).
    sim::Ref<RecordBatch> recompressed(Codec with) const;
    // A copy as the cleaner writes it (MemoryRecords.filterTo): without the records at these places
    // (ascending), with that delete horizon unless the batch has one already. Offsets, sequences
    // and the last offset stay. Without any record, only the header is left, which still bears the
    // producer's last sequence.
    sim::Ref<RecordBatch> without(std::vector<std::int32_t> const& places,
                                  std::optional<sim::Instant> horizon = {}) const;

private:
    void compute_size();
    sim::Instant disk_base_timestamp() const { return delete_horizon.value_or(base_timestamp); }
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
