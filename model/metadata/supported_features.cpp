#include "model/metadata/supported_features.h"

#include <array>
#include <optional>

#include "model/metadata_version.h"

namespace odradek::kafka {

std::vector<SupportedFeature> supported_features(KafkaVersion version)
{
    constexpr std::array<std::string_view, 7> names{
        elr_feature,     "group.version",   kraft_version_feature, metadata_version_feature,
        "share.version", "streams.version", "transaction.version"};
    std::vector<SupportedFeature> features;
    for (std::string_view const name : names) {
        std::optional<std::int16_t> const max = supported_feature_level(version, name);
        if (!max)
            continue;
        std::int16_t const min = name == metadata_version_feature
                                     ? oldest_metadata_version(version).level
                                     : std::int16_t{0};
        features.push_back({std::string(name), min, *max});
    }
    return features;
}

}  // namespace odradek::kafka
