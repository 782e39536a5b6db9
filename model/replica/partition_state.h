// A partition's registration as the metadata log has it: what a broker is told of each partition
// that changed, once the batch is applied.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/messages/produce.h"
#include "model/metadata/records.h"
#include "model/types.h"

namespace odradek::kafka {

struct PartitionState {
    TopicPartition partition;
    std::string topic_name;
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    PartitionEpoch partition_epoch{-1};
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};
    DirectoryId directory{unassigned_directory};  // Of this broker's replica (KIP-858).
    TopicConfig topic{};
};

// Who leads a partition this broker has no replica of, for the hint in an error (KIP-951). Asked
// while a handler runs; the broker answers from its metadata.
class Leaders {
public:
    virtual ~Leaders() = default;
    // Nothing when there is no such partition.
    virtual std::optional<LeaderHint> leader_of(TopicPartition partition) const = 0;
};

}  // namespace odradek::kafka
