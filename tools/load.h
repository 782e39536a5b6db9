// Reads a scenario from disk, with the files it extends.
#pragma once

#include <string>

#include "model/scenario/reader.h"
#include "tools/app.h"

namespace odradek::cli {

// The whole file; UserError (74) with the reason if it cannot be read.
std::string read_file(std::string const& path);

// A scenario's text and what it is called: a file, or where there is none, a scenario of the
// gallery by its name or path.
struct ScenarioText {
    std::string name;
    std::string text;
};
// UserError (74) when it is neither.
ScenarioText find_scenario(std::string const& file);

// Reads a text; files that it extends are looked for on disk, then in the gallery.
kafka::ReadResult read_text(ScenarioText const& scenario, kafka::ReadOptions options);

// What the file says with --set, --exhibit and --lenient-config applied; mistakes are in the
// result.
kafka::ReadResult load(std::string const& file, Arguments const& arguments);

}  // namespace odradek::cli
