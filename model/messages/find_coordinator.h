// FindCoordinator (API key 10). Which broker coordinates a group or a transactional id: the leader
// of the partition of the internal topic that the key falls on. A broker that knows of no such
// topic has it created, and says COORDINATOR_NOT_AVAILABLE meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

enum class CoordinatorType : std::uint8_t { group = 0, transaction = 1 };
constexpr char const* to_string(CoordinatorType type)
{
    return type == CoordinatorType::group ? "group" : "transaction";
}

struct FindCoordinatorResponse {
    Error error{Error::none};
    BrokerId coordinator{no_broker};
    sim::NodeId node;  // Its address.

    bool operator==(FindCoordinatorResponse const&) const = default;
};
DESCRIBE(FindCoordinatorResponse, error, coordinator, node)

struct FindCoordinatorRequest {
    using Response = FindCoordinatorResponse;
    static constexpr int api_key = 10;

    CoordinatorType type{CoordinatorType::group};
    std::string key;

    bool operator==(FindCoordinatorRequest const&) const = default;
};
DESCRIBE(FindCoordinatorRequest, type, key)

}  // namespace odradek::kafka
