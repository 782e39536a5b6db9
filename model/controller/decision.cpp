#include "model/controller/decision.h"

#include <algorithm>
#include <charconv>

namespace odradek::kafka {

MetadataVersion ControllerView::metadata_version() const
{
    MetadataVersion const finalized = image.metadata_version();
    return finalized.level != 0 ? finalized : latest_metadata_version(version);
}

bool ControllerView::elr_enabled() const
{
    return image.feature(elr_feature) > 0 && metadata_version().eligible_leader_replicas();
}

std::string topic_value(MetadataImage const& image, std::string_view topic, std::string_view key,
                        std::string otherwise)
{
    ConfigMap const& own = image.topic_configs(topic);
    if (auto const at = own.find(key); at != own.end())
        return at->second;
    ConfigKey const* const row = find_key(key, Scope::topic);
    std::string_view const synonym =
        row != nullptr && !row->broker_synonym.empty() ? row->broker_synonym : key;
    ConfigMap const& defaults = image.configs("broker ");
    auto const at = defaults.find(synonym);
    return at != defaults.end() ? at->second : std::move(otherwise);
}

std::int32_t effective_min_isr(MetadataImage const& image, std::int32_t by_default,
                               std::string_view topic, std::size_t replicas)
{
    std::string const text =
        topic_value(image, topic, "min.insync.replicas", std::to_string(by_default));
    std::int32_t value = 1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::min(value, static_cast<std::int32_t>(replicas));
}

bool unclean_election_enabled(ControllerView const& cluster, std::string_view topic)
{
    std::string const text =
        topic_value(cluster.image, topic, "unclean.leader.election.enable",
                    cluster.config.unclean_leader_election_enable ? "true" : "false");
    // As Boolean.parseBoolean reads it.
    return text.size() == 4 && std::equal(text.begin(), text.end(), "true", [](char a, char b) {
               return a == b || a == b - ('a' - 'A');
           });
}

Error check_broker_epoch(MetadataImage const& image, BrokerId broker, BrokerEpoch epoch)
{
    BrokerRegistration const* registration = image.broker(broker);
    return registration != nullptr && registration->epoch == epoch ? Error::none
                                                                   : Error::stale_broker_epoch;
}

std::string text_of(std::vector<BrokerId> const& brokers) { return sim::print(brokers); }

}  // namespace odradek::kafka
