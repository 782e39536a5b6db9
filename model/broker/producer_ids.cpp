#include "model/broker/producer_ids.h"

namespace odradek::kafka {

ProducerIds::ProducerIds(BrokerId broker)
    : broker_(broker), channel_(Channel::producer_ids, Duration{30'000'000'000})
{
}

void ProducerIds::set_controller(Env const& env, std::optional<NodeId> controller, Out& out)
{
    if (channel_.set_leader(controller))
        ask(env, out);
}

void ProducerIds::on_init_producer_id(Env const& env, RequestId request, BrokerEpoch broker_epoch,
                                      Out& out)
{
    if (std::optional<ProducerId> const id = take(broker_epoch, out)) {
        out.reply(request, InitProducerIdResponse{Error::none, *id, 0});
        out.note("producer id {} for {}", id->value, request.client.value);
    } else {
        out.reply(request,
                  InitProducerIdResponse{Error::coordinator_load_in_progress, no_producer, -1});
    }
    ask(env, out);
}

std::optional<ProducerId> ProducerIds::generate(Env const& env, BrokerEpoch broker_epoch, Out& out)
{
    std::optional<ProducerId> const id = take(broker_epoch, out);
    ask(env, out);
    return id;
}

// The next of the block; a new block is wanted when this one is nearly used up.
std::optional<ProducerId> ProducerIds::take(BrokerEpoch broker_epoch, Out& out)
{
    broker_epoch_ = broker_epoch;
    if (block_.left == 0 && next_) {
        block_ = *next_;
        next_.reset();
    }
    if (block_.left == 0) {
        out.note("no producer id left, ask the controller for a block of them");
        wanted_ = true;
        return std::nullopt;
    }
    ProducerId const id = block_.next;
    block_.next = block_.next.next();
    --block_.left;
    if (block_.left * 10 <= block_.size && !next_)
        wanted_ = true;
    return id;
}

void ProducerIds::ask(Env const& env, Out& out)
{
    if (!wanted_ || channel_.in_flight() || !channel_.make_ready(env, out))
        return;
    channel_.send(env, AllocateProducerIdsRequest{broker_, broker_epoch_}, out);
}

void ProducerIds::on_connected(Env const& env, Peer peer, Out& out)
{
    channel_.on_connected(env, peer, out);
    ask(env, out);
}

void ProducerIds::on_disconnected(Env const& env, Peer peer, Out& out)
{
    channel_.on_disconnected(env, peer, out);
    ask(env, out);
}

void ProducerIds::on_response(Env const& env, Peer peer, std::int32_t correlation,
                              Message const& message, Out& out)
{
    ControllerChannel::Answer const kind =
        channel_.on_response(env, peer, correlation, message, out);
    if (kind == ControllerChannel::Answer::again)
        ask(env, out);
    auto const* response = std::get_if<AllocateProducerIdsResponse>(&message);
    if (kind != ControllerChannel::Answer::final || response == nullptr)
        return;
    if (response->error != Error::none) {
        out.note("no block of producer ids: {}", to_string(response->error));
        wanted_ = false;
        return;  // Asked for again with the next producer that needs one.
    }
    wanted_ = false;
    next_ = Block{response->first, response->count, response->count};
}

void ProducerIds::on_timer(Env const& env, Out& out)
{
    channel_.on_timer(env, out);
    ask(env, out);
}

}  // namespace odradek::kafka
