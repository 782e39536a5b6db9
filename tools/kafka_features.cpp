// `odradek kafka-features describe --run DIR`: what kafka-features.sh would print at a moment of a
// run. Facts from Kafka's FeatureCommand, BrokerFeatures and Feature.
#include <array>
#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/metadata_version.h"
#include "tools/json_text.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::KafkaVersion;
using kafka::MetadataVersion;

// By name, as the tool sorts them.
constexpr std::array<std::string_view, 7> features{kafka::elr_feature,
                                                   "group.version",
                                                   kafka::kraft_version_feature,
                                                   kafka::metadata_version_feature,
                                                   "share.version",
                                                   "streams.version",
                                                   "transaction.version"};

std::string level_text(std::string_view feature, std::int16_t level)
{
    if (feature != kafka::metadata_version_feature)
        return std::to_string(level);
    std::string const name = to_string(MetadataVersion{level});
    return name == "unknown" ? fmt::format("UNKNOWN {}", level) : name;
}

// The lowest that the brokers' software can work with (MetadataVersion.MINIMUM_VERSION).
std::int16_t lowest(KafkaVersion version, std::string_view feature)
{
    if (feature != kafka::metadata_version_feature)
        return 0;
    return version >= KafkaVersion{4, 0} ? kafka::oldest_metadata_version(version).level : 1;
}

}  // namespace

ExitCode kafka_features(Arguments const& arguments)
{
    if (arguments.action.empty())
        throw usage_error("kafka-features needs to know what to do", "describe");
    std::string_view const action = choose(
        "kafka-features", arguments.action,
        {"describe", "upgrade", "downgrade", "disable", "version-mapping", "feature-dependencies"});
    if (action != "describe")
        throw usage_error(fmt::format("kafka-features {} is not simulated", action),
                          "describe is; features are changed by the scenario");
    bool const json = is_json(arguments.format);
    SavedCluster const opened = replay_saved_run(arguments, "kafka-features");
    kafka::MetadataImage const& image = opened.cluster->image();
    std::int64_t const epoch = image.end_offset().value - 1;
    Json list = Json::array();
    for (std::string_view const feature : features) {
        std::optional<std::int16_t> const highest =
            kafka::supported_feature_level(opened.version(), feature);
        if (!highest)
            continue;
        std::int16_t const lowest_level = lowest(opened.version(), feature);
        std::int16_t const finalized =
            feature == kafka::metadata_version_feature ? image.metadata_version().level
            : feature == kafka::kraft_version_feature  ? opened.cluster->kraft_version()
                                                       : image.feature(feature);
        list.push_back({{"feature", feature},
                        {"supportedMinVersion", level_text(feature, lowest_level)},
                        {"supportedMaxVersion", level_text(feature, *highest)},
                        {"finalizedVersionLevel", level_text(feature, finalized)},
                        {"epoch", epoch}});
        if (!json)
            fmt::print("Feature: {}\tSupportedMinVersion: {}\tSupportedMaxVersion: {}"
                       "\tFinalizedVersionLevel: {}\tEpoch: {}\n",
                       feature, level_text(feature, lowest_level), level_text(feature, *highest),
                       level_text(feature, finalized),
                       epoch < 0 ? std::string{"-"} : std::to_string(epoch));
    }
    if (json)
        fmt::print("{}", dump({{"schema", "odradek/kafka-features/1"}, {"features", list}}));
    return ExitCode::held;
}

}  // namespace odradek::cli
