#include "tools/run_folder.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/scenario/reader.h"
#include "tools/build_version.h"
#include "tools/json_text.h"
#include "tools/load.h"
#include "tools/path_part.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char const* run_schema = "odradek/run/1";
constexpr std::array<char const*, 4> our_files{"result.json", "run.json", "scenario.json",
                                               "story.txt"};

fs::path folder_of(std::string const& out, kafka::Scenario const& scenario, std::uint64_t seed)
{
    return fs::path(out) / path_part(scenario.name) / path_part(scenario.variant) /
           std::to_string(seed);
}

[[noreturn]] void fail(fs::path const& path, std::string const& what, std::error_code error)
{
    throw io_error(path.string(), fmt::format("{}: {}", what, error.message()));
}

void write_file(fs::path const& path, std::string const& text)
{
    errno = 0;
    std::FILE* file = std::fopen(path.c_str(), "wb");
    bool good = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    int const error = errno;
    if (file != nullptr)
        good = std::fclose(file) == 0 && good;
    if (!good)
        throw io_error(path.string(), fmt::format("cannot be written: {}",
                                                  std::strerror(error != 0 ? error : errno)));
}

bool is_ours(fs::path const& folder)
{
    try {
        Json const json = Json::parse(read_file((folder / "run.json").string()), nullptr, false);
        return json.is_object() && json.value("schema", "") == run_schema;
    } catch (std::exception const&) {
        return false;
    }
}

void make_empty(fs::path const& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        fail(folder, "cannot be made", error);
    bool const empty = fs::is_empty(folder, error);
    if (error)
        fail(folder, "cannot be read", error);
    if (empty)
        return;
    if (!is_ours(folder))
        throw io_error(
            folder.string(),
            "is not empty and holds no run of ours, so it is left alone; choose another --out");
    for (char const* name : our_files) {
        fs::remove(folder / name, error);
        if (error)
            fail(folder / name, "cannot be removed", error);
    }
}

}  // namespace

RunFolder::RunFolder(std::string const& out, kafka::Scenario const& scenario, std::uint64_t seed)
    : scenario_(scenario), seed_(seed)
{
    fs::path const folder = folder_of(out, scenario, seed);
    make_empty(folder);
    path_ = folder.string();
    // First what repeats the run: also if it crashes, the folder is good for that.
    write_run_json(nullptr);
    write_file(folder / "scenario.json", kafka::resolved_json(scenario));
    story_.reset(std::fopen((folder / "story.txt").c_str(), "wb"));
    if (!story_)
        throw io_error((folder / "story.txt").string(),
                       fmt::format("cannot be written: {}", std::strerror(errno)));
}

void RunFolder::add_story(std::string_view lines)
{
    std::fwrite(lines.data(), 1, lines.size(), story_.get());
}

void RunFolder::finish(std::string const& result_json, RunRecord const& record)
{
    std::fflush(story_.get());
    if (std::ferror(story_.get()) != 0)
        throw io_error(path_ + "/story.txt", "cannot be written: the device is full or gone");
    story_.reset();
    write_file(fs::path(path_) / "result.json", result_json);
    write_run_json(&record);
}

void RunFolder::write_run_json(RunRecord const* record)
{
    Json json;
    json["schema"] = run_schema;
    json["version"] = version;
    json["build"] = build;
    json["scenario"] = scenario_.name;
    json["variant"] = scenario_.variant;
    json["seed"] = std::to_string(seed_);
    json["complete"] = false;
    if (record != nullptr) {
        bool const ended = record->outcome != Outcome::broken &&
                           record->outcome != Outcome::interrupted &&
                           record->result.inconclusive_because.empty();
        json["complete"] = ended;
        json["outcome"] = to_string(record->outcome);
        json["digest"] = record->result.digest;
        json["events"] = record->result.events;
        json["endNs"] = record->result.end.ns;
    }
    write_file(fs::path(path_) / "run.json", dump(json));
}

void RunFolder::point_latest(std::string const& out, kafka::Scenario const& scenario,
                             std::uint64_t seed)
{
    fs::path const link = fs::path(out) / path_part(scenario.name) / "latest";
    fs::path const target = fs::path(path_part(scenario.variant)) / std::to_string(seed);
    std::error_code error;
    fs::file_status const status = fs::symlink_status(link, error);
    if (fs::exists(status) && !fs::is_symlink(status))
        throw io_error(link.string(),
                       "is no link of ours, so it is left alone; choose another --out");
    fs::remove(link, error);
    fs::create_directory_symlink(target, link, error);
    if (error)
        fail(link, "cannot be made", error);
}

SavedRun read_run_folder(std::string const& path)
{
    fs::path const folder(path);
    std::error_code error;
    if (!fs::is_directory(folder, error))
        throw io_error(path,
                       "is no folder; give one that `odradek run FILE --out DIR` has written");
    std::string const run_file = (folder / "run.json").string();
    Json const json = Json::parse(read_file(run_file), nullptr, false);
    bool const good = json.is_object() && json.value("schema", "") == run_schema &&
                      json.contains("seed") && json["seed"].is_string();
    if (!good)
        throw io_error(run_file,
                       "does not describe a run; give a folder that `odradek run FILE --out "
                       "DIR` has written");
    SavedRun saved;
    std::string const seed = json["seed"];
    try {
        saved.seed = std::stoull(seed);
    } catch (std::exception const&) {
        throw io_error(run_file, fmt::format("\"{}\" is no seed", seed));
    }
    auto const text_of = [&](char const* key) {
        return json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                           : std::string{};
    };
    saved.complete = json.contains("complete") && json["complete"] == true;
    saved.digest = text_of("digest");
    if (!saved.complete && json.contains("endNs") && json["endNs"].is_number_integer())
        saved.end = sim::Instant{json["endNs"].get<std::int64_t>()};
    saved.build = text_of("build");
    saved.scenario_path = (folder / "scenario.json").string();
    saved.scenario_text = read_file(saved.scenario_path);
    return saved;
}

}  // namespace odradek::cli
