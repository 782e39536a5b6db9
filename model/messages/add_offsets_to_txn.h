// AddOffsetsToTxn (API key 25; KIP-98). The producer is about to commit offsets of a group in its
// transaction: the group's partition of __consumer_offsets becomes part of it, like any other.
#pragma once

#include <cstdint>
#include <string>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct AddOffsetsToTxnResponse {
    Error error{Error::none};

    bool operator==(AddOffsetsToTxnResponse const&) const = default;
};
DESCRIBE(AddOffsetsToTxnResponse, error)

struct AddOffsetsToTxnRequest {
    using Response = AddOffsetsToTxnResponse;
    static constexpr int api_key = 25;

    std::string transactional_id;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    std::string group;

    bool operator==(AddOffsetsToTxnRequest const&) const = default;
};
DESCRIBE(AddOffsetsToTxnRequest, transactional_id, producer_id, producer_epoch, group)

}  // namespace odradek::kafka
