// UnregisterBroker (API key 64; KIP-631). An operator says that a broker will not come back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct UnregisterBrokerResponse {
    Error error{Error::none};
    std::string message;

    bool operator==(UnregisterBrokerResponse const&) const = default;
};
DESCRIBE(UnregisterBrokerResponse, error, message)

struct UnregisterBrokerRequest {
    using Response = UnregisterBrokerResponse;
    static constexpr int api_key = 64;

    BrokerId broker{no_broker};

    bool operator==(UnregisterBrokerRequest const&) const = default;
};
DESCRIBE(UnregisterBrokerRequest, broker)

}  // namespace odradek::kafka
