// Help texts, made from the options themselves.
#pragma once

#include <string>
#include <string_view>

namespace odradek::cli {

std::string short_help();                    // Without arguments: two examples and the verbs.
std::string help_of(std::string_view verb);  // Empty: the program. Throws for an unknown verb.

}  // namespace odradek::cli
