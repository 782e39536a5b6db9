#include "sim/time.h"

#include <fmt/format.h>

namespace odradek::sim {

std::string to_string(Duration duration)
{
    struct Unit {
        std::int64_t ns;
        char const* name;
        int digits;  // Of a fraction.
    };
    static constexpr Unit units[] = {
        {1'000'000'000, "s", 9}, {1'000'000, "ms", 6}, {1'000, "us", 3}};
    if (duration == Duration::forever())
        return "forever";
    bool const negative = duration.ns < 0;
    std::uint64_t const ns = negative ? 0 - static_cast<std::uint64_t>(duration.ns)
                                      : static_cast<std::uint64_t>(duration.ns);
    for (Unit const& unit : units) {
        std::uint64_t const unit_ns = static_cast<std::uint64_t>(unit.ns);
        if (ns < unit_ns)
            continue;
        std::string text = fmt::format("{}{}", negative ? "-" : "", ns / unit_ns);
        if (ns % unit_ns != 0) {
            text += fmt::format(".{:0{}}", ns % unit_ns, unit.digits);
            while (text.back() == '0')
                text.pop_back();
        }
        return text + " " + unit.name;
    }
    return fmt::format("{}{} ns", negative ? "-" : "", ns);
}

std::string to_string(Instant instant)
{
    if (instant == Instant::never())
        return "never";
    return fmt::format("{}.{:06} s", instant.ns / 1'000'000'000,
                       instant.ns % 1'000'000'000 / 1'000);
}

}  // namespace odradek::sim
