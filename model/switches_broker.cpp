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
}

}  // namespace odradek::kafka
