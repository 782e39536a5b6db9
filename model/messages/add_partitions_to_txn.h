// AddPartitionsToTxn (API key 24; KIP-98, KIP-890). A producer adds the partitions that it is about
// to write to (v0 to v3: one transaction). A broker that was sent a transactional batch asks
// whether its partition is part of the transaction, or adds it (v4: many transactions in a
// request).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct AddedPartition {
    TopicPartition partition;
    Error error{Error::none};

    bool operator==(AddedPartition const&) const = default;
};
DESCRIBE(AddedPartition, partition, error)

struct AddPartitionsToTxnResult {
    std::string transactional_id;
    std::vector<AddedPartition> partitions;

    bool operator==(AddPartitionsToTxnResult const&) const = default;
};
DESCRIBE(AddPartitionsToTxnResult, transactional_id, partitions)

struct AddPartitionsToTxnResponse {
    std::vector<AddPartitionsToTxnResult> results;

    bool operator==(AddPartitionsToTxnResponse const&) const = default;
};
DESCRIBE(AddPartitionsToTxnResponse, results)

struct AddPartitionsToTxnTransaction {
    std::string transactional_id;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    bool verify_only{false};
    std::vector<TopicPartition> partitions;

    bool operator==(AddPartitionsToTxnTransaction const&) const = default;
};
DESCRIBE(AddPartitionsToTxnTransaction, transactional_id, producer_id, producer_epoch, verify_only,
         partitions)

struct AddPartitionsToTxnRequest {
    using Response = AddPartitionsToTxnResponse;
    static constexpr int api_key = 24;

    std::vector<AddPartitionsToTxnTransaction> transactions;

    bool operator==(AddPartitionsToTxnRequest const&) const = default;
};
DESCRIBE(AddPartitionsToTxnRequest, transactions)

}  // namespace odradek::kafka
