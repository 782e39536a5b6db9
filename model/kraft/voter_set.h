// The voters of the metadata quorum (KIP-853), and what they were at each offset of the log. Under
// kraft.version 0 they are as configured, without directories; later they are what the newest
// VotersRecord in the log says, committed or not. Source: VoterSet, VoterSetHistory,
// KRaftControlRecordStateMachine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/metadata/records.h"
#include "model/metadata/records_snapshot.h"
#include "model/record.h"
#include "model/types.h"

namespace odradek::kafka {

class VoterSet {
public:
    VoterSet() = default;
    explicit VoterSet(std::vector<Voter> voters);

    std::vector<Voter> const& list() const { return voters_; }  // Ascending by id.
    std::size_t size() const { return voters_.size(); }
    bool empty() const { return voters_.empty(); }
    // How many are more than half.
    std::size_t majority() const { return voters_.size() / 2 + 1; }
    std::vector<ReplicaKey> keys() const;
    Voter const* find(BrokerId id) const;
    // A voter without a directory is whoever has its id.
    bool is_voter(ReplicaKey key) const;
    bool is_only_voter(ReplicaKey key) const { return size() == 1 && is_voter(key); }
    // Does its record say something else of this voter than it says of itself?
    bool needs_update(Voter const& voter) const;

    // Nothing: no such change can be made.
    std::optional<VoterSet> with(Voter const& voter) const;     // Its id must be new.
    std::optional<VoterSet> without(ReplicaKey key) const;      // One must be left.
    std::optional<VoterSet> updated(Voter const& voter) const;  // The same key.
    // Every majority of one has a member in every majority of the other: at most one was added and
    // one was removed.
    bool overlaps(VoterSet const& other) const;

    bool operator==(VoterSet const&) const = default;

private:
    std::vector<Voter> voters_;
};

// What the log and the newest snapshot say about the quorum itself.
class QuorumHistory {
public:
    struct Entry {
        Offset offset;  // Of the record; of a snapshot, of the last record in it; -1: configured.
        VoterSet voters;
    };

    // kraft.version 0: voters as configured.
    void set_static(VoterSet voters) { static_ = std::move(voters); }
    // kraft.version 1: what the directory was formatted with.
    void set_bootstrap(VoterSet voters);

    void load(MetadataSnapshot const& snapshot);
    void append(RecordBatch const& batch);
    // Forgets what was said at `end` and later.
    void truncate_to(Offset end);
    // Forgets what is overridden before `start`.
    void forget_before(Offset start);

    VoterSet const& voters() const;
    std::optional<Offset> voters_offset() const;  // Nothing: as configured.
    std::int16_t kraft_version() const;
    // As of the record at `offset`.
    std::optional<VoterSet> voters_at(Offset offset) const;
    std::int16_t kraft_version_at(Offset offset) const;

private:
    VoterSet static_;
    std::vector<Entry> voters_;                              // Ascending.
    std::vector<std::pair<Offset, std::int16_t>> versions_;  // Ascending.
};

}  // namespace odradek::kafka
