// A Kafka producer with the application in front of it: KafkaProducer's send(), the record
// accumulator and the Sender, driven by a synthetic workload. Source:
// org.apache.kafka.clients.producer.KafkaProducer, internals.Sender, internals.RecordAccumulator,
// internals.TransactionManager (KIP-98, KIP-360); with a transactional.id the application sends in
// transactions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/client/accumulator.h"
#include "model/client/arrivals.h"
#include "model/client/metadata.h"
#include "model/client/producer_statistics.h"
#include "model/client/sequences.h"
#include "model/client/transaction_manager.h"
#include "model/config.h"
#include "model/network/network_client.h"
#include "model/out.h"
#include "model/scenario/scenario.h"

namespace odradek::kafka {

class Producer {
public:
    // `client` is the index among the cluster's clients that every record bears. Records are sent
    // from `start` until `stop` by the process's own clock; `bootstrap` are the nodes of
    // bootstrap.servers.
    Producer(std::uint32_t client, std::string name, ProducerConfig config,
             ProducerWorkload workload, Instant start, Instant stop, std::vector<NodeId> bootstrap,
             ProtocolSwitches const& switches = {});

    // A new producer instance. What survives the death of the process is what an application keeps
    // of its own: the number of the next record and the statistics. Records that were not settled
    // stay so.
    void on_start(Env const& env, Out& out);
    void on_connected(Env const& env, Peer peer, Out& out);
    void on_disconnected(Env const& env, Peer peer, sim::DisconnectReason reason, Out& out);
    void on_request(Env const& env, RequestId request, Message const& message, Out& out);
    void on_response(Env const& env, Peer peer, std::int32_t correlation, Message const& message,
                     Out& out);
    void on_timer(Env const& env, Timer which, Out& out);
    void on_flushed(Env const& env, sim::FileId file, Out& out);
    void on_disk_error(Env const& env, sim::FileId file, sim::DiskError error, Out& out);
    // close(): nothing new is sent, what is there is flushed, then the process exits.
    void on_shutdown(Env const& env, Out& out);

    // From now on; nothing is as fast as the producer accepts. The next record comes one gap from
    // now.
    void set_rate(Env const& env, std::optional<Rate> rate, Out& out);

    ProducerStatistics const& statistics() const { return statistics_; }
    // Records before it were handed to send() at least.
    std::uint64_t next_number() const { return arrivals_.next_number(); }
    std::string const& name() const { return name_; }
    // No record is left to send and none is unsettled.
    bool finished() const { return finished_; }
    // For tests: wakes up for every record instead of only for those that change something. Slow,
    // and must make no difference.
    void wake_for_every_record(bool every) { every_record_ = every; }

private:
    // A call of send() that has not returned: it waits for metadata or for memory.
    struct Call {
        Arrivals::Record record;
        Instant at;
        bool waited{false};
        bool for_memory{false};
    };
    // The last batch of a queue as it will be.
    struct Tail {
        std::uint64_t look{0};  // Of which look ahead the rest is.
        bool can_send{false};
        bool open{false};  // There is a batch and it has room.
        std::size_t batches{0};
        std::int32_t records{0};
        std::uint32_t size_bytes{0};
        std::uint64_t raw_bytes{0};
        CompressionRatio ratio;
        std::uint32_t limit_bytes{0};
        std::int64_t base_ms{0};
    };
    // What next_change() writes on; kept, so that looking ahead allocates nothing.
    struct LookAhead {
        std::uint64_t look{0};
        std::vector<Tail> tails;          // By queue.
        std::vector<std::int64_t> stuck;  // By topic: bytes more at the sticky partition.
    };
    // What send_data() writes on; kept, so that a round allocates nothing.
    struct Round {
        std::vector<NodeId> nodes;                    // Ready.
        std::vector<std::vector<std::uint32_t>> led;  // By place in `nodes`: queues.
        std::vector<std::vector<BatchId>> requests;   // By place in `nodes`: what was drained.
    };
    // A produce request under way; the index in `sent_` is its cookie.
    struct Sent {
        std::vector<BatchId> batches;
    };
    static constexpr std::uint64_t producer_id_cookie = Metadata::cookie - 1;
    static constexpr std::uint64_t transaction_cookie = Metadata::cookie - 2;

    // -- The application (producer.cpp)
    // --------------------------------------------------------------
    void run(Env const& env, Out& out);
    bool catch_up(Env const& env, Out& out);
    bool accept(Env const& env, Out& out);
    void fail_call(Error error, char const* why, Out& out);
    void learn_topics();
    bool sending_over(Env const& env) const;
    void finish_if_done(Env const& env, Out& out);
    void on_lost(Env const& env, NetworkClient::Lost const& lost, Out& out);
    // -- The Sender (producer_sender.cpp)
    // ------------------------------------------------------------
    bool send_data(Env const& env, Out& out);
    bool has_producer_id(Env const& env, Out& out);
    void on_producer_id(Env const& env, InitProducerIdResponse const& response, Out& out);
    // `led`: the queues of the partitions that the node leads.
    void drain(Env const& env, NodeId node, std::vector<std::uint32_t> const& led,
               std::vector<BatchId>& drained, Out& out);
    void send_request(Env const& env, NodeId node, std::vector<BatchId> const& batches, Out& out);
    bool expire(Env const& env, Out& out);
    bool lingering_off() const
    {
        return flushing_ || (call_ && call_->for_memory) ||
               (transactions_ && transactions_->is_completing());
    }
    // -- Outcomes (producer_outcome.cpp)
    // -------------------------------------------------------------
    void on_produce_response(Env const& env, Sent const& sent, ProduceResponse const& response,
                             Out& out);
    void on_produce_lost(Env const& env, Sent const& sent, Error error, Out& out);
    void conclude(Env const& env, BatchId id, ProducePartitionResponse const& answer, Out& out);
    void succeed(Env const& env, BatchId id, Offset base_offset, Out& out);
    void fail(BatchId id, Error error, bool adjust, Out& out, bool expired = false);
    void split(BatchId id, Out& out);
    void abort(Error error, Out& out);
    void fail_all(Error error, Out& out);
    Sent take_sent(std::uint64_t cookie);
    // -- Transactions (producer_transactions.cpp)
    // ----------------------------------------------------------------
    void begin_life_of_transactions();
    // What the application does between its calls of send().
    void drive_transactions(Env const& env, Out& out);
    // May the application call send() now? Begins a transaction when it is time for one.
    bool may_call_send(Env const& env, Out& out);
    void end_transaction(bool commit, Out& out);
    void tell_end(TransactionOutcome outcome, Error error, Out& out);
    // Is a transactional request under way or due, so that nothing else is sent (Sender.runOnce)?
    bool ask_coordinator(Env const& env, Out& out);
    void abort_undrained(Out& out);
    void on_transaction_response(Env const& env, Message const& message, Out& out);
    void on_transaction_failed(Env const& env, Out& out);
    // Changes with every step of a transaction.
    std::pair<TransactionManager::State, std::uint64_t> transaction_progress() const
    {
        if (!transactions_)
            return {TransactionManager::State::uninitialized, 0};
        return {transactions_->state(), next_transaction_ * 2 + (open_ ? 1 : 0)};
    }
    bool may_drain(std::uint32_t queue, ProducerBatch const& first) const;
    // -- When to wake up (producer_wake.cpp)
    // -----------------------------------------------------------
    void arm_wake(Env const& env, Out& out);
    Instant next_wake(Env const& env);
    Instant next_change(Env const& env, Instant horizon);
    bool reachable(Env const& env, Accumulator::Queue const& queue) const;
    Instant wake_for_batches(Env const& env, Instant next);

    std::uint32_t client_;
    std::string name_;
    ProducerConfig config_;
    std::vector<std::string> topics_;
    Instant start_;
    Instant stop_;
    std::vector<NodeId> bootstrap_;
    // What the application remembers from one life to the next.
    Arrivals arrivals_;
    ProducerStatistics statistics_;
    bool lived_{false};
    bool every_record_{false};
    // One life.
    NetworkClient network_;
    Metadata metadata_;
    Accumulator accumulator_;
    Sequences sequences_;
    std::optional<Call> call_;
    Instant last_return_;  // Of send().
    std::vector<Sent> sent_;
    std::vector<std::uint64_t> sent_free_;
    std::vector<std::pair<NodeId, std::size_t>> drain_from_;  // Partition to begin with, by node.
    bool producer_id_asked_{false};
    Instant producer_id_retry_at_;
    std::uint64_t metadata_seen_{0};
    // The application's transaction.
    struct OpenTransaction {
        std::uint64_t number{0};
        std::int64_t records{0};  // Given to send().
        Instant begun;
        bool ending{false};
        bool commit{false};
    };
    TransactionsSpec spec_;
    ProtocolSwitches switches_;
    std::optional<TransactionManager> transactions_;  // With a transactional.id.
    std::optional<OpenTransaction> open_;
    std::uint64_t next_transaction_{0};
    Instant new_instance_at_{Instant::never()};  // After a fatal error.
    Error fatal_{Error::none};
    bool flushing_{false};
    bool shutting_down_{false};
    bool finished_{false};
    Instant wake_armed_{Instant::never()};
    LookAhead look_ahead_;
    Round round_;
};

}  // namespace odradek::kafka
