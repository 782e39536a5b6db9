// A leader asks to change the ISR of its partitions. The first rule that is broken gives the
// answer. Source: ReplicationControlManager.alterPartition; KIP-497, KIP-704, KIP-841, KIP-903,
// KAFKA-14154.
#pragma once

#include "model/controller/decision.h"

namespace odradek::kafka {

Decision<AlterPartitionResponse> decide_alter_partition(ControllerView const& cluster,
                                                        AlterPartitionRequest const& request,
                                                        Out& out);

}  // namespace odradek::kafka
