#include "model/log/producer_state.h"

#include <algorithm>

#include "model/record_bytes/control_record.h"

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

ProducerEntry& ProducerState::entry(ProducerId id)
{
    auto at = std::lower_bound(producers_.begin(), producers_.end(), id, by_id);
    if (at == producers_.end() || at->producer_id != id) {
        at = producers_.insert(at, ProducerEntry{});
        at->producer_id = id;
    }
    return *at;
}

ProducerState::Verification const* ProducerState::verification(ProducerId id) const
{
    for (Verification const& known : verifications_)
        if (known.producer_id == id)
            return &known;
    return nullptr;
}

// The order of the checks is Kafka's: a duplicate is found before its epoch or sequence is judged.
ProducerState::Verdict ProducerState::check(RecordBatch const& batch,
                                            AppendOrigin const& origin) const
{
    Verdict verdict;
    if (batch.producer_id == no_producer)
        return verdict;
    if (batch.control)
        return check_marker(batch, origin);
    ProducerEntry const* const known = find(batch.producer_id);
    bool const from_client = origin.kind == AppendOrigin::Kind::client;
    if (from_client && known != nullptr && known->epoch == batch.producer_epoch) {
        // Before KAFKA-5494 only the last batch was remembered.
        std::size_t const first =
            rules_.five_batches_remembered || known->count == 0 ? 0 : std::size_t{known->count} - 1;
        for (std::size_t i = first; i < known->count; ++i)
            if (known->batches[i].base_sequence == batch.base_sequence &&
                known->batches[i].last_sequence == last_sequence(batch)) {
                if (!rules_.duplicate_is_success) {
                    verdict.error = Error::out_of_order_sequence_number;
                    return verdict;
                }
                verdict.duplicate = known->batches[i];
                return verdict;
            }
    }
    bool const fenced = known != nullptr && batch.producer_epoch < known->epoch;
    if (fenced && rules_.epoch_before_verification) {
        verdict.error = Error::invalid_producer_epoch;
        return verdict;
    }
    bool const in_transaction = known != nullptr && known->in_transaction();
    Verification const* const verifying = verification(batch.producer_id);
    if (batch.transactional && from_client && origin.verification && !ongoing(known, batch)) {
        bool const verified = rules_.verification_guard_unique
                                  ? verifying != nullptr && verifying->guard == origin.guard
                                  : origin.guard != no_guard;
        if (!verified) {
            verdict.error = Error::invalid_txn_state;
            return verdict;
        }
    }
    if (fenced) {
        verdict.error = Error::invalid_producer_epoch;
        return verdict;
    }
    if (from_client) {
        if (verifying != nullptr && batch.base_sequence > verifying->lowest_sequence) {
            verdict.expected_sequence = verifying->lowest_sequence;
            verdict.error = Error::out_of_order_sequence_number;
            return verdict;
        }
        // KAFKA-6003, KIP-360: a producer we know nothing of may begin anywhere.
        if (known != nullptr) {
            verdict.expected_sequence =
                batch.producer_epoch > known->epoch || known->last() == nullptr
                    ? 0
                    : sequence_after(known->last()->last_sequence, 1);
            if (batch.base_sequence != verdict.expected_sequence) {
                verdict.error = Error::out_of_order_sequence_number;
                return verdict;
            }
        }
    }
    if (in_transaction && !batch.transactional)
        verdict.error = Error::invalid_txn_state;
    return verdict;
}

ProducerState::Verdict ProducerState::check_marker(RecordBatch const& batch,
                                                   AppendOrigin const& origin) const
{
    Verdict verdict;
    ProducerEntry const* const known = find(batch.producer_id);
    EndTransactionMarker const* const marker = end_marker_of(batch);
    if (known == nullptr || marker == nullptr)
        return verdict;
    // KAFKA-19446 (KIP-1228): with an epoch for each transaction, a marker of the epoch that is
    // written in is a late one, unless nothing is open: then it is sent again (KAFKA-19999).
    if (bumps_epoch(origin.version) && rules_.marker_epoch_strictly_newer &&
        batch.producer_epoch == known->epoch) {
        if (known->in_transaction() || !rules_.marker_retry_idempotent)
            verdict.error = Error::invalid_producer_epoch;
        else
            verdict.done_already = true;
        return verdict;
    }
    if (batch.producer_epoch < known->epoch)
        verdict.error = Error::invalid_producer_epoch;
    else if (marker->coordinator_epoch() < known->coordinator_epoch &&
             rules_.marker_coordinator_epoch_checked)
        verdict.error = Error::transaction_coordinator_fenced;
    return verdict;
}

std::optional<CompletedTxn> ProducerState::update(RecordBatch const& batch)
{
    std::optional<CompletedTxn> ended;
    if (batch.producer_id == no_producer)
        return ended;
    // Whoever appends for a producer makes what was verified before worthless (KIP-890).
    if (!verifications_.empty())
        std::erase_if(verifications_, [&](Verification const& known) {
            return known.producer_id == batch.producer_id;
        });
    ProducerEntry& known = entry(batch.producer_id);
    if (known.epoch != batch.producer_epoch) {
        known.epoch = batch.producer_epoch;
        if (rules_.marker_clears_sequences || !batch.control)
            known.count = 0;
    }
    if (batch.control) {
        if (EndTransactionMarker const* const marker = end_marker_of(batch)) {
            if (known.in_transaction()) {
                ended = CompletedTxn{batch.producer_id, known.txn_first_offset, batch.base_offset,
                                     !marker->committed()};
                std::erase_if(open_, [&](Open const& open) {
                    return open.first_offset == known.txn_first_offset;
                });
                auto const at = std::upper_bound(
                    completed_.begin(), completed_.end(), ended->first_offset,
                    [](Offset first, CompletedTxn const& b) { return first < b.first_offset; });
                completed_.insert(at, *ended);
                known.txn_first_offset = no_offset;
            }
            known.coordinator_epoch = marker->coordinator_epoch();
            if (rules_.marker_time_counts || known.last_timestamp == sim::Instant{})
                known.last_timestamp = batch.max_timestamp;
        }
        return ended;
    }
    if (known.count == ProducerEntry::batches_max) {
        std::move(known.batches.begin() + 1, known.batches.end(), known.batches.begin());
        --known.count;
    }
    known.batches[known.count++] = {batch.base_sequence, last_sequence(batch), batch.base_offset,
                                    batch.last_offset()};
    known.last_timestamp = batch.max_timestamp;
    if (batch.transactional && !known.in_transaction()) {
        known.txn_first_offset = batch.base_offset;
        open_.push_back({batch.base_offset, batch.producer_id});
    }
    return ended;
}

void ProducerState::forget_before(Offset start)
{
    std::erase_if(producers_, [&](ProducerEntry const& entry) {
        bool const gone = entry.last() == nullptr || entry.last()->last_offset < start;
        if (gone && entry.in_transaction())
            std::erase_if(open_, [&](Open const& open) {
                return open.first_offset == entry.txn_first_offset;
            });
        return gone;
    });
}

void ProducerState::expire(sim::Instant now, sim::Duration expiration)
{
    std::erase_if(producers_, [&](ProducerEntry const& known) {
        return !known.in_transaction() && now - known.last_timestamp >= expiration;
    });
    std::erase_if(verifications_,
                  [&](Verification const& known) { return now - known.begun >= expiration; });
}

void ProducerState::load(std::vector<ProducerEntry> const& entries)
{
    clear();
    producers_ = entries;
    for (ProducerEntry const& known : producers_)
        if (known.in_transaction())
            open_.push_back({known.txn_first_offset, known.producer_id});
    std::sort(open_.begin(), open_.end(),
              [](Open const& a, Open const& b) { return a.first_offset < b.first_offset; });
}

void ProducerState::clear()
{
    producers_.clear();
    open_.clear();
    completed_.clear();
    verifications_.clear();
}

// -- Transactions -------------------------------------------------------------------------------
std::optional<Offset> ProducerState::first_unstable_offset() const
{
    std::optional<Offset> first;
    if (!open_.empty())
        first = open_.front().first_offset;
    if (!completed_.empty() && (!first || completed_.front().first_offset < *first))
        first = completed_.front().first_offset;
    return first;
}

Offset ProducerState::last_stable_offset(CompletedTxn const& completed) const
{
    for (Open const& open : open_)
        if (open.producer_id != completed.producer_id)
            return open.first_offset;
    return completed.last_offset + 1;
}

void ProducerState::on_high_watermark(Offset high_watermark)
{
    if (!completed_.empty())
        std::erase_if(completed_, [&](CompletedTxn const& completed) {
            return completed.last_offset < high_watermark;
        });
}

// -- Verification -------------------------------------------------------------------------------
VerificationGuard ProducerState::begin_verification(RecordBatch const& batch, sim::Instant now)
{
    if (ongoing(find(batch.producer_id), batch))
        return no_guard;
    for (Verification& verifying : verifications_)
        if (verifying.producer_id == batch.producer_id) {
            // VerificationStateEntry.maybeUpdateLowestSequenceAndEpoch.
            if (batch.producer_epoch > verifying.epoch) {
                verifying.epoch = batch.producer_epoch;
                verifying.lowest_sequence = batch.base_sequence;
            } else if (batch.producer_epoch == verifying.epoch) {
                verifying.lowest_sequence =
                    std::min(verifying.lowest_sequence, batch.base_sequence);
            }
            return verifying.guard;
        }
    verifications_.push_back(
        {batch.producer_id, ++last_guard_, batch.base_sequence, batch.producer_epoch, now});
    return last_guard_;
}

}  // namespace odradek::kafka
