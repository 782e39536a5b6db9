// `odradek kafka-configs --describe --entity-type topics|brokers --run DIR`: what kafka-configs.sh
// would print at a moment of a run. Facts from Kafka's ConfigCommand and ConfigHelper.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/described_configs.h"
#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::BrokerId;
using kafka::Cluster;

// What is described: a topic, a broker, or the brokers' dynamic defaults.
struct Entity {
    enum class Kind : std::uint8_t { topic, broker, broker_defaults } kind{Kind::topic};
    std::string name;
};

std::string_view wanted_type(Arguments const& arguments)
{
    if (!arguments.topic.empty())
        return "topics";
    if (!arguments.broker.empty() || arguments.broker_defaults)
        return "brokers";
    if (arguments.entity_type.empty())
        throw usage_error("kafka-configs needs --entity-type", "topics or brokers");
    std::string_view const type = choose("--entity-type", arguments.entity_type,
                                         {"topics", "brokers", "clients", "users", "broker-loggers",
                                          "ips", "client-metrics", "groups"});
    if (type != "topics" && type != "brokers")
        throw usage_error(fmt::format("configurations of {} are not simulated", type),
                          "--entity-type is topics or brokers");
    return type;
}

std::vector<Entity> entities(Arguments const& arguments, Cluster const& cluster)
{
    using Kind = Entity::Kind;
    std::string_view const type = wanted_type(arguments);
    std::string const& name = !arguments.topic.empty()    ? arguments.topic
                              : !arguments.broker.empty() ? arguments.broker
                                                          : arguments.entity_name;
    bool const defaults = arguments.entity_default || arguments.broker_defaults;
    if (type == "topics") {
        if (defaults)
            throw usage_error("--entity-default must not be specified with --describe of topics");
        if (!name.empty())
            return {{Kind::topic, name}};
        std::vector<Entity> all;
        for (kafka::TopicView const& topic : topics_by_name(cluster))
            all.push_back({Kind::topic, topic.name()});
        return all;
    }
    if (defaults)
        return {{Kind::broker_defaults, {}}};
    if (!name.empty()) {
        bool const is_number =
            std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!is_number || name.size() > 9)
            throw usage_error(fmt::format(
                "The entity name for brokers must be a valid integer broker id, but it is: {}",
                name));
        return {{Kind::broker, name}};
    }
    std::vector<Entity> all;
    for (kafka::BrokerRegistration const& broker : cluster.image().brokers())
        if (!broker.fenced)
            all.push_back({Kind::broker, std::to_string(broker.id.value)});
    all.push_back({Kind::broker_defaults, {}});
    return all;
}

std::vector<DescribedConfig> configs_of(Cluster const& cluster, Entity const& entity)
{
    switch (entity.kind) {
    case Entity::Kind::topic:
        return describe_topic_configs(cluster, entity.name, broker_to_ask(cluster));
    case Entity::Kind::broker:
        return describe_broker_configs(cluster, BrokerId{std::stoi(entity.name)});
    case Entity::Kind::broker_defaults:
        return describe_default_broker_configs(cluster);
    }
    return {};
}

// Without --all only what was set dynamically for this very entity.
bool is_shown(Entity const& entity, DescribedConfig const& config, bool all)
{
    switch (entity.kind) {
    case Entity::Kind::topic:
        return all || config.source() == ConfigSource::dynamic_topic;
    case Entity::Kind::broker:
        return all || config.source() == ConfigSource::dynamic_broker;
    case Entity::Kind::broker_defaults:
        return all || config.source() == ConfigSource::dynamic_default_broker;
    }
    return false;
}

std::string header(Entity const& entity, bool all)
{
    if (entity.kind == Entity::Kind::broker_defaults)
        return "Default configs for brokers in the cluster are:\n";
    return fmt::format("{} configs for {} {} are:\n", all ? "All" : "Dynamic",
                       entity.kind == Entity::Kind::topic ? "topic" : "broker", entity.name);
}

std::string line(DescribedConfig const& config)
{
    std::string synonyms;
    for (ConfigSynonym const& synonym : config.synonyms)
        synonyms += fmt::format("{}{}:{}={}", synonyms.empty() ? "" : ", ",
                                to_string(synonym.source), synonym.name, synonym.value);
    return fmt::format("  {}={} sensitive=false synonyms={{{}}}\n", config.name,
                       config.value.value_or("null"), synonyms);
}

Json json_of(DescribedConfig const& config)
{
    Json json{{"name", config.name},
              {"value", config.value ? Json(*config.value) : Json()},
              {"source", to_string(config.source())},
              {"synonyms", Json::array()}};
    for (ConfigSynonym const& synonym : config.synonyms)
        json["synonyms"].push_back({{"source", to_string(synonym.source)},
                                    {"name", synonym.name},
                                    {"value", synonym.value}});
    return json;
}

// Why the answer does not come; empty if it does.
std::string trouble(Cluster const& cluster, Entity const& entity)
{
    if (entity.kind == Entity::Kind::topic && !cluster.image().topic(entity.name))
        return "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does "
               "not host this topic-partition.";
    if (entity.kind == Entity::Kind::broker && !is_live(cluster, BrokerId{std::stoi(entity.name)}))
        return "org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node "
               "assignment. Call: describeConfigs";
    return {};
}

}  // namespace

ExitCode kafka_configs(Arguments const& arguments)
{
    if (!arguments.describe)
        throw usage_error("kafka-configs needs --describe",
                          "configurations are changed by the scenario");
    bool const json = is_json(arguments.format);
    wanted_type(arguments);
    SavedCluster const opened = replay_saved_run(arguments, "kafka-configs");
    Cluster const& cluster = *opened.cluster;
    Json list = Json::array();
    for (Entity const& entity : entities(arguments, cluster)) {
        if (!json)
            fmt::print("{}", header(entity, arguments.all));
        if (std::string const why = trouble(cluster, entity); !why.empty()) {
            std::fflush(stdout);
            fmt::print(stderr, "Error while executing config command with args '{}'\n{}\n",
                       arguments.typed, why);
            return ExitCode::violated;
        }
        Json configs = Json::array();
        for (DescribedConfig const& config : configs_of(cluster, entity)) {
            if (!is_shown(entity, config, arguments.all))
                continue;
            configs.push_back(json_of(config));
            if (!json)
                fmt::print("{}", line(config));
        }
        list.push_back({{"type", entity.kind == Entity::Kind::topic ? "topic" : "broker"},
                        {"name", entity.name},
                        {"configs", configs}});
    }
    if (json)
        fmt::print("{}", dump({{"schema", "odradek/kafka-configs/1"}, {"entities", list}}));
    return ExitCode::held;
}

}  // namespace odradek::cli
