// What a group coordinator looks at beside its own state, while handlers run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/config.h"
#include "model/coordinator/internal_logs.h"
#include "model/out.h"
#include "model/switches.h"
#include "model/types.h"

namespace odradek::kafka {

class GroupCluster {
public:
    virtual ~GroupCluster() = default;
    // Empty: there is no such topic.
    virtual std::string topic_name(TopicId topic) const = 0;
    virtual std::optional<TopicId> topic_id(std::string const& name) const = 0;
    virtual bool has_partition(TopicPartition partition) const = 0;
    // __consumer_offsets, when it exists, and how many partitions it has.
    virtual std::optional<TopicId> offsets_topic() const = 0;
    virtual std::int32_t offsets_partitions() const = 0;
};

// Lives as long as one handler.
struct GroupContext {
    BrokerId self;
    BrokerConfig const& config;
    ProtocolSwitches const& switches;
    GroupCluster& cluster;
    InternalLogs& logs;
    Env const& env;
    Out& out;
};

}  // namespace odradek::kafka
