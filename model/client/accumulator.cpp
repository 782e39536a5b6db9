#include "model/client/accumulator.h"

#include <algorithm>

#include "model/network/network_client.h"
#include "model/record_size.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {
constexpr sim::Site retry_site("producer.retry-backoff");
}

Accumulator::Accumulator(ProducerConfig const& config, std::size_t topics)
    : config_(config),
      batch_size_(std::max(config.batch_size, 1)),
      topics_(topics, Topic{{}, StickyPartitioner(batch_size_)}),
      memory_free_(config.buffer_memory)
{
}

void Accumulator::learn(std::uint32_t topic, ClusterView::Topic const& known)
{
    Topic& mine = topics_[topic];
    for (std::size_t p = 0; p < known.partitions.size(); ++p) {
        if (p == mine.queues.size()) {
            mine.queues.push_back(static_cast<std::uint32_t>(queues_.size()));
            queues_.emplace_back();
            queues_.back().topic = topic;
        }
        queues_[mine.queues[p]].partition = {known.id, static_cast<std::int32_t>(p)};
    }
}

// Only the last batch of a queue may have room.
bool Accumulator::all_full(Queue const& queue) const
{
    return queue.batches.empty() || pool_[queue.batches.back()].full();
}

bool Accumulator::full(Queue const& queue) const
{
    return queue.batches.size() > 1 ||
           (!queue.batches.empty() && pool_[queue.batches.front()].full());
}

std::uint32_t Accumulator::allocation(Arrivals const& arrivals,
                                      Arrivals::Record const& record) const
{
    return std::max(static_cast<std::uint32_t>(batch_size_), arrivals.batch_bound(record));
}

std::uint32_t Accumulator::bytes_in(ProducerBatch const& batch, Arrivals const& arrivals,
                                    Arrivals::Record const& record, Instant timestamp)
{
    std::int64_t const delta_ms =
        batch.records == 0 ? 0 : timestamp.ms() - batch.base_timestamp.ms();
    return arrivals.record_size(record, batch.records, delta_ms);
}

std::optional<std::uint32_t> Accumulator::queue_for(Arrivals::Record const& record) const
{
    Topic const& topic = topics_[record.topic];
    if (topic.queues.empty())
        return std::nullopt;
    if (!sticks(record))
        return topic.queues[static_cast<std::size_t>(record.key_hash) % topic.queues.size()];
    if (!topic.sticky.chosen())
        return std::nullopt;
    std::uint32_t const queue = topic.queues[static_cast<std::size_t>(topic.sticky.partition())];
    if (topic.sticky.switches(0, true) && all_full(queues_[queue]))
        return std::nullopt;
    return queue;
}

// KIP-794. Unlike Kafka: queues are looked at in the moment of the choice, where Kafka's sender
// thread noted them in its last round, some microseconds ago.
void Accumulator::choose(Env const& env, ClusterView const& view, Topic& topic, Instant now)
{
    PartitionLoad load;
    load.all = static_cast<std::int32_t>(topic.queues.size());
    std::vector<std::int32_t> available;
    bool const adaptive = config_.partitioner_adaptive_partitioning_enable &&
                          std::all_of(topic.queues.begin(), topic.queues.end(),
                                      [&](std::uint32_t queue) { return queues_[queue].used; });
    for (std::uint32_t const id : topic.queues) {
        Queue const& queue = queues_[id];
        NodeId const* const leader = view.leader_node(queue.partition);
        if (!leader)
            continue;
        available.push_back(queue.partition.partition);
        if (!adaptive)
            continue;
        if (!queue.batches.empty() && config_.partitioner_availability_timeout > Duration{}) {
            auto const seen = std::find_if(nodes_.begin(), nodes_.end(), [&](NodeSeen const& node) {
                return node.node == *leader;
            });
            if (seen != nodes_.end() && seen->waiting &&
                now - seen->drained > config_.partitioner_availability_timeout)
                continue;
        }
        load.partitions.push_back(queue.partition.partition);
        load.queued.push_back(static_cast<std::int32_t>(queue.batches.size()));
    }
    topic.sticky.choose(env, load, available, load.all);
}

void Accumulator::open(std::uint32_t queue, Instant at, std::uint32_t limit)
{
    BatchId const id = pool_.acquire();
    ProducerBatch& batch = pool_[id];
    batch.queue = queue;
    batch.size_bytes = static_cast<std::uint32_t>(batch_header_bytes);
    batch.codec = config_.compression;
    batch.ratio = topics_[queues_[queue].topic].ratio;
    batch.limit_bytes = limit;
    batch.allocated_bytes = limit;
    batch.created = at;
    batch.last_attempt = at;
    queues_[queue].batches.push_back(id);
    queues_[queue].used = true;
    by_age_.push_back({id, pool_.generation(id)});
    memory_free_ -= limit;
    ++incomplete_;
}

Accumulator::Appended Accumulator::append(Env const& env, ClusterView const& view,
                                          Arrivals const& arrivals, Arrivals::Record const& record,
                                          Instant at, Instant timestamp)
{
    Topic& topic = topics_[record.topic];
    bool const sticks = this->sticks(record);
    std::uint32_t const need = allocation(arrivals, record);
    bool has_memory = false;
    if (sticks && !topic.sticky.chosen())
        choose(env, view, topic, at);
    for (;;) {
        std::size_t const partition =
            sticks ? static_cast<std::size_t>(topic.sticky.partition())
                   : static_cast<std::size_t>(record.key_hash) % topic.queues.size();
        std::uint32_t const id = topic.queues[partition];
        Queue& queue = queues_[id];
        // A switch that was put off while the last batch had room is made now that it has none.
        if (sticks && topic.sticky.switches(0, true) && all_full(queue)) {
            choose(env, view, topic, at);
            continue;
        }
        Appended how = Appended::joined;
        std::uint32_t before = 0;
        ProducerBatch* last = queue.batches.empty() ? nullptr : &pool_[queue.batches.back()];
        if (last != nullptr && !last->full() &&
            last->size_bytes + bytes_in(*last, arrivals, record, timestamp) > last->limit_bytes)
            last->closed = true;
        if (last == nullptr || last->full()) {
            if (!has_memory) {
                if (memory_free_ < need)
                    return Appended::no_memory;
                has_memory = true;
                continue;  // The last batch may just have been closed: look at the partition again.
            }
            open(id, at, need);
            last = &pool_[queue.batches.back()];
            how = Appended::opened;
        } else {
            before = last->size_bytes;
        }
        std::uint32_t const bytes = bytes_in(*last, arrivals, record, timestamp);
        last->add(arrivals, record, bytes, timestamp);
        last_appended_ = id;
        if (sticks) {
            topic.sticky.count(static_cast<std::int32_t>(last->size_bytes) -
                               static_cast<std::int32_t>(before));
            if (topic.sticky.switches(0, true) && topic.sticky.switches(0, all_full(queue)))
                choose(env, view, topic, at);
        }
        return how;
    }
}

void Accumulator::close(ProducerBatch& batch)
{
    CompressionRatio const seen = batch.close();
    if (batch.codec != Codec::none)
        topics_[queues_[batch.queue].topic].ratio.observe(seen);
}

Instant Accumulator::ready_at(Queue const& queue, bool hurry) const
{
    if (queue.batches.empty())
        return Instant::never();
    ProducerBatch const& first = pool_[queue.batches.front()];
    Instant ready = first.last_attempt;
    if (!hurry && !full(queue))
        ready = first.last_attempt + config_.linger;
    if (first.attempts > 0 && !first.leader_changed())
        ready = std::max(ready, first.last_attempt + first.backoff);
    return ready;
}

void Accumulator::put_back(Env const& env, BatchId id, bool by_sequence)
{
    ProducerBatch& batch = pool_[id];
    batch.backoff = exponential_backoff(env, retry_site, config_.retry_backoff,
                                        config_.retry_backoff_max, batch.attempts);
    ++batch.attempts;
    batch.last_attempt = env.now;
    batch.retried = true;
    insert(id, by_sequence);
}

void Accumulator::insert(BatchId id, bool by_sequence)
{
    ProducerBatch const& batch = pool_[id];
    std::deque<BatchId>& batches = queues_[batch.queue].batches;
    auto at = batches.begin();
    if (by_sequence)
        while (at != batches.end() && pool_[*at].has_sequence() &&
               pool_[*at].base_sequence < batch.base_sequence)
            ++at;
    batches.insert(at, id);
}

void Accumulator::settle(BatchId id)
{
    ProducerBatch& batch = pool_[id];
    ENSURE(!batch.settled, "the records of a batch have one outcome");
    batch.settled = true;
    memory_free_ += batch.allocated_bytes;
    --incomplete_;
    release_if_idle(id);
}

void Accumulator::release_if_idle(BatchId id)
{
    if (pool_[id].settled && pool_[id].requests == 0)
        pool_.release(id);
}

std::vector<BatchId> Accumulator::split(BatchId big, Arrivals const& arrivals)
{
    std::vector<BatchId> parts;
    ProducerBatch source = pool_[big];
    CompressionRatio& ratio = topics_[queues_[source.queue].topic].ratio;
    if (source.codec != Codec::none)
        ratio.millionths = std::max(CompressionRatio::one, source.close().millionths);
    std::int32_t sequence = source.base_sequence;
    Instant const first_due = arrivals.due_of(source.first_number, source.arrivals);
    for (std::int32_t i = 0; i < source.records; ++i) {
        Arrivals::Record record;
        record.number = source.number(i);
        record.due = arrivals.due_of(record.number, source.arrivals);
        record.value_bytes = source.shape->value_bytes(record.number);
        if (!source.keys.empty())
            record.key = source.keys[static_cast<std::size_t>(i)];
        // What it was when the record was appended, but for records that waited for memory.
        Instant const timestamp = source.base_timestamp + (record.due - first_due);
        if (parts.empty() || pool_[parts.back()].size_bytes +
                                     bytes_in(pool_[parts.back()], arrivals, record, timestamp) >
                                 pool_[parts.back()].limit_bytes) {
            BatchId const id = pool_.acquire();
            parts.push_back(id);
            ProducerBatch& part = pool_[id];
            part.queue = source.queue;
            part.size_bytes = static_cast<std::uint32_t>(batch_header_bytes);
            part.codec = source.codec;
            part.ratio = ratio;
            part.limit_bytes = allocation(arrivals, record);
            part.created = source.created;
            part.last_attempt = source.created;
            part.said = source.said;
            part.maybe_kept = source.maybe_kept;
            ++incomplete_;
        }
        ProducerBatch& part = pool_[parts.back()];
        part.add(arrivals, record, bytes_in(part, arrivals, record, timestamp), timestamp);
        part.arrivals = source.arrivals;
    }
    for (BatchId const id : parts) {
        ProducerBatch& part = pool_[id];
        part.closed = true;
        if (source.has_sequence()) {
            part.set_producer(source.producer_id, source.producer_epoch, sequence);
            sequence = next_sequence(sequence, part.records);
        }
        // As old as the batch they come from.
        auto const at = std::find_if(by_age_.begin(), by_age_.end(), [&](Expiry const& other) {
            return pool_.generation(other.id) == other.generation &&
                   pool_[other.id].created > part.created;
        });
        by_age_.insert(at, {id, pool_.generation(id)});
    }
    return parts;
}

std::optional<BatchId> Accumulator::oldest()
{
    while (!by_age_.empty()) {
        Expiry const& first = by_age_.front();
        if (pool_.generation(first.id) == first.generation && !pool_[first.id].settled)
            return first.id;
        by_age_.pop_front();
    }
    return std::nullopt;
}

bool Accumulator::has_undrained() const
{
    return std::any_of(queues_.begin(), queues_.end(),
                       [](Queue const& queue) { return !queue.batches.empty(); });
}

void Accumulator::node_seen(NodeId node, Instant now, bool drained)
{
    if (config_.partitioner_availability_timeout <= Duration{})
        return;
    auto seen = std::find_if(nodes_.begin(), nodes_.end(),
                             [&](NodeSeen const& known) { return known.node == node; });
    if (seen == nodes_.end())
        seen = nodes_.insert(nodes_.end(), {node, now, false});
    seen->waiting = !drained;
    if (drained)
        seen->drained = now;
}

}  // namespace odradek::kafka
