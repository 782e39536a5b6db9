// Dynamic configurations of topics and brokers (KIP-339, KIP-226). Source:
// ConfigurationControlManager, ControllerConfigurationValidator; KAFKA-16540 for what eligible
// leader replicas demand of min.insync.replicas.
#pragma once

#include <vector>

#include "model/controller/decision.h"

namespace odradek::kafka {

Decision<IncrementalAlterConfigsResponse>
decide_alter_configs(ControllerView const& cluster, IncrementalAlterConfigsRequest const& request,
                     Out& out);

// With eligible leader replicas every node must agree on who is below its minimum: the cluster gets
// a default of min.insync.replicas, and no broker has its own. Said when the feature is turned on,
// and when a cluster begins with it.
void add_elr_safety_records(ControllerView const& cluster, std::vector<MetadataRecord>& records,
                            Out& out);

}  // namespace odradek::kafka
