#include "model/check/storage.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace odradek::kafka::check {

StorageLaws::StorageLaws(Verdicts& verdicts)
    : flushed_kept_(verdicts.add_law("flushed-kept", sim::PropertyKind::always,
                                     "a log that is recovered holds everything that was flushed")),
      recovery_point_(verdicts.add_law("recovery-point-durable", sim::PropertyKind::always,
                                       "a recovery point is not ahead of what the disk has")),
      not_too_early_(verdicts.add_law("retention-not-early", sim::PropertyKind::always,
                                      "retention deletes nothing that is younger than it says")),
      below_high_watermark_(verdicts.add_law("retention-below-hw", sim::PropertyKind::always,
                                             "retention deletes only what is committed")),
      indexes_agree_(verdicts.add_law("indexes-agree", sim::PropertyKind::always,
                                      "every entry of an index agrees with the log")),
      epochs_(verdicts.add_law(
          "leader-epochs-recovered", sim::PropertyKind::always,
          "a log that is read back knows where the epoch of each of its records began")),
      fenced_(verdicts.add_law("nothing-behind-failed-append", sim::PropertyKind::always,
                               "when a disk has refused an append, a log takes nothing more"))
{
}

void StorageLaws::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    if (auto const* flushed = std::get_if<LogFlushed>(&fact.is)) {
        Durable& durable = durable_[{flushed->broker, flushed->partition}];
        if (flushed->end > durable.end) {
            durable.end = flushed->end;
            durable.event = fact.event;
        }
    } else if (auto const* cut = std::get_if<LogTruncated>(&fact.is)) {
        Durable& durable = durable_[{cut->broker, cut->partition}];
        durable.end = std::min(durable.end, cut->to);
        durable.cut = std::min(durable.cut.value_or(cut->to), cut->to);
    } else if (auto const* gone = std::get_if<ReplicaDeleted>(&fact.is)) {
        durable_.erase({gone->broker, gone->partition});
        refused_.erase({gone->broker, gone->partition});
        started_.erase({gone->broker, gone->partition});
    } else if (auto const* raised = std::get_if<LogStartRaised>(&fact.is)) {
        Offset& started = started_[{raised->broker, raised->partition}];
        started = std::max(started, raised->to);
    } else if (auto const* log = std::get_if<LogRecovered>(&fact.is)) {
        refused_.erase({log->broker, log->partition});
        recovered(fact, *log, names, verdicts);
        check_epochs(fact, *log, names, verdicts);
    } else if (auto const* refused = std::get_if<AppendFailed>(&fact.is)) {
        verdicts.exercised(fenced_);
        refused_.emplace(std::pair(refused->broker, refused->partition), fact.event);
    } else if (auto const* appended = std::get_if<RecordsAppended>(&fact.is)) {
        if (!refused_.empty())
            check_fenced(fact, *appended, names, verdicts);
    } else if (auto const* segment = std::get_if<SegmentDeleted>(&fact.is)) {
        deleted(fact, *segment, names, verdicts);
    }
}

void StorageLaws::recovered(Fact const& fact, LogRecovered const& log, Names const& names,
                            Verdicts& verdicts)
{
    Violation violation;
    violation.partition = log.partition;
    violation.time = fact.time;
    std::optional<Offset> cut;
    if (auto const at = durable_.find({log.broker, log.partition}); at != durable_.end()) {
        verdicts.exercised(flushed_kept_);
        cut = std::exchange(at->second.cut, std::nullopt);
        if (log.log_end < at->second.end) {
            Violation lost = violation;
            lost.what = fmt::format("{}: the log of broker-{} ends at {} after its recovery, but "
                                    "everything before {} had been flushed",
                                    names.partition(log.partition), log.broker.value,
                                    log.log_end.value, at->second.end.value);
            lost.events = {at->second.event, fact.event};
            verdicts.violated(flushed_kept_, std::move(lost));
        }
        at->second.end = std::min(at->second.end, log.log_end);
    }
    verdicts.exercised(recovery_point_);
    if (log.recovery_point <= log.log_end || (cut && *cut <= log.log_end))
        return;
    violation.what =
        fmt::format("{}: broker-{} has checkpointed the recovery point {}, but its log ends at {}: "
                    "what lies before a recovery point should be durable",
                    names.partition(log.partition), log.broker.value, log.recovery_point.value,
                    log.log_end.value);
    violation.events = {fact.event};
    verdicts.violated(recovery_point_, std::move(violation));
}

void StorageLaws::check_epochs(Fact const& fact, LogRecovered const& log, Names const& names,
                               Verdicts& verdicts) const
{
    if (log.batches.empty())
        return;
    verdicts.exercised(epochs_);
    auto const raised = started_.find({log.broker, log.partition});
    Offset const start =
        raised == started_.end() ? log.log_start : std::max(log.log_start, raised->second);
    std::size_t known = 0;
    Epoch seen = no_epoch;
    for (BatchRef const& batch : log.batches) {
        if (batch->leader_epoch == seen || batch->leader_epoch == no_epoch ||
            batch->end_offset() <= start)
            continue;
        seen = batch->leader_epoch;
        while (known < log.epochs.size() && log.epochs[known].epoch < seen)
            ++known;
        if (known < log.epochs.size() && log.epochs[known].epoch == seen &&
            log.epochs[known].start <= std::max(batch->base_offset, start))
            continue;
        verdicts.violated(
            epochs_,
            violation_at(
                fact, log.partition,
                fmt::format("{}: broker-{} has read back its log, with a batch of epoch {} "
                            "at offset {}, and does not know where that epoch began",
                            names.partition(log.partition), log.broker.value, seen.value,
                            batch->base_offset.value)));
        return;
    }
}

void StorageLaws::check_fenced(Fact const& fact, RecordsAppended const& appended,
                               Names const& names, Verdicts& verdicts) const
{
    auto const at = refused_.find({appended.broker, appended.partition});
    if (at == refused_.end())
        return;
    Violation violation = violation_at(
        fact, appended.partition,
        fmt::format(
            "{}: broker-{} appends a batch at offset {} though its disk has refused one before it",
            names.partition(appended.partition), appended.broker.value,
            appended.batch->base_offset.value));
    violation.events.insert(violation.events.begin(), at->second);
    verdicts.violated(fenced_, std::move(violation));
}

void StorageLaws::deleted(Fact const& fact, SegmentDeleted const& segment, Names const& names,
                          Verdicts& verdicts) const
{
    Violation violation;
    violation.partition = segment.partition;
    violation.time = fact.time;
    violation.events = {fact.event};
    std::string const who = fmt::format(
        "{}: broker-{} deletes the segment from {} to {} ({})", names.partition(segment.partition),
        segment.broker.value, segment.from.value, segment.to.value, to_string(segment.reason));
    if (segment.reason == DeletionReason::time) {
        verdicts.exercised(not_too_early_);
        if (segment.wall - segment.largest_timestamp <= segment.retention) {
            Violation early = violation;
            early.what = fmt::format(
                "{}, but its latest record is {} old by its clock, and retention.ms is {}", who,
                to_string(segment.wall - segment.largest_timestamp), to_string(segment.retention));
            verdicts.violated(not_too_early_, std::move(early));
        }
    }
    verdicts.exercised(below_high_watermark_);
    if (segment.to <= segment.high_watermark)
        return;
    violation.what =
        fmt::format("{}, but its high watermark was {}", who, segment.high_watermark.value);
    verdicts.violated(below_high_watermark_, std::move(violation));
}

void StorageLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts) const
{
    for (ReplicaEnd const& replica : end.replicas) {
        verdicts.exercised(indexes_agree_, replica.index_entries);
        if (replica.disagreement.empty())
            continue;
        Violation violation;
        violation.partition = replica.partition;
        violation.what = fmt::format("{}, broker-{}: {}", names.partition(replica.partition),
                                     replica.broker.value, replica.disagreement);
        violation.time = end.time;
        verdicts.violated(indexes_agree_, std::move(violation));
    }
}

}  // namespace odradek::kafka::check
