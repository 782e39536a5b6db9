// What the leader of the metadata quorum knows of its replicas, and what follows from it: the high
// watermark, whether a majority still hears it, and changes of the voters under way. Source:
// LeaderState, AddVoterHandlerState, RemoveVoterHandlerState; KIP-595, KIP-853, KAFKA-15489.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/kraft/voter_set.h"
#include "model/out.h"

namespace odradek::kafka {

// How far one replica is, by what it fetches.
struct ReplicaProgress {
    ReplicaKey key;
    Offset end{no_offset};                     // -1: not known in this epoch.
    Offset leader_end{no_offset};              // The leader's when it last fetched.
    Instant last_fetch{Instant::never()};      // never(): has not.
    Instant last_caught_up{Instant::never()};  // never(): has not been.

    bool matches(ReplicaKey other) const;
};

class LeaderState {
public:
    struct Config {
        ReplicaKey self;
        Duration check_quorum;  // 1.5 times the fetch timeout.
        bool checks_quorum{true};
        bool checks_quorum_alone{false};   // Before KAFKA-16144.
        bool commits_epoch_start{false};   // Before KAFKA-12619.
        bool counts_itself_always{false};  // Before KAFKA-16530.
    };
    // A change of the voters that waits to be committed.
    struct PendingAdd {
        RequestId request;
        Voter voter;
        std::optional<Offset> offset;  // Of its VotersRecord, once appended.
        Instant deadline;
    };
    struct PendingRemove {
        RequestId request;
        Offset offset;
        Instant deadline;
    };

    LeaderState(Config config, Offset epoch_start, VoterSet const& voters,
                std::vector<BrokerId> granting, Instant now);

    Offset epoch_start() const { return epoch_start_; }
    std::optional<Offset> high_watermark() const { return high_watermark_; }
    std::vector<BrokerId> const& granting() const { return granting_; }
    std::vector<ReplicaProgress> const& voters() const { return voters_; }  // Ascending by id.
    // Ascending by key; who has not fetched for 5 minutes is forgotten.
    std::vector<ReplicaProgress> const& observers(Instant now);

    // Its own log is on disk up to there, and the voters are these now. True: the high watermark
    // has moved.
    bool update_local(Offset end, VoterSet const& voters);
    // A replica fetches from there.
    bool update_replica(ReplicaKey key, Offset fetch_offset, Instant now);
    // It fetches a snapshot: that counts as being heard.
    void heard_from(ReplicaKey key, Instant now);

    // When it must step down; never() when it need not hear from others.
    Instant check_quorum_deadline() const;
    // When a majority was last heard, or the election.
    Instant majority_heard() const { return check_quorum_deadline_ - config_.check_quorum; }
    // Has a majority been heard from since then?
    bool heard_majority_since(Instant since) const;

    bool is_caught_up(ReplicaKey key, Instant now) const;
    // All voters but itself, the one with the longest log first.
    std::vector<ReplicaKey> successors() const;

    std::optional<PendingAdd> add;
    std::optional<PendingRemove> remove;
    std::string resign_reason;      // Not empty: to step down.
    Instant begin_quorum_deadline;  // When the voters are told again who leads.

private:
    bool update_high_watermark();
    ReplicaProgress* find_voter(ReplicaKey key);
    ReplicaProgress& get(ReplicaKey key);
    ReplicaProgress const* find(ReplicaKey key) const;
    bool counts_itself() const;

    Config config_;
    Offset epoch_start_;
    std::vector<BrokerId> granting_;
    std::vector<ReplicaProgress> voters_;
    std::vector<ReplicaProgress> observers_;
    std::vector<BrokerId> heard_;  // Since the check-quorum timer was last reset.
    Instant check_quorum_deadline_;
    std::optional<Offset> high_watermark_;
    std::vector<Offset> ends_;  // Scratch.
};

}  // namespace odradek::kafka
