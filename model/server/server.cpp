#include "model/server/server.h"

#include <utility>

#include "model/metadata/image_snapshot.h"
#include "sim/ensure.h"

namespace odradek::kafka {

Server::Server(RaftClient raft, std::optional<Controller> controller, std::optional<Broker> broker)
    : raft_(std::move(raft)),
      loader_(controller ? controller->config().min_insync_replicas : 1),
      controller_(std::move(controller)),
      broker_(std::move(broker))
{
    ENSURE(controller_ || broker_, "a server is a controller, a broker or both");
}

void Server::settle(Env const& env, Out& out)
{
    for (;;) {
        if (controller_)
            for (BatchRef const& batch : controller_->take_appended())
                raft_.append(env, batch, out);  // Deposed meanwhile: it hears of that next.
        if (!raft_.has_events())
            break;
        raft_.take_events(events_);
        for (RaftEvent const& event : events_)
            take(env, event, out);
        publish(env, out);
    }
    // RaftControllerNodeProvider: whoever the quorum has for its leader, claimed or not.
    if (broker_ && leader_ != raft_.leader_node()) {
        leader_ = raft_.leader_node();
        broker_->set_controller(env, leader_, out);
    }
    if (broker_ && broker_->stopped() && !stopping_)
        stop_raft(env, out);
    if (over_)
        out.exit();
}

void Server::take(Env const& env, RaftEvent const& event, Out& out)
{
    if (auto const* committed = std::get_if<RaftCommitted>(&event)) {
        loader_.apply(committed->batch, committed->leads, out);
    } else if (auto const* loaded = std::get_if<RaftSnapshotLoaded>(&event)) {
        auto const& contents = static_cast<ImageSnapshot const&>(*loaded->snapshot->contents);
        loader_.load(contents.image());
    } else if (auto const* claimed = std::get_if<RaftClaimed>(&event)) {
        publish(env, out);
        if (controller_)
            controller_->on_claimed(env, claimed->epoch, loader_.image(), out);
    } else if (std::holds_alternative<RaftResigned>(event)) {
        publish(env, out);  // Whoever waits for what was committed before is answered.
        if (controller_ && controller_->is_active())
            controller_->on_resigned(env, out);
    } else if (auto const* appended = std::get_if<RaftAppended>(&event)) {
        if (controller_ && controller_->is_active())
            controller_->on_appended_by_quorum(appended->batch);
    } else if (std::holds_alternative<RaftSnapshotDue>(event)) {
        snapshot_due_ = true;
    } else if (std::holds_alternative<RaftShutDown>(event)) {
        over_ = true;
    }
}

// What came together is told at once (MetadataLoader, BrokerMetadataPublisher, SnapshotGenerator).
void Server::publish(Env const& env, Out& out)
{
    if (std::optional<MetadataDelta> const delta = loader_.take_delta()) {
        if (controller_)
            controller_->on_committed(env, loader_.image(), out);
        if (broker_)
            broker_->on_metadata(env, loader_.image(), *delta, out);
    }
    if (std::exchange(snapshot_due_, false))
        raft_.create_snapshot(env, {loader_.image().last_epoch(), loader_.image().end_offset()},
                              sim::share<ImageSnapshot>(loader_.image()), out);
}

// A leader names its successors before it goes; an observer just goes.
void Server::stop_raft(Env const& env, Out& out)
{
    stopping_ = true;
    if (!controller_) {
        over_ = true;
        return;
    }
    raft_.shutdown(env, out);
    settle(env, out);
}

void Server::on_start(Env const& env, Out& out)
{
    raft_.start(env, out);
    if (broker_)
        broker_->on_start(env, out);
    settle(env, out);
}

void Server::on_connected(Env const& env, Peer peer, Out& out)
{
    if (raft_.owns(peer))
        raft_.on_connected(env, peer, out);
    else if (broker_)
        broker_->on_connected(env, peer, out);
    settle(env, out);
}

void Server::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out)
{
    if (raft_.owns(peer))
        raft_.on_disconnected(env, peer, out);
    else if (broker_)
        broker_->on_disconnected(env, peer, reason, out);
    settle(env, out);
}

void Server::on_request(Env const& env, RequestId request, Message message, Out& out)
{
    if (raft_.on_request(env, request, message, out)) {
        // For the quorum.
    } else if (controller_ && (!broker_ || Controller::serves(message)))
        controller_->on_request(env, request, message, out);
    else
        broker_->on_request(env, request, std::move(message), out);
    settle(env, out);
}

void Server::on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                         Out& out)
{
    if (raft_.owns(peer))
        raft_.on_response(env, peer, correlation, message, out);
    else if (broker_)
        broker_->on_response(env, peer, correlation, std::move(message), out);
    settle(env, out);
}

void Server::on_timer(Env const& env, Timer which, Out& out)
{
    if (raft_.owns(which))
        raft_.on_timer(env, which, out);
    else if (controller_ && Controller::owns(which))
        controller_->on_timer(env, which, out);
    else if (broker_)
        broker_->on_timer(env, which, out);
    settle(env, out);
}

void Server::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    if (raft_.owns(file))
        raft_.on_flushed(env, file, out);
    else if (broker_)
        broker_->on_flushed(env, file, out);
    settle(env, out);
}

void Server::on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out)
{
    if (raft_.owns(file) || !broker_)
        raft_.on_disk_error(env, file, error, out);
    else
        broker_->on_disk_error(env, file, error, out);
    settle(env, out);
}

// KafkaRaftServer.shutdown: the broker first, then the controller with the log they share.
void Server::on_shutdown(Env const& env, Out& out)
{
    if (broker_)
        broker_->on_shutdown(env, out);
    else if (!stopping_)
        return stop_raft(env, out);
    settle(env, out);
}

}  // namespace odradek::kafka
