// Mends of holes that are open in Kafka's newest sources, as far as is known: found here, off in
// every version. A run with them shows that nothing else is wrong; each has an exhibit.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_open_switches(std::vector<Switch>& switches)
{
    using S = ProtocolSwitches;
    switches.push_back(row<&S::proposal_outlives_equal_epoch>(
        {.name = "proposal-outlives-equal-epoch",
         .doc = "Whether a leader goes on waiting for whom it has proposed when metadata tell it "
                "what it knows.",
         .source = "a mend of Partition.makeLeader, not Kafka's",
         .since = no_release,
         .off = "metadata with the partition epoch that the leader has already end a proposal that "
                "is under way",
         .on = "such metadata change nothing",
         .judge = "isr-within-maximal, isr-has-committed, lost-write: the high watermark does not "
                  "wait for a replica that the controller takes into the ISR"}));
    switches.push_back(row<&S::reelected_leader_forgets_followers>(
        {.name = "reelected-leader-forgets-followers",
         .doc = "What a leader knows of its followers when it is elected again and has not heard "
                "of the leader in between.",
         .source = "a mend of Replica.resetReplicaState, not Kafka's",
         .since = no_release,
         .off = "the log ends that they had in its earlier epoch count on",
         .on = "they count for nothing when an epoch was missed: followers may have cut their logs "
               "in it",
         .judge = "isr-has-committed, lost-write: records are committed that a follower had, and "
                  "cut off under the leader in between"}));
    switches.push_back(row<&S::recovery_stops_at_a_gap>(
        {.name = "recovery-stops-at-a-gap",
         .doc = "Whether recovery asks that a segment begins where the one before it ends.",
         .source = "a mend of LogLoader.recoverLog, not Kafka's",
         .since = no_release,
         .off = "each segment is looked at alone: one that lost its end leaves a hole in the log",
         .on = "what comes behind such a hole is deleted, where nothing is compacted",
         .judge = "lost-write, isr-has-committed: a replica with a hole counts as in sync"}));
    switches.push_back(row<&S::stale_epoch_registers_again>(
        {.name = "stale-epoch-registers-again",
         .doc = "What a broker does when the controller has another epoch for it: the registration "
                "of its former life came late, and took the place of the new one, which had no "
                "session yet.",
         .source = "a mend of BrokerLifecycleManager, not Kafka's",
         .since = no_release,
         .off = "it sends heartbeats in an epoch that is refused until somebody restarts it",
         .on = "it registers again",
         .judge = "replicas-identical-after-settle, isr-full: a broker that runs takes no part"}));
    switches.push_back(row<&S::log_start_written_at_once>(
        {.name = "log-start-written-at-once",
         .doc = "When a log writes down that it starts later because records were deleted.",
         .source = "a mend of UnifiedLog.maybeIncrementLogStartOffset, not Kafka's",
         .since = no_release,
         .off = "when log.flush.start.offset.checkpoint.interval.ms is over",
         .on = "at once, so that whoever is told of a low watermark can count on it",
         .judge =
             "deleted-stays-deleted: all in-sync replicas crash, and what was deleted is there "
             "again"}));
    switches.push_back(row<&S::coordinator_loads_committed>(
        {.name = "coordinator-loads-what-is-committed",
         .doc = "Whether a new transaction coordinator waits for its log to be committed before it "
                "acts on what is in it.",
         .source = "a mend of TransactionStateManager.loadTransactionMetadata, not Kafka's",
         .since = no_release,
         .off = "the log is read to its end, and what is about to end there is ended at once",
         .on = "it is read when the high watermark has reached the start of the leader's epoch",
         .judge = "markers are written for a decision that is lost with the coordinator, and the "
                  "next one decides otherwise: txn-atomic speaks"}));
}

}  // namespace odradek::kafka
