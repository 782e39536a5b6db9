#include "model/check/ledger.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/search_near.h"

namespace odradek::kafka::check {

bool same_batch(RecordBatch const& a, RecordBatch const& b)
{
    if (&a == &b)
        return true;
    return a.base_offset == b.base_offset && a.leader_epoch == b.leader_epoch &&
           a.last_offset_delta() == b.last_offset_delta() && BatchIdentity(a) == BatchIdentity(b);
}

Mirror& PartitionLedger::mirror(BrokerId broker)
{
    // Ids mostly follow each other.
    auto const place = static_cast<std::size_t>(
        mirrors.empty() ? 0 : std::max(broker.value - mirrors.front().broker.value, 0));
    if (place < mirrors.size() && mirrors[place].broker == broker)
        return mirrors[place];
    auto const at = std::lower_bound(mirrors.begin(), mirrors.end(), broker,
                                     [](Mirror const& m, BrokerId b) { return m.broker < b; });
    if (at != mirrors.end() && at->broker == broker)
        return *at;
    Mirror made;
    made.broker = broker;
    return *mirrors.insert(at, std::move(made));
}

bool PartitionLedger::led_later(Epoch epoch) const
{
    return std::any_of(eras.begin(), eras.end(),
                       [&](LeaderEra const& era) { return era.epoch > epoch; });
}

Entry const* PartitionLedger::find(Mirror const& mirror, Offset offset)
{
    std::size_t const after =
        search_back(mirror.log, [&](Entry const& entry) { return entry.base <= offset; });
    if (after == 0)
        return nullptr;
    Entry const& entry = mirror.log[after - 1];
    return offset < entry.end ? &entry : nullptr;
}

void Ledger::cut(TopicPartition partition, BrokerId broker, Offset to, Moment at)
{
    PartitionLedger& ledger = partitions_[partition];
    Mirror& mirror = ledger.mirror(broker);
    while (!mirror.log.empty() && mirror.log.back().end > to) {
        ledger.cuts.push_back(
            {broker, mirror.log.back().batch, mirror.log.back().appended, at, false});
        mirror.log.pop_back();
    }
    mirror.end = to;
}

// A disk that lost its power may give back less than was there, and also what had been cut away.
void Ledger::recover(LogRecovered const& recovered, Moment at)
{
    PartitionLedger& ledger = partitions_[recovered.partition];
    Mirror& mirror = ledger.mirror(recovered.broker);
    auto const same = [](Entry const& known, BatchRef const& found) {
        return same_batch(*known.batch, *found);
    };
    Offset const start =
        recovered.batches.empty() ? recovered.log_end : recovered.batches.front()->base_offset;
    auto known = std::lower_bound(mirror.log.begin(), mirror.log.end(), start,
                                  [](Entry const& e, Offset o) { return e.base < o; });
    auto found = recovered.batches.begin();
    for (; known != mirror.log.end() && found != recovered.batches.end() && same(*known, *found);
         ++known, ++found)
        known->batch = *found;
    // Where a compaction had not come to its end the batches from before it are there again, and
    // where its end was not told yet they are there no more.
    if (ledger.compacted && known != mirror.log.end() && found != recovered.batches.end()) {
        std::vector<Entry> merged;
        auto next = known;
        for (auto it = found; it != recovered.batches.end(); ++it) {
            while (next != mirror.log.end() && next->base < (*it)->base_offset)
                ++next;
            bool const was_there = next != mirror.log.end() && same(*next, *it);
            merged.push_back(
                {(*it)->base_offset, (*it)->end_offset(), *it, was_there ? next->appended : at});
        }
        Offset const end = recovered.log_end;
        mirror.kept = known == mirror.log.begin() ? start : (known - 1)->end;
        for (auto lost = mirror.log.end(); lost != known && (lost - 1)->end > end;) {
            --lost;
            ledger.cuts.push_back({recovered.broker, lost->batch, lost->appended, at, true});
        }
        mirror.log.erase(known, mirror.log.end());
        mirror.log.insert(mirror.log.end(), merged.begin(), merged.end());
        mirror.end = end;
        return;
    }
    mirror.kept = known == mirror.log.begin() ? start : (known - 1)->end;
    for (auto lost = mirror.log.end(); lost != known;) {
        --lost;
        ledger.cuts.push_back({recovered.broker, lost->batch, lost->appended, at, true});
    }
    mirror.log.erase(known, mirror.log.end());
    for (; found != recovered.batches.end(); ++found)
        mirror.log.push_back({(*found)->base_offset, (*found)->end_offset(), *found, at});
    mirror.end = recovered.log_end;
}

void Ledger::compact(LogCompacted const& compacted)
{
    PartitionLedger& ledger = partitions_[compacted.partition];
    ledger.compacted = true;
    Mirror& mirror = ledger.mirror(compacted.broker);
    auto const first = std::lower_bound(mirror.log.begin(), mirror.log.end(), compacted.from,
                                        [](Entry const& e, Offset o) { return e.base < o; });
    auto const last = std::lower_bound(first, mirror.log.end(), compacted.to,
                                       [](Entry const& e, Offset o) { return e.base < o; });
    std::vector<Entry> left;
    auto known = first;
    for (BatchRef const& batch : compacted.batches) {
        while (known != last && known->base < batch->base_offset)
            ++known;
        left.push_back({batch->base_offset, batch->end_offset(), batch,
                        known != last ? known->appended : Moment{}});
    }
    auto const at = mirror.log.erase(first, last);
    mirror.log.insert(at, left.begin(), left.end());
}

void Ledger::see(Fact const& fact)
{
    Moment const at{fact.time, fact.event};
    if (auto const* appended = std::get_if<RecordsAppended>(&fact.is)) {
        Mirror& mirror = partitions_[appended->partition].mirror(appended->broker);
        mirror.end = appended->batch->end_offset();
        mirror.log.push_back({appended->batch->base_offset, mirror.end, appended->batch, at});
    } else if (auto const* truncated = std::get_if<LogTruncated>(&fact.is)) {
        // Forward: all that was there is gone, and the log begins anew where its leader's does.
        bool const anew = truncated->to > truncated->from;
        cut(truncated->partition, truncated->broker, anew ? Offset{0} : truncated->to, at);
        partitions_[truncated->partition].mirror(truncated->broker).end = truncated->to;
    } else if (auto const* recovered = std::get_if<LogRecovered>(&fact.is))
        recover(*recovered, at);
    else if (auto const* deleted = std::get_if<ReplicaDeleted>(&fact.is))
        cut(deleted->partition, deleted->broker, Offset{0}, at);
    else if (auto const* change = std::get_if<PartitionChanged>(&fact.is)) {
        if (change->leader_changed) {
            PartitionLedger& ledger = partitions_[change->partition];
            // Until somebody leads: elected again from the ISR that it is alone in, the same broker
            // has lost no less.
            if (change->unclean && !ledger.unclean_pending)
                ledger.unclean_epoch = change->leader_epoch;
            ledger.unclean_pending = ledger.unclean_pending || change->unclean;
            ledger.unclean_ever = ledger.unclean_ever || change->unclean;
        }
    } else if (auto const* compacted = std::get_if<LogCompacted>(&fact.is)) {
        compact(*compacted);
    } else if (auto const* leader = std::get_if<BecameLeader>(&fact.is)) {
        PartitionLedger& ledger = partitions_[leader->partition];
        // Not by one that only now hears of an older epoch.
        bool const unclean = ledger.unclean_pending && leader->leader_epoch >= ledger.unclean_epoch;
        ledger.eras.push_back({leader->broker, leader->leader_epoch, leader->log_end,
                               leader->high_watermark, at, unclean});
        ledger.unclean_pending = ledger.unclean_pending && !unclean;
    }
}

void Ledger::tell_life(RecordBatch const& batch, TopicPartition partition, Moment acknowledged,
                       std::int16_t acks, Names const& names, Violation& violation)
{
    PartitionLedger& ledger = partitions_[partition];
    BatchIdentity const identity(batch);
    struct LifeFact {
        Moment at;
        std::string what;
    };
    std::vector<LifeFact> facts;
    auto const say = [&](Moment at, std::string what) { facts.push_back({at, std::move(what)}); };
    std::vector<Cut const*> lives;
    for (Cut const& cut : ledger.cuts)
        if (BatchIdentity(*cut.batch) == identity)
            lives.push_back(&cut);
    std::sort(lives.begin(), lives.end(), [](Cut const* a, Cut const* b) {
        return std::pair(a->appended.time, a->appended.event) <
               std::pair(b->appended.time, b->appended.event);
    });
    RecordId const record = first_record(batch);
    Offset offset = batch.base_offset;
    std::string holders;
    for (Cut const* cut : lives) {
        offset = cut->batch->base_offset;
        say(cut->appended,
            fmt::format("broker-{} appends {} to {} at offset {} (epoch {})", cut->broker.value,
                        names.record(record), names.partition(partition),
                        cut->batch->base_offset.value, cut->batch->leader_epoch.value));
        holders += fmt::format("{}broker-{}", holders.empty() ? "" : ", ", cut->broker.value);
    }
    say(acknowledged,
        fmt::format("{} is told that it is written (acks={}); it is on {}",
                    names.client(record.client), acks == -1 ? "all" : std::to_string(acks),
                    holders.empty() ? "no replica that lost it since" : holders));
    for (LeaderEra const& era : ledger.eras)
        if (era.begun.event > acknowledged.event && era.log_end <= offset) {
            say(era.begun,
                fmt::format(
                    "broker-{} becomes leader of {} (epoch {}{}), its log ends at {}: it does "
                    "not have the record",
                    era.broker.value, names.partition(partition), era.epoch.value,
                    era.unclean ? ", unclean election" : "", era.log_end.value));
            break;
        }
    for (Cut const* cut : lives)
        say(cut->cut, fmt::format("broker-{} {} offset {}", cut->broker.value,
                                  cut->by_power_loss ? "comes back from its disk without"
                                                     : "truncates its log below",
                                  cut->batch->base_offset.value));
    // In the order in which they happened. Events are numbered as they are handled, and a handler
    // states some facts for a little later (a disk that has yet to write), so time comes first.
    std::stable_sort(facts.begin(), facts.end(), [](LifeFact const& a, LifeFact const& b) {
        return std::pair(a.at.time, a.at.event) < std::pair(b.at.time, b.at.event);
    });
    for (LifeFact& fact : facts) {
        violation.because.push_back(
            fmt::format("{}  {}", to_string(fact.at.time), std::move(fact.what)));
        violation.events.push_back(fact.at.event);
    }
}

}  // namespace odradek::kafka::check
