// The museum as one JSON object, schema "odradek/museum/1". Seeds are strings, as in results.
#pragma once

#include <string>
#include <vector>

#include "tools/exit_code.h"
#include "tools/museum.h"

namespace odradek::cli {

std::string exhibits_json(std::vector<FoundExhibit> const& exhibits);
std::string visits_json(std::vector<Visit> const& visits, ExitCode code);

}  // namespace odradek::cli
