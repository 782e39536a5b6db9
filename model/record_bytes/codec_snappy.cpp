// Snappy in the framing of snappy-java ("xerial"): a header of 16 bytes, then chunks with their
// lengths. Room that is left over goes into the elements of the first chunks: copies are spelled
// out as literals, and a literal's length takes more bytes than it needs. Source:
// org.apache.kafka.common.compress.SnappyCompression, org.xerial.snappy.SnappyOutputStream.
#include <snappy.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/record_bytes/big_endian.h"
#include "model/record_bytes/byte_reader.h"
#include "model/record_bytes/compression.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr std::string_view magic("\x82SNAPPY\0", 8);
constexpr std::uint64_t chunk_length_bytes = 4;

std::string header()
{
    std::string bytes(magic);
    put_i32(bytes, 1);  // Version, ...
    put_i32(bytes, 1);  // ... and the oldest one that can read it.
    return bytes;
}

std::string compressed_chunk(std::string_view raw)
{
    std::string bytes;
    snappy::Compress(raw.data(), raw.size(), &bytes);
    return bytes;
}

// Bytes of a literal's tag and length.
std::uint64_t tag_bytes(std::uint64_t length) { return length <= 60 ? 1 : length <= 256 ? 2 : 3; }

void put_literal(std::string& bytes, std::string_view text, std::uint64_t wider = 0)
{
    std::uint64_t const length_bytes = tag_bytes(text.size()) - 1 + wider;
    std::uint64_t const length = text.size() - 1;
    if (length_bytes == 0) {
        bytes += static_cast<char>(length << 2);
    } else {
        bytes += static_cast<char>((59 + length_bytes) << 2);
        for (std::uint64_t i = 0; i < length_bytes; ++i)
            bytes += static_cast<char>((length >> (8 * i)) & 0xff);
    }
    bytes += text;
}

// A copy with an offset of two bytes.
void put_copy(std::string& bytes, std::uint64_t offset, std::uint64_t length)
{
    bytes += static_cast<char>((length - 1) << 2 | 2);
    bytes += static_cast<char>(offset & 0xff);
    bytes += static_cast<char>(offset >> 8);
}

std::string stored_chunk(std::string_view raw)
{
    std::string bytes;
    put_unsigned_varint(bytes, raw.size());
    if (!raw.empty())
        put_literal(bytes, raw);
    return bytes;
}

// A chunk that the library made, with `more` bytes more; they are fewer than storing would take.
std::string widened(std::string const& chunk, std::string_view raw, std::uint64_t more)
{
    ByteReader in(chunk);
    std::string bytes;
    put_unsigned_varint(bytes, in.unsigned_varint());
    std::size_t out = 0;  // Of `raw`, already said.
    std::size_t first_literal = 0;
    std::string first;
    std::size_t const begin = bytes.size();
    while (in.left() > 0) {
        std::uint64_t const element_begin = in.position();
        auto const tag = static_cast<unsigned char>(in.i8());
        std::uint64_t length = 0;
        std::uint64_t offset = 0;
        switch (tag & 3) {
        case 0: {
            length = (tag >> 2) + 1U;
            if (length > 60) {
                std::uint64_t const count = length - 60;
                length = 1;
                for (std::uint64_t i = 0; i < count; ++i)
                    length += static_cast<std::uint64_t>(static_cast<unsigned char>(in.i8()))
                              << (8 * i);
            }
            in.take(length, "a literal");
            break;
        }
        case 1:
            length = ((tag >> 2) & 7U) + 4;
            offset = (tag >> 5) << 8 | static_cast<unsigned char>(in.i8());
            break;
        default:
            length = (tag >> 2) + 1U;
            offset = static_cast<unsigned char>(in.i8());
            offset |= static_cast<std::uint64_t>(static_cast<unsigned char>(in.i8())) << 8;
            break;
        }
        ENSURE(in.good(), "what snappy has made can be read");
        std::string_view const text = raw.substr(out, length);
        std::uint64_t const was = in.position() - element_begin;
        out += length;
        if (first_literal == 0) {
            ENSURE((tag & 3) == 0, "snappy begins with a literal");
            first = text;
            put_literal(bytes, first);
            first_literal = bytes.size();
            continue;
        }
        if ((tag & 3) == 0) {
            put_literal(bytes, text);
            continue;
        }
        std::uint64_t const whole = tag_bytes(length) + length - was;
        // Cut in two: `literal` bytes spelled out, then a copy of three bytes.
        std::uint64_t const literal = more + was - std::min<std::uint64_t>(more + was, 4);
        if (more >= whole) {
            put_literal(bytes, text);
            more -= whole;
        } else if (literal >= 1 && literal < length) {
            // 61 would take a tag of two bytes: then two literals say one byte less.
            std::uint64_t const one = literal <= 60 ? literal : 30;
            std::uint64_t const two = literal <= 60 ? 0 : literal - 1 - one;
            put_literal(bytes, text.substr(0, one));
            if (two > 0)
                put_literal(bytes, text.substr(one, two));
            put_copy(bytes, offset, length - one - two);
            more = 0;
        } else {
            bytes += chunk.substr(element_begin, was);
        }
    }
    std::uint64_t const wider_max = 5 - tag_bytes(first.size());
    ENSURE(more <= wider_max, "a chunk of snappy can be widened to what storing takes");
    std::string widened_first;
    put_literal(widened_first, first, more);
    return bytes.substr(0, begin) + widened_first + bytes.substr(first_literal);
}

}  // namespace

std::string snappy_by_library(std::string_view raw)
{
    std::string bytes = header();
    std::size_t at = 0;
    do {
        std::string_view const part = raw.substr(at, snappy_chunk);
        std::string const chunk = compressed_chunk(part);
        put_i32(bytes, static_cast<std::int32_t>(chunk.size()));
        bytes += chunk;
        at += part.size();
    } while (at < raw.size());
    return bytes;
}

std::optional<std::string> snappy_of(std::string_view raw, std::uint64_t size)
{
    struct Chunk {
        std::string_view raw;
        std::string compressed;
        std::string stored;
    };
    std::vector<Chunk> chunks;
    std::string bytes = header();
    std::uint64_t least = bytes.size();
    std::size_t at = 0;
    do {
        std::string_view const part = raw.substr(at, snappy_chunk);
        chunks.push_back({part, compressed_chunk(part), stored_chunk(part)});
        if (chunks.back().compressed.size() > chunks.back().stored.size())
            chunks.back().compressed = chunks.back().stored;
        least += chunk_length_bytes + chunks.back().compressed.size();
        at += part.size();
    } while (at < raw.size());
    if (least > size)
        return std::nullopt;
    std::uint64_t more = size - least;
    for (Chunk const& chunk : chunks) {
        std::uint64_t const whole = chunk.stored.size() - chunk.compressed.size();
        std::string const now = more >= whole ? chunk.stored
                                : more == 0   ? chunk.compressed
                                              : widened(chunk.compressed, chunk.raw, more);
        more -= std::min(more, whole);
        put_i32(bytes, static_cast<std::int32_t>(now.size()));
        bytes += now;
    }
    return bytes;
}

Decompressed unsnappy(std::string_view bytes, std::uint64_t bytes_max)
{
    Decompressed result;
    auto const one = [&](std::string_view chunk) {
        std::size_t size = 0;
        if (!snappy::GetUncompressedLength(chunk.data(), chunk.size(), &size)) {
            result.wrong = "a chunk of snappy does not say how long it is";
            return false;
        }
        if (result.bytes.size() + size > bytes_max) {
            result.wrong = fmt::format("more than {} bytes come out of snappy", bytes_max);
            return false;
        }
        std::string text;
        if (!snappy::Uncompress(chunk.data(), chunk.size(), &text)) {
            result.wrong = "a chunk is not what snappy makes";
            return false;
        }
        result.bytes += text;
        return true;
    };
    if (bytes.substr(0, magic.size()) != magic) {
        // librdkafka's way: no framing.
        one(bytes);
        return result;
    }
    ByteReader in(bytes);
    in.take(magic.size(), "the header");
    in.i32();
    in.i32();
    while (in.good() && in.left() > 0) {
        std::uint32_t const size = in.u32();
        std::string_view const chunk = in.take(size, "a chunk of snappy");
        if (in.good() && !one(chunk))
            return result;
    }
    if (!in.good())
        result.wrong = in.problem()->what;
    return result;
}

}  // namespace odradek::kafka
