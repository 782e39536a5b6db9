// An application that sends in transactions: initTransactions(), then again and again
// beginTransaction(), send(), commitTransaction() or abortTransaction(). After an error it aborts;
// after a fatal one it closes the producer and makes a new one, unless it shares its
// transactional.id with others: then somebody else has taken over, and it stops. Source:
// KafkaProducer, Sender.maybeSendAndPollTransactionalRequest.
#include <algorithm>

#include "model/client/producer.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site abort_site("producer.abort");
constexpr Duration new_instance_delay{1'000'000'000};

}  // namespace

void Producer::begin_life_of_transactions()
{
    new_instance_at_ = Instant::never();
    fatal_ = Error::none;
    transactions_.reset();
    sequences_.set_bump_only_when_next(switches_.bump_only_when_next);
    if (config_.transactional_id.empty())
        return;
    transactions_.emplace(TransactionManager::Config{
        config_.transactional_id, config_.transaction_timeout, config_.retry_backoff,
        config_.retry_backoff_max, switches_.expired_batch_aborts});
    sequences_.set_transactional(true);
}

void Producer::drive_transactions(Env const& env, Out& out)
{
    using State = TransactionManager::State;
    if (sequences_.take_gap())
        transactions_->abort_for_gap();
    switch (transactions_->state()) {
    case State::uninitialized:
        // What the cluster can do is known with the first metadata.
        if (metadata_.updates() != 0 && !sending_over(env))
            transactions_->init(metadata_.transaction_version());
        break;
    case State::in_transaction:
        if (open_ && !open_->ending && !call_ &&
            (open_->records >= spec_.records || sending_over(env) ||
             (spec_.within && env.now >= open_->begun + *spec_.within))) {
            bool const abort =
                spec_.abort.ppb != 0 &&
                env.below(abort_site, 1'000'000'000) < static_cast<std::uint64_t>(spec_.abort.ppb);
            end_transaction(!abort, out);
        }
        break;
    case State::abortable_error:
        if (open_) {
            out.note("transaction {} fails: {}; the application aborts it", open_->number,
                     to_string(transactions_->last_error()));
            end_transaction(false, out);
        }
        break;
    case State::fatal_error:
        if (fatal_ == Error::none)
            on_transaction_failed(env, out);
        else if (env.now >= new_instance_at_)
            on_start(env, out);
        break;
    default:
        break;
    }
}

bool Producer::may_call_send(Env const& env, Out& out)
{
    using State = TransactionManager::State;
    if (transactions_->state() == State::in_transaction)
        return open_ && !open_->ending && open_->records < spec_.records;
    if (transactions_->state() != State::ready || open_)
        return false;
    Arrivals::Record record;
    if (!arrivals_.peek(env, 0, record) || record.due > env.now ||
        std::max(record.due, last_return_) >= stop_)
        return false;
    transactions_->begin(metadata_.transaction_version());
    open_ = OpenTransaction{next_transaction_++, 0, env.now, false, false};
    last_return_ = std::max(last_return_, env.now);
    out.observe(TransactionBegan{client_, open_->number, config_.transactional_id});
    if (out.listening())
        out.detail("begin transaction {}", open_->number);
    return true;
}

void Producer::end_transaction(bool commit, Out& out)
{
    open_->ending = true;
    open_->commit = commit;
    if (out.listening())
        out.note("{} transaction {} with {} records", commit ? "commit" : "abort", open_->number,
                 open_->records);
    out.observe(TransactionEnding{client_, open_->number, commit});
    transactions_->end(commit);
}

void Producer::tell_end(TransactionOutcome outcome, Error error, Out& out)
{
    out.observe(TransactionEnded{client_, open_->number, outcome, error});
    if (out.listening())
        out.note("transaction {} is {}", open_->number, to_string(outcome));
    open_.reset();
}

bool Producer::may_drain(std::uint32_t queue, ProducerBatch const& first) const
{
    if (transactions_ && !transactions_->may_send_to(accumulator_.queues()[queue].partition))
        return false;
    return sequences_.may_drain(queue, accumulator_.pool(), first);
}

// One request to the coordinator at a time, and while it is under way no data leaves.
bool Producer::ask_coordinator(Env const& env, Out& out)
{
    TransactionManager& manager = *transactions_;
    if (manager.state() == TransactionManager::State::fatal_error)
        return true;
    sequences_.resolve();
    if (sequences_.take_gap())
        manager.abort_for_gap();
    if (manager.in_flight())
        return true;
    if (manager.state() == TransactionManager::State::abortable_error ||
        manager.state() == TransactionManager::State::aborting)
        abort_undrained(out);
    if (manager.idle(accumulator_.incomplete() != 0)) {
        if (manager.take_ended_locally() && open_)
            tell_end(open_->commit ? TransactionOutcome::committed : TransactionOutcome::aborted,
                     Error::none, out);
        return false;
    }
    if (metadata_.update_due(env.now))
        return true;
    std::optional<TransactionManager::Turn> turn =
        manager.next(env, sequences_.producer_id(), sequences_.producer_epoch());
    if (!turn)
        return true;  // It waits before it tries again.
    std::optional<NodeId> const node =
        turn->to_coordinator ? manager.coordinator() : metadata_.least_loaded(env, network_);
    if (!node || !network_.make_ready(env, *node, out))
        return true;
    network_.send(env, *node, std::move(turn->request), transaction_cookie, out);
    manager.sent();
    return true;
}

// RecordAccumulator.abortUndrainedBatches: what was never sent will not be.
void Producer::abort_undrained(Out& out)
{
    for (Accumulator::Queue& queue : accumulator_.queues()) {
        std::vector<BatchId> unsent;
        for (BatchId const id : queue.batches)
            if (!accumulator_.pool()[id].has_sequence())
                unsent.push_back(id);
        for (BatchId const id : unsent) {
            queue.batches.erase(std::find(queue.batches.begin(), queue.batches.end(), id));
            fail(id, Error::transaction_abortable, false, out);
        }
    }
}

void Producer::on_transaction_response(Env const& env, Message const& message, Out& out)
{
    TransactionManager::Changed const changed = transactions_->on_response(env, message, out);
    if (changed.producer_id) {
        sequences_.begin_anew(changed.id, changed.epoch);
        if (changed.initialized) {
            out.note("producer id {} with epoch {} for {}", changed.id.value, changed.epoch,
                     config_.transactional_id);
            out.observe(TransactionalProducerReady{client_, config_.transactional_id, changed.id,
                                                   changed.epoch});
        }
    }
    if (changed.ended && open_)
        tell_end(open_->commit ? TransactionOutcome::committed : TransactionOutcome::aborted,
                 Error::none, out);
}

// Nothing can be done with this producer any more. A commit that was asked for may have come about;
// one that was not asked for never will.
void Producer::on_transaction_failed(Env const& env, Out& out)
{
    fatal_ = transactions_->last_error();
    bool const fenced = fatal_ == Error::producer_fenced || fatal_ == Error::invalid_producer_epoch;
    fail_all(fatal_, out);
    if (open_) {
        // Jepsen's rule: INVALID_TXN_STATE says that it was not committed.
        bool const maybe =
            open_->commit && transactions_->end_sent() && fatal_ != Error::invalid_txn_state;
        tell_end(maybe ? TransactionOutcome::unknown : TransactionOutcome::aborted, fatal_, out);
    }
    if (fenced && spec_.shared_id) {
        arrivals_.stop_now();
        return;
    }
    network_.close_all(out);
    new_instance_at_ = env.now + new_instance_delay;
}

}  // namespace odradek::kafka
