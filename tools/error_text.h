// What went wrong, as text on stderr or as one JSON object on stdout.
#pragma once

#include <string>
#include <vector>

#include "model/scenario/diagnostics.h"
#include "tools/user_error.h"

namespace odradek::cli {

inline constexpr char const* bug_hint =
    "this is a bug of odradek; please report it with the command line";

void report(UserError const& error, bool json);

// {"schema":"odradek/error/1","exitCode":65,"errors":[...]}; warnings among the diagnostics are in
// "warnings".
std::string errors_json(std::vector<kafka::Diagnostic> const& diagnostics, ExitCode code);

}  // namespace odradek::cli
