// `odradek examples`: the scenarios that the program carries along.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/scenario/reader.h"
#include "tools/gallery.h"
#include "tools/json_text.h"
#include "tools/load.h"
#include "tools/paragraph.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;

struct Example {
    std::string name;
    std::string description;
    std::vector<std::string> tags;
};

std::vector<Example> all_examples()
{
    std::vector<Example> all;
    for (GalleryScenario const& scenario : gallery()) {
        kafka::ReadResult const read =
            read_text({path_of(scenario), std::string{scenario.text}}, {});
        Example example{std::string{scenario.name}, {}, {}};
        if (!read.has_errors()) {
            example.description = read.variants.front().description;
            example.tags = read.variants.front().tags;
        }
        all.push_back(std::move(example));
    }
    return all;
}

ExitCode list(Arguments const& arguments)
{
    Format const format = read_format(arguments.format);
    Json json{{"schema", "odradek/examples/1"}, {"examples", Json::array()}};
    std::string text = format == Format::tsv ? "name\tdescription\n" : "";
    for (Example const& example : all_examples()) {
        if (format == Format::json)
            json["examples"].push_back({{"name", example.name},
                                        {"description", example.description},
                                        {"tags", example.tags}});
        else if (format == Format::tsv)
            text += fmt::format("{}\t{}\n", example.name, example.description);
        else
            text += example.name + "\n" + paragraph("    ", 4, example.description);
    }
    fmt::print("{}", format == Format::json ? dump(json) : text);
    return ExitCode::held;
}

ExitCode copy(Arguments const& arguments, GalleryScenario const& scenario)
{
    std::filesystem::path const folder = arguments.out.empty() ? "." : arguments.out;
    std::string const name{scenario.name.substr(scenario.name.rfind('/') + 1)};
    std::filesystem::path const path = folder / (name + ".json");
    std::error_code error;
    if (std::filesystem::exists(path, error))
        throw io_error(path.string(), "is there already");
    std::filesystem::create_directories(folder, error);
    std::ofstream file{path, std::ios::binary};
    file << scenario.text;
    file.close();
    if (!file)
        throw io_error(path.string(), "cannot be written");
    fmt::print("{}\n", path.string());
    return ExitCode::held;
}

}  // namespace

ExitCode examples(Arguments const& arguments)
{
    if (arguments.action.empty())
        throw usage_error("examples needs to know what to do", "list, show NAME or copy NAME");
    std::string_view const action = choose("examples", arguments.action, {"list", "show", "copy"});
    if (action == "list" && arguments.names.empty())
        return list(arguments);
    if (arguments.names.size() != 1)
        throw usage_error(action == "list" ? "examples list takes no name"
                                           : fmt::format("examples {} takes one name", action),
                          "`odradek examples list` lists them");
    GalleryScenario const& scenario = need_in_gallery(arguments.names.front());
    if (action == "copy")
        return copy(arguments, scenario);
    fmt::print("{}", scenario.text);
    return ExitCode::held;
}

}  // namespace odradek::cli
