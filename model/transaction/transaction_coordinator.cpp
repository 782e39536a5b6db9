// The coordinator's state: what is in its log, what is under way to it, and what time does.
#include "model/transaction/transaction_coordinator.h"

#include <algorithm>

#include "model/coordinator/append_error.h"
#include "model/coordinator/internal_topic.h"
#include "model/transaction/transaction_log.h"
#include "sim/ensure.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr Duration retry_interval = 100_ms;
// How often a log is looked at that is to be committed before it is read.
constexpr Duration commit_poll = 10_ms;

}  // namespace

void TransactionShard::replay(CoordinatorRecord const& record)
{
    TransactionLogValue const* const value = transaction_of(record);
    if (value == nullptr) {
        transactions.erase(record.name);
        return;
    }
    TransactionMetadata& transaction = transactions[record.name];
    transaction = {};
    transaction.transactional_id = record.name;
    transaction.is = value->is;
}

TransactionCoordinator::TransactionCoordinator(Duration request_timeout) : markers_(request_timeout)
{
}

// -- Partitions ---------------------------------------------------------------------------------
void TransactionCoordinator::on_election(TransactionContext const& at, std::int32_t partition,
                                         Epoch epoch)
{
    markers_.forget(partition);
    shards_.on_election(partition, epoch, at.out);
    if (!std::exchange(timers_armed_, true)) {
        at.out.arm(timer(TimerKind::transaction_abort), at.config.transaction_abort_interval);
        at.out.arm(timer(TimerKind::transaction_expiration),
                   at.config.transaction_expiration_interval);
    }
}

void TransactionCoordinator::on_resignation(std::int32_t partition)
{
    shards_.on_resignation(partition);
    markers_.forget(partition);
}

void TransactionCoordinator::on_metadata(TransactionContext const& at)
{
    if (markers_.any_unknown()) {
        markers_.retry_unknown(at);
        work_off_markers(at);
    }
}

TransactionCoordinator::Found TransactionCoordinator::find(TransactionContext const& at,
                                                           std::string const& transactional_id)
{
    Found found;
    std::int32_t const partition =
        internal_partition_of(transactional_id, at.cluster.state_partitions());
    auto const [entry, error] = shards_.active(partition);
    found.entry = entry;
    found.error = error;
    if (entry != nullptr) {
        auto const known = entry->shard.transactions.find(transactional_id);
        if (known != entry->shard.transactions.end())
            found.transaction = &known->second;
    }
    return found;
}

// -- Appending ----------------------------------------------------------------------------------
// With the transaction's own timeout. Nothing changes before it is replicated.
void TransactionCoordinator::append(TransactionContext const& at, Entry const& entry,
                                    TransactionMetadata const& transaction,
                                    TransactionSnapshot next, Then then)
{
    std::uint64_t const ticket = next_ticket_++;
    CoordinatorRecord record;
    record.name = transaction.transactional_id;
    record.key = transaction_log_key(record.name);
    if (next.state != TransactionState::dead) {
        std::vector<std::pair<TopicId, std::string>> names;
        for (TopicPartition const partition : next.partitions)
            if (names.empty() || names.back().first != partition.topic)
                names.emplace_back(partition.topic, at.cluster.topic_name(partition.topic));
        record.value = sim::share<TransactionLogValue>(
            next, std::move(names), at.cluster.version() >= TransactionVersion::tv1);
    }
    Duration const timeout =
        next.state == TransactionState::dead ? at.config.request_timeout : next.timeout;
    TopicPartition const in{*at.cluster.state_topic(), entry.partition};
    appends_.emplace(ticket, Append{record.name, entry.partition, entry.epoch, std::move(next),
                                    std::move(then)});
    std::vector<CoordinatorRecord> records;
    records.push_back(std::move(record));
    at.logs.append(in, make_coordinator_batch(std::move(records), at.env.wall), timeout, ticket);
}

void TransactionCoordinator::on_appended(TransactionContext const& at, std::uint64_t ticket,
                                         Error error)
{
    auto const found = appends_.find(ticket);
    if (found == appends_.end())
        return;
    Append const append = std::move(found->second);
    appends_.erase(found);
    error = coordinator_error(error);
    CoordinatorShards<TransactionShard>::Entry* const entry = shards_.find(append.partition);
    bool const current = entry != nullptr && !entry->loading && entry->epoch == append.epoch;
    if (!current) {
        // Whoever coordinates it now has read the log, or will: the log counts.
        at.out.note("{}: what was written as coordinator of epoch {} is for the next one to read",
                    append.transactional_id, append.epoch.value);
        finish(at, append,
               entry != nullptr && entry->loading ? Error::coordinator_load_in_progress
                                                  : Error::not_coordinator);
        return;
    }
    auto const known = entry->shard.transactions.find(append.transactional_id);
    ENSURE(known != entry->shard.transactions.end(), "a coordinator knows whom it writes about");
    TransactionMetadata& transaction = known->second;
    if (error == Error::none && !at.switches.transition_ignores_clock &&
        append.next.last_update < transaction.is.last_update) {
        // What was thrown then left the step pending, and nobody was answered.
        at.out.note("{}: {} is written, but of an earlier time than {}: an illegal state",
                    append.transactional_id, to_string(append.next.state),
                    to_string(transaction.is.state));
        return;
    }
    if (error == Error::none) {
        apply(at, *entry, transaction, append.next);
    } else {
        at.out.note("{}: {} is not written: {}", append.transactional_id,
                    to_string(append.next.state), to_string(error));
        bool const retried = std::holds_alternative<Completion>(append.then) &&
                             error == Error::coordinator_not_available;
        if (!retried)
            transaction.pending.reset();
        auto const* end = std::get_if<EndReply>(&append.then);
        if (end != nullptr && end->fencing && at.switches.failed_fence_keeps_epoch)
            transaction.failed_epoch_fence = true;
    }
    finish(at, append, error);
}

void TransactionCoordinator::apply(TransactionContext const& at, Entry const& entry,
                                   TransactionMetadata& transaction,
                                   TransactionSnapshot const& next)
{
    TransactionStateChanged changed;
    changed.broker = at.self;
    changed.state_partition = entry.partition;
    changed.coordinator_epoch = entry.epoch.value;
    changed.transactional_id = transaction.transactional_id;
    changed.from = transaction.is.state;
    changed.to = next.state;
    changed.producer_id = next.producer_id;
    changed.producer_epoch = next.producer_epoch;
    changed.partitions = next.partitions.size();
    changed.after_failover = transaction.completes_for_another;
    transaction.complete(next);
    if (transaction.at_rest())
        transaction.completes_for_another = false;
    if (at.out.listening())
        at.out.note("{}: {} -> {}, producer {} epoch {}, {} partitions",
                    transaction.transactional_id, to_string(changed.from), to_string(changed.to),
                    next.producer_id.value, next.producer_epoch, next.partitions.size());
    at.out.observe(std::move(changed));
}

// Answers, or goes on.
void TransactionCoordinator::finish(TransactionContext const& at, Append const& append, Error error)
{
    Out& out = at.out;
    if (auto const* init = std::get_if<InitReply>(&append.then)) {
        if (error == Error::none)
            out.reply(init->request, InitProducerIdResponse{Error::none, append.next.producer_id,
                                                            append.next.producer_epoch});
        else
            out.reply(init->request, InitProducerIdResponse{error, no_producer, -1});
    } else if (auto const* add = std::get_if<AddReply>(&append.then)) {
        add_result(at, *add, error);
    } else if (auto const* offsets = std::get_if<AddOffsetsReply>(&append.then)) {
        out.reply(offsets->request, AddOffsetsToTxnResponse{error});
    } else if (auto const* end = std::get_if<EndReply>(&append.then)) {
        if (end->init)
            out.reply(*end->init, InitProducerIdResponse{
                                      error == Error::none ? Error::concurrent_transactions : error,
                                      no_producer, -1});
        if (error != Error::none) {
            if (end->end)
                out.reply(*end->end, EndTxnResponse{error, no_producer, -1});
            return;
        }
        if (end->end) {
            // At its last epoch the producer goes on with a new id.
            bool const rotates = append.next.next_producer_id != no_producer;
            out.reply(
                *end->end,
                EndTxnResponse{Error::none,
                               rotates ? append.next.next_producer_id : append.next.producer_id,
                               rotates ? std::int16_t{0} : append.next.producer_epoch});
        }
        Found const found = find(at, append.transactional_id);
        if (found.transaction != nullptr)
            begin_completion(at, *found.entry, *found.transaction);
    } else if (std::holds_alternative<Completion>(append.then)) {
        if (error == Error::coordinator_not_available) {
            again_.push_back(append);
            arm_retry(at);
        }
    } else if (error == Error::none) {
        auto const [entry, active] = shards_.active(append.partition);
        if (entry != nullptr && active == Error::none) {
            out.note("{} is forgotten: nobody has used it for a long time",
                     append.transactional_id);
            entry->shard.transactions.erase(append.transactional_id);
        }
    }
}

// -- Markers ------------------------------------------------------------------------------------
// How it ends is written: the markers are sent, under the epoch of this coordinator.
void TransactionCoordinator::begin_completion(TransactionContext const& at, Entry& entry,
                                              TransactionMetadata& transaction)
{
    TxnMarker marker;
    marker.producer_id = transaction.is.producer_id;
    marker.producer_epoch = transaction.is.producer_epoch;
    marker.committed = transaction.is.state == TransactionState::prepare_commit;
    marker.coordinator_epoch = entry.epoch.value;
    marker.version = transaction.is.client_version;
    marker.partitions = transaction.is.partitions;
    transaction.completion = transaction.prepare_complete(at.env.wall);
    markers_.add(at, transaction.transactional_id, entry.partition, std::move(marker));
    work_off_markers(at);
}

void TransactionCoordinator::work_off_markers(TransactionContext const& at)
{
    while (markers_.any_completed())
        for (auto const& [id, epoch] : markers_.take_completed()) {
            Found const found = find(at, id);
            if (found.transaction == nullptr || found.entry->epoch.value != epoch)
                continue;
            append(at, *found.entry, *found.transaction, found.transaction->completion,
                   Completion{});
        }
    if (markers_.any_unknown())
        arm_retry(at);
}

void TransactionCoordinator::on_connected(TransactionContext const& at, Peer peer)
{
    markers_.on_connected(at, peer);
    work_off_markers(at);
}

void TransactionCoordinator::on_disconnected(TransactionContext const& at, Peer peer)
{
    markers_.on_disconnected(at, peer);
    work_off_markers(at);
}

void TransactionCoordinator::on_response(TransactionContext const& at, Peer peer,
                                         std::int32_t correlation, Message const& message)
{
    if (auto const* written = std::get_if<WriteTxnMarkersResponse>(&message))
        markers_.on_response(at, peer, correlation, *written);
    work_off_markers(at);
}

// -- Time ---------------------------------------------------------------------------------------
bool TransactionCoordinator::owns(Timer which)
{
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::coordinator_load:
    case TimerKind::transaction_abort:
    case TimerKind::transaction_expiration:
    case TimerKind::transaction_markers:
        return true;
    case TimerKind::network_client:
        return which.index == static_cast<std::uint32_t>(Channel::txn_markers);
    default:
        return false;
    }
}

void TransactionCoordinator::on_timer(TransactionContext const& at, Timer which)
{
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::coordinator_load: {
        auto const topic = at.cluster.state_topic();
        if (!topic)
            return;
        auto const partition = static_cast<std::int32_t>(which.index);
        TopicPartition const in{*topic, partition};
        if (at.switches.coordinator_loads_committed && shards_.find(partition) != nullptr &&
            !at.logs.committed(in)) {
            at.out.arm(which, commit_poll);
            return;
        }
        Entry* const entry = shards_.load(partition, in, at.logs);
        if (entry == nullptr)
            return;
        if (at.out.listening())
            at.out.note("{}-{}: the coordinator of epoch {} has read {} transactional ids",
                        transaction_state_topic_name, partition, entry->epoch.value,
                        entry->shard.transactions.size());
        at.out.observe(
            CoordinatorLoaded{at.self, in, entry->epoch, entry->shard.transactions.size()});
        // What was about to end is ended; what is open waits for its producer, or its timeout.
        for (auto& [id, transaction] : entry->shard.transactions)
            if (transaction.is.state == TransactionState::prepare_commit ||
                transaction.is.state == TransactionState::prepare_abort) {
                transaction.completes_for_another = true;
                begin_completion(at, *entry, transaction);
            }
        return;
    }
    case TimerKind::transaction_abort:
        at.out.arm(timer(TimerKind::transaction_abort), at.config.transaction_abort_interval);
        return abort_timed_out(at);
    case TimerKind::transaction_expiration:
        at.out.arm(timer(TimerKind::transaction_expiration),
                   at.config.transaction_expiration_interval);
        return expire_ids(at);
    case TimerKind::transaction_markers:
        retry_armed_ = false;
        markers_.retry_unknown(at);
        work_off_markers(at);
        return retry_appends(at);
    default:
        markers_.on_client_timer(at);
        work_off_markers(at);
    }
}

// KAFKA-6119: with a new epoch, so that its producer, if it still lives, is fenced.
void TransactionCoordinator::abort_timed_out(TransactionContext const& at)
{
    for (Entry& entry : shards_.entries()) {
        if (entry.loading)
            continue;
        for (auto& [id, transaction] : entry.shard.transactions) {
            if (transaction.pending || transaction.is.state != TransactionState::ongoing ||
                transaction.is.start + transaction.is.timeout >= at.env.wall)
                continue;
            at.out.note("{}: its transaction is open for {}, longer than its timeout of {}: abort "
                        "it",
                        id, to_string(at.env.wall - transaction.is.start),
                        to_string(transaction.is.timeout));
            fence(at, entry, transaction, at.switches.timeout_abort_bumps_epoch, std::nullopt);
        }
    }
}

void TransactionCoordinator::expire_ids(TransactionContext const& at)
{
    for (Entry& entry : shards_.entries()) {
        if (entry.loading)
            continue;
        for (auto& [id, transaction] : entry.shard.transactions)
            if (!transaction.pending && transaction.at_rest() &&
                transaction.is.last_update + at.config.transactional_id_expiration <= at.env.wall)
                append(at, entry, transaction, transaction.prepare_dead(), Expiration{});
    }
}

void TransactionCoordinator::retry_appends(TransactionContext const& at)
{
    for (Append const& one : std::exchange(again_, {})) {
        auto const [entry, error] = shards_.active(one.partition);
        if (entry == nullptr || entry->epoch != one.epoch)
            continue;  // The next coordinator does it.
        auto const known = entry->shard.transactions.find(one.transactional_id);
        if (known != entry->shard.transactions.end())
            append(at, *entry, known->second, one.next, Completion{});
    }
    if (markers_.any_unknown() || !again_.empty())
        arm_retry(at);
}

void TransactionCoordinator::arm_retry(TransactionContext const& at)
{
    if (!std::exchange(retry_armed_, true))
        at.out.arm(timer(TimerKind::transaction_markers), retry_interval);
}

}  // namespace odradek::kafka
