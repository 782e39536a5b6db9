// Tells the controller in which log directory each replica of this broker is (KIP-858): what is
// waiting goes in one request at a time, what failed goes again. Source:
// org.apache.kafka.server.AssignmentsManager.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "model/messages/assign_replicas_to_dirs.h"
#include "model/metadata/image.h"
#include "model/network/controller_channel.h"
#include "model/out.h"

namespace odradek::kafka {

class DirectoryAssignments {
public:
    explicit DirectoryAssignments(BrokerId broker);

    void set_controller(Env const& env, std::optional<NodeId> controller,
                        MetadataImage const& image, Out& out);
    // The replica is in that directory, and the metadata says otherwise. A later call for the same
    // replica replaces an earlier one.
    void assign(TopicPartition partition, DirectoryId directory);
    // Sends what is waiting if nothing is under way; call it when something was assigned. `image`
    // tells which assignments still make sense, and this broker's epoch.
    void send(Env const& env, MetadataImage const& image, Out& out);

    bool owns(Peer peer) const { return channel_.owns(peer); }
    void on_connected(Env const& env, Peer peer, MetadataImage const& image, Out& out);
    void on_disconnected(Env const& env, Peer peer, MetadataImage const& image, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     MetadataImage const& image, Out& out);
    // Timers assign_replicas, and network_client with index Channel::directories.
    void on_timer(Env const& env, Timer timer, MetadataImage const& image, Out& out);

    std::size_t waiting() const { return ready_.size() + in_flight_.size(); }

private:
    void failed(Env const& env, char const* why, Out& out);
    void put_back(TopicPartition partition, DirectoryId directory);

    BrokerId broker_;
    ControllerChannel channel_;
    std::map<TopicPartition, DirectoryId> ready_;
    std::vector<AssignedReplica> in_flight_;
    int failures_{0};     // Of whole requests, in a row.
    bool paused_{false};  // Waits before it tries again.
};

}  // namespace odradek::kafka
