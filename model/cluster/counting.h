// What happened in a run, counted from observations.
#pragma once

#include "model/cluster/result.h"
#include "model/observations.h"

namespace odradek::kafka {

void count(RunResult& result, Observation const& observation);

}  // namespace odradek::kafka
