#include "model/broker/add_partitions_manager.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

AddPartitionsManager::AddPartitionsManager(Duration request_timeout)
    : network_({.channel = Channel::add_partitions,
                .reconnect_backoff = 50_ms,
                .reconnect_backoff_max = 50_ms,
                .request_timeout = request_timeout,
                .max_in_flight = 1})
{
}

void AddPartitionsManager::answer(Question const& question, Error error)
{
    Answer& said = answers_.emplace_back();
    said.number = question.number;
    for (TopicPartition const partition : question.asked.partitions)
        said.partitions.push_back({partition, error});
}

void AddPartitionsManager::ask(Env const& env, std::uint64_t number,
                               AddPartitionsToTxnTransaction asked,
                               std::optional<NodeId> coordinator, Out& out)
{
    Question question{number, std::move(asked)};
    if (!coordinator)
        return answer(question, Error::coordinator_not_available);
    std::vector<Question>& queue = queues_[*coordinator];
    // One question a transaction: the same producer asks anew when its connection broke, and a
    // newer one fences the older.
    auto const same = std::find_if(queue.begin(), queue.end(), [&](Question const& known) {
        return known.asked.transactional_id == question.asked.transactional_id;
    });
    if (same != queue.end()) {
        if (same->asked.producer_epoch > question.asked.producer_epoch)
            return answer(question, Error::invalid_producer_epoch);
        answer(*same, same->asked.producer_epoch < question.asked.producer_epoch
                          ? Error::invalid_producer_epoch
                          : Error::network_exception);
        *same = std::move(question);
    } else {
        queue.push_back(std::move(question));
    }
    send(env, *coordinator, out);
}

void AddPartitionsManager::send(Env const& env, NodeId node, Out& out)
{
    std::vector<Question>& queue = queues_[node];
    if (queue.empty() || under_way_.contains(node) || !network_.make_ready(env, node, out))
        return;
    AddPartitionsToTxnRequest request;
    for (Question const& question : queue)
        request.transactions.push_back(question.asked);
    network_.send(env, node, std::move(request), 0, out);
    under_way_[node] = std::exchange(queue, {});
}

void AddPartitionsManager::on_connected(Env const& env, Peer peer, Out& out)
{
    network_.on_connected(env, peer, out);
    send(env, peer.node, out);
}

void AddPartitionsManager::on_lost(NetworkClient::Lost const& lost)
{
    std::vector<Question> gone;
    if (auto const sent = under_way_.find(lost.node); sent != under_way_.end()) {
        gone = std::move(sent->second);
        under_way_.erase(sent);
    }
    if (auto const waiting = queues_.find(lost.node); waiting != queues_.end()) {
        for (Question& question : waiting->second)
            gone.push_back(std::move(question));
        queues_.erase(waiting);
    }
    for (Question const& question : gone)
        answer(question, Error::network_exception);
}

void AddPartitionsManager::on_disconnected(Env const& env, Peer peer, Out& out)
{
    on_lost(network_.on_disconnected(env, peer, out));
}

void AddPartitionsManager::on_client_timer(Env const& env, Out& out)
{
    for (NetworkClient::Lost const& lost : network_.on_timer(env, out))
        on_lost(lost);
    for (auto const& [node, queue] : queues_)
        send(env, node, out);
}

void AddPartitionsManager::on_response(Env const& env, Peer peer, std::int32_t correlation,
                                       AddPartitionsToTxnResponse const& response, Out& out)
{
    if (!network_.on_response(env, peer, correlation))
        return;
    auto const sent = under_way_.find(peer.node);
    if (sent == under_way_.end())
        return;
    std::vector<Question> const questions = std::move(sent->second);
    under_way_.erase(sent);
    for (std::size_t i = 0; i < questions.size(); ++i) {
        if (i < response.results.size())
            answers_.push_back({questions[i].number, response.results[i].partitions});
        else
            answer(questions[i], Error::unknown_server_error);
    }
    send(env, peer.node, out);
}

}  // namespace odradek::kafka
