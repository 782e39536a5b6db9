#include "model/record_bytes/compression_model.h"

#include <algorithm>

#include "model/record_bytes/compression.h"

namespace odradek::kafka {

namespace {

struct CodecModel {
    std::uint64_t sequence_ratio;  // Bytes of values filled so that come out as one.
    std::uint64_t per_record;      // What telling two records apart takes beyond their framing ...
    std::uint64_t per_number;      // ... and their numbers, where values have room for them.
    std::uint64_t frame;           // Once.
};

CodecModel model_of(Codec codec)
{
    switch (codec) {
    case Codec::gzip:
        return {64, 2, 7, 28};
    case Codec::snappy:
        return {14, 5, 10, 36};
    case Codec::lz4:
        return {24, 5, 12, 24};
    case Codec::zstd:
        return {64, 2, 7, 28};
    case Codec::none:
        break;
    }
    return {1, 0, 0, 0};
}

// What stands around values (lengths, deltas, keys, headers) counts in full: it is short and
// differs from record to record.
std::uint64_t modelled_bytes(Codec codec, Compressible const& is)
{
    CodecModel const model = model_of(codec);
    std::uint64_t const around = is.raw_bytes - is.value_bytes + is.records * model.per_record;
    std::uint64_t const numbers = std::min(is.value_bytes, is.records * model.per_number);
    std::uint64_t const once = model.frame + std::min(is.value_bytes, is.name_bytes);
    switch (is.filling) {
    case RecordShape::Filling::sequence:
        return once + around + numbers + is.value_bytes / model.sequence_ratio;
    case RecordShape::Filling::letters:
        // log2(26) is 4.7 bits of 8, for codecs that count how often a letter comes; the others
        // find nothing to do.
        if (codec == Codec::gzip)
            return once + 64 + around + numbers / 4 + is.value_bytes * 2 / 3;
        if (codec == Codec::zstd)
            return once + 64 + around + numbers / 4 + is.value_bytes * 21 / 32;
        break;
    case RecordShape::Filling::random:
        break;
    }
    return stored_bytes(codec, is.raw_bytes);
}

}  // namespace

std::uint64_t compressed_bytes(Codec codec, Compressible const& is)
{
    if (codec == Codec::none)
        return is.raw_bytes;
    return std::min(stored_bytes(codec, is.raw_bytes), modelled_bytes(codec, is));
}

Compressible compressible(RecordShape const* shape, std::uint64_t raw_bytes,
                          std::uint64_t value_bytes, std::int32_t records)
{
    Compressible is;
    is.raw_bytes = raw_bytes;
    is.value_bytes = value_bytes;
    is.records = static_cast<std::uint64_t>(records);
    if (shape != nullptr) {
        constexpr std::uint64_t colon_number_space = 22;
        is.name_bytes = shape->description().sender.size() + colon_number_space;
        is.filling = shape->description().filling;
    }
    return is;
}

}  // namespace odradek::kafka
