#include "model/observations.h"

namespace odradek::kafka {

Observation::Observation(Observation const& other) = default;
Observation::Observation(Observation&& other) noexcept = default;
Observation& Observation::operator=(Observation const& other) = default;
Observation& Observation::operator=(Observation&& other) noexcept = default;
Observation::~Observation() = default;

}  // namespace odradek::kafka
