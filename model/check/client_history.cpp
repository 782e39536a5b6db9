#include "model/check/client_history.h"

#include <algorithm>

#include <fmt/format.h>

namespace odradek::kafka::check {

namespace {

Violation violation_of(TopicPartition partition, Moment at, std::uint64_t records, std::string what)
{
    Violation violation;
    violation.partition = partition;
    violation.count = records;
    violation.what = std::move(what);
    violation.time = at.time;
    violation.events.push_back(at.event);
    return violation;
}

std::uint64_t records_of(RecordBatch const& batch)
{
    return static_cast<std::uint64_t>(batch.record_count);
}

// "payments[0]#9812" or "payments[0]#9812..9826".
std::string records_text(RecordBatch const& batch, Names const& names)
{
    std::string text = names.record(batch.record(0));
    if (batch.record_count > 1)
        text += fmt::format("..{}", batch.record(batch.record_count - 1).number);
    return text;
}

}  // namespace

ClientHistory::ClientHistory(Verdicts& verdicts)
    : lost_(verdicts.add_law("lost-write", sim::PropertyKind::always,
                             "what was acknowledged and lies below the highest offset read is read")),
      unseen_(verdicts.add_law("unseen", sim::PropertyKind::eventually,
                               "what was acknowledged is read by the end")),
      duplicate_(verdicts.add_law("duplicate", sim::PropertyKind::always,
                                  "a record is at one offset only")),
      inconsistent_(verdicts.add_law("inconsistent-offsets", sim::PropertyKind::always,
                                     "an offset holds one record for ever")),
      phantom_(verdicts.add_law("phantom-read", sim::PropertyKind::always,
                                "what is read was sent, and its send had not failed for certain"))
{
}

// A client's batches of one partition are sent in ascending order, but clients interleave.
ClientHistory::Send* ClientHistory::find(Partition& partition, BatchIdentity const& identity)
{
    auto const at = std::lower_bound(partition.sends.begin(), partition.sends.end(), identity,
                                     [](Send const& s, BatchIdentity const& i) { return s.identity < i; });
    return at != partition.sends.end() && at->identity == identity ? &*at : nullptr;
}

void ClientHistory::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    Moment const now{fact.time, fact.event};
    if (auto const* sent = std::get_if<RecordsSent>(&fact.is)) {
        Partition& partition = partitions_[sent->partition];
        Send send;
        send.identity = BatchIdentity(*sent->batch);
        send.batch = sent->batch;
        send.sent = now;
        auto const at = std::upper_bound(
            partition.sends.begin(), partition.sends.end(), send.identity,
            [](BatchIdentity const& i, Send const& s) { return i < s.identity; });
        partition.sends.insert(at, std::move(send));
    } else if (auto const* acknowledged = std::get_if<RecordsAcknowledged>(&fact.is)) {
        Partition& partition = partitions_[acknowledged->partition];
        Send* send = find(partition, BatchIdentity(*acknowledged->batch));
        if (send == nullptr)
            return;
        send->outcome = Outcome::acknowledged;
        send->settled = now;
        send->acks = acknowledged->acks;
        send->offset = acknowledged->base_offset;
        if (acknowledged->base_offset != no_offset)
            sight(partition, acknowledged->partition, acknowledged->batch, acknowledged->base_offset,
                  false, now, names, verdicts);
    } else if (auto const* failed = std::get_if<RecordsFailed>(&fact.is)) {
        Send* send = find(partitions_[failed->partition], BatchIdentity(*failed->batch));
        if (send == nullptr)
            return;
        send->settled = now;
        send->outcome = failed->definite ? Outcome::failed : Outcome::unknown;
    } else if (auto const* consumed = std::get_if<RecordsConsumed>(&fact.is)) {
        Partition& partition = partitions_[consumed->partition];
        for (BatchRef const& batch : consumed->batches)
            poll(partition, consumed->partition, batch, now, names, verdicts);
    }
}

void ClientHistory::poll(Partition& partition, TopicPartition id, BatchRef const& batch, Moment at,
                         Names const& names, Verdicts& verdicts)
{
    if (!batch->synthetic())
        return;
    partition.highest_read = std::max(partition.highest_read, batch->last_offset());
    verdicts.exercised(phantom_);
    Send* send = find(partition, BatchIdentity(*batch));
    if (send == nullptr || send->outcome == Outcome::failed) {
        std::string const why = send == nullptr
                                    ? std::string("nobody sent it")
                                    : fmt::format("its send had failed for certain at {}",
                                                  to_string(send->settled.time));
        verdicts.violated(
            phantom_, violation_of(id, at, records_of(*batch),
                                   fmt::format("{} was read from {} at offset {}, but {}",
                                               records_text(*batch, names), names.partition(id),
                                               batch->base_offset.value, why)));
    }
    if (send != nullptr)
        send->read = true;
    sight(partition, id, batch, batch->base_offset, true, at, names, verdicts);
}

void ClientHistory::sight(Partition& partition, TopicPartition id, BatchRef const& batch, Offset offset,
                          bool polled, Moment at, Names const& names, Verdicts& verdicts)
{
    BatchIdentity const identity(*batch);
    verdicts.exercised(inconsistent_);
    // Whatever was seen at an offset inside this batch must be this batch. From the last such sighting
    // backwards: in a log without a fault that is the batch itself, or nothing.
    Offset const end = offset + batch->record_count;
    std::uint64_t offsets_at_odds = 0;
    Sighting const* first_at_odds = nullptr;
    for (auto after = partition.log.lower_bound(end); after != partition.log.begin();) {
        --after;
        Sighting const& known = after->second;
        Offset const known_end = known.offset + known.batch->record_count;
        if (known_end <= offset)
            break;
        if (known.offset == offset && BatchIdentity(*known.batch) == identity)
            return;  // Seen before, at the same place: nothing new for any law.
        offsets_at_odds += static_cast<std::uint64_t>(std::min(end, known_end)
                                                      - std::max(offset, known.offset));
        first_at_odds = &known;
    }
    if (first_at_odds != nullptr && partition.disputed.insert({offset, identity}).second) {
        Sighting const& known = *first_at_odds;
        verdicts.violated(
            inconsistent_,
            violation_of(id, at, offsets_at_odds,
                         fmt::format("{} offset {} held {} ({} at {}) and {} ({} at {})",
                                     names.partition(id), std::max(known.offset, offset).value,
                                     records_text(*known.batch, names),
                                     known.polled ? "read" : "acknowledged",
                                     to_string(known.at.time), records_text(*batch, names),
                                     polled ? "read" : "acknowledged", to_string(at.time))));
    }
    if (first_at_odds == nullptr)
        partition.log.insert({offset, {batch, at, offset, polled}});

    verdicts.exercised(duplicate_);
    auto const [place, first_time] = partition.place.insert({identity, offset});
    if (!first_time && place->second != offset)
        verdicts.violated(duplicate_,
                          violation_of(id, at, records_of(*batch),
                                       fmt::format("{} is in {} at offset {} and again at offset {}",
                                                   records_text(*batch, names), names.partition(id),
                                                   place->second.value, offset.value)));
}

void ClientHistory::finish(ClusterEnd const& end, Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    Moment const now{end.time, 0};
    for (PartitionEnd const& partition : end.partitions)
        for (ReplicaEnd const& replica : end.replicas)
            if (replica.partition == partition.partition && replica.broker == partition.leader)
                for (BatchRef const& batch : replica.batches)
                    if (batch->end_offset() <= replica.high_watermark)
                        poll(partitions_[partition.partition], partition.partition, batch, now, names,
                             verdicts);

    for (auto& [id, partition] : partitions_)
        for (Send const& send : partition.sends) {
            if (send.outcome != Outcome::acknowledged)
                continue;
            bool const below = send.offset != no_offset && send.offset <= partition.highest_read;
            std::size_t const law = below ? lost_ : unseen_;
            verdicts.exercised(lost_, below ? 1 : 0);
            verdicts.exercised(unseen_);
            if (send.read)
                continue;
            std::string const place = send.offset == no_offset
                                          ? std::string("an offset nobody was told")
                                          : fmt::format("offset {}", send.offset.value);
            Violation violation = violation_of(
                id, send.settled, records_of(*send.batch),
                fmt::format("{} was acknowledged (acks={}) at {} for {} {}, and is not there",
                            records_text(*send.batch, names),
                            send.acks == -1 ? std::string("all") : std::to_string(send.acks),
                            to_string(send.settled.time), names.partition(id), place));
            violation.events.clear();
            ledger.tell_life(*send.batch, id, send.settled, send.acks, names, violation);
            verdicts.violated(law, std::move(violation));
        }
}

}  // namespace odradek::kafka::check
