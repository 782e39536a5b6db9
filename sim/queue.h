// The events that have not happened yet, in the total order (time, seq). A radix heap over 6-bit
// digits of the time with a short sorted front: taking and scheduling cost about the same from a
// hundred to a million pending events. Ahuja, Mehlhorn, Orlin, Tarjan: Faster Algorithms for the
// Shortest Path Problem, 1990.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/ensure.h"
#include "sim/event.h"
#include "sim/time.h"

namespace odradek::sim {

// A value: a copy goes on independently. In steady state nothing allocates.
class Queue {
public:
    Queue();

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

    // Schedules an event and returns the seq it got, one more than the last. `cause` is the seq of
    // the event whose handling schedules this one, 0 if none; `event.seq` and `event.cause_delta`
    // are filled in here. Not before the time of the last event taken; before a time only looked at
    // is fine.
    std::uint64_t push(Event event, std::uint64_t cause = 0);

    // The time of the next event; never() if there is none. Changes nothing.
    Instant next_time() const;

    // The next event; not on an empty queue. Valid until the next push or pop.
    Event const& peek();

    // Takes the next event; not on an empty queue.
    Event pop();

    // The seq that the next push gives.
    std::uint64_t next_seq() const { return next_seq_; }

    // The time of the last event taken; nothing may be scheduled before it.
    Instant last_time() const { return last_; }

private:
    std::size_t size_{0};
    std::uint64_t next_seq_{1};
    Instant last_{};
};

}  // namespace odradek::sim
