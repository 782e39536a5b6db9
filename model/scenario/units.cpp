#include "model/scenario/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/spelling.h"

namespace odradek::kafka {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

constexpr std::array<Unit, 6> duration_units{{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};
constexpr std::array<Unit, 9> size_units{{
    {"B", 1},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
    {"KiB", 1LL << 10},
    {"MiB", 1LL << 20},
    {"GiB", 1LL << 30},
    {"TiB", 1LL << 40},
}};
// In bits per second.
constexpr std::array<Unit, 10> bandwidth_units{{
    {"bit/s", 1},
    {"Kbit/s", 1'000},
    {"Mbit/s", 1'000'000},
    {"Gbit/s", 1'000'000'000},
    {"B/s", 8},
    {"KB/s", 8'000},
    {"MB/s", 8'000'000},
    {"GB/s", 8'000'000'000},
    {"KiB/s", 8LL << 10},
    {"MiB/s", 8LL << 20},
}};
constexpr Unit gibibytes_per_second{"GiB/s", 8LL << 30};
constexpr std::array<Unit, 4> rate_units{{
    {"/ms", 1'000'000},
    {"/s", 1'000'000'000},
    {"/m", 60'000'000'000},
    {"/h", 3'600'000'000'000},
}};

constexpr std::int64_t longest = 100LL * 365 * 24 * 3'600 * 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits, an optional fraction, and the rest.
struct Split {
    std::string_view whole;
    std::string_view fraction;
    std::string_view rest;
};

std::optional<Split> split_number(std::string_view text)
{
    Split split;
    std::size_t at = 0;
    while (at < text.size() && is_digit(text[at]))
        ++at;
    split.whole = text.substr(0, at);
    if (split.whole.empty())
        return std::nullopt;
    if (at < text.size() && text[at] == '.') {
        std::size_t const start = ++at;
        while (at < text.size() && is_digit(text[at]))
            ++at;
        split.fraction = text.substr(start, at - start);
        if (split.fraction.empty())
            return std::nullopt;
    }
    split.rest = text.substr(at);
    return split;
}

enum class Fit { exact, inexact, overflow };

// whole.fraction times `factor`.
Fit multiply(Split const& number, std::int64_t factor, std::int64_t& result)
{
    std::int64_t whole = 0;
    for (char c : number.whole) {
        if (__builtin_mul_overflow(whole, 10, &whole) ||
            __builtin_add_overflow(whole, c - '0', &whole))
            return Fit::overflow;
    }
    if (__builtin_mul_overflow(whole, factor, &whole))
        return Fit::overflow;
    std::string_view fraction = number.fraction;
    while (!fraction.empty() && fraction.back() == '0')
        fraction.remove_suffix(1);
    __extension__ using Wide = __int128;  // At most 18 digits times 3.6e12 stays below 2^127.
    Wide numerator = 0;
    Wide denominator = 1;
    if (fraction.size() > 18)
        return Fit::inexact;
    for (char c : fraction) {
        numerator = numerator * 10 + (c - '0');
        denominator *= 10;
    }
    numerator *= factor;
    if (numerator % denominator != 0)
        return Fit::inexact;
    auto const part = static_cast<std::int64_t>(numerator / denominator);
    return __builtin_add_overflow(whole, part, &result) ? Fit::overflow : Fit::exact;
}

struct Kind {
    std::string_view what;      // "durations"
    std::string_view examples;  // `"30s" or "250ms"`
    std::vector<Unit> units;
    std::string_view finest;  // What one unit of the result is.
};

Kind const& durations()
{
    static Kind const kind{"durations",
                           "\"30s\" or \"250ms\"",
                           {duration_units.begin(), duration_units.end()},
                           "a nanosecond"};
    return kind;
}

Kind const& sizes()
{
    static Kind const kind{
        "sizes", "\"64KiB\" or \"1GB\"", {size_units.begin(), size_units.end()}, "a byte"};
    return kind;
}

Kind const& bandwidths()
{
    static Kind const kind = [] {
        Kind made{"bandwidths",
                  "\"10Gbit/s\" or \"400MB/s\"",
                  {bandwidth_units.begin(), bandwidth_units.end()},
                  "a bit per second"};
        made.units.push_back(gibibytes_per_second);
        return made;
    }();
    return kind;
}

std::string unit_list(Kind const& kind)
{
    std::string text;
    for (Unit const& unit : kind.units)
        text.append(text.empty() ? "" : ", ").append(unit.name);
    return text;
}

Parsed<std::int64_t> parse_with_unit(std::string_view text, Kind const& kind)
{
    std::string const shape = fmt::format("{} are strings such as {}", kind.what, kind.examples);
    if (!text.empty() && text.front() == '-')
        return {{},
                fmt::format("\"{}\" is negative", text),
                fmt::format("{} are zero or more", kind.what)};
    auto const split = split_number(text);
    if (!split)
        return {{}, fmt::format("\"{}\" does not start with a number", text), shape};
    if (split->rest.empty())
        return {{}, fmt::format("\"{}\" has no unit", text), shape};
    std::vector<std::string_view> names;
    for (Unit const& unit : kind.units) {
        names.push_back(unit.name);
        if (unit.name != split->rest)
            continue;
        std::int64_t result = 0;
        switch (multiply(*split, unit.factor, result)) {
        case Fit::exact:
            return {result};
        case Fit::inexact:
            return {{}, fmt::format("\"{}\" is finer than {}", text, kind.finest), {}};
        case Fit::overflow:
            return {{}, fmt::format("\"{}\" is too large", text), {}};
        }
    }
    if (split->rest.front() == ' ')
        return {{}, fmt::format("\"{}\" has a space before its unit", text), shape};
    return {{},
            fmt::format("\"{}\" has the unknown unit \"{}\"", text, split->rest),
            fmt::format("units are {}", unit_list(kind))};
}

// The largest unit of which `value` is a multiple with at most `decimals` decimals.
std::string shortest(std::int64_t value, std::vector<Unit> units)
{
    std::stable_sort(units.begin(), units.end(),
                     [](Unit const& a, Unit const& b) { return a.factor > b.factor; });
    for (Unit const& unit : units) {
        if (value >= unit.factor && value % unit.factor == 0)
            return fmt::format("{}{}", value / unit.factor, unit.name);
    }
    return fmt::format("{}{}", value, units.back().name);
}

}  // namespace

Parsed<sim::Duration> parse_duration(std::string_view text)
{
    auto const parsed = parse_with_unit(text, durations());
    if (!parsed.value)
        return {{}, parsed.problem, parsed.suggestion};
    if (*parsed.value > longest)
        return {{},
                fmt::format("\"{}\" is too long", text),
                "nothing here may exceed 100 years (876000h)"};
    return {sim::Duration{*parsed.value}};
}

Parsed<sim::Duration> parse_signed_duration(std::string_view text)
{
    bool const negative = !text.empty() && text.front() == '-';
    auto parsed = parse_duration(negative ? text.substr(1) : text);
    if (negative && parsed.value)
        parsed.value = -*parsed.value;
    return parsed;
}

Parsed<std::int64_t> parse_size(std::string_view text) { return parse_with_unit(text, sizes()); }

Parsed<Bandwidth> parse_bandwidth(std::string_view text)
{
    auto const parsed = parse_with_unit(text, bandwidths());
    if (!parsed.value)
        return {{}, parsed.problem, parsed.suggestion};
    if (*parsed.value == 0)
        return {{},
                fmt::format("\"{}\" lets nothing through", text),
                "cut a link with a \"partition\" step instead"};
    return {Bandwidth{*parsed.value}};
}

Parsed<Rate> parse_rate(std::string_view text)
{
    std::string const shape = "rates are strings such as \"1000/s\" or \"0.5/s\"";
    if (!text.empty() && text.front() == '-')
        return {{}, fmt::format("\"{}\" is negative", text), shape};
    auto const split = split_number(text);
    if (!split)
        return {{}, fmt::format("\"{}\" does not start with a number", text), shape};
    for (Unit const& unit : rate_units) {
        if (unit.name != split->rest)
            continue;
        std::int64_t millionths = 0;
        switch (multiply(*split, 1'000'000, millionths)) {
        case Fit::exact:
            break;
        case Fit::inexact:
            return {{}, fmt::format("\"{}\" has more than six decimals", text), {}};
        case Fit::overflow:
            return {{}, fmt::format("\"{}\" is too large", text), {}};
        }
        if (millionths == 0)
            return {{},
                    fmt::format("\"{}\" never sends anything", text),
                    "leave the workload out, or end it with \"stop\""};
        std::int64_t per = 0;
        if (__builtin_mul_overflow(unit.factor, std::int64_t{1'000'000}, &per))
            return {{}, fmt::format("\"{}\" is too small", text), "say it per second"};
        std::int64_t const common = std::gcd(millionths, per);
        Rate const rate{millionths / common, sim::Duration{per / common}};
        if (rate.events > rate.per.ns)
            return {{}, fmt::format("\"{}\" is more than one record per nanosecond", text), {}};
        return {rate};
    }
    if (split->rest.empty())
        return {{}, fmt::format("\"{}\" has no unit", text), shape};
    return {{},
            fmt::format("\"{}\" has the unknown unit \"{}\"", text, split->rest),
            "units are /ms, /s, /m, /h"};
}

// "2.5e-3" as "0.0025": JSON numbers may have an exponent.
static std::optional<std::string> without_exponent(std::string_view text)
{
    std::size_t const mark = text.find_first_of("eE");
    if (mark == std::string_view::npos)
        return std::string{text};
    std::string_view exponent = text.substr(mark + 1);
    if (!exponent.empty() && exponent.front() == '+')
        exponent.remove_prefix(1);
    int shift = 0;
    auto const [end, problem] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), shift);
    if (problem != std::errc{} || end != exponent.data() + exponent.size() || shift < -40 ||
        shift > 40)
        return std::nullopt;
    std::string digits{text.substr(0, mark)};
    std::size_t const dot = digits.find('.');
    auto point = static_cast<int>(dot == std::string::npos ? digits.size() : dot) + shift;
    if (dot != std::string::npos)
        digits.erase(dot, 1);
    if (point <= 0) {
        digits.insert(0, static_cast<std::size_t>(1 - point), '0');
        point = 1;
    }
    if (static_cast<std::size_t>(point) >= digits.size())
        return digits + std::string(static_cast<std::size_t>(point) - digits.size(), '0');
    return digits.insert(static_cast<std::size_t>(point), ".");
}

Parsed<std::int64_t> parse_scaled(std::string_view text, std::int64_t scale)
{
    bool const negative = !text.empty() && text.front() == '-';
    auto const plain = without_exponent(negative ? text.substr(1) : text);
    auto const split = plain ? split_number(*plain) : std::nullopt;
    if (!split || !split->rest.empty())
        return {{}, fmt::format("{} is not a number that fits here", text), {}};
    std::int64_t value = 0;
    switch (multiply(*split, scale, value)) {
    case Fit::exact:
        return {negative ? -value : value};
    case Fit::inexact:
        return {{},
                scale == 1 ? fmt::format("{} is not a whole number", text)
                           : fmt::format("{} has more decimals than are kept (1/{})", text, scale),
                {}};
    case Fit::overflow:
        break;
    }
    return {{}, fmt::format("{} is too large", text), {}};
}

std::string duration_text(sim::Duration duration)
{
    if (duration.ns < 0)
        return "-" + duration_text(-duration);
    return duration.ns == 0 ? "0s"
                            : shortest(duration.ns, {duration_units.begin(), duration_units.end()});
}

std::string size_text(std::int64_t bytes)
{
    return bytes == 0 ? "0B" : shortest(bytes, sizes().units);
}

std::string bandwidth_text(Bandwidth bandwidth)
{
    return shortest(bandwidth.bits_per_second, bandwidths().units);
}

std::string rate_text(Rate rate)
{
    // events/per is a decimal with at most six places in one of the units, because it was read as
    // one.
    for (Unit const& unit : {rate_units[1], rate_units[0], rate_units[2], rate_units[3]}) {
        __extension__ using Wide = __int128;
        Wide const millionths = static_cast<Wide>(rate.events) * unit.factor * 1'000'000;
        if (millionths % rate.per.ns != 0)
            continue;
        Wide const value = millionths / rate.per.ns;
        if (value <= std::numeric_limits<std::int64_t>::max())
            return scaled_text(static_cast<std::int64_t>(value), 1'000'000) +
                   std::string{unit.name};
    }
    return fmt::format("{}/{}ns", rate.events, rate.per.ns);
}

std::string scaled_text(std::int64_t value, std::int64_t scale)
{
    std::string text = value < 0 ? "-" : "";
    std::int64_t const magnitude = value < 0 ? -value : value;
    text += fmt::format("{}", magnitude / scale);
    std::int64_t rest = magnitude % scale;
    if (rest != 0)
        text += '.';
    while (rest != 0) {
        scale /= 10;
        text += static_cast<char>('0' + rest / scale);
        rest %= scale;
    }
    return text;
}

}  // namespace odradek::kafka
