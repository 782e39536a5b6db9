// "Did you mean": which of the known names a misspelt one may stand for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::kafka {

// Damerau-Levenshtein distance with adjacent transpositions (each part of a name edited once).
std::size_t edit_distance(std::string_view a, std::string_view b);

// At most `limit` of `known`, nearest first: distance <= 2 (1 for two or three letters, 0 for one),
// or one a prefix of the other with at least three letters. Ties keep the order of `known`.
std::vector<std::string_view> nearest_names(std::string_view name,
                                            std::vector<std::string_view> const& known,
                                            std::size_t limit = 3);

// `did you mean "at"?`, `did you mean "a" or "b"?`, or nothing.
std::string did_you_mean(std::vector<std::string_view> const& names);

// `"a"`, `"a" or "b"`, `"a", "b" or "c"`: for saying what would be right.
std::string quoted_list(std::vector<std::string_view> const& names, std::string_view last = "or");

// `known is "a"`, `known are "a" and "b"`, or nothing.
std::string listed(std::string_view what, std::vector<std::string_view> const& names);

}  // namespace odradek::kafka
