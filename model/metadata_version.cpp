#include "model/metadata_version.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/transaction_state.h"

namespace odradek::kafka {

namespace {

struct Row {
    std::int16_t level;
    KafkaVersion release;
    std::string_view name;
    bool metadata_changed;  // Against the one before.
};

constexpr std::array<Row, 27> rows{{
    {1, {3, 0}, "3.0-IV1", true},   {2, {3, 1}, "3.1-IV0", false},  {3, {3, 2}, "3.2-IV0", true},
    {4, {3, 3}, "3.3-IV0", false},  {5, {3, 3}, "3.3-IV1", true},   {6, {3, 3}, "3.3-IV2", true},
    {7, {3, 3}, "3.3-IV3", true},   {8, {3, 4}, "3.4-IV0", true},   {9, {3, 5}, "3.5-IV0", false},
    {10, {3, 5}, "3.5-IV1", false}, {11, {3, 5}, "3.5-IV2", true},  {12, {3, 6}, "3.6-IV0", false},
    {13, {3, 6}, "3.6-IV1", true},  {14, {3, 6}, "3.6-IV2", true},  {15, {3, 7}, "3.7-IV0", true},
    {16, {3, 7}, "3.7-IV1", false}, {17, {3, 7}, "3.7-IV2", true},  {18, {3, 7}, "3.7-IV3", false},
    {19, {3, 7}, "3.7-IV4", false}, {20, {3, 8}, "3.8-IV0", false}, {21, {3, 9}, "3.9-IV0", false},
    {22, {4, 0}, "4.0-IV0", false}, {23, {4, 0}, "4.0-IV1", true},  {24, {4, 0}, "4.0-IV2", false},
    {25, {4, 0}, "4.0-IV3", false}, {26, {4, 1}, "4.1-IV0", false}, {27, {4, 1}, "4.1-IV1", false},
}};

constexpr MetadataVersion elr_by_default{26};

}  // namespace

std::string to_string(MetadataVersion version)
{
    for (Row const& row : rows)
        if (row.level == version.level)
            return std::string(row.name);
    return "unknown";
}

std::optional<MetadataVersion> parse_metadata_version(std::string_view text)
{
    std::optional<MetadataVersion> found;
    for (Row const& row : rows)
        if (row.name == text || to_string(row.release) == text)
            found = MetadataVersion{row.level};
    if (found)
        return found;
    std::int16_t level = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), level);
    bool const whole = problem == std::errc{} && end == text.data() + text.size();
    if (whole && level >= rows.front().level && level <= rows.back().level)
        return MetadataVersion{level};
    return std::nullopt;
}

MetadataVersion oldest_metadata_version(KafkaVersion version)
{
    // 4.0 cannot read what came before 3.3-IV3; 3.9 needs FeatureLevelRecord, which is 3.3-IV0.
    return MetadataVersion{static_cast<std::int16_t>(version >= KafkaVersion{4, 0} ? 7 : 4)};
}

MetadataVersion latest_metadata_version(KafkaVersion version)
{
    MetadataVersion latest;
    for (Row const& row : rows)
        if (row.release <= version)
            latest = MetadataVersion{row.level};
    return latest;
}

bool metadata_changed_between(MetadataVersion from, MetadataVersion to)
{
    return std::any_of(rows.begin(), rows.end(), [&](Row const& row) {
        return row.level > to.level && row.level <= from.level && row.metadata_changed;
    });
}

std::vector<MetadataVersion> all_metadata_versions()
{
    std::vector<MetadataVersion> all;
    for (Row const& row : rows)
        all.push_back({row.level});
    return all;
}

std::optional<std::int16_t> supported_feature_level(KafkaVersion version, std::string_view feature)
{
    if (feature == metadata_version_feature)
        return latest_metadata_version(version).level;
    if (feature == kraft_version_feature && version >= KafkaVersion{3, 9})
        return 1;
    if (feature == "group.version" && version >= KafkaVersion{4, 0})
        return 1;
    if (feature == transaction_version_feature && version >= KafkaVersion{4, 0})
        return 2;
    if (feature == elr_feature && version >= KafkaVersion{4, 0})
        return 1;
    if (feature == "share.version" && version >= KafkaVersion{4, 1})
        return 1;
    if (feature == "streams.version" && version >= KafkaVersion{4, 1})
        return 1;
    return std::nullopt;
}

std::int16_t default_feature_level(MetadataVersion metadata, std::string_view feature)
{
    if (feature == metadata_version_feature)
        return metadata.level;
    // KIP-890: since 4.0-IV2 (level 24) a new cluster has its second part.
    if (feature == transaction_version_feature)
        return metadata.level >= 24 ? 2 : 0;
    return feature == elr_feature && metadata >= elr_by_default ? 1 : 0;
}

FeatureLevels feature_levels(KafkaVersion version,
                             std::map<std::string, std::string, std::less<>> const& wanted)
{
    FeatureLevels levels;
    for (auto const& [feature, text] : wanted) {
        if (feature == kraft_version_feature)
            continue;
        std::int16_t level = 0;
        std::from_chars(text.data(), text.data() + text.size(), level);
        if (feature == metadata_version_feature)
            level = parse_metadata_version(text).value_or(MetadataVersion{}).level;
        levels[feature] = level;
    }
    std::string const metadata{metadata_version_feature};
    levels.emplace(metadata, latest_metadata_version(version).level);
    if (supported_feature_level(version, elr_feature))
        levels.emplace(std::string(elr_feature),
                       default_feature_level({levels[metadata]}, elr_feature));
    return levels;
}

}  // namespace odradek::kafka
