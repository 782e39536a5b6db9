#include "model/cluster/occurrence.h"

namespace odradek::kafka {

namespace {

struct NamesOf {
    using List = std::vector<std::string_view>;
    List operator()(BrokerRegistered const&) const { return {"BrokerRegistered"}; }
    List operator()(BrokerFenced const&) const { return {"BrokerFenced"}; }
    List operator()(BrokerUnfenced const&) const { return {"BrokerUnfenced"}; }
    List operator()(BrokerUnregistered const&) const { return {"BrokerUnregistered"}; }
    List operator()(TopicCreated const&) const { return {"TopicCreated"}; }
    List operator()(TopicDeleted const&) const { return {"TopicDeleted"}; }
    List operator()(ConfigChanged const&) const { return {"ConfigChanged"}; }
    List operator()(FeatureChanged const&) const { return {"FeatureChanged"}; }
    List operator()(ReassignmentStarted const&) const { return {"ReassignmentStarted"}; }
    List operator()(ReassignmentCompleted const& done) const
    {
        return {done.cancelled ? "ReassignmentCancelled" : "ReassignmentCompleted"};
    }
    List operator()(PartitionChanged const& change) const
    {
        if (!change.leader_changed)
            return {};
        if (change.leader == no_broker)
            return {"LeaderResigned"};
        if (change.unclean)
            return {"LeaderElected", "UncleanLeaderElected"};
        return {"LeaderElected"};
    }
    List operator()(BecameLeader const&) const { return {"BecameLeader"}; }
    List operator()(BecameFollower const&) const { return {"BecameFollower"}; }
    List operator()(RecordsAppended const&) const { return {"RecordsAppended"}; }
    List operator()(LogTruncated const&) const { return {"LogTruncated"}; }
    List operator()(HighWatermarkAdvanced const&) const { return {"HighWatermarkAdvanced"}; }
    List operator()(IsrShrunk const&) const { return {"IsrShrunk"}; }
    List operator()(IsrExpanded const&) const { return {"IsrExpanded"}; }
    List operator()(LogRecovered const&) const { return {"LogRecovered"}; }
    List operator()(RecordsSent const&) const { return {"RecordsSent"}; }
    List operator()(RecordsAcknowledged const&) const { return {"RecordsAcknowledged"}; }
    List operator()(RecordsFailed const&) const { return {"RecordsFailed"}; }
    List operator()(ProduceError const&) const { return {"ProduceError"}; }
    List operator()(RecordsConsumed const&) const { return {"RecordsConsumed"}; }
    List operator()(OffsetReset const&) const { return {"OffsetReset"}; }
    List operator()(MetadataRefreshed const&) const { return {"MetadataRefreshed"}; }
    List operator()(ProducerIdAllocated const&) const { return {"ProducerIdAllocated"}; }
    List operator()(ClientFinished const&) const { return {"ClientFinished"}; }
    List operator()(FetchSessionUsed const&) const { return {}; }  // For judges only.
    List operator()(QuorumNodeStarted const&) const { return {"QuorumNodeStarted"}; }
    List operator()(QuorumEpochChanged const&) const { return {"QuorumEpochChanged"}; }
    List operator()(VoteGranted const&) const { return {"VoteGranted"}; }
    List operator()(QuorumCandidacy const&) const { return {"QuorumCandidacy"}; }
    List operator()(QuorumLeaderElected const&) const { return {"QuorumLeaderElected"}; }
    List operator()(QuorumLeaderResigned const&) const { return {"QuorumLeaderResigned"}; }
    List operator()(QuorumLeaderDeposed const&) const { return {"QuorumLeaderDeposed"}; }
    List operator()(MetadataAppended const&) const { return {"MetadataAppended"}; }
    List operator()(MetadataTruncated const&) const { return {"MetadataTruncated"}; }
    List operator()(MetadataHighWatermarkAdvanced const&) const
    {
        return {"MetadataHighWatermarkAdvanced"};
    }
    List operator()(MetadataSnapshotWritten const&) const { return {"MetadataSnapshotWritten"}; }
    List operator()(MetadataSnapshotLoaded const&) const { return {"MetadataSnapshotLoaded"}; }
    List operator()(MetadataLogCleaned const&) const { return {"MetadataLogCleaned"}; }
    List operator()(LogDirectoryFailed const&) const { return {"LogDirectoryFailed"}; }
    List operator()(MetadataCommitted const&) const { return {}; }
    List operator()(MaximalIsr const&) const { return {}; }
    List operator()(LatestOffsetTold const&) const { return {}; }
    List operator()(BatchRefused const&) const { return {}; }
    List operator()(EndRefused const&) const { return {}; }
    List operator()(ReplicaDeleted const&) const { return {"ReplicaDeleted"}; }
    List operator()(SegmentDeleted const&) const { return {"SegmentDeleted"}; }
    List operator()(AppendFailed const&) const { return {"AppendFailed"}; }
    List operator()(LogFlushed const&) const { return {"LogFlushed"}; }
    List operator()(LogCompacted const&) const { return {"LogCompacted"}; }
    List operator()(TransactionalProducerReady const&) const { return {"ProducerIdAllocated"}; }
    List operator()(TransactionBegan const&) const { return {"TransactionBegin"}; }
    List operator()(TransactionEnding const&) const { return {"TransactionEnding"}; }
    List operator()(TransactionEnded const& ended) const
    {
        if (ended.error == Error::producer_fenced)
            return {"TransactionUnknown", "ProducerFenced"};
        return {ended.outcome == TransactionOutcome::committed ? "TransactionCommitted"
                : ended.outcome == TransactionOutcome::aborted ? "TransactionAborted"
                                                               : "TransactionUnknown"};
    }
    List operator()(TransactionStateChanged const& change) const
    {
        bool const completed = change.to == TransactionState::complete_commit ||
                               change.to == TransactionState::complete_abort;
        if (change.after_failover && completed)
            return {"TransactionStateChanged", "TransactionCompletedAfterFailover"};
        return {"TransactionStateChanged"};
    }
    List operator()(CoordinatorLoaded const&) const { return {"CoordinatorLoaded"}; }
    List operator()(GroupStateChanged const& change) const
    {
        if (change.to == GroupState::preparing_rebalance)
            return {"GroupStateChanged", "RebalanceStarted"};
        if (change.to == GroupState::stable)
            return {"GroupStateChanged", "GroupStable"};
        return {"GroupStateChanged"};
    }
    List operator()(OffsetCommitted const&) const { return {"OffsetCommitted"}; }
    List operator()(PartitionsAssigned const&) const { return {"PartitionsAssigned"}; }
    List operator()(PartitionsRevoked const&) const { return {"PartitionsRevoked"}; }
    List operator()(PartitionsLost const&) const { return {"PartitionsLost"}; }
    List operator()(OffsetsAcknowledged const&) const { return {"OffsetsAcknowledged"}; }
    List operator()(PositionFromCommitted const&) const { return {"PositionFromCommitted"}; }
    List operator()(RecordsProcessed const&) const { return {"RecordsProcessed"}; }
    List operator()(LogStartRaised const&) const { return {"LogStartRaised"}; }
    List operator()(DeletionAsked const&) const { return {"DeletionAsked"}; }
    List operator()(RecordsDeleted const&) const { return {"RecordsDeleted"}; }
};

template <class T>
std::optional<std::string> field_of(T const& o, std::string_view field, Names const& names)
{
    if constexpr (requires { o.partition.topic; }) {
        if (field == "topic")
            return names.topic(o.partition.topic);
        if (field == "partition")
            return std::to_string(o.partition.partition);
    }
    if constexpr (requires {
                      o.topic;
                      o.name;
                  })
        if (field == "topic")
            return o.name;
    if constexpr (requires { o.resource; }) {
        constexpr std::string_view of_topic = "topic ";
        if (field == "topic" && o.resource.starts_with(of_topic))
            return o.resource.substr(of_topic.size());
        if (field == "key")
            return o.key;
        if (field == "value")
            return o.value;
    }
    if constexpr (requires { o.feature; }) {
        if (field == "key")
            return o.feature;
        if (field == "value")
            return std::to_string(o.level);
    }
    if constexpr (requires { o.broker; })
        if (field == "broker")
            return std::to_string(o.broker.value);
    if constexpr (requires { o.leader; })
        if (field == "leader")
            return std::to_string(o.leader.value);
    if constexpr (requires { o.leader_epoch; })
        if (field == "epoch")
            return std::to_string(o.leader_epoch.value);
    if constexpr (requires { o.node.directory; }) {
        if (field == "broker")
            return std::to_string(o.node.id.value);
        if constexpr (requires { o.epoch; })
            if (field == "epoch")
                return std::to_string(o.epoch.value);
    }
    if constexpr (requires { o.error; })
        if (field == "error")
            return to_string(o.error);
    if constexpr (requires { o.transactional_id; })
        if (field == "transactionalId")
            return o.transactional_id;
    if constexpr (requires {
                      o.from;
                      o.to;
                      o.coordinator_epoch;
                  })
        if (field == "state")
            return std::string(to_string(o.to));
    if constexpr (requires { o.commit; })
        if (field == "result")
            return std::string(o.commit ? "commit" : "abort");
    if constexpr (requires { o.group; })
        if (field == "group")
            return o.group;
    if constexpr (requires { o.generation; })
        if (field == "generation")
            return std::to_string(o.generation);
    if constexpr (requires {
                      o.from;
                      o.to;
                      name_of(o.to);
                  })
        if (field == "state")
            return std::string(name_of(o.to));
    if constexpr (requires { o.client; })
        if (field == "client")
            return names.client(o.client);
    if constexpr (requires { o.reason; })
        if (field == "reason") {
            if constexpr (requires { to_string(o.reason); })
                return to_string(o.reason);
            else
                return o.reason;
        }
    return std::nullopt;
}

}  // namespace

std::vector<std::string_view> event_names(Observation const& observation)
{
    return std::visit(NamesOf{}, observation);
}

std::optional<std::string> event_field(Observation const& observation, std::string_view field,
                                       Names const& names)
{
    return std::visit([&](auto const& o) { return field_of(o, field, names); }, observation);
}

std::optional<std::string> event_field(WorldEvent const& event, std::string_view field)
{
    if (field == "broker" && event.broker != no_broker)
        return std::to_string(event.broker.value);
    if (field == "client")
        return event.process;
    return std::nullopt;
}

}  // namespace odradek::kafka
