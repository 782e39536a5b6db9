// Batches to be written and read: every codec, every kind of value, everything a header can say.
#pragma once

#include <string>
#include <vector>

#include "model/record.h"

namespace odradek::kafka::test {

struct MadeBatch {
    std::string what;
    sim::Ref<RecordBatch> batch;
};

// `records` of a sender "shop", one a millisecond, keys of cardinality 100 (0: none).
struct MadeRecords {
    std::int32_t records{10};
    std::int64_t cardinality{100};
    RecordShape::Filling filling{RecordShape::Filling::sequence};
    sim::Distribution value_bytes{sim::Constant{100}};
    sim::Ratio tombstones{};
    std::vector<RecordHeader> headers{};
    Codec codec{Codec::none};
    std::int64_t base_offset{0};
    std::uint64_t first_number{0};
};
RecordBatch made(MadeRecords const& is);

// One after the other, offsets ascending.
std::vector<MadeBatch> batches_of_all_kinds();

}  // namespace odradek::kafka::test
