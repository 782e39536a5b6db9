// LZ4 in its frame format, with independent blocks of 64 KB, as Kafka's writer makes it. Room that
// is left over goes into the blocks: they are stored, or matches are spelled out as literals.
// Source: org.apache.kafka.common.compress.Lz4BlockOutputStream, Lz4BlockInputStream; the block
// format is described by lz4_Block_format.md.
#include <lz4.h>
#include <lz4frame.h>

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "model/record_bytes/compression.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

// Magic, flags (version 1, independent blocks), blocks of 64 KB, checksum of the two.
constexpr std::string_view frame_header("\x04\x22\x4d\x18\x60\x40\x82", 7);
constexpr std::uint64_t length_bytes = 4;
constexpr std::uint64_t end_mark_bytes = 4;
constexpr std::uint64_t match_least = 4;

void put_le32(std::string& to, std::uint64_t number)
{
    for (int i = 0; i < 4; ++i)
        to += static_cast<char>((number >> (8 * i)) & 0xff);
}

// Literals, then a match; the last sequence of a block has no match.
struct Sequence {
    std::uint64_t literals{0};
    std::uint64_t match{0};
    std::uint64_t offset{0};
};

std::uint64_t extra_bytes(std::uint64_t length)
{
    return length < 15 ? 0 : (length - 15) / 255 + 1;
}

std::uint64_t bytes_of(Sequence const& sequence)
{
    return 1 + extra_bytes(sequence.literals) + sequence.literals +
           (sequence.match == 0 ? 0 : 2 + extra_bytes(sequence.match - match_least));
}

std::vector<Sequence> sequences_of(std::string_view block)
{
    std::vector<Sequence> sequences;
    std::size_t at = 0;
    auto const byte = [&] {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(block[at++]));
    };
    auto const length = [&](std::uint64_t nibble) {
        if (nibble == 15)
            for (std::uint64_t more = 255; more == 255;) {
                more = byte();
                nibble += more;
            }
        return nibble;
    };
    while (at < block.size()) {
        std::uint64_t const token = byte();
        Sequence sequence;
        sequence.literals = length(token >> 4);
        at += sequence.literals;
        if (at < block.size()) {
            sequence.offset = byte();
            sequence.offset |= byte() << 8;
            sequence.match = length(token & 15) + match_least;
        }
        sequences.push_back(sequence);
    }
    return sequences;
}

std::string block_of(std::vector<Sequence> const& sequences, std::string_view raw)
{
    std::string bytes;
    std::size_t at = 0;
    auto const put_extra = [&](std::uint64_t length) {
        if (length < 15)
            return;
        for (length -= 15; length >= 255; length -= 255)
            bytes += '\xff';
        bytes += static_cast<char>(length);
    };
    for (Sequence const& sequence : sequences) {
        std::uint64_t const match = sequence.match == 0 ? 0 : sequence.match - match_least;
        bytes += static_cast<char>(std::min<std::uint64_t>(sequence.literals, 15) << 4 |
                                   std::min<std::uint64_t>(match, 15));
        put_extra(sequence.literals);
        bytes += raw.substr(at, sequence.literals);
        at += sequence.literals + sequence.match;
        if (sequence.match == 0)
            continue;
        bytes += static_cast<char>(sequence.offset & 0xff);
        bytes += static_cast<char>(sequence.offset >> 8);
        put_extra(match);
    }
    return bytes;
}

// Spells a match out, wholly (`count` == its length) or its last `count` bytes.
void spell_out(std::vector<Sequence>& sequences, std::size_t index, std::uint64_t count)
{
    Sequence& sequence = sequences[index];
    if (count == sequence.match) {
        sequences[index + 1].literals += sequence.literals + sequence.match;
        sequences.erase(sequences.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
        sequence.match -= count;
        sequences[index + 1].literals += count;
    }
}

// A block that the library made, with `more` bytes more; nothing if no way leads there.
std::optional<std::string> widened(std::string_view block, std::string_view raw, std::uint64_t more)
{
    std::vector<Sequence> sequences = sequences_of(block);
    while (more > 0) {
        // The best step that is not too far, over all matches; the last ones first, so that erasing
        // is cheap.
        bool stepped = false;
        for (std::size_t i = sequences.size() - 1; i-- > 0 && more > 0;) {
            std::uint64_t const before = bytes_of(sequences[i]) + bytes_of(sequences[i + 1]);
            Sequence const whole{sequences[i].literals + sequences[i].match +
                                     sequences[i + 1].literals,
                                 sequences[i + 1].match, sequences[i + 1].offset};
            if (bytes_of(whole) >= before && bytes_of(whole) - before <= more) {
                more -= bytes_of(whole) - before;
                spell_out(sequences, i, sequences[i].match);
                stepped = true;
                continue;
            }
            std::uint64_t best = 0;
            std::uint64_t best_gain = 0;
            for (std::uint64_t count = 1; count + match_least <= sequences[i].match; ++count) {
                Sequence const less{sequences[i].literals, sequences[i].match - count,
                                    sequences[i].offset};
                Sequence const longer{sequences[i + 1].literals + count, sequences[i + 1].match,
                                      sequences[i + 1].offset};
                std::uint64_t const after = bytes_of(less) + bytes_of(longer);
                if (after > before + more)
                    break;
                if (after > before && after - before > best_gain) {
                    best = count;
                    best_gain = after - before;
                }
            }
            if (best != 0) {
                more -= best_gain;
                spell_out(sequences, i, best);
                stepped = true;
                continue;
            }
            // Its first byte instead, where one more literal behind it would be two bytes.
            Sequence const shifted{sequences[i].literals + 1, sequences[i].match - 1,
                                   sequences[i].offset};
            if (sequences[i].match > match_least &&
                bytes_of(shifted) == bytes_of(sequences[i]) + 1) {
                more -= 1;
                sequences[i] = shifted;
                stepped = true;
            }
        }
        if (!stepped)
            return std::nullopt;
    }
    return block_of(sequences, raw);
}

std::string compressed_block(std::string_view raw)
{
    std::string bytes(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(raw.size()))),
                      '\0');
    int const size = LZ4_compress_default(raw.data(), bytes.data(), static_cast<int>(raw.size()),
                                          static_cast<int>(bytes.size()));
    ENSURE(size > 0, "lz4 can compress");
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

void put_block(std::string& to, std::string_view block, bool stored)
{
    put_le32(to, block.size() | (stored ? 0x80000000 : 0));
    to += block;
}

}  // namespace

std::string lz4_by_library(std::string_view raw)
{
    std::string bytes(frame_header);
    for (std::size_t at = 0; at < raw.size(); at += lz4_block) {
        std::string_view const part = raw.substr(at, lz4_block);
        std::string const block = compressed_block(part);
        bool const stored = block.size() >= part.size();
        put_block(bytes, stored ? part : std::string_view(block), stored);
    }
    put_le32(bytes, 0);
    return bytes;
}

std::optional<std::string> lz4_of(std::string_view raw, std::uint64_t size)
{
    struct Block {
        std::string_view raw;
        std::string compressed;  // Empty: stored.
        std::uint64_t saved{0};
    };
    std::vector<Block> blocks;
    std::uint64_t least = frame_header.size() + end_mark_bytes;
    for (std::size_t at = 0; at < raw.size(); at += lz4_block) {
        Block block{raw.substr(at, lz4_block), {}, 0};
        block.compressed = compressed_block(block.raw);
        if (block.compressed.size() < block.raw.size())
            block.saved = block.raw.size() - block.compressed.size();
        least += length_bytes + block.raw.size() - block.saved;
        blocks.push_back(std::move(block));
    }
    if (least > size)
        return std::nullopt;
    std::uint64_t more = size - least;
    std::string bytes(frame_header);
    for (Block const& block : blocks) {
        if (more >= block.saved) {
            put_block(bytes, block.raw, true);
            more -= block.saved;
            continue;
        }
        auto const now = more == 0 ? std::optional{block.compressed}
                                   : widened(block.compressed, block.raw, more);
        if (!now)
            return std::nullopt;
        put_block(bytes, *now, false);
        more = 0;
    }
    put_le32(bytes, 0);
    return bytes;
}

Decompressed unlz4(std::string_view bytes, std::uint64_t bytes_max)
{
    Decompressed result;
    LZ4F_dctx* context = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0) {
        result.wrong = "lz4 has no memory";
        return result;
    }
    std::size_t at = 0;
    std::size_t wants = 1;
    char chunk[16'384];
    while (wants != 0) {
        std::size_t in = bytes.size() - at;
        std::size_t out = sizeof chunk;
        wants = LZ4F_decompress(context, chunk, &out, bytes.data() + at, &in, nullptr);
        if (LZ4F_isError(wants) != 0) {
            result.wrong = fmt::format("not an lz4 frame: {}", LZ4F_getErrorName(wants));
            break;
        }
        at += in;
        result.bytes.append(chunk, out);
        if (result.bytes.size() > bytes_max) {
            result.wrong = fmt::format("more than {} bytes come out of the lz4 frame", bytes_max);
            break;
        }
        if (wants != 0 && in == 0 && out == 0) {
            result.wrong = "the lz4 frame ends too early";
            break;
        }
    }
    LZ4F_freeDecompressionContext(context);
    return result;
}

}  // namespace odradek::kafka
