// Kafka's configuration keys: one table (config_table_*.cpp) from which come defaults, checks,
// suggestions, documentation, the schema, and the typed structs that roles read at run time.
// Facts from Kafka's ConfigDef classes (ServerConfigs, ReplicationConfigs, KRaftConfigs, LogConfig,
// TopicConfig, ProducerConfig, ConsumerConfig and their neighbours), 3.9 to 4.1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec.h"
#include "model/version.h"
#include "sim/ratio.h"
#include "sim/time.h"

namespace odradek::kafka {

// What a user wrote: key -> value as Kafka would read it from a properties file.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

// Who reads a key. Broker and controller keys live in one server.properties.
enum class Scope : std::uint8_t { broker, controller, topic, producer, consumer };

std::string_view to_string(Scope scope);

// How far a key is simulated.
enum class Fidelity : std::uint8_t {
    simulated,  // Does here what it does in Kafka.
    no_effect,  // Cannot matter in a simulation (TLS, JMX, thread counts): accepted with a warning.
    not_simulated,  // Would change behaviour: any value but the default is refused by name.
};

std::string_view to_string(Fidelity fidelity);

enum class ConfigType : std::uint8_t {
    boolean,
    integer,
    long_integer,
    decimal,
    string,
    list,
    enumeration
};

std::string_view to_string(ConfigType type);

// A default, from the version it came with on. `value` is text as in a properties file; nothing
// means Kafka's null (unset).
struct DefaultSince {
    KafkaVersion since;
    std::optional<std::string> value;
};

// A smallest valid value, from the version it came with on.
struct MinSince {
    KafkaVersion since;
    std::int64_t min{0};
};

// One row of the table. One key can have several rows when scopes differ in default or fidelity
// (`request.timeout.ms` of brokers, producers and consumers).
struct ConfigKey {
    std::string_view name;
    std::vector<Scope> scopes;
    ConfigType type{ConfigType::string};
    std::vector<DefaultSince> defaults;  // Oldest first, never empty.
    std::vector<MinSince> mins;          // Inclusive, for numbers; oldest first.
    std::optional<std::int64_t> max;     // Inclusive, for numbers.
    std::vector<std::string_view>
        values;  // For enumerations, and lists of them; "x:*" is any x:...
    Fidelity fidelity{Fidelity::not_simulated};
    std::string_view doc;                            // One line, in our words.
    std::string_view broker_synonym;                 // For topic keys: whose value is the default.
    std::optional<KafkaVersion> since;               // The first version that has it.
    std::optional<KafkaVersion> removed_in;          // The first version that no longer has it.
    std::vector<std::string_view> simulated_values;  // If not empty: only these are simulated.
    std::string_view remark;                         // What is left out, or where else it is said.
    bool said_elsewhere{false};                      // The scenario has its own place for it.

    bool has_scope(Scope scope) const;
    bool exists_in(KafkaVersion version) const;
    // The default in `version`; nothing when Kafka's default is null.
    std::optional<std::string> default_in(KafkaVersion version) const;
    std::optional<std::int64_t> min_in(KafkaVersion version) const;
};

// Every row, sorted by name. The table lives as long as the program.
std::vector<ConfigKey> const& all_keys();

// The row of a key in a scope, whatever the version; null if there is none.
ConfigKey const* find_key(std::string_view name, Scope scope);

// Every row of that name, for `odradek configs NAME`.
std::vector<ConfigKey const*> find_key(std::string_view name);

// Up to `limit` names that a misspelt `name` may stand for, nearest first: Damerau-Levenshtein
// distance <= 2, or one a prefix of the other. Empty scopes: all scopes.
std::vector<std::string_view>
suggest_keys(std::string_view name, std::vector<Scope> const& scopes = {}, std::size_t limit = 3);

enum class Severity : std::uint8_t { error, warning };

// What is wrong with one key or value, in words for the user; `suggestion` may be empty.
struct ConfigProblem {
    Severity severity{Severity::error};
    std::string key{};
    std::string message{};
    std::string suggestion{};
    bool about_key{true};       // Point at the key, or at its value.
    bool not_simulated{false};  // Can be downgraded to a warning by the user.
};

// Checks one key and value as written for `scopes` (a server map allows broker and controller
// keys).
std::vector<ConfigProblem> check_config(std::vector<Scope> const& scopes, KafkaVersion version,
                                        std::string_view key, std::string_view value);

// The rules between keys that a server checks when it starts.
std::vector<ConfigProblem> check_server_rules(KafkaVersion version, ConfigMap const& overrides);

// The rules between keys that Kafka's client constructors enforce (ConfigException):
// delivery.timeout.ms against linger.ms + request.timeout.ms, and what enable.idempotence demands
// of acks, retries and max.in.flight.requests.per.connection.
std::vector<ConfigProblem> check_producer_rules(KafkaVersion version, ConfigMap const& overrides);

// ---- What roles read. Each is built from the version's defaults and the overrides, which must
// have
// ---- passed `check_config`. Times are Durations; `Duration::forever()` is Kafka's 2^63-1 or
// unset.

// cleanup.policy: what happens to old segments; maybe both.
struct CleanupPolicy {
    bool compacts{false};
    bool deletes{true};

    bool operator==(CleanupPolicy const&) const = default;
};

// A broker's own behaviour, and the defaults of topics that do not set the key themselves.
struct BrokerConfig {
    std::int32_t min_insync_replicas;
    std::int32_t default_replication_factor;
    std::int32_t num_partitions;
    bool unclean_leader_election_enable;
    std::int32_t message_max_bytes;
    std::int64_t log_flush_interval_messages;
    sim::Duration log_flush_interval;  // log.flush.interval.ms
    sim::Duration replica_lag_time_max;
    sim::Duration replica_fetch_wait_max;
    sim::Duration replica_fetch_backoff;
    std::int32_t replica_fetch_min_bytes;
    std::int32_t replica_fetch_max_bytes;
    std::int32_t replica_fetch_response_max_bytes;
    std::int32_t num_replica_fetchers;
    sim::Duration replica_socket_timeout;
    std::int32_t max_incremental_fetch_sessions;  // max.incremental.fetch.session.cache.slots
    sim::Duration replica_high_watermark_checkpoint_interval;
    sim::Duration log_flush_offset_checkpoint_interval;
    std::int32_t fetch_max_bytes;  // The most a broker puts in one fetch response to a client.
    sim::Duration request_timeout;
    sim::Duration broker_heartbeat_interval;
    sim::Duration broker_session_timeout;
    sim::Duration initial_broker_registration_timeout;
    bool controlled_shutdown_enable;
    sim::Duration producer_id_expiration;
    sim::Duration connections_max_idle;
    std::int64_t log_segment_bytes;
    sim::Duration log_roll;            // log.roll.ms, or .hours
    sim::Duration log_roll_jitter;     // log.roll.jitter.ms, or .hours
    std::int64_t log_index_size_max;   // Bytes.
    std::int32_t log_index_interval;   // Bytes.
    sim::Duration log_retention;       // log.retention.ms, .minutes or .hours; for ever: none.
    std::int64_t log_retention_bytes;  // Negative: no limit.
    sim::Duration log_retention_check_interval;
    sim::Duration log_flush_scheduler_interval;
    sim::Duration log_flush_start_offset_checkpoint_interval;
    sim::Duration log_initial_task_delay;
    std::int32_t num_recovery_threads_per_data_dir;
    // Relative to the broker's disk, without a '/' at either end; "" is the disk itself: the only
    // directory of a broker that names none.
    std::vector<std::string> log_dirs;
    std::string metadata_log_dir;
    sim::Duration log_dir_failure_timeout;
    sim::Duration log_segment_delete_delay;
    bool rack_aware_replica_selector;                // replica.selector.class (KIP-392)
    std::int64_t leader_replication_throttled_rate;  // Bytes per second.
    std::int64_t follower_replication_throttled_rate;
    std::int32_t replication_quota_window_num;
    sim::Duration replication_quota_window_size;
    // -- Compaction; the defaults of topics first.
    CleanupPolicy log_cleanup_policy{};
    sim::Duration log_cleaner_delete_retention{};
    sim::Duration log_cleaner_min_compaction_lag{};
    sim::Duration log_cleaner_max_compaction_lag{sim::Duration::forever()};
    sim::Ratio log_cleaner_min_cleanable_ratio{1, 2};
    bool log_cleaner_enable{true};
    std::int32_t log_cleaner_threads{1};
    std::int64_t log_cleaner_io_max_bytes_per_second{0};  // 0: no limit.
    std::int64_t log_cleaner_dedupe_buffer_size{134'217'728};
    sim::Ratio log_cleaner_io_buffer_load_factor{9, 10};
    std::int32_t log_cleaner_io_buffer_size{524'288};
    sim::Duration log_cleaner_backoff{15'000'000'000};
    // -- Transactions.
    std::int32_t transaction_state_log_num_partitions{50};
    std::int32_t transaction_state_log_replication_factor{3};
    std::int32_t transaction_state_log_min_isr{2};
    std::int64_t transaction_state_log_segment_bytes{104'857'600};
    sim::Duration transaction_max_timeout{900'000'000'000};
    sim::Duration transactional_id_expiration{604'800'000'000'000};
    sim::Duration transaction_abort_interval{10'000'000'000};
    sim::Duration transaction_expiration_interval{3'600'000'000'000};
    bool transaction_verification_enable{true};
    sim::Duration add_partitions_retry_backoff{20'000'000};
    sim::Duration add_partitions_retry_backoff_max{100'000'000};  // 0: it does not try again.
    // -- Groups.
    sim::Duration group_initial_rebalance_delay{3'000'000'000};
    sim::Duration group_min_session_timeout{6'000'000'000};
    sim::Duration group_max_session_timeout{1'800'000'000'000};
    std::int32_t group_max_size{2'147'483'647};
    std::int32_t offset_metadata_max_bytes{4096};
    sim::Duration offsets_commit_timeout{5'000'000'000};
    sim::Duration offsets_retention{604'800'000'000'000};
    sim::Duration offsets_retention_check_interval{600'000'000'000};
    std::int32_t offsets_topic_num_partitions{50};
    std::int32_t offsets_topic_replication_factor{3};
    std::int64_t offsets_topic_segment_bytes{104'857'600};

    bool operator==(BrokerConfig const&) const = default;
};

struct ControllerConfig {
    std::int32_t min_insync_replicas;
    std::int32_t default_replication_factor;
    std::int32_t num_partitions;
    bool unclean_leader_election_enable;
    sim::Duration broker_session_timeout;
    sim::Duration broker_heartbeat_interval;
    sim::Duration metadata_max_idle_interval;
    bool auto_leader_rebalance_enable;
    sim::Duration leader_imbalance_check_interval;

    bool operator==(ControllerConfig const&) const = default;
};

// What every server is told of the metadata quorum and its log.
struct QuorumConfig {
    sim::Duration election_timeout;
    sim::Duration fetch_timeout;
    sim::Duration election_backoff_max;
    sim::Duration append_linger;
    sim::Duration request_timeout;
    sim::Duration retry_backoff;
    std::int64_t bytes_between_snapshots;
    sim::Duration snapshot_interval;  // 0: never by time.
    std::int64_t segment_bytes;
    sim::Duration segment_age;
    std::int64_t retention_bytes;  // Negative: no limit.
    sim::Duration retention_age;

    bool operator==(QuorumConfig const&) const = default;
};

struct TopicConfig {
    std::int32_t min_insync_replicas;
    bool unclean_leader_election_enable;
    std::int32_t max_message_bytes;
    std::int64_t flush_messages;
    sim::Duration flush;  // flush.ms
    std::int64_t segment_bytes;
    sim::Duration file_delete_delay;
    std::optional<Codec> compression;  // compression.type; nothing: as the producer has sent it.
    TimestampType message_timestamp_type;
    sim::Duration segment;             // segment.ms
    sim::Duration segment_jitter;      // segment.jitter.ms
    std::int64_t segment_index_bytes;  // Of an offset index; a time index may have as many.
    std::int32_t index_interval_bytes;
    sim::Duration retention;       // retention.ms; for ever: none.
    std::int64_t retention_bytes;  // Negative: no limit.
    CleanupPolicy cleanup_policy{};
    sim::Duration delete_retention{};    // delete.retention.ms: of tombstones.
    sim::Duration min_compaction_lag{};  // min.compaction.lag.ms
    sim::Duration max_compaction_lag{sim::Duration::forever()};
    sim::Ratio min_cleanable_ratio{1, 2};  // min.cleanable.dirty.ratio

    bool operator==(TopicConfig const&) const = default;
};

enum class Acks : std::int8_t { none = 0, leader = 1, all = -1 };

struct ProducerConfig {
    Acks acks;
    bool enable_idempotence;  // After Kafka's rule that a conflicting setting silently switches it
                              // off.
    Codec compression;
    std::int32_t batch_size;
    sim::Duration linger;
    std::int64_t buffer_memory;
    sim::Duration max_block;
    std::int32_t max_request_size;
    std::int32_t max_in_flight_requests_per_connection;
    std::int32_t retries;
    sim::Duration retry_backoff;
    sim::Duration retry_backoff_max;
    sim::Duration request_timeout;
    sim::Duration delivery_timeout;
    sim::Duration metadata_max_age;
    sim::Duration metadata_max_idle;
    sim::Duration reconnect_backoff;
    sim::Duration reconnect_backoff_max;
    sim::Duration socket_connection_setup_timeout;
    sim::Duration socket_connection_setup_timeout_max;
    bool partitioner_ignore_keys;
    bool partitioner_adaptive_partitioning_enable;
    sim::Duration partitioner_availability_timeout;  // 0: off.
    std::string transactional_id{};                  // Empty: no transactions.
    sim::Duration transaction_timeout{60'000'000'000};

    bool operator==(ProducerConfig const&) const = default;
};

enum class AutoOffsetReset : std::uint8_t { earliest, latest, none, by_duration };
enum class IsolationLevel : std::uint8_t { read_uncommitted, read_committed };

struct ConsumerConfig {
    AutoOffsetReset auto_offset_reset;
    sim::Duration auto_offset_reset_duration;  // With by_duration: so long ago (KIP-1106).
    IsolationLevel isolation_level;
    std::int32_t fetch_min_bytes;
    std::int32_t fetch_max_bytes;
    sim::Duration fetch_max_wait;
    std::int32_t max_partition_fetch_bytes;
    std::int32_t max_poll_records;
    sim::Duration request_timeout;
    sim::Duration default_api_timeout;
    sim::Duration retry_backoff;
    sim::Duration retry_backoff_max;
    sim::Duration metadata_max_age;
    sim::Duration reconnect_backoff;
    sim::Duration reconnect_backoff_max;
    sim::Duration socket_connection_setup_timeout;
    sim::Duration socket_connection_setup_timeout_max;
    std::string client_rack;  // Empty: none.
    // -- In a group.
    std::string group_instance_id{};  // Empty: a dynamic member.
    sim::Duration session_timeout{45'000'000'000};
    sim::Duration heartbeat_interval{3'000'000'000};
    sim::Duration max_poll_interval{300'000'000'000};
    bool enable_auto_commit{true};
    sim::Duration auto_commit_interval{5'000'000'000};
    std::vector<std::string> assignors{};  // partition.assignment.strategy, the best first.
    bool leave_group_on_close{true};

    bool operator==(ConsumerConfig const&) const = default;
};

BrokerConfig resolve_broker_config(KafkaVersion version, ConfigMap const& overrides);
ControllerConfig resolve_controller_config(KafkaVersion version, ConfigMap const& overrides);
QuorumConfig resolve_quorum_config(KafkaVersion version, ConfigMap const& overrides);
// `server` holds the overrides of the node that asks: a topic without its own value takes the
// broker synonym's.
TopicConfig resolve_topic_config(KafkaVersion version, ConfigMap const& overrides,
                                 ConfigMap const& server);
ProducerConfig resolve_producer_config(KafkaVersion version, ConfigMap const& overrides);
ConsumerConfig resolve_consumer_config(KafkaVersion version, ConfigMap const& overrides);

// The value a key has in that scope after overrides, topic synonyms not applied: for printing.
std::optional<std::string> resolved_value(KafkaVersion version, Scope scope, std::string_view key,
                                          ConfigMap const& overrides);

}  // namespace odradek::kafka
