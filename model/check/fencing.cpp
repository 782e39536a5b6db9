#include "model/check/fencing.h"

#include <fmt/format.h>

#include "model/record_bytes/control_record.h"

namespace odradek::kafka::check {

namespace {

Violation violation_of(Fact const& fact, std::string what)
{
    Violation violation;
    violation.count = 1;
    violation.what = std::move(what);
    violation.time = fact.time;
    violation.events.push_back(fact.event);
    return violation;
}

}  // namespace

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
    if (auto const* ready = std::get_if<TransactionalProducerReady>(&fact.is)) {
        held_[ready->transactional_id] = {ready->client, false, {}, {}};
        ids_[ready->client] = ready->transactional_id;
    } else if (held_.empty()) {
        return;
    } else if (auto const* began = std::get_if<TransactionBegan>(&fact.is)) {
        // With transaction.version 2 it may have got the new epoch by aborting, too.
        if (auto const held = held_.find(began->transactional_id); held != held_.end())
            held->second = {held->second.client, false, {}, {}};
    } else if (auto const* ending = std::get_if<TransactionEnding>(&fact.is)) {
        auto const id = ids_.find(ending->client);
        if (id != ids_.end() && held_[id->second].client == ending->client)
            held_[id->second].aborts = !ending->commit;
    } else if (auto const* change = std::get_if<TransactionStateChanged>(&fact.is)) {
        on_change(fact, *change, verdicts);
        auto const held = held_.find(change->transactional_id);
        if (held != held_.end() && change->to == TransactionState::prepare_abort &&
            !held->second.aborts && !held->second.fenced)
            held->second.fenced = Moment{fact.time, fact.event};
    } else if (auto const* sent = std::get_if<RecordsSent>(&fact.is)) {
        auto const id = ids_.find(sent->client);
        if (id != ids_.end() && !held_[id->second].fenced)
            held_[id->second].written.insert(sent->partition);
    } else if (auto const* error = std::get_if<ProduceError>(&fact.is)) {
        auto const id = ids_.find(error->client);
        if (id != ids_.end() && held_[id->second].written.count(error->partition) == 0)
            on_told(fact, error->client, error->error, names, verdicts);
    } else if (auto const* ended = std::get_if<TransactionEnded>(&fact.is)) {
        on_told(fact, ended->client, ended->error, names, verdicts);
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

// A few may be lost where a coordinator fails that had written them.
void FencingLaws::on_change(Fact const& fact, TransactionStateChanged const& change,
                            Verdicts& verdicts)
{
    constexpr int lost_at_most = 4;
    std::pair const now{change.producer_id, change.producer_epoch};
    auto const [known, first] = epochs_.try_emplace(change.transactional_id, now);
    verdicts.exercised(wasted_);
    auto const before = std::exchange(known->second, now);
    if (first || before.first != now.first || now.second - before.second <= 1 + lost_at_most)
        return;
    verdicts.violated(
        wasted_, violation_of(fact, fmt::format("{}: from epoch {} of producer {} to epoch {} in "
                                                "one step",
                                                change.transactional_id, before.second,
                                                now.first.value, now.second)));
}

void FencingLaws::on_told(Fact const& fact, std::uint32_t client, Error error, Names const& names,
                          Verdicts& verdicts)
{
    auto const id = ids_.find(client);
    if (id == ids_.end())
        return;
    Held const& held = held_[id->second];
    if (held.client != client || !held.fenced)
        return;
    verdicts.exercised(told_);
    if (error != Error::invalid_txn_state && error != Error::invalid_producer_id_mapping)
        return;
    verdicts.violated(
        told_, violation_of(fact, fmt::format("{} is told {}, though its coordinator has aborted "
                                              "the transaction of {} by itself at {}",
                                              names.client(client), to_string(error), id->second,
                                              to_string(held.fenced->time))));
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
    Violation violation = violation_of(
        fact,
        fmt::format("a batch of producer {} epoch {} is refused in {} with {}, where a marker "
                    "of epoch {} is at offset {}",
                    refused.producer_id.value, refused.producer_epoch,
                    names.partition(refused.partition), to_string(refused.error),
                    known->second.producer_epoch, known->second.offset.value));
    violation.partition = refused.partition;
    verdicts.violated(told_, std::move(violation));
}

void FencingLaws::on_marker(Fact const& fact, RecordsAppended const& appended, Names const& names,
                            Verdicts& verdicts)
{
    RecordBatch const& batch = *appended.batch;
    auto const* marker = dynamic_cast<EndTransactionMarker const*>(batch.contents.get());
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
        Violation violation = violation_of(
            fact, fmt::format("{} offset {} is a marker of producer {} by the coordinator of epoch "
                              "{}, behind one by that of epoch {}",
                              names.partition(appended.partition), batch.base_offset.value,
                              batch.producer_id.value, marker->coordinator_epoch(),
                              known->second.coordinator_epoch));
        violation.partition = appended.partition;
        verdicts.violated(regress_, std::move(violation));
        return;
    }
    known->second = written;
}

}  // namespace odradek::kafka::check
