// The markers of transactions that have ended: sent to the leaders of their partitions, one request
// per broker under way, and again until each has answered; to wherever the partition is led by
// then. What has no leader waits. Source: kafka.coordinator.transaction.
// {TransactionMarkerChannelManager, TransactionMarkerRequestCompletionHandler}.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/messages/write_txn_markers.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/transaction/transaction_cluster.h"

namespace odradek::kafka {

class TransactionMarkers {
public:
    explicit TransactionMarkers(Duration request_timeout);

    // A transaction whose end is written. `marker.partitions`: all it has.
    void add(TransactionContext const& at, std::string const& transactional_id,
             std::int32_t state_partition, TxnMarker marker);
    // Its broker coordinates that partition no more: what is under way for it is nobody's business.
    void forget(std::int32_t state_partition);
    // Leaders are known that were not, or a while has passed.
    void retry_unknown(TransactionContext const& at);
    bool any_unknown() const { return !unknown_.empty(); }
    // Transactions of which every partition has its marker, with the coordinator epoch, since last
    // asked.
    std::vector<std::pair<std::string, std::int32_t>> take_completed()
    {
        return std::exchange(completed_, {});
    }
    bool any_completed() const { return !completed_.empty(); }

    bool owns(Peer peer) const { return network_.owns(peer); }
    void on_connected(TransactionContext const& at, Peer peer);
    void on_disconnected(TransactionContext const& at, Peer peer);
    void on_response(TransactionContext const& at, Peer peer, std::int32_t correlation,
                     WriteTxnMarkersResponse const& response);
    // Timer network_client with index Channel::txn_markers.
    void on_client_timer(TransactionContext const& at);


private:
    // A transaction whose partitions have not all answered.
    struct Pending {
        std::int32_t state_partition{0};
        std::int32_t coordinator_epoch{0};
        std::vector<TopicPartition> remaining;
    };
    struct Queued {
        std::string transactional_id;
        TxnMarker marker;
    };
    Pending* find(Queued const& queued);
    void enqueue(TransactionContext const& at, Queued queued);
    void send(TransactionContext const& at);
    void again(TransactionContext const& at, std::vector<Queued> markers);
    void answered(std::string const& transactional_id, TopicPartition partition);
    void maybe_complete(std::string const& transactional_id);
    void on_lost(TransactionContext const& at, NetworkClient::Lost const& lost);

    NetworkClient network_;
    std::map<std::string, Pending> pending_;
    std::map<NodeId, std::vector<Queued>> queues_;     // By destination.
    std::map<NodeId, std::vector<Queued>> under_way_;  // One request a destination.
    std::vector<Queued> unknown_;                      // No leader is known.
    std::vector<std::pair<std::string, std::int32_t>> completed_;
};

}  // namespace odradek::kafka
