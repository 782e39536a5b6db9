// What the software of a node understands, as it says when it registers (KIP-584).
#pragma once

#include <vector>

#include "model/metadata/records.h"
#include "model/version.h"

namespace odradek::kafka {

// Of a node that runs that Kafka; by name.
std::vector<SupportedFeature> supported_features(KafkaVersion version);

}  // namespace odradek::kafka
