#include "model/scenario/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace odradek::kafka {

namespace {

// Characters, counted as bytes that do not continue a UTF-8 sequence.
std::size_t characters(std::string_view bytes)
{
    return static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

// Cuts a line to what surrounds the mark, and makes control characters and broken bytes harmless.
struct Excerpt {
    std::string text;
    int column;
};

Excerpt excerpt(std::string const& line, int column)
{
    static constexpr std::size_t widest = 110;
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < line.size();) {
        auto const lead = static_cast<unsigned char>(line[i]);
        std::size_t const size = lead < 0x80    ? 1
                                 : lead >= 0xf0 ? 4
                                 : lead >= 0xe0 ? 3
                                 : lead >= 0xc0 ? 2
                                                : 0;
        std::string cell = size == 0 ? std::string{} : line.substr(i, size);
        bool broken = size == 0 || cell.size() < size;
        for (std::size_t k = 1; !broken && k < size; ++k)
            broken = (static_cast<unsigned char>(cell[k]) & 0xc0U) != 0x80U;
        if (broken) {
            cells.emplace_back("\xef\xbf\xbd");  // The replacement character.
            ++i;
            continue;
        }
        cells.push_back(lead < 0x20 || lead == 0x7f ? " " : cell);
        i += size;
    }
    auto const at = static_cast<std::size_t>(std::max(column - 1, 0));
    std::size_t first = 0;
    if (cells.size() > widest && at > widest * 3 / 4)
        first = std::min(at - widest / 2, cells.size() - widest);
    std::size_t const last = std::min(cells.size(), first + widest);
    std::string text = first > 0 ? "..." : "";
    for (std::size_t i = first; i < last; ++i)
        text += cells[i];
    if (last < cells.size())
        text += "...";
    return {text, column - static_cast<int>(first) + (first > 0 ? 3 : 0)};
}

}  // namespace

std::string render(Diagnostic const& diagnostic)
{
    std::string text = diagnostic.file;
    if (diagnostic.line > 0)
        text += fmt::format(":{}:{}", diagnostic.line, diagnostic.column);
    text += diagnostic.severity == Severity::error ? ": error: " : ": warning: ";
    if (!diagnostic.pointer.empty())
        text += diagnostic.pointer + ": ";
    text += diagnostic.message;
    if (!diagnostic.suggestion.empty())
        text += "; " + diagnostic.suggestion;
    text += '\n';
    if (diagnostic.line == 0)
        return text;
    Excerpt const cut = excerpt(diagnostic.source_line, diagnostic.column);
    int const room = static_cast<int>(characters(cut.text)) - cut.column + 1;
    int const tail = std::max(0, std::min(diagnostic.length, room) - 1);
    text += fmt::format("{:>5} | {}\n", diagnostic.line, cut.text);
    text += fmt::format("      | {:>{}}{:~<{}}\n", "^", cut.column, "", tail);
    return text;
}

std::string render(std::vector<Diagnostic> const& diagnostics)
{
    std::string text;
    for (Diagnostic const& diagnostic : diagnostics)
        text += render(diagnostic);
    return text;
}

int Diagnostics::add_text(std::string name, std::string_view content)
{
    Text text{.name = std::move(name), .lines = {}, .line_starts = {}};
    std::size_t start = 0;
    while (true) {
        std::size_t const end = content.find('\n', start);
        std::string_view line =
            content.substr(start, end == std::string_view::npos ? end : end - start);
        text.line_starts.push_back(start);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        text.lines.emplace_back(line);
        if (end == std::string_view::npos)
            break;
        start = end + 1;
    }
    texts_.push_back(std::move(text));
    return static_cast<int>(texts_.size()) - 1;
}

Place Diagnostics::place_at(int text, std::size_t offset, std::size_t length_bytes) const
{
    Text const& source = texts_[static_cast<std::size_t>(text)];
    auto const after =
        std::upper_bound(source.line_starts.begin(), source.line_starts.end(), offset);
    auto const index = static_cast<std::size_t>(after - source.line_starts.begin()) - 1;
    std::string_view const line = source.lines[index];
    std::size_t const in_line = std::min(offset - source.line_starts[index], line.size());
    std::size_t const length = characters(line.substr(in_line, length_bytes));
    return {.text = text,
            .line = static_cast<int>(index) + 1,
            .column = static_cast<int>(characters(line.substr(0, in_line))) + 1,
            .length = std::max(1, static_cast<int>(length))};
}

void Diagnostics::add(Severity severity, Place const& place, std::string pointer,
                      std::string message, std::string suggestion, bool not_simulated)
{
    Diagnostic diagnostic{.severity = severity,
                          .file = {},
                          .line = place.line,
                          .column = place.column,
                          .length = place.length,
                          .pointer = std::move(pointer),
                          .message = std::move(message),
                          .suggestion = std::move(suggestion),
                          .source_line = {},
                          .not_simulated = not_simulated};
    if (place.text >= 0) {
        Text const& text = texts_[static_cast<std::size_t>(place.text)];
        diagnostic.file = text.name;
        if (place.line > 0)
            diagnostic.source_line = text.lines[static_cast<std::size_t>(place.line) - 1];
    }
    entries_.push_back({place, std::move(diagnostic)});
}

void Diagnostics::error(Place const& place, std::string pointer, std::string message,
                        std::string suggestion)
{
    add(Severity::error, place, std::move(pointer), std::move(message), std::move(suggestion));
}

bool Diagnostics::has_errors() const
{
    return std::any_of(entries_.begin(), entries_.end(),
                       [](Entry const& e) { return e.diagnostic.severity == Severity::error; });
}

std::vector<Diagnostic> Diagnostics::sorted() const
{
    std::vector<Entry> entries = entries_;
    std::stable_sort(entries.begin(), entries.end(), [](Entry const& a, Entry const& b) {
        return std::tie(a.place.text, a.place.line, a.place.column) <
               std::tie(b.place.text, b.place.line, b.place.column);
    });
    std::vector<Diagnostic> all;
    for (Entry& entry : entries) {
        if (std::find(all.begin(), all.end(), entry.diagnostic) == all.end())
            all.push_back(std::move(entry.diagnostic));
    }
    return all;
}

}  // namespace odradek::kafka
