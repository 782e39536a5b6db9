// Has the controller create an internal topic that somebody needs and that is not there; once at a
// time. Whoever needs it asks again until the metadata has it. Source:
// kafka.server.DefaultAutoTopicCreationManager.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "model/messages/create_topics.h"
#include "model/network/controller_channel.h"
#include "model/out.h"

namespace odradek::kafka {

class AutoTopics {
public:
    explicit AutoTopics(Duration request_timeout);

    void set_controller(Env const& env, std::optional<NodeId> controller, Out& out);
    void create(Env const& env, CreateTopicsRequest request, Out& out);

    bool owns(Peer peer) const { return channel_.owns(peer); }
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    // Timer network_client with index Channel::auto_topics.
    void on_timer(Env const& env, Out& out);

private:
    void send(Env const& env, Out& out);

    ControllerChannel channel_;
    std::deque<CreateTopicsRequest> wanted_;  // The first is under way, or about to be.
};

}  // namespace odradek::kafka
