// Words of transactions: the states of one as its coordinator has it, and the generations of the
// protocol. Source: org.apache.kafka.coordinator.transaction.TransactionState, TransactionVersion.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace odradek::kafka {

// With the numbers that the records of __transaction_state have.
enum class TransactionState : std::uint8_t {
    empty = 0,
    ongoing = 1,
    prepare_commit = 2,
    prepare_abort = 3,
    complete_commit = 4,
    complete_abort = 5,
    dead = 6,                 // It is being forgotten; never in the log.
    prepare_epoch_fence = 7,  // The coordinator itself is about to abort it; never in the log.
};
inline constexpr std::array all_transaction_states{
    TransactionState::empty,
    TransactionState::ongoing,
    TransactionState::prepare_commit,
    TransactionState::prepare_abort,
    TransactionState::complete_commit,
    TransactionState::complete_abort,
    TransactionState::dead,
    TransactionState::prepare_epoch_fence,
};

constexpr std::string_view name_of(TransactionState state)  // Kafka's: "CompleteAbort".
{
    constexpr std::array<std::string_view, 8> names{
        "Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
        "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence"};
    return names[static_cast<std::size_t>(state)];
}
inline std::string_view to_string(TransactionState state) { return name_of(state); }

// May a transaction go from one to the other (TransactionState.validPreviousStates)? With
// `tv2` also that an abort ends what never began (KIP-890).
constexpr bool may_follow(TransactionState from, TransactionState to, bool tv2)
{
    using S = TransactionState;
    bool const at_rest =
        from == S::empty || from == S::complete_commit || from == S::complete_abort;
    switch (to) {
    case S::empty:
    case S::dead:
        return at_rest;
    case S::ongoing:
        return at_rest || from == S::ongoing;
    case S::prepare_commit:
        return from == S::ongoing;
    case S::prepare_abort:
        return from == S::ongoing || from == S::prepare_epoch_fence || (tv2 && at_rest);
    case S::complete_commit:
        return from == S::prepare_commit;
    case S::complete_abort:
        return from == S::prepare_abort;
    case S::prepare_epoch_fence:
        return from == S::ongoing;
    }
    return false;
}

// The finalized level of the feature transaction.version.
enum class TransactionVersion : std::int16_t {
    tv0 = 0,
    tv1 = 1,  // Records of the coordinator may grow fields.
    tv2 =
        2,  // The server adds partitions, and each end of a transaction bumps the epoch (KIP-890).
};
constexpr bool bumps_epoch(TransactionVersion version)
{
    return version >= TransactionVersion::tv2;
}
inline constexpr std::string_view transaction_version_feature = "transaction.version";

inline constexpr std::string_view transaction_state_topic_name = "__transaction_state";
inline constexpr std::string_view consumer_offsets_topic_name = "__consumer_offsets";

// An epoch from which no more can be taken: the last is kept for fencing.
constexpr bool is_epoch_exhausted(std::int16_t epoch) { return epoch >= 32767 - 1; }

}  // namespace odradek::kafka
