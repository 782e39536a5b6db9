// Answering fetches, appending, committing. Source: KafkaRaftClient.handleFetchRequest,
// tryCompleteFetchRequest, maybeAppendBatches, onUpdateLeaderHighWatermark; BatchAccumulator,
// ThresholdPurgatory; KIP-1166 since 4.1.
#include <algorithm>

#include "model/kraft/raft_client.h"
#include "sim/ensure.h"

namespace odradek::kafka {

// -- Appending -----------------------------------------------------------------------------------

Offset RaftClient::next_offset() const
{
    return appended_.empty() ? log_.end_offset() : appended_.back()->end_offset();
}

bool RaftClient::append(Env const& env, BatchRef batch, Out& out)
{
    if (halted_ || !is_leader() || batch->leader_epoch != epoch_)
        return false;
    ENSURE(batch->base_offset == next_offset(), "a leader appends behind what it has appended");
    if (appended_.empty())
        append_deadline_ = env.now + config_.append_linger;
    appended_.push_back(std::move(batch));
    settle(env, out);
    return true;
}

BatchRef RaftClient::append(Env const& env, std::vector<MetadataRecord> records, Out& out)
{
    if (halted_ || !is_leader())
        return {};
    BatchRef batch =
        make_metadata_batch(std::move(records), env.wall)->stamped(next_offset(), epoch_);
    append(env, batch, out);
    return batch;
}

// The quorum's own records do not linger.
Offset RaftClient::append_control(Env const& env, std::vector<MetadataRecord> records, Out&)
{
    BatchRef batch =
        make_metadata_batch(std::move(records), env.wall)->stamped(next_offset(), epoch_);
    if (claimed_)
        events_.push_back(RaftAppended{batch});
    Offset const end = batch->end_offset();
    appended_.push_back(std::move(batch));
    append_deadline_ = env.now;
    return end;
}

void RaftClient::write_appended(Env const& env, Out& out)
{
    Duration const heard = env.now - std::get<LeaderState>(state_).majority_heard();
    for (BatchRef& batch : appended_) {
        history_.append(*batch);
        out.observe(MetadataAppended{stated(), true, batch, heard});
        log_.append(env, std::move(batch), out);
    }
    appended_.clear();
    append_deadline_ = Instant::never();
    if (!config_.switches.flush_before_commit) {
        local_end_moved(env, out);
        late_flush_ = env.now + Duration{1};  // Whoever waits for a commit is answered before.
        return;
    }
    wait_for(log_.active_file(), out);
    appended_is_flushing_ = true;
}

void RaftClient::local_end_moved(Env const& env, Out& out)
{
    auto& leading = std::get<LeaderState>(state_);
    if (leading.update_local(log_.end_offset(), voters()))
        high_watermark_moved(env, out);
    answer_parked(env, out);
}

void RaftClient::high_watermark_moved(Env const& env, Out& out)
{
    Offset const next = *std::get<LeaderState>(state_).high_watermark();
    out.detail("committed up to {}", next.value);
    out.observe(MetadataHighWatermarkAdvanced{stated(), true, epoch_, high_watermark(), next,
                                              voters().keys()});
    high_watermark_ = next;
    if (config_.version >= KafkaVersion{4, 1})
        answer_parked_ = true;
    finish_changes(env, out);
    publish_committed(env, out);  // At once: the next write may take long.
}

// -- Fetches -------------------------------------------------------------------------------------

FetchPartitionResponse RaftClient::empty_fetch(Error error) const
{
    FetchPartitionResponse partition;
    partition.partition = {metadata_topic, 0};
    partition.error = error;
    partition.log_start_offset = log_.start_offset();
    partition.current_leader = LeaderHint{leader(), epoch_};
    partition.leader_node = leader_node();
    return partition;
}

void RaftClient::reply_fetch(RequestId request, FetchPartitionResponse partition, Out& out)
{
    FetchResponse response;
    response.partitions.push_back(std::move(partition));
    out.reply(request, std::move(response));
}

void RaftClient::on_fetch(Env const& env, RequestId request, FetchRequest const& message, Out& out)
{
    if (!valid_cluster(message.cluster)) {
        FetchResponse response;
        response.error = Error::inconsistent_cluster_id;
        out.reply(request, std::move(response));
        return;
    }
    FetchPartition const& wanted = message.partitions[0];
    if (message.max_wait.ns < 0 || wanted.fetch_offset < Offset{0} ||
        wanted.last_fetched_epoch < Epoch{0} ||
        wanted.last_fetched_epoch > wanted.current_leader_epoch) {
        reply_fetch(request, empty_fetch(Error::invalid_request), out);
        return;
    }
    ReplicaKey const replica{message.replica, wanted.replica_directory};
    FetchPartitionResponse partition = try_fetch(env, replica, wanted, out);
    bool const newer_watermark =
        wanted.high_watermark && partition.high_watermark > *wanted.high_watermark;
    if (partition.error != Error::none || !partition.batches.empty() || message.max_wait.ns == 0 ||
        partition.diverging_epoch || partition.snapshot_id || newer_watermark) {
        reply_fetch(request, std::move(partition), out);
        return;
    }
    Instant const deadline = env.now + message.max_wait;
    auto const at =
        std::upper_bound(parked_.begin(), parked_.end(), deadline,
                         [](Instant d, Parked const& parked) { return d < parked.deadline; });
    parked_.insert(at, {request, replica, wanted, partition.high_watermark, deadline});
}

FetchPartitionResponse RaftClient::try_fetch(Env const& env, ReplicaKey replica,
                                             FetchPartition const& wanted, Out& out)
{
    if (Error const error = validate_leader_only(wanted.current_leader_epoch); error != Error::none)
        return empty_fetch(error);
    FetchPartitionResponse partition = empty_fetch(Error::none);
    SnapshotRef const latest = log_.latest_snapshot();
    ReplicatedLog::Validity validity =
        log_.validate(wanted.fetch_offset, wanted.last_fetched_epoch);
    if (wanted.fetch_offset == Offset{0} && latest)
        validity = {ReplicatedLog::Validity::Kind::snapshot, latest->id};
    auto& leading = std::get<LeaderState>(state_);
    switch (validity.kind) {
    case ReplicatedLog::Validity::Kind::valid:
        log_.read(wanted.fetch_offset, static_cast<std::uint64_t>(wanted.max_bytes),
                  partition.batches);
        if (leading.update_replica(replica, wanted.fetch_offset, env.now))
            high_watermark_moved(env, out);
        break;
    case ReplicatedLog::Validity::Kind::diverging:
        out.note("the log of node {} ({}@{}) parts from this one where epoch {} ends at {}",
                 replica.id.value, wanted.fetch_offset.value, wanted.last_fetched_epoch.value,
                 validity.at.epoch.value, validity.at.end_offset.value);
        partition.diverging_epoch = validity.at;
        break;
    case ReplicatedLog::Validity::Kind::snapshot:
        out.note("node {} ({}@{}) needs snapshot {}-{}", replica.id.value,
                 wanted.fetch_offset.value, wanted.last_fetched_epoch.value,
                 validity.at.end_offset.value, validity.at.epoch.value);
        partition.snapshot_id = validity.at;
        break;
    }
    partition.high_watermark = leading.high_watermark().value_or(no_offset);
    return partition;
}

// Those for whom something has come, and those whose time is over.
void RaftClient::answer_parked(Env const& env, Out& out)
{
    answer_parked_ = false;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parked_.size(); ++i) {
        Parked& parked = parked_[i];
        bool const has_more = parked.wanted.fetch_offset < log_.end_offset();
        bool const newer = parked.wanted.high_watermark && high_watermark_ &&
                           *high_watermark_ > *parked.wanted.high_watermark;
        if (has_more || newer)
            reply_fetch(parked.request, try_fetch(env, parked.replica, parked.wanted, out), out);
        else if (env.now >= parked.deadline) {
            // As it was when the fetch came: what was committed since is told with the next one.
            FetchPartitionResponse partition = empty_fetch(Error::none);
            partition.high_watermark = parked.high_watermark;
            reply_fetch(parked.request, std::move(partition), out);
        } else if (kept != i)
            parked_[kept++] = std::move(parked);
        else
            ++kept;
    }
    parked_.resize(kept);
    if (answer_parked_)
        due(env.now);
}

void RaftClient::refuse_parked(Error error, Out& out)
{
    for (Parked const& parked : parked_)
        reply_fetch(parked.request, empty_fetch(error), out);
    parked_.clear();
    answer_parked_ = false;
}

DescribeQuorumResponse RaftClient::describe(Env const& env)
{
    DescribeQuorumResponse response;
    auto* const leading = std::get_if<LeaderState>(&state_);
    if (leading == nullptr) {
        response.error = Error::not_leader_or_follower;
        return response;
    }
    response.leader = self_.id;
    response.leader_epoch = epoch_;
    response.high_watermark = leading->high_watermark().value_or(no_offset);
    response.now = env.now;
    auto const state_of = [&](ReplicaProgress const& progress) {
        bool const itself = progress.matches(self_);
        auto const when = [&](Instant at) {
            return itself ? env.now : at == Instant::never() ? Instant{} : at;
        };
        return QuorumReplicaState{progress.key, progress.end, when(progress.last_fetch),
                                  when(progress.last_caught_up)};
    };
    for (ReplicaProgress const& voter : leading->voters())
        response.voters.push_back(state_of(voter));
    for (ReplicaProgress const& observer : leading->observers(env.now))
        response.observers.push_back(state_of(observer));
    return response;
}

// -- Ending --------------------------------------------------------------------------------------

void RaftClient::resign(Env const& env, Epoch epoch, std::string reason, Out& out)
{
    auto* const leading = std::get_if<LeaderState>(&state_);
    if (halted_ || leading == nullptr || epoch != epoch_)
        return;
    leading->resign_reason = std::move(reason);
    settle(env, out);
}

void RaftClient::shutdown(Env const& env, Out& out)
{
    if (halted_ || shutdown_deadline_)
        return;
    shutdown_deadline_ = env.now + config_.shutdown_timeout;
    settle(env, out);
}

}  // namespace odradek::kafka
