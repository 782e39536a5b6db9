// What clients and brokers ask of a transaction coordinator. Source: TransactionCoordinator
// (handleInitProducerId, handleAddPartitionsToTransaction, handleVerifyPartitionsInTransaction,
// endTransaction).
#include <algorithm>

#include "model/transaction/transaction_coordinator.h"

namespace odradek::kafka {

// -- InitProducerId -----------------------------------------------------------------------------
void TransactionCoordinator::on_init_producer_id(TransactionContext const& at, RequestId request,
                                                 TransactionalInit const& message)
{
    auto const refuse = [&](Error error) {
        at.out.note("{}: no producer id: {}", message.transactional_id, to_string(error));
        at.out.reply(request, InitProducerIdResponse{error, no_producer, -1});
    };
    if (message.transaction_timeout > at.config.transaction_max_timeout ||
        message.transaction_timeout <= Duration{})
        return refuse(Error::invalid_transaction_timeout);
    Found found = find(at, message.transactional_id);
    if (found.error != Error::none)
        return refuse(found.error);
    if (found.transaction == nullptr) {
        auto const id = at.cluster.next_producer_id();
        if (!id)
            return refuse(Error::coordinator_load_in_progress);
        TransactionMetadata& made = found.entry->shard.transactions[message.transactional_id];
        made.transactional_id = message.transactional_id;
        made.is.producer_id = *id;
        made.is.timeout = message.transaction_timeout;
        made.is.last_update = at.env.wall;
        found.transaction = &made;
    }
    TransactionMetadata& transaction = *found.transaction;
    if (transaction.pending)
        return refuse(Error::concurrent_transactions);
    std::optional<ProducerIdAndEpoch> expected;
    if (message.producer_id != no_producer)
        expected = ProducerIdAndEpoch{message.producer_id, message.producer_epoch};
    // Fenced, unless it is new, has the id, or asks again for what came after the id's last epoch.
    bool const valid = !expected || transaction.is.producer_epoch == -1 ||
                       expected->id == transaction.is.producer_id ||
                       (expected->id == transaction.is.previous_producer_id &&
                        is_epoch_exhausted(expected->epoch));
    if (!valid)
        return refuse(Error::producer_fenced);
    switch (transaction.is.state) {
    case TransactionState::prepare_commit:
    case TransactionState::prepare_abort:
        return refuse(Error::concurrent_transactions);
    case TransactionState::ongoing:
        at.out.note("{}: somebody begins anew while a transaction of producer {} epoch {} is "
                    "open: abort it first",
                    message.transactional_id, transaction.is.producer_id.value,
                    transaction.is.producer_epoch);
        return fence(at, *found.entry, transaction, at.switches.init_fences_by_epoch, request);
    default:
        break;
    }
    std::optional<TransactionSnapshot> next;
    if (is_epoch_exhausted(transaction.is.producer_epoch) &&
        (!expected || expected->epoch == transaction.is.producer_epoch)) {
        auto const id = at.cluster.next_producer_id();
        if (!id)
            return refuse(Error::coordinator_load_in_progress);
        next = transaction.prepare_rotation(*id, message.transaction_timeout, expected.has_value(),
                                            at.env.wall);
    } else {
        next =
            transaction.prepare_increment_epoch(message.transaction_timeout, expected, at.env.wall);
    }
    if (!next)
        return refuse(Error::producer_fenced);
    append(at, *found.entry, transaction, *std::move(next), InitReply{request});
}

// The coordinator itself aborts it: whoever has the producer's epoch is fenced with that.
void TransactionCoordinator::fence(TransactionContext const& at, Entry& entry,
                                   TransactionMetadata& transaction, bool bump,
                                   std::optional<RequestId> init)
{
    if (bump) {
        transaction.is.producer_epoch = transaction.fencing_epoch();
        transaction.is.last_producer_epoch = -1;
    }
    End const end{transaction.is.producer_id, transaction.is.producer_epoch, false,
                  at.cluster.version(), true};
    end_transaction(at, entry, transaction, end, EndReply{std::nullopt, init, bump});
}

// -- AddPartitionsToTxn -------------------------------------------------------------------------
void TransactionCoordinator::on_add_partitions(TransactionContext const& at, RequestId request,
                                               AddPartitionsToTxnRequest const& message)
{
    std::uint64_t const number = next_call_++;
    AddCall& call = calls_[number];
    call.request = request;
    call.left = message.transactions.size() + 1;
    for (AddPartitionsToTxnTransaction const& asked : message.transactions) {
        AddPartitionsToTxnResult& result = call.results.emplace_back();
        result.transactional_id = asked.transactional_id;
        for (TopicPartition const partition : asked.partitions)
            result.partitions.push_back({partition, Error::none});
    }
    for (std::size_t i = 0; i < message.transactions.size(); ++i) {
        AddPartitionsToTxnTransaction const& asked = message.transactions[i];
        AddReply const reply{number, i};
        Found const found = find(at, asked.transactional_id);
        if (found.error != Error::none || found.transaction == nullptr) {
            add_result(at, reply,
                       found.error != Error::none ? found.error
                                                  : Error::invalid_producer_id_mapping);
            continue;
        }
        if (asked.verify_only) {
            AddPartitionsToTxnResult verified;
            Error const error = verify(*found.transaction, asked, verified);
            if (error == Error::none)
                call.results[i].partitions = std::move(verified.partitions);
            add_result(at, reply, error);
            continue;
        }
        // KafkaApis: none is added when one is not known.
        bool unknown = false;
        for (AddedPartition& part : call.results[i].partitions)
            if (!at.cluster.leader_of(part.partition).exists) {
                part.error = Error::unknown_topic_or_partition;
                unknown = true;
            }
        if (unknown) {
            for (AddedPartition& part : call.results[i].partitions)
                if (part.error == Error::none)
                    part.error = Error::operation_not_attempted;
            add_result(at, reply, Error::none);
            continue;
        }
        if (auto const refused = refuse_add(at, *found.transaction, asked.producer_id,
                                            asked.producer_epoch, asked.partitions)) {
            if (*refused != Error::none && at.out.listening())
                at.out.note("{}: no partition is added for producer {} epoch {}: {}, the "
                            "transaction is {} with epoch {}",
                            asked.transactional_id, asked.producer_id.value, asked.producer_epoch,
                            to_string(*refused), to_string(found.transaction->is.state),
                            found.transaction->is.producer_epoch);
            add_result(at, reply, *refused);
            continue;
        }
        append(at, *found.entry, *found.transaction,
               found.transaction->prepare_add(asked.partitions, at.env.wall), reply);
    }
    add_result(at, {number, message.transactions.size()}, Error::none);
}

// One of the transactions of a request has its result; the last one answers.
void TransactionCoordinator::add_result(TransactionContext const& at, AddReply reply, Error error)
{
    auto const found = calls_.find(reply.call);
    if (found == calls_.end())
        return;
    AddCall& call = found->second;
    if (error != Error::none)
        for (AddedPartition& part : call.results[reply.index].partitions)
            part.error = error;
    if (--call.left != 0)
        return;
    at.out.reply(call.request, AddPartitionsToTxnResponse{std::move(call.results)});
    calls_.erase(found);
}

// Pending steps are not looked at: the leader's guard is the last word.
Error TransactionCoordinator::verify(TransactionMetadata const& transaction,
                                     AddPartitionsToTxnTransaction const& asked,
                                     AddPartitionsToTxnResult& result) const
{
    if (transaction.is.producer_id != asked.producer_id)
        return Error::invalid_producer_id_mapping;
    if (transaction.is.producer_epoch != asked.producer_epoch)
        return Error::producer_fenced;
    if (transaction.is.state == TransactionState::prepare_commit ||
        transaction.is.state == TransactionState::prepare_abort)
        return Error::concurrent_transactions;
    for (TopicPartition const partition : asked.partitions)
        result.partitions.push_back(
            {partition, transaction.has(partition) ? Error::none : Error::transaction_abortable});
    return Error::none;
}

std::optional<Error> TransactionCoordinator::refuse_add(
    TransactionContext const& at, TransactionMetadata const& transaction, ProducerId id,
    std::int16_t epoch, std::vector<TopicPartition> const& partitions) const
{
    TransactionSnapshot const& is = transaction.is;
    bool const ending = transaction.pending || is.state == TransactionState::prepare_commit ||
                        is.state == TransactionState::prepare_abort;
    // KAFKA-18660: at the end of its epochs a producer knows its next id before its coordinator
    // has it.
    if (ending && at.switches.pending_before_producer_id)
        return Error::concurrent_transactions;
    if (is.producer_id != id)
        return Error::invalid_producer_id_mapping;
    if (is.producer_epoch != epoch)
        return Error::producer_fenced;
    if (ending)
        return Error::concurrent_transactions;
    bool const all = std::all_of(partitions.begin(), partitions.end(),
                                 [&](TopicPartition part) { return transaction.has(part); });
    if (is.state == TransactionState::ongoing && all)
        return Error::none;
    return std::nullopt;
}

void TransactionCoordinator::on_add_offsets(TransactionContext const& at, RequestId request,
                                            AddOffsetsToTxnRequest const& message)
{
    auto const answer = [&](Error error) { at.out.reply(request, AddOffsetsToTxnResponse{error}); };
    auto const partition = at.cluster.offsets_partition(message.group);
    if (!partition)
        return answer(Error::coordinator_not_available);
    Found const found = find(at, message.transactional_id);
    if (found.error != Error::none || found.transaction == nullptr)
        return answer(found.error != Error::none ? found.error
                                                 : Error::invalid_producer_id_mapping);
    if (auto const refused = refuse_add(at, *found.transaction, message.producer_id,
                                        message.producer_epoch, {*partition}))
        return answer(*refused);
    append(at, *found.entry, *found.transaction,
           found.transaction->prepare_add({*partition}, at.env.wall), AddOffsetsReply{request});
}

// -- EndTxn -------------------------------------------------------------------------------------
void TransactionCoordinator::on_end_txn(TransactionContext const& at, RequestId request,
                                        EndTxnRequest const& message)
{
    Found const found = find(at, message.transactional_id);
    if (found.error != Error::none || found.transaction == nullptr) {
        at.out.reply(request,
                     EndTxnResponse{found.error != Error::none ? found.error
                                                               : Error::invalid_producer_id_mapping,
                                    no_producer, -1});
        return;
    }
    End const end{message.producer_id, message.producer_epoch, message.committed,
                  message.client_version, false};
    end_transaction(at, *found.entry, *found.transaction, end,
                    EndReply{request, std::nullopt, false});
}

// The table of what an end comes to. {error, write}: with no error and nothing to write it has
// ended so before.
std::pair<Error, bool> TransactionCoordinator::judge_end(TransactionContext const& at,
                                                         TransactionMetadata const& transaction,
                                                         End const& end) const
{
    using S = TransactionState;
    TransactionSnapshot const& is = transaction.is;
    bool const tv2 = bumps_epoch(end.client) && !end.fencing;
    // tv2: an epoch behind the stored one is that of the transaction that ended last.
    bool const overflow = tv2 && is.previous_producer_id == end.producer_id &&
                          is_epoch_exhausted(end.producer_epoch) && is.producer_epoch == 0;
    bool const bumped = tv2 && bumps_epoch(is.client_version) &&
                        is.producer_id == end.producer_id &&
                        is.producer_epoch == end.producer_epoch + 1;
    bool const retry = overflow || bumped;
    if (is.producer_id != end.producer_id && !overflow)
        return {Error::invalid_producer_id_mapping, false};
    bool valid = is.producer_epoch == end.producer_epoch;
    if (tv2 && (is.state == S::prepare_commit || is.state == S::prepare_abort))
        valid = bumped;
    else if (tv2 && (is.state == S::complete_commit || is.state == S::complete_abort))
        valid = valid || retry;
    if (!valid)
        return {Error::producer_fenced, false};
    if (transaction.pending)
        return {Error::concurrent_transactions, false};
    // An end of something else than what it ended as.
    auto const contradiction = [&]() -> std::pair<Error, bool> {
        return {Error::invalid_txn_state, false};
    };
    switch (is.state) {
    case S::ongoing:
        return {Error::none, true};
    case S::complete_commit:
        if (tv2 && !retry)
            return end.commit ? contradiction() : std::pair{Error::none, true};
        if (!end.commit)
            return contradiction();
        return {at.switches.end_txn_idempotent ? Error::none : Error::invalid_txn_state, false};
    case S::complete_abort:
        if (tv2 && !retry)
            return end.commit ? contradiction() : std::pair{Error::none, true};
        // KAFKA-20785: its coordinator has aborted it in the meantime.
        if (end.commit)
            return tv2 && at.switches.late_commit_fenced ? std::pair{Error::producer_fenced, false}
                                                         : contradiction();
        return {Error::none, false};
    case S::prepare_commit:
        return end.commit ? std::pair{Error::concurrent_transactions, false} : contradiction();
    case S::prepare_abort:
        return end.commit ? contradiction() : std::pair{Error::concurrent_transactions, false};
    case S::empty:
        return tv2 && !end.commit ? std::pair{Error::none, true} : contradiction();
    default:
        return contradiction();
    }
}

void TransactionCoordinator::end_transaction(TransactionContext const& at, Entry& entry,
                                             TransactionMetadata& transaction, End end,
                                             EndReply reply)
{
    auto [error, write] = judge_end(at, transaction, end);
    ProducerId next_id = no_producer;
    if (error == Error::none && write && bumps_epoch(end.client) && !end.fencing &&
        is_epoch_exhausted(transaction.is.producer_epoch)) {
        auto const id = at.cluster.next_producer_id();
        if (id)
            next_id = *id;
        else
            error = Error::coordinator_load_in_progress;
    }
    if (error != Error::none || !write) {
        if (at.out.listening())
            at.out.note("{}: {} of producer {} epoch {}: {}, the transaction is {} with epoch {}",
                        transaction.transactional_id, end.commit ? "commit" : "abort",
                        end.producer_id.value, end.producer_epoch, to_string(error),
                        to_string(transaction.is.state), transaction.is.producer_epoch);
        bool const said = error == Error::none;
        if (!said && reply.end)
            at.out.observe(EndRefused{at.self, entry.epoch.value, transaction.transactional_id,
                                      end.producer_id, end.producer_epoch, error});
        if (reply.end)
            at.out.reply(*reply.end,
                         EndTxnResponse{error, said ? transaction.is.producer_id : no_producer,
                                        said ? transaction.is.producer_epoch : std::int16_t{-1}});
        if (reply.init)
            at.out.reply(*reply.init, InitProducerIdResponse{error, no_producer, -1});
        return;
    }
    TransactionMetadata::End const what{end.commit, end.client, next_id, end.fencing};
    append(at, entry, transaction, transaction.prepare_end(what, at.env.wall), std::move(reply));
}

}  // namespace odradek::kafka
