// UpdateFeatures (API key 57; KIP-584, KIP-778). Raises or lowers finalized features: all of a
// request or none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

enum class UpgradeType : std::int8_t { upgrade = 1, safe_downgrade = 2, unsafe_downgrade = 3 };
inline std::string to_string(UpgradeType type)
{
    switch (type) {
    case UpgradeType::upgrade:
        return "UPGRADE";
    case UpgradeType::safe_downgrade:
        return "SAFE_DOWNGRADE";
    case UpgradeType::unsafe_downgrade:
        return "UNSAFE_DOWNGRADE";
    }
    return "?";
}

struct UpdateFeaturesResponse {
    Error error{Error::none};
    std::string message;

    bool operator==(UpdateFeaturesResponse const&) const = default;
};
DESCRIBE(UpdateFeaturesResponse, error, message)

struct FeatureUpdate {
    std::string feature;
    std::int16_t max_version_level{0};
    UpgradeType type{UpgradeType::upgrade};

    bool operator==(FeatureUpdate const&) const = default;
};
DESCRIBE(FeatureUpdate, feature, max_version_level, type)

struct UpdateFeaturesRequest {
    using Response = UpdateFeaturesResponse;
    static constexpr int api_key = 57;

    std::vector<FeatureUpdate> updates;

    bool operator==(UpdateFeaturesRequest const&) const = default;
};
DESCRIBE(UpdateFeaturesRequest, updates)

}  // namespace odradek::kafka
