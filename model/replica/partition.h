// One replica of a partition on this broker: what it does as leader and as follower. It changes its
// own state and log, and says what it wants; purgatories, fetchers and the controller are its
// owner's.
//
// state    | produce     | follower's fetch      | consumer's fetch   | until metadata names
// idle     | NOT_LEADER  | NOT_LEADER            | NOT_LEADER         | a leader
// leader   | appends     | reads, moves HW, ISR  | up to the HW       | another leader
// follower | NOT_LEADER  | NOT_LEADER            | up to its own HW   | this broker as leader
//
// Source: kafka.cluster.{Partition, Replica}; KIP-101, 279, 320, 392, 497, 841, 903, 951, 966.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/config.h"
#include "model/log/log.h"
#include "model/messages/alter_partition.h"
#include "model/messages/delete_records.h"
#include "model/messages/fetch.h"
#include "model/messages/list_offsets.h"
#include "model/messages/offsets_for_leader_epoch.h"
#include "model/messages/produce.h"
#include "model/out.h"
#include "model/replica/broker_directory.h"
#include "model/replica/isr.h"
#include "model/replica/partition_state.h"
#include "model/replica/replication_quota.h"
#include "model/switches.h"

namespace odradek::kafka {

// What every step of this role may look at, and where its wishes go. Lives as long as one handler.
struct ReplicaContext {
    BrokerId self;
    BrokerEpoch broker_epoch;  // Of this life; -1 before registration.
    BrokerConfig const& config;
    ProtocolSwitches const& switches;
    BrokerDirectory const& brokers;
    Env const& env;
    Out& out;
    ReplicationQuota* follower_quota{nullptr};  // Of throttled replicas; null: none are.
    bool* cut_cleaned{nullptr};  // Set when a log is cut below what was cleaned of it.
};

// A change of the ISR that was proposed to the controller and is not decided yet (KIP-497).
struct IsrProposal {
    enum class Kind : std::uint8_t { expand, shrink } kind{};
    AlterPartitionPartition sent;  // One snapshot: who, and which life of each (KAFKA-15221).
    std::uint64_t number{0};  // Tells answers to this one from answers to older ones (KAFKA-12686).
};

struct LeaderRole {
    Offset epoch_start;         // Log end when this leader epoch began (KAFKA-7128).
    std::vector<BrokerId> isr;  // Committed.
    std::optional<IsrProposal> pending;
    std::vector<RemoteReplica> remotes;  // The other assigned replicas, in assignment order.

    // The committed ISR and whoever is proposed to join it; a proposed shrink does not count
    // (KIP-497).
    std::size_t maximal_isr_size() const;
    std::vector<BrokerId> maximal_isr() const;
    RemoteReplica* find(BrokerId broker);
    RemoteReplica const* find(BrokerId broker) const;
};

// How a follower stands with its leader.
struct FollowerRole {
    bool in_fetcher{false};       // Its leader's fetcher has it on its list.
    bool failed{false};           // Not fetched any more: waits for a new leader epoch.
    Instant delayed_until;        // Not fetched before (replica.fetch.backoff.ms).
    bool truncating{false};       // The leader is asked for epochs first (designs before KIP-595).
    bool epoch_forgotten{false};  // Names no epoch with its fetches (before KAFKA-15510).
    bool in_sync{false};          // Has all that the leader's last answer called committed.
};

struct IdleRole {};

class Partition {
public:
    Partition(TopicPartition partition, Log log);

    TopicPartition id() const { return id_; }
    std::string const& name() const { return log_.name(); }  // "orders-0".
    Log const& log() const { return log_; }
    Log& log() { return log_; }

    // -- Registration -------------------------------------------------------------------------
    bool is_leader() const { return std::holds_alternative<LeaderRole>(role_); }
    LeaderRole* leader_role() { return std::get_if<LeaderRole>(&role_); }
    LeaderRole const* leader_role() const { return std::get_if<LeaderRole>(&role_); }
    FollowerRole* follower_role() { return std::get_if<FollowerRole>(&role_); }
    FollowerRole const* follower_role() const { return std::get_if<FollowerRole>(&role_); }
    BrokerId leader() const { return leader_; }  // -1: nobody.
    Epoch leader_epoch() const { return leader_epoch_; }
    PartitionEpoch partition_epoch() const { return partition_epoch_; }
    std::vector<BrokerId> const& replicas() const { return replicas_; }
    TopicConfig const& topic() const { return topic_; }
    void set_topic_config(TopicConfig const& topic) { topic_ = topic; }
    LeaderHint leader_hint() const { return {leader_, leader_epoch_}; }
    std::int32_t min_isr() const;  // Effective.

    // What an input changed, for the owner to act on.
    struct Changed {
        bool high_watermark{false};
        bool role{false};        // Leads or follows another, or a new epoch.
        bool isr_wanted{false};  // Hand leader_role()->pending to the controller.
    };
    Changed become_leader(ReplicaContext const& at, PartitionState const& state);
    Changed become_follower(ReplicaContext const& at, PartitionState const& state);

    // -- As leader ----------------------------------------------------------------------------
    // `appended.error` NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, or what the log says. The high
    // watermark may move at once when nobody else is in sync.
    struct Produced {
        Log::Appended appended;
        bool high_watermark_changed{false};
    };
    Produced append(ReplicaContext const& at, RecordBatch const& batch, std::int16_t acks,
                    AppendOrigin origin = {});
    // A client's transactional batch has come (KIP-890): what its append is to show when the
    // coordinator knows of it. Nothing: it needs no asking, or is not appended here.
    std::optional<VerificationGuard> begin_verification(ReplicaContext const& at,
                                                        RecordBatch const& batch);
    // Is a produce that ends at `required` decided? acks=all: Kafka's
    // checkEnoughReplicasReachOffset.
    struct AckState {
        bool done{false};
        Error error{Error::none};
    };
    AckState acknowledged(Offset required) const;

    // The rules of one partition of a fetch request, in Kafka's order (server side of KIP-320,
    // KIP-595). Reads into `response`; a follower's position is not taken here.
    void read(ReplicaContext const& at, FetchRequest const& request, FetchPartition const& wanted,
              std::uint64_t max_bytes, bool at_least_one, FetchPartitionResponse& response) const;
    // KIP-392: a consumer of that rack is told to read from another replica; nothing is read then.
    // False when it should read here, or is to be told an error.
    bool send_elsewhere(ReplicaContext const& at, FetchRequest const& request,
                        FetchPartition const& wanted, FetchPartitionResponse& response) const;
    // For a fetch that waits: must it be answered now whatever there is to read (KIP-320, KIP-595)?
    bool must_answer(FetchRequest const& request, FetchPartition const& wanted) const;
    // Bytes it could be given; no more than about `enough` are counted.
    std::uint64_t available(FetchRequest const& request, FetchPartition const& wanted,
                            std::uint64_t enough) const;
    // A follower has everything before `fetch_offset`; after a successful, not diverging read
    // (KAFKA-8400, KAFKA-13141). Error NOT_LEADER_OR_FOLLOWER for a life of the broker that is over
    // (KIP-903).
    struct Followed : Changed {
        Error error{Error::none};
    };
    Followed on_follower_fetch(ReplicaContext const& at, FetchRequest const& request,
                               FetchPartition const& wanted, Offset leader_log_end,
                               BrokerEntry const* registered);
    // Where an epoch ends here, as OffsetsForLeaderEpoch asks; in the answer's shape of the design.
    void end_of_epoch(ReplicaContext const& at, OffsetForLeaderPartition const& wanted,
                      EpochEndOffset& answer) const;
    // -- partition_offsets.cpp
    void list_offsets(ReplicaContext const& at, ListOffsetsRequest const& request,
                      ListOffsetsPartition const& wanted,
                      ListOffsetsPartitionResponse& response) const;
    // The log starts at `before` from here on, or at the high watermark. Error
    // NOT_LEADER_OR_FOLLOWER, POLICY_VIOLATION when records are only compacted, OFFSET_OUT_OF_RANGE
    // beyond the high watermark.
    struct DeletedRecords {
        Error error{Error::none};
        Offset required{no_offset};       // Where every live replica is to start.
        Offset low_watermark{no_offset};  // Where they all start now, at least.
        bool raised{false};               // The log started before that.
    };
    DeletedRecords delete_records(ReplicaContext const& at, Offset before);
    // The least start of the live replicas' logs. It must lead.
    Offset low_watermark(ReplicaContext const& at) const;
    // Every replica.lag.time.max.ms / 2: proposes to drop followers that are too far behind.
    Changed check_isr(ReplicaContext const& at);

    // The controller's answer to proposal `number`; `resend` when it must be proposed again as it
    // was.
    struct Decided : Changed {
        bool resend{false};
    };
    Decided on_alter_partition(ReplicaContext const& at, std::uint64_t number,
                               AlterPartitionPartitionResponse const& response);
    // The manager could not take the proposal (an older one is not answered): back to the committed
    // ISR.
    void withdraw_proposal(ReplicaContext const& at);

    // -- As follower --------------------------------------------------------------------------
    FetchPartition next_fetch(ReplicaContext const& at) const;
    // The disk has refused an append to its log. False when nothing of the log has to go for it.
    bool forget_refused(ReplicaContext const& at);
    // Applies a successful part of a fetch response: truncates on divergence, else appends.
    struct Replicated {
        bool records{false};
        bool changed{false};  // Log end or high watermark: wake who reads here.
        bool corrupt{false};  // Nothing was taken; it is asked for again after a backoff.
    };
    Replicated on_fetched(ReplicaContext const& at, FetchPartitionResponse const& response);
    // While truncating: what to ask the leader; nothing when our log knows of no epoch, and the
    // high watermark has decided.
    std::optional<OffsetForLeaderPartition> ask_for_epoch(ReplicaContext const& at);
    void on_epoch_end(ReplicaContext const& at, EpochEndOffset const& answer);
    // Out of range, and the leader's log ends at `leader_end`: truncates when ours is longer. False
    // when the leader's start must be asked too.
    bool on_leader_end(ReplicaContext const& at, Offset leader_end);
    void on_leader_start(ReplicaContext const& at, Offset leader_start);
    // Fenced in its own epoch, or an append that cannot be: idle until metadata brings a new epoch.
    void fail(ReplicaContext const& at, char const* why);

private:
    Error check_epoch(Epoch asked) const;
    // Do the logs part before the fetch offset? False when nothing is known of the epoch asked
    // about.
    bool tell_divergence(FetchPartition const& wanted,
                         std::optional<EpochAndOffset>& diverging) const;
    Offset read_bound(FetchRequest const& request) const;
    void list_aborted(FetchPartition const& wanted, FetchPartitionResponse& response) const;
    bool end_is_uncertain(ReplicaContext const& at, ListOffsetsRequest const& request) const;
    Offset last_fetchable(ListOffsetsRequest const& request) const;
    void list_latest(ReplicaContext const& at, ListOffsetsRequest const& request,
                     ListOffsetsPartitionResponse& response) const;
    void list_by_time(ReplicaContext const& at, ListOffsetsRequest const& request,
                      ListOffsetsPartition const& wanted,
                      ListOffsetsPartitionResponse& response) const;
    bool holds_low_watermark(ReplicaContext const& at, RemoteReplica const& remote) const;
    std::string late_starters(ReplicaContext const& at, Offset before) const;
    bool advance_high_watermark(ReplicaContext const& at);
    bool maybe_expand_isr(ReplicaContext const& at, RemoteReplica const& remote);
    Ineligible ineligible(ReplicaContext const& at, RemoteReplica const& remote) const;
    void tell_maximal_isr(ReplicaContext const& at) const;
    void propose(ReplicaContext const& at, IsrProposal::Kind kind,
                 std::vector<BrokerId> const& isr);
    void commit_isr(ReplicaContext const& at, std::vector<BrokerId> const& isr, bool same_epoch);
    void assign_replicas(ReplicaContext const& at, LeaderRole& role) const;
    void truncate(ReplicaContext const& at, Offset to, bool fully, char const* why);
    // False when the leader must be asked again.
    bool truncate_to_divergence(ReplicaContext const& at, EpochAndOffset diverging);
    void truncate_to_high_watermark(ReplicaContext const& at, char const* why);
    void take_high_watermark(ReplicaContext const& at, Offset leaders);
    void take_log_start(ReplicaContext const& at, Offset leaders);

    TopicPartition id_;
    Log log_;
    BrokerId leader_{no_broker};
    Epoch leader_epoch_{no_epoch};
    PartitionEpoch partition_epoch_{0};
    std::vector<BrokerId> replicas_;
    TopicConfig topic_{};
    std::uint64_t proposals_{0};
    std::variant<IdleRole, LeaderRole, FollowerRole> role_;
};

}  // namespace odradek::kafka
