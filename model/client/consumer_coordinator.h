// A consumer's part in its group: finds the coordinator, joins, is the leader when it is told so,
// sends heartbeats, commits offsets and asks for committed ones. The application drives it by
// poll(); a heartbeat thread goes on while the application works. It has a connection of its own,
// so that no fetch that waits keeps a heartbeat waiting.
//
// state                 | from                        | until
// unjoined              | start, lost membership      | poll() sends JoinGroup
// preparing_rebalance   | JoinGroup sent              | the generation began, or refused
// completing_rebalance  | JoinGroup answered          | SyncGroup answered
// stable                | SyncGroup answered          | a heartbeat tells of a rebalance, and
// poll()
//
// Source: org.apache.kafka.clients.consumer.internals.{AbstractCoordinator, ConsumerCoordinator,
// Heartbeat}; KIP-62, KIP-266, KIP-345, KIP-394, KIP-429.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/assignors/assignor.h"
#include "model/client/metadata.h"
#include "model/config.h"
#include "model/messages/offset_fetch.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/switches.h"

namespace odradek::kafka {

struct GroupStatistics {
    std::uint64_t rebalances{0};  // That this member completed.
    std::uint64_t commits{0};     // Acknowledged.
    std::uint64_t commits_failed{0};
    std::uint64_t heartbeats{0};
    std::uint64_t lost{0};          // Times that its partitions were lost, not revoked.
    Duration without_partitions{};  // Rebalancing, and not allowed to consume.

    bool operator==(GroupStatistics const&) const = default;
};

class ConsumerCoordinator {
public:
    struct Plan {
        std::uint32_t client{0};
        std::string client_id;
        std::string group;
        std::vector<std::string> topics;  // Ascending.
        ProtocolSwitches switches;
        bool at_most_once{false};
    };
    // What it sees of the consumer, while handlers run.
    class Consumer {
    public:
        virtual ~Consumer() = default;
        // What poll() has given out of each assigned partition.
        virtual std::vector<OffsetCommitPartition> consumed() const = 0;
        // The consumer has exactly these from here on.
        virtual void assign(std::vector<TopicPartition> const& partitions) = 0;
        // They will be revoked: nothing more of them is given out (KAFKA-14196).
        virtual void stop_fetching() = 0;
        virtual void on_committed(FetchedOffset const& offset) = 0;
    };
    struct Call {
        Env const& env;
        Metadata& metadata;
        Consumer& consumer;
        Out& out;
    };
    enum class SyncCommit : std::uint8_t { none, under_way, done, failed };

    ConsumerCoordinator(ConsumerConfig config, Plan plan);

    void start(Env const& env);

    // -- The application
    // poll() was called, or goes on: joins when it must, commits when it is time.
    void poll(Call const& at);
    // Nobody is in poll() from here on: max.poll.interval.ms runs.
    // commitSync: sync_commit() says how it stands, until it is taken.
    void commit_sync(Call const& at, std::vector<OffsetCommitPartition> offsets);
    SyncCommit sync_commit() const { return sync_; }
    void take_sync_commit() { sync_ = SyncCommit::none; }
    void commit_async(Call const& at, std::vector<OffsetCommitPartition> offsets);
    // Asks for committed offsets; on_committed is told each. False: one such request is under way,
    // or nobody can be asked.
    bool fetch_committed(Call const& at, std::vector<TopicPartition> const& partitions);
    // consumer.close(): gives everything back, commits and leaves. True: nothing is left to wait
    // for.
    bool close(Call const& at, bool commit);
    bool closed() const { return closing_ && !leave_under_way_; }
    // Fatal: another process has its instance id, the group does not take it.
    std::optional<Error> const& failed() const { return failed_; }

    // -- The heartbeat thread, at the end of every handler
    // The loop of commitSync(), in the application's thread: nobody else tries again for it.
    void go_on_with_commit(Call const& at);
    void beat(Call const& at);
    // When the application, in poll(), has something to do next.
    Instant wake_at(Instant now) const;

    // -- Inputs
    bool owns(Peer peer) const { return network_.owns(peer); }
    static bool owns(Timer which);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Call const& at, Peer peer, sim::DisconnectReason reason);
    void on_response(Call const& at, Peer peer, std::int32_t correlation, Message const& message);
    void on_timer(Call const& at, Timer which);
    void close_connections(Out& out);

    std::string const& group() const { return plan_.group; }
    std::int32_t generation() const { return generation_.id; }
    std::string const& member_id() const { return generation_.member; }
    std::vector<TopicPartition> const& assigned() const { return assigned_; }
    bool stable() const { return state_ == State::stable && !rejoin_needed_; }
    GroupStatistics const& statistics() const { return statistics_; }

private:
    enum class State : std::uint8_t {
        unjoined,
        preparing_rebalance,
        completing_rebalance,
        stable,
    };
    struct Generation {
        std::int32_t id{no_generation};
        std::string member;
        std::string protocol;

        bool operator==(Generation const&) const = default;
        bool reset() const { return id == no_generation || member.empty(); }
    };
    enum class Kind : std::uint8_t { lookup, join, sync, heartbeat, leave, commit, fetch };
    struct Request {
        Kind kind{Kind::lookup};
        Generation sent;  // As it was then.
        bool automatic{false};
        bool synchronous{false};
        bool before_join{false};
        std::vector<OffsetCommitPartition> offsets;
        std::vector<TopicPartition> partitions;
    };

    // -- consumer_coordinator.cpp
    void look_up(Call const& at);
    void mark_unknown(Call const& at, char const* why);
    bool ready(Call const& at);
    void send(Call const& at, NodeId node, Message message, Request request, Duration timeout = {});
    void lost(Call const& at, NetworkClient::Lost const& lost);
    void failed(Call const& at, Request const& request, Error error);
    void answered(Call const& at, Request const& request, Message const& message);
    void on_coordinator(Call const& at, FindCoordinatorResponse const& response);
    void on_heartbeat(Call const& at, Request const& request, Error error);
    void send_heartbeat(Call const& at);
    void leave_group(Call const& at, char const* why);
    void arm(Call const& at, Instant when);

    // -- consumer_joins.cpp
    void request_rejoin(Call const& at, std::string why);
    void reset_generation(Call const& at, char const* why, bool keep_member);
    bool prepare_join(Call const& at);
    void send_join(Call const& at);
    void on_join(Call const& at, Request const& request, JoinGroupResponse const& response);
    bool knows_topics(Call const& at, JoinGroupResponse const& response);
    void go_on_with_metadata(Call const& at);
    void send_sync(Call const& at, JoinGroupResponse const& response);
    void on_sync(Call const& at, Request const& request, SyncGroupResponse const& response);
    void complete_join(Call const& at);
    std::vector<MemberAssignment> make_assignments(Call const& at,
                                                   JoinGroupResponse const& response);
    std::vector<GroupProtocol> protocols() const;
    bool cooperative() const;
    std::vector<std::pair<std::string, std::size_t>>
    partition_counts(Metadata const& metadata, std::vector<std::string> const& topics) const;
    void give_up(Call const& at, std::vector<TopicPartition> const& partitions, bool revoked);
    void set_assigned(Call const& at, std::vector<TopicPartition> partitions);
    void pause_begins(Env const& env);
    void pause_ends(Env const& env);

    // -- consumer_commits.cpp
    void maybe_auto_commit(Call const& at);
    bool send_commit(Call const& at, Request request);
    void on_commit(Call const& at, Request const& request, OffsetCommitResponse const& response);
    void commit_failed(Call const& at, Request const& request, Error error);
    void on_fetched(Call const& at, Request const& request, OffsetFetchResponse const& response);
    void retry_sync(Call const& at);

    ConsumerConfig config_;
    Plan plan_;
    GroupStatistics statistics_;
    // -- One life.
    NetworkClient network_;
    std::vector<std::pair<std::uint64_t, Request>> requests_;  // Under way, by cookie.
    std::uint64_t next_cookie_{0};
    std::optional<NodeId> coordinator_;
    bool lookup_under_way_{false};
    Instant lookup_at_;  // Not before.
    int lookup_failures_{0};
    State state_{State::unjoined};
    Generation generation_;
    bool rejoin_needed_{true};
    std::string rejoin_why_;
    bool prepared_{false};  // onJoinPrepare is done.
    Instant join_at_;       // Not before.
    int join_failures_{0};
    std::optional<std::vector<TopicPartition>> joined_;  // An assignment that poll() is to take.
    bool leader_{false};
    // As the leader: what it assigned from.
    std::vector<std::string> group_topics_;
    std::optional<JoinGroupResponse> awaits_metadata_;
    std::uint64_t metadata_seen_{0};
    std::vector<std::pair<std::string, std::size_t>> counts_;
    std::vector<TopicPartition> assigned_;    // Ascending.
    std::vector<TopicPartition> remembered_;  // What the sticky assignor was given last.
    std::int32_t remembered_generation_{no_generation};
    // -- Heartbeats
    Instant heartbeat_at_;
    Instant heard_;  // Last sign of life of the coordinator.
    Instant last_poll_;
    bool polling_{true};
    bool heartbeat_under_way_{false};
    Instant armed_{Instant::never()};
    // -- Commits
    Instant auto_commit_at_{Instant::never()};
    bool before_join_under_way_{false};
    bool before_join_done_{false};
    Instant before_join_deadline_{Instant::never()};
    SyncCommit sync_{SyncCommit::none};
    std::vector<OffsetCommitPartition> sync_offsets_;
    Instant sync_deadline_;
    Instant sync_at_{Instant::never()};  // To be tried again.
    int sync_failures_{0};
    bool fetch_under_way_{false};
    Instant fetch_at_;
    int fetch_failures_{0};
    // -- The end
    bool closing_{false};
    bool leave_under_way_{false};
    std::optional<Error> failed_;
    std::optional<Instant> paused_since_;

public:
    // The application is in poll(), or works.
    void set_polling(Env const& env, bool polling)
    {
        if (polling || polling_)
            last_poll_ = env.now;
        polling_ = polling;
    }
};

}  // namespace odradek::kafka
