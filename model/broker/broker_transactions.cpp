// What a broker is made of for transactions: its coordinator, who asks coordinators of other
// brokers, and the ways between them and the replica manager. Source: kafka.server.KafkaApis
// (handleFindCoordinatorRequest and the like), BrokerMetadataPublisher.updateCoordinator.
#include "model/broker/broker.h"
#include "model/broker/broker_logs.h"
#include "model/broker/image_leaders.h"
#include "model/coordinator/internal_topic.h"

namespace odradek::kafka {

// The broker as its transaction coordinator sees it.
class Broker::TransactionRoom final : public TransactionCluster {
public:
    TransactionRoom(Broker& broker, Env const& env, Out& out)
        : broker_(broker),
          env_(env),
          out_(out),
          logs_(broker.replicas_, broker.image_, env, out),
          at{broker.config_.id,
             broker.config_.broker,
             broker.config_.switches,
             *this,
             logs_,
             env,
             out}
    {
    }

    Leader leader_of(TopicPartition partition) const override
    {
        PartitionRegistration const* const registration = image().partition(partition);
        if (registration == nullptr)
            return {};
        BrokerRegistration const* const leader = image().broker(registration->leader);
        if (leader == nullptr || leader->fenced)
            return {true, std::nullopt};
        return {true, leader->node};
    }
    std::string topic_name(TopicId id) const override
    {
        auto const topic = image().topic(id);
        return topic ? std::string(topic->name()) : std::string();
    }
    TransactionVersion version() const override
    {
        return static_cast<TransactionVersion>(image().feature(transaction_version_feature));
    }
    std::optional<TopicId> state_topic() const override
    {
        auto const topic = image().topic(transaction_state_topic_name);
        return topic ? std::optional(topic->id()) : std::nullopt;
    }
    std::int32_t state_partitions() const override
    {
        auto const topic = image().topic(transaction_state_topic_name);
        return topic ? topic->partition_count()
                     : broker_.config_.broker.transaction_state_log_num_partitions;
    }
    std::optional<TopicPartition> offsets_partition(std::string_view group) const override
    {
        auto const topic = image().topic(consumer_offsets_topic_name);
        if (!topic)
            return std::nullopt;
        return TopicPartition{topic->id(), internal_partition_of(group, topic->partition_count())};
    }
    std::optional<ProducerId> next_producer_id() override
    {
        return broker_.producer_ids_.generate(env_, broker_.lifecycle_.broker_epoch(), out_);
    }

private:
    MetadataImage const& image() const { return broker_.image_; }

    Broker& broker_;
    Env const& env_;
    Out& out_;
    BrokerLogs logs_;

public:
    TransactionContext at;
};

bool Broker::on_transaction_request(Env const& env, RequestId request, Message const& message,
                                    Out& out)
{
    if (auto const* find = std::get_if<FindCoordinatorRequest>(&message)) {
        find_coordinator(env, request, *find, out);
        return true;
    }
    TransactionRoom room(*this, env, out);
    if (auto const* init = std::get_if<InitProducerIdRequest>(&message))
        transactions_.on_init_producer_id(room.at, request, init->transactional.value);
    else if (auto const* add = std::get_if<AddPartitionsToTxnRequest>(&message))
        transactions_.on_add_partitions(room.at, request, *add);
    else if (auto const* offsets = std::get_if<AddOffsetsToTxnRequest>(&message))
        transactions_.on_add_offsets(room.at, request, *offsets);
    else if (auto const* end = std::get_if<EndTxnRequest>(&message))
        transactions_.on_end_txn(room.at, request, *end);
    else if (auto const* markers = std::get_if<WriteTxnMarkersRequest>(&message))
        replicas_.on_write_txn_markers(env, request, *markers, ImageLeaders(image_), out);
    else
        return false;
    return true;
}

CreateTopicsRequest Broker::transaction_state_topic() const
{
    BrokerConfig const& config = config_.broker;
    CreateTopicsRequest create;
    create.name = transaction_state_topic_name;
    create.partitions = config.transaction_state_log_num_partitions;
    create.replication_factor =
        static_cast<std::int16_t>(config.transaction_state_log_replication_factor);
    create.configs = {
        {"unclean.leader.election.enable", "false"},
        {"compression.type", "uncompressed"},
        {"cleanup.policy", "compact"},
        {"min.insync.replicas", std::to_string(config.transaction_state_log_min_isr)},
        {"segment.bytes", std::to_string(config.transaction_state_log_segment_bytes)}};
    return create;
}

void Broker::find_coordinator(Env const& env, RequestId request,
                              FindCoordinatorRequest const& message, Out& out)
{
    bool const transaction = message.type == CoordinatorType::transaction;
    std::string_view const name =
        transaction ? transaction_state_topic_name : consumer_offsets_topic_name;
    auto const topic = image_.topic(name);
    FindCoordinatorResponse response;
    response.error = Error::coordinator_not_available;
    if (!topic) {
        auto_topics_.create(env, transaction ? transaction_state_topic() : offsets_topic(), out);
    } else {
        PartitionRegistration const& partition =
            topic->partition(internal_partition_of(message.key, topic->partition_count()));
        BrokerRegistration const* const leader = image_.broker(partition.leader);
        if (leader != nullptr && !leader->fenced)
            response = {Error::none, leader->id, leader->node};
    }
    out.reply(request, std::move(response));
}

// The epoch in which this broker leads the partition; nothing when it does not.
std::optional<Epoch> Broker::led_in(TopicPartition partition) const
{
    PartitionRegistration const* const registration = image_.partition(partition);
    return registration != nullptr && registration->leader == config_.id
               ? std::optional(registration->leader_epoch)
               : std::nullopt;
}

void Broker::publish_coordinators(Env const& env, std::vector<TopicPartition> const& changed,
                                  Out& out)
{
    TransactionRoom room(*this, env, out);
    auto const topic = image_.topic(transaction_state_topic_name);
    if (topic)
        for (TopicPartition const id : changed) {
            if (id.topic != topic->id())
                continue;
            std::optional<Epoch> const epoch = led_in(id);
            switch (transactions_.shards().change(id.partition, epoch)) {
            case CoordinatorShards<TransactionShard>::Change::none:
                break;
            case CoordinatorShards<TransactionShard>::Change::elected:
                transactions_.on_election(room.at, id.partition, *epoch);
                break;
            case CoordinatorShards<TransactionShard>::Change::resigned:
                transactions_.on_resignation(id.partition);
                break;
            }
        }
    transactions_.on_metadata(room.at);
    publish_group_coordinators(env, changed, out);
}

void Broker::on_transaction_peer(Env const& env, Peer peer, PeerEvent event, Out& out)
{
    TransactionRoom room(*this, env, out);
    if (event == PeerEvent::connected)
        transactions_.on_connected(room.at, peer);
    else
        transactions_.on_disconnected(room.at, peer);
}

void Broker::on_transaction_response(Env const& env, Peer peer, std::int32_t correlation,
                                     Message const& message, Out& out)
{
    TransactionRoom room(*this, env, out);
    transactions_.on_response(room.at, peer, correlation, message);
}

void Broker::on_transaction_timer(Env const& env, Timer which, Out& out)
{
    TransactionRoom room(*this, env, out);
    transactions_.on_timer(room.at, which);
}

void Broker::settle(Env const& env, Out& out)
{
    while (replicas_.any_appended() || replicas_.any_markers() || replicas_.any_verifications() ||
           add_partitions_.any_answers()) {
        TransactionRoom room(*this, env, out);
        for (AppendResult const& result : replicas_.take_appended())
            if (GroupCoordinator::owns_ticket(result.ticket))
                on_group_appended(env, result, out);
            else
                transactions_.on_appended(room.at, result.ticket, result.error);
        for (MarkerWritten const& marker : replicas_.take_markers())
            on_marker_written(env, marker, out);
        for (VerificationWish& wish : replicas_.take_verifications()) {
            std::optional<NodeId> coordinator;
            if (auto const topic = room.state_topic())
                coordinator =
                    room.leader_of({*topic, internal_partition_of(wish.asked.transactional_id,
                                                                  room.state_partitions())})
                        .node;
            add_partitions_.ask(env, wish.number, std::move(wish.asked), coordinator, out);
        }
        for (AddPartitionsManager::Answer const& answer : add_partitions_.take_answers())
            replicas_.on_verified(env, answer.number, answer.partitions, ImageLeaders(image_), out);
    }
}

}  // namespace odradek::kafka
