// AssignReplicasToDirs (API key 73; KIP-858). A broker tells the controller in which of its log
// directories replicas are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct AssignedReplicaResponse {
    TopicPartition partition;
    DirectoryId directory;
    Error error{Error::none};

    bool operator==(AssignedReplicaResponse const&) const = default;
};
DESCRIBE(AssignedReplicaResponse, partition, directory, error)

struct AssignReplicasToDirsResponse {
    Error error{Error::none};  // Of the whole request.
    std::vector<AssignedReplicaResponse> replicas;

    bool operator==(AssignReplicasToDirsResponse const&) const = default;
};
DESCRIBE(AssignReplicasToDirsResponse, error, replicas)

struct AssignedReplica {
    TopicPartition partition;
    DirectoryId directory;

    bool operator==(AssignedReplica const&) const = default;
};
DESCRIBE(AssignedReplica, partition, directory)

struct AssignReplicasToDirsRequest {
    using Response = AssignReplicasToDirsResponse;
    static constexpr int api_key = 73;

    BrokerId broker{no_broker};
    BrokerEpoch broker_epoch{no_broker_epoch};
    std::vector<AssignedReplica> replicas;

    bool operator==(AssignReplicasToDirsRequest const&) const = default;
};
DESCRIBE(AssignReplicasToDirsRequest, broker, broker_epoch, replicas)

}  // namespace odradek::kafka
