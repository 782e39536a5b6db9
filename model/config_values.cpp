#include "model/config_values.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "sim/ensure.h"

namespace odradek::kafka {

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        std::size_t const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<std::int64_t> to_number(std::string_view text)
{
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::optional<sim::Duration> to_iso_duration(std::string_view text)
{
    struct Unit {
        char letter;
        std::int64_t seconds;
    };
    constexpr Unit units[] = {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}};
    constexpr std::int64_t second = 1'000'000'000;
    constexpr std::int64_t most = std::int64_t{1} << 62;
    std::string const all = lower(text);
    std::string_view rest = all;
    if (!rest.starts_with('p'))
        return std::nullopt;
    rest.remove_prefix(1);
    std::int64_t ns = 0;
    bool timed = false;
    bool any = false;
    std::size_t next = 0;  // Units come in order, each once.
    while (!rest.empty()) {
        if (rest.front() == 't' && !timed) {
            timed = true;
            next = 1;
            rest.remove_prefix(1);
            if (rest.empty())
                return std::nullopt;
            continue;
        }
        std::size_t const digits = rest.find_first_not_of("0123456789");
        auto const whole = to_number(rest.substr(0, digits));
        if (!whole || digits == std::string_view::npos)
            return std::nullopt;
        rest.remove_prefix(digits);
        std::int64_t fraction = 0;
        bool const split_second = rest.front() == '.';
        if (split_second) {
            rest.remove_prefix(1);
            std::size_t const width = rest.find_first_not_of("0123456789");
            if (width == 0 || width == std::string_view::npos || width > 9)
                return std::nullopt;
            fraction = to_number(rest.substr(0, width)).value_or(0);
            for (std::size_t i = width; i < 9; ++i)
                fraction *= 10;
            rest.remove_prefix(width);
        }
        while (next < std::size(units) && units[next].letter != rest.front())
            ++next;
        if (next == std::size(units) || (units[next].letter == 'd') == timed ||
            (split_second && units[next].letter != 's'))
            return std::nullopt;
        std::int64_t const unit = units[next].seconds * second;
        if (*whole > (most - ns - fraction) / unit)
            return std::nullopt;
        ns += *whole * unit + fraction;
        any = true;
        ++next;
        rest.remove_prefix(1);
    }
    return any ? std::optional(sim::Duration{ns}) : std::nullopt;
}

std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

std::optional<std::string> ConfigValues::text(std::string_view name) const
{
    auto const own = overrides_.find(name);
    if (own != overrides_.end())
        return own->second;
    ConfigKey const* key = find_key(name, scope_);
    ENSURE(key != nullptr, "a resolved key is in the table");
    return key->default_in(version_);
}

sim::Ratio ConfigValues::decimal(std::string_view name) const
{
    constexpr std::uint64_t most = std::uint64_t{1} << 62;
    std::string const written = text(name).value_or("0");
    std::size_t const mark = std::min(written.find_first_of("eE"), written.size());
    std::string_view const exponent = std::string_view(written).substr(mark);
    std::string_view const power =
        exponent.substr(std::min<std::size_t>(exponent.starts_with("E+") ? 2 : 1, exponent.size()));
    std::int64_t shift = to_number(power).value_or(0);
    std::uint64_t digits = 0;
    bool behind_dot = false;
    for (char const c : written.substr(0, mark)) {
        if (c == '.')
            behind_dot = true;
        if (c < '0' || c > '9' || digits >= most / 10)
            continue;
        digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
        shift -= behind_dot ? 1 : 0;
    }
    sim::Ratio ratio{digits, 1};
    for (; shift > 0 && ratio.numerator != 0; --shift) {
        if (ratio.numerator >= most / 10)
            return {most, 1};
        ratio.numerator *= 10;
    }
    for (; shift < 0 && ratio.denominator < most / 10; ++shift)
        ratio.denominator *= 10;
    return sim::reduced(ratio);
}

sim::Duration ConfigValues::time(std::string_view name) const
{
    auto const value = text(name);
    auto const ms = value ? to_number(*value) : std::nullopt;
    std::int64_t ns = 0;
    if (!ms || *ms < 0 || __builtin_mul_overflow(*ms, std::int64_t{1'000'000}, &ns))
        return sim::Duration::forever();
    return sim::Duration{ns};
}

}  // namespace odradek::kafka
