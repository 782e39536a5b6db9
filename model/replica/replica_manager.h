// The broker's data plane: hosts replicas, answers Produce, Fetch and ListOffsets, replicates from
// other leaders, keeps the in-sync replicas up to date with the controller. A role; the broker
// composes it. Source: kafka.server.ReplicaManager.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/config.h"
#include "model/log/log_dirs.h"
#include "model/messages/assign_replicas_to_dirs.h"
#include "model/messages/delete_records.h"
#include "model/messages/describe_log_dirs.h"
#include "model/messages/fetch.h"
#include "model/messages/list_offsets.h"
#include "model/messages/produce.h"
#include "model/messages/write_txn_markers.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/replica/alter_partition_manager.h"
#include "model/replica/broker_directory.h"
#include "model/replica/delete_records_purgatory.h"
#include "model/replica/fetch_purgatory.h"
#include "model/replica/fetch_sessions.h"
#include "model/replica/log_cleaner.h"
#include "model/replica/partition_state.h"
#include "model/replica/partition_table.h"
#include "model/replica/pending_transactions.h"
#include "model/replica/produce_purgatory.h"
#include "model/replica/replica_fetcher.h"
#include "model/replica/replication_quota.h"
#include "model/switches.h"

namespace odradek::kafka {

// What a topic is configured as, while handlers run.
class TopicConfigs {
public:
    virtual ~TopicConfigs() = default;
    // The broker's defaults when there is no such topic.
    virtual TopicConfig config_of(TopicId topic) const = 0;
};

class ReplicaManager {
public:
    ReplicaManager(BrokerId self, BrokerConfig const& config, ProtocolSwitches switches);

    // -- Life ---------------------------------------------------------------------------------
    // Takes the log directories that can be read.
    void open_directories(Env const& env, Out& out) { dirs_.open(env, out); }
    // Looks which logs are in them, and reads from the device what has to be recovered. Kafka does
    // so when it has caught up with the metadata log.
    void begin_load(Env const& env, Out& out);
    // All that is read: load() may be called, once.
    bool may_load() const;
    bool loaded() const { return loaded_; }
    // They are being read or opened now.
    bool loading(Env const& env) const { return !loaded_ || loaded_at_ == env.now; }
    // Opens the logs.
    void load(Env const& env, TopicConfigs const& topics, Out& out);
    LogDirs const& directories() const { return dirs_; }
    // This life of the broker is registered (KIP-903: fetches and ISR proposals say so).
    void set_broker_epoch(BrokerEpoch epoch) { broker_epoch_ = epoch; }
    // Controlled shutdown has begun.
    void set_shutting_down() { shutting_down_ = true; }
    // Who leads the metadata quorum as far as is known: AlterPartition goes there.
    void set_controller(Env const& env, std::optional<NodeId> controller, Out& out);
    // Writes the high watermarks and flushes every log; when that is done, and everything is
    // closed(), write_clean_shutdown() says so in every directory where it is true.
    void on_shutdown(Env const& env, Out& out);
    bool closed() const { return closing_.empty(); }
    void write_clean_shutdown(Env const& env, Out& out);
    // Of log directories. What failed is offline from here on (KIP-112); the broker is to look.
    void on_disk_error(Env const& env, std::uint32_t directory, sim::FileId file,
                       sim::DiskError error, Out& out);
    std::vector<std::uint32_t> take_failed_directories() { return std::exchange(failed_, {}); }
    bool any_failed_directories() const { return !failed_.empty(); }

    // -- Metadata: one call a delta, after the image has applied it. Call on_brokers_changed first.
    // --------
    void on_brokers_changed(Env const& env, BrokerDirectory const& brokers, Out& out);
    // The same, told by what is new: brokers added or changed, and removed.
    void on_brokers_changed(Env const& env, std::vector<BrokerEntry> const& changed,
                            std::vector<BrokerId> const& removed, Out& out);
    // Partitions that changed; those without this broker among their replicas count as not hosted.
    void apply(Env const& env, std::vector<PartitionState> const& changed,
               std::vector<TopicPartition> const& removed, Out& out);
    void on_topic_config(Env const& env, TopicId topic, TopicConfig const& config, Out& out);
    // Its {leader,follower}.replication.throttled.replicas, as far as they are of this broker.
    void set_throttled(TopicId topic, ThrottledPartitions leading, ThrottledPartitions following);
    // Its replicas were removed before; forgets those in directories that are offline.
    void on_topic_deleted(TopicId topic);
    // Dynamic configuration of the broker.
    void set_config(BrokerConfig const& config);
    // Replicas that are in another log directory than the metadata says, since last asked.
    std::vector<AssignedReplica> take_assignments() { return std::exchange(assignments_, {}); }
    // After the first image: deletes replicas on the disk that the image does not place here.
    void delete_strays(Env const& env, Out& out);

    // -- Requests -----------------------------------------------------------------------------
    void on_produce(Env const& env, RequestId request, ProduceRequest const& message,
                    Leaders const& leaders, Out& out);
    void on_fetch(Env const& env, RequestId request, FetchRequest const& message,
                  Leaders const& leaders, Out& out);
    void on_list_offsets(Env const& env, RequestId request, ListOffsetsRequest const& message,
                         Leaders const& leaders, Out& out);
    void on_delete_records(Env const& env, RequestId request, DeleteRecordsRequest const& message,
                           Leaders const& leaders, Out& out);
    // Its directories in the order of log.dirs, with the replicas that are in each.
    DescribeLogDirsResponse describe_log_dirs() const;
    void on_offsets_for_leader_epoch(Env const& env, RequestId request,
                                     OffsetsForLeaderEpochRequest const& message,
                                     Leaders const& leaders, Out& out);

    // -- Transactions (replica_manager_transactions.cpp) --------------------------------------
    // For a coordinator, with acks=all; how it ended is told by take_appended(), maybe at once.
    void append_internal(Env const& env, TopicPartition partition, BatchRef batch, Duration timeout,
                         AppendTicket ticket, Leaders const& leaders, Out& out);
    bool any_appended() const { return produces_.any_results(); }
    std::vector<AppendResult> take_appended() { return produces_.take_results(); }
    bool any_markers() const { return produces_.any_markers(); }
    std::vector<MarkerWritten> take_markers() { return produces_.take_markers(); }
    void on_write_txn_markers(Env const& env, RequestId request,
                              WriteTxnMarkersRequest const& message, Leaders const& leaders,
                              Out& out);
    // What coordinators are to be asked before produce requests go on, and what they said.
    bool any_verifications() const { return !verifications_.empty(); }
    std::vector<VerificationWish> take_verifications() { return std::exchange(verifications_, {}); }
    void on_verified(Env const& env, std::uint64_t number, std::vector<AddedPartition> const& said,
                     Leaders const& leaders, Out& out);

    // -- Its own channels (replica_fetcher, alter_partition), timers and disk -----------------
    bool owns(Peer peer) const;
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, Out& out);
    // FetchResponse, ListOffsetsResponse, OffsetsForLeaderEpochResponse and AlterPartitionResponse.
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    // Parked fetches (sim/network.h): as follower, the leader has parked ours; as leader, one that
    // we parked must be answered in real again; as follower, the same.
    void on_parked(Env const& env, Peer peer, std::int32_t correlation, Out& out);
    void on_unparked(Env const& env, RequestId request, sim::ParkedRound const& round, Out& out);
    void on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out);
    bool owns(Timer timer) const;
    void on_timer(Env const& env, Timer timer, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);

    // -- For judges, descriptions and tests ---------------------------------------------------
    PartitionTable const& partitions() const { return partitions_; }
    Partition const* partition(TopicPartition id) const { return partitions_.find(id); }
    std::size_t delayed_produces() const { return produces_.size(); }
    std::size_t delayed_fetches() const { return fetches_.size(); }
    std::size_t delayed_deletes() const { return deletes_.size(); }
    FetchSessions const& sessions() const { return sessions_; }
    // Partitions at rest in a session of which a fetch that looked at everything would have
    // something to tell. There must be none.
    struct Untold {
        BrokerId replica;
        TopicPartition partition;
        std::string what;
    };
    std::vector<Untold> untold() const;

private:
    ReplicaContext context(Env const& env, Out& out);
    // Opens or makes the replica of that state; its slot, or none when it may be in a directory
    // that is offline.
    std::uint32_t host(ReplicaContext const& at, PartitionState const& state);
    std::optional<std::uint32_t> place(ReplicaContext const& at, PartitionState const& state) const;
    std::uint32_t slot_of_directory(std::string_view path) const;
    std::optional<Log> take_leaving(std::string_view path);
    std::uint32_t add(Partition partition);
    // Nobody fetches it from here any more, or waits for it. The fetchers are told by the caller.
    void remove(ReplicaContext const& at, TopicPartition partition);
    void stop_hosting(ReplicaContext const& at, TopicPartition partition);
    void fail_directory(ReplicaContext const& at, std::uint32_t directory, char const* why);
    // Some append has found its directory gone.
    void look_at_directories(ReplicaContext const& at);
    void note_directory(PartitionState const& state, std::uint32_t slot);
    Error missing(TopicPartition partition, std::optional<LeaderHint> const& leader,
                  Error unknown) const;
    void take_proposal(ReplicaContext const& at, Partition& partition);
    // Something changed in that slot: answers the produces and fetches that waited for it.
    void wake(ReplicaContext const& at, std::uint32_t slot,
              Error gone = Error::unknown_topic_or_partition);
    void wake_changed(ReplicaContext const& at);
    FetchHold hold(ReplicaContext const& at);
    // What was read into `response_` of throttled replicas counts against the leader's quota.
    void count_throttled(ReplicaContext const& at, FetchRequest const& fetch);
    void answer_fetches(ReplicaContext const& at);
    void produce_one(ReplicaContext const& at, ProducePartition const& wanted, std::int16_t acks,
                     Leaders const& leaders, ProduceStatus& status, AppendOrigin const& origin);
    // The same for a whole request, after its verification; guards and errors by partition, or
    // none.
    void append_produce(ReplicaContext const& at, RequestId request, ProduceRequest const& message,
                        std::vector<VerificationGuard> const& guards,
                        std::vector<Error> const& errors, Leaders const& leaders);
    void append_all(ReplicaContext const& at, AppendAsker asker, Duration timeout,
                    std::vector<ProduceStatus> statuses);
    // False: nothing has to be asked.
    bool begin_verification(ReplicaContext const& at, RequestId request,
                            ProduceRequest const& message);
    void ask_coordinator(WaitingProduce const& waiting);
    void ask_coordinators_again(ReplicaContext const& at);
    void arm_verification(ReplicaContext const& at);
    // Reads what the request asks for into `response_`. A follower's position is taken when
    // `arriving`. `urgent`: an error or a divergence, which is told at once. Returns the bytes
    // read.
    std::uint64_t read(ReplicaContext const& at, FetchRequest const& fetch, Leaders const* leaders,
                       bool arriving, bool& urgent);
    // What one request has come to while its partitions are read.
    struct Reading {
        FetchRequest const& fetch;
        Leaders const* leaders{nullptr};  // Known only while the request arrives.
        bool arriving{false};
        BrokerEntry const* registered{nullptr};  // The follower, when it arrives.
        std::uint64_t left{0};
        std::uint64_t bytes{0};
        bool urgent{false};
    };
    Reading begin_reading(ReplicaContext const& at, FetchRequest const& fetch,
                          Leaders const* leaders, bool arriving) const;
    void read_one(ReplicaContext const& at, FetchPartition const& wanted, std::uint32_t slot,
                  Reading& reading, FetchPartitionResponse& response);

    // -- replica_manager_sessions.cpp
    void on_session_fetch(ReplicaContext const& at, RequestId request, FetchRequest const& message,
                          FetchSessions::Index index, bool full, Leaders const& leaders);
    Reading read_session(ReplicaContext const& at, FetchRequest const& fetch,
                         FetchSessions::Index index, Leaders const* leaders, bool arriving);
    bool may_rest(FetchSession const& session, SessionPartition const& part,
                  FetchPartitionResponse const& response) const;
    void conclude(FetchSessions::Index index, bool full, bool sending);
    void answer_session(ReplicaContext const& at, FetchPurgatory::Ready const& ready);
    void wake_sessions(ReplicaContext const& at, std::uint32_t slot);
    void wake_session(ReplicaContext const& at, FetchSessions::Watch const& watch);
    void answer_orphans(ReplicaContext const& at);
    bool enough(ReplicaContext const& at, FetchSession const& session, std::uint32_t part,
                FetchPurgatory::Waiting const& waiting);
    bool maybe_park(ReplicaContext const& at, WaitId id);
    void unpark(ReplicaContext const& at, FetchSession& session);
    void go_on(ReplicaContext const& at, FetchSession& session, sim::ParkedRound const& round);
    void leave(ReplicaContext const& at, WaitId id, sim::ParkedRound::At where);
    void on_fetch_deadlines(ReplicaContext const& at);
    void take_position(ReplicaContext const& at, FetchRequest const& fetch,
                       FetchPartition const& wanted, std::uint32_t slot,
                       BrokerEntry const* registered, FetchPartitionResponse& response);
    void check_isrs(ReplicaContext const& at);
    // -- replica_manager_offsets.cpp
    DeleteRecordsStatus delete_records(ReplicaContext const& at,
                                       DeleteRecordsPartition const& wanted,
                                       Leaders const& leaders);
    // The high watermark of that slot has moved, or the start of a follower's log.
    void check_deletes(ReplicaContext const& at, std::uint32_t slot);
    // -- replica_manager_logs.cpp
    // A log that is about to be opened.
    struct Opening {
        std::uint32_t directory;
        std::string name;
        TopicPartition partition;
        std::vector<sim::FileId> files;  // In its directory.
        Log::Checkpoints checkpoints;
    };
    void read_on(Env const& env, std::uint32_t directory, Out& out);
    void open_log(ReplicaContext const& at, Opening const& opening, TopicConfig const& topic);
    // Writes a checkpoint file of each directory in which something is new.
    template <class OffsetOf>
    void checkpoint(std::vector<std::vector<OffsetCheckpoint::Entry>>& before,
                    sim::FileId LogDirectory::*file, OffsetOf&& offset_of, Out& out);
    void checkpoint_high_watermarks(Out& out);
    void checkpoint_recovery_points(Out& out);
    void checkpoint_log_starts(Out& out);
    void checkpoint_closed(Out& out);
    void delete_old_segments(ReplicaContext const& at);
    void retain(ReplicaContext const& at, std::uint32_t slot);
    void checkpoint_cleaned(Out& out);
    // What a turn of the cleaner has left to do.
    void after_cleaning(ReplicaContext const& at, LogCleaner::Turn turn);
    void flush_old(Env const& env, Out& out);
    bool on_log_timer(ReplicaContext const& at, Timer which);
    void arm(Out& out, TimerKind kind, Duration period) const;

    BrokerId self_;
    BrokerConfig config_;
    ProtocolSwitches switches_;
    BrokerEpoch broker_epoch_{no_broker_epoch};
    BrokerDirectory brokers_;
    PartitionTable partitions_;
    ProducePurgatory produces_;
    DeleteRecordsPurgatory deletes_;
    FetchPurgatory fetches_;
    FetchSessions sessions_;
    ReplicaFetchers fetchers_;
    AlterPartitionManager alter_partition_;
    LogDirs dirs_;
    LogCleaner cleaner_;
    std::vector<std::size_t> hosted_;  // Replicas by log directory.
    bool loaded_{false};
    Instant loaded_at_;
    std::map<TopicPartition, std::uint32_t> offline_;  // In a directory that failed: which one.
    std::vector<std::uint32_t> failed_;                // Directories, since the broker last looked.
    std::vector<std::uint32_t> suspects_;              // Directories of appends that failed.
    std::vector<AssignedReplica> assignments_;
    std::vector<sim::FileId> closing_;  // Logs that are flushed for the last time.
    std::vector<bool> unclean_;         // By directory: a last flush of it failed.
    ReplicationQuota leader_quota_;
    ReplicationQuota follower_quota_;
    bool checkpointing_{false};
    bool shutting_down_{false};
    bool stopped_{false};  // Logs are being closed: nothing is appended any more.
    // Checkpoint files as last written, by directory.
    std::vector<std::vector<OffsetCheckpoint::Entry>> checkpointed_;  // High watermarks.
    std::vector<std::vector<OffsetCheckpoint::Entry>> recovery_points_;
    std::vector<std::vector<OffsetCheckpoint::Entry>> log_starts_;
    std::vector<std::vector<OffsetCheckpoint::Entry>> cleaned_;
    bool cut_{false};  // A log was, below what was cleaned of it.
    // Not hosted any more; marked deleted after this input.
    struct Leaving {
        Log log;
        Duration delay;
    };
    std::vector<Leaving> leaving_;
    std::vector<Opening> opening_;                  // Until load().
    std::vector<std::vector<sim::FileId>> unread_;  // By directory, the next one last.
    std::vector<std::int32_t> reading_;             // By directory, how many are being read.
    std::vector<VerificationWish> verifications_;
    std::vector<WaitingProduce> verifying_;  // By number.
    std::uint64_t last_verification_{0};
    bool watermarks_moved_{true};  // Some may have, or a replica came or went, since then.
    // Room that is kept between calls.
    FetchResponse response_;
    std::vector<std::uint32_t> changed_;
    std::vector<std::uint32_t> followed_;  // Slots in which a role or an epoch may be new.
    std::vector<FetchPurgatory::Ready> ready_;
    std::vector<std::uint32_t> drafted_;  // Parts of a session in the order of `response_`.
    std::vector<WaitId> due_;
};

}  // namespace odradek::kafka
