#include "model/check/replication.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/search_near.h"
#include "sim/describe.h"

namespace odradek::kafka::check {

namespace {

std::string describe(RecordBatch const& batch, Names const& names)
{
    return fmt::format("{}..{} of epoch {}, from {}", batch.base_offset.value,
                       batch.last_offset().value, batch.leader_epoch.value,
                       names.record(first_record(batch)));
}

// Whether a log that ends there has these records at that offset. Where the mirror knows nothing,
// its end decides.
bool holds(Mirror const& mirror, Offset log_end, RecordBatch const& batch, Offset base_offset)
{
    if (base_offset + batch.last_offset_delta() >= log_end)
        return false;
    Entry const* const entry = PartitionLedger::find(mirror, base_offset);
    return entry == nullptr || (entry->batch->base_offset == base_offset &&
                                BatchIdentity(*entry->batch) == BatchIdentity(batch));
}

}  // namespace

Offset& ReplicationLaws::Committed::checked_of(BrokerId broker)
{
    for (Checked& known : checked)
        if (known.broker == broker)
            return known.to;
    return checked.emplace_back(Checked{broker, Offset{0}}).to;
}

ReplicationLaws::ReplicationLaws(Verdicts& verdicts)
    : leader_unique_(verdicts.add_law("leader-epoch-unique", sim::PropertyKind::always,
                                      "at most one broker leads a partition in one leader epoch")),
      isr_inside_(verdicts.add_law("isr-contains-leader", sim::PropertyKind::always,
                                   "the leader is in its ISR, and the ISR is among the replicas")),
      monotonic_(verdicts.add_law("hw-monotonic", sim::PropertyKind::always,
                                  "the high watermark of a leader never goes back")),
      prefix_(verdicts.add_law("committed-prefix-agree", sim::PropertyKind::always,
                               "the logs of two replicas agree below the lower high watermark")),
      complete_(verdicts.add_law(
          "leader-has-committed", sim::PropertyKind::always,
          "every later leader has what was acknowledged with acks=all (clean elections)")),
      identical_(verdicts.add_law("replicas-identical-after-settle", sim::PropertyKind::eventually,
                                  "when all is healed the replicas of a partition are equal"))
{
}

void ReplicationLaws::see(Fact const& fact, Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    if (auto const* moved = std::get_if<HighWatermarkAdvanced>(&fact.is))
        on_high_watermark(fact, *moved, ledger, names, verdicts);
    else if (auto const* acknowledged = std::get_if<RecordsAcknowledged>(&fact.is)) {
        if (acknowledged->acks == -1 && acknowledged->base_offset != no_offset) {
            auto& list = partitions_[acknowledged->partition].acknowledged;
            std::size_t const at = search_back(list, [&](Acknowledged const& known) {
                return known.base_offset <= acknowledged->base_offset;
            });
            list.insert(
                list.begin() + static_cast<std::ptrdiff_t>(at),
                {acknowledged->base_offset, acknowledged->batch, Moment{fact.time, fact.event}});
        }
    } else if (auto const* leader = std::get_if<BecameLeader>(&fact.is))
        on_leader(fact, *leader, ledger, names, verdicts);
    else if (auto const* change = std::get_if<PartitionChanged>(&fact.is))
        on_change(fact, *change, names, verdicts);
    else if (auto const* truncated = std::get_if<LogTruncated>(&fact.is)) {
        Offset& checked = partitions_[truncated->partition].checked_of(truncated->broker);
        checked = std::min(checked, truncated->to);
    } else if (auto const* deleted = std::get_if<ReplicaDeleted>(&fact.is)) {
        partitions_[deleted->partition].checked_of(deleted->broker) = Offset{0};
    } else if (auto const* recovered = std::get_if<LogRecovered>(&fact.is)) {
        Offset& checked = partitions_[recovered->partition].checked_of(recovered->broker);
        checked = std::min(checked, ledger.of(recovered->partition).mirror(recovered->broker).kept);
    }
}

std::optional<Offset> ReplicationLaws::first_committed_missing(TopicPartition partition,
                                                               Mirror const& mirror)
{
    std::vector<CommittedBatch> const& log = partitions_[partition].log;
    // A log is right up to some offset, so the last ones tell.
    auto lacks = log.end();
    while (lacks != log.begin() &&
           !holds(mirror, mirror.end, *(lacks - 1)->batch, (lacks - 1)->base))
        --lacks;
    return lacks != log.end() ? std::optional<Offset>(lacks->base) : std::nullopt;
}

void ReplicationLaws::on_change(Fact const& fact, PartitionChanged const& change,
                                Names const& names, Verdicts& verdicts)
{
    verdicts.exercised(isr_inside_);
    auto const in = [](std::vector<BrokerId> const& list, BrokerId id) {
        return std::find(list.begin(), list.end(), id) != list.end();
    };
    for (BrokerId const member : change.isr)
        if (!in(change.replicas, member))
            verdicts.violated(
                isr_inside_,
                violation_at(fact, change.partition,
                             fmt::format("{}: broker-{} is in the ISR {} but not among "
                                         "the replicas {}",
                                         names.partition(change.partition), member.value,
                                         sim::print(change.isr), sim::print(change.replicas))));
    if (change.leader != no_broker && !in(change.isr, change.leader))
        verdicts.violated(isr_inside_,
                          violation_at(fact, change.partition,
                                       fmt::format("{}: the leader broker-{} is not in the ISR {}",
                                                   names.partition(change.partition),
                                                   change.leader.value, sim::print(change.isr))));
}

void ReplicationLaws::on_leader(Fact const& fact, BecameLeader const& leader, Ledger& ledger,
                                Names const& names, Verdicts& verdicts)
{
    Committed& committed = partitions_[leader.partition];
    Moment const now{fact.time, fact.event};
    verdicts.exercised(leader_unique_);
    auto const [known, is_new] =
        committed.leaders.insert({leader.leader_epoch, {leader.broker, now}});
    if (!is_new && known->second.first != leader.broker)
        verdicts.violated(
            leader_unique_,
            violation_at(
                fact, leader.partition,
                fmt::format("{}: broker-{} became leader in epoch {}, which broker-{} has led "
                            "since {}",
                            names.partition(leader.partition), leader.broker.value,
                            leader.leader_epoch.value, known->second.first.value,
                            to_string(known->second.second.time))));

    PartitionLedger& known_logs = ledger.of(leader.partition);
    if (known_logs.led_later(leader.leader_epoch))
        return;  // It hears late of an epoch that is over; what was acknowledged since is not its.
    bool const unclean = known_logs.eras.back().unclean;
    Mirror const& mirror = known_logs.mirror(leader.broker);
    // The log of a replica is right up to some offset, so the last ones tell.
    auto lost = committed.acknowledged.end();
    while (lost != committed.acknowledged.begin() &&
           !holds(mirror, leader.log_end, *(lost - 1)->batch, (lost - 1)->base_offset))
        --lost;
    if (unclean) {
        // The operator chose availability: what the new leader lacks is given up, and judged only
        // by what clients saw.
        auto const lacks = [&](RecordBatch const& batch) {
            Entry const* const entry = PartitionLedger::find(mirror, batch.base_offset);
            return batch.end_offset() > leader.log_end ||
                   (entry != nullptr && !same_batch(*entry->batch, batch));
        };
        while (!committed.log.empty() && lacks(*committed.log.back().batch))
            committed.log.pop_back();
        committed.end = committed.log.empty() ? Offset{0} : committed.log.back().end;
        for (Checked& checked : committed.checked)
            checked.to = std::min(checked.to, committed.end);
        committed.acknowledged.erase(lost, committed.acknowledged.end());
        return;
    }
    if (committed.acknowledged.empty())
        return;
    verdicts.exercised(complete_);
    if (lost == committed.acknowledged.end())
        return;
    std::uint64_t records = 0;
    for (auto it = lost; it != committed.acknowledged.end(); ++it)
        records += static_cast<std::uint64_t>(it->batch->record_count);
    Violation violation = violation_at(
        fact, leader.partition,
        fmt::format(
            "broker-{} was elected leader of {} (epoch {}) with log end {}, but offset {} ({}) "
            "was acknowledged with acks=all at {}",
            leader.broker.value, names.partition(leader.partition), leader.leader_epoch.value,
            leader.log_end.value, lost->base_offset.value, names.record(first_record(*lost->batch)),
            to_string(lost->at.time)));
    violation.count = records;
    verdicts.violated(complete_, std::move(violation));
    committed.acknowledged.erase(lost, committed.acknowledged.end());  // Said once.
}

void ReplicationLaws::on_high_watermark(Fact const& fact, HighWatermarkAdvanced const& moved,
                                        Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    if (moved.as_leader) {
        verdicts.exercised(monotonic_);
        if (moved.to < moved.from)
            verdicts.violated(
                monotonic_,
                violation_at(
                    fact, moved.partition,
                    fmt::format("{}: the high watermark of leader broker-{} (epoch {}) went "
                                "back from {} to {}",
                                names.partition(moved.partition), moved.broker.value,
                                moved.leader_epoch.value, moved.from.value, moved.to.value)));
    }
    compare(fact, moved.partition, moved.broker, moved.to, ledger, names, verdicts);
}

// Compares what has newly come below a replica's high watermark with what is known to be committed,
// and adds what nobody had there before.
void ReplicationLaws::compare(Fact const& fact, TopicPartition partition, BrokerId broker,
                              Offset to, Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    Committed& committed = partitions_[partition];
    Offset& checked = committed.checked_of(broker);
    if (to <= checked)
        return;
    Mirror const& mirror = ledger.of(partition).mirror(broker);
    std::size_t at_entry =
        search_back(mirror.log, [&](Entry const& entry) { return entry.end <= checked; });
    for (; at_entry < mirror.log.size() && mirror.log[at_entry].end <= to; ++at_entry) {
        Entry const& entry = mirror.log[at_entry];
        RecordBatch const& batch = *entry.batch;
        verdicts.exercised(prefix_);
        if (entry.base >= committed.end) {
            committed.log.push_back({entry.base, entry.end, entry.batch});
            committed.end = entry.end;
        } else {
            std::size_t const at = search_back(committed.log, [&](CommittedBatch const& known) {
                return known.end <= entry.base;
            });
            // Compaction had taken it from whoever told first what is committed there.
            bool const taken = ledger.of(partition).compacted && at != committed.log.size() &&
                               committed.log[at].base >= entry.end;
            if (!taken &&
                (at == committed.log.size() || !same_batch(*committed.log[at].batch, batch))) {
                Violation violation = violation_at(
                    fact, partition,
                    fmt::format(
                        "{}: broker-{} has {} below its high watermark {}, where {} was "
                        "committed",
                        names.partition(partition), broker.value, describe(batch, names), to.value,
                        at == committed.log.size() ? std::string("something else")
                                                   : describe(*committed.log[at].batch, names)));
                violation.count = static_cast<std::uint64_t>(batch.record_count);
                verdicts.violated(prefix_, std::move(violation));
            }
        }
        checked = entry.end;
    }
}

void ReplicationLaws::finish(ClusterEnd const& end, Ledger& ledger, Names const& names,
                             Verdicts& verdicts)
{
    for (PartitionEnd const& partition : end.partitions)
        for (BrokerId const id : partition.replicas) {
            if (end.replica(partition.partition, id) != nullptr)
                continue;
            verdicts.exercised(identical_);
            Violation violation;
            violation.partition = partition.partition;
            violation.what = fmt::format("{}: broker-{} has no replica",
                                         names.partition(partition.partition), id.value);
            violation.time = end.time;
            verdicts.violated(identical_, std::move(violation));
        }
    ReplicaEnd const* first = nullptr;
    for (ReplicaEnd const& replica : end.replicas) {
        if (!replica.assigned)
            continue;
        if (first == nullptr || first->partition != replica.partition) {
            first = &replica;
            continue;
        }
        verdicts.exercised(identical_);
        std::string what;
        // Where compaction has taken records only what both have is compared.
        bool const compacted = ledger.of(replica.partition).compacted;
        auto const skip = [&](std::vector<BatchRef> const& list, std::size_t& at, Offset to) {
            while (compacted && at < list.size() && list[at]->base_offset < to)
                ++at;
        };
        for (std::size_t i = 0, j = 0;
             i < first->batches.size() && j < replica.batches.size() && what.empty(); ++i, ++j) {
            skip(first->batches, i, replica.batches[j]->base_offset);
            if (i == first->batches.size())
                break;
            skip(replica.batches, j, first->batches[i]->base_offset);
            if (j == replica.batches.size())
                break;
            if (first->batches[i]->base_offset != replica.batches[j]->base_offset && compacted) {
                --i, --j;  // Both have moved on to other offsets: look again.
                continue;
            }
            if (first->batches[i]->damaged != replica.batches[j]->damaged)
                what = fmt::format("bits of the batch at {} have rotted on one of broker-{} and "
                                   "broker-{}",
                                   first->batches[i]->base_offset.value, first->broker.value,
                                   replica.broker.value);
            else if (!same_batch(*first->batches[i], *replica.batches[j]))
                what = fmt::format("broker-{} has {}, broker-{} has {}", first->broker.value,
                                   describe(*first->batches[i], names), replica.broker.value,
                                   describe(*replica.batches[j], names));
        }
        if (what.empty() && first->log_end != replica.log_end)
            what = fmt::format("the log of broker-{} ends at {}, that of broker-{} at {}",
                               first->broker.value, first->log_end.value, replica.broker.value,
                               replica.log_end.value);
        if (what.empty())
            continue;
        Violation violation;
        violation.partition = replica.partition;
        violation.what = fmt::format("{}: {}", names.partition(replica.partition), what);
        violation.time = end.time;
        verdicts.violated(identical_, std::move(violation));
    }
}

}  // namespace odradek::kafka::check
