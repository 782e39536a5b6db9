// splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014): the
// mixer and the source of raw words under every decision.
#pragma once

#include <cstdint>

#include "sim/wide.h"

namespace odradek::sim {

// A bijection of 64 bits in which every input bit moves every output bit (Stafford's variant 13).
constexpr std::uint64_t mix64(std::uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

// A short sequence of raw words, a pure function of where it starts. One decision gets one of these
// and may take as many words as it needs; nothing is shared between decisions.
class Words {
public:
    explicit constexpr Words(std::uint64_t start) : state_(start) {}

    constexpr std::uint64_t next()
    {
        state_ += step;
        return mix64(state_);
    }

    // The word that `next()` would give after `index` others.
    static constexpr std::uint64_t at(std::uint64_t start, std::uint64_t index)
    {
        return mix64(start + (index + 1) * step);
    }

    // Uniform in [0, n), without bias. `n` >= 1. Lemire: Fast Random Integer Generation in an
    // Interval, 2019.
    constexpr std::uint64_t below(std::uint64_t n)
    {
        UnsignedWide product = static_cast<UnsignedWide>(next()) * n;
        if (static_cast<std::uint64_t>(product) < n) {
            std::uint64_t const threshold = (0 - n) % n;
            while (static_cast<std::uint64_t>(product) < threshold)
                product = static_cast<UnsignedWide>(next()) * n;
        }
        return static_cast<std::uint64_t>(product >> 64);
    }

private:
    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, odd.
    std::uint64_t state_;
};

}  // namespace odradek::sim
