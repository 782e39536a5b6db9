// What leader and follower have in common: registration, and reads. The rest is in
// partition_leader.cpp and partition_follower.cpp.
#include "model/replica/partition.h"

#include <algorithm>
#include <utility>

#include "model/replica/high_watermark.h"
#include "model/replica/replica_selector.h"

namespace odradek::kafka {

Partition::Partition(TopicPartition partition, Log log) : id_(partition), log_(std::move(log)) {}

std::int32_t Partition::min_isr() const
{
    return effective_min_isr(topic_.min_insync_replicas, replicas_.size());
}

// KIP-320: an older epoch is fenced; a newer one says that our metadata is late.
Error Partition::check_epoch(Epoch asked) const
{
    if (asked == no_epoch || asked == leader_epoch_)
        return Error::none;
    return asked < leader_epoch_ ? Error::fenced_leader_epoch : Error::unknown_leader_epoch;
}

bool Partition::tell_divergence(FetchPartition const& wanted,
                                std::optional<EpochAndOffset>& diverging) const
{
    EpochAndOffset const end = log_.end_offset_for(wanted.last_fetched_epoch);
    if (end.end_offset == no_offset)
        return false;
    if (end.epoch < wanted.last_fetched_epoch || end.end_offset < wanted.fetch_offset)
        diverging = end;
    return true;
}

// The order is Kafka's, and matters: epoch, leadership, membership (KAFKA-13837, KAFKA-14078), then
// the log; being out of range wins over diverging (KAFKA-12996).
void Partition::read(ReplicaContext const& at, FetchRequest const& request,
                     FetchPartition const& wanted, std::uint64_t max_bytes, bool at_least_one,
                     FetchPartitionResponse& response) const
{
    bool const from_follower = request.replica != no_broker;
    LeaderRole const* const leading = leader_role();
    auto const refuse = [&](Error error) {
        response.error = error;
        if (error == Error::not_leader_or_follower || error == Error::fenced_leader_epoch)
            response.current_leader = leader_hint();  // KIP-951
        if (at.out.listening())
            at.out.note(
                "{}: refuse the fetch of {} at offset {} in epoch {}: {}, our epoch is {} and "
                "the leader is {}",
                name(), from_follower ? std::to_string(request.replica.value) : "a consumer",
                wanted.fetch_offset.value, wanted.current_leader_epoch.value, to_string(error),
                leader_epoch_.value, leader_.value);
    };
    if (Error const error = check_epoch(wanted.current_leader_epoch); error != Error::none)
        return refuse(error);
    // KIP-392: a consumer may read from a follower, up to the follower's own high watermark.
    if (leading == nullptr && (from_follower || follower_role() == nullptr))
        return refuse(Error::not_leader_or_follower);
    if (from_follower && leading->find(request.replica) == nullptr)
        return refuse(wanted.current_leader_epoch == no_epoch ? Error::not_leader_or_follower
                                                              : Error::unknown_leader_epoch);

    if (wanted.last_fetched_epoch != no_epoch && !tell_divergence(wanted, response.diverging_epoch))
        return refuse(Error::offset_out_of_range);
    bool const diverging = response.diverging_epoch.has_value();
    if (wanted.fetch_offset < log_.start() || (wanted.fetch_offset > log_.end() && !diverging)) {
        response.diverging_epoch.reset();
        return refuse(Error::offset_out_of_range);
    }
    response.high_watermark = log_.high_watermark();
    response.last_stable_offset = log_.last_stable_offset();
    response.log_start_offset = log_.start();
    if (diverging) {
        if (at.out.listening())
            at.out.note(
                "{}: {} asks from offset {} after epoch {}, but here epoch {} ends at {}: tell "
                "it where the logs part",
                name(), request.replica.value, wanted.fetch_offset.value,
                wanted.last_fetched_epoch.value, response.diverging_epoch->epoch.value,
                response.diverging_epoch->end_offset.value);
        return;
    }
    Offset bound = read_bound(request);
    // Redpanda 3036: the last stable offset is where what is not decided begins, and is not given.
    if (request.read_committed && !from_follower && !at.switches.last_stable_offset_exclusive &&
        bound < log_.high_watermark())
        bound = std::min(log_.high_watermark(), log_.end_of_batch_at(bound));
    log_.read(at.env, wanted.fetch_offset, bound, max_bytes, at_least_one, response.batches);
    if (request.read_committed && !from_follower && !response.batches.empty())
        list_aborted(wanted, response);
}

// UnifiedLog.collectAbortedTransactions: of what is read, so that the consumer can leave it out.
void Partition::list_aborted(FetchPartition const& wanted, FetchPartitionResponse& response) const
{
    std::vector<AbortedTxn> aborted;
    log_.collect_aborted(wanted.fetch_offset, response.batches.back()->end_offset(), aborted);
    for (AbortedTxn const& entry : aborted)
        response.aborted_transactions.value.push_back({entry.producer_id, entry.first_offset});
}

// Only replicas that have what is asked for are offered, and of them those in sync: one that lags
// would be chosen again and again (KAFKA-14372), and nobody is sent to a broker that is fenced
// (KAFKA-15390).
bool Partition::send_elsewhere(ReplicaContext const& at, FetchRequest const& request,
                               FetchPartition const& wanted, FetchPartitionResponse& response) const
{
    LeaderRole const* const leading = leader_role();
    if (leading == nullptr || check_epoch(wanted.current_leader_epoch) != Error::none)
        return false;
    BrokerEntry const* const self = at.brokers.find(at.self);
    ReadableReplica const own{
        at.self, self != nullptr ? std::string_view(self->rack) : "", log_.end(), {}};
    std::vector<ReadableReplica> followers;
    for (RemoteReplica const& remote : leading->remotes) {
        BrokerEntry const* const entry = at.brokers.find(remote.broker);
        bool const in_sync = remote.in_isr || !at.switches.preferred_replica_in_isr;
        bool const unfenced =
            entry != nullptr && (!entry->fenced || !at.switches.preferred_replica_unfenced);
        if (in_sync && unfenced && remote.log_end >= wanted.fetch_offset &&
            remote.log_start <= wanted.fetch_offset)
            followers.push_back(
                {remote.broker, entry->rack, remote.log_end, at.env.wall - remote.last_caught_up});
    }
    BrokerId const chosen = rack_aware_replica(request.rack, own, followers);
    if (chosen == at.self)
        return false;
    response.high_watermark = log_.high_watermark();
    response.last_stable_offset = log_.last_stable_offset();
    response.log_start_offset = log_.start();
    response.preferred_read_replica = chosen;
    if (at.out.listening())
        at.out.note("{}: a consumer in rack {} at offset {} is sent to {}, whose log end is {}",
                    name(), request.rack, wanted.fetch_offset.value, chosen.value,
                    leading->find(chosen)->log_end.value);
    return true;
}

Offset Partition::read_bound(FetchRequest const& request) const
{
    if (request.replica != no_broker)
        return log_.end();
    return request.read_committed ? log_.last_stable_offset() : log_.high_watermark();
}

bool Partition::must_answer(FetchRequest const& request, FetchPartition const& wanted) const
{
    if (check_epoch(wanted.current_leader_epoch) != Error::none)
        return true;
    if (!is_leader() && (request.replica != no_broker || follower_role() == nullptr))
        return true;
    if (read_bound(request) < wanted.fetch_offset)
        return true;
    std::optional<EpochAndOffset> diverging;
    return wanted.last_fetched_epoch != no_epoch &&
           (!tell_divergence(wanted, diverging) || diverging);
}

std::uint64_t Partition::available(FetchRequest const& request, FetchPartition const& wanted,
                                   std::uint64_t enough) const
{
    auto const limit = static_cast<std::uint64_t>(std::max(wanted.max_bytes, 0));
    return std::min(limit, log_.bytes_between(wanted.fetch_offset, read_bound(request),
                                              std::min(limit, enough)));
}

}  // namespace odradek::kafka
