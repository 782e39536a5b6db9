#include "model/broker/auto_topics.h"

#include <algorithm>

namespace odradek::kafka {

AutoTopics::AutoTopics(Duration request_timeout) : channel_(Channel::auto_topics, request_timeout)
{
}

void AutoTopics::set_controller(Env const& env, std::optional<NodeId> controller, Out& out)
{
    if (channel_.set_leader(controller))
        send(env, out);
}

void AutoTopics::create(Env const& env, CreateTopicsRequest request, Out& out)
{
    for (CreateTopicsRequest const& known : wanted_)
        if (known.name == request.name)
            return;  // Under way.
    out.note("{} does not exist: ask the controller to create it with {} partitions", request.name,
             request.partitions);
    wanted_.push_back(std::move(request));
    send(env, out);
}

void AutoTopics::send(Env const& env, Out& out)
{
    if (wanted_.empty() || channel_.in_flight() || !channel_.make_ready(env, out))
        return;
    channel_.send(env, wanted_.front(), out);
}

void AutoTopics::on_connected(Env const& env, Peer peer, Out& out)
{
    channel_.on_connected(env, peer, out);
    send(env, out);
}

void AutoTopics::on_disconnected(Env const& env, Peer peer, Out& out)
{
    channel_.on_disconnected(env, peer, out);
    send(env, out);
}

void AutoTopics::on_response(Env const& env, Peer peer, std::int32_t correlation,
                             Message const& message, Out& out)
{
    ControllerChannel::Answer const kind =
        channel_.on_response(env, peer, correlation, message, out);
    if (kind == ControllerChannel::Answer::again)
        return send(env, out);
    auto const* response = std::get_if<CreateTopicsResponse>(&message);
    if (kind != ControllerChannel::Answer::final || response == nullptr || wanted_.empty())
        return;
    if (response->error != Error::none)
        out.note("{} is not created: {}", wanted_.front().name, to_string(response->error));
    wanted_.pop_front();
    send(env, out);
}

void AutoTopics::on_timer(Env const& env, Out& out)
{
    channel_.on_timer(env, out);
    send(env, out);
}

}  // namespace odradek::kafka
