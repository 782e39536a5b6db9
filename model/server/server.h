// One process of a cluster: a controller, a broker, or both in one (combined mode), over one copy
// of the metadata log that they share. Composes them and routes each input; it decides nothing
// itself. Source: KafkaRaftServer, SharedServer, ControllerServer, BrokerServer.
#pragma once

#include <optional>
#include <vector>

#include "model/broker/broker.h"
#include "model/controller/controller.h"
#include "model/kraft/raft_client.h"
#include "model/out.h"
#include "model/server/metadata_loader.h"

namespace odradek::kafka {

class Server {
public:
    // At least one of them. Who has a controller is capable of being a voter (`raft` says so too).
    Server(RaftClient raft, std::optional<Controller> controller, std::optional<Broker> broker);

    // -- Inputs (sim/node.h) ------------------------------------------------------------------
    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                     Out& out);
    void on_timer(Env const& env, Timer timer, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    void on_shutdown(Env const& env, Out& out);

    // -- For judges, reports and tests --------------------------------------------------------
    // Null when this process has none.
    Broker const* broker() const { return broker_ ? &*broker_ : nullptr; }
    Controller const* controller() const { return controller_ ? &*controller_ : nullptr; }
    RaftClient const& raft() const { return raft_; }
    // Everything it knows to be committed.
    MetadataImage const& image() const { return loader_.image(); }

private:
    // Carries between the log and who uses it until nothing is left to tell: what was decided into
    // the log, what is committed out of it.
    void settle(Env const& env, Out& out);
    void take(Env const& env, RaftEvent const& event, Out& out);
    void publish(Env const& env, Out& out);
    void stop_raft(Env const& env, Out& out);

    RaftClient raft_;
    MetadataLoader loader_;
    std::optional<Controller> controller_;
    std::optional<Broker> broker_;
    std::optional<NodeId> leader_;  // As the broker was told.
    bool snapshot_due_{false};
    bool stopping_{false};  // Its roles are done; the quorum is being left.
    bool over_{false};
    std::vector<RaftEvent> events_;  // Room that is kept between calls.
};

}  // namespace odradek::kafka
