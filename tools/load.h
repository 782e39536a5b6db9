// Reads a scenario from disk, with the files it extends.
#pragma once

#include <string>

#include "model/scenario/reader.h"
#include "tools/app.h"

namespace odradek::cli {

// The whole file; UserError (74) with the reason if it cannot be read.
std::string read_file(std::string const& path);

// What the file says with --set and --lenient-config applied; mistakes are in the result.
kafka::ReadResult load(std::string const& file, Arguments const& arguments);

}  // namespace odradek::cli
