// WriteTxnMarkers (API key 27; KIP-98). The coordinator has the leaders of a transaction's
// partitions write how it ended. Asked again until each has answered. Since v2 (KIP-1228) a marker
// says under which version of the protocol its transaction ended.
#pragma once

#include <cstdint>
#include <vector>

#include "model/errors.h"
#include "model/transaction_state.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct WrittenMarker {
    TopicPartition partition;
    Error error{Error::none};

    bool operator==(WrittenMarker const&) const = default;
};
DESCRIBE(WrittenMarker, partition, error)

struct WriteTxnMarkersResult {
    ProducerId producer_id{no_producer};
    std::vector<WrittenMarker> partitions;

    bool operator==(WriteTxnMarkersResult const&) const = default;
};
DESCRIBE(WriteTxnMarkersResult, producer_id, partitions)

struct WriteTxnMarkersResponse {
    std::vector<WriteTxnMarkersResult> markers;  // In the order of the request.

    bool operator==(WriteTxnMarkersResponse const&) const = default;
};
DESCRIBE(WriteTxnMarkersResponse, markers)

struct TxnMarker {
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    bool committed{false};
    std::int32_t coordinator_epoch{-1};
    TransactionVersion version{TransactionVersion::tv0};  // v2.
    std::vector<TopicPartition> partitions;

    bool operator==(TxnMarker const&) const = default;
};
DESCRIBE(TxnMarker, producer_id, producer_epoch, committed, coordinator_epoch, version, partitions)

struct WriteTxnMarkersRequest {
    using Response = WriteTxnMarkersResponse;
    static constexpr int api_key = 27;

    std::vector<TxnMarker> markers;

    bool operator==(WriteTxnMarkersRequest const&) const = default;
};
DESCRIBE(WriteTxnMarkersRequest, markers)

}  // namespace odradek::kafka
