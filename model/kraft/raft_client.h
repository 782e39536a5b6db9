// One node of the metadata quorum: a voter, or an observer that follows it. A piece, like a log:
// every process owns one and passes on what concerns it; roles are given what is committed.
//
//     inputs ---> RaftClient ---> wishes; take_events(): leader, claimed, committed, ...
//
// It works as Kafka's raft thread does: one input after the other, and none while it waits for its
// disk. What must be durable before an answer leaves is wished for before the answer, and inputs
// that come meanwhile wait: a stalled disk makes a leader silent, and it is deposed. Owners poll
// take_events() after every call.
//
// Files: voter_set (who votes), replicated_log (what is on disk), epoch_state (the states and their
// transitions), leader_state (what the leader knows of others), request_manager (who is asked).
// raft_elections.cpp, raft_follower.cpp, raft_leader.cpp, raft_snapshots.cpp, raft_voters.cpp,
// raft_poll.cpp: this class, a subject each.
//
// Sources: KafkaRaftClient, QuorumState; KIP-595, KIP-630, KIP-853, KIP-996.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/kraft/epoch_state.h"
#include "model/kraft/raft_config.h"
#include "model/kraft/replicated_log.h"
#include "model/kraft/request_manager.h"
#include "model/kraft/voter_set.h"
#include "model/out.h"

namespace odradek::kafka {

// -- What the owner must act on, in this order.
// The leader of this epoch, as far as it is known; this node itself only when it has read
// everything before its epoch (then RaftClaimed follows).
struct RaftLeaderChanged {
    BrokerId leader{no_broker};
    std::optional<NodeId> node;  // Where the leader listens.
    Epoch epoch;
};
// This node leads `epoch`, and everything before it has been given as committed.
struct RaftClaimed {
    Epoch epoch;
};
// It leads no more. Unlike Kafka, whose controller finds out with its next append.
struct RaftResigned {
    Epoch epoch;
};
// Each committed batch once, in order; control batches too. `leads`: the epoch in which this node
// led when it was committed.
struct RaftCommitted {
    BatchRef batch;
    std::optional<Epoch> leads;
};
// Forget everything: this is the state now, and the next batch begins at its end.
struct RaftSnapshotLoaded {
    SnapshotRef snapshot;
};
// The quorum itself has appended a batch (voters) after this leader had claimed its epoch: what is
// appended next stands behind it.
struct RaftAppended {
    BatchRef batch;
};
// So much has been committed since the last snapshot, or so long ago was it, that the owner should
// make one of what it has (create_snapshot).
struct RaftSnapshotDue {};
// shutdown() is complete: another leads, or nobody needs to know.
struct RaftShutDown {};
using RaftEvent = std::variant<RaftLeaderChanged, RaftClaimed, RaftResigned, RaftCommitted,
                               RaftSnapshotLoaded, RaftAppended, RaftSnapshotDue, RaftShutDown>;

class RaftClient {
public:
    explicit RaftClient(RaftConfig config);

    // -- Inputs -------------------------------------------------------------------------------
    // Reads back quorum-state, log and snapshots, and begins.
    void start(Env const& env, Out& out);
    bool owns(Peer peer) const { return requests_.owns(peer); }
    // Timers `quorum`, and `network_client` with index Channel::quorum.
    bool owns(Timer which) const;
    bool owns(sim::FileId file) const;
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    void on_timer(Env const& env, Timer which, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    // The directory of the metadata log has failed: the process halts.
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    // False: not for the quorum. Vote, BeginQuorumEpoch, EndQuorumEpoch, Fetch of the metadata log,
    // FetchSnapshot, AddRaftVoter, RemoveRaftVoter, UpdateRaftVoter, DescribeQuorum, ApiVersions.
    static bool serves(Message const& message);
    bool on_request(Env const& env, RequestId request, Message const& message, Out& out);

    // -- What came of it ----------------------------------------------------------------------
    bool has_events() const { return !events_.empty(); }
    // Exchanges `into` (cleared) with what has happened since it was last asked.
    void take_events(std::vector<RaftEvent>& into);

    // -- Asking -------------------------------------------------------------------------------
    // Where the next batch of this leader begins.
    Offset next_offset() const;
    // The leader appends a batch that is stamped with next_offset() and epoch(); it is written
    // after the append linger. False: this node does not lead that epoch (any more), and nothing
    // was appended.
    bool append(Env const& env, BatchRef batch, Out& out);
    // The same from records; the batch as it will be in the log, none when this node does not lead.
    BatchRef append(Env const& env, std::vector<MetadataRecord> records, Out& out);
    // The leader of `epoch` steps down; another epoch is over already, and nothing happens.
    void resign(Env const& env, Epoch epoch, std::string reason, Out& out);
    // In order: a leader names its successors and waits until another leads. RaftShutDown follows.
    void shutdown(Env const& env, Out& out);
    // What the records before `id` led to, made by the owner after it had applied exactly those. No
    // use when there is such a snapshot already.
    void create_snapshot(Env const& env, EpochAndOffset id, sim::Ref<BatchContents> contents,
                         Out& out);

    // -- Reading ------------------------------------------------------------------------------
    ReplicaKey key() const { return self_; }
    RaftConfig const& config() const { return config_; }
    EpochState const& state() const { return state_; }
    Epoch epoch() const { return epoch_; }
    BrokerId leader() const;  // Of this epoch, -1 unknown; also itself, and before it has claimed.
    std::optional<NodeId> leader_node() const;
    bool is_leader() const { return std::holds_alternative<LeaderState>(state_); }
    bool is_voter() const { return history_.voters().is_voter(self_); }
    // -1: not known.
    Offset high_watermark() const { return high_watermark_.value_or(no_offset); }
    ReplicatedLog const& log() const { return log_; }
    VoterSet const& voters() const { return history_.voters(); }
    std::int16_t kraft_version() const { return history_.kraft_version(); }
    // What DescribeQuorum answers; NOT_LEADER_OR_FOLLOWER where another leads.
    DescribeQuorumResponse describe(Env const& env);

private:
    // An input that waits for the disk.
    struct Inbound {
        std::optional<RequestId> request;  // Else an answer, or none of it (message empty).
        NodeId source;
        std::uint64_t cookie{0};
        std::optional<Message> message;
    };
    // A fetch that waits for more.
    struct Parked {
        RequestId request;
        ReplicaKey replica;
        FetchPartition wanted;
        Offset high_watermark;  // What it is told when nothing comes.
        Instant deadline;
    };
    // What a message says about who leads.
    struct LeaderClaim {
        BrokerId leader{no_broker};
        Epoch epoch;
        std::optional<NodeId> node;
    };

    // -- raft_client.cpp: inputs, events, the disk --------------------------------------------
    void take(Env const& env, Inbound inbound, Out& out);
    void handle(Env const& env, Inbound const& inbound, Out& out);
    bool handle_response(Env const& env, NodeId source, Message const& message, Out& out);
    void handle_request(Env const& env, RequestId request, Message const& message, Out& out);
    void settle(Env const& env, Out& out);  // After every input.
    void wait_for(sim::FileId file, Out& out);
    bool waits() const { return waiting_for_ != 0; }
    void halt(Out& out);
    void publish_committed(Env const& env, Out& out);
    void publish_leader();
    // Who it is in the facts it states: with its directory where that counts.
    ReplicaKey stated() const;
    void arm(Env const& env, Out& out);

    // -- raft_elections.cpp: states and the requests between voters ---------------------------
    void initialize(Env const& env, Out& out);
    Duration election_timeout(Env const& env) const;
    void store(Out& out);  // quorum-state.
    void enter(Env const& env, EpochState next, Epoch epoch, bool durable, Out& out);
    void to_unattached(Env const& env, Epoch epoch, BrokerId leader, Out& out);
    void to_follower(Env const& env, LeaderClaim const& claim, Out& out);
    void to_prospective(Env const& env, Out& out);
    void to_candidate(Env const& env, Out& out);
    void to_leader(Env const& env, Out& out);
    void to_resigned(Env const& env, std::string reason, Out& out);
    void stand(Env const& env, Out& out);  // Prospective with pre-vote, else Candidate.
    void on_votes(Env const& env, Out& out);
    void lost_prospective(Env const& env, Out& out);
    bool can_grant(VoteRequest const& request) const;
    std::optional<ReplicaKey> voted() const;
    std::optional<BrokerId> voter_at(NodeId node) const;
    bool on_vote_response(Env const& env, NodeId source, VoteResponse const& response, Out& out);
    bool on_end_response(Env const& env, NodeId source, EndQuorumEpochResponse const& response,
                         Out& out);
    Duration loss_backoff(Env const& env, int retries) const;
    Duration successor_backoff(std::vector<ReplicaKey> const& successors) const;
    VoteResponse on_vote(Env const& env, VoteRequest const& request, Out& out);
    BeginQuorumEpochResponse on_begin(Env const& env, BeginQuorumEpochRequest const& request,
                                      Out& out);
    EndQuorumEpochResponse on_end(Env const& env, EndQuorumEpochRequest const& request, Out& out);
    bool maybe_transition(Env const& env, LeaderClaim const& claim, Out& out);
    // Nothing: go on with the response.
    std::optional<bool> common_response(Env const& env, Error error, LeaderClaim claim, Out& out);
    bool valid_cluster(ClusterId cluster) const;
    bool valid_voter_key(std::optional<ReplicaKey> key) const;
    Error validate_voter_only(BrokerId remote, Epoch epoch) const;
    Error validate_leader_only(Epoch epoch) const;

    // -- raft_follower.cpp: fetching ----------------------------------------------------------
    FetchRequest fetch_request() const;
    bool on_fetch_response(Env const& env, FetchResponse const& response, Out& out);
    bool truncate(Env const& env, EpochAndOffset diverging, Out& out);
    void follower_high_watermark(Offset offered, Out& out);
    void follow(Env const& env, Follower& follower, Out& out);

    // -- raft_leader.cpp: answering, appending, committing ------------------------------------
    void on_fetch(Env const& env, RequestId request, FetchRequest const& message, Out& out);
    FetchPartitionResponse try_fetch(Env const& env, ReplicaKey replica,
                                     FetchPartition const& wanted, Out& out);
    FetchPartitionResponse empty_fetch(Error error) const;
    void reply_fetch(RequestId request, FetchPartitionResponse partition, Out& out);
    void answer_parked(Env const& env, Out& out);
    void refuse_parked(Error error, Out& out);
    Offset append_control(Env const& env, std::vector<MetadataRecord> records, Out& out);
    void write_appended(Env const& env, Out& out);
    void local_end_moved(Env const& env, Out& out);
    void high_watermark_moved(Env const& env, Out& out);

    // -- raft_snapshots.cpp -------------------------------------------------------------------
    FetchSnapshotResponse on_fetch_snapshot(Env const& env, FetchSnapshotRequest const& request,
                                            Out& out);
    bool on_fetch_snapshot_response(Env const& env, FetchSnapshotResponse const& response,
                                    Out& out);
    void clean(Env const& env, Out& out);
    void look_for_snapshot(Env const& env);

    // -- raft_voters.cpp: changing the voters -------------------------------------------------
    std::optional<std::pair<Error, std::string>> refuse_change(LeaderState const& leader,
                                                               char const* verb) const;
    bool failed_api_versions(NodeId node, Out& out);
    void on_add_voter(Env const& env, RequestId request, AddRaftVoterRequest const& message,
                      Out& out);
    bool on_api_versions_response(Env const& env, NodeId source,
                                  ApiVersionsResponse const& response, Out& out);
    void on_remove_voter(Env const& env, RequestId request, RemoveRaftVoterRequest const& message,
                         Out& out);
    UpdateRaftVoterResponse on_update_voter(Env const& env, UpdateRaftVoterRequest const& request,
                                            Out& out);
    void finish_changes(Env const& env, Out& out);
    void abort_changes(LeaderState& leader, Error error, Out& out);
    Voter self_as_voter() const;

    // -- raft_poll.cpp: what is due -----------------------------------------------------------
    void poll(Env const& env, Out& out);
    void poll_leader(Env const& env, Out& out);
    void poll_follower(Env const& env, Out& out);
    void poll_unattached(Env const& env, Out& out);
    void poll_prospective(Env const& env, Out& out);
    void poll_candidate(Env const& env, Out& out);
    bool shutdown_is_complete(Env const& env) const;
    void poll_resigned(Env const& env, Out& out);
    void send_votes(Env const& env, Votes const& votes, bool pre_vote, Out& out);
    void send_begin_quorum(Env const& env, LeaderState& leader, Out& out);
    void fetch_from(Env const& env, NodeId node, Out& out);
    void fetch_from_anyone(Env const& env, Out& out);
    void due(Instant at) { next_ = std::min(next_, at); }
    std::vector<NodeId> const& bootstrap_servers();

    RaftConfig config_;
    ReplicaKey self_;
    NodeId node_;  // Where it listens.
    RequestManager requests_;
    ReplicatedLog log_;
    QuorumHistory history_;

    Epoch epoch_{0};
    EpochState state_{Unattached{}};
    std::optional<Offset> high_watermark_;
    sim::FileId quorum_state_file_;
    sim::FileId identity_file_;

    std::uint32_t waiting_for_{0};  // Flushes that are not complete.
    std::deque<Inbound> inbox_;
    bool wrote_last_{false};  // It has written since it took the last input.
    bool halted_{false};
    std::optional<Instant> shutdown_deadline_;

    // A leader's.
    std::vector<BatchRef> appended_;  // Waiting for the append linger.
    Instant append_deadline_{Instant::never()};
    Instant late_flush_{Instant::never()};  // Without the switch flush-before-commit.
    std::vector<Parked> parked_;            // By deadline.
    bool appended_is_flushing_{false};
    // Told when it is on disk: with a loss of power before, it never was.
    bool state_is_stored_{false};
    bool answer_parked_{false};  // Something has come that they may wait for.

    // What the owner has been told.
    std::vector<RaftEvent> events_;
    std::optional<Offset> given_;  // Of committed records: up to here; nothing: none yet.
    RaftLeaderChanged told_{no_broker, std::nullopt, no_epoch};
    bool claimed_{false};
    std::uint64_t bytes_since_snapshot_{0};
    Instant last_snapshot_;
    bool snapshot_due_{false};
    Instant clean_deadline_;

    std::vector<NodeId> bootstrap_nodes_;         // Scratch.
    std::vector<RequestManager::Failed> failed_;  // Scratch.
    Instant next_{Instant::never()};
    Instant armed_{Instant::never()};
};

}  // namespace odradek::kafka
