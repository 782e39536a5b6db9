// The follower side of replication: for each broker that leads partitions we follow, one connection
// with one request under way, in a fetch session (KIP-227): it names the partitions of which
// something new is asked, and an answer those of which something new is told. Partitions that
// failed back off.
//
// Like Kafka's fetcher thread, which blocks on its one request: a partition that becomes due
// meanwhile waits for the answer. Asking for offsets when out of range takes the same turn. Source:
// kafka.server.{AbstractFetcherThread, ReplicaFetcherThread, BrokerBlockingSender}; KIP-227,
// KIP-320, KIP-595.
#pragma once

#include <cstdint>
#include <vector>

#include "model/messages/fetch.h"
#include "model/messages/list_offsets.h"
#include "model/messages/offsets_for_leader_epoch.h"
#include "model/network/fetch_session_handler.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/replica/partition_table.h"

namespace odradek::kafka {

class ReplicaFetchers {
public:
    explicit ReplicaFetchers(BrokerConfig const& config);

    // Metadata changed in these slots: drops what is not followed any more, takes on what is,
    // closes connections to brokers that lead nothing of ours. Costs what changed.
    void update(ReplicaContext const& at, PartitionTable& partitions,
                std::vector<std::uint32_t> const& slots);
    // A leader that nobody knew where to find may be known now.
    void on_brokers_changed(ReplicaContext const& at, PartitionTable& partitions);

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
    // The leader keeps our fetch instead of answering it emptily again and again (sim/network.h).
    void on_parked(ReplicaContext const& at, PartitionTable& partitions, Peer peer,
                   std::int32_t correlation);
    void on_unparked(ReplicaContext const& at, Peer peer, sim::ParkedRound const& round);
    void on_epochs_response(ReplicaContext const& at, PartitionTable& partitions, Peer peer,
                            std::int32_t correlation, OffsetsForLeaderEpochResponse const& response,
                            std::vector<std::uint32_t>& changed);
    void on_client_timer(ReplicaContext const& at, PartitionTable& partitions);  // network_client
    // replica_fetch; index: the leader's broker id. A backoff is over.
    void on_timer(ReplicaContext const& at, PartitionTable& partitions, BrokerId leader);

    // Brokers fetched from, ascending.
    std::vector<BrokerId> leaders() const;

private:
    static constexpr std::uint32_t none = 0xffffffff;

    enum class Turn : std::uint8_t { idle, fetching, asking_end, asking_start, asking_epochs };
    // A partition that we follow.
    struct Part {
        TopicPartition id;
        std::uint32_t slot{none};  // none: the place is free.
        std::uint64_t turn{0};     // Its place in a request that names all.
        bool news{false};          // Listed in Fetcher::news.
        bool delayed{false};       // Listed in Fetcher::delayed.
    };
    struct Fetcher {
        BrokerId leader{no_broker};  // none: the place is free.
        NodeId node;
        Turn turn{Turn::idle};
        FetchSessionHandler session;
        std::vector<Part> parts;
        std::vector<std::uint32_t> free;
        std::size_t size{0};
        std::uint64_t turns{0};
        std::vector<std::uint32_t> news;  // Parts of which the next request may say something new.
        std::vector<std::uint32_t> delayed;        // Parts that back off.
        std::vector<TopicPartition> gone;          // To be forgotten by the session.
        std::vector<FetchPartition> out_of_range;  // Their turn comes before the next fetch.
        std::vector<OffsetForLeaderPartition> asked_epochs;
        Instant armed{Instant::never()};
    };
    // Where the partition of a slot is.
    struct Place {
        std::uint32_t fetcher{none};
        std::uint32_t part{0};
    };
    Fetcher* find(BrokerId leader);
    Fetcher* find(NodeId node);
    std::uint32_t fetcher_for(BrokerId leader, NodeId node);
    void add(std::uint32_t slot, TopicPartition id, std::uint32_t fetcher);
    void drop(std::uint32_t slot);
    void has_news(Fetcher& fetcher, std::uint32_t part);
    void has_news(std::uint32_t slot);
    // Those whose backoff is over have news; when the next one's is.
    Instant end_delays(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    void arm(ReplicaContext const& at, Fetcher& fetcher, Instant when);
    void place(ReplicaContext const& at, PartitionTable& partitions, std::uint32_t slot);
    void finish_update(ReplicaContext const& at, PartitionTable& partitions);
    void next(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    void fetch(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    static FetchRequest begin_fetch(ReplicaContext const& at, Fetcher& fetcher);
    void unpark_for_news(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    void unpark(ReplicaContext const& at, Fetcher const& fetcher);
    // replica_fetcher_epochs.cpp: for the partitions that must truncate before they may fetch.
    void ask_epochs(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher);
    void on_epoch_answer(ReplicaContext const& at, PartitionTable& partitions, Fetcher& fetcher,
                         OffsetForLeaderPartition const& asked, EpochEndOffset const& answer,
                         std::vector<std::uint32_t>& changed);
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
                  std::uint32_t slot, FetchPartition const& asked, Error error);
    void delay(ReplicaContext const& at, Partition& partition, std::uint32_t slot);
    static bool is_ready(ReplicaContext const& at, TopicPartition partition,
                         FollowerRole const& role);
    // Until a backoff is over, or a quota has room again.
    void hold_back(Fetcher& fetcher, std::uint32_t part);
    void hold_back_throttled(ReplicaContext const& at, PartitionTable& partitions,
                             Fetcher& fetcher);
    static bool is_throttled(ReplicaContext const& at, TopicPartition partition,
                             FollowerRole const& role);

    NetworkClient client_;
    std::vector<Fetcher> fetchers_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> by_leader_;  // Places, in the order of the leaders' ids.
    std::vector<std::uint32_t> by_node_;    // By node: the place.
    std::vector<Place> places_;             // By slot.
    std::vector<std::uint32_t> unplaced_;   // Slots whose leader nobody knows where to find.
    std::vector<std::uint32_t> touched_;    // Fetchers with something to do, in an update.
};

}  // namespace odradek::kafka
