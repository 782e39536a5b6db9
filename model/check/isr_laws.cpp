#include "model/check/isr_laws.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/describe.h"

namespace odradek::kafka::check {

namespace {

bool contains(std::vector<BrokerId> const& list, BrokerId broker)
{
    return std::find(list.begin(), list.end(), broker) != list.end();
}

// The batch that ends a mirror's log before `end`; mostly among its last ones.
Entry const* last_before(Mirror const& mirror, Offset end)
{
    for (auto it = mirror.log.rbegin(); it != mirror.log.rend(); ++it)
        if (it->batch->end_offset() <= end)
            return &*it;
    return nullptr;
}

}  // namespace

IsrLaws::IsrLaws(Verdicts& verdicts)
    : has_committed_(verdicts.add_law("isr-has-committed", sim::PropertyKind::always,
                                      "every member of the controller's ISR has every record below "
                                      "the furthest high watermark of any leader")),
      within_maximal_(verdicts.add_law(
          "isr-within-maximal", sim::PropertyKind::always,
          "the controller's ISR is among those whom its leader's high watermark waits for")),
      unique_(verdicts.add_law("offset-epoch-unique", sim::PropertyKind::always,
                               "an offset is given once in a leader epoch")),
      ordered_(verdicts.add_law("log-offsets-ordered", sim::PropertyKind::always,
                                "log start <= high watermark <= log end")),
      uncommitted_read_(
          verdicts.add_law("uncommitted-read", sim::PropertyKind::always,
                           "what a client has read every later leader has (clean elections)")),
      regress_(verdicts.add_law("hw-regress", sim::PropertyKind::always,
                                "the end that clients are told never goes back with a new leader"))
{
}

void IsrLaws::see(Fact const& fact, Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    if (auto const* appended = std::get_if<RecordsAppended>(&fact.is)) {
        if (appended->as_leader)
            on_appended(fact, *appended, names, verdicts);
    } else if (auto const* moved = std::get_if<HighWatermarkAdvanced>(&fact.is))
        on_high_watermark(fact, *moved, ledger, names, verdicts);
    else if (auto const* consumed = std::get_if<RecordsConsumed>(&fact.is)) {
        Partition& partition = partitions_[consumed->partition];
        if (consumed->batches.empty())
            return;
        BatchRef const& last = consumed->batches.back();
        if (!partition.read || partition.read->base_offset < last->base_offset) {
            partition.read = last;
            partition.read_at = {fact.time, fact.event};
        }
        if (consumed->to > partition.seen) {
            partition.seen = consumed->to;
            partition.seen_at = {fact.time, fact.event};
        }
    } else if (auto const* change = std::get_if<PartitionChanged>(&fact.is))
        on_change(fact, *change, ledger, names, verdicts);
    else if (auto const* leader = std::get_if<BecameLeader>(&fact.is))
        on_leader(fact, *leader, ledger, names, verdicts);
    else if (auto const* maximal = std::get_if<MaximalIsr>(&fact.is)) {
        Partition& partition = partitions_[maximal->partition];
        if (maximal->leader_epoch >= partition.maximal_epoch) {
            partition.maximal = maximal->isr;
            partition.maximal_epoch = maximal->leader_epoch;
            check_maximal(fact, maximal->partition, partition, names, verdicts);
        }
    } else if (auto const* truncated = std::get_if<LogTruncated>(&fact.is))
        on_truncated(fact, *truncated, names, verdicts);
    else if (auto const* recovered = std::get_if<LogRecovered>(&fact.is)) {
        Partition& partition = partitions_[recovered->partition];
        std::erase(partition.recovered_short, recovered->broker);
        if (recovered->log_end < partition.committed)
            partition.recovered_short.push_back(recovered->broker);
        auto const at = std::lower_bound(reborn_.begin(), reborn_.end(), recovered->broker);
        if (at == reborn_.end() || *at != recovered->broker)
            reborn_.insert(at, recovered->broker);
    } else if (auto const* registered = std::get_if<BrokerRegistered>(&fact.is)) {
        std::erase(reborn_, registered->broker);
    } else if (auto const* topic = std::get_if<TopicDeleted>(&fact.is)) {
        // Its replicas go one by one, and what was in them is gone on purpose.
        partitions_.for_each([&](TopicPartition id, Partition& partition) {
            if (id.topic == topic->topic)
                partition.deleted = true;
        });
    } else if (auto const* told = std::get_if<LatestOffsetTold>(&fact.is))
        on_told(fact, *told, names, verdicts);
}

void IsrLaws::check_member(Fact const& fact, TopicPartition id, Partition const& partition,
                           BrokerId member, char const* when, Ledger& ledger, Names const& names,
                           Verdicts& verdicts)
{
    if (partition.committed == Offset{0} || partition.deleted)
        return;
    if (contains(partition.recovered_short, member) &&
        std::binary_search(reborn_.begin(), reborn_.end(), member))
        return;
    verdicts.exercised(has_committed_);
    Mirror const& mirror = ledger.of(id).mirror(member);
    std::string lacks;
    if (mirror.end < partition.committed)
        lacks = fmt::format("whose log ends at {}", mirror.end.value);
    else if (Entry const* entry = last_before(mirror, partition.committed);
             entry != nullptr && partition.last &&
             entry->batch->end_offset() == partition.committed &&
             !same_batch(*entry->batch, *partition.last))
        lacks = fmt::format("which has another record at offset {}, of epoch {}",
                            entry->batch->base_offset.value, entry->batch->leader_epoch.value);
    if (lacks.empty())
        return;
    verdicts.violated(
        has_committed_,
        violation_at(
            fact, id,
            fmt::format("{}: {} the ISR {} has broker-{}, {}, but broker-{} had its high watermark "
                        "at {} at {}",
                        names.partition(id), when, sim::print(partition.isr), member.value, lacks,
                        partition.committed_by.value, partition.committed.value,
                        to_string(partition.committed_at.time))));
}

void IsrLaws::on_change(Fact const& fact, PartitionChanged const& change, Ledger& ledger,
                        Names const& names, Verdicts& verdicts)
{
    Partition& partition = partitions_[change.partition];
    std::vector<BrokerId> const before = std::exchange(partition.isr, change.isr);
    partition.leader = change.leader;
    partition.leader_epoch = change.leader_epoch;
    if (!change.unclean)
        for (BrokerId const member : change.isr)
            if (!contains(before, member))
                check_member(fact, change.partition, partition, member, "from now on", ledger,
                             names, verdicts);
    check_maximal(fact, change.partition, partition, names, verdicts);
}

void IsrLaws::check_maximal(Fact const& fact, TopicPartition id, Partition const& partition,
                            Names const& names, Verdicts& verdicts)
{
    if (partition.leader == no_broker || partition.maximal_epoch != partition.leader_epoch)
        return;  // Its leader has not heard of its epoch yet.
    verdicts.exercised(within_maximal_);
    for (BrokerId const member : partition.isr)
        if (!contains(partition.maximal, member))
            verdicts.violated(
                within_maximal_,
                violation_at(
                    fact, id,
                    fmt::format("{}: the controller has ISR {} in leader epoch {}, the high "
                                "watermark of its leader broker-{} waits for {} only",
                                names.partition(id), sim::print(partition.isr),
                                partition.leader_epoch.value, partition.leader.value,
                                sim::print(partition.maximal))));
}

void IsrLaws::on_high_watermark(Fact const& fact, HighWatermarkAdvanced const& moved,
                                Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    Mirror const& mirror = ledger.of(moved.partition).mirror(moved.broker);
    verdicts.exercised(ordered_);
    if (moved.to > mirror.end)
        verdicts.violated(
            ordered_,
            violation_at(fact, moved.partition,
                         fmt::format("{}: broker-{} has its high watermark at {}, and its "
                                     "log ends at {}",
                                     names.partition(moved.partition), moved.broker.value,
                                     moved.to.value, mirror.end.value)));
    Partition& partition = partitions_[moved.partition];
    if (!moved.as_leader || moved.to <= partition.committed)
        return;
    partition.committed = moved.to;
    partition.committed_at = {fact.time, fact.event};
    partition.committed_by = moved.broker;
    Entry const* const last = last_before(mirror, moved.to);
    partition.last = last == nullptr ? BatchRef{} : last->batch;
    for (BrokerId const member : partition.isr)
        if (member != moved.broker)
            check_member(fact, moved.partition, partition, member, "while", ledger, names,
                         verdicts);
}

void IsrLaws::on_truncated(Fact const& fact, LogTruncated const& truncated, Names const& names,
                           Verdicts& verdicts)
{
    Partition& partition = partitions_[truncated.partition];
    if (!contains(partition.isr, truncated.broker) || truncated.from < partition.committed)
        return;
    verdicts.exercised(has_committed_);
    if (truncated.to >= partition.committed)
        return;
    verdicts.violated(
        has_committed_,
        violation_at(
            fact, truncated.partition,
            fmt::format("{}: broker-{}, in the ISR {}, truncates its log from {} to {}, but "
                        "broker-{} had its high watermark at {} at {}",
                        names.partition(truncated.partition), truncated.broker.value,
                        sim::print(partition.isr), truncated.from.value, truncated.to.value,
                        partition.committed_by.value, partition.committed.value,
                        to_string(partition.committed_at.time))));
}

void IsrLaws::on_leader(Fact const& fact, BecameLeader const& leader, Ledger& ledger,
                        Names const& names, Verdicts& verdicts)
{
    Partition& partition = partitions_[leader.partition];
    PartitionLedger& logs = ledger.of(leader.partition);
    verdicts.exercised(ordered_);
    if (leader.log_start > leader.high_watermark || leader.high_watermark > leader.log_end)
        verdicts.violated(
            ordered_,
            violation_at(fact, leader.partition,
                         fmt::format("{}: broker-{} becomes leader with log start {}, high "
                                     "watermark {}, log end {}",
                                     names.partition(leader.partition), leader.broker.value,
                                     leader.log_start.value, leader.high_watermark.value,
                                     leader.log_end.value)));
    if (logs.led_later(leader.leader_epoch))
        return;  // It hears late of an epoch that is over.
    bool const unclean = logs.eras.back().unclean;
    if (partition.read) {
        Entry const* const has =
            PartitionLedger::find(logs.mirror(leader.broker), partition.read->base_offset);
        bool const lost = leader.log_end < partition.read->end_offset() ||
                          (has != nullptr && !same_batch(*has->batch, *partition.read));
        if (!unclean) {
            verdicts.exercised(uncommitted_read_);
            if (lost)
                verdicts.violated(
                    uncommitted_read_,
                    violation_at(
                        fact, leader.partition,
                        fmt::format(
                            "broker-{} was elected leader of {} (epoch {}) with log end {}, "
                            "and does not have {} at offset {}, which a client was given "
                            "at {}",
                            leader.broker.value, names.partition(leader.partition),
                            leader.leader_epoch.value, leader.log_end.value,
                            names.record(first_record(*partition.read)),
                            partition.read->base_offset.value, to_string(partition.read_at.time))));
        }
        if (lost)
            partition.read = {};
    }
    // What a leader lacks is gone, and has been judged by what was acknowledged: go on from there.
    if (leader.log_end < partition.committed) {
        partition.committed = leader.log_end;
        partition.seen = std::min(partition.seen, leader.log_end);
        Entry const* const last = last_before(logs.mirror(leader.broker), leader.log_end);
        partition.last = last == nullptr ? BatchRef{} : last->batch;
    }
}

void IsrLaws::on_appended(Fact const& fact, RecordsAppended const& appended, Names const& names,
                          Verdicts& verdicts)
{
    std::vector<EpochEnd>& epochs = partitions_[appended.partition].epochs;
    RecordBatch const& batch = *appended.batch;
    auto at = epochs.end();
    while (at != epochs.begin() && (at - 1)->epoch >= batch.leader_epoch)
        --at;
    verdicts.exercised(unique_);
    if (at == epochs.end() || at->epoch != batch.leader_epoch) {
        epochs.insert(at, {batch.leader_epoch, batch.end_offset()});
        return;
    }
    if (batch.base_offset < at->end)
        verdicts.violated(
            unique_,
            violation_at(fact, appended.partition,
                         fmt::format("{}: broker-{} gives offset {} to {} in epoch {}, in which it "
                                     "was given before (up to {})",
                                     names.partition(appended.partition), appended.broker.value,
                                     batch.base_offset.value, names.record(first_record(batch)),
                                     batch.leader_epoch.value, at->end.value)));
    at->end = std::max(at->end, batch.end_offset());
}

// A leader that was replaced and does not know may tell an old end; the one there is may not.
void IsrLaws::on_told(Fact const& fact, LatestOffsetTold const& told, Names const& names,
                      Verdicts& verdicts)
{
    Partition& partition = partitions_[told.partition];
    if (told.leader_epoch != partition.leader_epoch)
        return;
    verdicts.exercised(regress_);
    if (told.offset < partition.seen)
        verdicts.violated(
            regress_,
            violation_at(fact, told.partition,
                         fmt::format("{}: broker-{}, leader in epoch {}, tells a client that the "
                                     "end is {}, but clients have seen it at {} at {}",
                                     names.partition(told.partition), told.broker.value,
                                     told.leader_epoch.value, told.offset.value,
                                     partition.seen.value, to_string(partition.seen_at.time))));
    if (told.offset > partition.seen) {
        partition.seen = told.offset;
        partition.seen_at = {fact.time, fact.event};
    }
}

void IsrLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    for (ReplicaEnd const& replica : end.replicas) {
        verdicts.exercised(ordered_);
        if (replica.log_start <= replica.high_watermark &&
            replica.high_watermark <= replica.log_end)
            continue;
        Violation violation;
        violation.partition = replica.partition;
        violation.what = fmt::format(
            "{}: broker-{} has log start {}, high watermark {}, log end {}",
            names.partition(replica.partition), replica.broker.value, replica.log_start.value,
            replica.high_watermark.value, replica.log_end.value);
        violation.time = end.time;
        verdicts.violated(ordered_, std::move(violation));
    }
}

}  // namespace odradek::kafka::check
