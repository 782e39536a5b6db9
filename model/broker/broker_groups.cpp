// What a broker is made of for groups: their coordinator, and its partitions of __consumer_offsets.
// Source: kafka.server.KafkaApis (handleFindCoordinatorRequest and the like),
// BrokerMetadataPublisher.updateCoordinator.
#include <optional>

#include "model/broker/broker.h"
#include "model/broker/broker_logs.h"
#include "model/coordinator/internal_topic.h"

namespace odradek::kafka {

// The broker as its group coordinator sees it.
class Broker::GroupRoom final : public GroupCluster {
public:
    GroupRoom(Broker& broker, Env const& env, Out& out)
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

    std::string topic_name(TopicId id) const override
    {
        auto const topic = image().topic(id);
        return topic ? std::string(topic->name()) : std::string();
    }
    std::optional<TopicId> topic_id(std::string const& name) const override
    {
        auto const topic = image().topic(name);
        return topic ? std::optional(topic->id()) : std::nullopt;
    }
    bool has_partition(TopicPartition partition) const override
    {
        return image().partition(partition) != nullptr;
    }
    std::optional<TopicId> offsets_topic() const override
    {
        auto const topic = image().topic(consumer_offsets_topic_name);
        return topic ? std::optional(topic->id()) : std::nullopt;
    }
    std::int32_t offsets_partitions() const override
    {
        auto const topic = image().topic(consumer_offsets_topic_name);
        return topic ? topic->partition_count()
                     : broker_.config_.broker.offsets_topic_num_partitions;
    }

private:
    MetadataImage const& image() const { return broker_.image_; }

    Broker& broker_;
    Env const& env_;
    Out& out_;
    BrokerLogs logs_;

public:
    GroupContext at;
};

bool Broker::on_group_request(Env const& env, RequestId request, Message const& message, Out& out)
{
    GroupRoom room(*this, env, out);
    return groups_.on_request(room.at, request, message);
}

CreateTopicsRequest Broker::offsets_topic() const
{
    BrokerConfig const& config = config_.broker;
    CreateTopicsRequest create;
    create.name = consumer_offsets_topic_name;
    create.partitions = config.offsets_topic_num_partitions;
    create.replication_factor = static_cast<std::int16_t>(config.offsets_topic_replication_factor);
    create.configs = {{"cleanup.policy", "compact"},
                      {"compression.type", "producer"},
                      {"segment.bytes", std::to_string(config.offsets_topic_segment_bytes)}};
    return create;
}

// Partitions of __consumer_offsets may be led by somebody else than before.
void Broker::publish_group_coordinators(Env const& env, std::vector<TopicPartition> const& changed,
                                        Out& out)
{
    auto const topic = image_.topic(consumer_offsets_topic_name);
    if (!topic)
        return;
    GroupRoom room(*this, env, out);
    for (TopicPartition const id : changed) {
        if (id.topic != topic->id())
            continue;
        std::optional<Epoch> const epoch = led_in(id);
        switch (groups_.shards().change(id.partition, epoch)) {
        case CoordinatorShards<GroupShard>::Change::none:
            break;
        case CoordinatorShards<GroupShard>::Change::elected:
            groups_.on_election(room.at, id.partition, *epoch);
            break;
        case CoordinatorShards<GroupShard>::Change::resigned:
            groups_.on_resignation(room.at, id.partition);
            break;
        }
    }
}

void Broker::forget_offsets_of(Env const& env, std::vector<std::string> const& topics, Out& out)
{
    GroupRoom room(*this, env, out);
    for (std::string const& topic : topics)
        groups_.on_topic_deleted(room.at, topic);
}

void Broker::on_group_timer(Env const& env, Timer which, Out& out)
{
    GroupRoom room(*this, env, out);
    groups_.on_timer(room.at, which);
}

void Broker::on_group_appended(Env const& env, AppendResult const& result, Out& out)
{
    GroupRoom room(*this, env, out);
    groups_.on_appended(room.at, result.ticket, result.error);
}

// GroupCoordinatorService.completeTransaction: what a transaction committed of offsets counts now.
void Broker::on_marker_written(Env const& env, MarkerWritten const& marker, Out& out)
{
    if (!groups_.coordinates_anything())
        return;
    auto const topic = image_.topic(consumer_offsets_topic_name);
    if (!topic || topic->id() != marker.partition.topic)
        return;
    GroupRoom room(*this, env, out);
    groups_.on_marker(room.at, marker.partition.partition, marker.producer, marker.committed);
}

}  // namespace odradek::kafka
