// What a transaction coordinator looks at beside its own state, while handlers run: the metadata
// of the broker, and where producer ids come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/config.h"
#include "model/coordinator/internal_logs.h"
#include "model/out.h"
#include "model/switches.h"
#include "model/transaction_state.h"
#include "model/types.h"

namespace odradek::kafka {

class TransactionCluster {
public:
    struct Leader {
        bool exists{false};          // The partition does; else it was deleted.
        std::optional<NodeId> node;  // Nobody leads, or nobody who is alive.
    };
    virtual ~TransactionCluster() = default;
    virtual Leader leader_of(TopicPartition partition) const = 0;
    virtual std::string topic_name(TopicId topic) const = 0;
    virtual TransactionVersion version() const = 0;  // Finalized.
    // __transaction_state, when it exists, and how many partitions it has or will have.
    virtual std::optional<TopicId> state_topic() const = 0;
    virtual std::int32_t state_partitions() const = 0;
    // Where offsets of a group are committed; nothing while there is no such topic.
    virtual std::optional<TopicPartition> offsets_partition(std::string_view group) const = 0;
    // A fresh one from the broker's block; nothing while there is none.
    virtual std::optional<ProducerId> next_producer_id() = 0;
};

// Lives as long as one handler.
struct TransactionContext {
    BrokerId self;
    BrokerConfig const& config;
    ProtocolSwitches const& switches;
    TransactionCluster& cluster;
    InternalLogs& logs;
    Env const& env;
    Out& out;
};

}  // namespace odradek::kafka
