// A reader's requests: where partitions begin and end (ListOffsets), and what is in them (Fetch).
// Source: org.apache.kafka.clients.consumer.internals.AbstractFetch, FetchCollector, OffsetFetcher.
#include <algorithm>

#include "model/client/reader.h"

namespace odradek::kafka {

namespace {
constexpr sim::Site retry_site("reader.retry-backoff");
}  // namespace

std::uint64_t Reader::keep(Request request)
{
    requests_.emplace_back(next_cookie_, std::move(request));
    return next_cookie_++;
}

Reader::Request Reader::take(std::uint64_t cookie)
{
    auto const at = std::find_if(requests_.begin(), requests_.end(),
                                 [&](auto const& known) { return known.first == cookie; });
    if (at == requests_.end())
        return {};
    Request request = std::move(at->second);
    requests_.erase(at);
    return request;
}

bool Reader::is_buffered(TopicPartition partition) const
{
    return std::any_of(buffer_.begin(), buffer_.end(),
                       [&](Fetched const& fetched) { return fetched.partition == partition; });
}

bool Reader::fetch_under_way(NodeId node) const
{
    return std::any_of(requests_.begin(), requests_.end(), [&](auto const& known) {
        return known.second.fetch && known.second.node == node;
    });
}

void Reader::wait_before_retry(Env const& env, Partition& partition)
{
    partition.retry_at =
        env.now + exponential_backoff(env, retry_site, config_.retry_backoff,
                                      config_.retry_backoff_max, partition.failures++);
}

// AutoOffsetResetStrategy.timestamp: so long ago by the consumer's own clock (KIP-1106).
std::int64_t Reader::reset_timestamp(Env const& env) const
{
    switch (config_.auto_offset_reset) {
    case AutoOffsetReset::earliest:
        return earliest_timestamp;
    case AutoOffsetReset::by_duration:
        return (env.wall - config_.auto_offset_reset_duration).ms();
    default:
        return latest_timestamp;
    }
}

// For every partition without a position: where does auto.offset.reset put it?
void Reader::send_list_offsets(Env const& env, Out& out)
{
    std::vector<std::pair<NodeId, Request>> requests;
    for (Partition& partition : partitions_) {
        if (partition.position || partition.under_way || partition.awaits_committed ||
            env.now < partition.retry_at)
            continue;
        if (config_.auto_offset_reset == AutoOffsetReset::none) {
            out.note("{} and auto.offset.reset is none", partition.reset_reason);
            ++statistics_.errors;
            stop(env, "NoOffsetForPartitionException", out);
            return;
        }
        NodeId const* const leader = metadata_.view().leader_node(partition.partition);
        if (!leader) {
            metadata_.request_update();
            continue;
        }
        auto at = std::find_if(requests.begin(), requests.end(),
                               [&](auto const& known) { return known.first == *leader; });
        if (at == requests.end())
            at = requests.insert(requests.end(), {*leader, Request{*leader, false, {}, {}}});
        at->second.partitions.push_back(partition.partition);
    }
    for (auto& [node, request] : requests) {
        if (metadata_.update_due(env.now) || !network_.make_ready(env, node, out))
            continue;
        ListOffsetsRequest message;
        message.read_committed = config_.isolation_level == IsolationLevel::read_committed;
        for (TopicPartition const id : request.partitions) {
            find(id)->under_way = true;
            message.partitions.push_back(
                {id, metadata_.view().partition(id).leader_epoch, reset_timestamp(env)});
        }
        network_.send(env, node, std::move(message), keep(std::move(request)), out);
    }
}

void Reader::on_list_offsets_response(Env const& env, Request const& request,
                                      ListOffsetsResponse const& response, Out& out)
{
    for (TopicPartition const id : request.partitions) {
        Partition* mine = find(id);
        if (mine == nullptr || mine->position)
            continue;
        auto const answer =
            std::find_if(response.partitions.begin(), response.partitions.end(),
                         [&](ListOffsetsPartitionResponse const& a) { return a.partition == id; });
        Error const error =
            answer == response.partitions.end() ? Error::unknown_server_error : answer->error;
        if (error == Error::none && answer->offset == no_offset) {
            // By duration, and no record is so young. Kafka forgets about such an answer: it asks
            // again when the request would have timed out (setNextAllowedRetry).
            mine->retry_at = env.now + config_.request_timeout;
            out.note("partition {}: no record within auto.offset.reset's {}, ask again in {}",
                     id.partition, to_string(config_.auto_offset_reset_duration),
                     to_string(config_.request_timeout));
            continue;
        }
        if (error == Error::none) {
            mine->position = answer->offset;
            mine->failures = 0;
            ++statistics_.resets;
            out.note("partition {} starts at {} ({})", id.partition, answer->offset.value,
                     mine->reset_reason);
            out.observe(OffsetReset{client_, id, answer->offset, mine->reset_reason});
            continue;
        }
        // OFFSET_NOT_AVAILABLE: a new leader does not know its high watermark yet (KIP-207).
        out.note("no offset of partition {} yet: {}", id.partition, to_string(error));
        ++statistics_.errors;
        metadata_.request_update();
        wait_before_retry(env, *mine);
    }
}

// One fetch to every leader that has none under way, for the partitions of which nothing is
// buffered.
void Reader::send_fetches(Env const& env, Out& out)
{
    std::vector<std::pair<NodeId, Request>> requests;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
        Partition& partition = partitions_[(fetch_from_ + i) % partitions_.size()];
        if (!partition.position || partition.under_way || partition.pending_revocation ||
            env.now < partition.retry_at || is_buffered(partition.partition))
            continue;
        NodeId const* const replica = read_replica(env, partition, out);
        if (!replica) {
            metadata_.request_update();
            continue;
        }
        if (fetch_under_way(*replica))
            continue;
        auto at = std::find_if(requests.begin(), requests.end(),
                               [&](auto const& known) { return known.first == *replica; });
        if (at == requests.end())
            at = requests.insert(requests.end(), {*replica, Request{*replica, true, {}, {}}});
        at->second.partitions.push_back(partition.partition);
        at->second.offsets.push_back(*partition.position);
    }
    for (auto& [node, request] : requests) {
        if (metadata_.update_due(env.now) || !network_.make_ready(env, node, out))
            continue;
        FetchRequest message;
        message.max_wait = config_.fetch_max_wait;
        message.min_bytes = config_.fetch_min_bytes;
        message.max_bytes = config_.fetch_max_bytes;
        message.read_committed = config_.isolation_level == IsolationLevel::read_committed;
        message.rack = config_.client_rack;
        for (std::size_t i = 0; i < request.partitions.size(); ++i) {
            TopicPartition const id = request.partitions[i];
            find(id)->under_way = true;
            FetchPartition asked;
            asked.partition = id;
            asked.current_leader_epoch = metadata_.view().partition(id).leader_epoch;
            asked.fetch_offset = request.offsets[i];
            asked.max_bytes = config_.max_partition_fetch_bytes;
            message.partitions.push_back(asked);
        }
        ++statistics_.fetches;
        // A response may be full before the last partition's turn: begin with another one next
        // time.
        ++fetch_from_;
        network_.send(env, node, std::move(message), keep(std::move(request)), out);
    }
}

// AbstractFetch.selectReadReplica. A leader is needed all the same.
NodeId const* Reader::read_replica(Env const& env, Partition& partition, Out& out)
{
    NodeId const* const leader = metadata_.view().leader_node(partition.partition);
    if (!leader || partition.preferred == no_broker)
        return leader;
    BrokerId const preferred = partition.preferred;
    if (env.now > partition.preferred_until) {
        out.note("partition {}: ask the leader again who is the nearest replica, not only {}",
                 partition.partition.partition, preferred.value);
        partition.preferred = no_broker;
        return leader;
    }
    NodeId const* const node = metadata_.view().node_of(preferred);
    if (!node) {
        out.note("partition {}: {} is not there any more, read from the leader",
                 partition.partition.partition, preferred.value);
        partition.preferred = no_broker;
        metadata_.request_update();
        return leader;
    }
    return node;
}

void Reader::on_fetch_response(Env const& env, Request const& request,
                               FetchResponse const& response, Out& out)
{
    if (response.error != Error::none) {
        ++statistics_.errors;
        out.note("fetch: {}", to_string(response.error));
        if (is_invalid_metadata(response.error))
            metadata_.request_update();
        for (TopicPartition const id : request.partitions)
            if (Partition* mine = find(id))
                wait_before_retry(env, *mine);
        return;
    }
    for (FetchPartitionResponse const& answer : response.partitions) {
        auto const asked =
            std::find(request.partitions.begin(), request.partitions.end(), answer.partition);
        Partition* mine = find(answer.partition);
        if (asked == request.partitions.end() || mine == nullptr)
            continue;
        Offset const offset =
            request.offsets[static_cast<std::size_t>(asked - request.partitions.begin())];
        if (mine->position != offset) {
            // Reset in the meantime: what was asked for is no longer wanted.
            ++statistics_.discarded;
            continue;
        }
        on_partition_fetched(env, *mine, metadata_.view().broker_at(request.node), answer, out);
        if (finished_)
            return;
    }
}

void Reader::on_partition_fetched(Env const& env, Partition& mine, BrokerId from,
                                  FetchPartitionResponse const& answer, Out& out)
{
    TopicPartition const id = mine.partition;
    if (answer.error == Error::none) {
        mine.failures = 0;
        if (answer.preferred_read_replica != no_broker) {
            mine.preferred = answer.preferred_read_replica;
            mine.preferred_until = env.now + config_.metadata_max_age;
            out.note("partition {}: read from {} in rack {} for {}", id.partition,
                     mine.preferred.value, config_.client_rack,
                     to_string(config_.metadata_max_age));
        }
        Fetched fetched{id, *mine.position, answer.high_watermark, {}, from, {}, {}};
        fetched.aborted = answer.aborted_transactions.value;
        std::sort(fetched.aborted.begin(), fetched.aborted.end(),
                  [](AbortedTransaction const& a, AbortedTransaction const& b) {
                      return a.first_offset < b.first_offset;
                  });
        for (BatchRef const& batch : answer.batches)
            if (batch->end_offset() > *mine.position)
                fetched.batches.push_back(batch);
        if (!fetched.batches.empty())
            buffer_.push_back(std::move(fetched));
        return;
    }
    ++statistics_.errors;
    out.note("fetch of partition {} at {}: {}", id.partition, mine.position->value,
             to_string(answer.error));
    bool const was_sent_here = mine.preferred != no_broker;
    if (answer.error != Error::unknown_leader_epoch)
        mine.preferred = no_broker;  // FetchUtils.requestMetadataUpdate.
    if (answer.error == Error::offset_out_of_range && was_sent_here) {
        out.note("partition {}: {} may lag behind the leader, so ask the leader", id.partition,
                 from.value);
        return;
    }
    if (answer.error == Error::offset_out_of_range) {
        reset(env, mine, "position out of range", out);
        return;
    }
    bool hinted = false;
    if (answer.current_leader && (answer.error == Error::not_leader_or_follower ||
                                  answer.error == Error::fenced_leader_epoch)) {
        hinted = metadata_.update_leader(id, *answer.current_leader);  // KIP-951.
        if (hinted)
            mine.seen_epoch = answer.current_leader->leader_epoch;
    }
    if (is_invalid_metadata(answer.error) || answer.error == Error::offset_not_available)
        metadata_.request_update();
    // Unlike Kafka, which asks again at once: the answer would hardly be another one.
    if (!hinted)
        wait_before_retry(env, mine);
}

void Reader::reset(Env const& env, Partition& partition, char const* reason, Out& out)
{
    partition.reset_reason = reason;
    if (config_.auto_offset_reset == AutoOffsetReset::none) {
        stop(env, "OffsetOutOfRangeException: auto.offset.reset is none", out);
        return;
    }
    out.note("partition {}: {}, reset by auto.offset.reset", partition.partition.partition, reason);
    partition.position.reset();
}

}  // namespace odradek::kafka
