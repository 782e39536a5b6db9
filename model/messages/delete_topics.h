// DeleteTopics (API key 20). Asked of the controller, which forgets the topic and its configuration
// at once; brokers delete replicas when they read so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct DeleteTopicsResponse {
    Error error{Error::none};
    std::string message;

    bool operator==(DeleteTopicsResponse const&) const = default;
};
DESCRIBE(DeleteTopicsResponse, error, message)

struct DeleteTopicsRequest {
    using Response = DeleteTopicsResponse;
    static constexpr int api_key = 20;

    std::string name;

    bool operator==(DeleteTopicsRequest const&) const = default;
};
DESCRIBE(DeleteTopicsRequest, name)

}  // namespace odradek::kafka
