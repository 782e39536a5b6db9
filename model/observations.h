// Facts that processes state while they act: what judges judge, metrics measure and `when`
// conditions wait for. Each is stated by the process that did it, at the moment it did it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
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
};
DESCRIBE(BrokerRegistered, broker, broker_epoch)

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

// A partition's registration changed; the controller has it committed. `leader` may be none.
struct PartitionChanged {
    TopicPartition partition;
    BrokerId leader{no_broker};
    Epoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    bool leader_changed{false};
    bool unclean{false};  // The leader came from outside the ISR.
};
DESCRIBE(PartitionChanged, partition, leader, leader_epoch, partition_epoch, replicas, isr,
         leader_changed, unclean)

// -- Replicas
// ------------------------------------------------------------------------------------------
struct BecameLeader {
    BrokerId broker;
    TopicPartition partition;
    Epoch leader_epoch;
    PartitionEpoch partition_epoch;
    Offset log_end;
    Offset high_watermark;
};
DESCRIBE(BecameLeader, broker, partition, leader_epoch, partition_epoch, log_end, high_watermark)

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

// A broker started and has read back a replica from its disk.
struct LogRecovered {
    BrokerId broker;
    TopicPartition partition;
    Offset log_end;
    Offset high_watermark;
    std::int64_t bytes_dropped{0};  // A torn tail.
};
DESCRIBE(LogRecovered, broker, partition, log_end, high_watermark, bytes_dropped)

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
};
DESCRIBE(RecordsConsumed, client, partition, from, high_watermark, batches, to)

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

using AnyObservation =
    std::variant<BrokerRegistered, BrokerFenced, BrokerUnfenced, TopicCreated, PartitionChanged,
                 BecameLeader, BecameFollower, RecordsAppended, LogTruncated, HighWatermarkAdvanced,
                 IsrShrunk, IsrExpanded, LogRecovered, RecordsSent, RecordsAcknowledged,
                 RecordsFailed, ProduceError, RecordsConsumed, OffsetReset, MetadataRefreshed,
                 ProducerIdAllocated, ClientFinished, MetadataCommitted, FetchSessionUsed>;

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
