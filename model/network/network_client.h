// One role's connections to other nodes, as Kafka's NetworkClient keeps them: connects when asked,
// waits between attempts with growing backoff, bounds the requests under way, and closes a
// connection whose oldest request has waited too long. One timer serves all of it. Source:
// org.apache.kafka.clients.NetworkClient, ClusterConnectionStates.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/errors.h"
#include "model/out.h"

namespace odradek::kafka {

// Kafka's ExponentialBackoff (KIP-580): min(longest, first * 2^attempts * [1 - 0.2, 1 + 0.2]);
// without jitter when the first is already the longest. `attempts` counts from 0.
Duration exponential_backoff(Env const& env, sim::Site site, Duration first, Duration longest,
                             int attempts);

class NetworkClient {
public:
    struct Config {
        Channel channel{Channel::client};
        Duration reconnect_backoff{50'000'000};
        Duration reconnect_backoff_max{1'000'000'000};
        Duration connection_setup_timeout{10'000'000'000};
        Duration connection_setup_timeout_max{30'000'000'000};
        Duration request_timeout{30'000'000'000};
        int max_in_flight{5};
    };
    // A request that is over: answered, or lost with its connection.
    struct Request {
        NodeId node;
        std::int32_t correlation{0};
        std::uint64_t cookie{0};  // The caller's own.
        Instant sent;
        bool parked{false};  // At the server, which has it answered and sent again (out.park).
        Duration timeout{};  // Nothing: as all of this client.
    };
    struct Lost {
        NodeId node;
        std::vector<Request> requests;  // In the order sent.
        bool timed_out{false};          // Ours timed out; else the connection broke.

        Error error() const
        {
            return timed_out ? Error::request_timed_out : Error::network_exception;
        }
    };

    explicit NetworkClient(Config config) : config_(config) {}

    // Is the connection open with room for one more request?
    bool ready(NodeId node) const;
    // Is it being opened, or may it be (no connection, no backoff)? Both false: open, or waiting.
    bool connecting(NodeId node) const;
    bool can_connect(Env const& env, NodeId node) const;
    bool open(NodeId node) const;
    // When the connection was last asked for or lost; the beginning of time when never.
    Instant last_attempt(NodeId node) const;
    // Opens a connection when there is none and the backoff is over; true when ready now. When not,
    // the owner is called again: on_connected, or its timer comes (see on_timer).
    bool make_ready(Env const& env, NodeId node, Out& out);
    // When will make_ready next do something for a node in backoff; now if it may connect at once.
    Instant retry_at(Env const& env, NodeId node) const;
    // The connection must be ready. Returns the correlation number.
    // `timeout`: of this request alone; nothing: request_timeout.
    std::int32_t send(Env const& env, NodeId node, Message message, std::uint64_t cookie, Out& out,
                      Duration timeout = {});
    // A request without a response (acks=0): is over as soon as it is handed to the connection.
    std::int32_t send_and_forget(NodeId node, Message message, Out& out);
    std::size_t in_flight(NodeId node) const;
    std::size_t in_flight() const;

    // The owner passes on what it is given; each says whether it was about this client's channel.
    bool owns(Peer peer) const
    {
        return peer.channel == static_cast<std::uint8_t>(config_.channel);
    }
    void on_connected(Env const& env, Peer peer, Out& out);
    // Requests that were under way when the connection broke.
    Lost on_disconnected(Env const& env, Peer peer, Out& out);
    // The request this answers; none when it is not known any more.
    std::optional<Request> on_response(Env const& env, Peer peer, std::int32_t correlation);
    // The server keeps the request instead of answering it to get it again (sim/network.h): it
    // waits without a timeout until it is unparked; then as if it had been sent when it would have.
    // False when it was not parked.
    void on_parked(Peer peer, std::int32_t correlation);
    bool on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out);
    // Names the request that is under way then: it has followed on the one that was parked.
    void request_under_way(Env const& env, NodeId node, Message message,
                           sim::ParkedRound const& round, Out& out);
    bool parked(NodeId node) const;
    // Timer TimerKind::network_client with index = channel: closes what has waited too long. For
    // each connection closed, the requests lost. The owner then goes on as after on_disconnected.
    std::vector<Lost> on_timer(Env const& env, Out& out);
    // Closes the connection as if it had broken: the backoff begins, and what was under way is
    // lost.
    Lost disconnect(Env const& env, NodeId node, Out& out);

    // The same two for an owner that has one place for what was lost, `on_lost(Lost const&)`: false
    // if the event was about another channel or timer. The story says what broke.
    template <class OnLost>
    bool hand_over(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out,
                   OnLost on_lost)
    {
        if (!owns(peer))
            return false;
        Lost const lost = on_disconnected(env, peer, out);
        tell(lost, reason, out);
        on_lost(lost);
        return true;
    }
    template <class OnLost>
    bool hand_over(Env const& env, Timer which, Out& out, OnLost on_lost)
    {
        if (which != timer(TimerKind::network_client, static_cast<std::uint32_t>(config_.channel)))
            return false;
        for (Lost const& lost : on_timer(env, out))
            on_lost(lost);
        return true;
    }
    // Closes the connection and forgets the node with its requests and backoff.
    void close(NodeId node, Out& out);
    void close_all(Out& out);

private:
    enum class State : std::uint8_t { none, connecting, open };
    struct Connection {
        NodeId node;
        State state{State::none};
        int failures{0};  // Disconnections since it was last open, for the reconnect backoff.
        int failed_connects{0};  // Of those, attempts that never opened, for the setup timeout.
        Instant last_attempt;
        Instant retry_at;  // Not before.
        Instant setup_deadline;
        std::vector<Request> requests;  // At most max_in_flight.
    };
    Connection* find(NodeId node);
    Connection const* find(NodeId node) const;
    Connection& get(NodeId node);
    Instant timeout_of(Request const& request) const;
    // Of all that are under way there: whose time is over first. There is one.
    Request const& most_urgent(Connection const& connection) const;
    Instant deadline_of(Env const& env, Connection const& connection) const;
    void arm(Env const& env, Instant deadline, Out& out);
    static void tell(Lost const& lost, sim::DisconnectReason reason, Out& out);

    Config config_;
    static constexpr std::uint32_t none = 0xffffffff;
    std::vector<Connection> connections_;
    std::vector<std::uint32_t> index_;  // By node: where its connection is.
    std::size_t in_flight_{0};
    std::int32_t next_correlation_{0};
    bool own_timeouts_{false};  // Some request had one of its own: the first may not be first due.
    Instant armed_{Instant::never()};
};

}  // namespace odradek::kafka
