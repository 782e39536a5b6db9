// Takes the ISR changes that leaders of this broker propose to the controller (KIP-497): at most
// one proposal a partition, one request under way, everything queued in one request, until it is
// answered. Source: kafka.server.DefaultAlterPartitionManager.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/messages/alter_partition.h"
#include "model/network/controller_channel.h"
#include "model/out.h"
#include "model/replica/partition.h"

namespace odradek::kafka {

class AlterPartitionManager {
public:
    AlterPartitionManager();

    // Who leads the metadata quorum as far as this broker knows.
    void set_controller(ReplicaContext const& at, std::optional<NodeId> controller);
    // False when a proposal of that partition is not answered yet (OPERATION_NOT_ATTEMPTED); its
    // answer must come before another can be sent (before KAFKA-12686 the next one was taken, and
    // forgotten with the answer to the older one).
    bool submit(ReplicaContext const& at, IsrProposal const& proposal);
    // Sends what is queued if nothing is under way.
    void send(ReplicaContext const& at);

    // The controller's answer to one proposal.
    struct Answer {
        std::uint64_t number{0};
        AlterPartitionPartitionResponse response;
    };
    bool owns(Peer peer) const { return channel_.owns(peer); }
    void on_connected(ReplicaContext const& at, Peer peer);
    void on_disconnected(ReplicaContext const& at, Peer peer);
    std::vector<Answer> on_response(ReplicaContext const& at, Peer peer, std::int32_t correlation,
                                    AlterPartitionResponse const& response);
    void on_client_timer(ReplicaContext const& at);  // network_client
    void on_timer(ReplicaContext const& at);         // alter_partition: try again

    std::size_t queued() const { return queue_.size(); }
    bool in_flight() const { return asked_ != 0; }

private:
    struct Item {
        AlterPartitionPartition proposal;
        std::uint64_t number{0};
    };
    void retry(ReplicaContext const& at);

    ControllerChannel channel_;
    std::vector<Item> queue_;  // In order of submission.
    std::size_t asked_{0};     // The first so many make up the request under way; 0: there is none.
    bool paused_{false};       // After an error of the whole request, for 50 ms.
};

}  // namespace odradek::kafka
