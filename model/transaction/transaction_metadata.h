// One transactional id as its coordinator knows it, and the steps that its transaction can take.
// A step is prepared (nothing but that it is pending changes), written, and only then applied.
// Source: kafka.coordinator.transaction.{TransactionMetadata, TxnTransitMetadata}; KIP-360,
// KIP-890, KAFKA-9666, KAFKA-8803.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/observations.h"
#include "model/transaction_state.h"

namespace odradek::kafka {

// What a client says it has, with InitProducerId.
struct ProducerIdAndEpoch {
    ProducerId id{no_producer};
    std::int16_t epoch{-1};
};

struct TransactionMetadata {
    std::string transactional_id;
    TransactionSnapshot is;  // As written last.
    std::optional<TransactionState> pending;
    // An append of a fencing epoch has failed: it is not counted up again (KAFKA-9666).
    bool failed_epoch_fence{false};
    // Of a transaction that is about to end: what is written when all markers are.
    TransactionSnapshot completion{};
    bool completes_for_another{false};  // An earlier coordinator has decided how it ends.

    bool has(TopicPartition partition) const;
    bool at_rest() const
    {
        return is.state == TransactionState::empty ||
               is.state == TransactionState::complete_commit ||
               is.state == TransactionState::complete_abort;
    }

    // -- Each answers with what is to be written, and makes it pending --------------------------
    // A new epoch for a producer that begins, or goes on from `expected`.
    std::optional<TransactionSnapshot>
    prepare_increment_epoch(sim::Duration timeout, std::optional<ProducerIdAndEpoch> expected,
                            sim::Instant now);
    // The epochs of the id are used up.
    TransactionSnapshot prepare_rotation(ProducerId id, sim::Duration timeout, bool keep_last,
                                         sim::Instant now);
    TransactionSnapshot prepare_add(std::vector<TopicPartition> const& partitions,
                                    sim::Instant now);
    // `next_id`: for the next transaction, when this one takes the last epoch (tv2). `fencing`: the
    // epoch was taken already (KAFKA-19367).
    struct End {
        bool commit{false};
        TransactionVersion client{TransactionVersion::tv0};
        ProducerId next_id{no_producer};
        bool fencing{false};
    };
    TransactionSnapshot prepare_end(End const& end, sim::Instant now);
    TransactionSnapshot prepare_complete(sim::Instant now);
    TransactionSnapshot prepare_dead();
    // The epoch with which a transaction is aborted that its producer has left open.
    std::int16_t fencing_epoch() const
    {
        return static_cast<std::int16_t>(failed_epoch_fence ? is.producer_epoch
                                                            : is.producer_epoch + 1);
    }

    // It is written.
    void complete(TransactionSnapshot const& written);

private:
    TransactionSnapshot prepare(TransactionSnapshot next);
};

}  // namespace odradek::kafka
