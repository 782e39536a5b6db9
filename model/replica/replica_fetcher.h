// The follower side of replication: for each broker that leads partitions we follow, one connection
// with one request under way. Fetches all partitions that are not held back; backs off those that
// failed.
//
// Like Kafka's fetcher thread, which blocks on its one request: a partition that becomes due
// meanwhile waits for the answer. Asking for offsets when out of range takes the same turn. Source:
// kafka.server.{AbstractFetcherThread, ReplicaFetcherThread, BrokerBlockingSender}; KIP-320,
// KIP-595.
#pragma once

#include <cstdint>
#include <vector>

#include "model/messages/fetch.h"
#include "model/messages/list_offsets.h"
#include "model/messages/offsets_for_leader_epoch.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/replica/partition_table.h"

namespace odradek::kafka {

class ReplicaFetchers {
public:
    explicit ReplicaFetchers(BrokerConfig const& config);

    // Metadata changed: drops what is not followed any more, takes on what is, closes connections
    // to brokers that lead nothing of ours. Costs what is fetched in all; call it once a delta.
    void update(ReplicaContext const& at, PartitionTable& partitions);

    bool owns(Peer peer) const { return client_.owns(peer); }
    void on_connected(ReplicaContext const& at, PartitionTable& partitions, Peer peer);
    void on_disconnected(ReplicaContext const& at, PartitionTable& partitions, Peer peer);
    // Slots of partitions whose log or high watermark changed are appended to `changed`.
    void on_fetch_response(ReplicaContext const& at, PartitionTable& partitions, Peer peer,
                           std::int32_t correlation, FetchResponse const& response,
                           std::vector<std::uint32_t>& changed);
    void on_list_offsets_response(ReplicaContext const& at, PartitionTable& partitions, Peer peer,
                                  std::int32_t correlation, ListOffsetsResponse const& response,
                                  std::vector<std::uint32_t>& changed);
    void on_epochs_response(ReplicaContext const& at, PartitionTable& partitions, Peer peer,
                            std::int32_t correlation, OffsetsForLeaderEpochResponse const& response,
                            std::vector<std::uint32_t>& changed);
    void on_client_timer(ReplicaContext const& at, PartitionTable& partitions);  // network_client
    // replica_fetch; index: the leader's broker id. A backoff is over.
    void on_timer(ReplicaContext const& at, PartitionTable& partitions, BrokerId leader);

    // Brokers fetched from, ascending.
    std::vector<BrokerId> leaders() const;

private:
    enum class Turn : std::uint8_t { idle, fetching, asking_end, asking_start, asking_epochs };
    struct Fetcher {
        BrokerId leader;
        NodeId node;
        Turn turn{Turn::idle};
        std::vector<TopicPartition> partitions;    // In the order of asking.
        std::vector<FetchPartition> asked;         // Of the request under way.
        std::vector<FetchPartition> out_of_range;  // Their turn comes before the next fetch.
        std::vector<OffsetForLeaderPartition> asked_epochs;
        Instant armed{Instant::never()};
    };
    Fetcher* find(BrokerId leader);
    Fetcher* find(NodeId node);
    void next(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    void fetch(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    // replica_fetcher_epochs.cpp: for the partitions that must truncate before they may fetch.
    void ask_epochs(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    void on_epoch_answer(ReplicaContext const& at, PartitionTable& partitions,
                         Fetcher const& fetcher, OffsetForLeaderPartition const& asked,
                         EpochEndOffset const& answer, std::vector<std::uint32_t>& changed);
    bool ask_offset(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher,
                    std::int64_t timestamp);
    void lost(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    // Is the answer about the partition as it is now (KAFKA-7786, KAFKA-13207)? Null if not.
    Partition* still_asked(PartitionTable& partitions, Fetcher const& fetcher,
                           FetchPartition const& asked) const;
    // The same for what is told of divergence: before KAFKA-13207 any answer was obeyed.
    Partition* to_be_cut(ReplicaContext const& at, PartitionTable& partitions,
                         Fetcher const& fetcher, FetchPartition const& asked) const;
    void on_error(ReplicaContext const& at, Fetcher& fetcher, Partition& partition,
                  FetchPartition const& asked, Error error);
    void delay(ReplicaContext const& at, Partition& partition) const;
    static bool is_throttled(ReplicaContext const& at, TopicPartition partition,
                             FollowerRole const& role);

    NetworkClient client_;
    std::vector<Fetcher> fetchers_;  // By leader.
};

}  // namespace odradek::kafka
