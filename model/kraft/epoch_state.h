// The states of a replica of the metadata log. Exactly one holds at a time; the epoch stands beside
// it. Source: QuorumState, *State; KIP-595, KIP-996 (P: with pre-vote, V: without).
//
//     from        event                                                        to
//     ----------  -----------------------------------------------------------  --------------------
//     any         a message of a later epoch, without a leader                 Unattached
//     any         a message that names the leader of a later epoch             Follower
//     Unattached  a leader of this epoch is known                              Follower
//     Unattached  a vote is granted                                            Unattached, voted
//     Unattached  P election timeout (voters)                                  Prospective
//     Unattached  V election timeout (voters)                                  Candidate, epoch + 1
//     Follower    P fetch timeout (voters)                                     Prospective
//     Follower    V fetch timeout (voters)                                     Candidate, epoch + 1
//     Prospective a majority grants its pre-vote                               Candidate, epoch + 1
//     Prospective too many refuse, or election timeout; a leader was known     Follower
//     Prospective too many refuse, or election timeout; none was known         Unattached
//     Prospective a leader of this epoch is known                              Follower
//     Candidate   a majority grants its vote                                   Leader
//     Candidate   P refused or election timeout; 3.9, 4.0: and backoff         Prospective
//     Candidate   V refused or election timeout, and backoff                   Candidate, epoch + 1
//     Candidate   another leads this epoch                                     Follower
//     Leader      asked to, shutting down, removed, or check-quorum timeout    Resigned
//     Resigned    P election timeout                                           Unattached, epoch +
//     1 Resigned    V election timeout                                           Candidate, epoch +
//     1
//
// Same epoch where nothing is said. After a restart: was leader of the stored epoch: Resigned; had
// voted for itself: Candidate; knew a leader: Follower; else Unattached, with its vote. A stored
// epoch behind the last one in the log: Unattached in that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "model/kraft/leader_state.h"
#include "model/kraft/voter_set.h"
#include "model/out.h"

namespace odradek::kafka {

// Who has said what to a candidate (EpochElection).
class Votes {
public:
    // The candidate votes for itself.
    Votes(VoterSet const& voters, ReplicaKey self);

    void record(BrokerId voter, bool granted);
    bool granted() const { return count(Said::yes) >= majority(); }
    bool rejected() const { return count(Said::yes) + count(Said::nothing) < majority(); }
    bool answered(BrokerId voter) const;
    std::vector<BrokerId> granting() const;
    std::vector<ReplicaKey> unrecorded() const;

private:
    enum class Said : std::uint8_t { nothing, yes, no };
    struct One {
        ReplicaKey voter;
        Said said{Said::nothing};
    };
    std::size_t majority() const { return voters_.size() / 2 + 1; }
    std::size_t count(Said said) const;

    std::vector<One> voters_;
};

struct Unattached {
    BrokerId leader{no_broker};  // Known by name, but not where it listens, or lost from sight.
    std::optional<ReplicaKey> voted;
    Instant election_deadline;  // never() for an observer.
};

struct Prospective {
    BrokerId leader{no_broker};  // Of this epoch, from before it was lost.
    std::optional<NodeId> leader_node;
    std::optional<ReplicaKey> voted;
    int retries{1};
    Votes votes;
    Instant election_deadline;
};

struct Candidate {
    int retries{1};
    Votes votes;
    Instant election_deadline;
    std::optional<Instant> backoff_until;  // It has lost, and waits.
};

struct Follower {
    // A snapshot on its way here.
    struct Fetching {
        EpochAndOffset snapshot;
        std::uint64_t position{0};  // Bytes that have come.
    };
    BrokerId leader;
    NodeId leader_node;
    std::optional<ReplicaKey> voted;
    Instant fetch_deadline;
    Instant update_voter_deadline;
    bool has_fetched{false};  // From this leader, with success.
    std::optional<Fetching> fetching;
};

struct Resigned {
    Instant election_deadline;
    std::vector<ReplicaKey> preferred_successors;
    std::vector<ReplicaKey> unacknowledged;  // Who was not told yet.
};

using EpochState =
    std::variant<Unattached, Prospective, Candidate, Follower, LeaderState, Resigned>;

// "Follower".
char const* to_string(EpochState const& state);

}  // namespace odradek::kafka
