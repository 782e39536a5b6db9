// Keys and values become the typed structs that roles read.

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "model/config_values.h"

namespace odradek::kafka {

// " /data/a/" as a path on the broker's own disk: "data/a".
static std::string on_own_disk(std::string_view path)
{
    while (path.starts_with(' ') || path.starts_with('/'))
        path.remove_prefix(1);
    while (path.ends_with(' ') || path.ends_with('/'))
        path.remove_suffix(1);
    return std::string(path);
}

static std::vector<std::string> log_directories(ConfigValues const& v)
{
    std::vector<std::string> directories;
    std::string const list = v.is_set("log.dirs") ? v.text("log.dirs").value_or("") : "";
    for (std::size_t at = 0; at < list.size();) {
        std::size_t const comma = std::min(list.find(',', at), list.size());
        directories.push_back(on_own_disk(std::string_view(list).substr(at, comma - at)));
        at = comma + 1;
    }
    if (directories.empty())
        directories.emplace_back();
    return directories;
}

static std::string metadata_directory(ConfigValues const& v)
{
    return v.is_set("metadata.log.dir") ? on_own_disk(v.text("metadata.log.dir").value_or(""))
                                        : log_directories(v).front();
}

// What is said in milliseconds, else in a larger unit. Negative: for ever.
static sim::Duration in_units(ConfigValues const& v, std::string_view ms,
                              std::initializer_list<std::pair<std::string_view, std::int64_t>> more)
{
    if (v.text(ms))
        return v.time(ms);
    for (auto const& [key, unit] : more)
        if (auto const text = v.text(key))
            return v.number(key) < 0 ? sim::Duration::forever()
                                     : sim::Duration{v.number(key) * unit};
    return sim::Duration::forever();
}

static CleanupPolicy cleanup_policy(ConfigValues const& v, std::string_view key)
{
    CleanupPolicy policy{false, false};
    std::string const list = v.text(key).value_or("");
    for (std::string_view const word : split(list, ',')) {
        policy.compacts |= word == "compact";
        policy.deletes |= word == "delete";
    }
    return policy;
}

// Bytes per second; Kafka's default is the largest double.
static std::int64_t cleaner_rate(ConfigValues const& v)
{
    sim::Ratio const rate = v.decimal("log.cleaner.io.max.bytes.per.second");
    std::uint64_t const bytes = rate.numerator / rate.denominator;
    return bytes >= std::uint64_t{1} << 62
               ? 0
               : std::max<std::int64_t>(1, static_cast<std::int64_t>(bytes));
}

constexpr std::int64_t minute = 60'000'000'000;
constexpr std::int64_t hour = 60 * minute;

BrokerConfig resolve_broker_config(KafkaVersion version, ConfigMap const& overrides)
{
    ConfigValues const v{version, Scope::broker, overrides};
    return {
        .min_insync_replicas = v.small("min.insync.replicas"),
        .default_replication_factor = v.small("default.replication.factor"),
        .num_partitions = v.small("num.partitions"),
        .unclean_leader_election_enable = v.truth("unclean.leader.election.enable"),
        .message_max_bytes = v.small("message.max.bytes"),
        .log_flush_interval_messages = v.number("log.flush.interval.messages"),
        .log_flush_interval = v.text("log.flush.interval.ms")
                                  ? v.time("log.flush.interval.ms")
                                  : v.time("log.flush.scheduler.interval.ms"),
        .replica_lag_time_max = v.time("replica.lag.time.max.ms"),
        .replica_fetch_wait_max = v.time("replica.fetch.wait.max.ms"),
        .replica_fetch_backoff = v.time("replica.fetch.backoff.ms"),
        .replica_fetch_min_bytes = v.small("replica.fetch.min.bytes"),
        .replica_fetch_max_bytes = v.small("replica.fetch.max.bytes"),
        .replica_fetch_response_max_bytes = v.small("replica.fetch.response.max.bytes"),
        .num_replica_fetchers = v.small("num.replica.fetchers"),
        .replica_socket_timeout = v.time("replica.socket.timeout.ms"),
        .max_incremental_fetch_sessions = v.small("max.incremental.fetch.session.cache.slots"),
        .replica_high_watermark_checkpoint_interval =
            v.time("replica.high.watermark.checkpoint.interval.ms"),
        .log_flush_offset_checkpoint_interval = v.time("log.flush.offset.checkpoint.interval.ms"),
        .fetch_max_bytes = v.small("fetch.max.bytes"),
        .request_timeout = v.time("request.timeout.ms"),
        .broker_heartbeat_interval = v.time("broker.heartbeat.interval.ms"),
        .broker_session_timeout = v.time("broker.session.timeout.ms"),
        .initial_broker_registration_timeout = v.time("initial.broker.registration.timeout.ms"),
        .controlled_shutdown_enable = v.truth("controlled.shutdown.enable"),
        .producer_id_expiration = v.time("producer.id.expiration.ms"),
        .connections_max_idle = v.time("connections.max.idle.ms"),
        .log_segment_bytes = v.number("log.segment.bytes"),
        .log_roll = in_units(v, "log.roll.ms", {{"log.roll.hours", hour}}),
        .log_roll_jitter = in_units(v, "log.roll.jitter.ms", {{"log.roll.jitter.hours", hour}}),
        .log_index_size_max = v.number("log.index.size.max.bytes"),
        .log_index_interval = v.small("log.index.interval.bytes"),
        .log_retention =
            in_units(v, "log.retention.ms",
                     {{"log.retention.minutes", minute}, {"log.retention.hours", hour}}),
        .log_retention_bytes = v.number("log.retention.bytes"),
        .log_retention_check_interval = v.time("log.retention.check.interval.ms"),
        .log_flush_scheduler_interval = v.time("log.flush.scheduler.interval.ms"),
        .log_flush_start_offset_checkpoint_interval =
            v.time("log.flush.start.offset.checkpoint.interval.ms"),
        .log_initial_task_delay = v.time("log.initial.task.delay.ms"),
        .num_recovery_threads_per_data_dir = v.small("num.recovery.threads.per.data.dir"),
        .log_dirs = log_directories(v),
        .metadata_log_dir = metadata_directory(v),
        .log_dir_failure_timeout = v.time("log.dir.failure.timeout.ms"),
        .log_segment_delete_delay = v.time("log.segment.delete.delay.ms"),
        .rack_aware_replica_selector =
            v.text("replica.selector.class").value_or("").ends_with("RackAwareReplicaSelector"),
        .leader_replication_throttled_rate = v.number("leader.replication.throttled.rate"),
        .follower_replication_throttled_rate = v.number("follower.replication.throttled.rate"),
        .replication_quota_window_num = v.small("replication.quota.window.num"),
        .replication_quota_window_size =
            sim::Duration{v.number("replication.quota.window.size.seconds") * 1'000'000'000},
        .log_cleanup_policy = cleanup_policy(v, "log.cleanup.policy"),
        .log_cleaner_delete_retention = v.time("log.cleaner.delete.retention.ms"),
        .log_cleaner_min_compaction_lag = v.time("log.cleaner.min.compaction.lag.ms"),
        .log_cleaner_max_compaction_lag = v.time("log.cleaner.max.compaction.lag.ms"),
        .log_cleaner_min_cleanable_ratio = v.decimal("log.cleaner.min.cleanable.ratio"),
        .log_cleaner_enable = v.truth("log.cleaner.enable"),
        .log_cleaner_threads = v.small("log.cleaner.threads"),
        .log_cleaner_io_max_bytes_per_second = cleaner_rate(v),
        .log_cleaner_dedupe_buffer_size = v.number("log.cleaner.dedupe.buffer.size"),
        .log_cleaner_io_buffer_load_factor = v.decimal("log.cleaner.io.buffer.load.factor"),
        .log_cleaner_io_buffer_size = v.small("log.cleaner.io.buffer.size"),
        .log_cleaner_backoff = v.time("log.cleaner.backoff.ms"),
        .transaction_state_log_num_partitions = v.small("transaction.state.log.num.partitions"),
        .transaction_state_log_replication_factor =
            v.small("transaction.state.log.replication.factor"),
        .transaction_state_log_min_isr = v.small("transaction.state.log.min.isr"),
        .transaction_state_log_segment_bytes = v.number("transaction.state.log.segment.bytes"),
        .transaction_max_timeout = v.time("transaction.max.timeout.ms"),
        .transactional_id_expiration = v.time("transactional.id.expiration.ms"),
        .transaction_abort_interval =
            v.time("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        .transaction_expiration_interval =
            v.time("transaction.remove.expired.transaction.cleanup.interval.ms"),
        .transaction_verification_enable = v.truth("transaction.partition.verification.enable"),
        .add_partitions_retry_backoff = version >= KafkaVersion{4, 0}
                                            ? v.time("add.partitions.to.txn.retry.backoff.ms")
                                            : sim::Duration{},
        .add_partitions_retry_backoff_max =
            version >= KafkaVersion{4, 0} ? v.time("add.partitions.to.txn.retry.backoff.max.ms")
                                          : sim::Duration{},
        .group_initial_rebalance_delay = v.time("group.initial.rebalance.delay.ms"),
        .group_min_session_timeout = v.time("group.min.session.timeout.ms"),
        .group_max_session_timeout = v.time("group.max.session.timeout.ms"),
        .group_max_size = v.small("group.max.size"),
        .offset_metadata_max_bytes = v.small("offset.metadata.max.bytes"),
        .offsets_commit_timeout = v.time("offsets.commit.timeout.ms"),
        .offsets_retention = sim::Duration{60'000'000'000} * v.number("offsets.retention.minutes"),
        .offsets_retention_check_interval = v.time("offsets.retention.check.interval.ms"),
        .offsets_topic_num_partitions = v.small("offsets.topic.num.partitions"),
        .offsets_topic_replication_factor = v.small("offsets.topic.replication.factor"),
        .offsets_topic_segment_bytes = v.number("offsets.topic.segment.bytes"),
    };
}

ControllerConfig resolve_controller_config(KafkaVersion version, ConfigMap const& overrides)
{
    ConfigValues const v{version, Scope::controller, overrides};
    return {
        .min_insync_replicas = v.small("min.insync.replicas"),
        .default_replication_factor = v.small("default.replication.factor"),
        .num_partitions = v.small("num.partitions"),
        .unclean_leader_election_enable = v.truth("unclean.leader.election.enable"),
        .broker_session_timeout = v.time("broker.session.timeout.ms"),
        .broker_heartbeat_interval = v.time("broker.heartbeat.interval.ms"),
        .metadata_max_idle_interval = v.time("metadata.max.idle.interval.ms"),
        .auto_leader_rebalance_enable = v.truth("auto.leader.rebalance.enable"),
        .leader_imbalance_check_interval =
            sim::Duration{1'000'000'000} * v.number("leader.imbalance.check.interval.seconds"),
    };
}

QuorumConfig resolve_quorum_config(KafkaVersion version, ConfigMap const& overrides)
{
    ConfigValues const v{version, Scope::controller, overrides};
    return {
        .election_timeout = v.time("controller.quorum.election.timeout.ms"),
        .fetch_timeout = v.time("controller.quorum.fetch.timeout.ms"),
        .election_backoff_max = v.time("controller.quorum.election.backoff.max.ms"),
        .append_linger = v.time("controller.quorum.append.linger.ms"),
        .request_timeout = v.time("controller.quorum.request.timeout.ms"),
        .retry_backoff = v.time("controller.quorum.retry.backoff.ms"),
        .bytes_between_snapshots = v.number("metadata.log.max.record.bytes.between.snapshots"),
        .snapshot_interval = v.time("metadata.log.max.snapshot.interval.ms"),
        .segment_bytes = v.number("metadata.log.segment.bytes"),
        .segment_age = v.time("metadata.log.segment.ms"),
        .retention_bytes = v.number("metadata.max.retention.bytes"),
        .retention_age = v.time("metadata.max.retention.ms"),
    };
}

namespace {

Codec codec_of(std::string_view name)
{
    for (Codec const codec : {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd})
        if (name == to_string(codec))
            return codec;
    return Codec::none;
}

}  // namespace

TopicConfig resolve_topic_config(KafkaVersion version, ConfigMap const& overrides,
                                 ConfigMap const& server)
{
    BrokerConfig const broker = resolve_broker_config(version, server);
    ConfigValues const own{version, Scope::topic, overrides};
    ConfigValues const below{version, Scope::broker, server};
    std::string const codec = (own.is_set("compression.type") ? own : below)
                                  .text("compression.type")
                                  .value_or("producer");
    std::optional<std::string> const timestamps = own.is_set("message.timestamp.type")
                                                      ? own.text("message.timestamp.type")
                                                      : below.text("log.message.timestamp.type");
    TopicConfig config{
        .min_insync_replicas = broker.min_insync_replicas,
        .unclean_leader_election_enable = broker.unclean_leader_election_enable,
        .max_message_bytes = broker.message_max_bytes,
        .flush_messages = broker.log_flush_interval_messages,
        .flush = broker.log_flush_interval,
        .segment_bytes = broker.log_segment_bytes,
        .file_delete_delay = broker.log_segment_delete_delay,
        .compression = codec == "producer" ? std::nullopt : std::optional{codec_of(codec)},
        .message_timestamp_type = timestamps == "LogAppendTime" ? TimestampType::log_append_time
                                                                : TimestampType::create_time,
        .segment = broker.log_roll,
        .segment_jitter = broker.log_roll_jitter,
        .segment_index_bytes = broker.log_index_size_max,
        .index_interval_bytes = broker.log_index_interval,
        .retention = broker.log_retention,
        .retention_bytes = broker.log_retention_bytes,
        .cleanup_policy = broker.log_cleanup_policy,
        .delete_retention = broker.log_cleaner_delete_retention,
        .min_compaction_lag = broker.log_cleaner_min_compaction_lag,
        .max_compaction_lag = broker.log_cleaner_max_compaction_lag,
        .min_cleanable_ratio = broker.log_cleaner_min_cleanable_ratio,
    };
    if (own.is_set("min.insync.replicas"))
        config.min_insync_replicas = own.small("min.insync.replicas");
    if (own.is_set("unclean.leader.election.enable"))
        config.unclean_leader_election_enable = own.truth("unclean.leader.election.enable");
    if (own.is_set("max.message.bytes"))
        config.max_message_bytes = own.small("max.message.bytes");
    if (own.is_set("flush.messages"))
        config.flush_messages = own.number("flush.messages");
    if (own.is_set("flush.ms"))
        config.flush = own.time("flush.ms");
    if (own.is_set("segment.bytes"))
        config.segment_bytes = own.number("segment.bytes");
    if (own.is_set("segment.ms"))
        config.segment = own.time("segment.ms");
    if (own.is_set("segment.jitter.ms"))
        config.segment_jitter = own.time("segment.jitter.ms");
    if (own.is_set("segment.index.bytes"))
        config.segment_index_bytes = own.number("segment.index.bytes");
    if (own.is_set("index.interval.bytes"))
        config.index_interval_bytes = own.small("index.interval.bytes");
    if (own.is_set("retention.ms"))
        config.retention = own.time("retention.ms");
    if (own.is_set("retention.bytes"))
        config.retention_bytes = own.number("retention.bytes");
    if (own.is_set("cleanup.policy"))
        config.cleanup_policy = cleanup_policy(own, "cleanup.policy");
    if (own.is_set("delete.retention.ms"))
        config.delete_retention = own.time("delete.retention.ms");
    if (own.is_set("min.compaction.lag.ms"))
        config.min_compaction_lag = own.time("min.compaction.lag.ms");
    if (own.is_set("max.compaction.lag.ms"))
        config.max_compaction_lag = own.time("max.compaction.lag.ms");
    if (own.is_set("min.cleanable.dirty.ratio"))
        config.min_cleanable_ratio = own.decimal("min.cleanable.dirty.ratio");
    if (own.is_set("file.delete.delay.ms"))
        config.file_delete_delay = own.time("file.delete.delay.ms");
    return config;
}

ProducerConfig resolve_producer_config(KafkaVersion version, ConfigMap const& overrides)
{
    ConfigValues const v{version, Scope::producer, overrides};
    std::string const acks = v.text("acks").value_or("all");
    ProducerConfig config{
        .acks = acks == "0"   ? Acks::none
                : acks == "1" ? Acks::leader
                              : Acks::all,
        .enable_idempotence = v.truth("enable.idempotence"),
        .compression = codec_of(v.text("compression.type").value_or("none")),
        .batch_size = v.small("batch.size"),
        .linger = v.time("linger.ms"),
        .buffer_memory = v.number("buffer.memory"),
        .max_block = v.time("max.block.ms"),
        .max_request_size = v.small("max.request.size"),
        .max_in_flight_requests_per_connection = v.small("max.in.flight.requests.per.connection"),
        .retries = v.small("retries"),
        .retry_backoff = v.time("retry.backoff.ms"),
        .retry_backoff_max = v.time("retry.backoff.max.ms"),
        .request_timeout = v.time("request.timeout.ms"),
        .delivery_timeout = v.time("delivery.timeout.ms"),
        .metadata_max_age = v.time("metadata.max.age.ms"),
        .metadata_max_idle = v.time("metadata.max.idle.ms"),
        .reconnect_backoff = v.time("reconnect.backoff.ms"),
        .reconnect_backoff_max = v.time("reconnect.backoff.max.ms"),
        .socket_connection_setup_timeout = v.time("socket.connection.setup.timeout.ms"),
        .socket_connection_setup_timeout_max = v.time("socket.connection.setup.timeout.max.ms"),
        .partitioner_ignore_keys = v.truth("partitioner.ignore.keys"),
        .partitioner_adaptive_partitioning_enable =
            v.truth("partitioner.adaptive.partitioning.enable"),
        .partitioner_availability_timeout = v.time("partitioner.availability.timeout.ms"),
        .transactional_id = v.text("transactional.id").value_or(""),
        .transaction_timeout = v.time("transaction.timeout.ms"),
    };
    if (!v.is_set("enable.idempotence") && (config.acks != Acks::all || config.retries == 0 ||
                                            config.max_in_flight_requests_per_connection > 5))
        config.enable_idempotence = false;
    // Not set, delivery.timeout.ms gives way to a longer linger.ms + request.timeout.ms.
    if (!v.is_set("delivery.timeout.ms") && config.linger != sim::Duration::forever())
        config.delivery_timeout =
            std::max(config.delivery_timeout, config.linger + config.request_timeout);
    return config;
}

ConsumerConfig resolve_consumer_config(KafkaVersion version, ConfigMap const& overrides)
{
    ConfigValues const v{version, Scope::consumer, overrides};
    std::string const reset = v.text("auto.offset.reset").value_or("latest");
    std::vector<std::string> assignors;
    std::string const strategy = v.text("partition.assignment.strategy").value_or("");
    for (std::string_view const name : split(strategy, ','))
        if (!name.empty())
            assignors.emplace_back(name);
    if (assignors.empty())
        assignors = {"range", "cooperative-sticky"};
    constexpr std::string_view by_duration = "by_duration:";
    std::optional<sim::Duration> const long_ago =
        reset.starts_with(by_duration) ? to_iso_duration(reset.substr(by_duration.size()))
                                       : std::nullopt;
    return {
        .auto_offset_reset = reset == "earliest" ? AutoOffsetReset::earliest
                             : reset == "none"   ? AutoOffsetReset::none
                             : long_ago          ? AutoOffsetReset::by_duration
                                                 : AutoOffsetReset::latest,
        .auto_offset_reset_duration = long_ago.value_or(sim::Duration{}),
        .isolation_level = v.text("isolation.level") == "read_committed"
                               ? IsolationLevel::read_committed
                               : IsolationLevel::read_uncommitted,
        .fetch_min_bytes = v.small("fetch.min.bytes"),
        .fetch_max_bytes = v.small("fetch.max.bytes"),
        .fetch_max_wait = v.time("fetch.max.wait.ms"),
        .max_partition_fetch_bytes = v.small("max.partition.fetch.bytes"),
        .max_poll_records = v.small("max.poll.records"),
        .request_timeout = v.time("request.timeout.ms"),
        .default_api_timeout = v.time("default.api.timeout.ms"),
        .retry_backoff = v.time("retry.backoff.ms"),
        .retry_backoff_max = v.time("retry.backoff.max.ms"),
        .metadata_max_age = v.time("metadata.max.age.ms"),
        .reconnect_backoff = v.time("reconnect.backoff.ms"),
        .reconnect_backoff_max = v.time("reconnect.backoff.max.ms"),
        .socket_connection_setup_timeout = v.time("socket.connection.setup.timeout.ms"),
        .socket_connection_setup_timeout_max = v.time("socket.connection.setup.timeout.max.ms"),
        .client_rack = v.text("client.rack").value_or(""),
        .group_instance_id = v.text("group.instance.id").value_or(""),
        .session_timeout = v.time("session.timeout.ms"),
        .heartbeat_interval = v.time("heartbeat.interval.ms"),
        .max_poll_interval = v.time("max.poll.interval.ms"),
        .enable_auto_commit = v.truth("enable.auto.commit"),
        .auto_commit_interval = v.time("auto.commit.interval.ms"),
        .assignors = std::move(assignors),
    };
}

std::optional<std::string> resolved_value(KafkaVersion version, Scope scope, std::string_view name,
                                          ConfigMap const& overrides)
{
    auto const own = overrides.find(name);
    if (own != overrides.end())
        return own->second;
    ConfigKey const* key = find_key(name, scope);
    return key == nullptr ? std::nullopt : key->default_in(version);
}

}  // namespace odradek::kafka
