// At which offset each leader epoch began, as one replica knows it: what lets a follower find the
// place where its log and the leader's part (KIP-101, KIP-279), instead of trusting its high
// watermark. Source: org.apache.kafka.storage.internals.epoch.LeaderEpochFileCache.
#pragma once

#include <optional>
#include <vector>

#include "model/types.h"

namespace odradek::kafka {

// An epoch's first offset. There need not be a record at it (yet).
struct EpochEntry {
    Epoch epoch;
    Offset start;

    auto operator<=>(EpochEntry const&) const = default;
};

class LeaderEpochCache {
public:
    LeaderEpochCache() = default;
    // Entries as a checkpoint file kept them; whatever is out of order is dropped as by assign().
    explicit LeaderEpochCache(std::vector<EpochEntry> const& entries);

    // `epoch` begins at `start`. Entries of it or later, and entries that start there or beyond,
    // make room. An epoch that is known already stays as it is unless it begins earlier than known.
    // True when something changed, and the checkpoint must be written.
    bool assign(Epoch epoch, Offset start);
    std::optional<Epoch> latest_epoch() const;
    std::optional<Epoch> earliest_epoch() const;
    // Where records of `epoch` end in a log that ends at `log_end`; when the epoch is not known,
    // the largest known one below it and its end. Older than every entry: it ends where the first
    // begins. Undefined (-1, -1) when it is newer than the latest, or nothing is known. KIP-279.
    EpochAndOffset end_offset_for(Epoch epoch, Offset log_end) const;
    // As leaders answered under KIP-101: where the first larger epoch begins, though the asked one
    // may be unknown; undefined (-1) when there is no larger one or it is older than all that is
    // known.
    Offset end_offset_kip_101(Epoch epoch, Offset log_end) const;
    // The log was cut to `end`: entries that start there or beyond go. True when one did.
    bool truncate_from_end(Offset end);
    // The log now starts at `start`: the newest entry before it begins there. True when one moved.
    bool truncate_from_start(Offset start);
    void clear() { entries_.clear(); }

    // Ascending in epoch and in start.
    std::vector<EpochEntry> const& entries() const { return entries_; }

private:
    std::vector<EpochEntry> entries_;
};

}  // namespace odradek::kafka
