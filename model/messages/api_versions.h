// ApiVersions (API key 18), as far as the metadata quorum asks for it: which kraft.versions a node
// can do, before it is made a voter (KIP-853).
#pragma once

#include <cstdint>

#include "model/errors.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct ApiVersionsResponse {
    Error error{Error::none};
    std::int16_t min_kraft_version{0};
    std::int16_t max_kraft_version{0};

    bool operator==(ApiVersionsResponse const&) const = default;
};
DESCRIBE(ApiVersionsResponse, error, min_kraft_version, max_kraft_version)

struct ApiVersionsRequest {
    using Response = ApiVersionsResponse;
    static constexpr int api_key = 18;

    bool operator==(ApiVersionsRequest const&) const = default;
};
DESCRIBE_EMPTY(ApiVersionsRequest)

}  // namespace odradek::kafka
