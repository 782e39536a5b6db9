// What the attributes of a record batch say of all its records.
#pragma once

#include <cstdint>

namespace odradek::kafka {

// attributes, bits 0 to 2.
enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

constexpr char const* to_string(Codec codec)
{
    switch (codec) {
    case Codec::none:
        return "none";
    case Codec::gzip:
        return "gzip";
    case Codec::snappy:
        return "snappy";
    case Codec::lz4:
        return "lz4";
    case Codec::zstd:
        return "zstd";
    }
    return "unknown";
}

// attributes, bit 3 (KIP-32).
enum class TimestampType : std::uint8_t { create_time = 0, log_append_time = 1 };

constexpr char const* to_string(TimestampType type)  // Kafka's words.
{
    return type == TimestampType::create_time ? "CreateTime" : "LogAppendTime";
}

}  // namespace odradek::kafka
