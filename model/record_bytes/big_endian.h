// Numbers as Kafka writes them: fixed ones big endian, lengths and deltas as varints of base 128,
// signed ones zig-zag (DefaultRecord), unsigned ones as they are (KIP-482). Source:
// org.apache.kafka.common.utils.ByteUtils.
#pragma once

#include <cstdint>
#include <string>

namespace odradek::kafka {

// Appends the lowest `bytes` bytes of the number, the highest of them first.
inline void put_bytes(std::string& to, std::uint64_t number, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        to += static_cast<char>((number >> shift) & 0xff);
}
inline void put_i8(std::string& to, std::int8_t n)
{
    put_bytes(to, static_cast<std::uint64_t>(n), 1);
}
inline void put_i16(std::string& to, std::int16_t n)
{
    put_bytes(to, static_cast<std::uint64_t>(n), 2);
}
inline void put_i32(std::string& to, std::int32_t n)
{
    put_bytes(to, static_cast<std::uint64_t>(n), 4);
}
inline void put_u32(std::string& to, std::uint32_t n) { put_bytes(to, n, 4); }
inline void put_i64(std::string& to, std::int64_t n)
{
    put_bytes(to, static_cast<std::uint64_t>(n), 8);
}

inline void put_unsigned_varint(std::string& to, std::uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        to += static_cast<char>((n & 0x7f) | 0x80);
    to += static_cast<char>(n);
}
inline void put_varint(std::string& to, std::int64_t n)
{
    put_unsigned_varint(to,
                        (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63));
}

}  // namespace odradek::kafka
