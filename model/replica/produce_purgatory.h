// Appends with acks=all that wait for the high watermark, and any produce that waits for a flush:
// of produce requests, of markers of transactions, and of coordinators. Source:
// kafka.server.DelayedProduce.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "model/messages/produce.h"
#include "model/messages/write_txn_markers.h"
#include "model/out.h"
#include "model/replica/partition_table.h"
#include "model/replica/pending_transactions.h"
#include "model/replica/waiting.h"

namespace odradek::kafka {

// One partition of a produce request that was appended, or refused.
struct ProduceStatus {
    ProducePartitionResponse response;
    std::uint32_t slot{PartitionTable::none};
    Offset required{no_offset};     // Decided when the high watermark is here.
    std::uint32_t flush_ticket{0};  // And this flush of the log is done (flush.messages).
    bool waiting{false};
    std::uint32_t marker{0};  // Of a WriteTxnMarkers: which of its markers this partition is of.
};

// Who is told how it ended.
struct MarkersAsked {
    struct Producer {
        ProducerId id{no_producer};
        bool committed{false};
    };
    RequestId request;
    std::vector<Producer> producers;  // By marker.
};
using AppendAsker = std::variant<RequestId, MarkersAsked, AppendTicket>;

class ProducePurgatory {
public:
    // `statuses`: at least one is waiting. Answers REQUEST_TIMED_OUT for what still waits at
    // `deadline`.
    void add(Env const& env, AppendAsker asker, Instant deadline,
             std::vector<ProduceStatus> statuses, Out& out);
    // All are decided: answers.
    void answer(AppendAsker const& asker, std::vector<ProduceStatus>& statuses, Out& out);
    // Of coordinators' appends, since last asked.
    std::vector<AppendResult> take_results() { return std::exchange(results_, {}); }
    bool any_results() const { return !results_.empty(); }
    // Markers that are replicated, since last asked.
    std::vector<MarkerWritten> take_markers() { return std::exchange(markers_, {}); }
    bool any_markers() const { return !markers_.empty(); }
    // Something changed in the partition of that slot (null: it is hosted no more, and `gone` is
    // what is told): its high watermark, its leadership, a flush. Answers every request that is
    // decided by that.
    void check(std::uint32_t slot, Partition const* partition, Error gone, Out& out);
    void on_timer(Env const& env, Out& out);

    std::size_t size() const { return waiting_.size(); }

private:
    struct Delayed {
        AppendAsker asker;
        std::vector<ProduceStatus> statuses;
        std::uint32_t left{0};  // How many are waiting.
    };
    struct Waiter {
        Offset required;
        WaitId id;
        std::uint32_t status{0};
    };
    void answer(WaitId id, Out& out);

    Slab<Delayed> waiting_;
    Deadlines deadlines_{TimerKind::delayed_produce};
    std::vector<SortedFifo<Waiter, &Waiter::required>> by_slot_;
    std::vector<AppendResult> results_;
    std::vector<MarkerWritten> markers_;
};

}  // namespace odradek::kafka
