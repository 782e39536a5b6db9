// How large records are when a codec has compressed them: a function of sizes and of what fills the
// values, in integers, so that a run means the same whatever version of a codec's library is
// installed. Calibrated from above against the libraries (tests/model/record_bytes holds it there):
// real bytes are never more, and are brought to exactly this size when they are made.
#pragma once

#include <cstdint>

#include "model/record.h"

namespace odradek::kafka {

struct Compressible {
    std::uint64_t raw_bytes{0};    // Of the records in format v2.
    std::uint64_t value_bytes{0};  // Of these: values.
    std::uint64_t records{0};
    std::uint64_t name_bytes{0};  // What values begin with, at most.
    RecordShape::Filling filling{RecordShape::Filling::random};
};

// Bytes behind the batch header. With Codec::none: raw_bytes.
std::uint64_t compressed_bytes(Codec codec, Compressible const& is);

// Of a sender's records.
Compressible compressible(RecordShape const* shape, std::uint64_t raw_bytes,
                          std::uint64_t value_bytes, std::int32_t records);

}  // namespace odradek::kafka
