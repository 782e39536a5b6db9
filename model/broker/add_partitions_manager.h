// Asks transaction coordinators, for the leaders on this broker, whether partitions are part of a
// transaction, or to add them: one request per coordinator under way, transactions that come
// meanwhile go with the next. Source: kafka.server.AddPartitionsToTxnManager; KIP-890.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/messages/add_partitions_to_txn.h"
#include "model/network/network_client.h"
#include "model/out.h"

namespace odradek::kafka {

class AddPartitionsManager {
public:
    explicit AddPartitionsManager(Duration request_timeout);

    // What came of the question with that number.
    struct Answer {
        std::uint64_t number{0};
        std::vector<AddedPartition> partitions;
    };
    // `coordinator`: nobody is known to be it.
    void ask(Env const& env, std::uint64_t number, AddPartitionsToTxnTransaction asked,
             std::optional<NodeId> coordinator, Out& out);
    bool any_answers() const { return !answers_.empty(); }
    std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }

    bool owns(Peer peer) const { return network_.owns(peer); }
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation,
                     AddPartitionsToTxnResponse const& response, Out& out);
    // Timer network_client with index Channel::add_partitions.
    void on_client_timer(Env const& env, Out& out);

private:
    struct Question {
        std::uint64_t number{0};
        AddPartitionsToTxnTransaction asked;
    };
    void answer(Question const& question, Error error);
    void send(Env const& env, NodeId node, Out& out);
    void on_lost(NetworkClient::Lost const& lost);

    NetworkClient network_;
    std::map<NodeId, std::vector<Question>> queues_;
    std::map<NodeId, std::vector<Question>> under_way_;
    std::vector<Answer> answers_;
};

}  // namespace odradek::kafka
