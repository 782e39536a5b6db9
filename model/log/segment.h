// One segment of a log: its batches, its indexes, and when it is full. The log (log.h) decides what
// is written where; a segment knows its own files. Source: LogSegment, RollParams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/log/checkpoint.h"
#include "model/log/segment_index.h"
#include "model/log/txn_index.h"
#include "model/out.h"
#include "model/record.h"
#include "model/types.h"

namespace odradek::kafka {

// "00000000000000000042", how files are called by an offset.
std::string offset_name(Offset offset);

// Milliseconds since 1970, as files have it.
std::int64_t to_millis(Instant wall);

// What a segment's files are called behind ".log" and the like while it takes the place of others:
// being written, and complete.
enum class SegmentSuffix : std::uint8_t { none, cleaned, swap };
std::string_view to_string(SegmentSuffix suffix);

// A record that was looked for by time. Source: FileRecords.TimestampAndOffset.
struct TimestampAndOffset {
    std::int64_t timestamp_ms{-1};
    Offset offset;
    Epoch leader_epoch;  // Of its batch.

    bool operator==(TimestampAndOffset const&) const = default;
};

class LogSegment {
public:
    struct Stored {
        Offset base;  // Beside the reference, so that a search stays in one array.
        std::uint32_t position;
        BatchRef batch;
    };

    // `directory`: of the partition, as the disk has it.
    LogSegment(Env const& env, sim::Ref<PartitionName> directory, Offset base, Duration jitter,
               SegmentSuffix suffix = SegmentSuffix::none);
    // Of a .log that is there, whatever it is still called.
    LogSegment(Env const& env, sim::Ref<PartitionName> directory, Offset base, Duration jitter,
               sim::FileId file);
    // A file of the segment that begins at `base`: ".log".
    static std::string path(PartitionName const& directory, Offset base, std::string_view suffix);

    Offset base() const { return base_; }
    sim::FileId file() const { return file_; }  // The .log.
    bool empty() const { return batches_.empty(); }
    std::uint64_t size_bytes() const { return size_; }
    std::vector<Stored> const& batches() const { return batches_; }
    // In a walk over all batches, at that one.
    void prefetch(std::size_t index) const
    {
        if (index + 8 < batches_.size())
            batches_[index + 8].batch.prefetch();
    }
    // Behind its last batch; its base when there is none.
    Offset end() const { return empty() ? base_ : batches_.back().batch->end_offset(); }
    // The latest time of any of its records; when it was made, if it has none.
    Instant largest_timestamp() const { return empty() ? created_ : largest_timestamp_; }
    Offset offset_of_largest_timestamp() const { return offset_of_largest_timestamp_; }
    // Something in it is no whole batch.
    bool torn() const { return !torn_.empty(); }
    // Its batch of that index as its file has it now: a copy that is damaged where bits of it have
    // rotted and the page cache has let go of what was written.
    BatchRef as_read(sim::Disk const& disk, std::size_t index) const;

    // Why it does not take that batch; null: it does.
    char const* full_for(RecordBatch const& batch, TopicConfig const& topic) const;

    // -- Changes; what is written is a wish ----------------------------------------------------
    void append(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out);
    // What reaches beyond `end` goes, by whole batches.
    void truncate_to(Env const& env, Offset end, Out& out);
    // A transaction that ends in it was aborted; at once in the file.
    void append_aborted(Env const& env, AbortedTxn const& aborted, Out& out);
    void reset_aborted(Out& out) { txns_.reset(out); }
    // The disk has refused an append, and with it all behind it that the same call has asked for.
    // What is not in the file is not in the segment; what is in it of the refused one stays.
    void forget_refused(Env const& env, Out& out);
    // No more is appended: the time index gets its last entry, the indexes go to their files.
    void close(Env const& env, Out& out);
    // The .log first, with notice if `notify`, then what lies beside it (LogSegment.flush).
    void flush(Env const& env, bool notify, Out& out);
    // Its files are called deleted, and are for as long as `delay`; see delete_files().
    void mark_deleted(Env const& env, Duration delay, Out& out);
    // -- In place of others (LocalLog.replaceSegments).
    void rename(SegmentSuffix suffix, Out& out);
    // As old as the one whose place it takes: for retention, should it have no records.
    void set_age_of(LogSegment const& other) { created_ = other.largest_timestamp(); }
    // Its files go at once.
    void discard(Out& out) const;

    // -- Opening (log_loader.h) ----------------------------------------------------------------
    // A batch that is in the file already.
    void adopt(BatchRef batch);
    // An extent that is no whole batch stays in the file and is stepped over.
    void adopt_torn(std::uint64_t bytes);
    // The file ends with the last batch.
    void cut_file(Env const& env, Out& out);
    bool load_indexes(Env const& env, std::optional<sim::FileId> offsets,
                      std::optional<sim::FileId> times, std::optional<sim::FileId> txns = {});
    // As recovery makes them: from what is in the log.
    void rebuild_indexes(Env const& env, TopicConfig const& topic, Out& out);

    // -- Reading --------------------------------------------------------------------------------
    // Index of the first batch that ends beyond `offset`, by way of the offset index; as many as
    // there are when none does.
    std::size_t index_of(Offset offset) const;
    // The first record at or behind `from` that is of that time or later: by way of the time index,
    // then the offset index, then batch by batch (LogSegment.findOffsetByTimestamp).
    std::optional<TimestampAndOffset> find_by_time(std::int64_t timestamp_ms, Offset from) const;
    // The first record of the latest time there is (KIP-734, KAFKA-16310).
    std::optional<TimestampAndOffset> find_latest_time() const;
    SegmentIndex<OffsetIndexEntry> const& offset_index() const { return offsets_; }
    SegmentIndex<TimeIndexEntry> const& time_index() const { return times_; }
    TransactionIndex const& txn_index() const { return txns_; }

private:
    std::string path(std::string_view kind) const;
    // Index of the batch that the offset index leads to on the way to `offset`.
    std::size_t indexed_batch(Offset offset) const;
    // The latest time of its records, with that batch.
    void note_time(RecordBatch const& batch);
    void append_time(Env const& env, Out& out);
    void cut_aborted(Env const& env, Offset end, Out& out);
    std::size_t extents() const { return batches_.size() + torn_.size(); }
    bool index_full(TopicConfig const& topic) const;

    sim::Ref<PartitionName> directory_;
    Offset base_;
    sim::FileId file_;
    Instant created_;  // By the wall clock.
    Duration jitter_;
    SegmentSuffix suffix_{SegmentSuffix::none};
    std::uint64_t size_{0};
    std::vector<Stored> batches_;    // One for each extent of the file but the torn ones:
    std::vector<std::size_t> torn_;  // for each of these, how many batches come before it.
    SegmentIndex<OffsetIndexEntry> offsets_;
    SegmentIndex<TimeIndexEntry> times_;
    TransactionIndex txns_;
    std::uint64_t since_index_entry_{0};  // Bytes.
    Instant largest_timestamp_;
    Offset offset_of_largest_timestamp_{no_offset};
};

}  // namespace odradek::kafka
