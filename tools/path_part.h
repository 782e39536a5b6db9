// Names of scenarios and variants as parts of a path.
#pragma once

#include <string>

namespace odradek::cli {

// What other systems or shells dislike becomes "_", and then a digest keeps different names apart.
// "-" for an empty name.
std::string path_part(std::string const& name);

}  // namespace odradek::cli
