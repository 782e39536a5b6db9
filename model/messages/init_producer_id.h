// InitProducerId (API key 22; KIP-98) without a transactional id: a fresh producer id, epoch 0. The
// broker takes it from a block that the controller handed it (AllocateProducerIds, API key 67,
// KIP-730).
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

struct InitProducerIdResponse {
    Error error{Error::none};
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};

    bool operator==(InitProducerIdResponse const&) const = default;
};
DESCRIBE(InitProducerIdResponse, error, producer_id, producer_epoch)

struct InitProducerIdRequest {
    using Response = InitProducerIdResponse;
    static constexpr int api_key = 22;

    bool operator==(InitProducerIdRequest const&) const = default;
};
DESCRIBE_EMPTY(InitProducerIdRequest)

struct AllocateProducerIdsResponse {
    Error error{Error::none};
    ProducerId first{0};
    std::int32_t count{0};

    bool operator==(AllocateProducerIdsResponse const&) const = default;
};
DESCRIBE(AllocateProducerIdsResponse, error, first, count)

struct AllocateProducerIdsRequest {
    using Response = AllocateProducerIdsResponse;
    static constexpr int api_key = 67;

    BrokerId broker{no_broker};
    BrokerEpoch broker_epoch{no_broker_epoch};

    bool operator==(AllocateProducerIdsRequest const&) const = default;
};
DESCRIBE(AllocateProducerIdsRequest, broker, broker_epoch)

}  // namespace odradek::kafka
