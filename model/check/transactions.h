// Transactions, judged from outside by what applications were told (Jepsen's G1a and
// precommitted-read, and that a transaction is visible in whole or not at all), and from inside:
// what is open is known to a coordinator, a coordinator knows what its log says, a producer has one
// transaction open in a partition, and who was fenced commits nothing.
//
// A batch is the unit, as in client_history.h. What is visible at the end is what a read_committed
// consumer would be given of each partition, from its leader.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/check/ledger.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class TransactionLaws {
public:
    explicit TransactionLaws(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts);

private:
    struct Sent {
        TopicPartition partition;
        BatchRef batch;
        bool acknowledged{false};
        bool failed{false};
        Moment at;
        Moment read;  // By a read_committed consumer.
        bool was_read{false};
    };
    enum class Outcome : std::uint8_t { open, committed, aborted, unknown };
    struct Transaction {
        std::uint32_t client{0};
        std::uint64_t number{0};
        std::string transactional_id;
        Moment began;
        Moment ending;
        Moment ended;
        bool ends{false};    // commitTransaction() or abortTransaction() was called.
        bool commit{false};  // The former.
        Outcome outcome{Outcome::open};
        std::vector<Sent> sent;
    };
    // What became of a batch in the log of a leader.
    enum class Fate : std::uint8_t { missing, open, aborted, committed };
    using Place = std::pair<TopicPartition, BatchIdentity>;
    struct Open {
        std::int16_t epoch{0};
        Moment at;
        Offset first;
    };

    Transaction* current(std::uint32_t client);
    Sent* find(TopicPartition partition, RecordBatch const& batch, Transaction** of = nullptr);
    void on_read(Fact const& fact, RecordsConsumed const& consumed, Names const& names,
                 Verdicts& verdicts);
    void on_appended(Fact const& fact, RecordsAppended const& appended, Names const& names,
                     Verdicts& verdicts);
    void on_ended(Fact const& fact, TransactionEnded const& ended, Names const& names,
                  Verdicts& verdicts);
    std::string name(Transaction const& transaction, Names const& names) const;
    void judge_outcomes(ClusterEnd const& end, Names const& names, Verdicts& verdicts);
    void judge_open(ClusterEnd const& end, Names const& names, Verdicts& verdicts) const;
    void judge_coordinators(ClusterEnd const& end, Names const& names, Verdicts& verdicts) const;

    std::vector<Transaction> transactions_;
    std::map<std::uint32_t, std::size_t> current_;                   // By client.
    std::map<Place, std::pair<std::size_t, std::size_t>> places_;    // Transaction, batch.
    std::map<std::string, std::pair<std::uint32_t, Moment>> ready_;  // By transactional id.
    std::map<std::pair<TopicPartition, ProducerId>, Open> open_;     // In leaders' logs.
    std::size_t aborted_read_;
    std::size_t precommitted_;
    std::size_t atomic_;
    std::size_t hanging_;
    std::size_t one_open_;
    std::size_t agrees_;
    std::size_t zombie_;
    std::size_t stable_;
};

}  // namespace odradek::kafka::check
