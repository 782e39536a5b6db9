// Reads a scenario file: text in, a Scenario per sweep variant out, or everything that is wrong
// with it. Never throws for what a user wrote. The only JSON reader of the project.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/scenario/diagnostics.h"
#include "model/scenario/scenario.h"

namespace odradek::kafka {

struct ReadOptions {
    // Each "/json/pointer=value" is put into the file before it is decoded. The value is read as
    // JSON, or else as a string.
    std::vector<std::string> set;
    // Known Kafka keys that are not simulated are warnings instead of errors.
    bool lenient_config{false};
    // The exhibit of the file whose flaw is put in; its sweep is then left out, and the one variant
    // bears the exhibit's name. Empty: the file as it is.
    std::string exhibit;
    bool with_fix{false};  // Leaves the flaw of `exhibit` out, as is compared with.
    // Gives the text of a file named in `extends`, or nothing. Without it, `extends` is refused.
    // The path is relative to the folder of the file that says it, already joined with it.
    std::function<std::optional<std::string>(std::string const& path)> read_file;
};

struct ReadResult {
    std::vector<Scenario>
        variants;  // One per sweep variant, one without a sweep; empty if there are errors.
    std::vector<Diagnostic> diagnostics;  // Errors and warnings, by file and line.

    bool has_errors() const;
};

ReadResult read_scenario(std::string_view text, std::string_view file_name,
                         ReadOptions const& options = {});

// The scenario as JSON with every default filled in and every range expanded. Reading it back gives
// an equal Scenario.
std::string resolved_json(Scenario const& scenario);

// The JSON schema (draft-07) of scenario files: for editors, and checked against the decoder by a
// test.
std::string scenario_schema();

}  // namespace odradek::kafka
