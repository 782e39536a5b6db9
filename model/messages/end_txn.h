// EndTxn (API key 26; KIP-98). The producer commits or aborts. Since v5 (transaction.version 2,
// KIP-890) the answer has the epoch, at its end the id, of the producer's next transaction.
#pragma once

#include <cstdint>
#include <string>

#include "model/errors.h"
#include "model/transaction_state.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct EndTxnResponse {
    Error error{Error::none};
    ProducerId producer_id{no_producer};  // v5.
    std::int16_t producer_epoch{-1};

    bool operator==(EndTxnResponse const&) const = default;
};
DESCRIBE(EndTxnResponse, error, producer_id, producer_epoch)

struct EndTxnRequest {
    using Response = EndTxnResponse;
    static constexpr int api_key = 26;

    std::string transactional_id;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    bool committed{false};
    // Of the client: v5 is tv2, earlier versions are tv0.
    TransactionVersion client_version{TransactionVersion::tv0};

    bool operator==(EndTxnRequest const&) const = default;
};
DESCRIBE(EndTxnRequest, transactional_id, producer_id, producer_epoch, committed, client_version)

}  // namespace odradek::kafka
