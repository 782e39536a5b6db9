#include "model/server/server.h"

#include <utility>

namespace odradek::kafka {

Server::Server(QuorumOfOne quorum, Controller controller)
    : log_(std::move(quorum)), controller_(std::move(controller))
{
}

Server::Server(MetadataFollower follower, NodeId leader, Broker broker)
    : log_(std::move(follower)), leader_(leader), broker_(std::move(broker))
{
}

void Server::settle(Env const& env, Out& out)
{
    if (auto* quorum = std::get_if<QuorumOfOne>(&log_)) {
        for (BatchRef const& batch : controller_->take_appended())
            quorum->append(batch, out);
        for (BatchRef const& batch :
             quorum->log().read(loader_.image().end_offset(), quorum->high_watermark(), UINT64_MAX))
            loader_.apply(batch, quorum->epoch(), out);
        if (quorum->claimed() && !controller_->is_active())
            controller_->on_claimed(env, quorum->epoch(), loader_.image(), out);
        for (BatchRef const& batch : controller_->take_appended())
            quorum->append(batch, out);
    } else {
        auto const& follower = std::get<MetadataFollower>(log_);
        for (BatchRef const& batch : follower.log().read(loader_.image().end_offset(),
                                                         follower.high_watermark(), UINT64_MAX))
            loader_.apply(batch, std::nullopt, out);
    }
    std::optional<MetadataDelta> const delta = loader_.take_delta();
    if (!delta)
        return;
    if (controller_)
        controller_->on_committed(env, loader_.image(), out);
    if (broker_)
        broker_->on_metadata(env, loader_.image(), *delta, out);
}

void Server::on_start(Env const& env, Out& out)
{
    std::visit([&](auto& log) { log.start(env, out); }, log_);
    if (broker_) {
        broker_->on_start(env, out);
        broker_->set_controller(env, leader_, out);
    }
    settle(env, out);
}

void Server::on_connected(Env const& env, Peer peer, Out& out)
{
    auto* follower = std::get_if<MetadataFollower>(&log_);
    if (follower != nullptr && follower->owns(peer))
        follower->on_connected(env, peer, out);
    else if (broker_)
        broker_->on_connected(env, peer, out);
}

void Server::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out)
{
    auto* follower = std::get_if<MetadataFollower>(&log_);
    if (follower != nullptr && follower->owns(peer))
        follower->on_disconnected(env, peer, out);
    else if (broker_)
        broker_->on_disconnected(env, peer, reason, out);
}

void Server::on_request(Env const& env, RequestId request, Message message, Out& out)
{
    auto* quorum = std::get_if<QuorumOfOne>(&log_);
    auto const* fetch = std::get_if<FetchRequest>(&message);
    if (quorum != nullptr && fetch != nullptr)
        quorum->on_fetch(env, request, *fetch, out);
    else if (controller_ && (!broker_ || Controller::serves(message)))
        controller_->on_request(env, request, message, out);
    else
        broker_->on_request(env, request, std::move(message), out);
    settle(env, out);
}

void Server::on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                         Out& out)
{
    auto* follower = std::get_if<MetadataFollower>(&log_);
    if (follower != nullptr && follower->owns(peer))
        follower->on_response(env, peer, correlation, message, out);
    else if (broker_)
        broker_->on_response(env, peer, correlation, std::move(message), out);
    settle(env, out);
}

void Server::on_timer(Env const& env, Timer which, Out& out)
{
    auto* quorum = std::get_if<QuorumOfOne>(&log_);
    auto* follower = std::get_if<MetadataFollower>(&log_);
    if (quorum != nullptr && QuorumOfOne::owns(which))
        quorum->on_timer(env, which, out);
    else if (follower != nullptr && MetadataFollower::owns(which))
        follower->on_timer(env, which, out);
    else if (controller_ && Controller::owns(which))
        controller_->on_timer(env, which, out);
    else if (broker_)
        broker_->on_timer(env, which, out);
    settle(env, out);
}

void Server::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    if (auto* quorum = std::get_if<QuorumOfOne>(&log_))
        quorum->on_flushed(env, file, out);
    if (broker_)
        broker_->on_flushed(env, file, out);
    settle(env, out);
}

void Server::on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out)
{
    if (broker_)
        return broker_->on_disk_error(env, file, error, out);
    out.note("the disk of the metadata log says {}: halt", sim::to_string(error));
    out.exit();
}

void Server::on_shutdown(Env const& env, Out& out)
{
    if (broker_)
        broker_->on_shutdown(env, out);
    else {
        out.note("shut down");
        out.exit();
    }
    settle(env, out);
}

}  // namespace odradek::kafka
