// Facts for judges, made by hand: who sent, stored, acknowledged and read what, and when.
#pragma once

#include <cstdint>
#include <utility>

#include "model/check/history.h"

namespace odradek::kafka::test {

inline constexpr TopicPartition orders_0{TopicId{1}, 0};

inline Names shop_names()
{
    Names names;
    names.add_topic(orders_0.topic, "orders");
    names.add_client("shop[0]");
    return names;
}

// Records `first`, `first` + 1, ... of shop[0], as a leader stored them.
inline BatchRef batch(std::uint64_t first, std::int32_t records, Offset base,
                      Epoch epoch = Epoch{0})
{
    auto* made = new RecordBatch;
    made->first_number = first;
    made->record_count = records;
    made->base_offset = base;
    made->leader_epoch = epoch;
    return sim::Ref<RecordBatch>(made);
}

inline sim::Instant at_ms(std::int64_t ms) { return sim::Instant{ms * 1'000'000}; }

// Gives a judge one fact.
template <class See>
void state(See&& see, std::int64_t ms, std::uint64_t event, Observation const& is)
{
    see(check::Fact{at_ms(ms), event, nullptr, is});
}

}  // namespace odradek::kafka::test
