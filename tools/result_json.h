// The result as one JSON object, schema "odradek/result/1": the facts of the text, with stable
// keys, and seeds as strings because JavaScript and jq lose integers above 2^53.
#pragma once

#include <string>

#include "tools/sweep.h"

namespace odradek::cli {

std::string report_json(Report const& report);

// Of one run, for its folder: the same object with one variant and one run, as if the scenario.json
// beside it had been run.
std::string one_run_json(Sweep const& sweep, RunRecord const& record);

}  // namespace odradek::cli
