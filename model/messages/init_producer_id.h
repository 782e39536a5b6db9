// InitProducerId (API key 22; KIP-98). Without a transactional id: a fresh producer id, epoch 0.
// The broker takes it from a block that the controller handed it (AllocateProducerIds, API key 67,
// KIP-730). With one, asked of its coordinator: the id's producer id in a new epoch, which fences
// whoever had it before and aborts what was left open; a producer that has both says so, and is
// bumped only if they are the latest (KIP-360).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/messages/tagged.h"
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

struct TransactionalInit {
    std::string transactional_id;  // Empty: no transactions.
    sim::Duration transaction_timeout{};
    ProducerId producer_id{no_producer};  // What it has; -1: nothing.
    std::int16_t producer_epoch{-1};

    bool operator==(TransactionalInit const&) const = default;
};
DESCRIBE(TransactionalInit, transactional_id, transaction_timeout, producer_id, producer_epoch)

struct InitProducerIdRequest {
    using Response = InitProducerIdResponse;
    static constexpr int api_key = 22;

    Tagged<TransactionalInit> transactional{};

    bool operator==(InitProducerIdRequest const&) const = default;
};
DESCRIBE(InitProducerIdRequest, transactional)

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
