#include "tools/described_configs.h"

#include <algorithm>
#include <array>

#include "tools/kafka_words.h"

namespace odradek::cli {

namespace {

using kafka::BrokerId;
using kafka::Cluster;
using kafka::ConfigKey;
using kafka::ConfigMap;
using kafka::KafkaVersion;
using kafka::Scope;

// Keys that say the same in other units; a stronger one stands before a weaker one
// (DynamicBrokerConfig.brokerConfigSynonyms).
std::vector<std::string> broker_synonyms(std::string_view name)
{
    static std::vector<std::vector<std::string>> const groups{
        {"log.roll.ms", "log.roll.hours"},
        {"log.roll.jitter.ms", "log.roll.jitter.hours"},
        {"log.retention.ms", "log.retention.minutes", "log.retention.hours"},
    };
    if (name == "log.flush.interval.ms")
        return {"log.flush.interval.ms", "log.flush.scheduler.interval.ms"};
    for (std::vector<std::string> const& group : groups)
        if (std::find(group.begin(), group.end(), name) != group.end())
            return group;
    return {std::string{name}};
}

// What a server knows, from the strongest source to the weakest.
struct ServerConfigs {
    ConfigMap dynamic;
    ConfigMap dynamic_defaults;
    ConfigMap properties;
    KafkaVersion version;

    std::optional<std::string> built_in(std::string_view name) const
    {
        for (Scope const scope : {Scope::broker, Scope::controller})
            if (ConfigKey const* key = kafka::find_key(name, scope);
                key != nullptr && key->exists_in(version))
                return key->default_in(version);
        return std::nullopt;
    }
};

ServerConfigs configs_of(Cluster const& cluster, BrokerId broker)
{
    ServerConfigs configs;
    configs.properties = cluster.scenario().cluster.config_of_broker(broker.value);
    configs.dynamic = cluster.image().configs("broker " + std::to_string(broker.value));
    configs.dynamic_defaults = cluster.image().configs("broker ");
    configs.version = cluster.scenario().run.kafka;
    return configs;
}

// ConfigHelper.configSynonyms: of each source all names, then what stands before the name itself
// is dropped.
std::vector<ConfigSynonym> synonyms_of(ServerConfigs const& configs, std::string_view name)
{
    std::vector<std::string> const names = broker_synonyms(name);
    std::vector<ConfigSynonym> synonyms;
    auto const add = [&](ConfigMap const& map, ConfigSource source) {
        for (std::string const& each : names)
            if (auto const found = map.find(each); found != map.end())
                synonyms.push_back({source, each, found->second});
    };
    add(configs.dynamic, ConfigSource::dynamic_broker);
    add(configs.dynamic_defaults, ConfigSource::dynamic_default_broker);
    add(configs.properties, ConfigSource::static_broker);
    for (std::string const& each : names)
        if (std::optional<std::string> const value = configs.built_in(each))
            synonyms.push_back({ConfigSource::built_in, each, *value});
    auto const first =
        std::find_if(synonyms.begin(), synonyms.end(),
                     [&](ConfigSynonym const& synonym) { return synonym.name == name; });
    synonyms.erase(synonyms.begin(), first);
    return synonyms;
}

void sort_by_name(std::vector<DescribedConfig>& configs)
{
    std::sort(configs.begin(), configs.end(),
              [](DescribedConfig const& a, DescribedConfig const& b) { return a.name < b.name; });
}

}  // namespace

std::string_view to_string(ConfigSource source)
{
    static constexpr std::array<std::string_view, 5> names{
        "DYNAMIC_TOPIC_CONFIG", "DYNAMIC_BROKER_CONFIG", "DYNAMIC_DEFAULT_BROKER_CONFIG",
        "STATIC_BROKER_CONFIG", "DEFAULT_CONFIG"};
    return names.at(static_cast<std::size_t>(source));
}

std::vector<DescribedConfig> describe_topic_configs(Cluster const& cluster,
                                                    std::string const& topic, BrokerId asked)
{
    ServerConfigs const server = configs_of(cluster, asked);
    ConfigMap const& own = cluster.image().topic_configs(topic);
    std::vector<DescribedConfig> configs;
    for (ConfigKey const& key : kafka::all_keys()) {
        if (!key.has_scope(Scope::topic) || !key.exists_in(server.version))
            continue;
        DescribedConfig config{std::string{key.name}, key.default_in(server.version), {}};
        if (!key.broker_synonym.empty())
            config.synonyms = synonyms_of(server, key.broker_synonym);
        if (auto const found = own.find(key.name); found != own.end())
            config.synonyms.insert(config.synonyms.begin(),
                                   {ConfigSource::dynamic_topic, config.name, found->second});
        if (!config.synonyms.empty())
            config.value = config.synonyms.front().value;
        configs.push_back(std::move(config));
    }
    sort_by_name(configs);
    return configs;
}

std::vector<DescribedConfig> describe_broker_configs(Cluster const& cluster, BrokerId broker)
{
    ServerConfigs const server = configs_of(cluster, broker);
    std::vector<DescribedConfig> configs;
    for (ConfigKey const& key : kafka::all_keys()) {
        bool const is_server = key.has_scope(Scope::broker) || key.has_scope(Scope::controller);
        bool const is_known =
            std::any_of(configs.begin(), configs.end(),
                        [&](DescribedConfig const& config) { return config.name == key.name; });
        if (!is_server || is_known || !key.exists_in(server.version))
            continue;
        DescribedConfig config{std::string{key.name}, key.default_in(server.version),
                               synonyms_of(server, key.name)};
        if (!config.synonyms.empty())
            config.value = config.synonyms.front().value;
        configs.push_back(std::move(config));
    }
    sort_by_name(configs);
    return configs;
}

std::vector<DescribedConfig> describe_default_broker_configs(Cluster const& cluster)
{
    std::vector<DescribedConfig> configs;
    for (auto const& [name, value] : cluster.image().configs("broker "))
        configs.push_back({name, value, {{ConfigSource::dynamic_default_broker, name, value}}});
    return configs;
}

BrokerId broker_to_ask(Cluster const& cluster)
{
    for (kafka::BrokerRegistration const& registration : cluster.image().brokers())
        if (!registration.fenced)
            return registration.id;
    return BrokerId{cluster.scenario().cluster.brokers.first_id};
}

}  // namespace odradek::cli
