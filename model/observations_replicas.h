// What brokers do with their replicas and logs, as facts (observations.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

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

}  // namespace odradek::kafka
