#include "tools/paragraph.h"

#include <algorithm>

namespace odradek::cli {

void flow(std::string& text, std::size_t column, std::size_t margin, std::string_view words)
{
    while (!words.empty()) {
        std::size_t const end = std::min(words.find(' '), words.size());
        std::string_view const word = words.substr(0, end);
        if (column > margin && column + 1 + word.size() > width) {
            text += '\n';
            text.append(margin, ' ');
            column = margin;
        }
        if (column > margin) {
            text += ' ';
            ++column;
        }
        text += word;
        column += word.size();
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    text += '\n';
}

std::string paragraph(std::string_view lead, std::size_t margin, std::string_view words)
{
    std::string text{lead};
    if (text.size() < margin)
        text.append(margin - text.size(), ' ');
    std::size_t const column = text.size();
    flow(text, column, std::min(margin, column), words);
    return text;
}

}  // namespace odradek::cli
