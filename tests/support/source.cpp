#include "tests/support/source.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace odradek::tidy {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Blanks comments and what stands between quotes, across lines. Includes keep their path.
class Blanker {
public:
    std::string blank(std::string const& line)
    {
        if (state_ == State::code && line.starts_with("#include"))
            return line;
        std::string code = line;
        for (std::size_t at = 0; at < line.size();)
            at = step(line, at, code);
        if (state_ == State::string || state_ == State::character)
            state_ = State::code;  // An open quote ends with its line.
        return code;
    }

private:
    enum class State { code, comment, string, character, raw_string };

    // Handles what stands at `at`; answers where to go on.
    std::size_t step(std::string const& line, std::size_t at, std::string& code)
    {
        auto const blank_to = [&](std::size_t end) {
            std::fill(code.begin() + static_cast<std::ptrdiff_t>(at),
                      code.begin() + static_cast<std::ptrdiff_t>(std::min(end, code.size())), ' ');
            return end;
        };
        switch (state_) {
        case State::code:
            return step_in_code(line, at, blank_to);
        case State::comment:
            if (line.compare(at, 2, "*/") == 0) {
                state_ = State::code;
                return blank_to(at + 2);
            }
            return blank_to(at + 1);
        case State::raw_string:
            if (line.compare(at, raw_end_.size(), raw_end_) == 0) {
                state_ = State::code;
                return blank_to(at + raw_end_.size());
            }
            return blank_to(at + 1);
        case State::string:
        case State::character:
            if (line[at] == '\\')
                return blank_to(at + 2);
            if (line[at] == (state_ == State::string ? '"' : '\'')) {
                state_ = State::code;
                return at + 1;
            }
            return blank_to(at + 1);
        }
        return at + 1;
    }

    template <typename BlankTo>
    std::size_t step_in_code(std::string const& line, std::size_t at, BlankTo const& blank_to)
    {
        if (line.compare(at, 2, "//") == 0)
            return blank_to(line.size());
        if (line.compare(at, 2, "/*") == 0) {
            state_ = State::comment;
            return blank_to(at + 2);
        }
        if (line.compare(at, 2, "R\"") == 0 && (at == 0 || !is_word(line[at - 1]))) {
            std::size_t const open = std::min(line.find('(', at), line.size());
            raw_end_ = ")" + line.substr(at + 2, open - at - 2) + "\"";
            state_ = State::raw_string;
            return blank_to(open + 1);
        }
        if (line[at] == '"')
            state_ = State::string;
        if (line[at] == '\'' && (at == 0 || !is_word(line[at - 1])))  // 1'000 is a number.
            state_ = State::character;
        return at + 1;
    }

    State state_{State::code};
    std::string raw_end_;  // Only in a raw string: what ends it.
};

}  // namespace

Source::Source(std::string path_, std::string text) : path(std::move(path_))
{
    lines = split(text, "\n");
    if (lines.back().empty())
        lines.pop_back();
    Blanker blanker;
    for (std::string const& line : lines)
        code.push_back(blanker.blank(line));
}

bool Source::is_in(std::string_view folder) const
{
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

bool Source::is_header() const { return path.ends_with(".h"); }

bool Source::is_cpp() const { return is_header() || path.ends_with(".cpp"); }

std::vector<Include> includes_of(Source const& source)
{
    std::vector<Include> includes;
    for (std::size_t i = 0; i < source.code.size(); ++i) {
        std::string_view const line = source.code[i];
        if (!line.starts_with("#include"))
            continue;
        std::size_t const open = line.find_first_of("\"<");
        if (open == std::string_view::npos)
            continue;
        bool const quoted = line[open] == '"';
        std::size_t const close = line.find(quoted ? '"' : '>', open + 1);
        includes.push_back({static_cast<int>(i + 1),
                            std::string{line.substr(open + 1, close - open - 1)}, quoted});
    }
    return includes;
}

std::set<std::string> unordered_names(Source const& source)
{
    std::set<std::string> names;
    std::string code;
    for (std::string const& line : source.code)
        code += line + "\n";
    for (std::size_t at = code.find("unordered_"); at != std::string::npos;
         at = code.find("unordered_", at + 1)) {
        std::size_t open = at;
        while (open < code.size() && is_word(code[open]))
            ++open;
        if (open == code.size() || code[open] != '<')
            continue;
        int depth = 0;
        std::size_t end = open;
        for (; end < code.size(); ++end) {
            depth += code[end] == '<' ? 1 : code[end] == '>' ? -1 : 0;
            if (depth == 0)
                break;
        }
        // What follows the type: `const& name`, `name{`, `name;`, `name_ =`.
        std::size_t name = end + 1;
        while (name < code.size()) {
            while (name < code.size() && !is_word(code[name]) && code[name] != ';' &&
                   code[name] != ')')
                ++name;
            std::size_t stop = name;
            while (stop < code.size() && is_word(code[stop]))
                ++stop;
            std::string const word = code.substr(name, stop - name);
            if (word != "const") {
                if (!word.empty())
                    names.insert(word);
                break;
            }
            name = stop;
        }
    }
    return names;
}

std::size_t find_word(std::string_view line, std::string_view word)
{
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        std::size_t const end = at + word.size();
        bool const starts = at == 0 || !is_word(line[at - 1]);
        bool const ends = end == line.size() || !is_word(line[end]) || !is_word(word.back());
        if (starts && ends)
            return at;
    }
    return std::string_view::npos;
}

bool has_word(std::string_view line, std::string_view word)
{
    return find_word(line, word) != std::string_view::npos;
}

std::vector<std::string> split(std::string_view text, std::string_view separators)
{
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at <= text.size()) {
        std::size_t const end = std::min(text.find_first_of(separators, at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

}  // namespace odradek::tidy
