#include <algorithm>

#include <doctest/doctest.h>

#include "model/record_bytes/compression.h"
#include "model/record_bytes/compression_model.h"
#include "model/record_bytes/record_writer.h"
#include "sim/words.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {

constexpr Codec codecs[] = {Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd};

// Text, noise, runs, or nothing but one byte.
std::string sample(std::uint64_t kind, std::uint64_t size)
{
    sim::Words words(kind * 1'000'003 + size);
    std::string text;
    while (text.size() < size) {
        switch (kind) {
        case 0:
            text += "record " + std::to_string(words.below(1000)) + ", ";
            break;
        case 1:
            text += static_cast<char>(words.below(256));
            break;
        case 2:
            text.append(words.below(300), static_cast<char>('a' + words.below(3)));
            text += static_cast<char>(words.below(256));
            break;
        default:
            text += 'x';
            break;
        }
    }
    text.resize(size);
    return text;
}

}  // namespace

TEST_CASE("every codec can be brought to every size between the library's and not compressing")
{
    for (Codec const codec : codecs)
        for (std::uint64_t kind = 0; kind < 4; ++kind)
            for (std::uint64_t const size : {0, 1, 13, 60, 61, 300, 5000, 70'000, 150'000}) {
                std::string const raw = sample(kind, size);
                std::uint64_t const stored = stored_bytes(codec, size);
                std::uint64_t const least =
                    std::min<std::uint64_t>(compress(codec, raw).size(), stored);
                sim::Words words(size + kind);
                for (std::uint64_t i = 0; i < 12; ++i) {
                    std::uint64_t const want = i < 5    ? std::min(least + i, stored)
                                               : i == 5 ? stored
                                                        : least + words.below(stored - least + 1);
                    CAPTURE(to_string(codec));
                    CAPTURE(kind);
                    CAPTURE(size);
                    CAPTURE(want);
                    std::string bytes;
                    compress(codec, raw, want, bytes);
                    REQUIRE(bytes.size() == want);
                    Decompressed const back = decompress(codec, bytes, 1'000'000);
                    REQUIRE_FALSE(back.wrong.has_value());
                    REQUIRE(back.bytes == raw);
                }
            }
}

TEST_CASE("the size model leaves every library the bytes that it needs, and not many more")
{
    using Filling = RecordShape::Filling;
    std::uint64_t modelled = 0;
    std::uint64_t real = 0;
    sim::Words words(3);
    for (auto const filling : {Filling::sequence, Filling::letters, Filling::random})
        for (std::string const sender : {"a", "producer-number-one[1234]"})
            for (std::int64_t const size : {0, 1, 7, 15, 25, 40, 80, 130, 300, 1000, 10'000})
                for (std::uint64_t const cardinality : {0, 20, 100'000})
                    for (std::int32_t const count : {1, 2, 5, 20, 150, 500}) {
                        if (size * count > 200'000)
                            continue;
                        RecordShape::Description is;
                        is.sender = sender;
                        is.filling = filling;
                        if (words.below(3) == 0)
                            is.value_bytes = sim::Uniform{0, 2 * size};
                        else
                            is.value_bytes = sim::Constant{size};
                        if (words.below(4) == 0)
                            is.tombstones = {1, 3};
                        is.seed = words.next();
                        if (cardinality > 0)
                            is.keys = RecordShape::Keys::by_number;
                        is.cardinality = std::max<std::uint64_t>(cardinality, 1);
                        RecordShape const shape{is};
                        std::string raw;
                        std::uint64_t values = 0;
                        std::uint64_t number = words.below(1'000'000'000);
                        for (std::int32_t i = 0; i < count; ++i) {
                            number += 1 + words.below(2) * words.below(100);
                            std::optional<std::string> key;
                            std::optional<std::string> value;
                            if (shape.keyed())
                                key = shape.key_text(shape.key_by_number(number));
                            if (shape.value_bytes(number) >= 0)
                                shape.write_value(number, value.emplace());
                            values += value ? value->size() : 0;
                            write_record(i, static_cast<std::int64_t>(words.below(1000)), key,
                                         value, {}, raw);
                        }
                        for (Codec const codec : codecs) {
                            CAPTURE(to_string(codec));
                            CAPTURE(static_cast<int>(filling));
                            CAPTURE(size);
                            CAPTURE(count);
                            std::uint64_t const least = std::min<std::uint64_t>(
                                compress(codec, raw).size(), stored_bytes(codec, raw.size()));
                            std::uint64_t const model = compressed_bytes(
                                codec, compressible(&shape, raw.size(), values, count));
                            REQUIRE(least <= model);
                            modelled += model;
                            real += least;
                        }
                    }
    CHECK(modelled < real * 5 / 4);
}

TEST_CASE("what is no stream of a codec is said to be none, however it is broken")
{
    for (Codec const codec : codecs) {
        std::string const raw = sample(0, 3000);
        std::string const good = compress(codec, raw);
        for (std::size_t cut = 0; cut < good.size(); ++cut) {
            Decompressed const back = decompress(codec, good.substr(0, cut), 1'000'000);
            REQUIRE((back.wrong.has_value() || back.bytes != raw));
        }
        Decompressed const small = decompress(codec, good, 1000);
        CHECK(small.wrong.has_value());
        sim::Words words(5);
        for (int i = 0; i < 2000; ++i) {
            std::string bad = good;
            bad[words.below(bad.size())] = static_cast<char>(words.below(256));
            decompress(codec, bad, 1'000'000);
        }
    }
}
