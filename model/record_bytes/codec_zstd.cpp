// Zstandard (RFC 8878). Room that is left over goes into a dictionary id of 0, which means none,
// and into empty blocks. Source: org.apache.kafka.common.compress.ZstdCompression.
#include <zstd.h>

#include <algorithm>

#include <fmt/format.h>

#include "model/record_bytes/compression.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr int level = 3;  // compression.zstd.level's default.
constexpr std::size_t descriptor_at = 4;
constexpr std::uint64_t block_header = 3;

// A frame with what is needed to fill `more` bytes.
std::string filled(std::string const& frame, std::uint64_t more)
{
    if (more == 0)
        return frame;
    auto const descriptor = static_cast<unsigned char>(frame[descriptor_at]);
    bool const single_segment = (descriptor & 0x20) != 0;
    std::size_t const size_flag = descriptor >> 6;
    std::size_t const window = single_segment ? 0 : 1;
    std::size_t const content_size = size_flag == 0   ? (single_segment ? 1 : 0)
                                     : size_flag == 1 ? 2
                                     : size_flag == 2 ? 4
                                                      : 8;
    std::uint64_t const id = more % block_header;  // 0, 1 or 2 bytes: also their flag.
    std::string bytes = frame.substr(0, descriptor_at);
    bytes += static_cast<char>(descriptor | id);
    bytes += frame.substr(descriptor_at + 1, window);
    bytes.append(id, '\0');
    bytes += frame.substr(descriptor_at + 1 + window, content_size);
    bytes.append(more - id, '\0');  // Raw blocks of no bytes, none of them the last.
    bytes += frame.substr(descriptor_at + 1 + window + content_size);
    return bytes;
}

std::string stored(std::string_view raw)
{
    std::string bytes("\x28\xb5\x2f\xfd", 4);
    std::size_t const size = raw.size();
    auto const put_le = [&](std::uint64_t number, int count) {
        for (int i = 0; i < count; ++i)
            bytes += static_cast<char>((number >> (8 * i)) & 0xff);
    };
    if (size < 256) {
        bytes += '\x20';
        put_le(size, 1);
    } else if (size < 65'792) {
        bytes += '\x60';
        put_le(size - 256, 2);
    } else {
        bytes += '\xa0';
        put_le(size, 4);
    }
    std::size_t at = 0;
    do {
        std::size_t const block = std::min<std::size_t>(size - at, zstd_block_max);
        put_le(block << 3 | (at + block == size ? 1 : 0), 3);
        bytes += raw.substr(at, block);
        at += block;
    } while (at < size);
    return bytes;
}

}  // namespace

std::string zstd_by_library(std::string_view raw)
{
    std::string bytes(ZSTD_compressBound(raw.size()), '\0');
    std::size_t const size =
        ZSTD_compress(bytes.data(), bytes.size(), raw.data(), raw.size(), level);
    ENSURE(ZSTD_isError(size) == 0, "zstd can compress");
    bytes.resize(size);
    return bytes;
}

std::optional<std::string> zstd_of(std::string_view raw, std::uint64_t size)
{
    std::string frame = zstd_by_library(raw);
    if (frame.size() > size)
        frame = stored(raw);
    if (frame.size() > size)
        return std::nullopt;
    return filled(frame, size - frame.size());
}

Decompressed unzstd(std::string_view bytes, std::uint64_t bytes_max)
{
    Decompressed result;
    ZSTD_DCtx* const context = ZSTD_createDCtx();
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t answer = 1;
    char chunk[16'384];
    for (;;) {
        ZSTD_outBuffer out{chunk, sizeof chunk, 0};
        std::size_t const before = in.pos;
        answer = ZSTD_decompressStream(context, &out, &in);
        result.bytes.append(chunk, out.pos);
        if (ZSTD_isError(answer) != 0) {
            result.wrong = fmt::format("not a zstd stream: {}", ZSTD_getErrorName(answer));
            break;
        }
        if (result.bytes.size() > bytes_max) {
            result.wrong = fmt::format("more than {} bytes come out of the zstd stream", bytes_max);
            break;
        }
        bool const over = in.pos == in.size && out.pos < out.size;
        if (over || (before == in.pos && out.pos == 0))
            break;
    }
    if (!result.wrong && answer != 0)
        result.wrong = "the zstd stream ends too early";
    ZSTD_freeDCtx(context);
    return result;
}

}  // namespace odradek::kafka
