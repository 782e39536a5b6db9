// One replica's log: its batches in order, where it starts and ends, its high watermark, its epochs
// and what it knows of producers. Every change of the log is a wish to its file.
//
// One segment: segments, retention, compaction and recovery points come with the storage work.
// Opening after a crash therefore reads everything back and stops at the first torn or missing
// batch. Source: org.apache.kafka.storage.internals.log.{UnifiedLog, LocalLog, LogLoader}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/log/checkpoint.h"
#include "model/log/leader_epoch_cache.h"
#include "model/log/producer_state.h"
#include "model/out.h"
#include "model/record.h"
#include "model/types.h"

namespace odradek::kafka {

// How the broker's last life ended, as its .kafka_cleanshutdown file tells.
enum class LastShutdown : std::uint8_t { clean, unclean };

class Log {
public:
    // Its files: 00000000000000000000.log, leader-epoch-checkpoint and partition.metadata in
    // `<name>/`.
    struct Files {
        sim::FileId data;
        sim::FileId epochs;
        sim::FileId metadata;
        std::uint32_t directory{0};  // Which of the broker's log directories, by its place.
    };
    // `path`: of the partition's directory on the disk.
    static Files files_of(Env const& env, std::string_view path);
    // Can its directory be written, as far as the disk knows (KIP-112)?
    bool writable(Env const& env) const { return env.disk->answers(files_.data); }
    static constexpr std::string_view data_file_name = "00000000000000000000.log";

    // An empty log; nothing is written before the first append or epoch.
    Log(TopicPartition partition, sim::Ref<PartitionName> name, Files files);

    // What opening found. Bytes and batches that were dropped, and why in words (for the story).
    struct Recovery {
        std::int64_t bytes_dropped{0};
        char const* why{nullptr};  // Null when nothing was dropped.
    };
    // Reads everything back from the disk. After a clean shutdown nothing is checked: what is torn
    // is stepped over and stays, and what is appended comes behind it. The high watermark is
    // `checkpointed`, moved into the log. Without `epoch_zero` the batches tell no epoch 0, and the
    // file is not believed where it does (KAFKA-10432 before its fix, after an unclean shutdown).
    Recovery recover(Env const& env, LastShutdown last, Offset checkpointed, Out& out,
                     bool epoch_zero = true);

    std::string const& name() const { return name_->text; }
    sim::Ref<PartitionName> const& shared_name() const { return name_; }
    Files const& files() const { return files_; }

    // -- Where it is. All three ends are exclusive --------------------------------------------
    Offset start() const { return start_; }
    Offset end() const { return end_; }
    Offset high_watermark() const { return high_watermark_; }
    // No transactions yet: the last stable offset is the high watermark.
    Offset last_stable_offset() const { return high_watermark_; }
    bool empty() const { return batches_.empty(); }
    std::uint64_t size_bytes() const { return size_bytes_; }
    // Moves it into [start, end]; true when it is another one now. Who may lower it is the caller's
    // rule.
    bool set_high_watermark(Offset high_watermark);
    // DeleteRecords and followers that learn of it; never goes back. True when it moved.
    bool raise_start(Offset start, Out& out);

    // -- Append -------------------------------------------------------------------------------
    struct Appended {
        Error error{Error::none};
        BatchRef batch;                 // As it is in the log; empty on error and for a duplicate.
        Offset base_offset{no_offset};  // Of a duplicate: where the first copy is.
        Offset last_offset{no_offset};
        bool flushed{false};  // A flush was asked for (flush.messages); see flush_ticket().
        std::int32_t expected_sequence{-1};
    };
    // From a client: checks size and sequence, stamps offsets and epoch (KIP-98, KIP-101).
    Appended append_as_leader(Env const& env, RecordBatch const& batch, Epoch epoch,
                              TopicConfig const& topic, Duration producer_id_expiration, Out& out);
    // From the leader, as it is. The batch must not begin before the end of the log.
    void append_as_follower(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out);

    // -- Flush (flush.messages, flush.ms; never by default) -----------------------------------
    void flush(Env const& env, Out& out);
    bool dirty() const { return flushed_end_ != end_; }
    Instant last_flush() const { return last_flush_; }
    // What was appended before ticket N is durable when N flushes are done.
    std::uint32_t flush_ticket() const { return flushes_asked_; }
    std::uint32_t flushes_done() const { return flushes_done_; }
    void on_flushed() { ++flushes_done_; }

    // -- Epochs and truncation ------------------------------------------------------------------
    // This replica leads from here on: the epoch is noted before any record of it (KAFKA-7415).
    void begin_epoch(Epoch epoch, Out& out);
    LeaderEpochCache const& epochs() const { return epochs_; }
    EpochAndOffset end_offset_for(Epoch epoch) const { return epochs_.end_offset_for(epoch, end_); }
    // Cuts to `end`: batches that reach beyond it go as a whole, the log ends there, the high
    // watermark is at most there. With `end` at or beyond the end only epochs are trimmed
    // (KAFKA-10706). True when records were dropped.
    bool truncate_to(Offset end, Out& out);
    // Drops everything; the next offset is `start`.
    void truncate_fully_and_start_at(Offset start, Out& out);
    static void remove(Files const& files, Out& out);

    // -- Read ---------------------------------------------------------------------------------
    // Whole batches from the one that holds `from` on, below `bound`, within `max_bytes`; one more
    // than fits if it is the first and `at_least_one`. Appends to `batches`, returns their bytes.
    std::uint64_t read(Offset from, Offset bound, std::uint64_t max_bytes, bool at_least_one,
                       std::vector<BatchRef>& batches) const;
    // Bytes between `from` and `bound`, counted up to about `enough`.
    std::uint64_t bytes_between(Offset from, Offset bound, std::uint64_t enough) const;
    ProducerState const& producers() const { return producers_; }

    std::size_t batch_count() const { return batches_.size(); }
    BatchRef const& batch(std::size_t index) const { return batches_[index].batch; }
    // Index of the first batch that ends beyond `offset`; batch_count() if none does.
    std::size_t index_of(Offset offset) const;

private:
    struct Stored {
        Offset base;  // Beside the reference, so that a search stays in one array.
        BatchRef batch;
    };
    void append(Env const& env, BatchRef batch, TopicConfig const& topic, Out& out);
    void write_epochs(Out& out);
    void cut_file(Out& out);
    void rebuild_producers();
    void expire_producers(Env const& env, Duration expiration);

    TopicPartition partition_;
    sim::Ref<PartitionName> name_;
    Files files_;
    std::vector<Stored> batches_;    // One for each extent of the data file but the torn ones:
    std::vector<std::size_t> torn_;  // for each of these, how many batches come before it.
    Offset start_{0};
    Offset end_{0};
    Offset high_watermark_{0};
    std::uint64_t size_bytes_{0};
    LeaderEpochCache epochs_;
    ProducerState producers_;
    Offset flushed_end_{0};  // Kafka's recovery point.
    Instant last_flush_;
    Instant next_expiration_check_;
    std::uint32_t flushes_asked_{0};
    std::uint32_t flushes_done_{0};
};

}  // namespace odradek::kafka
