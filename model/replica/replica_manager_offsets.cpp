// ListOffsets, OffsetsForLeaderEpoch, DeleteRecords and DescribeLogDirs: what is asked of logs
// beside their records. What concerns one partition is in Partition.
#include <algorithm>
#include <string_view>
#include <utility>

#include "model/replica/replica_manager.h"

namespace odradek::kafka {

namespace {

// Topic.isInternal.
bool is_internal(std::string_view topic)
{
    return topic == "__consumer_offsets" || topic == "__transaction_state" ||
           topic == "__share_group_state";
}

}  // namespace

// -- ListOffsets ------------------------------------------------------------------------------
void ReplicaManager::on_list_offsets(Env const& env, RequestId request,
                                     ListOffsetsRequest const& message, Leaders const& leaders,
                                     Out& out)
{
    ReplicaContext const at = context(env, out);
    ListOffsetsResponse response;
    for (ListOffsetsPartition const& wanted : message.partitions) {
        ListOffsetsPartitionResponse& answer = response.partitions.emplace_back();
        answer.partition = wanted.partition;
        if (Partition const* const partition = partitions_.find(wanted.partition))
            partition->list_offsets(at, message, wanted, answer);
        else
            answer.error = missing(wanted.partition, leaders.leader_of(wanted.partition),
                                   Error::unknown_topic_or_partition);
    }
    out.reply(request, std::move(response));
}

// -- OffsetsForLeaderEpoch --------------------------------------------------------------------
void ReplicaManager::on_offsets_for_leader_epoch(Env const& env, RequestId request,
                                                 OffsetsForLeaderEpochRequest const& message,
                                                 Leaders const& leaders, Out& out)
{
    ReplicaContext const at = context(env, out);
    OffsetsForLeaderEpochResponse response;
    for (OffsetForLeaderPartition const& wanted : message.partitions) {
        EpochEndOffset& answer = response.partitions.emplace_back();
        answer.partition = wanted.partition;
        if (Partition const* const partition = partitions_.find(wanted.partition))
            partition->end_of_epoch(at, wanted, answer);
        else
            answer.error = leaders.leader_of(wanted.partition) ? Error::not_leader_or_follower
                                                               : Error::unknown_topic_or_partition;
    }
    out.reply(request, std::move(response));
}

// -- DeleteRecords ----------------------------------------------------------------------------
void ReplicaManager::on_delete_records(Env const& env, RequestId request,
                                       DeleteRecordsRequest const& message, Leaders const& leaders,
                                       Out& out)
{
    ReplicaContext const at = context(env, out);
    std::vector<DeleteRecordsStatus> statuses;
    bool waiting = false;
    for (DeleteRecordsPartition const& wanted : message.partitions) {
        statuses.push_back(delete_records(at, wanted, leaders));
        waiting |= statuses.back().waiting;
    }
    if (waiting) {
        deletes_.add(env, request, env.now + message.timeout, std::move(statuses), out);
        return;
    }
    DeleteRecordsResponse response;
    for (DeleteRecordsStatus const& status : statuses)
        response.partitions.push_back(status.response);
    out.reply(request, std::move(response));
}

DeleteRecordsStatus ReplicaManager::delete_records(ReplicaContext const& at,
                                                   DeleteRecordsPartition const& wanted,
                                                   Leaders const& leaders)
{
    DeleteRecordsStatus status;
    status.response.partition = wanted.partition;
    std::uint32_t const slot = partitions_.slot_of(wanted.partition);
    if (slot == PartitionTable::none) {
        status.response.error = missing(wanted.partition, leaders.leader_of(wanted.partition),
                                        Error::unknown_topic_or_partition);
        return status;
    }
    Partition& partition = *partitions_.at(slot);
    std::string_view const name = partition.name();
    if (is_internal(name.substr(0, name.rfind('-')))) {
        status.response.error = Error::invalid_topic_exception;
        return status;
    }
    Partition::DeletedRecords const deleted = partition.delete_records(at, wanted.offset);
    status.response.error = deleted.error;
    if (deleted.error != Error::none)
        return status;
    if (deleted.raised)
        wake_sessions(at, slot);  // Followers are told with what they fetch next.
    status.response.low_watermark = deleted.low_watermark;
    status.required = deleted.required;
    status.waiting = deleted.low_watermark < deleted.required;
    return status;
}

// DelayedDeleteRecords.tryComplete.
void ReplicaManager::check_deletes(ReplicaContext const& at, std::uint32_t slot)
{
    if (deletes_.empty() || partitions_.at(slot) == nullptr || !partitions_.at(slot)->is_leader())
        return;
    auto const standing_of = [&](DeleteRecordsStatus const& status) {
        DeleteRecordsPurgatory::Standing standing;
        Partition const* const partition = partitions_.find(status.response.partition);
        if (partition == nullptr) {
            standing.error =
                missing(status.response.partition, std::nullopt, Error::unknown_topic_or_partition);
        } else if (!partition->is_leader()) {
            standing.error = Error::not_leader_or_follower;
        } else {
            standing.low_watermark = partition->low_watermark(at);
            standing.done = standing.low_watermark >= status.required;
        }
        return standing;
    };
    deletes_.check(partitions_.at(slot)->id(), standing_of, at.out);
}

// -- DescribeLogDirs --------------------------------------------------------------------------
DescribeLogDirsResponse ReplicaManager::describe_log_dirs() const
{
    DescribeLogDirsResponse response;
    for (LogDirectory const& directory : dirs_.all()) {
        DescribedLogDir& described = response.log_dirs.emplace_back();
        described.log_dir = directory.path;
        if (!directory.online)
            described.error = Error::kafka_storage_error;
    }
    for (std::uint32_t slot = 0; slot < partitions_.slots(); ++slot) {
        Partition const* const partition = partitions_.at(slot);
        if (partition == nullptr)
            continue;
        Log const& log = partition->log();
        DescribedLogDir& in = response.log_dirs[log.files().directory];
        // ReplicaManager.getLogEndOffsetLag: it is against its own high watermark.
        std::int64_t const lag = std::max<std::int64_t>(log.high_watermark() - log.end(), 0);
        if (in.error == Error::none)
            in.replicas.push_back({partition->id(), log.size_bytes(), lag, false});
    }
    for (DescribedLogDir& in : response.log_dirs)
        std::sort(in.replicas.begin(), in.replicas.end(),
                  [](DescribedReplica const& a, DescribedReplica const& b) {
                      return a.partition < b.partition;
                  });
    return response;
}

}  // namespace odradek::kafka
