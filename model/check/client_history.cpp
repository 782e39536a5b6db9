#include "model/check/client_history.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/search_near.h"

namespace odradek::kafka::check {

ClientHistory::ClientHistory(Verdicts& verdicts)
    : lost_(
          verdicts.add_law("lost-write", sim::PropertyKind::always,
                           "what was acknowledged and lies below the highest offset read is read")),
      unseen_(verdicts.add_law("unseen", sim::PropertyKind::eventually,
                               "what was acknowledged is read by the end")),
      duplicate_(verdicts.add_law("duplicate", sim::PropertyKind::always,
                                  "a record is at one offset only")),
      inconsistent_(verdicts.add_law("inconsistent-offsets", sim::PropertyKind::always,
                                     "an offset holds one record for ever")),
      phantom_(verdicts.add_law("phantom-read", sim::PropertyKind::always,
                                "what is read was sent, and its send had not failed for certain")),
      disorder_(verdicts.add_law("nonmonotonic-send", sim::PropertyKind::always,
                                 "what a producer was acknowledged is in the order it was sent"))
{
}

ClientHistory::OfClient& ClientHistory::of_client(Partition& partition, std::uint32_t client)
{
    auto const at =
        std::lower_bound(partition.clients.begin(), partition.clients.end(), client,
                         [](OfClient const& known, std::uint32_t c) { return known.client < c; });
    if (at != partition.clients.end() && at->client == client)
        return *at;
    return *partition.clients.insert(at, OfClient{client, {}, 0});
}

ClientHistory::Send* ClientHistory::find(Partition& partition, BatchIdentity const& identity)
{
    OfClient& known = of_client(partition, identity.client);
    std::size_t const at = search_from(known.sends, known.found,
                                       [&](Send const& send) { return send.identity < identity; });
    if (at == known.sends.size() || known.sends[at].identity != identity)
        return nullptr;
    known.found = at;
    return &known.sends[at];
}

void ClientHistory::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    Moment const now{fact.time, fact.event};
    if (auto const* sent = std::get_if<RecordsSent>(&fact.is)) {
        add(partitions_[sent->partition], sent->batch, now);
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
            sight(partition, acknowledged->partition, send, acknowledged->batch,
                  acknowledged->base_offset, false, now, names, verdicts);
    } else if (auto const* failed = std::get_if<RecordsFailed>(&fact.is)) {
        Partition& partition = partitions_[failed->partition];
        Send* send = find(partition, BatchIdentity(*failed->batch));
        if (send == nullptr)  // Given up before it was sent.
            send = &add(partition, failed->batch, now);
        send->settled = now;
        send->outcome = failed->definite ? Outcome::failed : Outcome::unknown;
    } else if (auto const* consumed = std::get_if<RecordsConsumed>(&fact.is)) {
        Partition& partition = partitions_[consumed->partition];
        for (BatchRef const& batch : consumed->batches)
            poll(partition, consumed->partition, batch, consumed->from, consumed->to, now, names,
                 verdicts);
    } else if (auto const* compacted = std::get_if<LogCompacted>(&fact.is)) {
        partitions_[compacted->partition].compacted = true;
    } else if (auto const* segment = std::get_if<SegmentDeleted>(&fact.is)) {
        // What was not committed it may not delete (KAFKA-5634).
        Partition& partition = partitions_[segment->partition];
        if (segment->to <= segment->high_watermark)
            partition.retained_from = std::max(partition.retained_from, segment->to);
    } else if (auto const* asked = std::get_if<DeletionAsked>(&fact.is)) {
        Partition& partition = partitions_[asked->partition];
        partition.asked_to = std::max(partition.asked_to, asked->offset);
        partition.all_asked |= asked->offset < Offset{0};
    } else if (auto const* raised = std::get_if<LogStartRaised>(&fact.is)) {
        Partition& partition = partitions_[raised->partition];
        Offset const asked_to = partition.all_asked ? raised->high_watermark : partition.asked_to;
        partition.retained_from = std::max(partition.retained_from, std::min(raised->to, asked_to));
    } else if (auto const* topic = std::get_if<TopicDeleted>(&fact.is)) {
        deleted_.insert(topic->topic);
    }
}

// A batch that begins with the same record as one before is the first part of it after a split: its
// other records are in the other parts.
ClientHistory::Send& ClientHistory::add(Partition& partition, BatchRef const& batch, Moment at)
{
    Send send;
    send.identity = BatchIdentity(*batch);
    send.batch = batch;
    send.sent = at;
    if (Send* const known = find(partition, send.identity)) {
        send.place = known->place;
        *known = std::move(send);
        return *known;
    }
    std::vector<Send>& sends = of_client(partition, send.identity.client).sends;
    std::size_t const place =
        search_back(sends, [&](Send const& known) { return known.identity < send.identity; });
    return *sends.insert(sends.begin() + static_cast<std::ptrdiff_t>(place), std::move(send));
}

// Of the batch as it was sent, by the copy that was given out, which compaction may have thinned.
void ClientHistory::mark_read(Partition& partition, Send& send, RecordBatch const& batch,
                              Offset from, Offset to)
{
    if (send.read)
        return;
    std::int32_t const count = send.batch->record_count;
    if (from <= batch.base_offset && to >= batch.end_offset() && !batch.kept &&
        batch.record_count >= count) {
        send.read = true;
        partition.partly_read.erase(send.identity);
        return;
    }
    std::vector<bool>& given = partition.partly_read[send.identity];
    given.resize(static_cast<std::size_t>(count));
    for (std::int32_t place = 0; place < batch.record_count; ++place)
        if (Offset const offset = batch.offset(place);
            offset >= from && offset < to && batch.offset_delta(place) < count)
            given[static_cast<std::size_t>(batch.offset_delta(place))] = true;
    if (std::find(given.begin(), given.end(), false) == given.end()) {
        send.read = true;
        partition.partly_read.erase(send.identity);
    }
}

void ClientHistory::find_latest(Partition& partition)
{
    auto const know = [&](RecordBatch const& batch, Offset base) {
        for (std::int32_t place = 0; place < batch.record_count; ++place)
            if (auto const key = compaction_key(batch, place)) {
                Offset const offset = base + batch.offset_delta(place);
                Offset& known = partition.latest.try_emplace(*key, offset).first->second;
                known = std::max(known, offset);
            }
    };
    for (Sighting const& sighting : partition.log)
        if (sighting.batch->synthetic())
            know(*sighting.batch, sighting.offset);
}

// A record that has taken its place was acknowledged or read: should that one be lost, it is said
// of it. A tombstone may go by itself, when its time is over; whether it was, others judge.
bool ClientHistory::compacted_away(Partition const& partition, Send const& send, std::int32_t place)
{
    RecordBatch const& batch = *send.batch;
    if (!partition.compacted || !batch.synthetic())
        return false;
    std::optional<CompactionKey> const key = compaction_key(batch, place);
    if (!key || batch.tombstone(place))
        return true;
    auto const latest = partition.latest.find(*key);
    Offset const base = send.place != no_offset ? send.place : send.offset;
    return latest != partition.latest.end() && base != no_offset &&
           latest->second > base + batch.offset_delta(place);
}

void ClientHistory::poll(Partition& partition, TopicPartition id, BatchRef const& batch,
                         Offset from, Offset to, Moment at, Names const& names, Verdicts& verdicts)
{
    Offset const begin = std::max(from, batch->base_offset);
    Offset const end = std::min(to, batch->end_offset());
    if (!batch->synthetic() || begin >= end)
        return;
    partition.highest_read = std::max(partition.highest_read, end - 1);
    verdicts.exercised(phantom_);
    Send* send = find(partition, BatchIdentity(*batch));
    if (send == nullptr || send->outcome == Outcome::failed) {
        std::string const why = send == nullptr
                                    ? std::string("nobody sent it")
                                    : fmt::format("its send had failed for certain at {}",
                                                  to_string(send->settled.time));
        verdicts.violated(phantom_,
                          violation_of(id, at, records_of(*batch),
                                       fmt::format("{} was read from {} at offset {}, but {}",
                                                   records_text(*batch, names), names.partition(id),
                                                   batch->base_offset.value, why)));
    }
    if (send != nullptr)
        mark_read(partition, *send, *batch, begin, end);
    sight(partition, id, send, batch, batch->base_offset, true, at, names, verdicts);
}

void ClientHistory::sight(Partition& partition, TopicPartition id, Send* send,
                          BatchRef const& batch, Offset offset, bool polled, Moment at,
                          Names const& names, Verdicts& verdicts)
{
    BatchIdentity const identity(*batch);
    verdicts.exercised(inconsistent_);
    // Whatever was seen at an offset inside this batch must be this batch. From the last such
    // sighting backwards: in a log without a fault that is the batch itself, or nothing.
    Offset const end = offset + batch->last_offset_delta() + 1;
    std::uint64_t offsets_at_odds = 0;
    Sighting const* first_at_odds = nullptr;
    std::size_t place = search_from(partition.log, partition.sighted,
                                    [&](Sighting const& known) { return known.offset < end; });
    for (; place != 0; --place) {
        Sighting const& known = partition.log[place - 1];
        Offset const known_end = known.offset + known.batch->last_offset_delta() + 1;
        if (known_end <= offset)
            break;
        if (known.offset == offset && BatchIdentity(*known.batch) == identity) {
            partition.sighted = place;
            return;  // Seen before, at the same place: nothing new for any law.
        }
        offsets_at_odds +=
            static_cast<std::uint64_t>(std::min(end, known_end) - std::max(offset, known.offset));
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
        partition.log.insert(partition.log.begin() + static_cast<std::ptrdiff_t>(place),
                             {batch, at, offset, polled});
    partition.sighted = place + 1;

    verdicts.exercised(duplicate_);
    Offset& first_seen = send != nullptr
                             ? send->place
                             : partition.strays.insert({identity, no_offset}).first->second;
    if (first_seen == no_offset)
        first_seen = offset;
    else if (first_seen != offset)
        verdicts.violated(
            duplicate_, violation_of(id, at, records_of(*batch),
                                     fmt::format("{} is in {} at offset {} and again at offset {}",
                                                 records_text(*batch, names), names.partition(id),
                                                 first_seen.value, offset.value)));
}

void ClientHistory::finish(ClusterEnd const& end, Ledger& ledger, Names const& names,
                           Verdicts& verdicts)
{
    Moment const now{end.time, 0};
    for (PartitionEnd const& partition : end.partitions) {
        ReplicaEnd const* const leader = end.replica(partition.partition, partition.leader);
        // What a follower alone has deleted is still to be read from the leader.
        Offset& retained_from = partitions_[partition.partition].retained_from;
        retained_from = std::min(retained_from, leader != nullptr ? leader->log_start : Offset{0});
        if (leader != nullptr)
            for (BatchRef const& batch : leader->batches)
                if (batch->damaged)
                    break;  // No consumer gets past it.
                else if (batch->end_offset() <= leader->high_watermark)
                    poll(partitions_[partition.partition], partition.partition, batch,
                         std::max(batch->base_offset, leader->log_start), batch->end_offset(), now,
                         names, verdicts);
    }

    partitions_.for_each([&](TopicPartition id, Partition& partition) {
        if (deleted_.count(id.topic) != 0)
            return;
        if (partition.compacted)
            find_latest(partition);
        for (OfClient const& client : partition.clients)
            for (Send const& send : client.sends)
                if (send.outcome == Outcome::acknowledged)
                    settle(partition, id, send, ledger, names, verdicts);
    });
    for (PartitionEnd const& partition : end.partitions)
        if (ReplicaEnd const* const leader = end.replica(partition.partition, partition.leader);
            leader != nullptr && deleted_.count(partition.partition.topic) == 0)
            judge_order(partition.partition, *leader, now, names, verdicts);
}

// In the log as it is in the end, so that what an election has lost counts for nothing; nor does a
// batch that is there twice, which is another law's.
void ClientHistory::judge_order(TopicPartition id, ReplicaEnd const& leader, Moment now,
                                Names const& names, Verdicts& verdicts)
{
    Partition& partition = partitions_[id];
    struct Latest {
        BatchIdentity identity;
        BatchRef batch;
    };
    std::vector<Latest> latest;  // Of each client.
    for (BatchRef const& batch : leader.batches) {
        if (!batch->synthetic() || batch->damaged || batch->end_offset() > leader.high_watermark)
            continue;
        BatchIdentity const identity(*batch);
        Send const* const send = find(partition, identity);
        if (send == nullptr || send->outcome != Outcome::acknowledged ||
            send->place != batch->base_offset)
            continue;
        auto const known = std::find_if(latest.begin(), latest.end(), [&](Latest const& one) {
            return one.identity.client == identity.client;
        });
        if (known == latest.end()) {
            latest.push_back({identity, batch});
            continue;
        }
        verdicts.exercised(disorder_);
        if (identity < known->identity)
            verdicts.violated(
                disorder_,
                violation_of(id, now, records_of(*batch),
                             fmt::format("{} is in {} at offset {}, behind {} at offset {}, which "
                                         "was sent later",
                                         records_text(*batch, names), names.partition(id),
                                         batch->base_offset.value,
                                         records_text(*known->batch, names),
                                         known->batch->base_offset.value)));
        else
            *known = {identity, batch};
    }
}

// Was what was acknowledged read?
void ClientHistory::settle(Partition const& partition, TopicPartition id, Send const& send,
                           Ledger& ledger, Names const& names, Verdicts& verdicts)
{
    if (send.offset != no_offset &&
        send.offset + send.batch->record_count <= partition.retained_from)
        return;  // It was there, and nobody read it in time.
    Offset const base = send.place != no_offset ? send.place : send.offset;
    bool const begins_deleted = base != no_offset && base < partition.retained_from;
    // The records that nobody read: all, or what polls and compaction left of the batch.
    std::int32_t first = 0;
    std::int32_t last = send.batch->record_count - 1;
    std::uint64_t missing = send.read ? 0 : records_of(*send.batch);
    auto const part = partition.partly_read.find(send.identity);
    if (!send.read &&
        (part != partition.partly_read.end() || partition.compacted || begins_deleted)) {
        auto const is_missing = [&](std::int32_t place) {
            if (begins_deleted && base + place < partition.retained_from)
                return false;
            return (part == partition.partly_read.end() ||
                    !part->second[static_cast<std::size_t>(place)]) &&
                   !compacted_away(partition, send, place);
        };
        missing = 0;
        for (std::int32_t place = 0; place < send.batch->record_count; ++place)
            if (is_missing(place)) {
                first = missing++ == 0 ? place : first;
                last = place;
            }
    }
    bool const below = send.offset != no_offset && send.offset + first <= partition.highest_read;
    std::size_t const law = below ? lost_ : unseen_;
    verdicts.exercised(lost_, below ? 1 : 0);
    verdicts.exercised(unseen_);
    if (missing == 0)
        return;
    std::string const place = send.offset == no_offset
                                  ? std::string("an offset nobody was told")
                                  : fmt::format("offset {}", (send.offset + first).value);
    Violation violation =
        violation_of(id, send.settled, missing,
                     fmt::format("{} was acknowledged (acks={}) at {} for {} {}, and is not there",
                                 records_text(*send.batch, first, last, names),
                                 send.acks == -1 ? std::string("all") : std::to_string(send.acks),
                                 to_string(send.settled.time), names.partition(id), place));
    violation.events.clear();
    ledger.tell_life(*send.batch, id, send.settled, send.acks, names, violation);
    verdicts.violated(law, std::move(violation));
}

}  // namespace odradek::kafka::check
