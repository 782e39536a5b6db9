// CreatePartitions (API key 37; KIP-195). A topic gets more partitions; it can never have fewer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct CreatePartitionsResponse {
    Error error{Error::none};
    std::string message;

    bool operator==(CreatePartitionsResponse const&) const = default;
};
DESCRIBE(CreatePartitionsResponse, error, message)

struct CreatePartitionsRequest {
    using Response = CreatePartitionsResponse;
    static constexpr int api_key = 37;

    std::string name;
    std::int32_t count{0};  // Of partitions, all together.
    // Replicas of each new partition; empty: the controller places them.
    std::vector<std::vector<BrokerId>> assignments;

    bool operator==(CreatePartitionsRequest const&) const = default;
};
DESCRIBE(CreatePartitionsRequest, name, count, assignments)

}  // namespace odradek::kafka
