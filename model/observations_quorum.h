// What the nodes of the metadata quorum do, as facts (observations.h; KIP-595). `node` is who
// states it.
#pragma once

#include <string>
#include <vector>

#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// A node of the quorum, voter or observer, has begun and read back what its disk has.
struct QuorumNodeStarted {
    ReplicaKey node;
    Epoch epoch;  // As its quorum-state file and its log have it.
    Offset log_start;
    Offset log_end;
    Offset snapshot{no_offset};  // End of its newest snapshot; -1: none.
    std::vector<BatchRef> log;   // From log_start on.
};
DESCRIBE(QuorumNodeStarted, node, epoch, log_start, log_end, snapshot, log)

// It is in another epoch, or knows the leader of this one; written down already.
struct QuorumEpochChanged {
    ReplicaKey node;
    Epoch epoch;
    BrokerId leader{no_broker};
};
DESCRIBE(QuorumEpochChanged, node, epoch, leader)

struct VoteGranted {
    ReplicaKey node;
    Epoch epoch;
    ReplicaKey candidate;
    bool pre_vote{false};
    bool follows_leader{false};  // The voter has fetched from a leader of this epoch.
};
DESCRIBE(VoteGranted, node, epoch, candidate, pre_vote, follows_leader)

// It stands for leader of a new epoch.
struct QuorumCandidacy {
    ReplicaKey node;
    Epoch epoch;
    std::vector<ReplicaKey> voters;  // As it has them.
};
DESCRIBE(QuorumCandidacy, node, epoch, voters)

struct QuorumLeaderElected {
    ReplicaKey node;
    Epoch epoch;
    Offset log_end;  // Where its epoch begins.
    std::vector<ReplicaKey> voters;
    sim::Duration check_quorum;  // It steps down when it has not heard from a majority for so long.
};
DESCRIBE(QuorumLeaderElected, node, epoch, log_end, voters, check_quorum)

// It leads no more, by itself: it was asked to, or heard too little.
struct QuorumLeaderResigned {
    ReplicaKey node;
    Epoch epoch;
    std::string reason;
    std::size_t voters{0};  // How many there are.
};
DESCRIBE(QuorumLeaderResigned, node, epoch, reason, voters)

// It leads no more: it has heard of a later epoch.
struct QuorumLeaderDeposed {
    ReplicaKey node;
    Epoch epoch;
    Epoch by;
    bool followed{false};  // A majority had fetched from it within half of the fetch timeout.
};
DESCRIBE(QuorumLeaderDeposed, node, epoch, by, followed)

// A batch entered its copy of the metadata log.
struct MetadataAppended {
    ReplicaKey node;
    bool as_leader{false};
    BatchRef batch;
    // A leader: how long ago, by its clock, it last heard a majority.
    sim::Duration majority_heard{};
};
DESCRIBE(MetadataAppended, node, as_leader, batch, majority_heard)

struct MetadataTruncated {
    ReplicaKey node;
    Offset from;            // Log end before.
    Offset to;              // Log end after.
    Offset high_watermark;  // As far as it is known; -1.
};
DESCRIBE(MetadataTruncated, node, from, to, high_watermark)

struct MetadataHighWatermarkAdvanced {
    ReplicaKey node;
    bool as_leader{false};
    Epoch epoch;
    Offset from;  // -1: it was not known in this life.
    Offset to;
    std::vector<ReplicaKey> voters;  // On a leader.
};
DESCRIBE(MetadataHighWatermarkAdvanced, node, as_leader, epoch, from, to, voters)

struct MetadataSnapshotWritten {
    ReplicaKey node;
    EpochAndOffset snapshot;
    Offset high_watermark;
};
DESCRIBE(MetadataSnapshotWritten, node, snapshot, high_watermark)

// Its log was replaced by a snapshot: what it was sent, or what it begins its life with.
struct MetadataSnapshotLoaded {
    ReplicaKey node;
    EpochAndOffset snapshot;
    bool as_leader{false};
    bool fetched{false};  // It came from the leader, and the log begins behind it now.
};
DESCRIBE(MetadataSnapshotLoaded, node, snapshot, as_leader, fetched)

// The start of its log moved: what is before is in a snapshot.
struct MetadataLogCleaned {
    ReplicaKey node;
    Offset log_start;
    Offset snapshot;      // End of its oldest snapshot; -1: none.
    bool emptied{false};  // Nothing is behind it any more: a snapshot has replaced the log.
};
DESCRIBE(MetadataLogCleaned, node, log_start, snapshot, emptied)

}  // namespace odradek::kafka
