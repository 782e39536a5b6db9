#include "model/transaction/transaction_markers.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

TransactionMarkers::TransactionMarkers(Duration request_timeout)
    : network_({.channel = Channel::txn_markers,
                .reconnect_backoff = 50_ms,
                .reconnect_backoff_max = 50_ms,
                .request_timeout = request_timeout,
                .max_in_flight = 1})
{
}

TransactionMarkers::Pending* TransactionMarkers::find(Queued const& queued)
{
    auto const at = pending_.find(queued.transactional_id);
    return at != pending_.end() && at->second.coordinator_epoch == queued.marker.coordinator_epoch
               ? &at->second
               : nullptr;
}

void TransactionMarkers::add(TransactionContext const& at, std::string const& transactional_id,
                             std::int32_t state_partition, TxnMarker marker)
{
    pending_[transactional_id] = {state_partition, marker.coordinator_epoch, marker.partitions};
    enqueue(at, {transactional_id, std::move(marker)});
    maybe_complete(transactional_id);
    send(at);
}

void TransactionMarkers::forget(std::int32_t state_partition)
{
    std::erase_if(pending_, [&](auto const& known) {
        return known.second.state_partition == state_partition;
    });
    auto const gone = [&](Queued const& queued) { return find(queued) == nullptr; };
    for (auto& [node, queue] : queues_)
        std::erase_if(queue, gone);
    std::erase_if(unknown_, gone);
}

// By where its partitions are led now.
void TransactionMarkers::enqueue(TransactionContext const& at, Queued queued)
{
    std::map<NodeId, std::vector<TopicPartition>> by_leader;
    std::vector<TopicPartition> nowhere;
    for (TopicPartition const partition : queued.marker.partitions) {
        TransactionCluster::Leader const leader = at.cluster.leader_of(partition);
        if (!leader.exists) {
            at.out.note("{}-{} was deleted, so the transaction of {} needs no marker there",
                        partition.topic.value, partition.partition, queued.transactional_id);
            answered(queued.transactional_id, partition);
        } else if (leader.node) {
            by_leader[*leader.node].push_back(partition);
        } else {
            nowhere.push_back(partition);
        }
    }
    for (auto& [node, partitions] : by_leader) {
        Queued part = queued;
        part.marker.partitions = std::move(partitions);
        queues_[node].push_back(std::move(part));
    }
    if (!nowhere.empty()) {
        Queued part = queued;
        part.marker.partitions = std::move(nowhere);
        at.out.note("nobody leads {} partitions of the transaction of {}: their markers wait",
                    part.marker.partitions.size(), part.transactional_id);
        unknown_.push_back(std::move(part));
    }
}

void TransactionMarkers::retry_unknown(TransactionContext const& at)
{
    std::vector<Queued> waiting = std::exchange(unknown_, {});
    for (Queued& queued : waiting)
        if (find(queued) != nullptr)
            enqueue(at, std::move(queued));
    send(at);
}

void TransactionMarkers::send(TransactionContext const& at)
{
    for (auto& [node, queue] : queues_) {
        if (queue.empty() || under_way_.contains(node) ||
            !network_.make_ready(at.env, node, at.out))
            continue;
        WriteTxnMarkersRequest request;
        for (Queued const& queued : queue)
            request.markers.push_back(queued.marker);
        network_.send(at.env, node, std::move(request), 0, at.out);
        under_way_[node] = std::exchange(queue, {});
    }
}

void TransactionMarkers::answered(std::string const& transactional_id, TopicPartition partition)
{
    auto const known = pending_.find(transactional_id);
    if (known != pending_.end())
        std::erase(known->second.remaining, partition);
}

void TransactionMarkers::maybe_complete(std::string const& transactional_id)
{
    auto const known = pending_.find(transactional_id);
    if (known == pending_.end() || !known->second.remaining.empty())
        return;
    completed_.emplace_back(transactional_id, known->second.coordinator_epoch);
    pending_.erase(known);
}

void TransactionMarkers::again(TransactionContext const& at, std::vector<Queued> markers)
{
    for (Queued& queued : markers)
        if (find(queued) != nullptr) {
            std::string const id = queued.transactional_id;
            enqueue(at, std::move(queued));
            maybe_complete(id);
        }
}

void TransactionMarkers::on_connected(TransactionContext const& at, Peer peer)
{
    network_.on_connected(at.env, peer, at.out);
    send(at);
}

// What was under way may be written or not: it is sent again, to whoever leads by now.
void TransactionMarkers::on_lost(TransactionContext const& at, NetworkClient::Lost const& lost)
{
    std::vector<Queued> markers;
    if (auto const sent = under_way_.find(lost.node); sent != under_way_.end()) {
        markers = std::move(sent->second);
        under_way_.erase(sent);
    }
    if (auto const waiting = queues_.find(lost.node); waiting != queues_.end()) {
        for (Queued& queued : waiting->second)
            markers.push_back(std::move(queued));
        queues_.erase(waiting);
    }
    again(at, std::move(markers));
    send(at);
}

void TransactionMarkers::on_disconnected(TransactionContext const& at, Peer peer)
{
    on_lost(at, network_.on_disconnected(at.env, peer, at.out));
}

void TransactionMarkers::on_client_timer(TransactionContext const& at)
{
    for (NetworkClient::Lost const& lost : network_.on_timer(at.env, at.out))
        on_lost(at, lost);
    send(at);
}

void TransactionMarkers::on_response(TransactionContext const& at, Peer peer,
                                     std::int32_t correlation,
                                     WriteTxnMarkersResponse const& response)
{
    if (!network_.on_response(at.env, peer, correlation))
        return;
    auto const sent = under_way_.find(peer.node);
    if (sent == under_way_.end())
        return;
    std::vector<Queued> const markers = std::move(sent->second);
    under_way_.erase(sent);
    for (std::size_t i = 0; i < markers.size() && i < response.markers.size(); ++i) {
        Queued const& queued = markers[i];
        if (find(queued) == nullptr)
            continue;  // By another coordinator by now.
        std::vector<TopicPartition> retry;
        bool given_up = false;
        for (WrittenMarker const& written : response.markers[i].partitions) {
            switch (written.error) {
            case Error::none:
            case Error::unsupported_version:
                answered(queued.transactional_id, written.partition);
                break;
            case Error::invalid_producer_epoch:
            case Error::transaction_coordinator_fenced:
                at.out.note("the transaction of {} is somebody else's by now, says node {}: {}",
                            queued.transactional_id, peer.node.value, to_string(written.error));
                given_up = true;
                break;
            default:
                at.out.note("no marker of {} in {}-{} yet: {}", queued.transactional_id,
                            written.partition.topic.value, written.partition.partition,
                            to_string(written.error));
                retry.push_back(written.partition);
            }
        }
        if (given_up) {
            pending_.erase(queued.transactional_id);
            continue;
        }
        if (!retry.empty()) {
            Queued rest = queued;
            rest.marker.partitions = std::move(retry);
            // Unlike Kafka, which asks again at once, as often as it can.
            unknown_.push_back(std::move(rest));
        }
        maybe_complete(queued.transactional_id);
    }
    send(at);
}

}  // namespace odradek::kafka
