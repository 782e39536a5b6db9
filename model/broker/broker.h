// One broker: composes its roles and routes each input to one of them. It decides nothing itself
// but the order of start and shutdown. Source: kafka.server.BrokerServer, KafkaApis,
// BrokerMetadataPublisher.
#pragma once

#include <optional>
#include <string>

#include "model/broker/add_partitions_manager.h"
#include "model/broker/auto_topics.h"
#include "model/broker/broker_lifecycle.h"
#include "model/broker/directory_assignments.h"
#include "model/broker/producer_ids.h"
#include "model/config.h"
#include "model/group/group_coordinator.h"
#include "model/metadata/image.h"
#include "model/out.h"
#include "model/replica/replica_manager.h"
#include "model/transaction/transaction_coordinator.h"

namespace odradek::kafka {

class Broker {
public:
    struct Config {
        BrokerId id;
        std::string rack;
        KafkaVersion version;
        ConfigMap server;  // server.properties: the defaults of topics.
        BrokerConfig broker;
        ProtocolSwitches switches;
    };

    explicit Broker(Config config);

    // -- What its process has heard of the metadata log.
    // -----------------------------------------------------------------------------
    // More is committed and applied: the image of it, and what is new since the last call.
    void on_metadata(Env const& env, MetadataImage const& image, MetadataDelta const& delta,
                     Out& out);
    // Who leads the metadata quorum; nobody when unknown.
    void set_controller(Env const& env, std::optional<NodeId> controller, Out& out);

    // -- Inputs (sim/node.h)
    // -----------------------------------------------------------------------------
    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                     Out& out);
    void on_parked(Env const& env, Peer peer, std::int32_t correlation, Out& out);
    void on_unparked(Env const& env, RequestId request, sim::ParkedRound const& round, Out& out);
    void on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out);
    void on_timer(Env const& env, Timer timer, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    void on_shutdown(Env const& env, Out& out);

    // All logs are closed: its process may end.
    bool stopped() const { return stopped_; }

    // -- For judges, reports and tests
    // -------------------------------------------------------------------
    BrokerId id() const { return config_.id; }
    BrokerLifecycle const& lifecycle() const { return lifecycle_; }
    MetadataImage const& image() const { return image_; }
    ReplicaManager const& replicas() const { return replicas_; }
    TransactionCoordinator const& transactions() const { return transactions_; }
    GroupCoordinator const& groups() const { return groups_; }

private:
    // Offset of the last record applied; -1 when there is none.
    Offset last_applied() const { return image_.end_offset() - 1; }
    void proceed(Env const& env, BrokerLifecycle::Progress const& progress, Out& out);
    void maybe_publish_first(Env const& env, Out& out);
    void publish(Env const& env, MetadataDelta const& delta, Out& out);
    void publish_brokers(Env const& env, Out& out);
    PartitionState state_of(TopicPartition partition, PartitionRegistration const& registration,
                            TopicView const& topic, TopicConfig const& config) const;
    TopicConfig topic_config(TopicView const& topic) const;
    // Flushes and closes everything; then the process ends.
    void stop(Env const& env, Out& out);
    void exit_when_closed(Env const& env, Out& out);
    // What failed is told to the controller; without a directory, or without the one of the
    // metadata log, the process halts.
    void look_at_directories(Env const& env, Out& out);
    void send_assignments(Env const& env, Out& out);
    ConfigMap server_config() const;
    void apply_broker_config(Env const& env, Out& out);
    void apply_throttles(TopicView const& topic);
    // -- Transactions (broker_transactions.cpp)
    bool on_transaction_request(Env const& env, RequestId request, Message const& message,
                                Out& out);
    void find_coordinator(Env const& env, RequestId request, FindCoordinatorRequest const& message,
                          Out& out);
    CreateTopicsRequest transaction_state_topic() const;
    // Partitions of __transaction_state are led by somebody else than before.
    std::optional<Epoch> led_in(TopicPartition partition) const;
    void publish_coordinators(Env const& env, std::vector<TopicPartition> const& changed, Out& out);
    // Carries to and fro what the replica manager, the coordinator and its askers want of one
    // another, until nobody wants anything.
    void settle(Env const& env, Out& out);
    enum class PeerEvent : std::uint8_t { connected, disconnected };
    void on_transaction_peer(Env const& env, Peer peer, PeerEvent event, Out& out);
    void on_transaction_response(Env const& env, Peer peer, std::int32_t correlation,
                                 Message const& message, Out& out);
    void on_transaction_timer(Env const& env, Timer which, Out& out);
    class TransactionRoom;
    friend class TransactionRoom;
    // -- Groups (broker_groups.cpp)
    bool on_group_request(Env const& env, RequestId request, Message const& message, Out& out);
    CreateTopicsRequest offsets_topic() const;
    void publish_group_coordinators(Env const& env, std::vector<TopicPartition> const& changed,
                                    Out& out);
    void forget_offsets_of(Env const& env, std::vector<std::string> const& topics, Out& out);
    void on_group_timer(Env const& env, Timer which, Out& out);
    void on_group_appended(Env const& env, AppendResult const& result, Out& out);
    void on_marker_written(Env const& env, MarkerWritten const& marker, Out& out);
    class GroupRoom;
    friend class GroupRoom;

    Config config_;
    BrokerLifecycle lifecycle_;
    MetadataImage image_;
    ReplicaManager replicas_;
    ProducerIds producer_ids_;
    DirectoryAssignments assignments_;
    TransactionCoordinator transactions_;
    AddPartitionsManager add_partitions_;
    GroupCoordinator groups_;
    AutoTopics auto_topics_;
    ConfigMap server_;      // config_.server with the dynamic configuration over it.
    bool stopping_{false};  // Waits for its last flushes.
    bool stopped_{false};
    bool caught_up_{false};
    bool published_{false};  // Has caught up with the metadata log once: serves requests.
};

}  // namespace odradek::kafka
