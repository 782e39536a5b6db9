// A producer's transactions: what state it is in, which partitions are part of its transaction, and
// what its coordinator must be asked next. One request at a time, the most urgent first.
//
// state           | the application may            | goes on to
// uninitialized   | initTransactions()             | initializing
// initializing    | wait                           | ready
// ready           | beginTransaction()             | in_transaction
// in_transaction  | send(), commit, abort          | committing, aborting, abortable_error
// committing      | wait                           | ready, abortable_error
// aborting        | wait                           | ready, or initializing for a new epoch
// abortable_error | abortTransaction()             | aborting
// fatal_error     | close()                        | -
//
// Source: org.apache.kafka.clients.producer.internals.TransactionManager; KIP-98, KIP-360, KIP-588,
// KIP-890.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/messages/add_partitions_to_txn.h"
#include "model/messages/end_txn.h"
#include "model/messages/find_coordinator.h"
#include "model/messages/init_producer_id.h"
#include "model/out.h"
#include "model/transaction_state.h"

namespace odradek::kafka {

class TransactionManager {
public:
    struct Config {
        std::string transactional_id;
        Duration transaction_timeout{60'000'000'000};
        Duration retry_backoff{100'000'000};
        Duration retry_backoff_max{1'000'000'000};
        bool expired_batch_aborts{true};  // KAFKA-5385
    };
    enum class State : std::uint8_t {
        uninitialized,
        initializing,
        ready,
        in_transaction,
        committing,
        aborting,
        abortable_error,
        fatal_error,
    };

    explicit TransactionManager(Config config) : config_(std::move(config)) {}

    std::string const& transactional_id() const { return config_.transactional_id; }
    State state() const { return state_; }
    Error last_error() const { return last_error_; }
    bool has_error() const
    {
        return state_ == State::abortable_error || state_ == State::fatal_error;
    }
    // The application may begin a transaction, or send() in the one that is open.
    bool takes_records() const { return state_ == State::ready || state_ == State::in_transaction; }
    bool is_completing() const { return state_ == State::committing || state_ == State::aborting; }
    // EndTxn was sent for the transaction: how it ends is not in the producer's hands any more.
    bool end_sent() const { return end_sent_; }
    bool adds_partitions_itself() const { return !bumps_epoch(version_); }
    TransactionVersion version() const { return version_; }

    // -- The application ------------------------------------------------------------------------
    // `version`: the finalized transaction.version as far as is known.
    void init(TransactionVersion version);
    void begin(TransactionVersion version);
    void end(bool commit);
    // send() to that partition.
    void maybe_add_partition(TopicPartition partition);
    // Is it part of the transaction, or on its way to be? Then another record tells nobody news.
    bool knows(TopicPartition partition) const;

    // -- The Sender -----------------------------------------------------------------------------
    // May data of it leave?
    bool may_send_to(TopicPartition partition) const;
    // A batch has failed for good.
    void on_batch_failed(Error error, bool expired);
    // A gap that nobody can fill is in what was sent.
    void abort_for_gap();

    // A request to be made. With `to_coordinator` it goes to coordinator().
    struct Turn {
        Message request;
        bool to_coordinator{true};
    };
    bool in_flight() const { return in_flight_.has_value(); }
    // Nothing has to be asked now. `has_incomplete`: records have no outcome yet, and an end waits
    // for them.
    bool idle(bool has_incomplete);
    // The next request; after it may not be sent before: nothing, and retry_at() says when. Call
    // sent() when it is handed to the network.
    std::optional<Turn> next(Env const& env, ProducerId id, std::int16_t epoch);
    Instant retry_at() const { return retry_at_; }
    // idle() found that it has ended without the coordinator, since last asked.
    bool take_ended_locally() { return std::exchange(ended_locally_, false); }
    void sent();
    std::optional<NodeId> coordinator() const { return coordinator_; }
    // It cannot be reached.
    void coordinator_lost();

    // What an answer has changed.
    struct Changed {
        bool producer_id{false};  // Of which the sequences begin anew.
        ProducerId id{no_producer};
        std::int16_t epoch{-1};
        bool initialized{false};
        bool ended{false};  // As it was asked for.
    };
    Changed on_response(Env const& env, Message const& message, Out& out);
    // Its request was lost with the connection.
    void on_lost(Env const& env);

private:
    // By urgency.
    enum class Kind : std::uint8_t {
        find_coordinator,
        init_producer_id,
        add_partitions,
        end_txn,
        epoch_bump,
    };
    struct Request {
        Kind kind{};
        int retries{0};
        Instant not_before;
        bool commit{false};
        std::vector<TopicPartition> partitions;  // Of AddPartitionsToTxn.
    };
    void enqueue(Request request);
    void enqueue_new_partitions();
    void retry(Env const& env, Request request, Duration first);
    void lookup();
    void fatal(Error error);
    void abortable(Error error);
    bool needs_bump() const { return !bumps_epoch(version_); }
    void complete_transaction();
    Changed on_init(Env const& env, Request request, InitProducerIdResponse const& response);
    Changed on_end(Env const& env, Request request, EndTxnResponse const& response);
    void on_added(Env const& env, Request request, AddPartitionsToTxnResponse const& response);
    void on_found(Env const& env, Request request, FindCoordinatorResponse const& response);
    // 15 and 16: whoever it is now. True when it was one of those.
    bool moved(Env const& env, Request const& request, Error error);

    Config config_;
    State state_{State::uninitialized};
    TransactionVersion version_{TransactionVersion::tv0};
    std::optional<NodeId> coordinator_;
    std::vector<Request> pending_;  // Most urgent first, then in order.
    std::optional<Request> in_flight_;
    Instant retry_at_;
    std::vector<TopicPartition> new_partitions_;      // Not asked for yet.
    std::vector<TopicPartition> pending_partitions_;  // Asked for.
    std::vector<TopicPartition> partitions_;          // Part of it. All ascending.
    bool started_{false};                             // The coordinator knows of it.
    bool commit_{false};
    bool end_sent_{false};
    bool bump_required_{false};
    bool ended_locally_{false};
    Error last_error_{Error::none};
};

char const* to_string(TransactionManager::State state);

}  // namespace odradek::kafka
