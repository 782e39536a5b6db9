// What an operator asks of the controller, in steps of the timeline and in chaos faults.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "model/metadata_version.h"
#include "model/scenario/decoder.h"
#include "model/spelling.h"

namespace odradek::kafka {

namespace {

// Broker keys that a running broker takes up. Source: DynamicBrokerConfig and its parts.
constexpr std::array<std::string_view, 22> dynamic_broker_keys{
    "min.insync.replicas",
    "unclean.leader.election.enable",
    "message.max.bytes",
    "log.flush.interval.messages",
    "log.flush.interval.ms",
    "log.segment.bytes",
    "log.roll.ms",
    "log.retention.ms",
    "log.retention.bytes",
    "log.cleanup.policy",
    "log.cleaner.delete.retention.ms",
    "log.cleaner.min.compaction.lag.ms",
    "log.cleaner.max.compaction.lag.ms",
    "num.replica.fetchers",
    "num.io.threads",
    "num.network.threads",
    "background.threads",
    "compression.type",
    "leader.replication.throttled.rate",
    "follower.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
    "producer.id.expiration.ms",
};

bool is_dynamic(std::string_view key)
{
    return std::find(dynamic_broker_keys.begin(), dynamic_broker_keys.end(), key) !=
           dynamic_broker_keys.end();
}

}  // namespace

std::optional<Details> Decoder::decode_admin_details(Verb verb, Node const& with)
{
    switch (verb) {
    case Verb::delete_topic:
        return decode_delete_topic(with);
    case Verb::delete_records:
        return decode_delete_records(with);
    case Verb::add_partitions:
        return decode_add_partitions(with);
    case Verb::config:
        return decode_config_step(with);
    case Verb::reassign:
        return decode_reassign(with);
    case Verb::update_features:
        return decode_update_features(with);
    case Verb::unregister_broker:
        return decode_unregister_broker(with);
    default:
        return std::nullopt;
    }
}

std::string Decoder::used_topic(Node const& node)
{
    std::string name = string(node).value_or("");
    if (!name.empty())
        used_topics_.emplace_back(name, &node);
    return name;
}

std::optional<std::int32_t> Decoder::broker_of_cluster(Node const& node)
{
    auto const id = small(node, 0, 1'000'000'000);
    ClusterSpec::Brokers const& brokers = scenario_.cluster.brokers;
    if (id && brokers.count > 0 &&
        (*id < brokers.first_id || *id >= brokers.first_id + brokers.count)) {
        error(node, fmt::format("there is no broker {}", *id),
              fmt::format("brokers are {} to {}", brokers.first_id,
                          brokers.first_id + brokers.count - 1));
        return std::nullopt;
    }
    return id;
}

// The brokers of one partition: at least one, none of them twice.
std::vector<std::int32_t> Decoder::broker_list(Node const& node)
{
    std::vector<std::int32_t> brokers;
    if (!is_array(node, "a list of replicas"))
        return brokers;
    if (node.items.empty())
        error(node, "a partition needs at least one replica");
    for (Node const& item : node.items) {
        auto const id = broker_of_cluster(item);
        if (id && std::find(brokers.begin(), brokers.end(), *id) != brokers.end())
            error(item, fmt::format("broker {} is named twice", *id));
        else if (id)
            brokers.push_back(*id);
    }
    return brokers;
}

DeleteTopicDetails Decoder::decode_delete_topic(Node const& node)
{
    DeleteTopicDetails details;
    Fields fields{*this, node, "a delete-topic step"};
    if (Node const* topic = fields.need("topic", "the name of a topic"))
        details.topic = used_topic(*topic);
    return details;
}

void Decoder::kafka_file_version(Node const& node, std::string_view kind)
{
    if (auto const number = integer(node, 0, 1'000'000); number && *number != 1)
        error(node, fmt::format("Kafka reads {} of version 1, not {}", kind, *number));
}

// An offset, or "high-watermark" (also -1, as Kafka writes it).
std::int64_t Decoder::deleted_before(Node const& node)
{
    constexpr std::int64_t to_high_watermark = DeleteRecordsDetails::to_high_watermark;
    if (node.kind == Node::Kind::string) {
        if (string(node) != "high-watermark")
            error(node, fmt::format("\"{}\" is no offset", string(node).value_or("")),
                  "a number, or \"high-watermark\": all that is committed");
        return to_high_watermark;
    }
    return integer(node, -1, std::numeric_limits<std::int64_t>::max()).value_or(to_high_watermark);
}

DeleteRecordsDetails Decoder::decode_delete_records(Node const& node)
{
    DeleteRecordsDetails details;
    Fields fields{*this, node, "a delete-records step"};
    Node const* const partitions = fields.get("partitions");
    Node const* const topic = fields.get("topic");
    Node const* const offset = fields.get("offset");
    Node const* const partition = fields.get("partition");
    if (Node const* version = fields.get("version"))
        kafka_file_version(*version, "offset files");
    if (topic == nullptr) {
        for (Node const* const without : {offset, partition})
            if (without != nullptr)
                error(*without, "of which topic?", "say \"topic\"");
        if (partitions == nullptr)
            error(node, "which records?",
                  "say \"topic\" and \"offset\", or \"partitions\" as in the file of "
                  "kafka-delete-records");
        else if (is_array(*partitions, "partitions")) {
            if (partitions->items.empty())
                error(*partitions, "no partition is named");
            for (Node const& item : partitions->items)
                decode_deleted(item, details);
        }
        return details;
    }
    details.topic = used_topic(*topic);
    if (offset == nullptr)
        error(node, "before which offset?", "say \"offset\": 100, or \"high-watermark\"");
    else
        details.before = deleted_before(*offset);
    if (partition != nullptr && partitions != nullptr)
        error(*partition, "\"partition\" and \"partitions\" say the same", "leave one out");
    if (partition != nullptr)
        details.partitions.push_back(small(*partition, 0, 1'000'000).value_or(0));
    else if (partitions != nullptr && is_array(*partitions, "partitions"))
        for (Node const& item : partitions->items)
            details.partitions.push_back(small(item, 0, 1'000'000).value_or(0));
    return details;
}

void Decoder::decode_deleted(Node const& node, DeleteRecordsDetails& details)
{
    Fields fields{*this, node, "a partition of a delete-records step"};
    DeleteRecordsDetails::Partition one;
    if (Node const* topic = fields.need("topic", "the name of a topic"))
        one.topic = used_topic(*topic);
    if (Node const* partition = fields.need("partition", "its number"))
        one.partition = small(*partition, 0, 1'000'000).value_or(0);
    if (Node const* offset = fields.need("offset", "the first that stays"))
        one.before = deleted_before(*offset);
    for (DeleteRecordsDetails::Partition const& other : details.list)
        if (other.topic == one.topic && other.partition == one.partition)
            error(node, fmt::format("{}-{} is named twice", one.topic, one.partition));
    details.list.push_back(std::move(one));
}

AddPartitionsDetails Decoder::decode_add_partitions(Node const& node)
{
    AddPartitionsDetails details;
    Fields fields{*this, node, "an add-partitions step"};
    if (Node const* topic = fields.need("topic", "the name of a topic"))
        details.topic = used_topic(*topic);
    if (Node const* partitions = fields.need("partitions", "how many there shall be, all together"))
        details.partitions = small(*partitions, 1, 1'000'000).value_or(1);
    if (Node const* assignments = fields.get("assignments");
        assignments != nullptr && is_array(*assignments, "assignments"))
        for (Node const& item : assignments->items)
            details.assignments.push_back(broker_list(item));
    return details;
}

ConfigDetails Decoder::decode_config_step(Node const& node)
{
    ConfigDetails details;
    Fields fields{*this, node, "a config step"};
    Node const* const topic = fields.get("topic");
    Node const* const broker = fields.get("broker");
    if (topic != nullptr)
        details.topic = used_topic(*topic);
    if (broker != nullptr)
        details.broker = broker_of_cluster(*broker);
    if (topic != nullptr && broker != nullptr)
        error(*broker, "\"topic\" and \"broker\" exclude each other",
              "a step configures a topic, a broker, or without either the default of all brokers");
    std::vector<Scope> const scopes = {topic != nullptr ? Scope::topic : Scope::broker};
    bool any = false;
    auto const changes = [&](std::string_view name, ConfigMap& into) {
        Node const* const value = fields.get(name);
        any = any || value != nullptr;
        if (value != nullptr)
            into = config(*value, scopes);
        for (auto const& [key, text] : into)
            if (topic == nullptr && !is_dynamic(key))
                error(value->member(key)->value,
                      fmt::format("{} cannot be changed while a broker runs", key),
                      "say it in cluster.config");
        if (value == nullptr || name == "set")
            return;
        for (Member const& member : value->members) {
            ConfigKey const* const key = find_key(member.name, scopes.front());
            if (key != nullptr && key->type != ConfigType::list)
                error(member.value,
                      fmt::format("{} is no list: nothing can be added to it or taken from it",
                                  member.name),
                      "say \"set\"");
        }
    };
    changes("set", details.set);
    changes("append", details.append);
    changes("subtract", details.subtract);
    if (Node const* removed = fields.get("delete")) {
        any = true;
        details.remove = strings(*removed).value_or(std::vector<std::string>{});
        for (std::string const& key : details.remove)
            if (find_key(key, scopes.front()) == nullptr)
                error(*removed,
                      fmt::format("Kafka has no {} key {}", to_string(scopes.front()), key),
                      did_you_mean(suggest_keys(key, scopes)));
    }
    if (!any)
        error(node, "this step changes nothing",
              "say \"set\", \"append\", \"subtract\" or \"delete\"");
    return details;
}

// Kafka's reassignment file as it is: { "version": 1, "partitions": [ { "topic", "partition",
// "replicas", "log_dirs" } ] }. Or a topic whose replicas go where chance says, or stay where they
// were.
ReassignDetails Decoder::decode_reassign(Node const& node)
{
    ReassignDetails details;
    Fields fields{*this, node, "a reassign step"};
    Node const* const partitions = fields.get("partitions");
    Node const* const topic = fields.get("topic");
    Node const* const partition = fields.get("partition");
    Node const* const random = fields.get("random");
    Node const* const cancel = fields.get("cancel");
    if (Node const* version = fields.get("version"))
        kafka_file_version(*version, "reassignment files");
    if (partitions != nullptr) {
        if (topic != nullptr || random != nullptr || cancel != nullptr)
            error(*partitions, "\"partitions\" says it all: without \"topic\", \"random\" and "
                               "\"cancel\"");
        if (is_array(*partitions, "partitions")) {
            if (partitions->items.empty())
                error(*partitions, "no partition is reassigned");
            for (Node const& item : partitions->items)
                decode_reassigned(item, details);
        }
        return details;
    }
    if (topic != nullptr)
        details.topic = used_topic(*topic);
    if (partition != nullptr) {
        details.partition = small(*partition, 0, 1'000'000);
        if (topic == nullptr)
            error(*partition, "a partition of which topic?", "say \"topic\"");
    }
    bool const draws = random != nullptr && boolean(*random).value_or(false);
    details.cancel = cancel != nullptr && boolean(*cancel).value_or(false);
    if (draws == details.cancel)
        error(node, "where to?",
              "say \"partitions\" as in Kafka's reassignment file, \"random\": true, or "
              "\"cancel\": true");
    return details;
}

void Decoder::decode_reassigned(Node const& node, ReassignDetails& details)
{
    Fields fields{*this, node, "a reassigned partition"};
    ReassignDetails::Partition one;
    if (Node const* topic = fields.need("topic", "the name of a topic"))
        one.topic = used_topic(*topic);
    if (Node const* partition = fields.need("partition", "its number"))
        one.partition = small(*partition, 0, 1'000'000).value_or(0);
    Node const* const replicas = fields.need("replicas", "such as [1, 2, 3]");
    if (replicas != nullptr)
        one.replicas = broker_list(*replicas);
    if (Node const* directories = fields.get("log_dirs")) {
        for (std::string const& directory :
             strings(*directories).value_or(std::vector<std::string>{}))
            if (directory != "any")
                not_simulated(*directories,
                              "a replica cannot be sent to a certain log directory yet",
                              "write \"any\" for each, or leave it out");
        if (replicas != nullptr && directories->items.size() != replicas->items.size())
            error(*directories, "there must be as many log_dirs as replicas");
    }
    for (ReassignDetails::Partition const& other : details.partitions)
        if (other.topic == one.topic && other.partition == one.partition)
            error(node, fmt::format("{}-{} is reassigned twice", one.topic, one.partition));
    details.partitions.push_back(std::move(one));
}

std::optional<std::int16_t> Decoder::feature_level(std::string const& feature, Node const& node)
{
    KafkaVersion const version = scenario_.run.kafka;
    auto const text = scalar_text(node);
    if (!text)
        return std::nullopt;
    if (feature == metadata_version_feature) {
        auto const level = parse_metadata_version(*text);
        MetadataVersion const oldest = oldest_metadata_version(version);
        MetadataVersion const latest = latest_metadata_version(version);
        if (level && *level >= oldest && *level <= latest)
            return level->level;
        error(node,
              fmt::format("\"{}\" is no metadata.version of Kafka {}", *text, to_string(version)),
              fmt::format("it goes from {} to {}", to_string(oldest), to_string(latest)));
        return std::nullopt;
    }
    auto const highest = supported_feature_level(version, feature);
    auto const level = small(node, 0, std::numeric_limits<std::int16_t>::max());
    if (!level)
        return std::nullopt;
    if (*level > highest.value_or(0)) {
        error(node, highest
                        ? fmt::format("{} goes up to {} in Kafka {}", feature, *highest,
                                      to_string(version))
                        : fmt::format("Kafka {} does not have {}", to_string(version), feature));
        return std::nullopt;
    }
    return static_cast<std::int16_t>(*level);
}

UpdateFeaturesDetails Decoder::decode_update_features(Node const& node)
{
    UpdateFeaturesDetails details;
    Fields fields{*this, node, "an update-features step"};
    if (Node const* type = fields.get("type"))
        details.type = choice<std::string>(*type, {{"upgrade", "upgrade"},
                                                   {"safe-downgrade", "safe-downgrade"},
                                                   {"unsafe-downgrade", "unsafe-downgrade"}})
                           .value_or("upgrade");
    Node const* const features =
        fields.need("features", "such as { \"eligible.leader.replicas.version\": 1 }");
    if (features == nullptr || !is_object(*features, "features"))
        return details;
    for (Member const& member : features->members) {
        Word const* const known = find_word(known_features(), member.name);
        if (known == nullptr) {
            key_error(*features, member, fmt::format("Kafka has no feature {}", member.name),
                      listed("known", names_of(known_features())));
        } else if (!known->simulated) {
            not_simulated(member.value, fmt::format("{} is not simulated yet", member.name),
                          "leave it out");
        } else if (auto const level = feature_level(member.name, member.value)) {
            details.levels[member.name] = *level;
        }
    }
    return details;
}

UnregisterBrokerDetails Decoder::decode_unregister_broker(Node const& node)
{
    UnregisterBrokerDetails details;
    Fields fields{*this, node, "an unregister-broker step"};
    if (Node const* broker = fields.need("broker", "its id"))
        details.broker = broker_of_cluster(*broker).value_or(0);
    return details;
}

}  // namespace odradek::kafka
