// What becomes of a batch that was sent: done, tried again, split, or failed; and what may be said
// about a failure. A failure is definite only when the records cannot be in a log. Source:
// org.apache.kafka.clients.producer.internals.Sender.handleProduceResponse, completeBatch.
#include <algorithm>

#include "model/client/producer.h"

namespace odradek::kafka {

namespace {

// Does this answer prove that the attempt left nothing in a log? A leader that loses its office
// while acks=all waits for the others answers NOT_LEADER_OR_FOLLOWER for records that it has
// appended.
bool is_refusal(Error error, Acks acks)
{
    switch (error) {
    case Error::corrupt_message:
    case Error::message_too_large:
    case Error::record_list_too_large:
    case Error::invalid_topic_exception:
    case Error::not_enough_replicas:
    case Error::invalid_required_acks:
    case Error::invalid_timestamp:
    case Error::unsupported_version:
    case Error::invalid_request:
    case Error::invalid_record:
    case Error::out_of_order_sequence_number:
    case Error::invalid_producer_epoch:
    case Error::unknown_producer_id:
    case Error::invalid_txn_state:
    case Error::invalid_producer_id_mapping:
    case Error::transaction_abortable:
    case Error::producer_fenced:
        return true;
    case Error::not_leader_or_follower:
    case Error::unknown_topic_or_partition:
    case Error::unknown_topic_id:
    case Error::leader_not_available:
        return acks == Acks::leader;
    default:
        return false;
    }
}

}  // namespace

void Producer::on_produce_response(Env const& env, Sent const& sent,
                                   ProduceResponse const& response, Out& out)
{
    BatchPool& pool = accumulator_.pool();
    for (BatchId const id : sent.batches) {
        --pool[id].requests;
        TopicPartition const partition = accumulator_.queues()[pool[id].queue].partition;
        auto const answer = std::find_if(response.partitions.begin(), response.partitions.end(),
                                         [&](ProducePartitionResponse const& a) {
                                             return a.partition.partition == partition.partition &&
                                                    a.partition.topic == partition.topic;
                                         });
        if (answer != response.partitions.end())
            conclude(env, id, *answer, out);
        else
            conclude(env, id, {.partition = partition, .error = Error::unknown_server_error}, out);
    }
    // KIP-951: the broker that refused said who leads now.
    for (ProducePartitionResponse const& answer : response.partitions)
        if (answer.current_leader &&
            (answer.error == Error::not_leader_or_follower ||
             answer.error == Error::fenced_leader_epoch) &&
            metadata_.update_leader(answer.partition, *answer.current_leader))
            out.note("partition {} is led by {} in epoch {}, says the answer",
                     answer.partition.partition, answer.current_leader->leader.value,
                     answer.current_leader->leader_epoch.value);
}

void Producer::on_produce_lost(Env const& env, Sent const& sent, Error error, Out& out)
{
    BatchPool& pool = accumulator_.pool();
    for (BatchId const id : sent.batches) {
        --pool[id].requests;
        TopicPartition const partition = accumulator_.queues()[pool[id].queue].partition;
        conclude(env, id, {.partition = partition, .error = error}, out);
    }
}

void Producer::conclude(Env const& env, BatchId id, ProducePartitionResponse const& answer,
                        Out& out)
{
    ProducerBatch& batch = accumulator_.pool()[id];
    Accumulator::Queue& queue = accumulator_.queues()[batch.queue];
    queue.muted = false;
    Error const error = answer.error;
    if (error == Error::none) {
        succeed(env, id, answer.base_offset, out);
        return;
    }
    out.observe(ProduceError{client_, queue.partition, error});
    if (is_invalid_metadata(error))
        metadata_.request_update();
    if (!is_refusal(error, config_.acks))
        batch.maybe_kept = true;
    if (batch.settled) {
        accumulator_.release_if_idle(id);  // Expired while the request was under way.
        return;
    }
    if (error == Error::message_too_large && batch.records > 1) {
        split(id, out);
        return;
    }
    bool const in_time = env.now < batch.created + config_.delivery_timeout;
    bool const can_retry =
        in_time && batch.attempts < config_.retries &&
        (config_.enable_idempotence ? sequences_.can_retry(batch, error, answer.log_start_offset)
                                    : is_retriable(error));
    if (can_retry) {
        out.note("{}-{}: {} for {} records, try again ({} attempts so far)", topics_[queue.topic],
                 queue.partition.partition, to_string(error), batch.records, batch.attempts + 1);
        ++statistics_.batch_retries;
        accumulator_.put_back(env, id, config_.enable_idempotence);
    } else if (error == Error::duplicate_sequence_number) {
        // The broker has these records, but no longer knows where.
        succeed(env, id, no_offset, out);
    } else {
        out.note("{}-{}: {} for {} records, give up", topics_[queue.topic],
                 queue.partition.partition, to_string(error), batch.records);
        fail(id, error, batch.attempts < config_.retries, out);
        if (!transactions_ &&
            (error == Error::producer_fenced || error == Error::unsupported_version))
            abort(error, out);
    }
}

void Producer::succeed(Env const& env, BatchId id, Offset base_offset, Out& out)
{
    ProducerBatch& batch = accumulator_.pool()[id];
    if (config_.enable_idempotence)
        sequences_.completed(accumulator_.pool(), id, base_offset);
    if (batch.settled) {
        // An answer after all, but its records were given up: they were told to be unknown.
        accumulator_.release_if_idle(id);
        return;
    }
    std::uint64_t sum_us = 0;
    std::uint64_t max_us = 0;
    for (std::int32_t i = 0; i < batch.records; ++i) {
        Duration const latency = env.now - arrivals_.due_of(batch.number(i), batch.arrivals);
        auto const us = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.us(), 0));
        statistics_.latency.record(latency);
        sum_us += us;
        max_us = std::max(max_us, us);
    }
    auto const records = static_cast<std::uint64_t>(batch.records);
    statistics_.acknowledged(env.now, records, batch.value_bytes, sum_us, max_us);
    out.observe(RecordsAcknowledged{client_, accumulator_.queues()[batch.queue].partition,
                                    batch.freeze(client_), base_offset,
                                    static_cast<std::int16_t>(config_.acks)});
    accumulator_.settle(id);
}

// The callbacks say failure. `adjust`: the broker has refused it for good, its sequence was not
// used.
void Producer::fail(BatchId id, Error error, bool adjust, Out& out, bool expired)
{
    ProducerBatch& batch = accumulator_.pool()[id];
    if (config_.enable_idempotence)
        sequences_.failed(accumulator_.pool(), id, batch.queue, error, adjust);
    if (transactions_ && fatal_ == Error::none)
        transactions_->on_batch_failed(error, expired);
    bool const definite = !batch.maybe_kept;
    (definite ? statistics_.records_failed : statistics_.records_unknown) +=
        static_cast<std::uint64_t>(batch.records);
    out.observe(RecordsFailed{client_, accumulator_.queues()[batch.queue].partition,
                              batch.freeze(client_), error, definite});
    accumulator_.settle(id);
}

void Producer::split(BatchId id, Out& out)
{
    ProducerBatch const& batch = accumulator_.pool()[id];
    std::uint32_t const queue = batch.queue;
    bool const by_sequence = config_.enable_idempotence;
    out.note("{}-{}: a batch of {} bytes is too large for the broker, split it to batch.size",
             topics_[accumulator_.queues()[queue].topic],
             accumulator_.queues()[queue].partition.partition, batch.size_bytes);
    if (by_sequence)
        sequences_.forget(id, queue);
    std::vector<BatchId> const parts = accumulator_.split(id, arrivals_);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        if (by_sequence)
            sequences_.track(accumulator_.pool(), *part);
        accumulator_.insert(*part, by_sequence);
    }
    accumulator_.settle(id);  // Its records live on in the parts.
}

// A fatal error: the producer can do nothing any more, and its application gives up.
void Producer::abort(Error error, Out& out)
{
    arrivals_.stop_now();
    fail_all(error, out);
}

// Nothing of this producer is sent any more.
void Producer::fail_all(Error error, Out& out)
{
    out.note("fatal for this producer: {}", to_string(error));
    if (call_)
        fail_call(error, "the producer has failed", out);
    while (std::optional<BatchId> const id = accumulator_.oldest()) {
        ProducerBatch& batch = accumulator_.pool()[*id];
        std::deque<BatchId>& waiting = accumulator_.queues()[batch.queue].batches;
        auto const at = std::find(waiting.begin(), waiting.end(), *id);
        if (at != waiting.end())
            waiting.erase(at);
        else
            batch.maybe_kept = true;
        fail(*id, error, false, out);
    }
}

}  // namespace odradek::kafka
