// CreateTopics (API key 19). Asked of the controller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct CreateTopicsResponse {
    Error error{Error::none};
    std::string message;

    bool operator==(CreateTopicsResponse const&) const = default;
};
DESCRIBE(CreateTopicsResponse, error, message)

struct ConfigEntry {
    std::string key;
    std::string value;

    bool operator==(ConfigEntry const&) const = default;
};
DESCRIBE(ConfigEntry, key, value)

struct CreateTopicsRequest {
    using Response = CreateTopicsResponse;
    static constexpr int api_key = 19;

    std::string name;
    std::int32_t partitions{-1};          // -1: num.partitions.
    std::int16_t replication_factor{-1};  // -1: default.replication.factor.
    std::vector<std::vector<BrokerId>>
        assignment;  // Replicas by partition; empty: the controller places them.
    std::vector<ConfigEntry> configs;

    bool operator==(CreateTopicsRequest const&) const = default;
};
DESCRIBE(CreateTopicsRequest, name, partitions, replication_factor, assignment, configs)

}  // namespace odradek::kafka
