// What a batch of the metadata log means to judges, metrics and `when` conditions, once it is
// committed.
#pragma once

#include <vector>

#include "model/controller/decision.h"
#include "model/observations.h"

namespace odradek::kafka {

// `before` is the cluster the batch is applied to.
std::vector<Observation> observations_of(std::vector<MetadataRecord> const& records,
                                         ControllerView const& before);

// The present state of every partition, for a controller that took over: what was committed in the
// last moments of the one before it may have been observed by nobody.
std::vector<Observation> present_state(ControllerView const& cluster);

}  // namespace odradek::kafka
