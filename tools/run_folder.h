// The folder that one run leaves behind: DIR/<name>/<variant or ->/<seed>/ with scenario.json
// (nothing left to defaults), result.json, story.txt and run.json. It alone repeats the run, and
// two runs of one build leave equal folders: no wall time, no host, no path is in it.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/scenario/scenario.h"
#include "sim/time.h"
#include "tools/one_run.h"

namespace odradek::cli {

class RunFolder {
public:
    // Makes it, or empties the one of an earlier run. Refuses a folder with other contents. All
    // failures are UserErrors (74).
    RunFolder(std::string const& out, kafka::Scenario const& scenario, std::uint64_t seed);

    void add_story(std::string_view lines);
    void finish(std::string const& result_json, RunRecord const& record);

    // DIR/<name>/latest.
    static void point_latest(std::string const& out, kafka::Scenario const& scenario,
                             std::uint64_t seed);

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    void write_run_json(RunRecord const* record);

    kafka::Scenario const& scenario_;
    std::uint64_t seed_;
    std::string path_;
    std::unique_ptr<std::FILE, Close> story_;
};

// What a folder says of its run.
struct SavedRun {
    std::string scenario_text;
    std::string scenario_path;
    std::uint64_t seed{0};
    bool complete{false};  // It ran to its end, and `digest` is its digest there.
    std::string digest;
    std::optional<sim::Instant> end;  // Where it was stopped, if it was.
    std::string build;
};

SavedRun read_run_folder(std::string const& path);

}  // namespace odradek::cli
