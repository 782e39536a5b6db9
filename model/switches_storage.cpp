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
