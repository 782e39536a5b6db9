// Committed offsets: by the clock, by the application, and asked for. Source: ConsumerCoordinator
// (maybeAutoCommitOffsetsAsync, commitOffsetsSync, commitOffsetsAsync, OffsetCommitResponseHandler,
// OffsetFetchResponseHandler).
#include <algorithm>

#include "model/client/consumer_coordinator.h"
#include "model/messages/any.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site commit_site("consumer.commit-backoff");
constexpr sim::Site fetch_site("consumer.offset-fetch-backoff");

// May the same commit be sent again (RetriableException)?
bool is_retriable_commit(Error error)
{
    switch (error) {
    case Error::network_exception:
    case Error::request_timed_out:
    case Error::coordinator_load_in_progress:
    case Error::coordinator_not_available:
    case Error::not_coordinator:
    case Error::unknown_topic_or_partition:
        return true;
    default:
        return false;
    }
}

}  // namespace

void ConsumerCoordinator::maybe_auto_commit(Call const& at)
{
    if (!config_.enable_auto_commit || at.env.now < auto_commit_at_)
        return;
    auto_commit_at_ = at.env.now + config_.auto_commit_interval;
    std::vector<OffsetCommitPartition> offsets = at.consumer.consumed();
    if (offsets.empty())
        return;
    if (!send_commit(at, {.kind = Kind::commit, .automatic = true, .offsets = std::move(offsets)}))
        auto_commit_at_ = at.env.now + config_.retry_backoff;
}

void ConsumerCoordinator::commit_sync(Call const& at, std::vector<OffsetCommitPartition> offsets)
{
    if (offsets.empty()) {
        sync_ = SyncCommit::done;
        return;
    }
    sync_ = SyncCommit::under_way;
    sync_offsets_ = std::move(offsets);
    sync_deadline_ = at.env.now + config_.default_api_timeout;
    sync_failures_ = 0;
    sync_at_ = at.env.now;
    retry_sync(at);
}

void ConsumerCoordinator::retry_sync(Call const& at)
{
    if (at.env.now >= sync_deadline_) {
        at.out.note("a commit was not acknowledged for default.api.timeout.ms");
        ++statistics_.commits_failed;
        sync_ = SyncCommit::failed;
        return;
    }
    if (!coordinator_) {
        look_up(at);
        sync_at_ = std::min(at.env.now + config_.retry_backoff, sync_deadline_);
        return;
    }
    if (!ready(at)) {
        sync_at_ = std::min(at.env.now + config_.retry_backoff, sync_deadline_);
        return;
    }
    sync_at_ = sync_deadline_;
    send_commit(at, {.kind = Kind::commit, .synchronous = true, .offsets = sync_offsets_});
}

void ConsumerCoordinator::commit_async(Call const& at, std::vector<OffsetCommitPartition> offsets)
{
    if (offsets.empty())
        return;
    if (!send_commit(at, {.kind = Kind::commit, .offsets = std::move(offsets)})) {
        at.out.detail("an asynchronous commit is given up: no coordinator");
        ++statistics_.commits_failed;
    }
}

// False: it cannot be sent now.
bool ConsumerCoordinator::send_commit(Call const& at, Request request)
{
    if (!ready(at))
        return false;
    // Who is no member has nothing to commit (CommitFailedException), and who is about to join
    // waits for its generation (RebalanceInProgressException).
    if (state_ != State::stable) {
        commit_failed(at, request,
                      state_ == State::unjoined ? Error::unknown_member_id
                                                : Error::rebalance_in_progress);
        return true;
    }
    OffsetCommitRequest message;
    message.group = plan_.group;
    message.generation = generation_.id;
    message.member_id = generation_.member;
    message.instance_id = config_.group_instance_id;
    message.partitions = request.offsets;
    send(at, *coordinator_, std::move(message), std::move(request));
    return true;
}

void ConsumerCoordinator::on_commit(Call const& at, Request const& request,
                                    OffsetCommitResponse const& response)
{
    for (CommittedPartition const& partition : response.partitions) {
        Error const error = partition.error;
        if (error == Error::none)
            continue;
        if (error == Error::coordinator_not_available || error == Error::not_coordinator ||
            error == Error::request_timed_out)
            mark_unknown(at, "it does not take a commit");
        bool const current = request.sent == generation_;
        if (error == Error::rebalance_in_progress && current && state_ == State::stable)
            request_rejoin(at, "a commit came too late for its generation");
        if ((error == Error::unknown_member_id || error == Error::illegal_generation) &&
            (current || !plan_.switches.stale_answers_ignored))
            reset_generation(at, "a commit was refused", error == Error::illegal_generation);
        if (error == Error::fenced_instance_id && current) {
            at.out.note("another process is {} now", config_.group_instance_id);
            failed_ = error;
        }
        return commit_failed(at, request, error);
    }
    ++statistics_.commits;
    if (request.before_join) {
        before_join_done_ = true;
        before_join_under_way_ = false;
    }
    if (request.synchronous)
        sync_ = SyncCommit::done;
    OffsetsAcknowledged told{plan_.client, plan_.group, request.sent.id, {}, request.automatic};
    for (OffsetCommitPartition const& one : request.offsets)
        told.offsets.push_back({one.partition, one.offset});
    at.out.observe(std::move(told));
}

void ConsumerCoordinator::commit_failed(Call const& at, Request const& request, Error error)
{
    bool const again = is_retriable_commit(error);
    at.out.note("a commit of {} partitions failed: {}", request.offsets.size(), to_string(error));
    if (request.synchronous && sync_ == SyncCommit::under_way) {
        if (again) {
            sync_at_ =
                at.env.now + exponential_backoff(at.env, commit_site, config_.retry_backoff,
                                                 config_.retry_backoff_max, sync_failures_++);
            return;
        }
        sync_ = SyncCommit::failed;
    }
    ++statistics_.commits_failed;
    if (request.before_join) {
        before_join_under_way_ = false;
        if (again)
            join_at_ = at.env.now + config_.retry_backoff;
        else
            before_join_done_ = true;
        return;
    }
    if (request.automatic && again && config_.enable_auto_commit)
        auto_commit_at_ = at.env.now + config_.retry_backoff;
}

bool ConsumerCoordinator::fetch_committed(Call const& at,
                                          std::vector<TopicPartition> const& partitions)
{
    if (fetch_under_way_ || at.env.now < fetch_at_)
        return false;
    if (!coordinator_) {
        look_up(at);
        return false;
    }
    if (!ready(at))
        return false;
    OffsetFetchRequest message;
    message.group = plan_.group;
    message.require_stable = true;
    message.partitions = partitions;
    fetch_under_way_ = true;
    send(at, *coordinator_, std::move(message), {.kind = Kind::fetch, .partitions = partitions});
    return true;
}

void ConsumerCoordinator::on_fetched(Call const& at, Request const& request,
                                     OffsetFetchResponse const& response)
{
    fetch_under_way_ = false;
    // Asked in an earlier generation: others may have committed since (sameRequest).
    if (request.sent != generation_)
        return;
    auto const later = [&] {
        fetch_at_ = at.env.now + exponential_backoff(at.env, fetch_site, config_.retry_backoff,
                                                     config_.retry_backoff_max, fetch_failures_++);
    };
    if (response.error != Error::none) {
        at.out.note("committed offsets of {} are not to be had: {}", plan_.group,
                    to_string(response.error));
        if (response.error == Error::not_coordinator)
            mark_unknown(at, "it does not know of committed offsets");
        return later();
    }
    bool unstable = false;
    for (FetchedOffset const& one : response.partitions)
        unstable |= one.error != Error::none;
    if (unstable) {
        // All or nothing: what is open may concern what belongs together.
        at.out.detail("a transaction is about to commit offsets of {}: wait for it", plan_.group);
        return later();
    }
    fetch_failures_ = 0;
    for (FetchedOffset const& one : response.partitions)
        if (std::binary_search(assigned_.begin(), assigned_.end(), one.partition))
            at.consumer.on_committed(one);
}

}  // namespace odradek::kafka
