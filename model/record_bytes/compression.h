// The codecs of record batches, with the libraries that Kafka uses too. What a scenario computes
// with is a size model (compression_model.h), so that no run depends on the version of a library;
// when bytes are made, they are brought to exactly that size in a way that each format has for it
// (see README.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/record.h"

namespace odradek::kafka {

// Appends exactly `size` bytes that every reader of the codec turns into `raw`. The size must not
// be less than compressed_bytes_least() and, where it is more than what the library makes, not more
// than stored_bytes().
void compress(Codec codec, std::string_view raw, std::uint64_t size, std::string& bytes);

// As the library makes it.
std::string compress(Codec codec, std::string_view raw);

// Bytes of `raw` bytes in the codec's format, not compressed at all: its upper bound.
std::uint64_t stored_bytes(Codec codec, std::uint64_t raw);

struct Decompressed {
    std::string bytes;                 // Until something went wrong.
    std::optional<std::string> wrong;  // What.
};
// Total: any bytes may come. More than `bytes_max` bytes are wrong.
Decompressed decompress(Codec codec, std::string_view bytes, std::uint64_t bytes_max);

// -- One codec each (codec_*.cpp): `size` bytes, or nothing if that is too few.
std::optional<std::string> gzip_of(std::string_view raw, std::uint64_t size);
std::optional<std::string> snappy_of(std::string_view raw, std::uint64_t size);
std::optional<std::string> lz4_of(std::string_view raw, std::uint64_t size);
std::optional<std::string> zstd_of(std::string_view raw, std::uint64_t size);
std::string gzip_by_library(std::string_view raw);
std::string snappy_by_library(std::string_view raw);
std::string lz4_by_library(std::string_view raw);
std::string zstd_by_library(std::string_view raw);
Decompressed gunzip(std::string_view bytes, std::uint64_t bytes_max);
Decompressed unsnappy(std::string_view bytes, std::uint64_t bytes_max);
Decompressed unlz4(std::string_view bytes, std::uint64_t bytes_max);
Decompressed unzstd(std::string_view bytes, std::uint64_t bytes_max);

// Sizes of blocks that the formats and Kafka's writers fix.
inline constexpr std::uint64_t deflate_block_max = 65'535;
inline constexpr std::uint64_t snappy_chunk = 32'768;  // SnappyOutputStream's default.
inline constexpr std::uint64_t lz4_block = 65'536;     // Lz4BlockOutputStream's BLOCKSIZE_64KB.
inline constexpr std::uint64_t zstd_block_max = 131'072;

}  // namespace odradek::kafka
