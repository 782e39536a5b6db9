// gzip (RFC 1951, 1952) by zlib. Room that is left over goes into the header's file name, which
// readers pass over. Source: org.apache.kafka.common.compress.GzipCompression.
#include <zlib.h>

#include <algorithm>

#include <fmt/format.h>

#include "model/record_bytes/compression.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr char flag_name = 8;
constexpr std::uint64_t header = 10;
constexpr std::uint64_t trailer = 8;

void put_le(std::string& to, std::uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        to += static_cast<char>((number >> (8 * i)) & 0xff);
}

std::string with_name(std::string_view deflated, std::string_view raw, std::uint64_t name)
{
    std::string bytes("\x1f\x8b\x08", 3);
    bytes += name > 0 ? flag_name : '\0';
    bytes.append(6, '\0');  // No time, no extra flags, made on FAT: as Java's GZIPOutputStream.
    if (name > 0) {
        bytes.append(name - 1, '.');
        bytes += '\0';
    }
    bytes += deflated;
    auto const sum = crc32(crc32(0, nullptr, 0), reinterpret_cast<Bytef const*>(raw.data()),
                           static_cast<uInt>(raw.size()));
    put_le(bytes, sum, 4);
    put_le(bytes, raw.size() & 0xffffffff, 4);
    return bytes;
}

std::string deflated(std::string_view raw)
{
    z_stream stream{};
    // Negative window bits: without a header of its own.
    int const made =
        deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    ENSURE(made == Z_OK, "zlib can compress");
    std::string bytes(deflateBound(&stream, static_cast<uLong>(raw.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
    stream.avail_in = static_cast<uInt>(raw.size());
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    int const done = deflate(&stream, Z_FINISH);
    ENSURE(done == Z_STREAM_END, "zlib's bound is a bound");
    bytes.resize(stream.total_out);
    deflateEnd(&stream);
    return bytes;
}

std::string stored(std::string_view raw)
{
    std::string bytes;
    std::size_t at = 0;
    do {
        std::size_t const size = std::min<std::size_t>(raw.size() - at, deflate_block_max);
        bytes += at + size == raw.size() ? '\x01' : '\x00';
        put_le(bytes, size, 2);
        put_le(bytes, ~size & 0xffff, 2);
        bytes += raw.substr(at, size);
        at += size;
    } while (at < raw.size());
    return bytes;
}

}  // namespace

std::string gzip_by_library(std::string_view raw) { return with_name(deflated(raw), raw, 0); }

std::optional<std::string> gzip_of(std::string_view raw, std::uint64_t size)
{
    std::string body = deflated(raw);
    if (header + body.size() + trailer > size)
        body = stored(raw);
    std::uint64_t const least = header + body.size() + trailer;
    if (least > size)
        return std::nullopt;
    return with_name(body, raw, size - least);
}

Decompressed gunzip(std::string_view bytes, std::uint64_t bytes_max)
{
    Decompressed result;
    z_stream stream{};
    if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) {
        result.wrong = "zlib has no memory";
        return result;
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    char chunk[16'384];
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(chunk);
        stream.avail_out = sizeof chunk;
        int const answer = inflate(&stream, Z_NO_FLUSH);
        result.bytes.append(chunk, sizeof chunk - stream.avail_out);
        if (answer == Z_STREAM_END) {
            if (stream.avail_in == 0)
                break;
            // Another member may follow; anything else behind the end is passed over, as Java does.
            if (stream.avail_in < 2 || stream.next_in[0] != 0x1f || stream.next_in[1] != 0x8b)
                break;
            inflateReset(&stream);
            continue;
        }
        if (answer != Z_OK) {
            result.wrong = answer == Z_BUF_ERROR
                               ? "the gzip stream ends too early"
                               : fmt::format("not a gzip stream: {}",
                                             stream.msg != nullptr ? stream.msg : "bad data");
            break;
        }
        if (result.bytes.size() > bytes_max) {
            result.wrong = fmt::format("more than {} bytes come out of the gzip stream", bytes_max);
            break;
        }
    }
    inflateEnd(&stream);
    return result;
}

}  // namespace odradek::kafka
