// The metadata log of one node (__cluster_metadata-0): batches in segments, and snapshots beside
// them. Once a snapshot holds what is before an offset, the log may begin there. Source:
// KafkaMetadataLog, ReplicatedLog; KIP-595, KIP-630.
//
// On disk, as Kafka names it: NNN.log by base offset, with NNN.index and NNN.timeindex, and
// NNN.snapshot of the producers, of which there are none; NNN-EEE.checkpoint, a snapshot of the
// metadata, by end offset and epoch; leader-epoch-checkpoint; partition.metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kraft/metadata_segment.h"
#include "model/kraft/raft_config.h"
#include "model/log/leader_epoch_cache.h"
#include "model/metadata/records_snapshot.h"
#include "model/out.h"

namespace odradek::kafka {

class ReplicatedLog {
public:
    // What a follower may have of what it asks for.
    struct Validity {
        enum class Kind : std::uint8_t { valid, diverging, snapshot } kind{Kind::valid};
        EpochAndOffset at;  // Where the logs part, or which snapshot to fetch.
    };

    explicit ReplicatedLog(RaftConfig const& config);

    // Reads the disk back; what is torn, or does not follow the batch before, is cut off. An error
    // in words when the log begins behind a snapshot that is not there (KAFKA-14240).
    std::string recover(Env const& env, Out& out);

    Offset start_offset() const { return start_; }
    Offset end_offset() const { return batches_.empty() ? start_ : batches_.back()->end_offset(); }
    // Of the last record, here or in the snapshot before; 0 when there is none.
    Epoch last_epoch() const;
    EpochAndOffset end() const { return {last_epoch(), end_offset()}; }
    std::vector<BatchRef> const& batches() const { return batches_; }         // From the start on.
    std::vector<SnapshotRef> const& snapshots() const { return snapshots_; }  // Ascending.
    SnapshotRef latest_snapshot() const
    {
        return snapshots_.empty() ? SnapshotRef{} : snapshots_.back();
    }
    SnapshotRef find_snapshot(EpochAndOffset id) const;
    std::uint64_t size_bytes() const { return bytes_; }
    // The file that is written to, and any file of the log.
    sim::FileId active_file() const { return segments_.back().file(); }
    bool owns(sim::FileId file) const;

    // The largest epoch that is not above `epoch`, and where it ends.
    EpochAndOffset end_of(Epoch epoch) const;
    Validity validate(Offset offset, Epoch epoch) const;
    // Whole batches from `from` on, at least one if there is any.
    void read(Offset from, std::uint64_t max_bytes, std::vector<BatchRef>& into) const;
    // The batch that begins at `offset`; none when there is no such.
    BatchRef batch_at(Offset offset) const;

    // -- Changing. Into the page cache; the caller flushes.
    void append(Env const& env, BatchRef batch, Out& out);
    // Returns the new end (KIP-595: to where the last epoch both know ends in the shorter log).
    Offset truncation_for(EpochAndOffset diverging) const;
    void truncate_to(Env const& env, Offset end, Out& out);
    // A snapshot, durable; or, without fsync, only named.
    void add_snapshot(Env const& env, SnapshotRef snapshot, bool fsync, Out& out);
    // The newest snapshot reaches behind everything that is here: begin anew at its end. False: it
    // does not.
    bool truncate_to_latest_snapshot(Env const& env, Out& out);
    // Forgets snapshots and segments beyond the retention, as far as newer snapshots allow. True:
    // the start has moved.
    bool clean(Env const& env, Out& out);

private:
    std::string path_of(EpochAndOffset snapshot) const;
    std::size_t index_of(Offset offset) const;
    void roll(Env const& env, Offset base, Out& out);
    void write_epochs(Env const& env, Out& out) const;
    // The small files and the indexes, from what the log has.
    void recover_files(Env const& env, Out& out);
    void delete_before(Env const& env, EpochAndOffset snapshot, Out& out);

    std::string prefix_;
    std::uint64_t segment_bytes_;
    Duration segment_age_;
    std::int64_t retention_bytes_;
    Duration retention_age_;

    Offset start_{0};
    std::vector<BatchRef> batches_;
    std::vector<MetadataSegment> segments_;
    std::vector<SnapshotRef> snapshots_;
    std::uint64_t bytes_{0};
    LeaderEpochCache epochs_;
};

}  // namespace odradek::kafka
