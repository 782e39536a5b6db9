// Producer ids of one broker: a block of 1,000 from the controller, the next one asked for when 90
// % are gone. Who asks while there is none is told to try again. Source: RPCProducerIdManager;
// KIP-730, KAFKA-15459.
#pragma once

#include <cstdint>
#include <optional>

#include "model/messages/init_producer_id.h"
#include "model/network/controller_channel.h"
#include "model/out.h"

namespace odradek::kafka {

class ProducerIds {
public:
    explicit ProducerIds(BrokerId broker);

    // Who leads the metadata quorum as far as this broker knows.
    void set_controller(Env const& env, std::optional<NodeId> controller, Out& out);

    void on_init_producer_id(Env const& env, RequestId request, BrokerEpoch broker_epoch, Out& out);

    // For the transaction coordinator; nothing while there is none, and then one is asked for.
    std::optional<ProducerId> generate(Env const& env, BrokerEpoch broker_epoch, Out& out);

    bool owns(Peer peer) const { return channel_.owns(peer); }
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    // Timer network_client with index Channel::producer_ids.
    void on_timer(Env const& env, Out& out);

private:
    struct Block {
        ProducerId next{0};
        std::int64_t left{0};
        std::int64_t size{0};
    };
    std::optional<ProducerId> take(BrokerEpoch broker_epoch, Out& out);
    void ask(Env const& env, Out& out);

    BrokerId broker_;
    ControllerChannel channel_;
    Block block_;
    std::optional<Block> next_;
    BrokerEpoch broker_epoch_{no_broker_epoch};
    bool wanted_{false};  // A block is needed and not there.
};

}  // namespace odradek::kafka
