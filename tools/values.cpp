#include "tools/values.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "model/scenario/units.h"
#include "model/spelling.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

std::optional<std::uint64_t> whole_number(std::string_view text)
{
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

}  // namespace

std::string_view choose(std::string_view option, std::string_view value,
                        std::vector<std::string_view> const& words)
{
    auto const found = std::find(words.begin(), words.end(), value);
    if (found != words.end())
        return *found;
    std::string suggestion = kafka::did_you_mean(kafka::nearest_names(value, words));
    if (suggestion.empty())
        suggestion = "it is " + kafka::quoted_list(words);
    throw usage_error(fmt::format("{}: there is no \"{}\"", option, value), std::move(suggestion));
}

bool is_json(std::string_view format)
{
    return choose("--format", format, {"text", "json"}) == "json";
}

Format read_format(std::string_view format)
{
    std::string_view const chosen = choose("--format", format, {"text", "json", "tsv"});
    return chosen == "json" ? Format::json : chosen == "tsv" ? Format::tsv : Format::text;
}

ExitCodeStyle read_exit_code_style(std::string_view value)
{
    std::string_view const style = choose("--exit-code-style", value, {"plain", "meson", "bisect"});
    return style == "meson"    ? ExitCodeStyle::meson
           : style == "bisect" ? ExitCodeStyle::bisect
                               : ExitCodeStyle::plain;
}

std::uint64_t read_seed(std::string_view option, std::string_view value)
{
    if (std::optional<std::uint64_t> const seed = whole_number(value))
        return *seed;
    throw usage_error(fmt::format("{}: \"{}\" is not a seed", option, value),
                      "seeds are whole numbers from 0 to 2^64-1, decimal or 0x...");
}

SeedRange read_seeds(std::string_view value)
{
    SeedRange range;
    std::size_t const dots = value.find("..");
    if (dots == std::string_view::npos) {
        range.count = read_seed("--seeds", value);
        if (range.count == 0)
            throw usage_error("--seeds: 0 seeds are no run", "give a number of seeds, or A..B");
        return range;
    }
    range.has_first = true;
    range.first = read_seed("--seeds", value.substr(0, dots));
    std::uint64_t const last = read_seed("--seeds", value.substr(dots + 2));
    if (last < range.first)
        throw usage_error(fmt::format("--seeds: {} has its end before its beginning", value),
                          fmt::format("did you mean {}..{}?", last, range.first));
    range.count = last - range.first + 1;
    return range;
}

sim::Instant read_time(std::string_view option, std::string_view value)
{
    kafka::Parsed<sim::Duration> const parsed = kafka::parse_duration(value);
    if (!parsed.value)
        throw usage_error(fmt::format("{}: {}", option, parsed.problem), parsed.suggestion);
    return sim::Instant{} + *parsed.value;
}

unsigned read_count(std::string_view option, std::string_view value)
{
    std::optional<std::uint64_t> const number = whole_number(value);
    if (!number || *number == 0 || *number > 4096)
        throw usage_error(fmt::format("{}: \"{}\" is not a number from 1 to 4096", option, value));
    return static_cast<unsigned>(*number);
}

std::string shell_word(std::string_view text)
{
    constexpr std::string_view harmless =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:@%+";
    if (!text.empty() && text.find_first_not_of(harmless) == std::string_view::npos)
        return std::string{text};
    std::string word = "'";
    for (char const c : text) {
        if (c == '\'')
            word += "'\\''";
        else
            word += c;
    }
    return word + "'";
}

}  // namespace odradek::cli
