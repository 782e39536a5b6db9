// `odradek validate FILE...`: every diagnostic of every file.
#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/json_text.h"
#include "tools/load.h"
#include "tools/terminal.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::Diagnostic;
using kafka::Severity;

struct Checked {
    std::string file;
    std::vector<Diagnostic> errors;
    std::vector<Diagnostic> warnings;
    std::size_t variants{0};
};

Checked check(std::string const& file, Arguments const& arguments)
{
    kafka::ReadResult const read = load(file, arguments);
    Checked checked{file, {}, {}, read.variants.size()};
    for (Diagnostic const& diagnostic : read.diagnostics)
        (diagnostic.severity == Severity::error ? checked.errors : checked.warnings)
            .push_back(diagnostic);
    return checked;
}

std::string counted(std::size_t number, std::string_view what)
{
    return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

void print_text(std::vector<Checked> const& all, Arguments const& arguments)
{
    Paint const paint{shows_color(arguments.color, stdout)};
    for (Checked const& checked : all) {
        fmt::print("{}", paint_diagnostics(kafka::render(checked.errors), paint));
        if (!arguments.quiet)
            fmt::print("{}", paint_diagnostics(kafka::render(checked.warnings), paint));
        std::string line = checked.errors.empty()
                               ? fmt::format("{}: {}, {}", checked.file, paint.good("valid"),
                                             counted(checked.variants, "variant"))
                               : fmt::format("{}: {}, {}", checked.file, paint.bad("invalid"),
                                             counted(checked.errors.size(), "error"));
        if (!checked.warnings.empty())
            line += ", " + counted(checked.warnings.size(), "warning");
        fmt::print("{}\n", line);
    }
}

void print_json(std::vector<Checked> const& all, ExitCode code)
{
    Json json;
    json["schema"] = "odradek/validation/1";
    json["exitCode"] = static_cast<int>(code);
    json["files"] = Json::array();
    for (Checked const& checked : all) {
        Json file;
        file["file"] = checked.file;
        file["valid"] = checked.errors.empty();
        file["variants"] = checked.variants;
        file["errors"] = Json::array();
        file["warnings"] = Json::array();
        for (Diagnostic const& diagnostic : checked.errors)
            file["errors"].push_back(diagnostic_json(diagnostic));
        for (Diagnostic const& diagnostic : checked.warnings)
            file["warnings"].push_back(diagnostic_json(diagnostic));
        json["files"].push_back(std::move(file));
    }
    fmt::print("{}", dump(json));
}

}  // namespace

ExitCode validate(Arguments const& arguments)
{
    bool const json = is_json(arguments.format);
    choose("--color", arguments.color, {"auto", "always", "never"});
    if (arguments.files.empty())
        throw usage_error("validate needs a scenario file");
    std::vector<Checked> all;
    ExitCode code = ExitCode::held;
    for (std::string const& file : arguments.files) {
        all.push_back(check(file, arguments));
        if (!all.back().errors.empty())
            code = ExitCode::invalid;
    }
    if (json)
        print_json(all, code);
    else
        print_text(all, arguments);
    return code;
}

}  // namespace odradek::cli
