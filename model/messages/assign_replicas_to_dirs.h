// AssignReplicasToDirs (API key 73; KIP-858). A broker tells the controller in which of its log
// directories replicas are, so that the failure of a directory is the failure of these replicas.
#pragma once

#include <cstddef>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct ReplicaInDirectory {
    TopicPartition partition;
    DirectoryId directory{unassigned_directory};

    bool operator==(ReplicaInDirectory const&) const = default;
};
DESCRIBE(ReplicaInDirectory, partition, directory)

struct AssignedReplica {
    TopicPartition partition;
    DirectoryId directory{unassigned_directory};
    Error error{Error::none};

    bool operator==(AssignedReplica const&) const = default;
};
DESCRIBE(AssignedReplica, partition, directory, error)

struct AssignReplicasToDirsResponse {
    Error error{Error::none};  // Of the whole request: nothing was assigned.
    std::vector<AssignedReplica> replicas;

    bool operator==(AssignReplicasToDirsResponse const&) const = default;
};
DESCRIBE(AssignReplicasToDirsResponse, error, replicas)

struct AssignReplicasToDirsRequest {
    using Response = AssignReplicasToDirsResponse;
    static constexpr int api_key = 73;
    static constexpr std::size_t most_assignments = 2250;  // MAX_ASSIGNMENTS_PER_REQUEST

    BrokerId broker{no_broker};
    BrokerEpoch broker_epoch{no_broker_epoch};
    std::vector<ReplicaInDirectory> replicas;

    bool operator==(AssignReplicasToDirsRequest const&) const = default;
};
DESCRIBE(AssignReplicasToDirsRequest, broker, broker_epoch, replicas)

}  // namespace odradek::kafka
