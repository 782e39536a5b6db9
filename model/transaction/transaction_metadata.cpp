#include "model/transaction/transaction_metadata.h"

#include <algorithm>

#include "sim/ensure.h"

namespace odradek::kafka {

bool TransactionMetadata::has(TopicPartition partition) const
{
    return std::binary_search(is.partitions.begin(), is.partitions.end(), partition);
}

TransactionSnapshot TransactionMetadata::prepare(TransactionSnapshot next)
{
    ENSURE(!pending, "one step of a transaction at a time");
    ENSURE(may_follow(is.state, next.state, bumps_epoch(next.client_version)),
           "a transaction goes from state to state in Kafka's order");
    next.previous_producer_id = is.producer_id;
    pending = next.state;
    return next;
}

std::optional<TransactionSnapshot> TransactionMetadata::prepare_increment_epoch(
    sim::Duration timeout, std::optional<ProducerIdAndEpoch> expected, sim::Instant now)
{
    TransactionSnapshot next = is;
    next.state = TransactionState::empty;
    next.next_producer_id = no_producer;
    next.timeout = timeout;
    next.partitions.clear();
    next.start = {};
    next.last_update = now;
    next.client_version = TransactionVersion::tv0;
    auto const bumped = static_cast<std::int16_t>(is.producer_epoch + 1);
    if (!expected) {
        next.producer_epoch = bumped;
        next.last_producer_epoch = -1;
    } else if (is.producer_epoch == -1 || expected->epoch == is.producer_epoch) {
        next.producer_epoch = bumped;
        next.last_producer_epoch = is.producer_epoch;
    } else if (expected->epoch != is.last_producer_epoch) {
        return std::nullopt;  // Else it asks again for what it was given: an answer was lost.
    }
    return prepare(std::move(next));
}

TransactionSnapshot TransactionMetadata::prepare_rotation(ProducerId id, sim::Duration timeout,
                                                          bool keep_last, sim::Instant now)
{
    TransactionSnapshot next;
    next.producer_id = id;
    next.producer_epoch = 0;
    next.last_producer_epoch = keep_last ? is.producer_epoch : std::int16_t{-1};
    next.timeout = timeout;
    next.last_update = now;
    return prepare(std::move(next));
}

TransactionSnapshot TransactionMetadata::prepare_add(std::vector<TopicPartition> const& partitions,
                                                     sim::Instant now)
{
    TransactionSnapshot next = is;
    if (at_rest())
        next.start = now;
    next.state = TransactionState::ongoing;
    next.last_update = now;
    next.client_version = TransactionVersion::tv0;
    for (TopicPartition const partition : partitions) {
        auto const at = std::lower_bound(next.partitions.begin(), next.partitions.end(), partition);
        if (at == next.partitions.end() || *at != partition)
            next.partitions.insert(at, partition);
    }
    return prepare(std::move(next));
}

TransactionSnapshot TransactionMetadata::prepare_end(End const& end, sim::Instant now)
{
    TransactionSnapshot next = is;
    if (at_rest()) {  // An abort of what never began (tv2).
        next.partitions.clear();
        next.start = now;
    }
    next.state = end.commit ? TransactionState::prepare_commit : TransactionState::prepare_abort;
    if (bumps_epoch(end.client) && !end.fencing) {
        next.last_producer_epoch = is.producer_epoch;
        next.producer_epoch = static_cast<std::int16_t>(is.producer_epoch + 1);
        next.next_producer_id = end.next_id;
    }
    next.client_version = end.client;
    next.last_update = now;
    return prepare(std::move(next));
}

TransactionSnapshot TransactionMetadata::prepare_complete(sim::Instant now)
{
    failed_epoch_fence = false;
    TransactionSnapshot next = is;
    next.state = is.state == TransactionState::prepare_commit ? TransactionState::complete_commit
                                                              : TransactionState::complete_abort;
    next.last_producer_epoch = is.producer_epoch;
    if (bumps_epoch(is.client_version) && is.next_producer_id != no_producer) {
        next.producer_id = is.next_producer_id;
        next.producer_epoch = 0;
    }
    next.next_producer_id = no_producer;
    next.partitions.clear();
    next.last_update = now;
    return prepare(std::move(next));
}

TransactionSnapshot TransactionMetadata::prepare_dead()
{
    TransactionSnapshot next = is;
    next.state = TransactionState::dead;
    next.partitions.clear();
    return prepare(std::move(next));
}

void TransactionMetadata::complete(TransactionSnapshot const& written)
{
    ENSURE(pending == written.state, "what is written is the step that was pending");
    is = written;
    pending.reset();
}

}  // namespace odradek::kafka
