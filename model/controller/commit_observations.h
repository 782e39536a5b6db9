// What a batch of the metadata log means to judges, metrics and `when` conditions, once it is
// committed.
#pragma once

#include <vector>

#include "model/metadata/image.h"
#include "model/observations.h"

namespace odradek::kafka {

// `before` is the image the batch is applied to.
std::vector<Observation> observations_of(std::vector<MetadataRecord> const& records,
                                         MetadataImage const& before);

}  // namespace odradek::kafka
