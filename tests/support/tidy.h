// The rules of the house, each a function over a path and a text, so that a test can feed it bad
// text. CONTRIBUTING.md says what they hold; a finding says where, what, and what would be right.
#pragma once

#include "tests/support/source.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::tidy {

struct Finding {
    std::string path;
    int line{0};       // From 1; 0 when the finding is about the whole file.
    std::string what;  // "what is wrong; what would be right"

    std::string text() const;  // "path:line: what"
};
using Findings = std::vector<Finding>;

// For one C++ file.
void check_include_directions(Source const& source, Findings& findings);
void check_package_homes(Source const& source, Findings& findings);
void check_banned_calls(Source const& source, Findings& findings);
void check_header_form(Source const& source, Findings& findings);

// `unordered` holds the names of the unordered containers this file can see: its own and those of
// the header or source of the same name.
void check_unordered_walks(Source const& source, std::set<std::string> const& unordered,
                           Findings& findings);

// For any text file of ours.
void check_path_words(std::string_view path, Findings& findings);
void check_lines(Source const& source, Findings& findings);

// For the tree: every .cpp is built, and every scenario is run, by some meson.build.
// `builds` are all the meson.build files.
void check_is_listed(std::string_view path, std::vector<Source> const& builds, Findings& findings);

// For a page: the files and folders of ours that one line of it points at, as links or as paths in
// backticks, as they are written there.
std::set<std::string> pointed_at(std::string_view line);

}  // namespace odradek::tidy
