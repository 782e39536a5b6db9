// A source file as the rules of the house read it: lines, code without comments and literals,
// includes, names. No parser of C++, and none is needed: what it misreads, a reviewer reads.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::tidy {

// One file, its path relative to the repository's root and with forward slashes.
struct Source {
    Source(std::string path, std::string text);

    std::string path;
    std::vector<std::string> lines;
    std::vector<std::string> code;  // The same lines, comments and literals replaced by blanks.

    bool is_in(std::string_view folder) const;  // "sim", "model/check"
    bool is_header() const;
    bool is_cpp() const;  // A header or a .cpp.
};

struct Include {
    int line;  // From 1.
    std::string path;
    bool quoted;  // "ours" rather than <theirs>.
};
std::vector<Include> includes_of(Source const& source);

// The names that are declared with an unordered container's type.
std::set<std::string> unordered_names(Source const& source);

// Where `word` stands in `line` as a whole word, or npos. A word may hold "::" or end in a sign.
std::size_t find_word(std::string_view line, std::string_view word);
bool has_word(std::string_view line, std::string_view word);
std::vector<std::string> split(std::string_view text, std::string_view separators);

}  // namespace odradek::tidy
