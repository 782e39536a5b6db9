#include "model/broker/broker.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "model/broker/image_leaders.h"
#include "model/broker/metadata_requests.h"
#include "model/messages/any.h"
#include "model/metadata/supported_features.h"

namespace odradek::kafka {

namespace {

// What DynamicBrokerConfig lets be changed while a broker runs, of what is simulated.
constexpr std::array dynamic_keys{
    std::string_view("follower.replication.throttled.rate"),
    std::string_view("leader.replication.throttled.rate"),
    std::string_view("log.flush.interval.messages"),
    std::string_view("log.flush.interval.ms"),
    std::string_view("log.segment.bytes"),
    std::string_view("log.segment.delete.delay.ms"),
    std::string_view("message.max.bytes"),
    std::string_view("min.insync.replicas"),
    std::string_view("unclean.leader.election.enable"),
};

// What topics are configured as, from the broker's own metadata.
class ImageTopics final : public TopicConfigs {
public:
    ImageTopics(KafkaVersion version, MetadataImage const& image, ConfigMap const& server)
        : version_(version), image_(image), server_(server)
    {
    }
    TopicConfig config_of(TopicId id) const override
    {
        auto const topic = image_.topic(id);
        return resolve_topic_config(
            version_, topic ? image_.topic_configs(topic->name()) : ConfigMap{}, server_);
    }

private:
    KafkaVersion version_;
    MetadataImage const& image_;
    ConfigMap const& server_;
};

BrokerEntry entry_of(BrokerRegistration const& broker)
{
    return {broker.id,  broker.node, broker.epoch, broker.fenced, broker.in_controlled_shutdown,
            broker.rack};
}

BrokerLifecycle::Config lifecycle_config(Broker::Config const& config)
{
    BrokerLifecycle::Config lifecycle;
    lifecycle.broker = config.id;
    lifecycle.rack = config.rack;
    lifecycle.heartbeat_interval = config.broker.broker_heartbeat_interval;
    lifecycle.session_timeout = config.broker.broker_session_timeout;
    lifecycle.features = supported_features(config.version);
    lifecycle.log_dir_failure_timeout = config.broker.log_dir_failure_timeout;
    lifecycle.initial_registration_timeout = config.broker.initial_broker_registration_timeout;
    lifecycle.registers_again = config.switches.stale_epoch_registers_again;
    return lifecycle;
}

}  // namespace

Broker::Broker(Config config)
    : config_(std::move(config)),
      lifecycle_(lifecycle_config(config_)),
      replicas_(config_.id, config_.broker, config_.switches),
      producer_ids_(config_.id),
      assignments_(config_.id),
      transactions_(config_.broker.request_timeout),
      add_partitions_(config_.broker.request_timeout),
      auto_topics_(config_.broker.request_timeout),
      server_(config_.server)
{
}

// Order as in BrokerServer.startup: the log directories are taken, the broker registers and catches
// up with the metadata log, then it opens its logs, takes up its replicas, asks to be unfenced and
// opens its ports.
void Broker::on_start(Env const& env, Out& out)
{
    replicas_.open_directories(env, out);
    LogDirs const& dirs = replicas_.directories();
    bool metadata_offline = false;
    for (std::uint32_t i = 0; i < dirs.all().size(); ++i)
        metadata_offline |= dirs.holds_metadata(i) && !dirs[i].online;
    if (!dirs.any_online() || metadata_offline) {
        out.note("{} cannot be read, halt",
                 metadata_offline ? "the directory of the metadata log" : "no log directory");
        out.exit();
        return;
    }
    lifecycle_.set_log_dirs(dirs.online_ids());
    lifecycle_.start(env, dirs.previous_broker_epoch(env), out);
}

void Broker::proceed(Env const& env, BrokerLifecycle::Progress const& progress, Out& out)
{
    if (progress.registered)
        replicas_.set_broker_epoch(lifecycle_.broker_epoch());
    if (progress.caught_up && !caught_up_) {
        caught_up_ = true;
        replicas_.begin_load(env, out);
        maybe_publish_first(env, out);
    }
    if (progress.shutdown_granted || progress.must_stop)
        stop(env, out);
}

// Once it has caught up with the metadata log and its logs are read.
void Broker::maybe_publish_first(Env const& env, Out& out)
{
    if (caught_up_ && !published_ && !stopping_ && replicas_.may_load()) {
        published_ = true;
        replicas_.load(env, ImageTopics(config_.version, image_, server_), out);
        apply_broker_config(env, out);
        publish_brokers(env, out);
        std::vector<PartitionState> states;
        MetadataImage const& image = image_;
        for (TopicView const& topic : image.topics()) {
            apply_throttles(topic);
            TopicConfig const config = topic_config(topic);
            for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
                TopicPartition const partition{topic.id(), i};
                if (topic.partition(i).has_replica(config_.id))
                    states.push_back(state_of(partition, topic.partition(i), topic, config));
            }
        }
        replicas_.apply(env, states, {}, out);
        replicas_.delete_strays(env, out);
        if (auto const topic = image_.topic(transaction_state_topic_name)) {
            std::vector<TopicPartition> all;
            for (std::int32_t i = 0; i < topic->partition_count(); ++i)
                all.push_back({topic->id(), i});
            publish_coordinators(env, all, out);
        }
        if (auto const topic = image_.topic(consumer_offsets_topic_name)) {
            std::vector<TopicPartition> all;
            for (std::int32_t i = 0; i < topic->partition_count(); ++i)
                all.push_back({topic->id(), i});
            publish_group_coordinators(env, all, out);
        }
        send_assignments(env, out);
        look_at_directories(env, out);
        lifecycle_.set_ready_to_unfence(env, out);
    }
}

TopicConfig Broker::topic_config(TopicView const& topic) const
{
    return resolve_topic_config(config_.version, image_.topic_configs(topic.name()), server_);
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
    state.directory = registration.directory_of(config_.id);
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
        if (registration == nullptr ||
            (!registration->has_replica(config_.id) && replicas_.partition(partition) == nullptr))
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
    bool broker_changed = false;
    std::string const own = "broker " + std::to_string(config_.id.value);
    for (std::string const& resource : delta.configs)
        broker_changed |= resource == own || resource == "broker ";
    if (broker_changed)
        apply_broker_config(env, out);
    for (std::string const& resource : delta.configs) {
        static constexpr std::string_view prefix = "topic ";
        if (!std::string_view(resource).starts_with(prefix))
            continue;
        if (auto const named = image.topic(std::string_view(resource).substr(prefix.size()))) {
            replicas_.on_topic_config(env, named->id(), topic_config(*named), out);
            apply_throttles(*named);
        }
    }
    for (TopicId const deleted : delta.topics_deleted)
        replicas_.on_topic_deleted(deleted);
    if (!delta.partitions.empty())
        publish_coordinators(env, delta.partitions, out);
    settle(env, out);
    send_assignments(env, out);
    look_at_directories(env, out);
}

// -- Dynamic configuration ------------------------------------------------------------------
ConfigMap Broker::server_config() const
{
    ConfigMap merged = config_.server;
    MetadataImage const& image = image_;
    for (std::string const& resource :
         {std::string("broker "), "broker " + std::to_string(config_.id.value)})
        for (auto const& [key, value] : image.configs(resource))
            if (std::find(dynamic_keys.begin(), dynamic_keys.end(), key) != dynamic_keys.end())
                merged[key] = value;
    return merged;
}

void Broker::apply_broker_config(Env const& env, Out& out)
{
    ConfigMap merged = server_config();
    if (merged == server_)
        return;
    server_ = std::move(merged);
    replicas_.set_config(resolve_broker_config(config_.version, server_));
    out.note("the broker's dynamic configuration has changed");
    // It is the default of the topics that are here.
    std::vector<TopicId> topics;
    for (std::uint32_t slot = 0; slot < replicas_.partitions().slots(); ++slot)
        if (Partition const* partition = replicas_.partitions().at(slot))
            topics.push_back(partition->id().topic);
    std::sort(topics.begin(), topics.end());
    topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
    for (TopicId const id : topics)
        if (auto const topic = image_.topic(id))
            replicas_.on_topic_config(env, id, topic_config(*topic), out);
}

void Broker::apply_throttles(TopicView const& topic)
{
    ConfigMap const& configs = image_.topic_configs(topic.name());
    auto const list = [&](std::string_view key) {
        auto const found = configs.find(key);
        return found == configs.end() ? ThrottledPartitions{}
                                      : throttled_on(config_.id, found->second);
    };
    replicas_.set_throttled(topic.id(), list("leader.replication.throttled.replicas"),
                            list("follower.replication.throttled.replicas"));
}

// -- Log directories ------------------------------------------------------------------------
void Broker::send_assignments(Env const& env, Out& out)
{
    std::vector<AssignedReplica> const moved = replicas_.take_assignments();
    if (moved.empty())
        return;
    for (AssignedReplica const& replica : moved)
        assignments_.assign(replica.partition, replica.directory);
    assignments_.send(env, image_, out);
}

void Broker::look_at_directories(Env const& env, Out& out)
{
    static_cast<void>(env);
    if (!replicas_.any_failed_directories())
        return;
    LogDirs const& dirs = replicas_.directories();
    for (std::uint32_t const failed : replicas_.take_failed_directories()) {
        if (dirs.holds_metadata(failed) || !dirs.any_online()) {
            out.note("{}, halt",
                     dirs.any_online() ? "the metadata log was in it" : "no log directory is left");
            out.exit();
            return;
        }
        lifecycle_.on_log_dir_failed(dirs[failed].id, failed, out);
    }
}

void Broker::on_metadata(Env const& env, MetadataImage const& image, MetadataDelta const& delta,
                         Out& out)
{
    std::vector<std::string> deleted;
    if (groups_.coordinates_anything())
        for (TopicId const id : delta.topics_deleted)
            if (auto const topic = image_.topic(id))
                deleted.emplace_back(topic->name());
    image_ = image;
    if (!published_ || stopping_)
        return;
    forget_offsets_of(env, deleted, out);
    publish(env, delta, out);
}

void Broker::set_controller(Env const& env, std::optional<NodeId> controller, Out& out)
{
    lifecycle_.set_controller(env, controller, last_applied(), out);
    replicas_.set_controller(env, controller, out);
    producer_ids_.set_controller(env, controller, out);
    auto_topics_.set_controller(env, controller, out);
    assignments_.set_controller(env, controller, image_, out);
}

void Broker::on_connected(Env const& env, Peer peer, Out& out)
{
    if (lifecycle_.owns(peer))
        lifecycle_.on_connected(env, peer, last_applied(), out);
    else if (producer_ids_.owns(peer))
        producer_ids_.on_connected(env, peer, out);
    else if (assignments_.owns(peer))
        assignments_.on_connected(env, peer, image_, out);
    else if (replicas_.owns(peer))
        replicas_.on_connected(env, peer, out);
    else if (auto_topics_.owns(peer))
        auto_topics_.on_connected(env, peer, out);
    else if (add_partitions_.owns(peer))
        add_partitions_.on_connected(env, peer, out);
    else if (transactions_.owns(peer))
        on_transaction_peer(env, peer, PeerEvent::connected, out);
    settle(env, out);
}

void Broker::on_disconnected(Env const& env, Peer peer, sim::DisconnectReason, Out& out)
{
    if (lifecycle_.owns(peer))
        lifecycle_.on_disconnected(env, peer, last_applied(), out);
    else if (producer_ids_.owns(peer))
        producer_ids_.on_disconnected(env, peer, out);
    else if (assignments_.owns(peer))
        assignments_.on_disconnected(env, peer, image_, out);
    else if (replicas_.owns(peer))
        replicas_.on_disconnected(env, peer, out);
    else if (auto_topics_.owns(peer))
        auto_topics_.on_disconnected(env, peer, out);
    else if (add_partitions_.owns(peer))
        add_partitions_.on_disconnected(env, peer, out);
    else if (transactions_.owns(peer))
        on_transaction_peer(env, peer, PeerEvent::disconnected, out);
    settle(env, out);
}

void Broker::on_request(Env const& env, RequestId request, Message message, Out& out)
{
    if (!published_ || stopping_) {
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
    else if (auto const* epochs = std::get_if<OffsetsForLeaderEpochRequest>(&message))
        replicas_.on_offsets_for_leader_epoch(env, request, *epochs, leaders, out);
    else if (auto const* deletion = std::get_if<DeleteRecordsRequest>(&message))
        replicas_.on_delete_records(env, request, *deletion, leaders, out);
    else if (std::holds_alternative<DescribeLogDirsRequest>(message))
        out.reply(request, replicas_.describe_log_dirs());
    else if (auto const* metadata = std::get_if<MetadataRequest>(&message))
        out.reply(request, answer_metadata(image_, *metadata));
    else if (auto const* init = std::get_if<InitProducerIdRequest>(&message);
             init != nullptr && init->transactional.value.transactional_id.empty())
        producer_ids_.on_init_producer_id(env, request, lifecycle_.broker_epoch(), out);
    else if (!on_transaction_request(env, request, message, out) &&
             !on_group_request(env, request, message, out)) {
        out.note("a {} is not for a broker", name_of(message));
        out.hang_up(request);
    }
    settle(env, out);
    look_at_directories(env, out);
}

void Broker::on_response(Env const& env, Peer peer, std::int32_t correlation, Message message,
                         Out& out)
{
    if (lifecycle_.owns(peer))
        proceed(env, lifecycle_.on_response(env, peer, correlation, message, last_applied(), out),
                out);
    else if (producer_ids_.owns(peer))
        producer_ids_.on_response(env, peer, correlation, message, out);
    else if (assignments_.owns(peer))
        assignments_.on_response(env, peer, correlation, message, image_, out);
    else if (replicas_.owns(peer))
        replicas_.on_response(env, peer, correlation, message, out);
    else if (auto_topics_.owns(peer))
        auto_topics_.on_response(env, peer, correlation, message, out);
    else if (auto const* added = std::get_if<AddPartitionsToTxnResponse>(&message);
             added != nullptr && add_partitions_.owns(peer))
        add_partitions_.on_response(env, peer, correlation, *added, out);
    else if (transactions_.owns(peer))
        on_transaction_response(env, peer, correlation, message, out);
    settle(env, out);
}

void Broker::on_parked(Env const& env, Peer peer, std::int32_t correlation, Out& out)
{
    replicas_.on_parked(env, peer, correlation, out);
}

void Broker::on_unparked(Env const& env, RequestId request, sim::ParkedRound const& round, Out& out)
{
    replicas_.on_unparked(env, request, round, out);
}

void Broker::on_unparked(Env const& env, Peer peer, sim::ParkedRound const& round, Out& out)
{
    replicas_.on_unparked(env, peer, round, out);
}

void Broker::on_timer(Env const& env, Timer which, Out& out)
{
    auto const of_channel = [&](Channel channel) {
        return which == timer(TimerKind::network_client, static_cast<std::uint32_t>(channel));
    };
    if (stopping_)
        return;
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::assign_replicas:
        assignments_.on_timer(env, which, image_, out);
        return;
    case TimerKind::log_dir_failure:
        proceed(env, lifecycle_.on_log_dir_timeout(which.index, out), out);
        return;
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
        if (of_channel(Channel::directories)) {
            assignments_.on_timer(env, which, image_, out);
            return;
        }
        if (of_channel(Channel::auto_topics))
            return auto_topics_.on_timer(env, out);
        if (of_channel(Channel::add_partitions)) {
            add_partitions_.on_client_timer(env, out);
            return settle(env, out);
        }
        break;
    default:
        break;
    }
    if (replicas_.owns(which))
        replicas_.on_timer(env, which, out);
    else if (TransactionCoordinator::owns(which))
        on_transaction_timer(env, which, out);
    else if (GroupCoordinator::owns(which))
        on_group_timer(env, which, out);
    settle(env, out);
    look_at_directories(env, out);
}

void Broker::on_flushed(Env const& env, sim::FileId file, Out& out)
{
    replicas_.on_flushed(env, file, out);
    settle(env, out);
    maybe_publish_first(env, out);
    exit_when_closed(env, out);
}

// The directory of that file is offline for the rest of this life; the process goes on with the
// others (KIP-112).
void Broker::on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out)
{
    std::string const& path = env.disk->path(file);
    out.note("{}: {}", path, to_string(error));
    // KAFKA-13773: an exception that nobody has caught ends in the orderly shutdown.
    if (caught_up_ && !stopping_ && !config_.switches.load_error_is_of_directory &&
        replicas_.loading(env)) {
        out.note("while logs were being loaded: shut down");
        stop(env, out);
        return;
    }
    if (auto const directory = replicas_.directories().of(path)) {
        replicas_.on_disk_error(env, *directory, file, error, out);
        look_at_directories(env, out);
        maybe_publish_first(env, out);
    } else {
        out.note("the metadata log was there, halt");
        out.exit();
    }
    exit_when_closed(env, out);
}

void Broker::on_shutdown(Env const& env, Out& out)
{
    if (config_.broker.controlled_shutdown_enable) {
        replicas_.set_shutting_down();
        proceed(env, lifecycle_.begin_controlled_shutdown(env, out), out);
    } else {
        stop(env, out);
    }
}

void Broker::stop(Env const& env, Out& out)
{
    if (stopping_)
        return;
    stopping_ = true;
    replicas_.on_shutdown(env, out);
    // Before KAFKA-10723 nobody waited for what was still being closed.
    if (!config_.switches.clean_marker_needs_flushed_logs) {
        replicas_.write_clean_shutdown(env, out);
        stopped_ = true;
        return;
    }
    exit_when_closed(env, out);
}

void Broker::exit_when_closed(Env const& env, Out& out)
{
    if (!stopping_ || stopped_ || !replicas_.closed())
        return;
    out.note("all logs are flushed and closed");
    replicas_.write_clean_shutdown(env, out);
    stopped_ = true;
}

}  // namespace odradek::kafka
