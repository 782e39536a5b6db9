// Configurations as DescribeConfigs answers: each key with its value, where that comes from, and
// what stands behind it. Source: kafka.server.ConfigHelper, DynamicBrokerConfig.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/cluster/cluster.h"

namespace odradek::cli {

// Kafka's ConfigEntry.ConfigSource, from the strongest to the weakest.
enum class ConfigSource : std::uint8_t {
    dynamic_topic,
    dynamic_broker,
    dynamic_default_broker,
    static_broker,
    built_in,
};

std::string_view to_string(ConfigSource source);  // "DYNAMIC_TOPIC_CONFIG"

struct ConfigSynonym {
    ConfigSource source{ConfigSource::built_in};
    std::string name;
    std::string value;
};

struct DescribedConfig {
    std::string name;
    std::optional<std::string> value;  // Nothing: null.
    std::vector<ConfigSynonym> synonyms;

    ConfigSource source() const
    {
        return synonyms.empty() ? ConfigSource::built_in : synonyms.front().source;
    }
};

// By name. As the broker `asked` answers: the static part is its own server.properties.
std::vector<DescribedConfig> describe_topic_configs(kafka::Cluster const& cluster,
                                                    std::string const& topic,
                                                    kafka::BrokerId asked);
std::vector<DescribedConfig> describe_broker_configs(kafka::Cluster const& cluster,
                                                     kafka::BrokerId broker);
// The cluster-wide defaults that were set dynamically.
std::vector<DescribedConfig> describe_default_broker_configs(kafka::Cluster const& cluster);

// Whom an admin asks about topics: the first broker that is alive, else the first.
kafka::BrokerId broker_to_ask(kafka::Cluster const& cluster);

}  // namespace odradek::cli
