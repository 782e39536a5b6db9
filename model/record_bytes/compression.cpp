#include "model/record_bytes/compression.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr std::uint64_t blocks(std::uint64_t bytes, std::uint64_t each)
{
    return (bytes + each - 1) / each;
}

// Of one chunk of snappy: its length, the length of what is in it, and a literal.
constexpr std::uint64_t stored_chunk(std::uint64_t raw)
{
    std::uint64_t const varint = raw < 128 ? 1 : raw < 16'384 ? 2 : 3;
    std::uint64_t const tag = raw == 0 ? 0 : raw <= 60 ? 1 : raw <= 256 ? 2 : 3;
    return 4 + varint + tag + raw;
}

}  // namespace

std::uint64_t stored_bytes(Codec codec, std::uint64_t raw)
{
    switch (codec) {
    case Codec::none:
        return raw;
    case Codec::gzip:
        return 10 + 5 * std::max<std::uint64_t>(blocks(raw, deflate_block_max), 1) + raw + 8;
    case Codec::snappy: {
        std::uint64_t const full = raw / snappy_chunk;
        std::uint64_t const rest = raw % snappy_chunk;
        return 16 + full * stored_chunk(snappy_chunk) +
               (rest != 0 || full == 0 ? stored_chunk(rest) : 0);
    }
    case Codec::lz4:
        return 7 + 4 * blocks(raw, lz4_block) + raw + 4;
    case Codec::zstd:
        return 4 + 1 +
               (raw < 256      ? 1U
                : raw < 65'792 ? 2U
                               : 4U) +
               3 * std::max<std::uint64_t>(blocks(raw, zstd_block_max), 1) + raw;
    }
    return raw;
}

void compress(Codec codec, std::string_view raw, std::uint64_t size, std::string& bytes)
{
    auto const made = codec == Codec::gzip     ? gzip_of(raw, size)
                      : codec == Codec::snappy ? snappy_of(raw, size)
                      : codec == Codec::lz4    ? lz4_of(raw, size)
                      : codec == Codec::zstd   ? zstd_of(raw, size)
                                               : std::optional{std::string(raw)};
    ENSURE(made.has_value(), "the size model leaves a codec the bytes it needs");
    ENSURE(made->size() == size, "compressed bytes have exactly the size of the model");
    bytes += *made;
}

std::string compress(Codec codec, std::string_view raw)
{
    switch (codec) {
    case Codec::none:
        break;
    case Codec::gzip:
        return gzip_by_library(raw);
    case Codec::snappy:
        return snappy_by_library(raw);
    case Codec::lz4:
        return lz4_by_library(raw);
    case Codec::zstd:
        return zstd_by_library(raw);
    }
    return std::string(raw);
}

namespace {

Decompressed decompress_any(Codec codec, std::string_view bytes, std::uint64_t bytes_max)
{
    switch (codec) {
    case Codec::none:
        break;
    case Codec::gzip:
        return gunzip(bytes, bytes_max);
    case Codec::snappy:
        return unsnappy(bytes, bytes_max);
    case Codec::lz4:
        return unlz4(bytes, bytes_max);
    case Codec::zstd:
        return unzstd(bytes, bytes_max);
    }
    return {std::string(bytes), std::nullopt};
}

}  // namespace

Decompressed decompress(Codec codec, std::string_view bytes, std::uint64_t bytes_max)
{
    Decompressed result = decompress_any(codec, bytes, bytes_max);
    if (!result.wrong && result.bytes.size() > bytes_max)
        result.wrong =
            fmt::format("more than {} bytes come out of {}", bytes_max, to_string(codec));
    return result;
}

}  // namespace odradek::kafka
