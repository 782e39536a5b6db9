// A node's way to the active controller for one purpose: one request at a time, sent again and
// again until a controller takes it. It looks who leads the metadata quorum when it has nobody to
// ask: in the beginning, after a broken connection, after NOT_CONTROLLER. One that answers is kept,
// even when another leads meanwhile. Source: NodeToControllerChannelManagerImpl,
// NodeToControllerRequestThread.
//
// Unlike Kafka, which looks every 100 ms while nobody is known to lead: it waits to be told.
#pragma once

#include <cstdint>
#include <optional>

#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

class ControllerChannel {
public:
    // `request_timeout`: controller.socket.timeout.ms, or how long the request is retried at all if
    // that is less.
    ControllerChannel(Channel channel, Duration request_timeout);

    // Who leads the metadata quorum as far as this node knows; nobody when unknown. True when the
    // channel has waited to be told: the owner goes on as after on_connected.
    bool set_leader(std::optional<NodeId> leader);

    // Whom it asks now.
    std::optional<NodeId> controller() const { return active_; }
    // Can a request be sent now? If not, the owner is called when it may be: on_connected,
    // on_disconnected, its timer (network_client with the channel's index), or told by set_leader.
    bool make_ready(Env const& env, Out& out);
    void send(Env const& env, Message request, Out& out);
    bool in_flight() const { return client_.in_flight() != 0; }
    // Nothing more is asked for: a connection that breaks from now on is nobody's loss.
    void rest() { wanted_ = false; }

    bool owns(Peer peer) const { return client_.owns(peer); }
    void on_connected(Env const& env, Peer peer, Out& out) { client_.on_connected(env, peer, out); }
    // What was under way is lost (true), and to be sent again.
    bool on_disconnected(Env const& env, Peer peer, Out& out);
    bool on_timer(Env const& env, Out& out);

    enum class Answer : std::uint8_t {
        stale,  // To nothing that is known any more.
        again,  // NOT_CONTROLLER: the request is to be sent again, to whoever leads now.
        final,
    };
    Answer on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                       Out& out);

private:
    void forget_controller();

    NetworkClient client_;
    std::optional<NodeId> leader_;
    std::optional<NodeId> active_;
    bool wanted_{false};   // There is something to send, or under way.
    bool waiting_{false};  // To be told who leads.
};

// Does it say NOT_CONTROLLER anywhere?
bool says_not_controller(Message const& response);

}  // namespace odradek::kafka
