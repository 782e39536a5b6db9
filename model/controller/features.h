// Feature levels: what a new cluster begins with, and how an operator changes it (KIP-584,
// KIP-778). Source: FeatureControlManager, ActivationRecordsGenerator.
#pragma once

#include <vector>

#include "model/controller/decision.h"
#include "model/metadata_version.h"

namespace odradek::kafka {

// The records with which the first controller of a cluster says so.
std::vector<MetadataRecord> bootstrap_records(ControllerView const& cluster,
                                              FeatureLevels const& features, Out& out);

Decision<UpdateFeaturesResponse> decide_update_features(ControllerView const& cluster,
                                                        UpdateFeaturesRequest const& request,
                                                        Out& out);

}  // namespace odradek::kafka
