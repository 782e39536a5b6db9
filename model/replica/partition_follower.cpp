// A replica as follower: what it asks its leader for, and what it does with the answer.
#include <algorithm>
#include <utility>

#include "model/replica/partition.h"
#include "model/replica/truncation.h"

namespace odradek::kafka {

Partition::Changed Partition::become_follower(ReplicaContext const& at, PartitionState const& state)
{
    Changed changed;
    if (state.partition_epoch < partition_epoch_)
        return changed;
    FollowerRole const* const followed = follower_role();
    bool const same_leader = followed != nullptr && leader_ == state.leader;
    bool const in_fetcher = same_leader && followed->in_fetcher;
    // Before KAFKA-7164 who had the same leader as before had nothing to do.
    bool const new_epoch = state.leader_epoch > leader_epoch_ &&
                           (at.switches.truncate_in_each_epoch || !same_leader || followed->failed);
    changed.role = new_epoch || followed == nullptr;
    replicas_ = state.replicas;
    topic_ = state.topic;
    leader_ = state.leader;
    leader_epoch_ = std::max(leader_epoch_, state.leader_epoch);
    partition_epoch_ = state.partition_epoch;
    if (!changed.role)
        return changed;
    FollowerRole& role = role_.emplace<FollowerRole>();
    role.in_fetcher = in_fetcher;
    role.truncating = asks_for_epochs(at.switches.truncation);
    at.out.observe(
        BecameFollower{at.self, id_, leader_, leader_epoch_, log_.end(), log_.high_watermark()});
    if (leader_ == no_broker)
        at.out.note("{}: nobody leads in epoch {}; log end {}, high watermark {}", name(),
                    leader_epoch_.value, log_.end().value, log_.high_watermark().value);
    else
        at.out.note("{}: follow {} in epoch {}; log end {}, high watermark {}", name(),
                    leader_.value, leader_epoch_.value, log_.end().value,
                    log_.high_watermark().value);
    // Before KIP-101: what is above the own high watermark may not be the leader's, so it goes,
    // without asking. It may be acknowledged all the same: the high watermark here is always late.
    if (leader_ == no_broker)
        return changed;
    if (at.switches.truncation == Truncation::high_watermark)
        truncate_to_high_watermark(at, "the leader may have something else above it");
    else if (truncates_on_fetch(at.switches.truncation) && !log_.epochs().latest_epoch())
        truncate_to_high_watermark(at, "no epoch is known of the records above it");
    return changed;
}

std::optional<OffsetForLeaderPartition> Partition::ask_for_epoch(ReplicaContext const& at)
{
    std::optional<Epoch> const latest = log_.epochs().latest_epoch();
    if (!latest) {
        truncate_to_high_watermark(at, "no epoch is known of the records above it");
        follower_role()->truncating = false;
        return std::nullopt;
    }
    OffsetForLeaderPartition question;
    question.partition = id_;
    question.leader_epoch = *latest;
    if (is_fenced(at.switches.truncation))
        question.current_leader_epoch = leader_epoch_;
    return question;
}

// AbstractFetcherThread.getOffsetTruncationState.
void Partition::on_epoch_end(ReplicaContext const& at, EpochEndOffset const& answer)
{
    if (answer.end_offset == no_offset) {
        truncate_to_high_watermark(at, "the leader knows nothing of our latest epoch");
        follower_role()->truncating = false;
        return;
    }
    follower_role()->truncating =
        !truncate_to_divergence(at, {answer.leader_epoch, answer.end_offset});
}

FetchPartition Partition::next_fetch(ReplicaContext const& at) const
{
    FetchPartition wanted;
    wanted.partition = id_;
    if (is_fenced(at.switches.truncation))
        wanted.current_leader_epoch = leader_epoch_;
    wanted.fetch_offset = log_.end();
    if (truncates_on_fetch(at.switches.truncation) && !follower_role()->epoch_forgotten)
        wanted.last_fetched_epoch = log_.epochs().latest_epoch().value_or(no_epoch);
    wanted.log_start_offset = log_.start();
    wanted.max_bytes = at.config.replica_fetch_max_bytes;
    return wanted;
}

Partition::Replicated Partition::on_fetched(ReplicaContext const& at,
                                            FetchPartitionResponse const& response)
{
    Replicated done;
    if (response.diverging_epoch) {
        // KAFKA-14704: nothing else of this answer counts, least of all the high watermark.
        if (!at.switches.no_high_watermark_while_diverging)
            take_high_watermark(at, response.high_watermark);
        truncate_to_divergence(at, *response.diverging_epoch);
        done.changed = true;
        return done;
    }
    // UnifiedLog.analyzeAndValidateRecords looks at all that came before it appends any of it.
    for (BatchRef const& batch : response.batches)
        if (batch->damaged) {
            at.out.note("{}: the batch at {} is corrupt as {} sent it: take nothing of the answer, "
                        "and ask again (CorruptRecordException)",
                        name(), batch->base_offset.value, leader_.value);
            done.corrupt = true;
            return done;
        }
    for (BatchRef const& batch : response.batches) {
        if (batch->leader_epoch > leader_epoch_ && is_fenced(at.switches.truncation) &&
            at.switches.append_only_own_epoch) {
            at.out.note("{}: a batch at {} is of epoch {}, ours is {}: leave it (KAFKA-18723)",
                        name(), batch->base_offset.value, batch->leader_epoch.value,
                        leader_epoch_.value);
            break;
        }
        if (batch->base_offset < log_.end()) {
            // KAFKA-6975: the leader's log may start inside of a batch, and a log that is empty
            // begins with all of it.
            if (log_.start() != log_.end() || batch->end_offset() <= log_.end() ||
                !at.switches.first_batch_spans_log_start) {
                fail(at, "the leader's batch begins before the end of our log");
                return done;
            }
            truncate(at, batch->base_offset, true, "the leader's first batch begins there");
        }
        log_.append_as_follower(at.env, batch, topic_, at.out);
        at.out.observe(RecordsAppended{at.self, id_, false, batch});
        done.records = true;
        if (at.follower_quota != nullptr && at.follower_quota->is_throttled(id_))
            at.follower_quota->record(at.env.wall, batch->size_bytes);
    }
    if (!at.switches.last_fetched_epoch_kept)
        follower_role()->epoch_forgotten = !done.records;
    Offset const before = log_.high_watermark();
    take_high_watermark(at, response.high_watermark);
    done.changed = log_.high_watermark() != before;
    take_log_start(at, response.log_start_offset);
    done.changed |= done.records;
    follower_role()->in_sync = response.high_watermark <= log_.end();
    return done;
}

// ReplicaFetcherThread.processPartitionData: what the leader has deleted is deleted here too.
void Partition::take_log_start(ReplicaContext const& at, Offset leaders)
{
    Offset const start = log_.start();
    if (leaders <= start || leaders > log_.high_watermark())
        return;
    log_.raise_start(leaders, at.out);
    if (at.switches.log_start_written_at_once)
        at.out.arm(timer(TimerKind::log_start_checkpoint), {});
    at.out.observe(LogStartRaised{at.self, id_, leader_epoch_,
                                  LogStartReason::leader_offset_incremented, start, log_.start(),
                                  log_.high_watermark()});
    if (at.out.listening())
        at.out.note("{}: the leader's log starts at {}, ours from here on too; it was {}", name(),
                    leaders.value, start.value);
}

// Never beyond our own log, and it may go back (on a follower).
void Partition::take_high_watermark(ReplicaContext const& at, Offset leaders)
{
    Offset const before = log_.high_watermark();
    if (!log_.set_high_watermark(leaders))
        return;
    Offset const after = log_.high_watermark();
    at.out.observe(HighWatermarkAdvanced{at.self, id_, false, leader_epoch_, before, after});
    if (at.out.listening())
        at.out.detail("{}: high watermark {} -> {}: the leader's is {}, our log end {}", name(),
                      before.value, after.value, leaders.value, log_.end().value);
}

bool Partition::truncate_to_divergence(ReplicaContext const& at, EpochAndOffset diverging)
{
    TruncationPoint const point = truncation_point(diverging, log_.epochs(), log_.end());
    if (at.out.listening())
        at.out.note("{}: the leader's epoch {} ends at {}; our last epoch is {}, log end {}",
                    name(), diverging.epoch.value, diverging.end_offset.value,
                    log_.epochs().latest_epoch().value_or(no_epoch).value, log_.end().value);
    truncate(at, point.offset, false,
             point.complete ? "there our log and the leader's part"
                            : "there our largest epoch below the leader's ends; ask again");
    return point.complete;
}

void Partition::truncate_to_high_watermark(ReplicaContext const& at, char const* why)
{
    truncate(at, log_.high_watermark(), false, why);
}

bool Partition::forget_refused(ReplicaContext const& at)
{
    Offset const from = log_.end();
    Offset const high_watermark = log_.high_watermark();
    if (!log_.forget_refused(at.env, at.out))
        return false;
    at.out.observe(LogTruncated{at.self, id_, from, log_.end(), high_watermark});
    at.out.note("{}: what was to be written from {} on was refused; the log goes on there", name(),
                log_.end().value);
    return true;
}

void Partition::truncate(ReplicaContext const& at, Offset to, bool fully, char const* why)
{
    Offset const from = log_.end();
    Offset const high_watermark = log_.high_watermark();
    std::optional<Offset> const cleaned = log_.cleaned_to();
    Offset const recovery_point = log_.recovery_point();
    if (fully)
        log_.truncate_fully_and_start_at(at.env, to, topic_, at.out);
    else if (to >= from && !at.switches.trim_epoch_cache_at_end)
        return;  // KAFKA-10706: no record is cut, so nothing is done.
    else if (!log_.truncate_to(at.env, to, topic_, at.out))
        return;
    if (log_.cleaned_to() != cleaned && at.cut_cleaned != nullptr)
        *at.cut_cleaned = true;
    at.out.observe(LogTruncated{at.self, id_, from, log_.end(), high_watermark});
    // The file must not say that more is durable than is there (LogManager.truncateTo).
    if (log_.recovery_point() < recovery_point)
        at.out.arm(timer(TimerKind::recovery_point_checkpoint), {});
    if (at.out.listening())
        at.out.note("{}: truncate from {} to {}: {}; the high watermark was {}", name(), from.value,
                    log_.end().value, why, high_watermark.value);
}

// KAFKA-2143: the leader's end was asked after we found ourselves out of range, so it may have
// grown past ours meanwhile; then we are not ahead, and the start decides.
bool Partition::on_leader_end(ReplicaContext const& at, Offset leader_end)
{
    if (leader_end >= log_.end())
        return false;
    if (!at.switches.follower_ahead_not_fatal && !topic_.unclean_leader_election_enable) {
        at.out.note("{}: our log ends at {}, the leader's at {}, and unclean elections are off, so "
                    "that cannot be: halt (KAFKA-3410)",
                    name(), log_.end().value, leader_end.value);
        at.out.exit();
        return true;
    }
    truncate(at, leader_end, false, "out of range, and the leader's log ends there");
    return true;
}

void Partition::on_leader_start(ReplicaContext const& at, Offset leader_start)
{
    if (leader_start > log_.end() || !at.switches.out_of_range_keeps_log)
        truncate(at, leader_start, true, "out of range, and the leader's log starts there");
}

void Partition::fail(ReplicaContext const& at, char const* why)
{
    follower_role()->failed = true;
    at.out.note("{}: stop following {} in epoch {}: {}; wait for a new epoch", name(),
                leader_.value, leader_epoch_.value, why);
}

}  // namespace odradek::kafka
