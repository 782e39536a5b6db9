// An event: something that happens to one node at one moment. The order by (time, seq) is total.
#pragma once

#include <cstdint>
#include <type_traits>

#include "sim/time.h"

namespace odradek::sim {

// What `kind`, `aux` and `payload` mean is the engine's business; the queue only reads `time` and
// writes `seq` and `cause_delta`.
struct Event {
    Instant time;
    std::uint64_t seq{0};  // Unique, from 1, in the order of scheduling. The queue gives it.
    std::uint32_t cause_delta{0};  // seq minus the cause's seq; 0: scheduled from outside.
    std::uint16_t node{0};
    std::uint8_t kind{0};
    std::uint8_t aux{0};
    std::uint64_t payload{0};

    bool operator==(Event const&) const = default;
};

static_assert(sizeof(Event) == 32);
static_assert(std::is_trivially_copyable_v<Event>);

// A cause further back than this is not known any more; `cause_delta` then holds this value.
constexpr std::uint32_t cause_delta_max = UINT32_MAX;

// The total order in which events happen.
constexpr bool happens_before(Event const& a, Event const& b)
{
    return a.time != b.time ? a.time < b.time : a.seq < b.seq;
}

// The seq of the event whose handling scheduled this one; 0 if it came from outside or is too far
// back.
constexpr std::uint64_t cause_of(Event const& event)
{
    bool const known = event.cause_delta != 0 && event.cause_delta != cause_delta_max;
    return known ? event.seq - event.cause_delta : 0;
}

}  // namespace odradek::sim
