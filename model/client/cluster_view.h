// What a client knows of the cluster: brokers and their addresses, topics, and who leads each
// partition in which epoch. Never goes back to an older leader epoch (KIP-320); learns new leaders
// from error responses too (KIP-951). Source: org.apache.kafka.clients.Metadata, MetadataSnapshot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/messages/metadata.h"
#include "model/messages/produce.h"
#include "model/types.h"

namespace odradek::kafka {

using sim::NodeId;

class ClusterView {
public:
    struct Partition {
        BrokerId leader{no_broker};    // None: nobody leads, or it is not known who.
        Epoch leader_epoch{no_epoch};  // The newest seen.

        bool operator==(Partition const&) const = default;
    };
    struct Topic {
        std::string name;
        TopicId id;
        std::vector<Partition>
            partitions;  // Index is the partition. Empty: the topic is not known.

        bool operator==(Topic const&) const = default;
    };
    // What an answer brought.
    struct Update {
        bool progress{false};    // Something newer than what was known: no reason to back off.
        bool incomplete{false};  // A topic or partition had an error that another answer may mend.
    };

    ClusterView() = default;
    // The view of a client that has been told addresses only.
    explicit ClusterView(std::vector<NodeId> bootstrap) : nodes_(std::move(bootstrap)) {}

    Update update(MetadataResponse const& response);
    // KIP-951: true when the hint was newer than what is known, and its broker known.
    bool update_leader(TopicPartition partition, LeaderHint hint);
    // Back to the addresses of the configuration (KIP-1102); leaders and epochs stay known.
    void rebootstrap(std::vector<NodeId> const& bootstrap);

    // Who can be asked for metadata: the brokers of the last answer, at first the bootstrap
    // addresses.
    std::vector<NodeId> const& nodes() const { return nodes_; }
    // The address of a broker, until the next update; null when it is not known.
    NodeId const* node_of(BrokerId broker) const;
    BrokerId broker_at(NodeId node) const;  // None when it is not known to be a broker.
    std::vector<Topic> const& topics() const { return topics_; }
    Topic const* topic(std::string_view name) const;
    Topic const* topic(TopicId id) const;
    // No leader and no epoch when it is not known.
    Partition partition(TopicPartition partition) const;
    // The address of the leader, until the next update; null when there is no leader or its address
    // is not known.
    NodeId const* leader_node(TopicPartition partition) const;

private:
    std::vector<MetadataBroker> brokers_;  // By broker id, ascending.
    std::vector<NodeId> nodes_;
    std::vector<Topic> topics_;  // In the order first heard of.
};

}  // namespace odradek::kafka
