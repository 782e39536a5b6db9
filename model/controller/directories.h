// Which log directory a replica is in, and what follows when one fails (KIP-858). Source:
// ReplicationControlManager.handleDirectoriesOffline, handleAssignReplicasToDirs.
#pragma once

#include <vector>

#include "model/controller/assignment.h"
#include "model/controller/decision.h"

namespace odradek::kafka {

// Of those a heartbeat says are offline, the ones that counted as online: the broker leaves the ISR
// of every partition it has there, and they are not its directories any more.
void take_offline_directories(ControllerView const& cluster, BrokerHeartbeatRequest const& request,
                              std::vector<MetadataRecord>& records, Out& out);

// A broker says where its replicas are. One that is in a directory which is offline leaves the ISR.
Decision<AssignReplicasToDirsResponse>
decide_assign_replicas(ControllerView const& cluster, AssignReplicasToDirsRequest const& request,
                       Out& out);

}  // namespace odradek::kafka
