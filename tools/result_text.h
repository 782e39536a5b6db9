// The result as text: a line for each variant, then what does not hold and why, then what happened
// in numbers. Says nothing that depends on the machine.
#pragma once

#include <string>

#include "tools/sweep.h"
#include "tools/terminal.h"

namespace odradek::cli {

// `verbose`: every seed, and every line of Kafka's performance summary.
std::string report_text(Report const& report, bool verbose, Paint const& paint);

}  // namespace odradek::cli
