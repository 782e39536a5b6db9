// Where the replicas of a new topic go: striped over racks, and within racks over brokers, from a
// drawn start; brokers that are not fenced first; the leader never fenced. Pure but for the draws
// it is given. Source: org.apache.kafka.metadata.placement.StripedReplicaPlacer.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/types.h"

namespace odradek::kafka {

struct UsableBroker {  // Registered and not shutting down.
    BrokerId id;
    std::string rack;  // Empty: none; all without a rack are one rack.
    bool fenced{false};
};

struct Placement {
    std::string problem;  // Kafka's words when it cannot be done; else empty.
    std::vector<std::vector<BrokerId>> replicas;  // By partition; the first leads.
};

// Uniform in [0, n), n >= 1.
using Draw = std::function<std::uint64_t(std::uint64_t n)>;

Placement place_replicas(std::vector<UsableBroker> const& brokers, std::int32_t partitions,
                         std::int32_t replication_factor, Draw const& draw);

}  // namespace odradek::kafka
