// A leader asked for offsets: where its log begins and ends, which record is the first of some time
// (ListOffsets), and that it begin later (DeleteRecords).
// Source: Partition.fetchOffsetForTimestamp, deleteRecordsOnLeader, lowWatermarkIfLeader;
// ReplicaManager.fetchOffset; KIP-79, KIP-107, KIP-207, KIP-405, KIP-734.
#include <algorithm>
#include <string>

#include "model/replica/partition.h"

namespace odradek::kafka {

namespace {

std::string text_of(std::int64_t wanted)
{
    return wanted == max_timestamp ? std::string("the latest time")
                                   : fmt::format("time {}", wanted);
}

}  // namespace

// -- ListOffsets --------------------------------------------------------------------------------

void Partition::list_offsets(ReplicaContext const& at, ListOffsetsRequest const& request,
                             ListOffsetsPartition const& wanted,
                             ListOffsetsPartitionResponse& response) const
{
    // KIP-405 has named the least of what stands for a time.
    if (wanted.timestamp < latest_tiered_timestamp) {
        response.error = Error::unsupported_version;
        return;
    }
    response.error = check_epoch(wanted.current_leader_epoch);
    if (response.error == Error::none && !is_leader())
        response.error = Error::not_leader_or_follower;
    if (response.error != Error::none)
        return;
    switch (wanted.timestamp) {
    case latest_timestamp:
        return list_latest(at, request, response);
    case earliest_timestamp:
    case earliest_local_timestamp:
        response.offset = log_.start();
        if (auto const& epochs = log_.epochs().entries();
            !epochs.empty() && epochs.front().start <= log_.start())
            response.leader_epoch = epochs.front().epoch;
        return;
    case latest_tiered_timestamp:
        return;  // Nothing is tiered.
    default:
        return list_by_time(at, request, wanted, response);
    }
}

// KIP-207: the true high watermark may be further, and an end must not be seen to go back.
bool Partition::end_is_uncertain(ReplicaContext const& at, ListOffsetsRequest const& request) const
{
    return request.replica == no_broker && at.switches.latest_offset_waits_for_epoch_start &&
           log_.high_watermark() < leader_role()->epoch_start;
}

Offset Partition::last_fetchable(ListOffsetsRequest const& request) const
{
    if (request.replica != no_broker)
        return log_.end();
    return request.read_committed ? log_.last_stable_offset() : log_.high_watermark();
}

void Partition::list_latest(ReplicaContext const& at, ListOffsetsRequest const& request,
                            ListOffsetsPartitionResponse& response) const
{
    if (end_is_uncertain(at, request)) {
        response.error = Error::offset_not_available;
        if (at.out.listening())
            at.out.note("{}: the high watermark {} has not reached the start {} of epoch {}: no "
                        "end to tell yet",
                        name(), log_.high_watermark().value, leader_role()->epoch_start.value,
                        leader_epoch_.value);
        return;
    }
    response.offset = last_fetchable(request);
    response.leader_epoch = leader_epoch_;
    if (request.replica == no_broker && !request.read_committed)
        at.out.observe(LatestOffsetTold{at.self, id_, leader_epoch_, response.offset});
}

// What is found beyond the end that may be read is as good as not found; and while that end is
// uncertain after an election nothing is known of it at all.
void Partition::list_by_time(ReplicaContext const& at, ListOffsetsRequest const& request,
                             ListOffsetsPartition const& wanted,
                             ListOffsetsPartitionResponse& response) const
{
    auto const found = wanted.timestamp == max_timestamp ? log_.offset_of_latest_time()
                                                         : log_.offset_by_time(wanted.timestamp);
    if (!found || found->offset >= last_fetchable(request)) {
        if (end_is_uncertain(at, request))
            response.error = Error::offset_not_available;
        if (at.out.listening())
            at.out.note("{}: asked for {}: {}, the high watermark is {}: {}", name(),
                        text_of(wanted.timestamp),
                        found ? fmt::format("that is offset {}", found->offset.value)
                              : std::string("no record is so late"),
                        log_.high_watermark().value,
                        response.error == Error::none ? "none" : "it may be further, ask again");
        return;
    }
    response.timestamp = found->timestamp_ms;
    response.offset = found->offset;
    response.leader_epoch = found->leader_epoch;
    if (at.out.listening())
        at.out.note("{}: asked for {}: offset {} is of {}", name(), text_of(wanted.timestamp),
                    found->offset.value, found->timestamp_ms);
}

// -- DeleteRecords ------------------------------------------------------------------------------

// Raised in memory and told to followers; the checkpoint file learns of it in its turn, so that it
// may be forgotten when all in-sync replicas crash before that (UnifiedLog says so too).
Partition::DeletedRecords Partition::delete_records(ReplicaContext const& at, Offset before)
{
    DeletedRecords deleted;
    if (!is_leader()) {
        deleted.error = Error::not_leader_or_follower;
        return deleted;
    }
    Offset const high_watermark = log_.high_watermark();
    Offset const to = before == delete_to_high_watermark ? high_watermark : before;
    if (!topic_.cleanup_policy.deletes)
        deleted.error = Error::policy_violation;
    else if (to < Offset{0} || to > high_watermark)
        deleted.error = Error::offset_out_of_range;
    if (deleted.error != Error::none) {
        if (at.out.listening())
            at.out.note("{}: refuse to delete records before {}: {}, {}", name(), to.value,
                        to_string(deleted.error),
                        deleted.error == Error::policy_violation
                            ? std::string("cleanup.policy is compact")
                            : fmt::format("the high watermark is {}", high_watermark.value));
        return deleted;
    }
    Offset const start = log_.start();
    deleted.raised = log_.raise_start(to, at.out);
    deleted.required = to;
    deleted.low_watermark = low_watermark(at);
    if (deleted.raised && at.switches.log_start_written_at_once)
        at.out.arm(timer(TimerKind::log_start_checkpoint), {});
    if (deleted.raised)
        at.out.observe(LogStartRaised{at.self, id_, leader_epoch_,
                                      LogStartReason::client_record_deletion, start, log_.start(),
                                      high_watermark});
    if (at.out.listening()) {
        if (deleted.raised)
            at.out.note("{}: records before {} are deleted on request: the log starts at {} "
                        "instead of {}, the high watermark is {}",
                        name(), to.value, log_.start().value, start.value, high_watermark.value);
        else
            at.out.note("{}: asked to delete records before {}: the log starts at {} already",
                        name(), to.value, start.value);
        if (deleted.low_watermark < to)
            at.out.note("{}: the low watermark is {}: wait for {}", name(),
                        deleted.low_watermark.value, late_starters(at, to));
    }
    return deleted;
}

// MetadataCache.hasAliveBroker.
bool Partition::holds_low_watermark(ReplicaContext const& at, RemoteReplica const& remote) const
{
    BrokerEntry const* const entry = at.brokers.find(remote.broker);
    return entry != nullptr && !entry->fenced;
}

Offset Partition::low_watermark(ReplicaContext const& at) const
{
    Offset low = log_.start();
    for (RemoteReplica const& remote : leader_role()->remotes)
        if (remote.log_start < low && holds_low_watermark(at, remote))
            low = remote.log_start;
    return low;
}

// "2 from 0, 3 from 17": the live replicas whose logs start before that, and where.
std::string Partition::late_starters(ReplicaContext const& at, Offset before) const
{
    std::string text;
    for (RemoteReplica const& remote : leader_role()->remotes)
        if (remote.log_start < before && holds_low_watermark(at, remote))
            text += fmt::format("{}{}, {}", text.empty() ? "" : "; ", remote.broker.value,
                                remote.log_start == no_offset
                                    ? std::string("of whose start nothing is known")
                                    : fmt::format("which starts at {}", remote.log_start.value));
    return text;
}

}  // namespace odradek::kafka
