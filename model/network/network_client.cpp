#include "model/network/network_client.h"

#include <algorithm>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {
constexpr sim::Site reconnect_site("network-client.reconnect-backoff");
constexpr sim::Site setup_site("network-client.connection-setup-timeout");
}  // namespace

Duration exponential_backoff(Env const& env, sim::Site site, Duration first, Duration longest,
                             int attempts)
{
    if (longest <= first)
        return first;
    Duration term = first;
    for (int i = 0; i < attempts && term < longest; ++i)
        term = term * 2;
    term = std::min(term, longest);
    Duration const jittered = env.between(site, term - term / 5, term + term / 5);
    return std::min(jittered, longest);
}

NetworkClient::Connection* NetworkClient::find(NodeId node)
{
    std::uint32_t const at = node.value < index_.size() ? index_[node.value] : none;
    return at != none ? &connections_[at] : nullptr;
}

NetworkClient::Connection const* NetworkClient::find(NodeId node) const
{
    return const_cast<NetworkClient*>(this)->find(node);
}

NetworkClient::Connection& NetworkClient::get(NodeId node)
{
    if (Connection* known = find(node))
        return *known;
    if (index_.size() <= node.value)
        index_.resize(node.value + std::size_t{1}, none);
    index_[node.value] = static_cast<std::uint32_t>(connections_.size());
    Connection& added = connections_.emplace_back();
    added.node = node;
    return added;
}

bool NetworkClient::ready(NodeId node) const
{
    Connection const* connection = find(node);
    return connection != nullptr && connection->state == State::open &&
           static_cast<int>(connection->requests.size()) < config_.max_in_flight;
}

bool NetworkClient::connecting(NodeId node) const
{
    Connection const* connection = find(node);
    return connection != nullptr && connection->state == State::connecting;
}

bool NetworkClient::open(NodeId node) const
{
    Connection const* connection = find(node);
    return connection != nullptr && connection->state == State::open;
}

bool NetworkClient::can_connect(Env const& env, NodeId node) const
{
    Connection const* connection = find(node);
    return connection == nullptr ||
           (connection->state == State::none && env.now >= connection->retry_at);
}

Instant NetworkClient::last_attempt(NodeId node) const
{
    Connection const* connection = find(node);
    return connection != nullptr ? connection->last_attempt : Instant{};
}

bool NetworkClient::make_ready(Env const& env, NodeId node, Out& out)
{
    Connection& connection = get(node);
    if (connection.state == State::open)
        return static_cast<int>(connection.requests.size()) < config_.max_in_flight;
    if (connection.state == State::none && env.now >= connection.retry_at) {
        connection.state = State::connecting;
        connection.last_attempt = env.now;
        // KIP-601: the time allowed for setting up a connection grows with each attempt that
        // failed.
        connection.setup_deadline =
            env.now + exponential_backoff(env, setup_site, config_.connection_setup_timeout,
                                          config_.connection_setup_timeout_max,
                                          connection.failed_connects);
        out.connect({node, static_cast<std::uint8_t>(config_.channel)});
    }
    arm(env, deadline_of(env, connection), out);
    return false;
}

Instant NetworkClient::retry_at(Env const& env, NodeId node) const
{
    Connection const* connection = find(node);
    if (connection == nullptr || connection->state != State::none)
        return env.now;
    return std::max(env.now, connection->retry_at);
}

std::int32_t NetworkClient::send(Env const& env, NodeId node, Message message, std::uint64_t cookie,
                                 Out& out, Duration timeout)
{
    Connection* connection = find(node);
    ENSURE(connection != nullptr && connection->state == State::open,
           "a request is sent over an open connection");
    std::int32_t const correlation = next_correlation_++;
    own_timeouts_ = own_timeouts_ || timeout != Duration{};
    connection->requests.push_back({node, correlation, cookie, env.now, false, timeout});
    ++in_flight_;
    out.send({node, static_cast<std::uint8_t>(config_.channel)}, correlation, std::move(message));
    arm(env, deadline_of(env, *connection), out);
    return correlation;
}

std::int32_t NetworkClient::send_and_forget(NodeId node, Message message, Out& out)
{
    ENSURE(ready(node), "a request is sent over an open connection with room for it");
    std::int32_t const correlation = next_correlation_++;
    out.send({node, static_cast<std::uint8_t>(config_.channel)}, correlation, std::move(message));
    return correlation;
}

std::size_t NetworkClient::in_flight(NodeId node) const
{
    Connection const* connection = find(node);
    return connection != nullptr ? connection->requests.size() : 0;
}

std::size_t NetworkClient::in_flight() const { return in_flight_; }

void NetworkClient::on_connected(Env const& env, Peer peer, Out& out)
{
    Connection* connection = find(peer.node);
    if (connection == nullptr || connection->state != State::connecting)
        return;
    connection->state = State::open;
    connection->failures = 0;
    connection->failed_connects = 0;
    arm(env, deadline_of(env, *connection), out);
}

NetworkClient::Lost NetworkClient::on_disconnected(Env const& env, Peer peer, Out& out)
{
    Lost lost;
    lost.node = peer.node;
    Connection* connection = find(peer.node);
    if (connection == nullptr || connection->state == State::none)
        return lost;
    lost.requests = std::move(connection->requests);
    connection->requests.clear();
    in_flight_ -= lost.requests.size();
    connection->failed_connects =
        connection->state == State::connecting ? connection->failed_connects + 1 : 0;
    connection->state = State::none;
    connection->last_attempt = env.now;
    connection->retry_at =
        env.now + exponential_backoff(env, reconnect_site, config_.reconnect_backoff,
                                      config_.reconnect_backoff_max, connection->failures);
    ++connection->failures;
    arm(env, deadline_of(env, *connection), out);
    return lost;
}

void NetworkClient::tell(Lost const& lost, sim::DisconnectReason reason, Out& out)
{
    if (lost.requests.empty())
        out.detail("connection to node {} is gone ({})", lost.node.value, sim::to_string(reason));
    else
        out.note("{} requests to node {} are without an answer ({})", lost.requests.size(),
                 lost.node.value, sim::to_string(reason));
}

std::optional<NetworkClient::Request> NetworkClient::on_response(Env const&, Peer peer,
                                                                 std::int32_t correlation)
{
    Connection* connection = find(peer.node);
    if (connection == nullptr)
        return std::nullopt;
    for (auto it = connection->requests.begin(); it != connection->requests.end(); ++it)
        if (it->correlation == correlation) {
            Request const request = *it;
            connection->requests.erase(it);
            --in_flight_;
            return request;
        }
    return std::nullopt;
}

std::vector<NetworkClient::Lost> NetworkClient::on_timer(Env const& env, Out& out)
{
    std::vector<Lost> closed;
    armed_ = Instant::never();
    for (Connection& connection : connections_) {
        bool const setup_over =
            connection.state == State::connecting && env.now >= connection.setup_deadline;
        bool const request_over = connection.state == State::open && !connection.requests.empty() &&
                                  env.now >= timeout_of(most_urgent(connection));
        if (!setup_over && !request_over)
            continue;
        if (setup_over)
            out.note("no connection to node {} within the setup timeout", connection.node.value);
        else
            out.note("request {} to node {} has no answer after {}, close the connection",
                     most_urgent(connection).correlation, connection.node.value,
                     to_string(timeout_of(most_urgent(connection)) - most_urgent(connection).sent));
        Peer const peer{connection.node, static_cast<std::uint8_t>(config_.channel)};
        out.close(peer);
        closed.push_back(on_disconnected(env, peer, out));
        closed.back().timed_out = true;
    }
    Instant next = Instant::never();
    for (Connection const& connection : connections_)
        next = std::min(next, deadline_of(env, connection));
    arm(env, next, out);
    return closed;
}

// -- Parked requests

void NetworkClient::on_parked(Peer peer, std::int32_t correlation)
{
    if (Connection* connection = find(peer.node))
        for (Request& request : connection->requests)
            if (request.correlation == correlation)
                request.parked = true;
}

bool NetworkClient::on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out)
{
    if (!parked(peer.node))
        return false;
    Connection& connection = *find(peer.node);
    Request& request = connection.requests.front();
    request.parked = false;
    if (round.since_sent != sim::ParkedRound::not_yet)
        request.sent = env.now - round.since_sent;
    arm(env, deadline_of(env, connection), out);
    return true;
}

void NetworkClient::request_under_way(Env const& env, NodeId node, Message message,
                                      sim::ParkedRound const& round, Out& out)
{
    Connection* connection = find(node);
    ENSURE(connection != nullptr && !connection->requests.empty(),
           "a request is under way after one that was parked");
    Request& request = connection->requests.front();
    request.correlation = next_correlation_++;
    request.sent = env.now - round.since_sent;
    out.request_under_way({node, static_cast<std::uint8_t>(config_.channel)}, request.correlation,
                          std::move(message));
}

bool NetworkClient::parked(NodeId node) const
{
    Connection const* connection = find(node);
    return connection != nullptr && !connection->requests.empty() &&
           connection->requests.front().parked;
}

NetworkClient::Lost NetworkClient::disconnect(Env const& env, NodeId node, Out& out)
{
    Peer const peer{node, static_cast<std::uint8_t>(config_.channel)};
    out.close(peer);
    return on_disconnected(env, peer, out);
}

void NetworkClient::close(NodeId node, Out& out)
{
    Connection* connection = find(node);
    if (connection == nullptr)
        return;
    if (connection->state != State::none)
        out.close({node, static_cast<std::uint8_t>(config_.channel)});
    in_flight_ -= connection->requests.size();
    std::uint32_t const place = index_[node.value];
    index_[node.value] = none;
    if (connection != &connections_.back()) {
        *connection = std::move(connections_.back());
        index_[connection->node.value] = place;
    }
    connections_.pop_back();
}

void NetworkClient::close_all(Out& out)
{
    while (!connections_.empty())
        close(connections_.back().node, out);
}

Instant NetworkClient::timeout_of(Request const& request) const
{
    Duration const timeout =
        request.timeout == Duration{} ? config_.request_timeout : request.timeout;
    return request.parked ? Instant::never() : request.sent + timeout;
}

NetworkClient::Request const& NetworkClient::most_urgent(Connection const& connection) const
{
    if (!own_timeouts_)
        return connection.requests.front();
    return *std::min_element(
        connection.requests.begin(), connection.requests.end(),
        [this](Request const& a, Request const& b) { return timeout_of(a) < timeout_of(b); });
}

// When something must be done about a connection, if nothing happens to it.
Instant NetworkClient::deadline_of(Env const& env, Connection const& connection) const
{
    if (connection.state == State::connecting)
        return connection.setup_deadline;
    if (connection.state == State::open && !connection.requests.empty())
        return timeout_of(most_urgent(connection));
    if (connection.state == State::none && connection.retry_at > env.now)
        return connection.retry_at;
    return Instant::never();
}

// The timer comes for the earliest of all deadlines. It may come early (a deadline that moved
// away), never late: it is only armed anew when it must come sooner or has just come.
void NetworkClient::arm(Env const& env, Instant deadline, Out& out)
{
    if (deadline >= armed_)
        return;
    armed_ = deadline;
    out.arm(timer(TimerKind::network_client, static_cast<std::uint32_t>(config_.channel)),
            deadline - env.now);
}

}  // namespace odradek::kafka
