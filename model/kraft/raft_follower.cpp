// Fetching from the leader. Source: KafkaRaftClient.handleFetchResponse, appendAsFollower,
// updateFollowerHighWatermark.
#include <algorithm>

#include "model/kraft/raft_client.h"

namespace odradek::kafka {

FetchRequest RaftClient::fetch_request() const
{
    FetchRequest request;
    request.replica = self_.id;
    request.max_wait = config_.fetch_max_wait;
    request.max_bytes = config_.fetch_max_bytes;
    request.cluster = config_.cluster;
    FetchPartition& wanted = request.partitions.emplace_back();
    wanted.partition = {metadata_topic, 0};
    wanted.current_leader_epoch = epoch_;
    wanted.fetch_offset = log_.end_offset();
    wanted.last_fetched_epoch = log_.last_epoch();
    wanted.log_start_offset = log_.start_offset();
    wanted.max_bytes = config_.fetch_max_bytes;
    wanted.replica_directory = self_.directory;
    if (config_.version >= KafkaVersion{4, 1})  // KIP-1166
        wanted.high_watermark = high_watermark();
    return request;
}

// A fetch, or the next piece of a snapshot.
void RaftClient::follow(Env const& env, Follower& follower, Out& out)
{
    if (!follower.fetching) {
        fetch_from(env, follower.leader_node, out);
        return;
    }
    if (requests_.ready(env, follower.leader_node)) {
        FetchSnapshotRequest request;
        request.cluster = config_.cluster;
        request.replica = self_;
        request.current_leader_epoch = epoch_;
        request.snapshot = follower.fetching->snapshot;
        request.position = static_cast<std::int64_t>(follower.fetching->position);
        request.max_bytes = config_.fetch_max_bytes;
        requests_.send(env, follower.leader_node, std::move(request), out);
    }
    due(requests_.ready_at(env, follower.leader_node));
}

bool RaftClient::on_fetch_response(Env const& env, FetchResponse const& response, Out& out)
{
    if (response.error != Error::none || response.partitions.size() != 1)
        return false;
    FetchPartitionResponse const& partition = response.partitions[0];
    if (!partition.current_leader)
        return false;
    LeaderClaim const claim{partition.current_leader->leader,
                            partition.current_leader->leader_epoch, partition.leader_node};
    if (std::optional<bool> const handled = common_response(env, partition.error, claim, out))
        return *handled;
    auto* const follower = std::get_if<Follower>(&state_);
    if (follower == nullptr || partition.error != Error::none)
        return false;
    if (partition.diverging_epoch) {
        if (!truncate(env, *partition.diverging_epoch, out))
            return true;
    } else if (partition.snapshot_id) {
        if (!log_.find_snapshot(*partition.snapshot_id)) {
            follower->fetching = Follower::Fetching{*partition.snapshot_id, 0};
            out.note("too far behind the leader: fetch its snapshot {}-{}",
                     partition.snapshot_id->end_offset.value, partition.snapshot_id->epoch.value);
        }
    } else {
        bool appended = false;
        for (BatchRef const& batch : partition.batches) {
            // Nothing twice, and nothing of an epoch that was not agreed on (KAFKA-18723).
            if (batch->base_offset != log_.end_offset() || batch->leader_epoch > epoch_)
                break;
            history_.append(*batch);
            log_.append(env, batch, out);
            out.observe(MetadataAppended{stated(), false, batch});
            appended = true;
        }
        // On disk before the next fetch says so; brokers never vote, and need not (KAFKA-17332).
        if (appended && (is_voter() || config_.voter_capable) &&
            config_.switches.flush_before_fetch)
            wait_for(log_.active_file(), out);
        follower_high_watermark(partition.high_watermark, out);
        if (halted_)
            return true;
    }
    follower->has_fetched = true;
    follower->fetch_deadline = env.now + config_.fetch_timeout;
    return true;
}

// The leader's log parts from ours. False: that would undo what is committed, and the process
// halts, as it does in Kafka (KAFKA-12460).
bool RaftClient::truncate(Env const& env, EpochAndOffset diverging, Out& out)
{
    Offset const to = log_.truncation_for(diverging);
    if (high_watermark_ && std::min(to, diverging.end_offset) < *high_watermark_) {
        out.note("the leader's log ends epoch {} at {}, below {} which was committed: halt",
                 diverging.epoch.value, diverging.end_offset.value, high_watermark_->value);
        out.observe(MetadataTruncated{stated(), log_.end_offset(), to,
                                      high_watermark_.value_or(no_offset)});
        halt(out);
        return false;
    }
    out.note("the leader's log ends epoch {} at {}: cut the log from {} to {}",
             diverging.epoch.value, diverging.end_offset.value, log_.end_offset().value, to.value);
    out.observe(
        MetadataTruncated{stated(), log_.end_offset(), to, high_watermark_.value_or(no_offset)});
    log_.truncate_to(env, to, out);
    history_.truncate_to(to);
    return true;
}

void RaftClient::follower_high_watermark(Offset offered, Out& out)
{
    if (offered < Offset{0})
        return;
    Offset const next = std::min(offered, log_.end_offset());
    if (high_watermark_ == next)
        return;
    out.observe(MetadataHighWatermarkAdvanced{stated(), false, epoch_, high_watermark(), next, {}});
    if (high_watermark_ && next < *high_watermark_) {
        out.note("the leader says that only what is before {} is committed, but {} was: halt",
                 next.value, high_watermark_->value);
        halt(out);
        return;
    }
    high_watermark_ = next;
}

}  // namespace odradek::kafka
