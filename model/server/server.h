// One process of a cluster: a controller, a broker, or both in one (combined mode), over one copy
// of the metadata log that they share. Composes them and routes each input; it decides nothing
// itself. Source: KafkaRaftServer, SharedServer, ControllerServer, BrokerServer.
#pragma once

#include <optional>
#include <variant>

#include "model/broker/broker.h"
#include "model/controller/controller.h"
#include "model/out.h"
#include "model/server/metadata_follower.h"
#include "model/server/metadata_loader.h"
#include "model/server/quorum_of_one.h"

namespace odradek::kafka {

class Server {
public:
    // A controller, the only voter of its quorum.
    Server(QuorumOfOne quorum, Controller controller);
    // A broker, which follows that quorum.
    Server(MetadataFollower follower, NodeId leader, Broker broker);

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

private:
    // Carries between the log and who uses it until nothing is left to tell: what was decided into
    // the log, what is committed out of it.
    void settle(Env const& env, Out& out);

    std::variant<QuorumOfOne, MetadataFollower> log_;
    NodeId leader_;
    MetadataLoader loader_;
    std::optional<Controller> controller_;
    std::optional<Broker> broker_;
};

}  // namespace odradek::kafka
