// JSON as all verbs write it: keys in the order they were put in, two blanks of indentation, bytes
// that are no UTF-8 replaced.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "model/scenario/diagnostics.h"

namespace odradek::cli {

// Ends with a newline.
std::string dump(nlohmann::ordered_json const& json);

nlohmann::ordered_json diagnostic_json(kafka::Diagnostic const& diagnostic);

}  // namespace odradek::cli
