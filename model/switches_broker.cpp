// Switches of what a broker does beside replication: reads from followers, log directories, start
// and stop.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_broker_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::preferred_replica_in_isr>(
        {.name = "preferred-replica-in-isr",
         .doc = "Whether consumers are sent to replicas that are in sync only.",
         .source = "KAFKA-14372",
         .off = "a consumer is sent to any replica of its rack that has the offset, however late",
         .on = "a consumer is sent to a replica of its rack that is in the ISR, else to the leader",
         .judge = "a consumer reads from a follower that is cut off, and sees nothing new until "
                  "metadata.max.age.ms is over: its lag does not go to zero"}));
    switches.push_back(row<&ProtocolSwitches::preferred_replica_unfenced>(
        {.name = "preferred-replica-unfenced",
         .doc = "Whether consumers are sent to brokers that are not fenced only.",
         .source = "KAFKA-15390",
         .off = "a consumer is sent to a replica whose broker is fenced",
         .on = "a consumer is not sent to a broker that is fenced",
         .judge = "a consumer reads from a broker that is cut off from the controller: its lag "
                  "does not go to zero"}));
    switches.push_back(row<&ProtocolSwitches::no_recreate_while_dir_offline>(
        {.name = "no-recreate-while-dir-offline",
         .doc = "Whether a broker makes a missing replica anew while one of its log directories is "
                "offline.",
         .source = "KAFKA-16234",
         .off = "a replica that is not found is made anew, empty, in a directory that is online",
         .on = "a replica that may be in the directory that is offline is left alone",
         .judge = "the last replica in sync comes back empty and leads: leader-has-committed and "
                  "unseen speak"}));
    switches.push_back(row<&ProtocolSwitches::clean_marker_needs_loaded_logs>(
        {.name = "clean-marker-needs-loaded-logs",
         .doc = "Whether a broker that stops says that logs are clean which it never loaded.",
         .source = "KAFKA-15375",
         .off = "the clean-shutdown file is written into every log directory",
         .on = "it is written where the logs were loaded in this life, or left alone",
         .judge = "a torn batch is trusted, and at the next crash recovery drops what was flushed "
                  "behind it: unseen speaks"}));
    switches.push_back(row<&ProtocolSwitches::clean_marker_needs_flushed_logs>(
        {.name = "clean-marker-needs-flushed-logs",
         .doc = "Whether a broker that stops waits until its logs are flushed, and looks how it "
                "went, before it says that they are clean.",
         .source = "KAFKA-10723, KAFKA-19221",
         .off = "the clean-shutdown file is written whatever became of the flushes",
         .on = "it is written when all logs are flushed and none has failed",
         .judge = "a broker that lost records keeps its place in the ISR and leads: "
                  "leader-has-committed and unseen speak"}));
}

}  // namespace odradek::kafka
