#include "model/network/controller_channel.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

namespace {

NetworkClient::Config network_config(Channel channel, Duration request_timeout)
{
    NetworkClient::Config network;
    network.channel = channel;
    network.reconnect_backoff = 50_ms;
    network.reconnect_backoff_max = 50_ms;
    network.request_timeout = std::min(Duration{30_s}, request_timeout);
    network.max_in_flight = 1;
    return network;
}

// AbstractResponse.errorCounts: the error of the whole, and of each part.
struct NotController {
    template <class Response>
    bool operator()(Response const& response) const
    {
        if constexpr (requires { response.error == Error::none; })
            if (response.error == Error::not_controller)
                return true;
        if constexpr (requires { response.partitions.begin()->error == Error::none; })
            for (auto const& partition : response.partitions)
                if (partition.error == Error::not_controller)
                    return true;
        return false;
    }
};

}  // namespace

bool says_not_controller(Message const& response) { return std::visit(NotController{}, response); }

ControllerChannel::ControllerChannel(Channel channel, Duration request_timeout)
    : client_(network_config(channel, request_timeout))
{
}

bool ControllerChannel::set_leader(std::optional<NodeId> leader)
{
    leader_ = leader;
    return waiting_ && leader_;
}

bool ControllerChannel::make_ready(Env const& env, Out& out)
{
    wanted_ = true;
    if (!active_ && leader_) {
        active_ = leader_;
        out.note("from now on the controller to ask is node {}", active_->value);
    }
    waiting_ = !active_;
    return active_ && client_.make_ready(env, *active_, out);
}

void ControllerChannel::send(Env const& env, Message request, Out& out)
{
    client_.send(env, *active_, std::move(request), 0, out);
}

// What is wanted goes to whoever leads then; a channel at rest keeps its controller, and finds out
// when it is needed.
void ControllerChannel::forget_controller()
{
    if (wanted_)
        active_.reset();
}

bool ControllerChannel::on_disconnected(Env const& env, Peer peer, Out& out)
{
    bool const lost = !client_.on_disconnected(env, peer, out).requests.empty();
    if (active_ == peer.node)
        forget_controller();
    return lost;
}

bool ControllerChannel::on_timer(Env const& env, Out& out)
{
    bool lost = false;
    for (NetworkClient::Lost const& closed : client_.on_timer(env, out)) {
        lost = lost || !closed.requests.empty();
        if (active_ == closed.node)
            forget_controller();
    }
    return lost;
}

ControllerChannel::Answer ControllerChannel::on_response(Env const& env, Peer peer,
                                                         std::int32_t correlation,
                                                         Message const& message, Out& out)
{
    if (!client_.on_response(env, peer, correlation))
        return Answer::stale;
    if (says_not_controller(message)) {
        out.note("node {} is not the controller: ask the one that leads the metadata quorum now",
                 peer.node.value);
        client_.disconnect(env, peer.node, out);
        if (active_ == peer.node)
            active_.reset();
        return Answer::again;
    }
    wanted_ = false;
    return Answer::final;
}

}  // namespace odradek::kafka
