// Which replica a consumer is told to read from (KIP-392): a rule only. Sources:
// org.apache.kafka.common.replica.{RackAwareReplicaSelector, ReplicaView},
// ReplicaManager.findPreferredReadReplica.
#pragma once

#include <string_view>
#include <vector>

#include "model/types.h"
#include "sim/time.h"

namespace odradek::kafka {

// A replica that could be read from, as its leader sees it.
struct ReadableReplica {
    BrokerId broker;
    std::string_view rack;  // Empty: none, or not known.
    Offset log_end{no_offset};
    sim::Duration since_caught_up{};  // 0 for the leader.
};

// The leader if it is in the consumer's rack or nobody else is; else of those in that rack the one
// that has the most, then the one that was caught up last, then the largest id.
BrokerId rack_aware_replica(std::string_view rack, ReadableReplica const& leader,
                            std::vector<ReadableReplica> const& followers);

}  // namespace odradek::kafka
