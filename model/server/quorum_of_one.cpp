#include "model/server/quorum_of_one.h"

#include <algorithm>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

FetchResponse in_response(FetchPartitionResponse partition)
{
    FetchResponse response;
    response.partitions.push_back(std::move(partition));
    return response;
}

}  // namespace

// A voter that led its stored epoch never leads that epoch again; alone in its quorum it needs
// nobody's vote for the next one. Both steps are durable before they count.
void QuorumOfOne::start(Env const& env, Out& out)
{
    log_.recover(env, "", out);
    sim::FileId const file = env.open(quorum_state_path);
    Epoch stored{0};
    std::vector<sim::Extent> const& extents = env.read(file);
    if (!extents.empty() && !extents.back().torn())
        stored = static_cast<QuorumState const&>(*extents.back().blob).leader_epoch;
    epoch_ = std::max(stored, log_.last_epoch()).next();
    if (log_.batches().empty())
        out.note("an empty metadata log and a quorum of one: elect myself in epoch {}",
                 epoch_.value);
    else
        out.note("metadata log read back up to {}, last epoch {}: a quorum of one, elect myself in "
                 "epoch {}",
                 log_.end_offset().value, log_.last_epoch().value, epoch_.value);
    out.replace(file, sim::Ref<sim::Blob>(new QuorumState(no_broker, epoch_, config_.id)));
    out.replace(file, sim::Ref<sim::Blob>(new QuorumState(config_.id, epoch_, no_broker)));
    unwritten_.push_back(
        make_metadata_batch({LeaderChangeMessage{config_.id, {config_.id}}}, env.wall)
            ->stamped(log_.end_offset(), epoch_));
    write_pending(out);
}

void QuorumOfOne::append(BatchRef batch, Out& out)
{
    unwritten_.push_back(std::move(batch));
    if (config_.append_linger.ns <= 0)
        write_pending(out);
    else if (unwritten_.size() == 1)
        out.arm(timer(TimerKind::metadata_append), config_.append_linger);
}

void QuorumOfOne::write_pending(Out& out)
{
    if (unwritten_.empty())
        return;
    for (BatchRef& batch : unwritten_)
        log_.append(std::move(batch), out);
    unwritten_.clear();
    out.cancel(timer(TimerKind::metadata_append));
    out.flush(log_.file(), true);
    flushes_.push_back(log_.end_offset());
}

bool QuorumOfOne::owns(Timer which)
{
    return which == timer(TimerKind::metadata_append) ||
           which == timer(TimerKind::delayed_metadata_fetch);
}

void QuorumOfOne::on_timer(Env const& env, Timer which, Out& out)
{
    if (which == timer(TimerKind::metadata_append))
        return write_pending(out);
    fetch_timer_armed_ = false;
    answer_fetches(env, out);
}

void QuorumOfOne::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    if (file != log_.file())
        return;
    ENSURE(!flushes_.empty(), "a flush that completes was asked for");
    high_watermark_ = flushes_.front();
    flushes_.pop_front();
    claimed_ = true;
    answer_fetches(env, out);
}

void QuorumOfOne::on_fetch(Env const& env, RequestId request, FetchRequest const& message, Out& out)
{
    if (message.partitions.size() != 1 || message.partitions[0].partition.topic != metadata_topic) {
        FetchResponse response;
        response.error = Error::invalid_request;
        return out.reply(request, std::move(response));
    }
    FetchPartition const& wanted = message.partitions[0];
    std::optional<FetchPartitionResponse> answer = try_fetch(wanted);
    if (answer) {
        if (answer->error != Error::none || answer->diverging_epoch)
            out.note("broker {} fetches the metadata log at {} in epoch {} after epoch {}: {}",
                     message.replica.value, wanted.fetch_offset.value,
                     wanted.current_leader_epoch.value, wanted.last_fetched_epoch.value,
                     answer->error != Error::none
                         ? to_string(answer->error)
                         : fmt::format("epoch {} ends at {} here",
                                       answer->diverging_epoch->epoch.value,
                                       answer->diverging_epoch->end_offset.value));
        return out.reply(request, in_response(std::move(*answer)));
    }
    fetches_.push_back({request, wanted, env.now + message.max_wait});
    arm_fetch_timer(env, out);
}

// KIP-595, "Fetch": fenced by epoch first, then the logs must agree, then records up to what is
// committed.
std::optional<FetchPartitionResponse> QuorumOfOne::try_fetch(FetchPartition const& wanted) const
{
    FetchPartitionResponse response;
    response.partition = wanted.partition;
    response.high_watermark = high_watermark_;
    response.log_start_offset = Offset{0};
    response.current_leader = LeaderHint{config_.id, epoch_};
    if (wanted.current_leader_epoch != epoch_) {
        response.error = wanted.current_leader_epoch < epoch_ ? Error::fenced_leader_epoch
                                                              : Error::unknown_leader_epoch;
        return response;
    }
    if (wanted.fetch_offset != Offset{0}) {
        EpochAndOffset const end = log_.end_of(wanted.last_fetched_epoch);
        if (end.epoch != wanted.last_fetched_epoch || end.end_offset < wanted.fetch_offset) {
            response.diverging_epoch = end;
            return response;
        }
    }
    response.batches = log_.read(wanted.fetch_offset, std::max(high_watermark_, Offset{0}),
                                 static_cast<std::uint64_t>(std::max(wanted.max_bytes, 0)));
    if (response.batches.empty())
        return std::nullopt;
    return response;
}

// Answers every waiting fetch that has something now, or has waited long enough.
void QuorumOfOne::answer_fetches(Env const& env, Out& out)
{
    std::vector<WaitingFetch> waiting;
    for (WaitingFetch& fetch : fetches_) {
        std::optional<FetchPartitionResponse> answer = try_fetch(fetch.partition);
        if (!answer && env.now >= fetch.deadline) {
            answer.emplace();
            answer->partition = fetch.partition.partition;
            answer->high_watermark = high_watermark_;
            answer->log_start_offset = Offset{0};
            answer->current_leader = LeaderHint{config_.id, epoch_};
        }
        if (answer)
            out.reply(fetch.request, in_response(std::move(*answer)));
        else
            waiting.push_back(std::move(fetch));
    }
    fetches_ = std::move(waiting);
    arm_fetch_timer(env, out);
}

// It may come early, when the fetch it was armed for has been answered meanwhile.
void QuorumOfOne::arm_fetch_timer(Env const& env, Out& out)
{
    if (fetches_.empty() || fetch_timer_armed_)
        return;
    Instant next = Instant::never();
    for (WaitingFetch const& fetch : fetches_)
        next = std::min(next, fetch.deadline);
    fetch_timer_armed_ = true;
    out.arm(timer(TimerKind::delayed_metadata_fetch), next - env.now);
}

}  // namespace odradek::kafka
