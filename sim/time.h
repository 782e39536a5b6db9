// Virtual time: a 64-bit count of nanoseconds. Nothing in a run reads any other clock.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace odradek::sim {

// A length of virtual time in nanoseconds. May be negative (a clock's offset, a difference).
struct Duration {
    std::int64_t ns{0};

    constexpr auto operator<=>(Duration const&) const = default;
    constexpr Duration& operator+=(Duration other)
    {
        ns += other.ns;
        return *this;
    }
    constexpr Duration& operator-=(Duration other)
    {
        ns -= other.ns;
        return *this;
    }

    static constexpr Duration forever() { return {std::numeric_limits<std::int64_t>::max()}; }
    constexpr std::int64_t ms() const { return ns / 1'000'000; }  // Rounded towards zero.
    constexpr std::int64_t us() const { return ns / 1'000; }      // Rounded towards zero.
};

constexpr Duration operator+(Duration a, Duration b) { return {a.ns + b.ns}; }
constexpr Duration operator-(Duration a, Duration b) { return {a.ns - b.ns}; }
constexpr Duration operator-(Duration a) { return {-a.ns}; }
constexpr Duration operator*(Duration a, std::int64_t n) { return {a.ns * n}; }
constexpr Duration operator*(std::int64_t n, Duration a) { return {a.ns * n}; }
constexpr Duration operator/(Duration a, std::int64_t n) { return {a.ns / n}; }
constexpr std::int64_t operator/(Duration a, Duration b) { return a.ns / b.ns; }
constexpr Duration operator%(Duration a, Duration b) { return {a.ns % b.ns}; }

// A moment: nanoseconds since the start of the run. `never()` is later than every moment.
struct Instant {
    std::int64_t ns{0};

    constexpr auto operator<=>(Instant const&) const = default;

    static constexpr Instant never() { return {std::numeric_limits<std::int64_t>::max()}; }
    constexpr std::int64_t ms() const { return ns / 1'000'000; }  // Rounded towards zero.
};

// Saturates: a moment plus `forever()` is `never()`.
constexpr Instant operator+(Instant t, Duration d)
{
    std::int64_t sum{};
    return __builtin_add_overflow(t.ns, d.ns, &sum) ? Instant::never() : Instant{sum};
}
constexpr Instant operator-(Instant t, Duration d) { return {t.ns - d.ns}; }
constexpr Duration operator-(Instant a, Instant b) { return {a.ns - b.ns}; }

namespace literals {
constexpr Duration operator""_ns(unsigned long long n) { return {static_cast<std::int64_t>(n)}; }
constexpr Duration operator""_us(unsigned long long n)
{
    return {static_cast<std::int64_t>(n) * 1'000};
}
constexpr Duration operator""_ms(unsigned long long n)
{
    return {static_cast<std::int64_t>(n) * 1'000'000};
}
constexpr Duration operator""_s(unsigned long long n)
{
    return {static_cast<std::int64_t>(n) * 1'000'000'000};
}
constexpr Duration operator""_min(unsigned long long n)
{
    return {static_cast<std::int64_t>(n) * 60'000'000'000};
}
}  // namespace literals

// "250 ms", "1.5 s", "40 us": in the largest unit of which there is one; exact.
std::string to_string(Duration duration);

// "9.530000 s": seconds with six decimals, as the story prints moments.
std::string to_string(Instant instant);

}  // namespace odradek::sim
