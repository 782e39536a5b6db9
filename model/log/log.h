// One replica's log: its segments in order, where it starts and ends, its high watermark, its
// epochs and what it knows of producers. Every change of the log is a wish to its files.
//
// In the partition's directory, as Kafka names them: NNN.log, .index, .timeindex and .snapshot by
// offset, leader-epoch-checkpoint, partition.metadata. What is deleted is renamed to *.deleted
// first. Source: org.apache.kafka.storage.internals.log.{UnifiedLog, LocalLog, LogLoader}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/log/checkpoint.h"
#include "model/log/leader_epoch_cache.h"
#include "model/log/producer_state.h"
#include "model/log/segment.h"
#include "model/out.h"
#include "model/record.h"
#include "model/switches.h"
#include "model/types.h"
#include "sim/fifo.h"

namespace odradek::kafka {

// How the broker's last life ended, as its .kafka_cleanshutdown file tells.
enum class LastShutdown : std::uint8_t { clean, unclean };

class Log {
public:
    // The files of its directory that are no segment's.
    struct Files {
        sim::FileId epochs;
        sim::FileId metadata;
        std::uint32_t directory{0};  // Which of the broker's log directories, by its place.
    };
    // `path`: of the partition's directory on the disk.
    static Files files_of(Env const& env, std::string_view path);
    // Can its directory be written, as far as the disk knows (KIP-112)?
    bool writable(Env const& env) const { return env.disk->answers(files_.epochs); }

    // `path`: of its directory on the disk, "d0/orders-0" or the same as `name`. Holds nothing
    // before load() or begin().
    Log(TopicPartition partition, sim::Ref<PartitionName> name, sim::Ref<PartitionName> path,
        Files files);
    // Rules that a switch turns back.
    struct Rules {
        bool epochs_fsynced{true};                   // KAFKA-16541
        bool producers_outlive_records{true};        // KAFKA-7190
        bool high_watermark_follows_roll{true};      // KAFKA-9196
        bool high_watermark_follows_full_cut{true};  // KAFKA-9491
    };
    // Before begin() or load().
    void follow(ProtocolSwitches const& switches);
    // A new log, with one empty segment at offset 0.
    void begin(Env const& env, TopicConfig const& topic, Out& out);
    // The same directory for another topic of that name (KIP-516): nothing of the old one stays.
    void restart_as(TopicPartition partition, Env const& env, TopicConfig const& topic, Out& out);

    // -- Opening (log_loader.cpp) ---------------------------------------------------------------
    // What the checkpoint files of its log directory say of it; 0 when they say nothing.
    struct Checkpoints {
        Offset recovery_point{0};
        Offset log_start{0};
        Offset high_watermark{0};
        std::optional<Offset> cleaned{};  // Up to where it was compacted last.
    };
    // What opening found. Bytes and batches that were dropped, and why in words (for the story).
    struct Recovery {
        std::int64_t bytes_dropped{0};
        char const* why{nullptr};  // Null when nothing was dropped.
        std::int64_t segments_recovered{0};
    };
    // Its leader-epoch-checkpoint is there and is none: Kafka does not open such a log.
    static bool epochs_unreadable(Env const& env, Files const& files);
    // The segment files that load() has to read from the device to the end; after a clean shutdown
    // none.
    static std::vector<sim::FileId> to_recover(Env const& env, std::vector<sim::FileId> const& own,
                                               LastShutdown last, Checkpoints const& checkpoints);
    // Opens the log from the files in its directory. After a clean shutdown nothing is checked:
    // what is torn is stepped over and stays, and what is appended comes behind it. Else every
    // segment that reaches beyond the recovery point is read batch by batch: at the first that is
    // not whole, the log ends.
    Recovery load(Env const& env, std::vector<sim::FileId> const& own, LastShutdown last,
                  Checkpoints const& checkpoints, TopicConfig const& topic,
                  ProtocolSwitches const& switches, Out& out);

    std::string const& name() const { return name_->text; }
    sim::Ref<PartitionName> const& shared_name() const { return name_; }
    std::string const& path() const { return path_->text; }  // Of its directory on the disk.
    Files const& files() const { return files_; }
    bool owns(sim::FileId file) const;

    // -- Where it is. All three ends are exclusive --------------------------------------------
    Offset start() const { return start_; }
    Offset end() const { return end_; }
    Offset high_watermark() const { return high_watermark_; }
    // Everything before it is committed, and its transactions are decided.
    Offset last_stable_offset() const;
    bool empty() const { return batch_count() == 0; }
    std::uint64_t size_bytes() const;
    std::vector<LogSegment> const& segments() const { return segments_; }
    // Moves it into [start, end]; true when it is another one now. Who may lower it is the caller's
    // rule.
    bool set_high_watermark(Offset high_watermark);
    // DeleteRecords and followers that learn of it; never goes back. True when it moved. Segments
    // before it are deleted by the next delete_old_segments().
    bool raise_start(Offset start, Out& out);

    // -- Append -------------------------------------------------------------------------------
    struct Appended {
        Error error{Error::none};
        BatchRef batch;                 // As it is in the log; empty on error and for a duplicate.
        Offset base_offset{no_offset};  // Of a duplicate: where the first copy is.
        Offset last_offset{no_offset};
        std::int32_t expected_sequence{-1};
        bool done_already{false};  // A marker that had nothing to end.
    };
    // From a client or coordinator: checks size and sequence, stamps offsets and epoch (KIP-98,
    // KIP-101).
    Appended append_as_leader(Env const& env, RecordBatch const& batch, Epoch epoch,
                              TopicConfig const& topic, Duration producer_id_expiration, Out& out,
                              AppendOrigin const& origin = {});
    // The disk has refused what was to go to the active segment: its records are not in the log.
    // True when there were any.
    bool forget_refused(Env const& env, Out& out);
    // From the leader, as it is. The batch must not begin before the end of the log.
    void append_as_follower(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out);

    // -- Flush (flush.messages, flush.ms; never by default) -----------------------------------
    void flush(Env const& env, Out& out);
    // After a roll, in the background: what is before the active segment (timer log_rolled).
    void flush_rolled(Env const& env, Out& out);
    // In order, at the end of the broker's life: indexes, a snapshot of the producers, and a flush
    // if anything is not durable. The file whose flush is the last; none: nothing is to be waited
    // for.
    std::optional<sim::FileId> close(Env const& env, Out& out);
    bool dirty() const { return flush_asked_ != end_; }
    Instant last_flush() const { return last_flush_; }
    // Of the last flush that an append waits for (flush.messages): what was appended before it is
    // durable when so many flushes are done. Nobody waits for those in the background.
    std::uint32_t flush_ticket() const { return awaited_flush_; }
    std::uint32_t flushes_done() const { return flushes_done_; }
    // Of one of its files. True when the recovery point moved.
    bool on_flushed();
    // All before it is durable.
    Offset recovery_point() const { return recovery_point_; }

    // -- Epochs and truncation ------------------------------------------------------------------
    // This replica leads from here on: the epoch is noted before any record of it (KAFKA-7415).
    void begin_epoch(Epoch epoch, Out& out);
    LeaderEpochCache const& epochs() const { return epochs_; }
    EpochAndOffset end_offset_for(Epoch epoch) const { return epochs_.end_offset_for(epoch, end_); }
    // Cuts to `end`: batches that reach beyond it go as a whole, the log ends there, the high
    // watermark is at most there. With `end` at or beyond the end only epochs are trimmed
    // (KAFKA-10706). True when records were dropped.
    bool truncate_to(Env const& env, Offset end, TopicConfig const& topic, Out& out);
    // Drops everything; the next offset is `start`.
    void truncate_fully_and_start_at(Env const& env, Offset start, TopicConfig const& topic,
                                     Out& out);
    // It is hosted no more: its directory is renamed at once, "orders-0.<topic id>-delete", and its
    // files are deleted after `delay` (timer log_file_delete).
    void mark_deleted(Env const& env, Duration delay, Out& out) const;

    // -- Retention (log_retention.cpp) ----------------------------------------------------------
    struct Deleted {
        DeletionReason reason;
        Offset base;
        Offset end;
        Instant largest_timestamp;
        std::uint64_t bytes;
    };
    // By log start offset, then retention.bytes, then retention.ms: whole segments, the oldest
    // first, none that reaches beyond the high watermark (KAFKA-5634). `now`: by the wall clock.
    // What was deleted, in order.
    std::vector<Deleted> delete_old_segments(Env const& env, TopicConfig const& topic,
                                             ProtocolSwitches const& switches, Out& out);

    // -- Compaction (log_compaction.cpp); what is kept is the cleaner's business ----------------
    // Up to where it was cleaned last, as cleaner-offset-checkpoint has it; nothing: never.
    std::optional<Offset> cleaned_to() const { return cleaned_to_; }
    void set_cleaned_to(std::optional<Offset> offset) { cleaned_to_ = offset; }
    // How often it was cut below its active segment: a cleaning that began before is void.
    std::uint32_t cuts() const { return cuts_; }
    // A flush of that file, of which it is to be told, is under way.
    bool awaits_flush(sim::FileId file) const;
    // What a cleaner writes the segment that begins at `base` anew into.
    LogSegment make_cleaned(Env const& env, Offset base, Out& out) const;
    // From here on `cleaned`, whose files are durable, is read in the place of the segments that
    // begin at its base or behind it and before `end`. Its files take their names in steps, so that
    // a crash between any two of them is found by load(): call swap_on() until it says that all is
    // done. What else changes the log meanwhile goes through with it first.
    void replace_segments(LogSegment cleaned, Offset end, Out& out);
    bool swap_on(Env const& env, TopicConfig const& topic, Out& out);
    bool swapping() const { return swap_.has_value(); }

    // -- Read ---------------------------------------------------------------------------------
    // Whole batches of one segment from the one that holds `from` on, below `bound`, within
    // `max_bytes`; one more than fits if it is the first and `at_least_one`. Appends to `batches`,
    // returns their bytes.
    // A batch with rotten bits is given as damaged().
    std::uint64_t read(Env const& env, Offset from, Offset bound, std::uint64_t max_bytes,
                       bool at_least_one, std::vector<BatchRef>& batches) const;
    // Where the batch that holds that offset ends; the offset itself when there is none.
    Offset end_of_batch_at(Offset offset) const;
    // The first record from its start on that is of that time (ms since 1970) or later: looked for
    // in the first segment that has one so late (UnifiedLog.searchOffsetInLocalLog). Nothing: none.
    std::optional<TimestampAndOffset> offset_by_time(std::int64_t timestamp_ms) const;
    // The first record of the latest time in the log; it may lie before the log's start.
    std::optional<TimestampAndOffset> offset_of_latest_time() const;
    // Bytes between `from` and `bound`, counted up to about `enough`.
    std::uint64_t bytes_between(Offset from, Offset bound, std::uint64_t enough) const;
    ProducerState const& producers() const { return producers_; }
    // A client's transactional batch would open a transaction here (KIP-890); no_guard: it is open.
    VerificationGuard begin_verification(Env const& env, RecordBatch const& batch)
    {
        return producers_.begin_verification(batch, env.wall);
    }
    // Aborted transactions of which data lies in [from, upper).
    void collect_aborted(Offset from, Offset upper, std::vector<AbortedTxn>& aborted) const;

    // For judges: what in its indexes does not agree with its batches, in words; empty: nothing.
    // Counts the entries that were compared.
    std::string disagreement(std::uint64_t& compared) const;

    std::size_t batch_count() const;
    BatchRef const& batch(std::size_t index) const;
    // Calls `see` with each batch, in order.
    template <class See>
    void for_each_batch(See&& see) const
    {
        for (LogSegment const& segment : segments_)
            for (LogSegment::Stored const& stored : segment.batches())
                see(stored.batch);
    }

private:
    LogSegment& active() { return segments_.back(); }
    // The segment whose range holds `offset`; the last that begins at or before it.
    std::size_t segment_of(Offset offset) const;
    void add_segment(Env const& env, Offset base, TopicConfig const& topic);
    void roll(Env const& env, TopicConfig const& topic, char const* why, Out& out);
    void append(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out);
    void ask_flush(Offset end, sim::FileId file);
    void write_epochs(Out& out);
    void write_cut_epochs(Out& out);
    void lower_recovery_point(Offset end);
    // -- log_producers.cpp: what is remembered of producers, and its snapshots
    // Of the state at `end_`. Without `fsync` it is durable when the roll's flush is.
    void take_snapshot(Env const& env, bool fsync, Out& out);
    void delete_snapshot(Env const& env, Offset at, Duration delay, Out& out);
    // As of `end`: from the newest snapshot that is whole and not beyond it, and the batches
    // behind.
    void rebuild_producers(Env const& env, Offset end, Out& out);
    // After opening. A log that was closed in order and has no snapshot knows of no producers.
    void load_producers(Env const& env, bool clean, Out& out);
    void expire_producers(Env const& env, Duration expiration);
    // The batch is in that segment, or will be: keeps the account of producers, and of what was
    // aborted.
    void note_producer(Env const& env, RecordBatch const& batch, LogSegment& segment, Out& out);
    // -- log_compaction.cpp
    void take_swapped_name(Out& out);
    void finish_swap(Env const& env, Out& out);
    // -- log_loader.cpp
    void adopt_segment(Env const& env, LogSegment& segment);
    void recover_segment(Env const& env, LogSegment& segment, TopicConfig const& topic,
                         bool epoch_zero, Recovery& result, Out& out);

    TopicPartition partition_;
    sim::Ref<PartitionName> name_;
    sim::Ref<PartitionName> path_;
    Files files_;
    std::vector<LogSegment> segments_;  // Ascending; never empty once begun.
    Offset start_{0};
    Offset end_{0};
    Offset high_watermark_{0};
    LeaderEpochCache epochs_;
    ProducerState producers_;
    std::vector<Offset> snapshots_;  // Of producers, ascending.
    Offset recovery_point_{0};
    Offset flush_asked_{0};  // Up to where a flush is asked for.
    struct Flushing {
        Offset end;  // Up to where.
        sim::FileId file;
    };
    sim::Fifo<Flushing> flushing_;  // Flushes under way.
    Instant last_flush_;
    Instant next_expiration_check_;
    std::uint32_t flushes_asked_{0};
    std::uint32_t awaited_flush_{0};
    std::uint32_t flushes_done_{0};
    std::optional<Offset> cleaned_to_;
    std::uint32_t cuts_{0};
    Rules rules_;
    // Before KAFKA-9196: the high watermark stood at the end of a segment when the next began, and
    // is taken for a place in the old one.
    bool in_old_segment_{false};
    // A segment that takes the place of others.
    struct Swap {
        Offset base;                  // Of the new one.
        std::vector<LogSegment> old;  // Those that have still their own names.
    };
    std::optional<Swap> swap_;
};

}  // namespace odradek::kafka
