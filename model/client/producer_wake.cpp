// When the producer must wake up: never for a record that only joins others, but for the arrival
// that opens, fills or cannot open a batch that could be sent, and for every deadline. Arrivals are
// looked at ahead of time, in the same order and with the same draws with which catch_up will work
// them off; so the run is the same as with an event for every record.
#include <algorithm>
#include <limits>

#include "model/client/producer.h"
#include "model/record_size.h"

namespace odradek::kafka {

namespace {

// How many arrivals are looked at ahead; waking up once more after that many changes nothing.
constexpr std::size_t look_ahead_max = 2048;

}  // namespace

void Producer::arm_wake(Env const& env, Out& out)
{
    Instant const next = next_wake(env);
    if (next == wake_armed_)
        return;
    wake_armed_ = next;
    if (next == Instant::never())
        out.cancel(timer(TimerKind::producer_wake));
    else
        out.arm(timer(TimerKind::producer_wake), next - env.now);
}

// Could a request go to the leader as soon as there is something to send? If not, an event of the
// network or of the metadata comes first, and then all is reckoned anew.
bool Producer::reachable(Env const& env, Accumulator::Queue const& queue) const
{
    if (queue.muted)
        return false;
    NodeId const* const leader = metadata_.view().leader_node(queue.partition);
    return leader && (network_.ready(*leader) || network_.can_connect(env, *leader));
}

// The first moment before `next` at which a batch expires, or may be sent.
Instant Producer::wake_for_batches(Env const& env, Instant next)
{
    auto const consider = [&](Instant at) {
        if (at > env.now)
            next = std::min(next, at);
    };
    if (!sequences_.has_producer_id() && config_.enable_idempotence)
        return next;
    if (std::optional<BatchId> const oldest = accumulator_.oldest())
        consider(accumulator_.pool()[*oldest].created + config_.delivery_timeout);
    for (Accumulator::Queue const& queue : accumulator_.queues())
        if (!queue.batches.empty() && reachable(env, queue))
            consider(accumulator_.ready_at(queue, lingering_off()));
    return next;
}

Instant Producer::next_wake(Env const& env)
{
    Instant next = Instant::never();
    auto const consider = [&](Instant at) {
        if (at > env.now)
            next = std::min(next, at);
    };
    if (!sending_over(env))
        consider(stop_);
    if (call_)
        consider(call_->at + config_.max_block);
    bool const may_send = !config_.enable_idempotence || sequences_.has_producer_id();
    if (transactions_) {
        consider(transactions_->retry_at());
        if (new_instance_at_ != Instant::never())
            consider(new_instance_at_);
        if (open_ && !open_->ending && spec_.within)
            consider(open_->begun + *spec_.within);
        // What has arrived waits then, so that its time may have passed.
        if (!transactions_->takes_records() || !sequences_.has_producer_id())
            return wake_for_batches(env, next);
    }
    if (!may_send && !transactions_)
        consider(producer_id_retry_at_);
    if (may_send)
        next = wake_for_batches(env, next);
    if (call_)
        return next;  // What comes behind it waits too.
    if (sending_over(env))
        return next;  // Arrivals that were not accepted by then never become records.
    if (every_record_) {
        Arrivals::Record record;
        if (arrivals_.peek(env, 0, record))
            consider(std::max(record.due, last_return_));
        return next;
    }
    return next_change(env, next);
}

// The first arrival before `horizon` that changes what the Sender would do, or the moment when a
// batch that an arrival opens has lingered.
Instant Producer::next_change(Env const& env, Instant horizon)
{
    bool const may_send = !config_.enable_idempotence || sequences_.has_producer_id();
    std::vector<Accumulator::Queue> const& queues = accumulator_.queues();
    auto const can_send_to = [&](Accumulator::Queue const& queue) {
        return may_send && reachable(env, queue) &&
               (!transactions_ || transactions_->may_send_to(queue.partition));
    };
    auto const any_can_send = [&] {
        return may_send && std::any_of(queues.begin(), queues.end(), can_send_to);
    };
    std::vector<Tail>& tails = look_ahead_.tails;
    std::vector<std::int64_t>& stuck = look_ahead_.stuck;
    ++look_ahead_.look;
    tails.resize(queues.size());
    stuck.assign(topics_.size(), 0);
    std::int64_t memory = accumulator_.memory_free();
    Duration const wall_offset = env.wall - env.now;

    Instant due;
    Arrivals::Record record;
    for (std::size_t ahead = 0; ahead < look_ahead_max; ++ahead) {
        if (!arrivals_.peek(env, ahead, record))
            return horizon;
        due = std::max(record.due, last_return_);
        if (due >= horizon)
            return horizon;
        // The first record of a transaction begins it, and the last ends it.
        if (transactions_ &&
            (!open_ || static_cast<std::int64_t>(ahead) + 1 + open_->records >= spec_.records))
            return due;
        // Nothing can be sent before some other event; but this call, or its batch, has its
        // deadlines.
        Instant const asleep =
            std::min(horizon, due + std::min(config_.max_block, config_.delivery_timeout));
        std::uint32_t const bound = arrivals_.batch_bound(record);
        bool const too_large = bound > static_cast<std::uint32_t>(config_.max_request_size) ||
                               static_cast<std::int64_t>(bound) > config_.buffer_memory;
        if (too_large || arrivals_.is_last(record.number) || !accumulator_.knows(record.topic))
            return due;
        std::optional<std::uint32_t> const id = accumulator_.queue_for(record);
        bool const ask_metadata = may_send && !metadata_.update_wanted();
        if (!id)
            return ask_metadata || any_can_send() ? due : asleep;

        Accumulator::Queue const& queue = queues[*id];
        if (transactions_ && !transactions_->knows(queue.partition))
            return due;  // It becomes part of the transaction.
        Tail& tail = tails[*id];
        if (tail.look != look_ahead_.look) {
            tail.look = look_ahead_.look;
            tail.can_send = can_send_to(queue);
            tail.batches = queue.batches.size();
            tail.open = false;
            if (!queue.batches.empty()) {
                ProducerBatch const& last = accumulator_.pool()[queue.batches.back()];
                tail.open = !last.full();
                tail.records = last.records;
                tail.size_bytes = last.size_bytes;
                tail.raw_bytes = last.raw_bytes;
                tail.ratio = last.ratio;
                tail.limit_bytes = last.limit_bytes;
                tail.base_ms = last.base_timestamp.ms();
            }
        }
        std::int64_t const timestamp_ms = (due + wall_offset).ms();
        std::uint32_t bytes = arrivals_.record_size(record, tail.records,
                                                    tail.open ? timestamp_ms - tail.base_ms : 0);
        bool opened = false;
        if (!tail.open || tail.size_bytes + bytes > tail.limit_bytes) {
            // It needs a batch of its own.
            if (tail.open && tail.can_send)
                return due;  // The last one is full now.
            if (accumulator_.sticks(record) &&
                accumulator_.sticky(record.topic).switches(stuck[record.topic], true) &&
                tail.batches > 0)
                return any_can_send() ? due : asleep;
            std::uint32_t const allocation = accumulator_.allocation(arrivals_, record);
            memory -= allocation;
            if (memory < 0)
                return any_can_send() ? due : asleep;
            if (tail.batches == 0) {
                if (tail.can_send)
                    horizon = std::min(horizon, due + config_.linger);
                else if (ask_metadata && !metadata_.view().leader_node(queue.partition))
                    return due;
                if (horizon <= due)
                    return due;
            } else if (tail.can_send) {
                return due;  // Two batches: the first is ready.
            }
            bytes = arrivals_.record_size(record, 0, 0);
            opened = true;
            ++tail.batches;
            tail.open = true;
            tail.records = 0;
            tail.size_bytes = static_cast<std::uint32_t>(batch_header_bytes);
            tail.raw_bytes = 0;
            tail.ratio = accumulator_.ratio(record.topic);
            tail.limit_bytes = allocation;
            tail.base_ms = timestamp_ms;
        }
        ++tail.records;
        tail.raw_bytes += bytes;
        std::uint32_t const before = opened ? 0 : tail.size_bytes;
        tail.size_bytes = static_cast<std::uint32_t>(
            batch_header_bytes +
            estimated_records_bytes(config_.compression, tail.ratio, tail.raw_bytes));
        std::int64_t const appended = std::int64_t{tail.size_bytes} - std::int64_t{before};
        bool const full = tail.size_bytes >= tail.limit_bytes;
        tail.open = !full;
        if (full && tail.can_send)
            return due;
        if (accumulator_.sticks(record)) {
            stuck[record.topic] += appended;
            if (accumulator_.sticky(record.topic).switches(stuck[record.topic], full))
                return any_can_send() ? due : asleep;
        }
    }
    return due;
}

}  // namespace odradek::kafka
