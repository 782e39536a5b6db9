// Switches of consumer groups: membership, assignment, offsets.
#include "model/switch_table.h"

namespace odradek::kafka {

void add_group_switches(std::vector<Switch>& switches)
{
    switches.push_back(row<&ProtocolSwitches::static_rejoin_rebalances>(
        {.name = "static-rejoin-rebalances",
         .doc = "What becomes of a static member that is back while the leader assigns.",
         .source = "KAFKA-9801",
         .off = "it is told the generation that is under way, under its new id",
         .on = "the group rebalances, so that the leader hears of its new id",
         .judge = "group-owns-all: the leader has assigned to its former id, and what it should "
                  "have nobody reads"}));
    switches.push_back(row<&ProtocolSwitches::offsets_of_active_groups_kept>(
        {.name = "offsets-of-active-groups-kept",
         .doc = "From when on an offset's retention counts.",
         .source = "KIP-211",
         .off = "from its commit, whether its group has members or not",
         .on = "from when its group was empty, or read its topic no more",
         .judge = "committed-offset-monotonic: whoever takes over a partition that was quiet for "
                  "long finds nothing, and begins by auto.offset.reset"}));
}

}  // namespace odradek::kafka
