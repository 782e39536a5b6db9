#include "model/controller/features.h"

#include <algorithm>

#include "model/controller/configs.h"

namespace odradek::kafka {

namespace {

std::string invalid_update(FeatureUpdate const& update, std::string const& why)
{
    return fmt::format("Invalid update version {} for feature {}. {}", update.max_version_level,
                       update.feature, why);
}

std::string invalid_metadata_version(FeatureUpdate const& update, std::string const& why)
{
    return fmt::format("Invalid metadata.version {}. {}", update.max_version_level, why);
}

std::string not_supported(std::string const& node, FeatureUpdate const& update, int min, int max)
{
    if (max == 0 && min == 0)
        return fmt::format("{} does not support this feature.", node);
    return fmt::format("{} only supports versions {}-{}", node, min, max);
}

// Why some node could not live with that level; empty: all can.
std::string why_not_supported(ControllerView const& cluster, FeatureUpdate const& update)
{
    int const lowest = update.feature == metadata_version_feature
                           ? oldest_metadata_version(cluster.version).level
                           : 0;
    int const highest = supported_feature_level(cluster.version, update.feature).value_or(0);
    if (update.max_version_level < lowest || update.max_version_level > highest)
        return not_supported("Local controller", update, lowest, highest);
    for (BrokerRegistration const& broker : cluster.image.brokers()) {
        if (broker.features.empty())
            continue;  // It has not said.
        SupportedFeature supported{update.feature, 0, 0};
        for (SupportedFeature const& known : broker.features)
            if (known.name == update.feature)
                supported = known;
        if (update.max_version_level < supported.min || update.max_version_level > supported.max)
            return not_supported(fmt::format("Broker {}", broker.id.value), update, supported.min,
                                 supported.max);
    }
    return {};
}

// Kafka's words for why an update cannot be; empty: it can.
std::string problem_of(ControllerView const& cluster, FeatureUpdate const& update)
{
    bool const is_metadata = update.feature == metadata_version_feature;
    std::int16_t const current =
        is_metadata ? cluster.metadata_version().level : cluster.image.feature(update.feature);
    if (update.max_version_level < 0)
        return invalid_update(update, "A feature version cannot be less than 0.");
    if (std::string const why = why_not_supported(cluster, update); !why.empty())
        return invalid_update(update, why);
    if (update.max_version_level < current && update.type == UpgradeType::upgrade)
        return invalid_update(update,
                              "Can't downgrade the version of this feature without setting the "
                              "upgrade type to either safe or unsafe downgrade.");
    if (update.max_version_level > current && update.type != UpgradeType::upgrade)
        return invalid_update(update, "Can't downgrade to a newer version.");
    if (!is_metadata) {
        if (update.feature == kraft_version_feature)
            return invalid_update(update, "kraft.version is not changed here: it belongs to the "
                                          "quorum, and is read only");
        if (update.feature == elr_feature && update.max_version_level > 0 &&
            !cluster.metadata_version().eligible_leader_replicas())
            return invalid_update(update,
                                  fmt::format("{} could not be set to {} because it depends on "
                                              "metadata.version level 23",
                                              update.feature, update.max_version_level));
        return {};
    }
    MetadataVersion const wanted{update.max_version_level};
    MetadataVersion const oldest = oldest_metadata_version(cluster.version);
    if (wanted < oldest)
        return invalid_metadata_version(
            update,
            fmt::format("Unable to set a metadata.version less than {}", to_string(oldest)));
    if (wanted.level < current && metadata_changed_between({current}, wanted))
        return invalid_metadata_version(
            update, update.type == UpgradeType::unsafe_downgrade
                        ? "Unsafe metadata downgrade is not supported in this version."
                        : "Refusing to perform the requested downgrade because it might delete "
                          "metadata information.");
    return {};
}

}  // namespace

std::vector<MetadataRecord> bootstrap_records(ControllerView const& cluster,
                                              FeatureLevels const& features, Out& out)
{
    std::vector<MetadataRecord> records;
    for (auto const& [name, level] : features) {
        if (level == 0)
            continue;
        out.note("a new cluster: {} is {}", name,
                 name == metadata_version_feature ? to_string(MetadataVersion{level})
                                                  : std::to_string(level));
        records.push_back(FeatureLevelRecord{name, level});
    }
    auto const elr = features.find(elr_feature);
    if (elr != features.end() && elr->second > 0)
        add_elr_safety_records(cluster, records, out);
    return records;
}

Decision<UpdateFeaturesResponse> decide_update_features(ControllerView const& cluster,
                                                        UpdateFeaturesRequest const& request,
                                                        Out& out)
{
    Decision<UpdateFeaturesResponse> decision;
    for (FeatureUpdate const& update : request.updates) {
        std::string problem = problem_of(cluster, update);
        if (!problem.empty()) {
            out.note("no feature is changed: {}", problem);
            decision.records.clear();
            decision.response = {Error::invalid_update_version, std::move(problem)};
            return decision;
        }
        out.note("finalize {} at {}", update.feature, update.max_version_level);
        decision.records.push_back(FeatureLevelRecord{update.feature, update.max_version_level});
        if (update.feature == elr_feature && update.max_version_level > 0)
            add_elr_safety_records(cluster, decision.records, out);
    }
    return decision;
}

}  // namespace odradek::kafka
