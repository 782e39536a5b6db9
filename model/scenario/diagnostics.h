// What is wrong with a scenario, where, and what would be right. All problems are collected, none
// is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"

namespace odradek::kafka {

// A stretch of one source text. Lines and columns from 1, columns in characters; line 0: nowhere.
struct Place {
    int text{-1};  // Index into Diagnostics' texts.
    int line{0};
    int column{0};
    int length{1};  // In characters, for the mark under it.
};

struct Diagnostic {
    Severity severity{Severity::error};
    std::string file{};
    int line{0};
    int column{0};
    int length{1};
    std::string pointer{};     // JSON Pointer; empty for the whole file or a syntax error.
    std::string message{};     // What is wrong, without the suggestion.
    std::string suggestion{};  // What would be right; may be empty.
    std::string source_line{};
    bool not_simulated{false};

    bool operator==(Diagnostic const&) const = default;
};

// "file:line:column: error: /pointer: message; suggestion", then the source line and a mark under
// the place, when there is one. Ends with a newline.
std::string render(Diagnostic const& diagnostic);
std::string render(std::vector<Diagnostic> const& diagnostics);

// The collector: owns the texts that places refer to.
class Diagnostics {
public:
    // Registers a file, or an argument such as `--set /run/duration=10s`; the result is
    // `Place::text`.
    int add_text(std::string name, std::string_view content);
    // The place of `length_bytes` bytes at `offset` of a text.
    Place place_at(int text, std::size_t offset, std::size_t length_bytes) const;

    void add(Severity severity, Place const& place, std::string pointer, std::string message,
             std::string suggestion = {}, bool not_simulated = false);
    void error(Place const& place, std::string pointer, std::string message,
               std::string suggestion = {});

    bool has_errors() const;
    std::string const& name_of(int text) const
    {
        return texts_[static_cast<std::size_t>(text)].name;
    }
    // Everything said so far, by text, line and column; said once.
    std::vector<Diagnostic> sorted() const;

private:
    struct Text {
        std::string name;
        std::vector<std::string> lines;
        std::vector<std::size_t> line_starts;  // Byte offsets.
    };
    struct Entry {
        Place place;
        Diagnostic diagnostic;
    };

    std::vector<Text> texts_;
    std::vector<Entry> entries_;
};

}  // namespace odradek::kafka
