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
