// What the replica manager does for transactions beside appending: appends of coordinators, of
// which it tells how they ended, and produce requests that wait until the coordinator has said that
// their partitions are part of the transaction (KIP-890). Values only; the broker carries them to
// and fro.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/log/producer_state.h"
#include "model/messages/add_partitions_to_txn.h"
#include "model/messages/produce.h"
#include "model/out.h"

namespace odradek::kafka {

// Names an append for the coordinator that asked for it.
using AppendTicket = std::uint64_t;

// How an append with acks=all ended.
struct AppendResult {
    AppendTicket ticket{0};
    Error error{Error::none};
};

// A marker that is replicated: what a producer did in that partition is decided. Who keeps more of
// transactions than the log does (offsets of groups) acts on it.
struct MarkerWritten {
    TopicPartition partition;
    ProducerId producer{no_producer};
    bool committed{false};
};

// Is that transaction known to have these partitions, or can they be added? To be asked of the
// coordinator.
struct VerificationWish {
    std::uint64_t number{0};  // Of the produce that waits.
    AddPartitionsToTxnTransaction asked;
};

// A produce request that waits for it.
struct WaitingProduce {
    std::uint64_t number{0};
    RequestId request;
    ProduceRequest message;
    std::vector<VerificationGuard> guards;  // By partition of the request.
    std::vector<Error> errors;
    Instant begun;
    Instant again_at{Instant::never()};  // The transaction before was still ending: ask again.
};

}  // namespace odradek::kafka
