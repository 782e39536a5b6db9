#include "model/client/transaction_manager.h"

#include <algorithm>
#include <utility>

#include "model/network/network_client.h"
#include "sim/ensure.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr sim::Site retry_site("producer.transaction-retry");
// The transaction before is about to end: that does not take long.
constexpr Duration add_partitions_backoff = 20_ms;

bool contains(std::vector<TopicPartition> const& list, TopicPartition partition)
{
    return std::binary_search(list.begin(), list.end(), partition);
}

void insert(std::vector<TopicPartition>& list, TopicPartition partition)
{
    auto const at = std::lower_bound(list.begin(), list.end(), partition);
    if (at == list.end() || *at != partition)
        list.insert(at, partition);
}

}  // namespace

char const* to_string(TransactionManager::State state)
{
    using State = TransactionManager::State;
    switch (state) {
    case State::uninitialized:
        return "UNINITIALIZED";
    case State::initializing:
        return "INITIALIZING";
    case State::ready:
        return "READY";
    case State::in_transaction:
        return "IN_TRANSACTION";
    case State::committing:
        return "COMMITTING_TRANSACTION";
    case State::aborting:
        return "ABORTING_TRANSACTION";
    case State::abortable_error:
        return "ABORTABLE_ERROR";
    case State::fatal_error:
        return "FATAL_ERROR";
    }
    return "?";
}

// -- The application ----------------------------------------------------------------------------
void TransactionManager::init(TransactionVersion version)
{
    ENSURE(state_ == State::uninitialized, "a producer initializes its transactions once");
    state_ = State::initializing;
    version_ = version;
    Request request;
    request.kind = Kind::init_producer_id;
    enqueue(std::move(request));
}

void TransactionManager::begin(TransactionVersion version)
{
    ENSURE(state_ == State::ready, "a transaction begins when the one before has ended");
    state_ = State::in_transaction;
    version_ = version;
}

void TransactionManager::end(bool commit)
{
    ENSURE(state_ == State::in_transaction || (!commit && state_ == State::abortable_error),
           "a transaction that is open ends");
    Error const why = last_error_;
    state_ = commit ? State::committing : State::aborting;
    commit_ = commit;
    if (!commit)
        new_partitions_.clear();
    enqueue_new_partitions();
    // A coordinator that does not know the id has nothing to end.
    if (why != Error::invalid_producer_id_mapping) {
        Request request;
        request.kind = Kind::end_txn;
        request.commit = commit;
        enqueue(std::move(request));
        if (!bump_required_)
            return;
    }
    Request bump;
    bump.kind = Kind::epoch_bump;
    enqueue(std::move(bump));
}

void TransactionManager::maybe_add_partition(TopicPartition partition)
{
    if (!adds_partitions_itself()) {
        insert(partitions_, partition);
        started_ = true;
    } else if (!knows(partition)) {
        insert(new_partitions_, partition);
    }
}

bool TransactionManager::knows(TopicPartition partition) const
{
    return contains(partitions_, partition) || contains(new_partitions_, partition) ||
           contains(pending_partitions_, partition);
}

// -- The Sender ---------------------------------------------------------------------------------
bool TransactionManager::may_send_to(TopicPartition partition) const
{
    return state_ != State::fatal_error && contains(partitions_, partition);
}

void TransactionManager::on_batch_failed(Error error, bool expired)
{
    if (expired && !config_.expired_batch_aborts)
        return;
    if (error == Error::producer_fenced || error == Error::unsupported_version)
        return fatal(error);
    if (needs_bump() && !is_completing())
        bump_required_ = true;
    abortable(error);
}

void TransactionManager::abort_for_gap()
{
    if (needs_bump())
        bump_required_ = true;
    abortable(Error::out_of_order_sequence_number);
}

void TransactionManager::fatal(Error error)
{
    state_ = State::fatal_error;
    last_error_ = error;
    pending_.clear();
}

// While it aborts already, there is nothing more to be done about an error.
void TransactionManager::abortable(Error error)
{
    if (state_ != State::in_transaction && state_ != State::committing &&
        state_ != State::initializing)
        return;
    state_ = State::abortable_error;
    last_error_ = error;
    std::erase_if(pending_,
                  [](Request const& request) { return request.kind != Kind::find_coordinator; });
}

void TransactionManager::enqueue(Request request)
{
    auto const at = std::find_if(pending_.begin(), pending_.end(),
                                 [&](Request const& known) { return known.kind > request.kind; });
    pending_.insert(at, std::move(request));
}

void TransactionManager::enqueue_new_partitions()
{
    if (new_partitions_.empty())
        return;
    Request request;
    request.kind = Kind::add_partitions;
    request.partitions = std::exchange(new_partitions_, {});
    for (TopicPartition const partition : request.partitions)
        insert(pending_partitions_, partition);
    enqueue(std::move(request));
}

bool TransactionManager::idle(bool has_incomplete)
{
    if (state_ != State::fatal_error)
        enqueue_new_partitions();
    while (!pending_.empty()) {
        Request const& first = pending_.front();
        if (first.kind == Kind::end_txn && has_incomplete)
            return true;
        if (first.kind != Kind::end_txn || started_)
            return false;
        // The coordinator does not know of the transaction: it has ended without being asked.
        pending_.erase(pending_.begin());
        complete_transaction();
        ended_locally_ = true;
    }
    return true;
}

std::optional<TransactionManager::Turn> TransactionManager::next(Env const& env, ProducerId id,
                                                                 std::int16_t epoch)
{
    retry_at_ = {};
    if (pending_.empty())
        return std::nullopt;
    Request const& first = pending_.front();
    if (env.now < first.not_before) {
        retry_at_ = first.not_before;
        return std::nullopt;
    }
    if (first.kind != Kind::find_coordinator && !coordinator_) {
        lookup();
        return next(env, id, epoch);
    }
    Turn turn;
    switch (first.kind) {
    case Kind::find_coordinator:
        turn.request =
            FindCoordinatorRequest{CoordinatorType::transaction, config_.transactional_id};
        turn.to_coordinator = false;
        break;
    case Kind::init_producer_id:
    case Kind::epoch_bump: {
        InitProducerIdRequest request;
        request.transactional.value = {config_.transactional_id, config_.transaction_timeout,
                                       no_producer, -1};
        if (first.kind == Kind::epoch_bump) {
            request.transactional.value.producer_id = id;
            request.transactional.value.producer_epoch = epoch;
        }
        turn.request = std::move(request);
        break;
    }
    case Kind::add_partitions: {
        AddPartitionsToTxnRequest request;
        request.transactions.push_back(
            {config_.transactional_id, id, epoch, false, first.partitions});
        turn.request = std::move(request);
        break;
    }
    case Kind::end_txn:
        turn.request = EndTxnRequest{config_.transactional_id, id, epoch, first.commit,
                                     bumps_epoch(version_) ? TransactionVersion::tv2
                                                           : TransactionVersion::tv0};
        break;
    }
    return turn;
}

void TransactionManager::sent()
{
    in_flight_ = std::move(pending_.front());
    pending_.erase(pending_.begin());
    if (in_flight_->kind == Kind::end_txn)
        end_sent_ = true;
}

void TransactionManager::lookup()
{
    coordinator_.reset();
    bool const asked = std::any_of(pending_.begin(), pending_.end(), [](Request const& request) {
        return request.kind == Kind::find_coordinator;
    });
    if (asked)
        return;
    Request find;
    find.kind = Kind::find_coordinator;
    enqueue(std::move(find));
}

void TransactionManager::coordinator_lost()
{
    if (coordinator_)
        lookup();
}

void TransactionManager::retry(Env const& env, Request request, Duration first)
{
    request.not_before =
        env.now + (first == config_.retry_backoff
                       ? exponential_backoff(env, retry_site, first, config_.retry_backoff_max,
                                             request.retries)
                       : first);
    ++request.retries;
    enqueue(std::move(request));
}

void TransactionManager::on_lost(Env const& env)
{
    if (!in_flight_)
        return;
    Request request = *std::exchange(in_flight_, std::nullopt);
    if (state_ == State::fatal_error)
        return;
    if (request.kind != Kind::find_coordinator)
        lookup();
    retry(env, std::move(request), config_.retry_backoff);
}

// -- Answers ------------------------------------------------------------------------------------
TransactionManager::Changed TransactionManager::on_response(Env const& env, Message const& message,
                                                            Out& out)
{
    Changed changed;
    if (!in_flight_)
        return changed;
    Request request = *std::exchange(in_flight_, std::nullopt);
    if (state_ == State::fatal_error)
        return changed;
    State const before = state_;
    if (auto const* found = std::get_if<FindCoordinatorResponse>(&message))
        on_found(env, std::move(request), *found);
    else if (auto const* init = std::get_if<InitProducerIdResponse>(&message))
        changed = on_init(env, std::move(request), *init);
    else if (auto const* added = std::get_if<AddPartitionsToTxnResponse>(&message))
        on_added(env, std::move(request), *added);
    else if (auto const* end = std::get_if<EndTxnResponse>(&message))
        changed = on_end(env, std::move(request), *end);
    if (state_ != before && out.listening()) {
        if (has_error())
            out.note("{}: {} -> {}: {}", config_.transactional_id, to_string(before),
                     to_string(state_), to_string(last_error_));
        else
            out.note("{}: {} -> {}", config_.transactional_id, to_string(before),
                     to_string(state_));
    }
    return changed;
}

bool TransactionManager::moved(Env const& env, Request const& request, Error error)
{
    if (error != Error::coordinator_not_available && error != Error::not_coordinator)
        return false;
    lookup();
    retry(env, request, config_.retry_backoff);
    return true;
}

void TransactionManager::on_found(Env const& env, Request request,
                                  FindCoordinatorResponse const& response)
{
    if (response.error == Error::none)
        coordinator_ = response.node;
    else if (is_retriable(response.error))
        retry(env, std::move(request), config_.retry_backoff);
    else
        fatal(response.error);
}

TransactionManager::Changed TransactionManager::on_init(Env const& env, Request request,
                                                        InitProducerIdResponse const& response)
{
    Changed changed;
    Error const error = response.error;
    if (error == Error::none) {
        changed.producer_id = true;
        changed.id = response.producer_id;
        changed.epoch = response.producer_epoch;
        changed.initialized = true;
        changed.ended = request.kind == Kind::epoch_bump;
        bump_required_ = false;
        last_error_ = Error::none;
        complete_transaction();
    } else if (moved(env, request, error)) {
    } else if (is_retriable(error)) {
        retry(env, std::move(request), config_.retry_backoff);
    } else if (error == Error::invalid_producer_epoch || error == Error::producer_fenced) {
        fatal(Error::producer_fenced);
    } else if (error == Error::transaction_abortable) {
        abortable(error);
    } else {
        fatal(error);
    }
    return changed;
}

void TransactionManager::on_added(Env const& env, Request request,
                                  AddPartitionsToTxnResponse const& response)
{
    bool failed = false;
    for (AddPartitionsToTxnResult const& result : response.results)
        for (AddedPartition const& part : result.partitions) {
            Error const error = part.error;
            if (error == Error::none)
                continue;
            if (moved(env, request, error))
                return;
            if (error == Error::concurrent_transactions)
                return retry(env, std::move(request),
                             partitions_.empty() ? add_partitions_backoff : config_.retry_backoff);
            if (is_retriable(error))
                return retry(env, std::move(request), config_.retry_backoff);
            if (error == Error::invalid_producer_epoch || error == Error::producer_fenced)
                return fatal(Error::producer_fenced);
            if (error == Error::invalid_txn_state)
                return fatal(error);
            if (error == Error::unknown_producer_id ||
                error == Error::invalid_producer_id_mapping) {
                bump_required_ = needs_bump();
                return abortable(error);
            }
            if (error == Error::transaction_abortable)
                return abortable(error);
            last_error_ = error;
            failed = true;
        }
    for (TopicPartition const partition : request.partitions)
        std::erase(pending_partitions_, partition);
    if (failed)
        return abortable(last_error_);
    for (TopicPartition const partition : request.partitions)
        insert(partitions_, partition);
    started_ = true;
}

TransactionManager::Changed TransactionManager::on_end(Env const& env, Request request,
                                                       EndTxnResponse const& response)
{
    Changed changed;
    Error const error = response.error;
    if (error == Error::none) {
        if (bumps_epoch(version_)) {
            changed.producer_id = true;
            changed.id = response.producer_id;
            changed.epoch = response.producer_epoch;
        }
        changed.ended = !bump_required_;
        if (bump_required_)
            state_ = State::initializing;  // The new epoch is asked for next.
        else
            complete_transaction();
    } else if (moved(env, request, error)) {
    } else if (is_retriable(error)) {
        retry(env, std::move(request), config_.retry_backoff);
    } else if (error == Error::invalid_producer_epoch || error == Error::producer_fenced) {
        fatal(Error::producer_fenced);
    } else if (error == Error::unknown_producer_id || error == Error::invalid_producer_id_mapping ||
               error == Error::transaction_abortable) {
        if (state_ == State::committing)
            abortable(error);
        else
            fatal(error);
    } else {
        fatal(error);
    }
    return changed;
}

void TransactionManager::complete_transaction()
{
    state_ = bump_required_ ? State::initializing : State::ready;
    last_error_ = Error::none;
    started_ = false;
    end_sent_ = false;
    new_partitions_.clear();
    pending_partitions_.clear();
    partitions_.clear();
}

}  // namespace odradek::kafka
