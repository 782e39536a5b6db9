// Requests of the metadata quorum on their way: to each node one at a time, the next at once after
// an answer, later after an error. Source: RequestManager, InterBrokerSendThread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

class RequestManager {
public:
    // A request that is over without an answer.
    struct Failed {
        NodeId node;
        std::uint64_t cookie{0};
    };

    RequestManager(Duration request_timeout, Duration retry_backoff);

    // May a request be sent now?
    bool ready(Env const& env, NodeId node) const;
    bool backing_off(Env const& env, NodeId node) const;
    bool timed_out(Env const& env, NodeId node) const;
    bool any_in_flight(Env const& env) const;
    // When ready() will be true, if nothing else happens; now when it is.
    Instant ready_at(Env const& env, NodeId node) const;
    // Of these the first that is ready, from a drawn one on; none while a request is under way.
    std::optional<NodeId> find_ready(Env const& env, std::vector<NodeId> const& nodes) const;
    Instant any_ready_at(Env const& env, std::vector<NodeId> const& nodes) const;

    // It leaves as soon as there is a connection.
    void send(Env const& env, NodeId node, Message message, Out& out);
    // Forgets what is expected: answers on their way will be ignored.
    void reset_all() { nodes_.clear(); }
    void reset(NodeId node);

    bool owns(Peer peer) const { return client_.owns(peer); }
    void on_connected(Env const& env, Peer peer, Out& out);
    // The failed ones among those that are still expected.
    void on_disconnected(Env const& env, Peer peer, std::vector<Failed>& failed, Out& out);
    void on_timer(Env const& env, std::vector<Failed>& failed, Out& out);
    // The cookie of the request it answers; none when nobody waits for it.
    std::optional<std::uint64_t> on_response(Env const& env, Peer peer, std::int32_t correlation,
                                             Out& out);
    bool expects(NodeId node, std::uint64_t cookie) const;
    // What came of it was good or not.
    void done(Env const& env, NodeId node, std::uint64_t cookie, bool good);

private:
    enum class State : std::uint8_t { awaiting, backing_off };
    struct Node {
        NodeId node;
        State state{State::awaiting};
        Instant since;  // Sent, or failed.
        Instant until;  // Of the backoff.
        std::uint64_t cookie{0};
        std::optional<Message> unsent;
    };
    Node* find(NodeId node);
    Node const* find(NodeId node) const;
    void transmit(Env const& env, Node& node, Out& out);
    void fail(Env const& env, Node& node);

    Duration request_timeout_;
    Duration retry_backoff_;
    NetworkClient client_;
    std::vector<Node> nodes_;  // Without an entry a node is ready. Ascending.
    std::uint64_t next_cookie_{1};
};

}  // namespace odradek::kafka
