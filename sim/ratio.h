// A probability or a share as a ratio of two integers, because nothing that decides is rounded.
#pragma once

#include <cstdint>
#include <numeric>

#include "sim/wide.h"

namespace odradek::sim {

// numerator / denominator, with 0 <= numerator <= denominator and 1 <= denominator <= 2^63 for a
// probability.
struct Ratio {
    std::uint64_t numerator{0};
    std::uint64_t denominator{1};

    constexpr bool is_never() const { return numerator == 0; }
    constexpr bool is_always() const { return numerator >= denominator; }
    bool operator==(Ratio const&) const = default;  // Of the two numbers: 1/2 is not 2/4 here.
};

// The smallest numbers with the same value.
constexpr Ratio reduced(Ratio ratio)
{
    std::uint64_t const common = std::gcd(ratio.numerator, ratio.denominator);
    return common == 0 ? ratio : Ratio{ratio.numerator / common, ratio.denominator / common};
}

// The chance that at least one of two independent things happens: a + b - ab, as losses of two
// faults on one link combine. Exact while the product of the reduced denominators fits in 63 bits,
// else within 2^-61.
constexpr Ratio either(Ratio a, Ratio b)
{
    a = reduced(a);
    b = reduced(b);
    if (a.is_always() || b.is_always())
        return {1, 1};
    UnsignedWide const neither =
        UnsignedWide{a.denominator - a.numerator} * (b.denominator - b.numerator);
    UnsignedWide denominator = UnsignedWide{a.denominator} * b.denominator;
    UnsignedWide numerator = denominator - neither;
    while (denominator >> 63 != 0) {
        numerator >>= 1;
        denominator >>= 1;
    }
    return reduced(
        {static_cast<std::uint64_t>(numerator), static_cast<std::uint64_t>(denominator)});
}

}  // namespace odradek::sim
