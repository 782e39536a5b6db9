// The Sender: which nodes are ready, what goes into each request, what has waited too long.
// Source: org.apache.kafka.clients.producer.internals.Sender.sendProducerData,
// RecordAccumulator.ready, drainBatchesForOneNode, expiredBatches.
#include <algorithm>

#include "model/client/producer.h"

namespace odradek::kafka {

// One round of the Sender. True when another one may find more to do.
bool Producer::send_data(Env const& env, Out& out)
{
    if (transactions_) {
        if (ask_coordinator(env, out))
            return false;
        if (!sequences_.has_producer_id())
            return false;
    } else if (config_.enable_idempotence && !has_producer_id(env, out)) {
        return false;
    }

    // -- ready() ---------------------------------------------------------------------------------
    std::vector<NodeId>& nodes = round_.nodes;
    nodes.clear();
    ClusterView const& view = metadata_.view();
    for (Accumulator::Queue const& queue : accumulator_.queues()) {
        if (queue.batches.empty())
            continue;
        ProducerBatch& first = accumulator_.pool()[queue.batches.front()];
        first.learn_leader_epoch(view.partition(queue.partition).leader_epoch);
        NodeId const* const leader = view.leader_node(queue.partition);
        if (!leader) {
            if (!metadata_.update_wanted())
                out.note("nobody is known to lead {}-{}, ask for metadata", topics_[queue.topic],
                         queue.partition.partition);
            metadata_.request_update();
            continue;
        }
        if (!queue.muted && accumulator_.ready_at(queue, lingering_off()) <= env.now)
            nodes.push_back(*leader);
    }
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    // What each of them leads, found in one walk over all partitions.
    std::vector<std::vector<std::uint32_t>>& led = round_.led;
    if (led.size() < nodes.size())
        led.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i)
        led[i].clear();
    if (!nodes.empty())
        for (std::uint32_t i = 0; i < accumulator_.queues().size(); ++i)
            if (NodeId const* const leader = view.leader_node(accumulator_.queues()[i].partition)) {
                auto const at = std::lower_bound(nodes.begin(), nodes.end(), *leader);
                if (at != nodes.end() && *at == *leader)
                    led[static_cast<std::size_t>(at - nodes.begin())].push_back(i);
            }

    // -- drain()
    // -----------------------------------------------------------------------------------
    metadata_.maybe_update(env, network_, out);
    bool const metadata_first = metadata_.update_due(env.now);
    std::vector<std::vector<BatchId>>& requests = round_.requests;
    if (requests.size() < nodes.size())
        requests.resize(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        NodeId const node = nodes[i];
        requests[i].clear();
        bool const ready = network_.make_ready(env, node, out) && !metadata_first;
        accumulator_.node_seen(node, env.now, ready);
        if (ready)
            drain(env, node, led[i], requests[i], out);
    }

    // As in Kafka a batch may be drained and expire in the same round (after a long pause): it is
    // sent although its records have failed.
    bool again = expire(env, out);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (requests[i].empty())
            continue;
        send_request(env, nodes[i], requests[i], out);
        again = true;
    }
    return again;
}

// One batch of each partition that the node leads, round-robin from where the last request ended.
void Producer::drain(Env const& env, NodeId node, std::vector<std::uint32_t> const& led,
                     std::vector<BatchId>& drained, Out& out)
{
    ClusterView const& view = metadata_.view();
    BatchPool& pool = accumulator_.pool();
    if (led.empty())
        return;
    auto from = std::find_if(drain_from_.begin(), drain_from_.end(),
                             [&](auto const& known) { return known.first == node; });
    if (from == drain_from_.end())
        from = drain_from_.insert(drain_from_.end(), {node, 0});

    std::size_t index = from->second % led.size();
    std::int64_t size = 0;
    for (std::size_t seen = 0; seen < led.size(); ++seen, index = (index + 1) % led.size()) {
        from->second = index;
        Accumulator::Queue& queue = accumulator_.queues()[led[index]];
        if (queue.muted || queue.batches.empty())
            continue;
        BatchId const id = queue.batches.front();
        ProducerBatch& first = pool[id];
        first.learn_leader_epoch(view.partition(queue.partition).leader_epoch);
        bool const backing_off = first.attempts > 0 && !first.leader_changed() &&
                                 env.now < first.last_attempt + first.backoff;
        if (backing_off)
            continue;
        if (!drained.empty() && size + first.size_bytes > config_.max_request_size)
            break;
        if (config_.enable_idempotence && !may_drain(led[index], first))
            break;
        queue.batches.pop_front();
        accumulator_.close(first);
        if (config_.enable_idempotence)
            sequences_.drained(pool, id);
        size += first.size_bytes;
        if (config_.max_in_flight_requests_per_connection == 1)
            queue.muted = true;  // max.in.flight=1 promises order: one batch at a time.
        ++first.requests;
        if (first.said != queue.partition.topic) {
            first.said = queue.partition.topic;
            out.observe(RecordsSent{client_, queue.partition, first.freeze(client_)});
        }
        drained.push_back(id);
    }
}

void Producer::send_request(Env const& env, NodeId node, std::vector<BatchId> const& batches,
                            Out& out)
{
    BatchPool& pool = accumulator_.pool();
    ProduceRequest request;
    request.acks = static_cast<std::int16_t>(config_.acks);
    request.timeout = config_.request_timeout;
    if (transactions_) {
        request.transactional_id.value = transactions_->transactional_id();
        request.adds_partitions.value = !transactions_->adds_partitions_itself();
    }
    for (BatchId const id : batches) {
        ProducerBatch& batch = pool[id];
        request.partitions.push_back(
            {accumulator_.queues()[batch.queue].partition, batch.freeze(client_)});
    }
    ++statistics_.produce_requests;
    if (config_.acks == Acks::none) {
        // Nobody will answer: handed to the connection is as good as it gets.
        network_.send_and_forget(node, std::move(request), out);
        for (BatchId const id : batches) {
            accumulator_.queues()[pool[id].queue].muted = false;
            --pool[id].requests;
            succeed(env, id, no_offset, out);
        }
        return;
    }
    std::uint64_t cookie = sent_.size();
    if (sent_free_.empty()) {
        sent_.emplace_back();
    } else {
        cookie = sent_free_.back();
        sent_free_.pop_back();
    }
    sent_[cookie].batches = batches;
    network_.send(env, node, std::move(request), cookie, out);
}

Producer::Sent Producer::take_sent(std::uint64_t cookie)
{
    Sent sent = std::move(sent_[cookie]);
    sent_[cookie] = {};
    sent_free_.push_back(cookie);
    return sent;
}

// delivery.timeout.ms since the batch was opened, wherever it is.
bool Producer::expire(Env const& env, Out& out)
{
    bool any = false;
    while (std::optional<BatchId> const id = accumulator_.oldest()) {
        ProducerBatch& batch = accumulator_.pool()[*id];
        if (env.now < batch.created + config_.delivery_timeout)
            break;
        any = true;
        Accumulator::Queue& queue = accumulator_.queues()[batch.queue];
        auto const waiting = std::find(queue.batches.begin(), queue.batches.end(), *id);
        if (waiting != queue.batches.end())
            queue.batches.erase(waiting);
        else
            batch.maybe_kept = true;  // Its request is under way.
        out.note("{} records for {}-{} expire after delivery.timeout.ms{}", batch.records,
                 topics_[queue.topic], queue.partition.partition,
                 batch.said != TopicId{0} ? "" : ", never sent");
        bool const unresolved = config_.enable_idempotence && batch.retried;
        if (unresolved)
            sequences_.unresolved(batch);
        fail(*id, Error::request_timed_out, false, out, true);
    }
    return any;
}

// The idempotent producer sends nothing before it has a producer id (KIP-98); here it also settles
// sequences and bumps its epoch (KIP-360).
bool Producer::has_producer_id(Env const& env, Out& out)
{
    sequences_.resolve();
    if (sequences_.bump(accumulator_.pool())) {
        if (sequences_.has_producer_id())
            out.note("bump the epoch of producer id {} to {}: sequences start again from 0",
                     sequences_.producer_id().value, sequences_.producer_epoch());
        else
            out.note("the last epoch is used up, ask for a new producer id");
    }
    if (sequences_.has_producer_id())
        return true;
    if (producer_id_asked_ || env.now < producer_id_retry_at_ || metadata_.update_due(env.now))
        return false;
    std::optional<NodeId> const node = metadata_.least_loaded(env, network_);
    if (!node || !network_.make_ready(env, *node, out))
        return false;
    network_.send(env, *node, InitProducerIdRequest{}, producer_id_cookie, out);
    producer_id_asked_ = true;
    return false;
}

void Producer::on_producer_id(Env const& env, InitProducerIdResponse const& response, Out& out)
{
    producer_id_asked_ = false;
    if (response.error == Error::none) {
        sequences_.set_producer_id(accumulator_.pool(), response.producer_id,
                                   response.producer_epoch);
        out.note("producer id {} with epoch {}", response.producer_id.value,
                 response.producer_epoch);
        out.observe(ProducerIdAllocated{client_, response.producer_id, response.producer_epoch});
    } else if (is_retriable(response.error)) {
        out.note("no producer id yet: {}", to_string(response.error));
        producer_id_retry_at_ = env.now + config_.retry_backoff;
    } else {
        abort(response.error, out);
    }
}

}  // namespace odradek::kafka
