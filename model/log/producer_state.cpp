#include "model/log/producer_state.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

bool by_id(ProducerEntry const& entry, ProducerId id) { return entry.producer_id < id; }

std::int32_t last_sequence(RecordBatch const& batch)
{
    return sequence_after(batch.base_sequence, batch.last_offset_delta());
}

}  // namespace

ProducerEntry const* ProducerState::find(ProducerId id) const
{
    auto const at = std::lower_bound(producers_.begin(), producers_.end(), id, by_id);
    return at != producers_.end() && at->producer_id == id ? &*at : nullptr;
}

// The order of the checks is Kafka's: a duplicate is found before its epoch or sequence is judged.
ProducerState::Verdict ProducerState::check(RecordBatch const& batch) const
{
    Verdict verdict;
    if (batch.producer_id == no_producer)
        return verdict;
    ProducerEntry const* entry = find(batch.producer_id);
    if (entry == nullptr)
        return verdict;  // KAFKA-6003, KIP-360: a producer we know nothing of may begin anywhere.
    if (entry->epoch == batch.producer_epoch)
        for (std::size_t i = 0; i < entry->count; ++i)
            if (entry->batches[i].base_sequence == batch.base_sequence &&
                entry->batches[i].last_sequence == last_sequence(batch)) {
                verdict.duplicate = entry->batches[i];
                return verdict;
            }
    if (batch.producer_epoch < entry->epoch) {
        verdict.error = Error::invalid_producer_epoch;
        return verdict;
    }
    verdict.expected_sequence = batch.producer_epoch > entry->epoch || entry->last() == nullptr
                                    ? 0
                                    : sequence_after(entry->last()->last_sequence, 1);
    if (batch.base_sequence != verdict.expected_sequence)
        verdict.error = Error::out_of_order_sequence_number;
    return verdict;
}

void ProducerState::update(RecordBatch const& batch)
{
    if (batch.producer_id == no_producer)
        return;
    auto at = std::lower_bound(producers_.begin(), producers_.end(), batch.producer_id, by_id);
    if (at == producers_.end() || at->producer_id != batch.producer_id) {
        at = producers_.insert(at, ProducerEntry{});
        at->producer_id = batch.producer_id;
    }
    if (at->epoch != batch.producer_epoch) {
        at->epoch = batch.producer_epoch;
        at->count = 0;
    }
    if (at->count == ProducerEntry::batches_max) {
        std::move(at->batches.begin() + 1, at->batches.end(), at->batches.begin());
        --at->count;
    }
    at->batches[at->count++] = {batch.base_sequence, last_sequence(batch), batch.base_offset,
                                batch.last_offset()};
    at->last_timestamp = batch.max_timestamp;
}

void ProducerState::forget_before(Offset start)
{
    std::erase_if(producers_, [&](ProducerEntry const& entry) {
        return entry.last() == nullptr || entry.last()->last_offset < start;
    });
}

void ProducerState::expire(sim::Instant now, sim::Duration expiration)
{
    std::erase_if(producers_, [&](ProducerEntry const& entry) {
        return now - entry.last_timestamp >= expiration;
    });
}

}  // namespace odradek::kafka
