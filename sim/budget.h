// How far a loop over the world may go. Every such loop has a budget in events and in virtual time,
// and says which of the two ended it.
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace odradek::sim {

struct Budget {
    Instant until{Instant::never()};   // Events at this moment still count.
    std::uint64_t events{UINT64_MAX};  // At most so many.
};

// Why a loop over the world ended.
enum class Stop : std::uint8_t {
    nothing_left,    // No event is pending.
    time_is_up,      // The next event is after `until`.
    events_used_up,  // There are more events before `until` than the budget allows.
    told_to,         // By whoever looked on.
};
char const* to_string(Stop stop);

}  // namespace odradek::sim
