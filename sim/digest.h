// A 128-bit rolling digest over everything that happens. Two runs are the same run when, and only
// when, their digests agree; it is always on. Two independent 64-bit lanes of multiply-and-fold.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/wide.h"

namespace odradek::sim {

class Digest {
public:
    void add(std::uint64_t word)
    {
        low_ = fold(low_ ^ word, 0x9e3779b97f4a7c15);
        high_ = fold(high_ + word, 0xd6e8feb86659fd93);
    }
    void add(std::string_view bytes)
    {
        add(bytes.size());
        std::uint64_t word = 0;
        int shift = 0;
        for (char const c : bytes) {
            word |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
            shift += 8;
            if (shift == 64) {
                add(word);
                word = 0;
                shift = 0;
            }
        }
        if (shift != 0)
            add(word);
    }

    std::uint64_t low() const { return low_; }
    std::uint64_t high() const { return high_; }
    // 32 hexadecimal digits.
    std::string text() const;

    bool operator==(Digest const&) const = default;

private:
    // 64x64 -> 128 bit multiplication folded to 64; an odd constant and a final xor keep zero
    // moving.
    static std::uint64_t fold(std::uint64_t a, std::uint64_t b)
    {
        UnsignedWide const product = static_cast<UnsignedWide>(a ^ 0xa0761d6478bd642f) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    }

    std::uint64_t low_{0x243f6a8885a308d3};
    std::uint64_t high_{0x13198a2e03707344};
};

}  // namespace odradek::sim
