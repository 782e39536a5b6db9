#include "model/check/transactions.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "model/check/batch_words.h"
#include "model/coordinator/coordinator_record.h"
#include "model/record_bytes/control_record.h"
#include "model/transaction/transaction_log.h"

namespace odradek::kafka::check {

namespace {

using sim::PropertyKind;

// How long after everything is healed what is about to end may take.
constexpr sim::Duration completion_bound{10'000'000'000};

}  // namespace

TransactionLaws::TransactionLaws(Verdicts& verdicts)
    : aborted_read_(verdicts.add_law("G1a", PropertyKind::always,
                                     "what is read read_committed is of no aborted transaction")),
      precommitted_(verdicts.add_law(
          "precommitted-read", PropertyKind::always,
          "nothing is read read_committed before its application asks for the commit")),
      atomic_(verdicts.add_law("txn-atomic", PropertyKind::always,
                               "a transaction is visible in whole or not at all")),
      hanging_(verdicts.add_law("hanging-transaction", PropertyKind::eventually,
                                "what is open in a partition is known to a coordinator that will "
                                "end it")),
      one_open_(verdicts.add_law("one-open-transaction", PropertyKind::always,
                                 "a producer has one transaction open in a partition, in one "
                                 "epoch, and no older epoch ends it")),
      agrees_(verdicts.add_law("coordinator-agrees-with-log", PropertyKind::always,
                               "what a coordinator knows is the fold of its log")),
      zombie_(verdicts.add_law("zombie-never-commits", PropertyKind::always,
                               "who asks for a commit after another has its transactional id is "
                               "refused")),
      stable_(verdicts.add_law("lso-le-hw", PropertyKind::always,
                               "the last stable offset is not above the high watermark"))
{
}

TransactionLaws::Transaction* TransactionLaws::current(std::uint32_t client)
{
    auto const at = current_.find(client);
    return at != current_.end() ? &transactions_[at->second] : nullptr;
}

TransactionLaws::Sent* TransactionLaws::find(TopicPartition partition, RecordBatch const& batch,
                                             Transaction** of)
{
    auto const at = places_.find({partition, BatchIdentity(batch)});
    if (at == places_.end())
        return nullptr;
    Transaction& transaction = transactions_[at->second.first];
    if (of != nullptr)
        *of = &transaction;
    return &transaction.sent[at->second.second];
}

std::string TransactionLaws::name(Transaction const& transaction, Names const& names) const
{
    return fmt::format("transaction {} of {}", transaction.number,
                       names.client(transaction.client));
}

void TransactionLaws::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    Moment const now{fact.time, fact.event};
    if (auto const* began = std::get_if<TransactionBegan>(&fact.is)) {
        Transaction made;
        made.client = began->client;
        made.number = began->number;
        made.transactional_id = began->transactional_id;
        made.began = now;
        current_[began->client] = transactions_.size();
        transactions_.push_back(std::move(made));
    } else if (auto const* ending = std::get_if<TransactionEnding>(&fact.is)) {
        if (Transaction* const transaction = current(ending->client)) {
            transaction->ends = true;
            transaction->commit = ending->commit;
            transaction->ending = now;
        }
    } else if (auto const* ended = std::get_if<TransactionEnded>(&fact.is)) {
        on_ended(fact, *ended, names, verdicts);
    } else if (auto const* ready = std::get_if<TransactionalProducerReady>(&fact.is)) {
        ready_[ready->transactional_id] = {ready->client, now};
    } else if (auto const* leader = std::get_if<BecameLeader>(&fact.is)) {
        on_leader(*leader);
    } else if (auto const* appended = std::get_if<RecordsAppended>(&fact.is)) {
        if (appended->as_leader && appended->batch->transactional)
            on_appended(fact, *appended, names, verdicts);
    } else if (transactions_.empty()) {
        return;
    } else if (auto const* sent = std::get_if<RecordsSent>(&fact.is)) {
        Transaction* const transaction = current(sent->client);
        if (transaction == nullptr || transaction->outcome != Outcome::open)
            return;
        places_[{sent->partition, BatchIdentity(*sent->batch)}] = {current_[sent->client],
                                                                   transaction->sent.size()};
        transaction->sent.push_back({sent->partition, sent->batch, false, false, now, {}, false});
    } else if (auto const* acknowledged = std::get_if<RecordsAcknowledged>(&fact.is)) {
        if (Sent* const known = find(acknowledged->partition, *acknowledged->batch))
            known->acknowledged = true;
    } else if (auto const* failed = std::get_if<RecordsFailed>(&fact.is)) {
        if (Sent* const known = find(failed->partition, *failed->batch)) {
            known->failed = true;
        } else if (Transaction* const transaction = current(failed->client);
                   transaction != nullptr && transaction->outcome == Outcome::open &&
                   failed->partition.partition >= 0) {
            transaction->sent.push_back(
                {failed->partition, failed->batch, false, true, now, {}, false});
        }
    } else if (auto const* consumed = std::get_if<RecordsConsumed>(&fact.is)) {
        if (consumed->read_committed)
            on_read(fact, *consumed, names, verdicts);
    }
}

void TransactionLaws::on_ended(Fact const& fact, TransactionEnded const& ended, Names const& names,
                               Verdicts& verdicts)
{
    Transaction* const transaction = current(ended.client);
    if (transaction == nullptr)
        return;
    transaction->ended = {fact.time, fact.event};
    transaction->outcome = ended.outcome == TransactionOutcome::committed ? Outcome::committed
                           : ended.outcome == TransactionOutcome::aborted ? Outcome::aborted
                                                                          : Outcome::unknown;
    if (transaction->outcome != Outcome::committed || transaction->sent.empty())
        return;
    verdicts.exercised(zombie_);
    auto const holder = ready_.find(transaction->transactional_id);
    if (holder == ready_.end() || holder->second.first == ended.client ||
        holder->second.second.time >= transaction->ending.time)
        return;
    verdicts.violated(
        zombie_,
        violation_of(transaction->sent.front().partition, transaction->ended, 1,
                     fmt::format("{} was committed, which it asked for at {}; {} has {} since {}",
                                 name(*transaction, names), to_string(transaction->ending.time),
                                 names.client(holder->second.first), transaction->transactional_id,
                                 to_string(holder->second.second.time))));
}

void TransactionLaws::on_read(Fact const& fact, RecordsConsumed const& consumed, Names const& names,
                              Verdicts& verdicts)
{
    Moment const now{fact.time, fact.event};
    for (BatchRef const& batch : consumed.batches) {
        if (!batch->transactional || batch->control || !batch->synthetic())
            continue;
        Transaction* transaction = nullptr;
        Sent* const known = find(consumed.partition, *batch, &transaction);
        if (known == nullptr)
            continue;
        verdicts.exercised(aborted_read_);
        verdicts.exercised(precommitted_);
        if (!known->was_read) {
            known->was_read = true;
            known->read = now;
        }
        if (transaction->outcome == Outcome::aborted) {
            verdicts.violated(
                aborted_read_,
                violation_of(consumed.partition, now, records_of(*batch),
                             fmt::format("{} was read from {} at offset {}, but {} was aborted, "
                                         "its application knows since {}",
                                         records_text(*batch, names),
                                         names.partition(consumed.partition),
                                         batch->base_offset.value, name(*transaction, names),
                                         to_string(transaction->ended.time))));
        } else if (!transaction->ends || !transaction->commit) {
            verdicts.violated(
                precommitted_,
                violation_of(consumed.partition, now, records_of(*batch),
                             fmt::format("{} was read from {} at offset {}, but nobody has asked "
                                         "to commit {}",
                                         records_text(*batch, names),
                                         names.partition(consumed.partition),
                                         batch->base_offset.value, name(*transaction, names))));
        }
    }
}

void TransactionLaws::on_appended(Fact const& fact, RecordsAppended const& appended,
                                  Names const& names, Verdicts& verdicts)
{
    RecordBatch const& batch = *appended.batch;
    // A leader that does not know yet that it is deposed writes what nobody will keep.
    if (auto const epoch = leader_epochs_.find(appended.partition);
        epoch != leader_epochs_.end() && batch.leader_epoch < epoch->second)
        return;
    std::pair const place{appended.partition, batch.producer_id};
    auto const known = open_.find(place);
    verdicts.exercised(one_open_);
    if (known != open_.end() && known->second.first > batch.base_offset) {
        open_.erase(known);  // It was cut away with an unclean election.
    } else if (known != open_.end() && batch.producer_epoch < known->second.epoch) {
        verdicts.violated(
            one_open_,
            violation_of(appended.partition, {fact.time, fact.event}, 1,
                         fmt::format("{} offset {} is of producer {} epoch {}, which has a "
                                     "transaction open there in epoch {} since offset {}",
                                     names.partition(appended.partition), batch.base_offset.value,
                                     batch.producer_id.value, batch.producer_epoch,
                                     known->second.epoch, known->second.first.value)));
    } else if (known != open_.end() && !batch.control &&
               batch.producer_epoch != known->second.epoch) {
        verdicts.violated(
            one_open_,
            violation_of(appended.partition, {fact.time, fact.event}, 1,
                         fmt::format("{} offset {} begins a transaction of producer {} in epoch "
                                     "{}, while the one of epoch {} at offset {} is open",
                                     names.partition(appended.partition), batch.base_offset.value,
                                     batch.producer_id.value, batch.producer_epoch,
                                     known->second.epoch, known->second.first.value)));
    }
    if (batch.control)
        open_.erase(place);
    else
        open_.try_emplace(place,
                          Open{batch.producer_epoch, {fact.time, fact.event}, batch.base_offset});
}

// What a new leader does not have is not open any more.
void TransactionLaws::on_leader(BecameLeader const& leader)
{
    if (open_.empty() && leader_epochs_.empty())
        return;
    leader_epochs_[leader.partition] = leader.leader_epoch;
    std::erase_if(open_, [&](auto const& known) {
        return known.first.first == leader.partition && known.second.first >= leader.log_end;
    });
}

// -- At the end ---------------------------------------------------------------------------------
void TransactionLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    for (ReplicaEnd const& replica : end.replicas)
        if (replica.last_stable_offset > replica.high_watermark)
            verdicts.violated(
                stable_,
                violation_of(replica.partition, {end.time, 0}, 1,
                             fmt::format("{} on {}: last stable offset {}, high watermark "
                                         "{}",
                                         names.partition(replica.partition), replica.broker.value,
                                         replica.last_stable_offset.value,
                                         replica.high_watermark.value)));
    if (transactions_.empty())
        return;
    verdicts.exercised(stable_, end.replicas.size());
    judge_outcomes(end, names, verdicts);
    judge_open(end, names, verdicts);
    judge_coordinators(end, names, verdicts);
}

void TransactionLaws::judge_outcomes(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    std::map<Place, std::pair<Fate, Offset>> fates;
    std::set<TopicPartition> judged;
    std::map<TopicPartition, Offset> starts;
    for (PartitionEnd const& partition : end.partitions) {
        ReplicaEnd const* const leader = end.replica(partition.partition, partition.leader);
        if (leader == nullptr || !leader->running)
            continue;
        judged.insert(partition.partition);
        starts[partition.partition] = leader->log_start;
        std::map<ProducerId, std::vector<Place>> pending;
        for (BatchRef const& batch : leader->batches) {
            if (!batch->transactional)
                continue;
            if (!batch->control) {
                Place const place{partition.partition, BatchIdentity(*batch)};
                fates[place] = {Fate::open, batch->base_offset};
                pending[batch->producer_id].push_back(place);
                continue;
            }
            EndTransactionMarker const* const marker = end_marker_of(*batch);
            bool const committed = marker != nullptr && marker->committed() &&
                                   batch->end_offset() <= leader->high_watermark;
            bool const seen = batch->end_offset() <= leader->high_watermark;
            for (Place const& place : std::exchange(pending[batch->producer_id], {}))
                fates[place].first = committed ? Fate::committed
                                     : seen    ? Fate::aborted
                                               : Fate::open;
        }
    }
    Moment const now{end.time, 0};
    for (Transaction const& transaction : transactions_) {
        Sent const* committed = nullptr;
        Sent const* lost = nullptr;
        Fate how = Fate::missing;
        std::uint64_t records_lost = 0;
        std::uint64_t records_visible = 0;
        bool looked_at = false;
        for (Sent const& sent : transaction.sent) {
            if (judged.count(sent.partition) == 0)
                continue;
            looked_at = true;
            auto const found = fates.find({sent.partition, BatchIdentity(*sent.batch)});
            Fate const fate = found == fates.end() ? Fate::missing : found->second.first;
            if (fate != Fate::committed && sent.failed &&
                transaction.outcome == Outcome::committed) {
                // KAFKA-5385: the application was told that it failed, and then that all is well.
                lost = &sent;
                how = fate;
                records_lost += records_of(*sent.batch);
            } else if (fate == Fate::committed) {
                committed = &sent;
                records_visible += records_of(*sent.batch);
            } else if (sent.acknowledged &&
                       !(fate == Fate::missing && starts[sent.partition] > Offset{0})) {
                lost = &sent;
                how = fate;
                records_lost += records_of(*sent.batch);
            }
        }
        bool const must_be_there = transaction.outcome == Outcome::committed;
        bool const must_not_be_there =
            transaction.outcome == Outcome::aborted ||
            (transaction.outcome == Outcome::open && !(transaction.ends && transaction.commit));
        verdicts.exercised(atomic_, looked_at && (must_be_there || committed != nullptr) ? 1 : 0);
        verdicts.exercised(aborted_read_, looked_at && must_not_be_there ? 1 : 0);
        auto const text = [&](Sent const& sent) {
            return fmt::format("{} in {}", records_text(*sent.batch, names),
                               names.partition(sent.partition));
        };
        if (must_not_be_there && committed != nullptr)
            verdicts.violated(
                aborted_read_,
                violation_of(committed->partition, now, records_visible,
                             fmt::format("{} is visible to read_committed consumers, but {} {}",
                                         text(*committed), name(transaction, names),
                                         transaction.outcome == Outcome::aborted
                                             ? fmt::format("was aborted, its application knows "
                                                           "since {}",
                                                           to_string(transaction.ended.time))
                                             : std::string("was never committed"))));
        if (lost != nullptr && (must_be_there || committed != nullptr))
            verdicts.violated(
                atomic_,
                violation_of(
                    lost->partition, now, records_lost,
                    fmt::format(
                        "{} {}, but {}, is {}{}", name(transaction, names),
                        must_be_there ? fmt::format("was committed, its application knows "
                                                    "since {}",
                                                    to_string(transaction.ended.time))
                                      : std::string("is visible in part"),
                        fmt::format("{}, {}", text(*lost),
                                    lost->failed ? "whose send failed" : "which was acknowledged"),
                        how == Fate::aborted ? "aborted"
                        : how == Fate::open  ? "neither committed nor aborted"
                                             : "not there",
                        committed != nullptr && !must_be_there
                            ? fmt::format(" while {} is committed", text(*committed))
                            : std::string())));
    }
}

// What is open in a leader's log must be known to a coordinator that will end it: its transaction
// is under way, or about to end, and then not for long.
void TransactionLaws::judge_open(ClusterEnd const& end, Names const& names,
                                 Verdicts& verdicts) const
{
    for (PartitionEnd const& partition : end.partitions) {
        ReplicaEnd const* const leader = end.replica(partition.partition, partition.leader);
        if (leader == nullptr || !leader->running)
            continue;
        std::map<ProducerId, BatchRef> open;
        bool any = false;
        for (BatchRef const& batch : leader->batches) {
            if (!batch->transactional)
                continue;
            any = true;
            if (batch->control)
                open.erase(batch->producer_id);
            else
                open.try_emplace(batch->producer_id, batch);
        }
        verdicts.exercised(hanging_, any ? 1 : 0);
        for (auto const& [producer, batch] : open) {
            TransactionEnd const* known = nullptr;
            for (TransactionEnd const& transaction : end.transactions)
                if (transaction.is.producer_id == producer)
                    known = &transaction;
            using S = TransactionState;
            bool const listed = known != nullptr &&
                                std::binary_search(known->is.partitions.begin(),
                                                   known->is.partitions.end(), partition.partition);
            bool const ending = known != nullptr && (known->is.state == S::prepare_commit ||
                                                     known->is.state == S::prepare_abort);
            if (listed && known->is.state == S::ongoing &&
                known->is.producer_epoch == batch->producer_epoch)
                continue;
            if (listed && ending && end.settled_for < completion_bound)
                continue;
            std::string const why =
                known == nullptr ? std::string("no coordinator knows of it")
                : ending && listed
                    ? fmt::format("its coordinator, {}, has not ended it after {}",
                                  known->broker.value, to_string(end.settled_for))
                    : fmt::format("for its coordinator, {}, the transaction of {} is {} in epoch "
                                  "{}",
                                  known->broker.value, known->transactional_id,
                                  to_string(known->is.state), known->is.producer_epoch);
            verdicts.violated(
                hanging_,
                violation_of(partition.partition, {end.time, 0}, 1,
                             fmt::format("{}: the transaction of producer {} epoch {} is open "
                                         "since offset {}, the last stable offset stays at {} "
                                         "below the high watermark {}: {}",
                                         names.partition(partition.partition), producer.value,
                                         batch->producer_epoch, batch->base_offset.value,
                                         leader->last_stable_offset.value,
                                         leader->high_watermark.value, why)));
        }
    }
}

void TransactionLaws::judge_coordinators(ClusterEnd const& end, Names const& names,
                                         Verdicts& verdicts) const
{
    // What is about to end is ended when all is well again.
    for (TransactionEnd const& transaction : end.transactions) {
        using S = TransactionState;
        bool const ending =
            transaction.is.state == S::prepare_commit || transaction.is.state == S::prepare_abort;
        if (ending && end.settled_for >= completion_bound)
            verdicts.violated(
                hanging_,
                violation_of(
                    transaction.is.partitions.empty() ? TopicPartition{}
                                                      : transaction.is.partitions.front(),
                    {end.time, 0}, 1,
                    fmt::format("the transaction of {}, producer {} epoch {}, is still {} "
                                "for its coordinator, {}, after {}",
                                transaction.transactional_id, transaction.is.producer_id.value,
                                transaction.is.producer_epoch, to_string(transaction.is.state),
                                transaction.broker.value, to_string(end.settled_for))));
    }
    std::map<std::string, TransactionSnapshot> fold;
    for (PartitionEnd const& partition : end.partitions) {
        if (names.topic(partition.partition.topic) != transaction_state_topic_name)
            continue;
        ReplicaEnd const* const leader = end.replica(partition.partition, partition.leader);
        if (leader == nullptr)
            continue;
        for (BatchRef const& batch : leader->batches)
            if (CoordinatorRecords const* const records = coordinator_records_of(*batch))
                for (CoordinatorRecord const& record : records->records) {
                    if (TransactionLogValue const* const value = transaction_of(record))
                        fold[record.name] = value->is;
                    else
                        fold.erase(record.name);
                }
    }
    for (TransactionEnd const& transaction : end.transactions) {
        if (transaction.pending || transaction.is.producer_epoch == -1)
            continue;  // What is written is not applied yet, or nothing was written.
        verdicts.exercised(agrees_);
        auto const written = fold.find(transaction.transactional_id);
        if (written != fold.end() && written->second == transaction.is)
            continue;
        verdicts.violated(
            agrees_,
            violation_of(
                {}, {end.time, 0}, 1,
                fmt::format("{}: broker {} has {} with producer {} epoch {}, its log {}",
                            transaction.transactional_id, transaction.broker.value,
                            to_string(transaction.is.state), transaction.is.producer_id.value,
                            transaction.is.producer_epoch,
                            written == fold.end() ? std::string("nothing")
                                                  : fmt::format("{} with producer {} epoch {}",
                                                                to_string(written->second.state),
                                                                written->second.producer_id.value,
                                                                written->second.producer_epoch))));
    }
}

}  // namespace odradek::kafka::check
