#include "model/kraft/request_manager.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr sim::Site bootstrap_site("raft.bootstrap-server");

NetworkClient::Config network_config(Duration request_timeout)
{
    NetworkClient::Config network;
    network.channel = Channel::quorum;
    network.reconnect_backoff = 50_ms;
    network.reconnect_backoff_max = 500_ms;
    network.request_timeout = request_timeout;
    network.max_in_flight = 1;
    return network;
}

}  // namespace

RequestManager::RequestManager(Duration request_timeout, Duration retry_backoff)
    : request_timeout_(request_timeout),
      retry_backoff_(retry_backoff),
      client_(network_config(request_timeout))
{
}

RequestManager::Node* RequestManager::find(NodeId node)
{
    for (Node& known : nodes_)
        if (known.node == node)
            return &known;
    return nullptr;
}

RequestManager::Node const* RequestManager::find(NodeId node) const
{
    for (Node const& known : nodes_)
        if (known.node == node)
            return &known;
    return nullptr;
}

bool RequestManager::ready(Env const& env, NodeId node) const
{
    return ready_at(env, node) <= env.now;
}

Instant RequestManager::ready_at(Env const& env, NodeId node) const
{
    Node const* const known = find(node);
    if (known == nullptr)
        return env.now;
    return known->state == State::awaiting ? known->since + request_timeout_ : known->until;
}

bool RequestManager::backing_off(Env const& env, NodeId node) const
{
    Node const* const known = find(node);
    return known != nullptr && known->state == State::backing_off && env.now < known->until;
}

bool RequestManager::timed_out(Env const& env, NodeId node) const
{
    Node const* const known = find(node);
    return known != nullptr && known->state == State::awaiting &&
           env.now >= known->since + request_timeout_;
}

bool RequestManager::any_in_flight(Env const& env) const
{
    return std::any_of(nodes_.begin(), nodes_.end(), [&](Node const& node) {
        return node.state == State::awaiting && env.now < node.since + request_timeout_;
    });
}

std::optional<NodeId> RequestManager::find_ready(Env const& env,
                                                 std::vector<NodeId> const& nodes) const
{
    if (nodes.empty() || any_in_flight(env))
        return std::nullopt;
    std::size_t const first = nodes.size() == 1 ? 0 : env.below(bootstrap_site, nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        NodeId const node = nodes[(first + i) % nodes.size()];
        if (ready(env, node))
            return node;
    }
    return std::nullopt;
}

Instant RequestManager::any_ready_at(Env const& env, std::vector<NodeId> const& nodes) const
{
    Instant at = Instant::never();
    for (Node const& node : nodes_)
        if (node.state == State::awaiting && env.now < node.since + request_timeout_)
            return node.since + request_timeout_;
    for (NodeId const node : nodes)
        at = std::min(at, ready_at(env, node));
    return at;
}

void RequestManager::send(Env const& env, NodeId node, Message message, Out& out)
{
    Node* known = find(node);
    if (known == nullptr) {
        auto const at = std::find_if(nodes_.begin(), nodes_.end(),
                                     [&](Node const& other) { return node < other.node; });
        known = &*nodes_.insert(at, Node{});
        known->node = node;
    }
    known->state = State::awaiting;
    known->since = env.now;
    known->cookie = next_cookie_++;
    known->unsent = std::move(message);
    transmit(env, *known, out);
}

void RequestManager::transmit(Env const& env, Node& node, Out& out)
{
    if (!node.unsent)
        return;
    if (client_.make_ready(env, node.node, out)) {
        client_.send(env, node.node, std::move(*node.unsent), node.cookie, out);
        node.unsent.reset();
    } else if (!client_.connecting(node.node) && !client_.open(node.node))
        fail(env, node);  // The connection was lost a moment ago.
}

void RequestManager::fail(Env const& env, Node& node)
{
    node.state = State::backing_off;
    node.since = env.now;
    node.until = std::max(env.now + retry_backoff_, client_.retry_at(env, node.node));
    node.unsent.reset();
}

void RequestManager::reset(NodeId node)
{
    std::erase_if(nodes_, [&](Node const& known) { return known.node == node; });
}

void RequestManager::on_connected(Env const& env, Peer peer, Out& out)
{
    client_.on_connected(env, peer, out);
    if (Node* const node = find(peer.node))
        transmit(env, *node, out);
}

void RequestManager::on_disconnected(Env const& env, Peer peer, std::vector<Failed>& failed,
                                     Out& out)
{
    NetworkClient::Lost const lost = client_.on_disconnected(env, peer, out);
    Node* const node = find(peer.node);
    if (node == nullptr || node->state != State::awaiting)
        return;
    // Also what waited for the connection: it is not coming.
    bool const was_sent = std::any_of(
        lost.requests.begin(), lost.requests.end(),
        [&](NetworkClient::Request const& request) { return request.cookie == node->cookie; });
    if (was_sent || node->unsent) {
        failed.push_back({node->node, node->cookie});
        fail(env, *node);
    }
}

void RequestManager::on_timer(Env const& env, std::vector<Failed>& failed, Out& out)
{
    for (NetworkClient::Lost const& lost : client_.on_timer(env, out))
        if (Node* const node = find(lost.node); node != nullptr && node->state == State::awaiting) {
            failed.push_back({node->node, node->cookie});
            fail(env, *node);
        }
}

std::optional<std::uint64_t> RequestManager::on_response(Env const& env, Peer peer,
                                                         std::int32_t correlation, Out& out)
{
    std::optional<NetworkClient::Request> const request =
        client_.on_response(env, peer, correlation);
    if (!request)
        return std::nullopt;
    // A request that waited for this one to be answered.
    Node* const node = find(peer.node);
    if (node != nullptr && node->unsent)
        transmit(env, *node, out);
    return expects(peer.node, request->cookie) ? std::optional(request->cookie) : std::nullopt;
}

bool RequestManager::expects(NodeId node, std::uint64_t cookie) const
{
    Node const* const known = find(node);
    return known != nullptr && known->state == State::awaiting && known->cookie == cookie;
}

void RequestManager::done(Env const& env, NodeId node, std::uint64_t cookie, bool good)
{
    if (!expects(node, cookie))
        return;
    if (good)
        reset(node);
    else
        fail(env, *find(node));
}

}  // namespace odradek::kafka
