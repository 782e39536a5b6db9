#include "tools/error_text.h"

#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/json_text.h"

namespace odradek::cli {

using Json = nlohmann::ordered_json;

void report(UserError const& error, bool json)
{
    if (json) {
        kafka::Diagnostic diagnostic;
        diagnostic.file = error.file;
        diagnostic.message = error.message;
        diagnostic.suggestion = error.suggestion;
        fmt::print("{}", errors_json({diagnostic}, error.code));
        std::fflush(stdout);
        return;
    }
    std::string line = error.code == ExitCode::internal ? "odradek: internal error: " : "odradek: ";
    if (!error.file.empty())
        line += error.file + ": ";
    line += error.message;
    if (!error.suggestion.empty())
        line += "; " + error.suggestion;
    if (error.code == ExitCode::usage)
        line += "\n`odradek help` lists the verbs, `odradek help VERB` their options.";
    fmt::print(stderr, "{}\n", line);
}

std::string errors_json(std::vector<kafka::Diagnostic> const& diagnostics, ExitCode code)
{
    Json json;
    json["schema"] = "odradek/error/1";
    json["exitCode"] = static_cast<int>(code);
    json["errors"] = Json::array();
    json["warnings"] = Json::array();
    for (kafka::Diagnostic const& diagnostic : diagnostics)
        json[diagnostic.severity == kafka::Severity::error ? "errors" : "warnings"].push_back(
            diagnostic_json(diagnostic));
    return dump(json);
}

}  // namespace odradek::cli
