// What becomes of transactions, as facts (observations.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/transaction_state.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// The producer has its id: initTransactions() returned. Whoever had the transactional id before is
// fenced.
struct TransactionalProducerReady {
    std::uint32_t client{0};
    std::string transactional_id;
    ProducerId producer_id;
    std::int16_t producer_epoch{0};
};
DESCRIBE(TransactionalProducerReady, client, transactional_id, producer_id, producer_epoch)

// beginTransaction(): what the client sends from here on is of it.
struct TransactionBegan {
    std::uint32_t client{0};
    std::uint64_t number{0};  // Of the client's transactions, from 0.
    std::string transactional_id;
};
DESCRIBE(TransactionBegan, client, number, transactional_id)

// commitTransaction() or abortTransaction() was called.
struct TransactionEnding {
    std::uint32_t client{0};
    std::uint64_t number{0};
    bool commit{false};
};
DESCRIBE(TransactionEnding, client, number, commit)

// How a transaction ended for its application, by Jepsen's rule: ok, fail, or info when nobody
// knows.
enum class TransactionOutcome : std::uint8_t { committed, aborted, unknown };
constexpr char const* to_string(TransactionOutcome outcome)
{
    return outcome == TransactionOutcome::committed ? "committed"
           : outcome == TransactionOutcome::aborted ? "aborted"
                                                    : "unknown";
}
struct TransactionEnded {
    std::uint32_t client{0};
    std::uint64_t number{0};
    TransactionOutcome outcome{TransactionOutcome::unknown};
    Error error{Error::none};  // Why not.
};
DESCRIBE(TransactionEnded, client, number, outcome, error)

// What a record of __transaction_state says.
struct TransactionSnapshot {
    ProducerId producer_id{no_producer};
    ProducerId previous_producer_id{no_producer};
    ProducerId next_producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    std::int16_t last_producer_epoch{-1};
    sim::Duration timeout{};
    TransactionState state{TransactionState::empty};
    std::vector<TopicPartition> partitions;  // Ascending.
    sim::Instant start;  // By the coordinator's wall clock; long ago: it has not begun.
    sim::Instant last_update;
    TransactionVersion client_version{TransactionVersion::tv0};

    bool operator==(TransactionSnapshot const&) const = default;
};
DESCRIBE(TransactionSnapshot, producer_id, previous_producer_id, next_producer_id, producer_epoch,
         last_producer_epoch, timeout, state, partitions, start, last_update, client_version)

// A coordinator has written a transaction's new state, and acts on it from here on.
struct TransactionStateChanged {
    BrokerId broker;
    std::int32_t state_partition{0};
    std::int32_t coordinator_epoch{0};
    std::string transactional_id;
    TransactionState from{TransactionState::empty};
    TransactionState to{TransactionState::empty};
    ProducerId producer_id;
    std::int16_t producer_epoch{0};
    std::uint64_t partitions{0};
    bool after_failover{false};  // What it completes was begun by an earlier coordinator.
};
DESCRIBE(TransactionStateChanged, broker, state_partition, coordinator_epoch, transactional_id,
         from, to, producer_id, producer_epoch, partitions, after_failover)

// A leader has refused a batch of a producer that has an id.
struct BatchRefused {
    BrokerId broker;
    TopicPartition partition;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    Error error{Error::none};
};
DESCRIBE(BatchRefused, broker, partition, producer_id, producer_epoch, error)

// A coordinator has refused to end a transaction.
struct EndRefused {
    BrokerId broker;
    std::int32_t coordinator_epoch{0};
    std::string transactional_id;
    ProducerId producer_id{no_producer};
    std::int16_t producer_epoch{-1};
    Error error{Error::none};
};
DESCRIBE(EndRefused, broker, coordinator_epoch, transactional_id, producer_id, producer_epoch,
         error)

// A broker has become the coordinator of what is in a partition of an internal topic.
struct CoordinatorLoaded {
    BrokerId broker;
    TopicPartition partition;
    Epoch coordinator_epoch;
    std::uint64_t entries{0};
};
DESCRIBE(CoordinatorLoaded, broker, partition, coordinator_epoch, entries)

}  // namespace odradek::kafka
