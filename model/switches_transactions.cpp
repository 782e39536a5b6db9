// Switches of transactions and of the idempotent producer.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_transaction_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::timeout_abort_bumps_epoch>(
        {.name = "timeout-abort-bumps-epoch",
         .doc =
             "Whether a coordinator that aborts a transaction for its timeout takes a new epoch.",
         .source = "KAFKA-6119",
         .off = "the transaction is aborted in the producer's own epoch",
         .on = "it is aborted in the next epoch, so that its producer is fenced",
         .judge = "a producer that was paused goes on in the same transaction, and its commit has "
                  "the second half only: txn-atomic speaks"}));
    switches.push_back(row<&ProtocolSwitches::ongoing_in_same_epoch>(
        {.name = "ongoing-transaction-in-same-epoch",
         .doc = "Whether a leader takes a transaction of an older epoch for the one that a batch "
                "is of (transaction.version 2).",
         .source = "KAFKA-18575",
         .off = "a batch joins whatever transaction of its producer is open in the partition",
         .on = "a batch of a newer epoch is appended when its coordinator vouches for it",
         .judge = "the next transaction begins before the marker of the last one has come, which "
                  "is then refused: one-open-transaction and hanging-transaction speak"}));
    switches.push_back(row<&ProtocolSwitches::last_stable_offset_exclusive>(
        {.name = "last-stable-offset-exclusive",
         .doc = "Whether what is at the last stable offset is given to read_committed consumers.",
         .source = "Redpanda 3036",
         .off = "a read_committed fetch is given the batch at the last stable offset",
         .on = "it is given what lies before it",
         .judge = "a consumer reads what is aborted afterwards: precommitted-read and G1a speak"}));
    switches.push_back(row<&ProtocolSwitches::init_fences_by_epoch>(
        {.name = "init-fences-by-epoch",
         .doc = "Whether a transaction that is found open when its id is initialized is aborted in "
                "a new epoch.",
         .source = "KAFKA-5231",
         .off = "it is aborted in the epoch of whoever has left it open",
         .on = "it is aborted in the next epoch, so that whoever has left it open is fenced",
         .judge = "a producer that was replaced goes on between the marker and the new epoch: "
                  "one-open-transaction and hanging-transaction speak"}));
    switches.push_back(row<&ProtocolSwitches::end_txn_idempotent>(
        {.name = "end-transaction-is-idempotent",
         .doc = "Whether a commit of what is committed already succeeds.",
         .source = "Redpanda 3501",
         .off = "it is refused with INVALID_TXN_STATE",
         .on = "it is answered like the first one",
         .judge = "an application that was refused takes its records for aborted: G1a speaks"}));
    switches.push_back(row<&ProtocolSwitches::marker_epoch_strictly_newer>(
        {.name = "marker-epoch-strictly-newer",
         .doc = "Whether a marker under transaction.version 2 must have a newer epoch than what it "
                "ends.",
         .source = "KAFKA-19446",
         .off = "a marker of the same epoch ends a transaction",
         .on = "a marker ends transactions of older epochs only",
         .judge = "a late marker ends the next transaction in one partition: txn-atomic and "
                  "precommitted-read speak"}));
    switches.push_back(row<&ProtocolSwitches::marker_retry_idempotent>(
        {.name = "marker-retry-idempotent",
         .doc = "Whether a marker that has nothing to end any more succeeds.",
         .source = "KAFKA-19999",
         .off = "it is refused with INVALID_PRODUCER_EPOCH",
         .on = "it is answered like the one that was written",
         .judge = "the answer to a marker is lost and the coordinator gives up: its transaction "
                  "is never complete, hanging-transaction speaks"}));
    switches.push_back(row<&ProtocolSwitches::aborted_list_in_delayed_fetch>(
        {.name = "aborted-list-in-delayed-fetch",
         .doc = "Whether a fetch that has waited is told what was aborted.",
         .source = "KAFKA-5376",
         .off = "the answer of a fetch that has waited lists no aborted transactions",
         .on = "every answer does",
         .judge = "a read_committed consumer gives out what was aborted: G1a speaks"}));
    switches.push_back(row<&ProtocolSwitches::expired_batch_aborts>(
        {.name = "expired-batch-aborts-transaction",
         .doc = "Whether a transaction fails with a batch that expires.",
         .source = "KAFKA-5385",
         .off = "records expire, and the transaction is committed without them",
         .on = "the transaction must be aborted",
         .judge = "a commit succeeds although a send has failed: txn-atomic speaks"}));
    switches.push_back(row<&ProtocolSwitches::five_batches_remembered>(
        {.name = "five-batches-remembered",
         .doc = "How many batches of a producer a partition remembers.",
         .source = "KAFKA-5494",
         .off = "the last one",
         .on = "as many as may be under way, five",
         .judge = "the answers to several batches are lost: duplicate speaks"}));
    switches.push_back(row<&ProtocolSwitches::duplicate_is_success>(
        {.name = "duplicate-is-success",
         .doc = "What a producer is told of a batch that is in the log already.",
         .source = "Redpanda 3039",
         .off = "OUT_OF_ORDER_SEQUENCE_NUMBER",
         .on = "where it is",
         .judge = "the producer sends it again in another epoch: duplicate speaks"}));
    switches.push_back(row<&ProtocolSwitches::failed_fence_keeps_epoch>(
        {.name = "failed-fence-keeps-epoch",
         .doc = "What becomes of the new epoch when the abort that takes it cannot be written.",
         .source = "KAFKA-9666",
         .off = "each attempt takes another one, until there is none left",
         .on = "the next attempt takes it again",
         .judge = "a producer's epochs are used up by attempts that have failed: "
                  "epochs-not-wasted speaks"}));
    switches.push_back(row<&ProtocolSwitches::late_commit_fenced>(
        {.name = "late-commit-is-fenced",
         .doc =
             "What a commit under transaction.version 2 is told that comes after its transaction "
             "was aborted for its timeout.",
         .source = "KAFKA-20785",
         .off = "INVALID_TXN_STATE, as a contradiction",
         .on = "PRODUCER_FENCED: another one has it now",
         .judge = "a producer that was fenced is told that its application is at fault: "
                  "fenced-is-told speaks"}));
    switches.push_back(row<&ProtocolSwitches::marker_time_counts>(
        {.name = "marker-time-counts",
         .doc = "Whether a marker keeps what is known of its producer from expiring.",
         .source = "KAFKA-9144",
         .off = "a producer is as old as its last data",
         .on = "it is as old as its last batch, marker or data",
         .judge = "a late marker of a deposed coordinator is taken: coordinator-epoch-regress "
                  "speaks"}));
    switches.push_back(row<&ProtocolSwitches::marker_coordinator_epoch_checked>(
        {.name = "marker-coordinator-epoch",
         .doc = "Whether a marker of a coordinator that was deposed is written.",
         .source = "KIP-98",
         .off = "it is",
         .on = "it is refused with TRANSACTION_COORDINATOR_FENCED",
         .judge = "coordinator-epoch-regress speaks"}));
    switches.push_back(row<&ProtocolSwitches::marker_clears_sequences>(
        {.name = "marker-clears-sequences",
         .doc = "Whether what is known of a producer's batches ends with an epoch.",
         .source = "Redpanda 5026",
         .off = "what is remembered of the last transaction is taken for duplicates in the next",
         .on = "with a new epoch sequences begin anew",
         .judge = "records are acknowledged that are nowhere: unseen and lost-write speak"}));
    switches.push_back(row<&ProtocolSwitches::verification_guard_unique>(
        {.name = "verification-guard-unique",
         .doc = "Whether a verification counts for the transaction that it was asked for only.",
         .source = "KIP-890",
         .off = "whoever was once vouched for may append",
         .on = "a marker in between makes it void",
         .judge = "a late word of the coordinator opens a transaction that nobody ends: "
                  "hanging-transaction speaks"}));
    switches.push_back(row<&ProtocolSwitches::bump_only_when_next>(
        {.name = "bump-only-when-next",
         .doc = "Which batches that are refused as out of order make a producer begin anew.",
         .source = "librdkafka 4953",
         .off = "any",
         .on = "one whose turn it was; others are sent again in their turn",
         .judge = "batches whose answers are lost are sent again in another epoch: duplicate "
                  "speaks"}));
    switches.push_back(row<&ProtocolSwitches::transition_ignores_clock>(
        {.name = "transition-ignores-clock",
         .doc = "Whether a transaction's next state must be of a later time than the last.",
         .source = "KAFKA-8803",
         .off = "a clock that was set back leaves the step pending for good",
         .on = "the order of the log counts, not the clock",
         .judge = "the transaction never ends, and its producer is told to wait: "
                  "no-hanging-transactions is not reached"}));
    switches.push_back(row<&ProtocolSwitches::epoch_before_verification>(
        {.name = "epoch-before-verification",
         .doc =
             "Which is looked at first, a batch's epoch or whether its transaction was verified.",
         .source = "KAFKA-19690",
         .off = "a batch of an old epoch is refused with INVALID_TXN_STATE",
         .on = "it is refused with INVALID_PRODUCER_EPOCH",
         .judge = "a producer that was fenced is told that its application is at fault: "
                  "fenced-is-told speaks"}));
}

}  // namespace odradek::kafka
