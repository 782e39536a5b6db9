#include "model/check/fencing.h"

#include <fmt/format.h>

#include "model/coordinator/internal_topic.h"
#include "model/record_bytes/control_record.h"

namespace odradek::kafka::check {

FencingLaws::FencingLaws(Verdicts& verdicts)
    : told_(verdicts.add_law("fenced-is-told", sim::PropertyKind::always,
                             "a producer that its coordinator has fenced is told so")),
      wasted_(verdicts.add_law("epochs-not-wasted", sim::PropertyKind::always,
                               "a producer's epochs are used one after the other")),
      regress_(verdicts.add_law("coordinator-epoch-regress", sim::PropertyKind::always,
                                "no marker is of an earlier coordinator than the one before"))
{
}

void FencingLaws::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    if (auto const* loaded = std::get_if<CoordinatorLoaded>(&fact.is)) {
        if (names.topic(loaded->partition.topic) == transaction_state_topic_name)
            ++loads_[loaded->partition.partition];
    } else if (auto const* ready = std::get_if<TransactionalProducerReady>(&fact.is)) {
        held_[ready->transactional_id] = {ready->client, false, {}, 0};
        ids_[ready->client] = ready->transactional_id;
    } else if (held_.empty()) {
        return;
    } else if (auto const* began = std::get_if<TransactionBegan>(&fact.is)) {
        // With transaction.version 2 it may have got the new epoch by aborting, too.
        if (auto const held = held_.find(began->transactional_id); held != held_.end())
            held->second = {held->second.client, false, {}, 0};
    } else if (auto const* ending = std::get_if<TransactionEnding>(&fact.is)) {
        auto const id = ids_.find(ending->client);
        if (id != ids_.end() && held_[id->second].client == ending->client)
            held_[id->second].aborts = !ending->commit;
    } else if (auto const* change = std::get_if<TransactionStateChanged>(&fact.is)) {
        on_change(fact, *change, verdicts);
        auto const held = held_.find(change->transactional_id);
        if (held != held_.end() && change->to == TransactionState::prepare_abort &&
            !held->second.aborts && !held->second.fenced) {
            held->second.fenced = Moment{fact.time, fact.event};
            held->second.coordinator_epoch = change->coordinator_epoch;
        }
    } else if (auto const* end = std::get_if<EndRefused>(&fact.is)) {
        on_end_refused(fact, *end, verdicts);
    } else if (auto const* refused = std::get_if<BatchRefused>(&fact.is)) {
        on_refused(fact, *refused, names, verdicts);
    } else if (auto const* leader = std::get_if<BecameLeader>(&fact.is)) {
        // Of what it does not have nothing is remembered.
        leader_epochs_[leader->partition] = leader->leader_epoch;
        std::erase_if(markers_, [&](auto const& known) {
            return known.first.first == leader->partition && known.second.offset >= leader->log_end;
        });
    } else if (auto const* appended = std::get_if<RecordsAppended>(&fact.is)) {
        if (appended->as_leader && appended->batch->control && appended->batch->transactional)
            on_marker(fact, *appended, names, verdicts);
    }
}

// A coordinator is at most one epoch ahead of what it has written: of the step that is under way,
// or of one fence that could not be written (TransactionMetadata.prepareTransitionTo,
// hasFailedEpochFence). What its successor loads may have that one more.
void FencingLaws::on_change(Fact const& fact, TransactionStateChanged const& change,
                            Verdicts& verdicts)
{
    LastEpoch const now{change.producer_id, change.producer_epoch, change.coordinator_epoch,
                        loads_[change.state_partition]};
    auto const [known, first] = epochs_.try_emplace(change.transactional_id, now);
    // A deposed one acts on what was replicated in the end.
    if (now.coordinator_epoch < known->second.coordinator_epoch)
        return;
    LastEpoch const before = std::exchange(known->second, now);
    if (first || before.producer_id != now.producer_id)
        return;
    verdicts.exercised(wasted_);
    auto const unseen = static_cast<std::int64_t>(now.loads - before.loads);
    if (now.epoch - before.epoch <= 1 + unseen)
        return;
    verdicts.violated(
        wasted_, violation_at(fact, {},
                              fmt::format("{}: from epoch {} of producer {} to epoch {} in one "
                                          "step, with {} coordinators loaded in between",
                                          change.transactional_id, before.epoch,
                                          now.producer_id.value, now.epoch, unseen)));
}

// By who has aborted it, or who came after.
void FencingLaws::on_end_refused(Fact const& fact, EndRefused const& refused, Verdicts& verdicts)
{
    auto const held = held_.find(refused.transactional_id);
    if (held == held_.end() || !held->second.fenced ||
        refused.coordinator_epoch < held->second.coordinator_epoch)
        return;
    verdicts.exercised(told_);
    if (refused.error != Error::invalid_txn_state &&
        refused.error != Error::invalid_producer_id_mapping)
        return;
    verdicts.violated(
        told_,
        violation_at(fact, {},
                     fmt::format("broker-{} answers the end of {} by producer {} epoch {} "
                                 "with {}, though it was aborted by its coordinator at {}",
                                 refused.broker.value, refused.transactional_id,
                                 refused.producer_id.value, refused.producer_epoch,
                                 to_string(refused.error), to_string(held->second.fenced->time))));
}

// A leader that has a marker of a later epoch knows that the batch's producer is fenced.
void FencingLaws::on_refused(Fact const& fact, BatchRefused const& refused, Names const& names,
                             Verdicts& verdicts)
{
    auto const known = markers_.find({refused.partition, refused.producer_id});
    if (known == markers_.end() || refused.producer_epoch >= known->second.producer_epoch)
        return;
    verdicts.exercised(told_);
    if (refused.error != Error::invalid_txn_state)
        return;
    verdicts.violated(
        told_,
        violation_at(
            fact, refused.partition,
            fmt::format("a batch of producer {} epoch {} is refused in {} with {}, where a marker "
                        "of epoch {} is at offset {}",
                        refused.producer_id.value, refused.producer_epoch,
                        names.partition(refused.partition), to_string(refused.error),
                        known->second.producer_epoch, known->second.offset.value)));
}

void FencingLaws::on_marker(Fact const& fact, RecordsAppended const& appended, Names const& names,
                            Verdicts& verdicts)
{
    RecordBatch const& batch = *appended.batch;
    EndTransactionMarker const* const marker = end_marker_of(batch);
    if (marker == nullptr)
        return;
    // A leader that does not know yet that it is deposed writes what nobody will keep.
    Epoch& latest = leader_epochs_[appended.partition];
    if (batch.leader_epoch < latest)
        return;
    latest = batch.leader_epoch;
    LastMarker const written{marker->coordinator_epoch(), batch.base_offset, batch.producer_epoch};
    auto const [known, first] =
        markers_.try_emplace({appended.partition, batch.producer_id}, written);
    verdicts.exercised(regress_);
    if (!first && written.coordinator_epoch < known->second.coordinator_epoch) {
        verdicts.violated(
            regress_,
            violation_at(
                fact, appended.partition,
                fmt::format("{} offset {} is a marker of producer {} by the coordinator of epoch "
                            "{}, behind one by that of epoch {}",
                            names.partition(appended.partition), batch.base_offset.value,
                            batch.producer_id.value, marker->coordinator_epoch(),
                            known->second.coordinator_epoch)));
        return;
    }
    known->second = written;
}

}  // namespace odradek::kafka::check
