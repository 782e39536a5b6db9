// What the replica manager does for transactions: appends of coordinators, markers, and produce
// requests that wait until their coordinator has vouched for them. Source: kafka.server.KafkaApis
// (handleWriteTxnMarkersRequest), ReplicaManager (appendRecords, handleProduceAppend,
// maybeSendPartitionsToTransactionCoordinator); KIP-98, KIP-890.
#include <algorithm>
#include <utility>

#include "model/record_bytes/control_record.h"
#include "model/replica/replica_manager.h"

namespace odradek::kafka {

namespace {

// What a producer is told when its coordinator could not vouch for it: where another attempt may
// do, an error that every client tries again after.
Error to_producer(Error said)
{
    switch (said) {
    case Error::concurrent_transactions:
    case Error::network_exception:
    case Error::coordinator_load_in_progress:
    case Error::coordinator_not_available:
    case Error::not_coordinator:
        return Error::not_enough_replicas;
    case Error::producer_fenced:
        return Error::invalid_producer_epoch;
    default:
        return said;
    }
}

}  // namespace

// With acks=all: waits for those that are not decided yet, or answers.
void ReplicaManager::append_all(ReplicaContext const& at, AppendAsker asker, Duration timeout,
                                std::vector<ProduceStatus> statuses)
{
    wake_changed(at);
    look_at_directories(at);
    bool waiting = false;
    for (ProduceStatus& status : statuses) {
        if (status.response.error != Error::none)
            continue;
        Partition const* const partition = partitions_.at(status.slot);
        Partition::AckState const state =
            partition != nullptr ? partition->acknowledged(status.required)
                                 : Partition::AckState{true, Error::not_leader_or_follower};
        status.waiting = !state.done;
        status.response.error = state.error;
        waiting |= status.waiting;
    }
    if (waiting)
        produces_.add(at.env, std::move(asker), at.env.now + timeout, std::move(statuses), at.out);
    else
        produces_.answer(asker, statuses, at.out);
}

void ReplicaManager::append_internal(Env const& env, TopicPartition partition, BatchRef batch,
                                     Duration timeout, AppendTicket ticket, Leaders const& leaders,
                                     Out& out)
{
    ReplicaContext const at = context(env, out);
    std::vector<ProduceStatus> statuses(1);
    statuses[0].response.partition = partition;
    AppendOrigin origin;
    origin.kind = AppendOrigin::Kind::coordinator;
    produce_one(at, {partition, std::move(batch)}, -1, leaders, statuses[0], origin);
    append_all(at, ticket, timeout, std::move(statuses));
}

// The leaders' side of the end of a transaction. All markers of the request are appended at once;
// it is answered when each of them is replicated, or will not be.
void ReplicaManager::on_write_txn_markers(Env const& env, RequestId request,
                                          WriteTxnMarkersRequest const& message,
                                          Leaders const& leaders, Out& out)
{
    ReplicaContext const at = context(env, out);
    MarkersAsked asked{request, {}};
    std::vector<ProduceStatus> statuses;
    for (std::uint32_t i = 0; i < message.markers.size(); ++i) {
        TxnMarker const& marker = message.markers[i];
        asked.producers.push_back({marker.producer_id, marker.committed});
        AppendOrigin origin;
        origin.kind = AppendOrigin::Kind::coordinator;
        origin.version = marker.version;
        BatchRef const batch =
            make_end_transaction_batch(marker.producer_id, marker.producer_epoch, marker.committed,
                                       marker.coordinator_epoch, env.wall);
        for (TopicPartition const partition : marker.partitions) {
            ProduceStatus& status = statuses.emplace_back();
            status.response.partition = partition;
            status.marker = i;
            produce_one(at, {partition, batch}, -1, leaders, status, origin);
            Partition const* const written = partitions_.find(partition);
            if (out.listening() && written != nullptr && status.response.error == Error::none)
                out.note("{}: producer {} epoch {} has {} its transaction, says the coordinator "
                         "of epoch {}; last stable offset {}, high watermark {}",
                         written->name(), marker.producer_id.value, marker.producer_epoch,
                         marker.committed ? "committed" : "aborted", marker.coordinator_epoch,
                         written->log().last_stable_offset().value,
                         written->log().high_watermark().value);
        }
    }
    append_all(at, std::move(asked), config_.request_timeout, std::move(statuses));
}

// -- Verification -------------------------------------------------------------------------------
bool ReplicaManager::begin_verification(ReplicaContext const& at, RequestId request,
                                        ProduceRequest const& message)
{
    if (!config_.transaction_verification_enable)
        return false;
    WaitingProduce waiting;
    waiting.guards.assign(message.partitions.size(), no_guard);
    bool any = false;
    for (std::size_t i = 0; i < message.partitions.size(); ++i) {
        Partition* const partition = partitions_.find(message.partitions[i].partition);
        if (partition == nullptr)
            continue;
        if (auto const guard = partition->begin_verification(at, *message.partitions[i].batch)) {
            waiting.guards[i] = *guard;
            any = true;
        }
    }
    if (!any)
        return false;
    waiting.number = ++last_verification_;
    waiting.request = request;
    waiting.message = message;
    waiting.errors.assign(message.partitions.size(), Error::none);
    waiting.begun = at.env.now;
    ask_coordinator(waiting);
    if (at.out.listening())
        at.out.note("a batch of {} would open a transaction here: ask its coordinator {}",
                    message.transactional_id.value,
                    message.adds_partitions.value ? "to add the partition"
                                                  : "whether it knows of it");
    verifying_.push_back(std::move(waiting));
    return true;
}

void ReplicaManager::ask_coordinator(WaitingProduce const& waiting)
{
    VerificationWish& wish = verifications_.emplace_back();
    wish.number = waiting.number;
    wish.asked.transactional_id = waiting.message.transactional_id.value;
    wish.asked.verify_only = !waiting.message.adds_partitions.value;
    for (std::size_t i = 0; i < waiting.guards.size(); ++i) {
        if (waiting.guards[i] == no_guard)
            continue;
        ProducePartition const& part = waiting.message.partitions[i];
        wish.asked.producer_id = part.batch->producer_id;
        wish.asked.producer_epoch = part.batch->producer_epoch;
        wish.asked.partitions.push_back(part.partition);
    }
}

void ReplicaManager::on_verified(Env const& env, std::uint64_t number,
                                 std::vector<AddedPartition> const& said, Leaders const& leaders,
                                 Out& out)
{
    auto const at_number =
        std::find_if(verifying_.begin(), verifying_.end(),
                     [number](WaitingProduce const& known) { return known.number == number; });
    if (at_number == verifying_.end())
        return;
    ReplicaContext const at = context(env, out);
    WaitingProduce& waiting = *at_number;
    bool ending = false;
    for (AddedPartition const& answer : said) {
        ending = ending || answer.error == Error::concurrent_transactions;
        for (std::size_t i = 0; i < waiting.errors.size(); ++i)
            if (waiting.message.partitions[i].partition == answer.partition)
                waiting.errors[i] = to_producer(answer.error);
    }
    // The transaction before has yet to end: the producer need not be troubled (KIP-890).
    if (ending && waiting.message.adds_partitions.value &&
        env.now - waiting.begun < config_.add_partitions_retry_backoff_max) {
        std::fill(waiting.errors.begin(), waiting.errors.end(), Error::none);
        waiting.again_at = env.now + config_.add_partitions_retry_backoff;
        arm_verification(at);
        return;
    }
    WaitingProduce const done = std::move(waiting);
    verifying_.erase(at_number);
    if (stopped_)
        return out.hang_up(done.request);
    for (std::size_t i = 0; i < done.errors.size(); ++i)
        if (done.errors[i] != Error::none && out.listening())
            out.note("the coordinator of {} does not vouch for a batch of producer {} epoch {}: {}",
                     done.message.transactional_id.value,
                     done.message.partitions[i].batch->producer_id.value,
                     done.message.partitions[i].batch->producer_epoch, to_string(done.errors[i]));
    append_produce(at, done.request, done.message, done.guards, done.errors, leaders);
}

void ReplicaManager::arm_verification(ReplicaContext const& at)
{
    Instant next = Instant::never();
    for (WaitingProduce const& waiting : verifying_)
        next = std::min(next, waiting.again_at);
    if (next != Instant::never())
        at.out.arm(timer(TimerKind::add_partitions_retry), std::max(next - at.env.now, Duration{}));
}

void ReplicaManager::ask_coordinators_again(ReplicaContext const& at)
{
    for (WaitingProduce& waiting : verifying_)
        if (waiting.again_at <= at.env.now) {
            waiting.again_at = Instant::never();
            ask_coordinator(waiting);
        }
    arm_verification(at);
}

}  // namespace odradek::kafka
