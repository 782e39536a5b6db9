// `odradek storage verify DIR`: what a run with --backend posix has left, whether it ended or was
// killed.
#include <string>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "sim/posix_verify.h"
#include "sim/storage.h"
#include "tools/json_text.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using sim::DataReport;

std::string fact(DataReport const& report, std::string_view name)
{
    for (auto const& [known, value] : report.facts)
        if (known == name)
            return value;
    return {};
}

Json json_of(std::vector<DataReport::Remark> const& remarks)
{
    Json list = Json::array();
    for (DataReport::Remark const& remark : remarks)
        list.push_back({{"file", remark.path}, {"what", remark.what}});
    return list;
}

Json json_of(std::string const& directory, DataReport const& report, bool every_file)
{
    Json json;
    json["schema"] = "odradek/storage/1";
    json["directory"] = directory;
    for (auto const& [name, value] : report.facts)
        json["run"][name] = value;
    json["good"] = report.good();
    json["closed"] = report.closed;
    json["steps"] = report.steps;
    json["nowNs"] = report.now.ns;
    json["journalEntries"] = report.entries;
    json["files"] = report.files;
    json["bytes"] = report.bytes;
    json["partial"] = json_of(report.partial);
    json["damaged"] = json_of(report.damaged);
    if (every_file)
        json["paths"] = report.paths;
    return json;
}

void print_remarks(std::string_view title, std::vector<DataReport::Remark> const& remarks)
{
    if (remarks.empty())
        return;
    fmt::print("  {}\n", title);
    for (DataReport::Remark const& remark : remarks)
        fmt::print("    {}: {}\n", remark.path, remark.what);
}

void print_text(std::string const& directory, DataReport const& report, bool every_file)
{
    std::string const variant = fact(report, "variant");
    fmt::print("{}: {}{}{}, seed {}, by build {}\n", directory, fact(report, "scenario"),
               variant.empty() ? "" : ", ", variant, fact(report, "seed"), fact(report, "build"));
    if (report.closed)
        fmt::print("  the run ended in order at {}, after {} steps\n", sim::to_string(report.now),
                   report.steps);
    else if (report.steps == 0)
        fmt::print("  the run did not end in order, and no step of it is whole\n");
    else
        fmt::print("  the run did not end in order; whole to step {}, at {}\n", report.steps,
                   sim::to_string(report.now));
    fmt::print("  {} files, {} bytes\n", report.files, report.bytes);
    if (every_file)
        for (std::string const& path : report.paths)
            fmt::print("    {}\n", path);
    print_remarks("of the step after it, there is:", report.partial);
    print_remarks("damaged:", report.damaged);
    fmt::print("{}\n", report.good() ? "GOOD" : "DAMAGED");
}

}  // namespace

ExitCode storage(Arguments const& arguments)
{
    if (arguments.action.empty())
        throw usage_error("storage needs an action", "odradek storage verify DIR");
    choose("ACTION", arguments.action, {"verify"});
    if (arguments.names.size() != 1)
        throw usage_error("storage verify takes one directory",
                          "what was given to `odradek run` as --data");
    bool const json = is_json(arguments.format);
    std::string const& path = arguments.names.front();
    try {
        sim::DataDirectory const directory = sim::DataDirectory::open(path);
        std::string const backend = directory.fact("backend");
        if (backend != "posix")
            throw sim::StorageError(path,
                                    fmt::format("was written by the backend {}; verify reads what "
                                                "posix has written",
                                                backend));
        DataReport const report = sim::verify_data(directory);
        if (json)
            fmt::print("{}", dump(json_of(path, report, arguments.verbose)));
        else
            print_text(path, report, arguments.verbose);
        return report.good() ? ExitCode::held : ExitCode::violated;
    } catch (sim::StorageError const& error) {
        throw UserError{ExitCode::io, error.path, error.message, error.suggestion};
    }
}

}  // namespace odradek::cli
