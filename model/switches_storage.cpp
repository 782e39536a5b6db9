// Switches of how a log is kept on its disk: recovery, retention, compaction.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_storage_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::retention_below_high_watermark>(
        {.name = "retention-below-high-watermark",
         .doc = "Whether retention keeps what is not committed.",
         .source = "KAFKA-5634",
         .off = "a segment that is old enough is deleted wherever the high watermark is",
         .on = "only segments wholly below the high watermark are deleted",
         .judge = "retention-below-hw: a log starts beyond what is committed, and followers begin "
                  "anew behind records that they never had"}));
    switches.push_back(row<&ProtocolSwitches::recovery_point_after_flush>(
        {.name = "recovery-point-after-flush",
         .doc = "Whether what recovery has read counts as durable.",
         .source = "KAFKA-10101",
         .off = "the recovery point is at the log's end once the log is recovered",
         .on = "the recovery point moves with a flush or an orderly shutdown only",
         .judge = "recovery-point-durable: after the second power loss nobody looks at a torn "
                  "batch below the recovery point"}));
    switches.push_back(row<&ProtocolSwitches::compaction_below_high_watermark>(
        {.name = "compaction-below-high-watermark",
         .doc = "Whether compaction looks only at what is committed.",
         .source = "KAFKA-13194",
         .off = "without an open transaction every closed segment is compacted, wherever the high "
                "watermark is",
         .on = "only segments wholly below the last stable offset are compacted",
         .judge = "compaction-below-high-watermark, compaction-keeps-latest: a record that is not "
                  "committed has taken the place of one that was, and may be cut away itself"}));
    switches.push_back(row<&ProtocolSwitches::leader_epochs_fsynced>(
        {.name = "leader-epochs-fsynced",
         .doc = "Whether a leader-epoch-checkpoint is durable before it takes the place of the old "
                "one, when epochs are cut away.",
         .source = "KAFKA-16541",
         .off = "what truncation and retention leave of the epochs is written without a flush",
         .on = "the file is flushed before it takes the place of the old one",
         .judge = "leader-epochs-recovered: after a power loss the file is empty, and of the "
                  "records before the recovery point nobody knows the epoch"}));
    switches.push_back(row<&ProtocolSwitches::appends_fenced_after_error>(
        {.name = "appends-fenced-after-error",
         .doc = "Whether a log takes records after the disk has refused some.",
         .source = "KAFKA-10778",
         .off = "it takes them until somebody has looked into the failure and marked the log "
                "directory",
         .on = "it takes none from the moment of the failure on",
         .judge = "nothing-behind-failed-append, lost-write: what is written behind a part of a "
                  "batch is acknowledged, and dropped by the next recovery"}));
    switches.push_back(row<&ProtocolSwitches::producers_outlive_records>(
        {.name = "producers-outlive-records",
         .doc = "Whether a producer is remembered when retention has deleted all that it wrote.",
         .source = "KAFKA-7190",
         .off = "with its last record the producer is forgotten",
         .on = "it is remembered for producer.id.expiration.ms",
         .judge = "duplicate: a retry that comes after its first copy was deleted is written "
                  "again"}));
    switches.push_back(row<&ProtocolSwitches::high_watermark_follows_roll>(
        {.name = "high-watermark-follows-roll",
         .doc =
             "Whether the high watermark's place in the files moves to a new segment that begins "
             "there.",
         .source = "KAFKA-9196",
         .off = "it stays at the end of the old one, and what is asked for in the new one is read "
                "to the end",
         .on = "it is the beginning of the new one",
         .judge = "uncommitted-read: a consumer is given what is above the high watermark, and the "
                  "next leader does not have it"}));
    switches.push_back(row<&ProtocolSwitches::high_watermark_follows_full_cut>(
        {.name = "high-watermark-follows-full-cut",
         .doc = "Whether the high watermark moves when a follower begins its log anew elsewhere.",
         .source = "KAFKA-9491",
         .off = "it stays where it was, before the start of the log",
         .on = "it is where the log begins",
         .judge = "log-offsets-ordered: who becomes leader before it hears of the high watermark "
                  "has one before the start of its log"}));
    switches.push_back(row<&ProtocolSwitches::load_error_is_of_directory>(
        {.name = "load-error-is-of-directory",
         .doc = "What an error of the disk means while logs are loaded.",
         .source = "KAFKA-13773",
         .off = "the broker stops, by the way of an orderly shutdown",
         .on = "the log directory is offline, and the broker goes on with the others",
         .judge = "produce.ack.latency: what is in the other log directories waits for the next "
                  "start"}));
    switches.push_back(row<&ProtocolSwitches::first_batch_spans_log_start>(
        {.name = "first-batch-spans-log-start",
         .doc = "Whether an empty log takes a batch that begins before its start.",
         .source = "KAFKA-6975",
         .off = "a follower whose leader's log starts inside of a batch refuses that batch, and "
                "never fetches again in this epoch",
         .on = "the follower's log begins where the batch begins",
         .judge = "replicas-identical-after-settle: a replica that begins anew after DeleteRecords "
                  "stays empty for ever"}));
}

}  // namespace odradek::kafka
