// Text in lines of at most eighty columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace odradek::cli {

inline constexpr std::size_t width = 80;

// Adds words to `text`, which stands at `column`, in lines of at most `width` that begin at
// `margin`; ends with a newline.
void flow(std::string& text, std::size_t column, std::size_t margin, std::string_view words);

// `lead` and the words behind it; further lines begin at `margin`.
std::string paragraph(std::string_view lead, std::size_t margin, std::string_view words);

}  // namespace odradek::cli
