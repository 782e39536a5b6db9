// Facts that processes state while they act: what judges judge, metrics measure and `when`
// conditions wait for. Each is stated by the process that did it, at the moment it did it.
#pragma once

#include <variant>

#include "model/observations_clients.h"
#include "model/observations_controller.h"
#include "model/observations_groups.h"
#include "model/observations_quorum.h"
#include "model/observations_replicas.h"
#include "model/observations_transactions.h"

namespace odradek::kafka {

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
    OffsetsAcknowledged, PositionFromCommitted, RecordsProcessed, BatchRefused, EndRefused>;

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
