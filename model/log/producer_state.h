// What a partition remembers of each producer: its epoch, its last five batches, and the
// transaction that it has open here. With that a leader finds duplicates of retried batches,
// refuses gaps (KIP-98), and knows up to where all transactions are decided. Rebuilt from the log;
// replicas keep it without judging, the leader judges what clients and coordinators send. Source:
// org.apache.kafka.storage.internals.log.{ProducerStateManager, ProducerAppendInfo,
// VerificationStateEntry}; KIP-890.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/errors.h"
#include "model/record.h"
#include "model/switches.h"
#include "model/transaction_state.h"
#include "model/types.h"
#include "sim/time.h"

namespace odradek::kafka {

// The sequence number after `sequence`, `count` further on: wraps from 2^31 - 1 to 0.
constexpr std::int32_t sequence_after(std::int32_t sequence, std::int32_t count)
{
    return static_cast<std::int32_t>((static_cast<std::int64_t>(sequence) + count) & 0x7fffffff);
}

struct BatchMetadata {
    std::int32_t base_sequence{-1};
    std::int32_t last_sequence{-1};
    Offset base_offset{no_offset};
    Offset last_offset{no_offset};

    bool operator==(BatchMetadata const&) const = default;
};

struct ProducerEntry {
    static constexpr std::size_t batches_max = 5;  // As many as may be in flight on one connection.

    ProducerId producer_id{no_producer};
    std::int16_t epoch{-1};
    std::int32_t coordinator_epoch{-1};  // Of its last marker; -1: none.
    sim::Instant last_timestamp;  // Of its latest batch; by record time, not by the broker's clock.
    Offset txn_first_offset{no_offset};  // Where its open transaction began here; -1: none is open.
    std::uint8_t count{0};
    std::array<BatchMetadata, batches_max> batches;  // The first `count`, oldest first.

    BatchMetadata const* last() const { return count == 0 ? nullptr : &batches[count - 1U]; }
    bool in_transaction() const { return txn_first_offset != no_offset; }
};

// A transaction that has ended in a partition: from its first record to its marker.
struct CompletedTxn {
    ProducerId producer_id;
    Offset first_offset;
    Offset last_offset;  // Of the marker.
    bool aborted{false};
};

// Says that a verification was for this transaction and no other; 0: none.
using VerificationGuard = std::uint64_t;
inline constexpr VerificationGuard no_guard = 0;

// Who wants to append, and what is known beforehand.
struct AppendOrigin {
    enum class Kind : std::uint8_t { client, coordinator } kind{Kind::client};
    VerificationGuard guard{no_guard};  // Of a client's transactional batch that was verified.
    bool verification{false};           // transaction.partition.verification.enable
    TransactionVersion version{TransactionVersion::tv0};  // Of a marker.
};

// Which fixes are in force (model/switches_transactions.cpp).
struct ProducerRules {
    bool five_batches_remembered{true};
    bool duplicate_is_success{true};
    bool epoch_before_verification{true};
    bool verification_guard_unique{true};
    bool ongoing_in_same_epoch{true};
    bool marker_epoch_strictly_newer{true};
    bool marker_retry_idempotent{true};
    bool marker_coordinator_epoch_checked{true};
    bool marker_clears_sequences{true};
    bool marker_time_counts{true};

    ProducerRules() = default;
    explicit ProducerRules(ProtocolSwitches const& switches)
        : five_batches_remembered(switches.five_batches_remembered),
          duplicate_is_success(switches.duplicate_is_success),
          epoch_before_verification(switches.epoch_before_verification),
          verification_guard_unique(switches.verification_guard_unique),
          ongoing_in_same_epoch(switches.ongoing_in_same_epoch),
          marker_epoch_strictly_newer(switches.marker_epoch_strictly_newer),
          marker_retry_idempotent(switches.marker_retry_idempotent),
          marker_coordinator_epoch_checked(switches.marker_coordinator_epoch_checked),
          marker_clears_sequences(switches.marker_clears_sequences),
          marker_time_counts(switches.marker_time_counts)
    {
    }
};

class ProducerState {
public:
    void set_rules(ProducerRules const& rules) { rules_ = rules; }

    // May a batch be appended? `duplicate` is set (and no error) when it is in the log already.
    struct Verdict {
        Error error{Error::none};
        std::optional<BatchMetadata> duplicate;
        // With OUT_OF_ORDER_SEQUENCE_NUMBER: what would have done.
        std::int32_t expected_sequence{-1};
        bool done_already{false};  // A marker that is sent again, and has nothing to end any more.
    };
    Verdict check(RecordBatch const& batch, AppendOrigin const& origin = {}) const;
    // The batch is in the log. No judgement: what the leader let in, replicas keep. What ended with
    // it; the caller writes that down where it was aborted.
    std::optional<CompletedTxn> update(RecordBatch const& batch);
    // Forgets producers whose last batch is older than `expiration` (producer.id.expiration.ms) and
    // that have no transaction open, and verifications as old.
    void expire(sim::Instant now, sim::Duration expiration);
    // Forgets producers that have nothing at `start` or behind it (before KAFKA-7190).
    void forget_before(Offset start);
    // As a snapshot has them (producer_snapshot.h).
    void load(std::vector<ProducerEntry> const& entries);
    void clear();

    ProducerEntry const* find(ProducerId id) const;
    std::vector<ProducerEntry> const& producers() const { return producers_; }  // By id.

    // -- Transactions ---------------------------------------------------------------------------
    // From there on not everything is decided, or known to be: the first record of a transaction
    // that is open, or whose marker is not below the high watermark yet. Nothing: there is none.
    std::optional<Offset> first_unstable_offset() const;
    // Up to where all would be decided if that one is (ProducerStateManager.lastStableOffset).
    Offset last_stable_offset(CompletedTxn const& completed) const;
    void on_high_watermark(Offset high_watermark);

    // -- Verification (KIP-890) -----------------------------------------------------------------
    // A client's transactional batch has come that would open a transaction here: what its append
    // must show. `no_guard`: it is open already.
    VerificationGuard begin_verification(RecordBatch const& batch, sim::Instant now);

private:
    struct Verification {
        ProducerId producer_id;
        VerificationGuard guard{no_guard};
        std::int32_t lowest_sequence{-1};
        std::int16_t epoch{-1};
        sim::Instant begun;
    };
    struct Open {
        Offset first_offset;
        ProducerId producer_id;
    };
    Verdict check_marker(RecordBatch const& batch, AppendOrigin const& origin) const;
    // Is the transaction that this batch is of open here? One of an older epoch may have ended
    // without the news having come (KAFKA-18575).
    bool ongoing(ProducerEntry const* known, RecordBatch const& batch) const
    {
        return known != nullptr && known->in_transaction() &&
               (known->epoch == batch.producer_epoch || !rules_.ongoing_in_same_epoch);
    }
    Verification const* verification(ProducerId id) const;
    ProducerEntry& entry(ProducerId id);

    ProducerRules rules_;
    std::vector<ProducerEntry> producers_;
    std::vector<Open> open_;                   // Transactions, by first offset.
    std::vector<CompletedTxn> completed_;      // Not below the high watermark; by first offset.
    std::vector<Verification> verifications_;  // By producer.
    VerificationGuard last_guard_{no_guard};
};

}  // namespace odradek::kafka
