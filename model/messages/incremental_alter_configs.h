// IncrementalAlterConfigs (API key 44; KIP-339). Dynamic configurations of topics and brokers, one
// key at a time; all changes of a resource or none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

enum class ConfigOperation : std::int8_t { set = 0, remove = 1, append = 2, subtract = 3 };
inline std::string to_string(ConfigOperation operation)
{
    switch (operation) {
    case ConfigOperation::set:
        return "SET";
    case ConfigOperation::remove:
        return "DELETE";
    case ConfigOperation::append:
        return "APPEND";
    case ConfigOperation::subtract:
        return "SUBTRACT";
    }
    return "?";
}

struct AlterConfigsResourceResponse {
    std::string resource;
    Error error{Error::none};
    std::string message;

    bool operator==(AlterConfigsResourceResponse const&) const = default;
};
DESCRIBE(AlterConfigsResourceResponse, resource, error, message)

struct IncrementalAlterConfigsResponse {
    std::vector<AlterConfigsResourceResponse> resources;

    bool operator==(IncrementalAlterConfigsResponse const&) const = default;
};
DESCRIBE(IncrementalAlterConfigsResponse, resources)

struct AlterableConfig {
    std::string key;
    ConfigOperation operation{ConfigOperation::set};
    std::optional<std::string> value;  // Nothing with remove.

    bool operator==(AlterableConfig const&) const = default;
};
DESCRIBE(AlterableConfig, key, operation, value)

struct AlterConfigsResource {
    // "topic orders", "broker 1", "broker " for the default of every broker.
    std::string resource;
    std::vector<AlterableConfig> configs;

    bool operator==(AlterConfigsResource const&) const = default;
};
DESCRIBE(AlterConfigsResource, resource, configs)

struct IncrementalAlterConfigsRequest {
    using Response = IncrementalAlterConfigsResponse;
    static constexpr int api_key = 44;

    std::vector<AlterConfigsResource> resources;

    bool operator==(IncrementalAlterConfigsRequest const&) const = default;
};
DESCRIBE(IncrementalAlterConfigsRequest, resources)

}  // namespace odradek::kafka
