// What a batch of the metadata log means to judges, metrics and `when` conditions, once it is
// committed.
#pragma once

#include <vector>

#include "model/controller/decision.h"
#include "model/observations.h"

namespace odradek::kafka {

// `before` is the image the batch is applied to, `min_isr` min.insync.replicas where nothing is
// said dynamically. Registrations come first: what changes for their sake follows them.
std::vector<Observation> observations_of(std::vector<MetadataRecord> const& records,
                                         MetadataImage const& before, std::int32_t min_isr);

}  // namespace odradek::kafka
