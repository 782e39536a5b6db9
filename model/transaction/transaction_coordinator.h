// The transaction coordinator of a broker: of every transactional id whose partition of
// __transaction_state the broker leads. What it decides is written to that partition first and
// counts when it is replicated; who leads next reads it there, and completes what was about to end.
//
// InitProducerId     | a new epoch, or a new id; an open transaction of before is aborted first
// AddPartitionsToTxn | partitions become part of the transaction; or is one (brokers ask)?
// AddOffsetsToTxn    | the same of the partition where a group commits
// EndTxn             | Prepare* is written, the client answered, markers sent, Complete* written
//
// Source: kafka.coordinator.transaction.{TransactionCoordinator, TransactionStateManager}; KIP-98,
// KIP-360, KIP-588, KIP-890.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/coordinator/coordinator_shards.h"
#include "model/messages/add_offsets_to_txn.h"
#include "model/messages/add_partitions_to_txn.h"
#include "model/messages/end_txn.h"
#include "model/messages/init_producer_id.h"
#include "model/transaction/transaction_cluster.h"
#include "model/transaction/transaction_markers.h"
#include "model/transaction/transaction_metadata.h"

namespace odradek::kafka {

// What a broker knows of the transactional ids of one partition of __transaction_state.
struct TransactionShard {
    std::map<std::string, TransactionMetadata> transactions;

    void replay(CoordinatorRecord const& record);
};

class TransactionCoordinator {
public:
    explicit TransactionCoordinator(Duration request_timeout);

    // -- Partitions of __transaction_state ------------------------------------------------------
    void on_election(TransactionContext const& at, std::int32_t partition, Epoch epoch);
    void on_resignation(std::int32_t partition);
    bool coordinates_anything() const { return !shards_.empty(); }
    // The broker has new metadata: somebody may lead what nobody led.
    void on_metadata(TransactionContext const& at);

    // -- Requests -------------------------------------------------------------------------------
    void on_init_producer_id(TransactionContext const& at, RequestId request,
                             TransactionalInit const& message);
    void on_add_partitions(TransactionContext const& at, RequestId request,
                           AddPartitionsToTxnRequest const& message);
    void on_add_offsets(TransactionContext const& at, RequestId request,
                        AddOffsetsToTxnRequest const& message);
    void on_end_txn(TransactionContext const& at, RequestId request, EndTxnRequest const& message);

    // -- What it waits for ----------------------------------------------------------------------
    // How an append of its own has ended.
    void on_appended(TransactionContext const& at, std::uint64_t ticket, Error error);
    bool owns(Peer peer) const { return markers_.owns(peer); }
    void on_connected(TransactionContext const& at, Peer peer);
    void on_disconnected(TransactionContext const& at, Peer peer);
    void on_response(TransactionContext const& at, Peer peer, std::int32_t correlation,
                     Message const& message);
    static bool owns(Timer timer);
    void on_timer(TransactionContext const& at, Timer timer);

    // -- For judges, tools and tests ------------------------------------------------------------
    CoordinatorShards<TransactionShard> const& shards() const { return shards_; }

private:
    using Entry = CoordinatorShards<TransactionShard>::Entry;
    // A request of many transactions; answered when each has its result.
    struct AddCall {
        RequestId request;
        std::vector<AddPartitionsToTxnResult> results;
        std::size_t left{0};
    };
    // -- What becomes of an append.
    struct InitReply {
        RequestId request;
    };
    struct AddReply {
        std::uint64_t call{0};
        std::size_t index{0};
    };
    struct AddOffsetsReply {
        RequestId request;
    };
    struct EndReply {
        std::optional<RequestId> end;   // Of a client's EndTxn.
        std::optional<RequestId> init;  // Of an InitProducerId that had to abort first.
        bool fencing{false};
    };
    struct Completion {};
    struct Expiration {};
    using Then =
        std::variant<InitReply, AddReply, AddOffsetsReply, EndReply, Completion, Expiration>;
    struct Append {
        std::string transactional_id;
        std::int32_t partition{0};
        Epoch epoch;
        TransactionSnapshot next;
        Then then;
    };
    struct Found {
        Entry* entry{nullptr};
        TransactionMetadata* transaction{nullptr};  // Null when the id is not known.
        Error error{Error::none};
    };

    Found find(TransactionContext const& at, std::string const& transactional_id);
    void append(TransactionContext const& at, Entry const& entry,
                TransactionMetadata const& transaction, TransactionSnapshot next, Then then);
    void finish(TransactionContext const& at, Append const& append, Error error);
    void apply(TransactionContext const& at, Entry const& entry, TransactionMetadata& transaction,
               TransactionSnapshot const& next);
    Error verify(TransactionMetadata const& transaction, AddPartitionsToTxnTransaction const& asked,
                 AddPartitionsToTxnResult& result) const;
    // What keeps partitions from being added; none: they are part of it already.
    std::optional<Error> refuse_add(TransactionContext const& at,
                                    TransactionMetadata const& transaction, ProducerId id,
                                    std::int16_t epoch,
                                    std::vector<TopicPartition> const& partitions) const;
    void add_result(TransactionContext const& at, AddReply reply, Error error);
    struct End {
        ProducerId producer_id;
        std::int16_t producer_epoch{0};
        bool commit{false};
        TransactionVersion client{TransactionVersion::tv0};
        bool fencing{false};
    };
    // Error none and nothing to write: it ended so before.
    std::pair<Error, bool> judge_end(TransactionContext const& at,
                                     TransactionMetadata const& transaction, End const& end) const;
    void end_transaction(TransactionContext const& at, Entry& entry,
                         TransactionMetadata& transaction, End end, EndReply reply);
    void fence(TransactionContext const& at, Entry& entry, TransactionMetadata& transaction,
               bool bump, std::optional<RequestId> init);
    void begin_completion(TransactionContext const& at, Entry& entry,
                          TransactionMetadata& transaction);
    void work_off_markers(TransactionContext const& at);
    void abort_timed_out(TransactionContext const& at);
    void expire_ids(TransactionContext const& at);
    void retry_appends(TransactionContext const& at);
    void arm_retry(TransactionContext const& at);

    CoordinatorShards<TransactionShard> shards_{TimerKind::coordinator_load};
    TransactionMarkers markers_;
    std::map<std::uint64_t, Append> appends_;  // Under way, by ticket.
    std::map<std::uint64_t, AddCall> calls_;
    std::vector<Append> again_;  // Completions whose append must be tried again.
    std::uint64_t next_ticket_{1};
    std::uint64_t next_call_{1};
    bool timers_armed_{false};
    bool retry_armed_{false};
};

}  // namespace odradek::kafka
