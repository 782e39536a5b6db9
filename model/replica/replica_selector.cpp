#include "model/replica/replica_selector.h"

#include <tuple>

namespace odradek::kafka {

BrokerId rack_aware_replica(std::string_view rack, ReadableReplica const& leader,
                            std::vector<ReadableReplica> const& followers)
{
    if (rack.empty() || leader.rack == rack)
        return leader.broker;
    ReadableReplica const* best = nullptr;
    auto const rank = [](ReadableReplica const& replica) {
        return std::tuple(replica.log_end, -replica.since_caught_up.ns, replica.broker);
    };
    for (ReadableReplica const& follower : followers)
        if (follower.rack == rack && (best == nullptr || rank(*best) < rank(follower)))
            best = &follower;
    return best == nullptr ? leader.broker : best->broker;
}

}  // namespace odradek::kafka
