#include "model/broker/broker.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/broker/metadata_requests.h"
#include "model/messages/any.h"

namespace odradek::kafka {

namespace {

constexpr char const* clean_shutdown_path = ".kafka_cleanshutdown";

// Who leads what, from the broker's own metadata.
class ImageLeaders final : public Leaders {
public:
    explicit ImageLeaders(MetadataImage const& image) : image_(image) {}
    std::optional<LeaderHint> leader_of(TopicPartition partition) const override
    {
        PartitionRegistration const* registration = image_.partition(partition);
        if (registration == nullptr)
            return std::nullopt;
        return LeaderHint{registration->leader, registration->leader_epoch};
    }

private:
    MetadataImage const& image_;
};

BrokerEntry entry_of(BrokerRegistration const& broker)
{
    return {broker.id, broker.node, broker.epoch, broker.fenced, broker.in_controlled_shutdown};
}

BrokerLifecycle::Config lifecycle_config(Broker::Config const& config)
{
    BrokerLifecycle::Config lifecycle;
    lifecycle.broker = config.id;
    lifecycle.rack = config.rack;
    lifecycle.heartbeat_interval = config.broker.broker_heartbeat_interval;
    lifecycle.session_timeout = config.broker.broker_session_timeout;
    return lifecycle;
}

}  // namespace

std::string CleanShutdownFile::text() const
{
    return fmt::format("{{\"version\":0,\"brokerEpoch\":{}}}", broker_epoch.value);
}

Broker::Broker(Config config)
    : config_(std::move(config)),
      lifecycle_(lifecycle_config(config_)),
      replicas_(config_.id, config_.broker, config_.switches),
      producer_ids_(config_.id)
{
}

// Order as in BrokerServer.startup: logs are opened, the broker registers and catches up with the
// metadata log, then it takes up its replicas, asks to be unfenced and opens its ports.
void Broker::on_start(Env const& env, Out& out)
{
    sim::FileId const file = env.open(clean_shutdown_path);
    BrokerEpoch previous = no_broker_epoch;
    bool clean = false;
    if (auto const& extents = env.read(file); !extents.empty() && !extents.back().torn()) {
        previous = static_cast<CleanShutdownFile const&>(*extents.back().blob).broker_epoch;
        clean = true;
        // Gone before anything is loaded: a crash from now on is a crash (KAFKA-10471).
        out.remove(file);
    }
    replicas_.on_start(env, clean ? LastShutdown::clean : LastShutdown::unclean, out);
    lifecycle_.start(env, previous, out);
}

void Broker::proceed(Env const& env, BrokerLifecycle::Progress const& progress, Out& out)
{
    if (progress.registered)
        replicas_.set_broker_epoch(lifecycle_.broker_epoch());
    if (progress.caught_up && !published_) {
        published_ = true;
        publish_brokers(env, out);
        std::vector<PartitionState> states;
        MetadataImage const& image = image_;
        for (TopicView const& topic : image.topics()) {
            TopicConfig const config = topic_config(topic);
            for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
                TopicPartition const partition{topic.id(), i};
                if (topic.partition(i).has_replica(config_.id))
                    states.push_back(state_of(partition, topic.partition(i), topic, config));
            }
        }
        replicas_.apply(env, states, {}, out);
        replicas_.delete_strays(env, out);
        lifecycle_.set_ready_to_unfence(env, out);
    }
    if (progress.shutdown_granted)
        stop(env, out);
}

TopicConfig Broker::topic_config(TopicView const& topic) const
{
    return resolve_topic_config(config_.version, image_.topic_configs(topic.name()),
                                config_.server);
}

PartitionState Broker::state_of(TopicPartition partition, PartitionRegistration const& registration,
                                TopicView const& topic, TopicConfig const& config) const
{
    PartitionState state;
    state.partition = partition;
    state.topic_name = topic.name();
    state.leader = registration.leader;
    state.leader_epoch = registration.leader_epoch;
    state.partition_epoch = registration.partition_epoch;
    state.replicas = registration.replicas;
    state.isr = registration.isr;
    state.recovery = registration.recovery;
    state.topic = config;
    return state;
}

void Broker::publish_brokers(Env const& env, Out& out)
{
    BrokerDirectory directory;
    for (BrokerRegistration const& broker : image_.brokers())
        directory.put(entry_of(broker));
    replicas_.on_brokers_changed(env, directory, out);
}

void Broker::publish(Env const& env, MetadataDelta const& delta, Out& out)
{
    MetadataImage const& image = image_;
    if (!delta.brokers.empty()) {
        std::vector<BrokerEntry> known;
        std::vector<BrokerId> gone;
        for (BrokerId const id : delta.brokers)
            if (BrokerRegistration const* const broker = image.broker(id))
                known.push_back(entry_of(*broker));
            else
                gone.push_back(id);
        replicas_.on_brokers_changed(env, known, gone, out);
    }
    std::vector<PartitionState> changed;
    std::optional<TopicView> topic;  // Of the last partition, with its configuration.
    TopicConfig config{};
    for (TopicPartition const partition : delta.partitions) {
        PartitionRegistration const* registration = image.partition(partition);
        if (registration == nullptr || (!registration->has_replica(config_.id) &&
                                        replicas_.partition(partition) == nullptr))
            continue;
        if (!topic || topic->id() != partition.topic) {
            topic = image.topic(partition.topic);
            config = topic_config(*topic);
        }
        changed.push_back(state_of(partition, *registration, *topic, config));
    }
    std::vector<TopicPartition> removed;
    if (!delta.topics_deleted.empty())
        for (std::uint32_t slot = 0; slot < replicas_.partitions().slots(); ++slot) {
            Partition const* partition = replicas_.partitions().at(slot);
            if (partition != nullptr &&
                std::binary_search(delta.topics_deleted.begin(), delta.topics_deleted.end(),
                                   partition->id().topic))
                removed.push_back(partition->id());
        }
    if (!changed.empty() || !removed.empty())
        replicas_.apply(env, changed, removed, out);
    for (std::string const& resource : delta.configs) {
        static constexpr std::string_view prefix = "topic ";
        if (!std::string_view(resource).starts_with(prefix))
            continue;
        if (auto const topic = image.topic(std::string_view(resource).substr(prefix.size())))
            replicas_.on_topic_config(topic->id(), topic_config(*topic));
    }
}

void Broker::on_metadata(Env const& env, MetadataImage const& image, MetadataDelta const& delta,
                         Out& out)
{
    image_ = image;
    if (published_)
        publish(env, delta, out);
}

void Broker::set_controller(Env const& env, std::optional<NodeId> controller, Out& out)
{
    lifecycle_.set_controller(env, controller, last_applied(), out);
    replicas_.set_controller(env, controller, out);
    producer_ids_.set_controller(env, controller, out);
}

void Broker::on_connected(Env const& env, Peer peer, Out& out)
{
    if (lifecycle_.owns(peer))
        lifecycle_.on_connected(env, peer, last_applied(), out);
    else if (producer_ids_.owns(peer))
        producer_ids_.on_connected(env, peer, out);
    else if (replicas_.owns(peer))
        replicas_.on_connected(env, peer, out);
}

void Broker::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason, Out& out)
{
    if (lifecycle_.owns(peer))
        lifecycle_.on_disconnected(env, peer, last_applied(), out);
    else if (producer_ids_.owns(peer))
        producer_ids_.on_disconnected(env, peer, out);
    else if (replicas_.owns(peer))
        replicas_.on_disconnected(env, peer, out);
}

void Broker::on_request(Env const& env, RequestId request, Message message, Out& out)
{
    if (!published_) {
        out.hang_up(
            request);  // Unlike Kafka, where the port is not open yet and connecting is refused.
        return;
    }
    ImageLeaders const leaders(image_);
    if (auto const* produce = std::get_if<ProduceRequest>(&message))
        replicas_.on_produce(env, request, *produce, leaders, out);
    else if (auto const* fetch = std::get_if<FetchRequest>(&message))
        replicas_.on_fetch(env, request, *fetch, leaders, out);
    else if (auto const* offsets = std::get_if<ListOffsetsRequest>(&message))
        replicas_.on_list_offsets(env, request, *offsets, leaders, out);
    else if (auto const* metadata = std::get_if<MetadataRequest>(&message))
        out.reply(request, answer_metadata(image_, *metadata));
    else if (std::holds_alternative<InitProducerIdRequest>(message))
        producer_ids_.on_init_producer_id(env, request, lifecycle_.broker_epoch(), out);
    else {
        out.note("a {} is not for a broker", name_of(message));
        out.hang_up(request);
    }
}

void Broker::on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                         Out& out)
{
    if (lifecycle_.owns(peer))
        proceed(env, lifecycle_.on_response(env, peer, correlation, message, last_applied(), out),
                out);
    else if (producer_ids_.owns(peer))
        producer_ids_.on_response(env, peer, correlation, message, out);
    else if (replicas_.owns(peer))
        replicas_.on_response(env, peer, correlation, message, out);
}

void Broker::on_parked(Env const& env, Peer peer, std::int32_t correlation, Duration period,
                       Out& out)
{
    replicas_.on_parked(env, peer, correlation, period, out);
}

void Broker::on_unparked(Env const& env, RequestId request, Out& out)
{
    replicas_.on_unparked(env, request, out);
}

void Broker::on_unparked(Env const& env, Peer peer, Out& out)
{
    replicas_.on_unparked(env, peer, out);
}

void Broker::on_timer(Env const& env, Timer which, Out& out)
{
    auto const of_channel = [&](Channel channel) {
        return which == timer(TimerKind::network_client, static_cast<std::uint32_t>(channel));
    };
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::broker_heartbeat:
    case TimerKind::broker_registration:
        lifecycle_.on_timer(env, which, last_applied(), out);
        return;
    case TimerKind::network_client:
        if (of_channel(Channel::lifecycle)) {
            lifecycle_.on_timer(env, which, last_applied(), out);
            return;
        }
        if (of_channel(Channel::producer_ids)) {
            producer_ids_.on_timer(env, out);
            return;
        }
        break;
    default:
        break;
    }
    if (replicas_.owns(which))
        replicas_.on_timer(env, which, out);
}

void Broker::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    replicas_.on_flushed(env, file, out);
}

// An error of the only log directory: Kafka takes the directory offline, and with the last one the
// process halts (KIP-112).
void Broker::on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out)
{
    out.note("{}: {}; the only log directory is offline, halt", env.disk->path(file),
             to_string(error));
    out.exit();
}

void Broker::on_shutdown(Env const& env, Out& out)
{
    if (config_.broker.controlled_shutdown_enable)
        proceed(env, lifecycle_.begin_controlled_shutdown(env, out), out);
    else
        stop(env, out);
}

void Broker::stop(Env const& env, Out& out)
{
    replicas_.on_shutdown(env, out);
    out.note("all logs are flushed and closed, a clean shutdown");
    out.replace(env.open(clean_shutdown_path),
                sim::share<CleanShutdownFile>(lifecycle_.broker_epoch()));
    out.exit();
}

}  // namespace odradek::kafka
