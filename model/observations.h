// Facts that processes state while they act: what judges judge, metrics measure and `when`
// conditions wait for. Each is stated by the process that did it, at the moment it did it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/errors.h"
#include "model/group_state.h"
#include "model/record.h"
#include "model/transaction_state.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// -- The controller
// ------------------------------------------------------------------------------------

// A batch of the metadata log is committed. The leader of the quorum says so, once for each batch
// it commits; a later leader may say it again of the last ones. What the batch means follows as
// facts.
struct MetadataCommitted {
    Epoch epoch;  // The leader's.
    Offset from;
    Offset to;  // Exclusive.
};
DESCRIBE(MetadataCommitted, epoch, from, to)

// A registration was accepted (and is in the metadata log, committed).
struct BrokerRegistered {
    BrokerId broker;
    BrokerEpoch broker_epoch;
    std::uint64_t incarnation{0};
    bool fenced{true};
};
DESCRIBE(BrokerRegistered, broker, broker_epoch, incarnation, fenced)

struct BrokerFenced {
    BrokerId broker;
};
DESCRIBE(BrokerFenced, broker)

struct BrokerUnfenced {
    BrokerId broker;
};
DESCRIBE(BrokerUnfenced, broker)

struct TopicCreated {
    TopicId topic;
    std::string name;
    std::int32_t partitions{0};
};
DESCRIBE(TopicCreated, topic, name, partitions)

struct TopicDeleted {
    TopicId topic;
    std::string name;
};
DESCRIBE(TopicDeleted, topic, name)

// One key of a topic's or broker's dynamic configuration; `value` is empty when it was removed.
struct ConfigChanged {
    std::string resource;  // "topic orders", "broker 1", "broker ".
    std::string key;
    std::string value;
};
DESCRIBE(ConfigChanged, resource, key, value)

struct FeatureChanged {
    std::string feature;
    std::int16_t level{0};
};
DESCRIBE(FeatureChanged, feature, level)

struct BrokerUnregistered {
    BrokerId broker;
};
DESCRIBE(BrokerUnregistered, broker)

// Replicas of a partition are being moved (KIP-455). Said again when the target changes on the way.
struct ReassignmentStarted {
    TopicPartition partition;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> adding;
    std::vector<BrokerId> removing;
};
DESCRIBE(ReassignmentStarted, partition, replicas, adding, removing)

struct ReassignmentCompleted {
    TopicPartition partition;
    std::vector<BrokerId> replicas;  // As they are now.
    std::vector<BrokerId> isr;
    bool cancelled{false};  // They are what they were before.
};
DESCRIBE(ReassignmentCompleted, partition, replicas, isr, cancelled)

// A partition's registration changed; the controller has it committed. `leader` may be none.
struct PartitionChanged {
    TopicPartition partition;
    BrokerId leader{no_broker};
    Epoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    bool leader_changed{false};
    bool unclean{false};  // The leader came from outside ISR and ELR.
    std::vector<BrokerId> elr{};
    std::vector<BrokerId> adding{};
    std::vector<BrokerId> removing{};
    std::int32_t min_isr{1};  // Effective: min.insync.replicas, at most the number of replicas.
    bool elr_enabled{false};
};
DESCRIBE(PartitionChanged, partition, leader, leader_epoch, partition_epoch, replicas, isr,
         leader_changed, unclean, elr, adding, removing, min_isr, elr_enabled)

// -- Replicas
// ------------------------------------------------------------------------------------------
struct BecameLeader {
    BrokerId broker;
    TopicPartition partition;
    Epoch leader_epoch;
    PartitionEpoch partition_epoch;
    Offset log_end;
    Offset high_watermark;
    Offset log_start{0};
};
DESCRIBE(BecameLeader, broker, partition, leader_epoch, partition_epoch, log_end, high_watermark,
         log_start)

struct BecameFollower {
    BrokerId broker;
    TopicPartition partition;
    BrokerId leader;
    Epoch leader_epoch;
    Offset log_end;
    Offset high_watermark;
};
DESCRIBE(BecameFollower, broker, partition, leader, leader_epoch, log_end, high_watermark)

// A batch entered a replica's log: the leader's by a producer, a follower's by replication.
struct RecordsAppended {
    BrokerId broker;
    TopicPartition partition;
    bool as_leader{false};
    BatchRef batch;
};
DESCRIBE(RecordsAppended, broker, partition, as_leader, batch)

struct LogTruncated {
    BrokerId broker;
    TopicPartition partition;
    Offset from;            // Log end before.
    Offset to;              // Log end after.
    Offset high_watermark;  // Before.
};
DESCRIBE(LogTruncated, broker, partition, from, to, high_watermark)

struct HighWatermarkAdvanced {  // On a leader; on a follower it may also go back.
    BrokerId broker;
    TopicPartition partition;
    bool as_leader{false};
    Epoch leader_epoch;
    Offset from;
    Offset to;
};
DESCRIBE(HighWatermarkAdvanced, broker, partition, as_leader, leader_epoch, from, to)

// The leader's own view of the in-sync replicas changed (committed by the controller).
struct IsrShrunk {
    BrokerId broker;
    TopicPartition partition;
    std::vector<BrokerId> isr;
};
DESCRIBE(IsrShrunk, broker, partition, isr)

struct IsrExpanded {
    BrokerId broker;
    TopicPartition partition;
    std::vector<BrokerId> isr;
};
DESCRIBE(IsrExpanded, broker, partition, isr)

// Whom a leader's high watermark waits for from here on: the committed ISR, whoever is proposed to
// join it (KIP-497), and who has caught up and may join.
struct MaximalIsr {
    BrokerId broker;
    TopicPartition partition;
    Epoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::vector<BrokerId> isr;
};
DESCRIBE(MaximalIsr, broker, partition, leader_epoch, partition_epoch, isr)

// A replica is not hosted any more; should it come back, it begins empty.
struct ReplicaDeleted {
    BrokerId broker;
    TopicPartition partition;
};
DESCRIBE(ReplicaDeleted, broker, partition)

// A leader told a client where its partition ends (ListOffsets, latest).
struct LatestOffsetTold {
    BrokerId broker;
    TopicPartition partition;
    Epoch leader_epoch;
    Offset offset;
};
DESCRIBE(LatestOffsetTold, broker, partition, leader_epoch, offset)

// Where an epoch begins in a log.
struct EpochStart {
    Epoch epoch;
    Offset start;
};
DESCRIBE(EpochStart, epoch, start)

// A broker started and has read back a replica from its disk.
struct LogRecovered {
    BrokerId broker;
    TopicPartition partition;
    Offset log_end;
    Offset high_watermark;
    std::int64_t bytes_dropped{0};     // A torn tail.
    std::vector<BatchRef> batches;     // All that is there: a disk may give back what was cut away.
    Offset recovery_point{0};          // As its checkpoint file had it.
    std::vector<EpochStart> epochs{};  // That it knows of.
    Offset log_start{0};
};
DESCRIBE(LogRecovered, broker, partition, log_end, high_watermark, bytes_dropped, batches,
         recovery_point, epochs, log_start)

// Why a segment is deleted.
enum class DeletionReason : std::uint8_t { log_start, size, time };
constexpr char const* to_string(DeletionReason reason)
{
    return reason == DeletionReason::log_start ? "log start"
           : reason == DeletionReason::size    ? "retention.bytes"
                                               : "retention.ms";
}

// A segment of a log is gone by retention.
struct SegmentDeleted {
    BrokerId broker;
    TopicPartition partition;
    DeletionReason reason{DeletionReason::log_start};
    Offset from;
    Offset to;                       // Exclusive.
    sim::Instant largest_timestamp;  // Of its records.
    sim::Instant wall;               // The broker's clock.
    sim::Duration retention;         // retention.ms; for ever: none.
    Offset high_watermark;           // Before.
};
DESCRIBE(SegmentDeleted, broker, partition, reason, from, to, largest_timestamp, wall, retention,
         high_watermark)

// Why a log starts later than before, if not by retention. Source: LogStartOffsetIncrementReason.
enum class LogStartReason : std::uint8_t { client_record_deletion, leader_offset_incremented };
constexpr char const* to_string(LogStartReason reason)
{
    return reason == LogStartReason::client_record_deletion ? "client record deletion"
                                                            : "leader offset incremented";
}

// A log starts later than before: its leader was asked to delete records, or a follower has heard
// of its leader's start.
struct LogStartRaised {
    BrokerId broker;
    TopicPartition partition;
    Epoch leader_epoch;
    LogStartReason reason{LogStartReason::client_record_deletion};
    Offset from;
    Offset to;
    Offset high_watermark;
};
DESCRIBE(LogStartRaised, broker, partition, leader_epoch, reason, from, to, high_watermark)

// A stretch of a log was compacted: of the batches in it, these are left, with these records.
struct LogCompacted {
    BrokerId broker;
    TopicPartition partition;
    Offset from;
    Offset to;  // Exclusive.
    std::vector<BatchRef> batches;
    Offset mapped;          // Below it the latest record of each key was looked for.
    Offset high_watermark;  // When it was replaced.
    sim::Instant wall;      // The broker's clock when this cleaning began.
};
DESCRIBE(LogCompacted, broker, partition, from, to, batches, mapped, high_watermark, wall)

// The disk has refused an append to the log of that broker, or kept only a part of it.
struct AppendFailed {
    BrokerId broker;
    TopicPartition partition;
};
DESCRIBE(AppendFailed, broker, partition)

// All before `end` is durable in the log of that broker: its recovery point.
struct LogFlushed {
    BrokerId broker;
    TopicPartition partition;
    Offset end;
};
DESCRIBE(LogFlushed, broker, partition, end)

// -- The metadata quorum (KIP-595). `node` is who states it.
// ---------------------------------------------------------------------------------------------
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

// A log directory failed; these replicas are served no more by this life of the broker (KIP-112).
struct LogDirectoryFailed {
    BrokerId broker;
    std::string directory;
    std::vector<TopicPartition> replicas;
};
DESCRIBE(LogDirectoryFailed, broker, directory, replicas)

// A broker has taken over what a fetch in a session changes (KIP-227). `agrees`: it now means the
// same by the session as the fetcher does. Said of each fetch that changes something.
struct FetchSessionUsed {
    BrokerId broker;
    BrokerId replica{no_broker};  // The follower; none: a consumer.
    std::int32_t session{0};
    std::int32_t epoch{0};
    std::int64_t partitions{0};  // In the session.
    bool agrees{true};
};
DESCRIBE(FetchSessionUsed, broker, replica, session, epoch, partitions, agrees)

// -- Clients
// ------------------------------------------------------------------------------------------- The
// producer gave the batch's records to a partition: send() was called for each. Said once a batch,
// when it is first sent (its content is final then).
struct RecordsSent {
    std::uint32_t client{0};
    TopicPartition partition;
    BatchRef batch;
};
DESCRIBE(RecordsSent, client, partition, batch)

// The producer's callbacks said success. `base_offset` may be unknown (-1: acks=0 or a duplicate).
struct RecordsAcknowledged {
    std::uint32_t client{0};
    TopicPartition partition;
    BatchRef batch;
    Offset base_offset{no_offset};
    std::int16_t acks{-1};
};
DESCRIBE(RecordsAcknowledged, client, partition, batch, base_offset, acks)

// The producer's callbacks said failure. Definite: the broker answered that it did not keep them,
// or they were never sent; otherwise nobody knows (Jepsen's info, not fail).
struct RecordsFailed {
    std::uint32_t client{0};
    TopicPartition partition;
    BatchRef batch;
    Error error{Error::none};
    bool definite{false};
};
DESCRIBE(RecordsFailed, client, partition, batch, error, definite)

// A produce request's partition came back with an error (it may be retried).
struct ProduceError {
    std::uint32_t client{0};
    TopicPartition partition;
    Error error{Error::none};
};
DESCRIBE(ProduceError, client, partition, error)

// A poll returned these batches of one partition; of them, records from `from` on and before `to`
// were given out (max.poll.records may cut a batch in two).
struct RecordsConsumed {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset from;
    Offset high_watermark;  // The broker's, as the answer said: what was visible then.
    std::vector<BatchRef> batches;
    Offset to;
    BrokerId broker{no_broker};  // Who served them: a follower, maybe (KIP-392).
    bool read_committed{false};  // Then `batches` has nothing that was aborted, as far as is known.
};
DESCRIBE(RecordsConsumed, client, partition, from, high_watermark, batches, to, broker,
         read_committed)

// An operator asks for the deletion of everything before `offset`; -1: of all that is committed.
struct DeletionAsked {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset offset;
};
DESCRIBE(DeletionAsked, client, partition, offset)

// ... and was told that every live replica starts at `low_watermark` or later.
struct RecordsDeleted {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset low_watermark;
};
DESCRIBE(RecordsDeleted, client, partition, low_watermark)

// The position was set by auto.offset.reset.
struct OffsetReset {
    std::uint32_t client{0};
    TopicPartition partition;
    Offset to;
    std::string reason;
};
DESCRIBE(OffsetReset, client, partition, to, reason)

struct MetadataRefreshed {
    std::uint32_t client{0};
};
DESCRIBE(MetadataRefreshed, client)

struct ProducerIdAllocated {
    std::uint32_t client{0};
    ProducerId producer_id;
    std::int16_t producer_epoch{0};
};
DESCRIBE(ProducerIdAllocated, client, producer_id, producer_epoch)

// The client has nothing left to do: all records are settled, or the reader is stopped.
struct ClientFinished {
    std::uint32_t client{0};
};
DESCRIBE(ClientFinished, client)

// -- Transactions
// ------------------------------------------------------------------------------------------- The
// producer has its id: initTransactions() returned. Whoever had the transactional id before is
// fenced.
struct TransactionalProducerReady {
    std::uint32_t client{0};
    std::string transactional_id;
    ProducerId producer_id;
    std::int16_t producer_epoch{0};
};
DESCRIBE(TransactionalProducerReady, client, transactional_id, producer_id, producer_epoch)

// beginTransaction(): what the client sends from here on is of it.
struct TransactionBegan {
    std::uint32_t client{0};
    std::uint64_t number{0};  // Of the client's transactions, from 0.
    std::string transactional_id;
};
DESCRIBE(TransactionBegan, client, number, transactional_id)

// commitTransaction() or abortTransaction() was called.
struct TransactionEnding {
    std::uint32_t client{0};
    std::uint64_t number{0};
    bool commit{false};
};
DESCRIBE(TransactionEnding, client, number, commit)

// How a transaction ended for its application, by Jepsen's rule: ok, fail, or info when nobody
// knows.
enum class TransactionOutcome : std::uint8_t { committed, aborted, unknown };
constexpr char const* to_string(TransactionOutcome outcome)
{
    return outcome == TransactionOutcome::committed ? "committed"
           : outcome == TransactionOutcome::aborted ? "aborted"
                                                    : "unknown";
}
struct TransactionEnded {
    std::uint32_t client{0};
    std::uint64_t number{0};
    TransactionOutcome outcome{TransactionOutcome::unknown};
    Error error{Error::none};  // Why not.
};
DESCRIBE(TransactionEnded, client, number, outcome, error)

// What a record of __transaction_state says.
struct TransactionSnapshot {
    ProducerId producer_id{no_producer};
    ProducerId previous_producer_id{no_producer};
    ProducerId next_producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    std::int16_t last_producer_epoch{-1};
    sim::Duration timeout{};
    TransactionState state{TransactionState::empty};
    std::vector<TopicPartition> partitions;  // Ascending.
    sim::Instant start;  // By the coordinator's wall clock; long ago: it has not begun.
    sim::Instant last_update;
    TransactionVersion client_version{TransactionVersion::tv0};

    bool operator==(TransactionSnapshot const&) const = default;
};
DESCRIBE(TransactionSnapshot, producer_id, previous_producer_id, next_producer_id, producer_epoch,
         last_producer_epoch, timeout, state, partitions, start, last_update, client_version)

// A coordinator has written a transaction's new state, and acts on it from here on.
struct TransactionStateChanged {
    BrokerId broker;
    std::int32_t state_partition{0};
    std::int32_t coordinator_epoch{0};
    std::string transactional_id;
    TransactionState from{TransactionState::empty};
    TransactionState to{TransactionState::empty};
    ProducerId producer_id;
    std::int16_t producer_epoch{0};
    std::uint64_t partitions{0};
    bool after_failover{false};  // What it completes was begun by an earlier coordinator.
};
DESCRIBE(TransactionStateChanged, broker, state_partition, coordinator_epoch, transactional_id,
         from, to, producer_id, producer_epoch, partitions, after_failover)

// A leader has refused a batch of a producer that has an id.
struct BatchRefused {
    BrokerId broker;
    TopicPartition partition;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    Error error{Error::none};
};
DESCRIBE(BatchRefused, broker, partition, producer_id, producer_epoch, error)

// A broker has become the coordinator of what is in a partition of an internal topic.
struct CoordinatorLoaded {
    BrokerId broker;
    TopicPartition partition;
    Epoch coordinator_epoch;
    std::uint64_t entries{0};
};
DESCRIBE(CoordinatorLoaded, broker, partition, coordinator_epoch, entries)

// -- Groups
// -------------------------------------------------------------------------------------------------
// A coordinator has a group in another state.
struct GroupStateChanged {
    BrokerId broker;
    std::string group;
    std::int32_t generation{0};
    GroupState from{GroupState::empty};
    GroupState to{GroupState::empty};
    std::uint64_t members{0};
    std::string reason;
};
DESCRIBE(GroupStateChanged, broker, group, generation, from, to, members, reason)

// A coordinator counts a commit: it is replicated, and decided if it is of a transaction.
struct OffsetCommitted {
    BrokerId broker;
    std::string group;
    std::string member;  // Empty: not told, or of a transaction.
    std::int32_t generation{-1};
    TopicPartition partition;
    Offset offset;
    bool transactional{false};
};
DESCRIBE(OffsetCommitted, broker, group, member, generation, partition, offset, transactional)

// onPartitionsAssigned: from here on a consumer owns what it did not have, and keeps the rest.
struct PartitionsAssigned {
    std::uint32_t client{0};
    std::string group;
    std::int32_t generation{0};
    std::string member;
    std::vector<TopicPartition> added;
    std::vector<TopicPartition> owned;  // All of them, ascending.
    bool at_most_once{false};           // How the application commits.
};
DESCRIBE(PartitionsAssigned, client, group, generation, member, added, owned, at_most_once)

// onPartitionsRevoked: it gives them back, and is still a member.
struct PartitionsRevoked {
    std::uint32_t client{0};
    std::string group;
    std::int32_t generation{0};
    std::vector<TopicPartition> partitions;
};
DESCRIBE(PartitionsRevoked, client, group, generation, partitions)

// onPartitionsLost: others may have had them for long.
struct PartitionsLost {
    std::uint32_t client{0};
    std::string group;
    std::vector<TopicPartition> partitions;
};
DESCRIBE(PartitionsLost, client, group, partitions)

struct CommitOffset {
    TopicPartition partition;
    Offset offset;

    bool operator==(CommitOffset const&) const = default;
};
DESCRIBE(CommitOffset, partition, offset)

// A consumer was told that its commit counts.
struct OffsetsAcknowledged {
    std::uint32_t client{0};
    std::string group;
    std::int32_t generation{-1};
    std::vector<CommitOffset> offsets;
    bool automatic{false};
};
DESCRIBE(OffsetsAcknowledged, client, group, generation, offsets, automatic)

// A consumer goes on where its group has committed.
struct PositionFromCommitted {
    std::uint32_t client{0};
    std::string group;
    TopicPartition partition;
    Offset offset;
};
DESCRIBE(PositionFromCommitted, client, group, partition, offset)

// An application is done with records that poll() gave it.
struct RecordsProcessed {
    std::uint32_t client{0};
    std::string group;
    TopicPartition partition;
    Offset from;
    Offset to;
};
DESCRIBE(RecordsProcessed, client, group, partition, from, to)

using AnyObservation = std::variant<
    BrokerRegistered, BrokerFenced, BrokerUnfenced, BrokerUnregistered, TopicCreated, TopicDeleted,
    ConfigChanged, FeatureChanged, ReassignmentStarted, ReassignmentCompleted, PartitionChanged,
    BecameLeader, BecameFollower, RecordsAppended, LogTruncated, HighWatermarkAdvanced, IsrShrunk,
    IsrExpanded, LogRecovered, RecordsSent, RecordsAcknowledged, RecordsFailed, ProduceError,
    RecordsConsumed, OffsetReset, MetadataRefreshed, ProducerIdAllocated, ClientFinished,
    MetadataCommitted, QuorumNodeStarted, QuorumEpochChanged, VoteGranted, QuorumCandidacy,
    QuorumLeaderElected, QuorumLeaderResigned, QuorumLeaderDeposed, MetadataAppended,
    MetadataTruncated, MetadataHighWatermarkAdvanced, MetadataSnapshotWritten,
    MetadataSnapshotLoaded, MetadataLogCleaned, MaximalIsr, LatestOffsetTold, ReplicaDeleted,
    LogDirectoryFailed, FetchSessionUsed, SegmentDeleted, LogFlushed, LogCompacted, AppendFailed,
    LogStartRaised, DeletionAsked, RecordsDeleted, TransactionalProducerReady, TransactionBegan,
    TransactionEnding, TransactionEnded, TransactionStateChanged, CoordinatorLoaded,
    GroupStateChanged, OffsetCommitted, PartitionsAssigned, PartitionsRevoked, PartitionsLost,
    OffsetsAcknowledged, PositionFromCommitted, RecordsProcessed, BatchRefused>;

// A class of its own, so that the members every file needs are compiled once and not in each.
struct Observation : AnyObservation {
    using AnyObservation::AnyObservation;
    Observation(Observation const& other);
    Observation(Observation&& other) noexcept;
    Observation& operator=(Observation const& other);
    Observation& operator=(Observation&& other) noexcept;
    ~Observation();
};

}  // namespace odradek::kafka
