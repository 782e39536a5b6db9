// White-box laws of the metadata quorum, looked at after every fact. Sources: KIP-595; Kafka's
// RaftEventSimulationTest (SingleLeader, MonotonicEpoch, MonotonicHighWatermark,
// MajorityReachedHighWatermark, SnapshotAtLogStart, LeaderNeverLoadSnapshot,
// ConsistentCommittedData); Vanlightly's KRaft specifications (one vote per epoch, leader
// completeness).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/check/history.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class QuorumLaws {
public:
    explicit QuorumLaws(Verdicts& verdicts);

    void see(Fact const& fact, Verdicts& verdicts);
    void finish(sim::Instant end, Verdicts& verdicts);

private:
    // One life of a disk: who loses it is somebody else, whatever it is called.
    struct Identity {
        ReplicaKey key;
        int disk{0};

        auto operator<=>(Identity const&) const = default;
    };
    // What one node has said of itself.
    struct Node {
        Identity is;
        Epoch epoch{no_epoch};
        // The last one that is on its disk. What it reads back when it starts may be in the page
        // cache only: until it has written that down again nobody hears of it, and with a loss of
        // power it never was.
        Epoch stored{no_epoch};
        Offset high_watermark{no_offset};  // In this life.
        // Its log equals what is committed up to here; behind that, what it has besides.
        Offset agreed;
        std::deque<BatchRef> rest;
        std::optional<Epoch> leads;
        bool has_committed{false};               // As leader of that epoch.
        sim::Duration check_quorum{};            // While it leads.
        std::optional<sim::Instant> superseded;  // Another was elected meanwhile.
        // What it has done since it last wrote its state down: nobody has heard of it yet, and with
        // a loss of power it never was.
        std::vector<Epoch> unwritten_votes;
        std::optional<Epoch> unwritten_election;

        Offset log_end() const { return rest.empty() ? agreed : rest.back()->end_offset(); }
    };

    void on_started(Fact const& fact, QuorumNodeStarted const& started, Verdicts& verdicts);
    void on_epoch(Fact const& fact, QuorumEpochChanged const& change, Verdicts& verdicts);
    void on_vote(Fact const& fact, VoteGranted const& vote, Verdicts& verdicts);
    void on_candidacy(Fact const& fact, QuorumCandidacy const& candidacy, Verdicts& verdicts);
    void on_elected(Fact const& fact, QuorumLeaderElected const& elected, Verdicts& verdicts);
    void on_resigned(Fact const& fact, QuorumLeaderResigned const& resigned, Verdicts& verdicts);
    void on_deposed(Fact const& fact, QuorumLeaderDeposed const& deposed, Verdicts& verdicts);
    void on_appended(Fact const& fact, MetadataAppended const& appended, Verdicts& verdicts);
    void on_truncated(Fact const& fact, MetadataTruncated const& truncated, Verdicts& verdicts);
    void on_high_watermark(Fact const& fact, MetadataHighWatermarkAdvanced const& moved,
                           Verdicts& verdicts);
    void on_cleaned(Fact const& fact, MetadataLogCleaned const& cleaned, Verdicts& verdicts);

    void cast(Fact const& fact, Identity const& voter, Epoch epoch, ReplicaKey candidate,
              Verdicts& verdicts);
    void name_leader(Fact const& fact, Epoch epoch, BrokerId leader, Verdicts& verdicts);
    void agree(Node& node);
    BatchRef const* committed_at(Offset offset) const;
    Offset committed_before(Epoch epoch) const;

    std::map<BrokerId, Node> nodes_;
    std::vector<BatchRef> committed_;  // What somebody has said is committed; in order.
    std::vector<Epoch> committed_in_;  // And in which epoch.
    Offset committed_end_{0};
    std::map<std::pair<Identity, Epoch>, ReplicaKey> votes_;
    std::map<Epoch, std::pair<BrokerId, sim::Instant>> elected_;
    std::map<Epoch, BrokerId> named_;
    // Who would vote for a candidate, as it was in that epoch, and follows nobody.
    std::map<std::pair<BrokerId, Epoch>, std::set<BrokerId>> consents_;
    std::map<ReplicaKey, Offset> lost_;  // Log ends of those who have lost their disks.
    std::set<Epoch> unasked_;            // Epochs that began without the consent of a majority.

    std::size_t unique_, vote_once_, epoch_monotonic_, agree_, kept_, hw_monotonic_, majority_,
        snapshot_, loads_, steps_down_, lone_, healthy_, led_;
};

}  // namespace odradek::kafka::check
