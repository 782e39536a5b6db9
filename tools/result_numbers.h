// What happened in a variant, in numbers: over all its seeds, where there are many.
#pragma once

#include <string>
#include <vector>

#include "tools/sweep.h"

namespace odradek::cli {

// Laws whose premise never came up in any of the runs: they hold, and it means nothing.
std::vector<std::string> untested_laws(std::vector<RunRecord const*> const& runs);

std::string numbers_text(std::vector<RunRecord const*> const& runs, Variant const& variant,
                         bool verbose);

}  // namespace odradek::cli
