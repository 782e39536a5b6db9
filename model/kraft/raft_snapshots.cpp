// Snapshots: making them, fetching them, and forgetting what they hold. Source: KafkaRaftClient
// (FetchSnapshot, createSnapshot), SnapshotGenerator, KafkaMetadataLog.maybeClean; KIP-630.
#include <algorithm>

#include "model/kraft/raft_client.h"

namespace odradek::kafka {

using namespace sim::literals;

FetchSnapshotResponse RaftClient::on_fetch_snapshot(Env const& env,
                                                    FetchSnapshotRequest const& request, Out& out)
{
    FetchSnapshotResponse response;
    if (!valid_cluster(request.cluster)) {
        response.error = Error::inconsistent_cluster_id;
        return response;
    }
    response.leader = leader();
    response.leader_epoch = epoch_;
    response.leader_node = leader_node();
    response.error = validate_leader_only(request.current_leader_epoch);
    if (response.error != Error::none)
        return response;
    SnapshotRef const snapshot = log_.find_snapshot(request.snapshot);
    if (!snapshot) {
        response.error = Error::snapshot_not_found;
        return response;
    }
    std::uint64_t const size = snapshot->size();
    if (request.position < 0 || static_cast<std::uint64_t>(request.position) >= size) {
        response.error = Error::position_out_of_range;
        return response;
    }
    auto const position = static_cast<std::uint64_t>(request.position);
    response.snapshot = snapshot->id;
    response.size = size;
    response.piece = {snapshot, position,
                      std::min(static_cast<std::uint64_t>(request.max_bytes), size - position)};
    std::get<LeaderState>(state_).heard_from(request.replica, env.now);
    out.note("send node {} bytes {}..{} of {} of snapshot {}-{}", request.replica.id.value,
             position, position + response.piece.bytes, size, snapshot->id.end_offset.value,
             snapshot->id.epoch.value);
    return response;
}

bool RaftClient::on_fetch_snapshot_response(Env const& env, FetchSnapshotResponse const& response,
                                            Out& out)
{
    if (response.leader_epoch == no_epoch)
        return false;
    LeaderClaim const claim{response.leader, response.leader_epoch, response.leader_node};
    if (std::optional<bool> const handled = common_response(env, response.error, claim, out))
        return *handled;
    auto* const follower = std::get_if<Follower>(&state_);
    if (follower == nullptr)
        return true;
    follower->has_fetched = true;
    follower->fetch_deadline = env.now + config_.fetch_timeout;
    if (response.error != Error::none || !follower->fetching ||
        response.snapshot != follower->fetching->snapshot ||
        response.piece.position != follower->fetching->position) {
        out.note("the leader has no such piece of its snapshot ({}), fetch again",
                 to_string(response.error));
        follower->fetching.reset();
        return true;
    }
    follower->fetching->position += response.piece.bytes;
    if (follower->fetching->position < response.size)
        return true;
    SnapshotRef const snapshot = response.piece.of;
    follower->fetching.reset();
    Offset const before = log_.end_offset();
    log_.add_snapshot(env, snapshot, config_.switches.snapshot_fsync, out);
    if (!log_.truncate_to_latest_snapshot(env, out)) {
        out.note("the snapshot {}-{} from the leader does not reach behind this log, which ends "
                 "at {}: halt",
                 snapshot->id.end_offset.value, snapshot->id.epoch.value, before.value);
        halt(out);
        return true;
    }
    history_.load(*snapshot);
    out.note("snapshot {}-{} is complete, the log that ended at {} begins behind it",
             snapshot->id.end_offset.value, snapshot->id.epoch.value, before.value);
    out.observe(MetadataSnapshotWritten{stated(), snapshot->id, high_watermark()});
    out.observe(MetadataLogCleaned{stated(), log_.start_offset(), snapshot->id.end_offset, true});
    wait_for(log_.active_file(), out);
    follower_high_watermark(std::max(high_watermark(), snapshot->id.end_offset), out);
    return true;
}

void RaftClient::create_snapshot(Env const& env, EpochAndOffset id,
                                 sim::Ref<BatchContents> contents, Out& out)
{
    if (halted_ || id.end_offset <= log_.start_offset() || id.end_offset > high_watermark() ||
        log_.find_snapshot(id))
        return;
    BatchRef last;
    std::vector<BatchRef> const& batches = log_.batches();
    auto const at = std::lower_bound(
        batches.begin(), batches.end(), id.end_offset,
        [](BatchRef const& batch, Offset end) { return batch->end_offset() < end; });
    if (at == batches.end() || (*at)->end_offset() != id.end_offset ||
        (*at)->leader_epoch != id.epoch)
        return;  // Not the end of a batch that is here.
    auto* const made = new MetadataSnapshot;
    made->id = id;
    made->last_contained_timestamp = (*at)->max_timestamp;
    made->kraft_version = history_.kraft_version_at(id.end_offset - 1);
    if (made->kraft_version > 0)
        if (std::optional<VoterSet> const voters = history_.voters_at(id.end_offset - 1))
            made->voters = voters->list();
    made->contents = std::move(contents);
    SnapshotRef const snapshot(made);
    out.note("write a snapshot of everything before {}, {} bytes", id.end_offset.value,
             snapshot->size());
    log_.add_snapshot(env, snapshot, config_.switches.snapshot_fsync, out);
    history_.forget_before(id.end_offset);
    out.observe(MetadataSnapshotWritten{stated(), id, high_watermark()});
    bytes_since_snapshot_ = 0;
    last_snapshot_ = env.now;
    snapshot_due_ = false;
}

// SnapshotGenerator: by bytes of committed records, or by time.
void RaftClient::look_for_snapshot(Env const& env)
{
    if (snapshot_due_ || bytes_since_snapshot_ == 0)
        return;
    bool const by_bytes = bytes_since_snapshot_ >= config_.bytes_between_snapshots;
    bool const by_time =
        config_.snapshot_interval.ns > 0 && env.now - last_snapshot_ >= config_.snapshot_interval;
    if (!by_bytes && !by_time)
        return;
    snapshot_due_ = true;
    events_.push_back(RaftSnapshotDue{});
}

void RaftClient::clean(Env const& env, Out& out)
{
    clean_deadline_ = env.now + 60_s;
    if (!log_.clean(env, out))
        return;
    out.note("the metadata log begins at {} now, what is before is in a snapshot",
             log_.start_offset().value);
    out.observe(MetadataLogCleaned{stated(), log_.start_offset(),
                                   log_.snapshots().front()->id.end_offset, false});
}

}  // namespace odradek::kafka
