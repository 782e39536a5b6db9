// AlterPartition (API key 56; KIP-497, broker epochs: KIP-903). A leader asks the controller to
// change the in-sync replicas of partitions it leads; the partition epoch makes it a
// compare-and-set.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/metadata/records.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct AlterPartitionPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::vector<BrokerId> isr;
    PartitionEpoch partition_epoch{-1};
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};

    bool operator==(AlterPartitionPartitionResponse const&) const = default;
};
DESCRIBE(AlterPartitionPartitionResponse, partition, error, leader, leader_epoch, isr,
         partition_epoch, recovery)

struct AlterPartitionResponse {
    Error error{Error::none};  // Of the whole request.
    std::vector<AlterPartitionPartitionResponse> partitions;

    bool operator==(AlterPartitionResponse const&) const = default;
};
DESCRIBE(AlterPartitionResponse, error, partitions)

// One member of a proposed ISR, with the life of it the leader has heard from; -1 when it has heard
// from none in this epoch.
struct IsrMember {
    BrokerId broker;
    BrokerEpoch broker_epoch{no_broker_epoch};

    bool operator==(IsrMember const&) const = default;
};
DESCRIBE(IsrMember, broker, broker_epoch)

struct AlterPartitionPartition {
    TopicPartition partition;
    Epoch leader_epoch{no_epoch};
    std::vector<IsrMember> new_isr;
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};
    PartitionEpoch partition_epoch{-1};

    bool operator==(AlterPartitionPartition const&) const = default;
};
DESCRIBE(AlterPartitionPartition, partition, leader_epoch, new_isr, recovery, partition_epoch)

struct AlterPartitionRequest {
    using Response = AlterPartitionResponse;
    static constexpr int api_key = 56;

    BrokerId broker{no_broker};
    BrokerEpoch broker_epoch{no_broker_epoch};
    std::vector<AlterPartitionPartition> partitions;

    bool operator==(AlterPartitionRequest const&) const = default;
};
DESCRIBE(AlterPartitionRequest, broker, broker_epoch, partitions)

}  // namespace odradek::kafka
