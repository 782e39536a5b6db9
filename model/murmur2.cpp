#include "model/murmur2.h"

#include <cstddef>

namespace odradek::kafka {

std::int32_t murmur2(std::string_view bytes)
{
    constexpr std::uint32_t seed = 0x9747b28c;
    constexpr std::uint32_t m = 0x5bd1e995;
    auto const byte = [&](std::size_t i) {
        return std::uint32_t{static_cast<unsigned char>(bytes[i])};
    };

    std::uint32_t h = seed ^ static_cast<std::uint32_t>(bytes.size());
    std::size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t k = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16 | byte(at + 3) << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h *= m;
        h ^= k;
    }
    std::size_t const tail = bytes.size() - at;
    for (std::size_t i = tail; i-- > 0;)
        h ^= byte(at + i) << (8 * i);
    if (tail > 0)
        h *= m;
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return static_cast<std::int32_t>(h);
}

std::int32_t partition_for_key(std::string_view key, std::int32_t partitions)
{
    return (murmur2(key) & 0x7fffffff) % partitions;
}

}  // namespace odradek::kafka
