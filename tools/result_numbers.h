// What happened in a variant, in numbers: over all its seeds, where there are many.
#pragma once

#include <string>
#include <vector>

#include "tools/sweep.h"

namespace odradek::cli {

std::string numbers_text(std::vector<RunRecord const*> const& runs, Variant const& variant,
                         bool verbose);

}  // namespace odradek::cli
