#include "model/client/sequences.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace odradek::kafka {

namespace {

// DefaultRecordBatch.decrementSequence
std::int32_t earlier_sequence(std::int32_t sequence, std::int32_t records)
{
    constexpr std::int32_t last = std::numeric_limits<std::int32_t>::max();
    return sequence < records ? last - (records - sequence) + 1 : sequence - records;
}

}  // namespace

Sequences::Entry& Sequences::entry(std::uint32_t queue)
{
    if (queue >= entries_.size())
        entries_.resize(queue + 1);
    return entries_[queue];
}

Sequences::Entry const& Sequences::entry(std::uint32_t queue) const
{
    static Entry const fresh{};
    return queue < entries_.size() ? entries_[queue] : fresh;
}

void Sequences::set_producer_id(BatchPool& pool, ProducerId id, std::int16_t epoch)
{
    id_ = id;
    epoch_ = epoch;
    // Unlike Kafka: batches that wait for their sequences to be rewritten after the last epoch get
    // the new id at once; Kafka gives them none, and the broker takes them without a check.
    for (Entry& entry : entries_)
        if (entry.rewrite)
            start_over(pool, entry);
}

bool Sequences::may_drain(std::uint32_t queue, BatchPool const& pool,
                          ProducerBatch const& first) const
{
    if (!has_producer_id())
        return false;
    Entry const& mine = entry(queue);
    if (!first.has_sequence()) {
        // A new epoch starts at sequence 0, which must not overtake batches of the old one.
        if (!mine.in_flight.empty() && stale(mine))
            return false;
        return !mine.unresolved;
    }
    // A retry waits until it is the first of those under way: then there is one at a time, in
    // order.
    return mine.in_flight.empty() ||
           pool[mine.in_flight.front()].base_sequence == first.base_sequence;
}

void Sequences::drained(BatchPool& pool, BatchId id)
{
    ProducerBatch& batch = pool[id];
    batch.sequence_reset = false;
    if (batch.has_sequence())
        return;
    Entry& mine = entry(batch.queue);
    if (stale(mine) && mine.in_flight.empty())
        start_over(pool, mine);
    batch.set_producer(id_, epoch_, mine.next);
    batch.transactional = transactional_;
    mine.next = next_sequence(mine.next, batch.records);
    insert(pool, mine, id);
}

void Sequences::track(BatchPool const& pool, BatchId id)
{
    insert(pool, entry(pool[id].queue), id);
}

void Sequences::insert(BatchPool const& pool, Entry& entry, BatchId id)
{
    auto const key = [&](BatchId which) {
        ProducerBatch const& batch = pool[which];
        return std::tuple(batch.producer_id, batch.producer_epoch, batch.base_sequence);
    };
    auto const at = std::find_if(entry.in_flight.begin(), entry.in_flight.end(),
                                 [&](BatchId other) { return key(id) < key(other); });
    entry.in_flight.insert(at, id);
}

void Sequences::start_over(BatchPool& pool, Entry& entry)
{
    std::int32_t sequence = 0;
    for (BatchId const id : entry.in_flight) {
        ProducerBatch& batch = pool[id];
        batch.set_producer(id_, epoch_, sequence);
        batch.sequence_reset = true;
        sequence = next_sequence(sequence, batch.records);
    }
    entry.id = id_;
    entry.epoch = epoch_;
    entry.next = sequence;
    entry.last_acked = -1;
    entry.rewrite = false;
    entry.unresolved.reset();
}

void Sequences::completed(BatchPool const& pool, BatchId id, Offset base_offset)
{
    ProducerBatch const& batch = pool[id];
    Entry& mine = entry(batch.queue);
    mine.last_acked = std::max(mine.last_acked, batch.last_sequence());
    if (base_offset != no_offset)
        mine.last_acked_offset =
            std::max(mine.last_acked_offset, base_offset + (batch.records - 1));
    forget(id, batch.queue);
}

void Sequences::forget(BatchId id, std::uint32_t queue)
{
    std::vector<BatchId>& in_flight = entry(queue).in_flight;
    in_flight.erase(std::remove(in_flight.begin(), in_flight.end(), id), in_flight.end());
}

void Sequences::ask_bump(Entry& entry)
{
    bump_wanted_ = true;
    entry.rewrite = true;
}

void Sequences::failed(BatchPool& pool, BatchId id, std::uint32_t queue, Error error, bool adjust)
{
    forget(id, queue);
    Entry& mine = entry(queue);
    if (error == Error::unknown_producer_id) {
        std::vector<BatchId> const in_flight = std::move(mine.in_flight);
        mine = {};
        mine.in_flight = in_flight;
    } else if (transactional_) {
        // TxnPartitionEntry.adjustSequencesDueToFailedBatch: those behind it move up.
        ProducerBatch const& gone = pool[id];
        if (!adjust || !gone.has_sequence() || stale(mine))
            return;
        mine.next = earlier_sequence(mine.next, gone.records);
        for (BatchId const later : mine.in_flight)
            if (ProducerBatch& batch = pool[later]; batch.base_sequence > gone.base_sequence) {
                batch.set_producer(batch.producer_id, batch.producer_epoch,
                                   earlier_sequence(batch.base_sequence, gone.records));
                batch.sequence_reset = true;
            }
    } else if (error == Error::out_of_order_sequence_number || adjust) {
        ask_bump(mine);
    }
}

void Sequences::unresolved(ProducerBatch const& batch)
{
    Entry& mine = entry(batch.queue);
    std::int32_t const behind = next_sequence(batch.base_sequence, batch.records);
    mine.unresolved = std::max(mine.unresolved.value_or(behind), behind);
}

bool Sequences::can_retry(ProducerBatch const& batch, Error error, Offset log_start_offset)
{
    Entry& mine = entry(batch.queue);
    if (error == Error::unknown_producer_id) {
        // The broker forgot this producer: retention took its records, or a leader lost them.
        bool const settled = log_start_offset == no_offset || batch.sequence_reset;
        if (transactional_)
            return settled;
        if (!settled)
            ask_bump(mine);
        return true;
    }
    if (error == Error::out_of_order_sequence_number) {
        bool const next = batch.base_sequence - mine.last_acked == 1;
        if (!mine.unresolved && (batch.sequence_reset || !next) &&
            (bump_only_when_next_ || transactional_))
            return true;  // An earlier batch failed; in its turn this one will be in order.
        if (transactional_)
            return false;
        if (!mine.unresolved || *mine.unresolved == batch.base_sequence)
            ask_bump(mine);  // It was its turn: there is a gap in the log.
        return true;
    }
    return is_retriable(error);
}

void Sequences::resolve()
{
    for (Entry& entry : entries_) {
        if (!entry.unresolved || !entry.in_flight.empty())
            continue;
        if (entry.next - entry.last_acked != 1) {
            if (transactional_)
                gap_ = true;
            else
                ask_bump(entry);
        }
        entry.unresolved.reset();
    }
}

bool Sequences::bump(BatchPool& pool)
{
    if (!bump_wanted_)
        return false;
    bump_wanted_ = false;
    if (!has_producer_id())
        return false;  // The next id does it.
    if (epoch_ == std::numeric_limits<std::int16_t>::max()) {
        id_ = no_producer;
        epoch_ = -1;
        return true;
    }
    ++epoch_;
    for (Entry& entry : entries_)
        if (entry.rewrite)
            start_over(pool, entry);
    return true;
}

}  // namespace odradek::kafka
