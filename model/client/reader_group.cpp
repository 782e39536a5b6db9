// A consumer in a group: the loop of its application. poll() gives records out; they are worked on;
// what is done is committed, by the clock or by the application, behind its work (at least once) or
// before it (at most once). Source:
// org.apache.kafka.clients.consumer.internals.ClassicKafkaConsumer.
#include <algorithm>

#include "model/client/reader_group.h"

namespace odradek::kafka {

ConsumerCoordinator::Call Reader::call(Env const& env, Group& group, Out& out)
{
    return {env, metadata_, group, out};
}

// SubscriptionState.assignFromSubscribed: what stays keeps its position.
void Reader::assign(Env const& env, std::vector<TopicPartition> const& partitions)
{
    std::vector<Partition> kept;
    for (TopicPartition const id : partitions) {
        if (Partition const* const known = find(id)) {
            kept.push_back(*known);
            kept.back().pending_revocation = false;
            continue;
        }
        Partition& added = kept.emplace_back();
        added.partition = id;
        added.awaits_committed = true;
        added.reset_reason = "no position yet";
        added.retry_at = env.now;
        added.seen_epoch = metadata_.view().partition(id).leader_epoch;
        // A fetch of before may still be under way.
        for (auto const& [cookie, request] : requests_)
            added.under_way |= std::find(request.partitions.begin(), request.partitions.end(),
                                         id) != request.partitions.end();
    }
    partitions_ = std::move(kept);
    std::erase_if(buffer_, [this](Fetched const& fetched) {
        Partition const* const mine = find(fetched.partition);
        return mine == nullptr || !mine->position;
    });
}

std::vector<OffsetCommitPartition> Reader::positions() const
{
    std::vector<OffsetCommitPartition> offsets;
    for (Partition const& partition : partitions_)
        if (partition.position)
            offsets.push_back(
                {partition.partition, *partition.position, partition.position_epoch, {}});
    return offsets;
}

// The end of every handler.
void Reader::poll_group(Env const& env, Out& out)
{
    Group group(*this, env, out);
    ConsumerCoordinator::Call const at = call(env, group, out);
    if (metadata_seen_ != metadata_.updates()) {
        metadata_seen_ = metadata_.updates();
        for (Partition& partition : partitions_) {
            Epoch const epoch = metadata_.view().partition(partition.partition).leader_epoch;
            if (epoch > partition.seen_epoch) {
                partition.seen_epoch = epoch;
                partition.preferred = no_broker;
                partition.retry_at = {};
                partition.failures = 0;
            }
        }
    }
    metadata_.maybe_update(env, network_, out);
    go_on(env, out);
    while (!finished_ && stage_ == Stage::polling) {
        group_->set_polling(env, true);
        // Topics must be known before anybody is the leader of a group that reads them.
        if (metadata_.updates() != 0)
            group_->poll(at);
        if (group_->failed())
            return stop(env, "it is no member of its group any more", out);
        std::vector<TopicPartition> unknown;
        for (Partition const& partition : partitions_)
            if (partition.awaits_committed)
                unknown.push_back(partition.partition);
        if (!unknown.empty())
            group_->fetch_committed(at, unknown);
        given_.clear();
        if (!poll(env, out)) {
            // Behind markers, and where compaction has left nothing, there was nothing to do.
            for (Given const& given : given_)
                out.observe(RecordsProcessed{client_, group_->group(), given.partition, given.from,
                                             given.to});
            given_.clear();
            break;
        }
        after_poll(env, out);
    }
    if (finished_)
        return;
    if (stage_ == Stage::polling) {
        send_list_offsets(env, out);
        if (finished_)
            return;
        send_fetches(env, out);
    }
    group_->set_polling(env, stage_ == Stage::polling);
    group_->beat(at);
    if (group_->failed())
        return stop(env, "it is no member of its group any more", out);
    metadata_.maybe_update(env, network_, out);
    arm_wake(env, out);
}

// poll() has returned records.
void Reader::after_poll(Env const& env, Out& out)
{
    group_->set_polling(env, false);
    if (pattern_->pattern == GroupSpec::Pattern::at_most_once) {
        Group group(*this, env, out);
        stage_ = Stage::committing_first;
        busy_until_ = env.now;
        group_->commit_sync(call(env, group, out), positions());
    } else {
        stage_ = Stage::processing;
    }
    go_on(env, out);
}

void Reader::go_on(Env const& env, Out& out)
{
    Group group(*this, env, out);
    ConsumerCoordinator::Call const at = call(env, group, out);
    using Sync = ConsumerCoordinator::SyncCommit;
    group_->go_on_with_commit(at);
    if (stage_ == Stage::committing_first && group_->sync_commit() != Sync::under_way) {
        bool const done = group_->sync_commit() == Sync::done;
        group_->take_sync_commit();
        if (done) {
            stage_ = Stage::processing;
            busy_until_ =
                env.now + env.chance->sample(processing_site, env.self.value, processing_);
        } else {
            // Another member may have them, so that they are not this one's to work on.
            out.note("what could not be committed is not worked on");
            given_.clear();
            stage_ = Stage::polling;
        }
    }
    if (stage_ == Stage::processing && env.now >= busy_until_) {
        for (Given const& given : given_)
            out.observe(
                RecordsProcessed{client_, group_->group(), given.partition, given.from, given.to});
        given_.clear();
        stage_ = Stage::polling;
        if (pattern_->pattern == GroupSpec::Pattern::at_least_once) {
            if (pattern_->commit == GroupSpec::Commit::synchronous) {
                stage_ = Stage::committing;
                group_->commit_sync(at, positions());
            } else if (pattern_->commit == GroupSpec::Commit::asynchronous) {
                group_->commit_async(at, positions());
            }
        }
    }
    if (stage_ == Stage::committing && group_->sync_commit() != Sync::under_way) {
        group_->take_sync_commit();
        stage_ = Stage::polling;
    }
    if (stage_ == Stage::closing && (group_->closed() || env.now >= close_until_))
        stop(env, stop_reason_, out);
}

// consumer.close(): what was worked on is committed, the member leaves.
void Reader::begin_close(Env const& env, char const* why, Out& out)
{
    Group group(*this, env, out);
    // What it is still working on is not done.
    bool const idle = stage_ == Stage::polling;
    stage_ = Stage::closing;
    stop_reason_ = why;
    close_until_ = env.now + config_.request_timeout;
    if (group_->close(call(env, group, out), idle))
        stop(env, why, out);
}

}  // namespace odradek::kafka
