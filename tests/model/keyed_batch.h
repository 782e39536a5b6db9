// Batches of records whose keys a test chooses.
#pragma once

#include <cstdint>
#include <vector>

#include "model/record.h"

namespace odradek::kafka::test {

// Keys of one length; every value is a tombstone, or none.
inline ShapeRef keyed_shape(bool tombstones)
{
    RecordShape::Description description;
    description.sender = "payments[0]";
    description.keys = RecordShape::Keys::drawn;
    description.cardinality = 1000;
    description.value_bytes = sim::Constant{20};
    description.tombstones = tombstones ? sim::Ratio{1, 1} : sim::Ratio{0, 1};
    return sim::share<RecordShape>(description);
}

struct KeyedSpec {
    std::vector<std::uint32_t> keys;
    bool tombstones{false};
    ProducerId producer{no_producer};
    std::int32_t sequence{0};
    sim::Instant time{};
};

// A record for each key. `next_number` counts the records of the sender.
inline BatchRef keyed(KeyedSpec const& spec, std::uint64_t& next_number)
{
    auto* made = new RecordBatch;
    made->record_count = static_cast<std::int32_t>(spec.keys.size());
    made->first_number = next_number;
    next_number += spec.keys.size();
    made->shape = keyed_shape(spec.tombstones);
    made->keys = sim::share<RecordKeys>(spec.keys);
    made->base_timestamp = made->max_timestamp = spec.time;
    made->producer_id = spec.producer;
    if (spec.producer != no_producer) {
        made->producer_epoch = 0;
        made->base_sequence = spec.sequence;
    }
    made->size_bytes = 61;
    for (std::int32_t place = 0; place < made->record_count; ++place)
        made->size_bytes += made->record_size(place);
    return BatchRef(made);
}

}  // namespace odradek::kafka::test
