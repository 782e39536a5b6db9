// A node's own clock over world time. Nodes read nothing else, so a wrong clock makes a wrong node.
//
// Two readings, as an operating system gives them. The monotonic one counts with the clock's own
// rate and never goes back. The wall reading has an offset too and can be set.
//
// While frozen both stand still. Afterwards the monotonic reading goes on from where it stood, as
// CLOCK_MONOTONIC does over a suspend: the lost time stays lost. The wall reading catches up, as it
// is set from the hardware's clock on resume: a freeze undone leaves no trace on it.
//
// Drift and offset are sums, so that faults that overlap are each undone exactly. What a clock lost
// or gained while its rate was wrong stays, as on a machine that nobody corrects; `error` says how
// much it is, so that a step can undo that too.
#pragma once

#include <cstdint>

#include "sim/time.h"

namespace odradek::sim {

class Clock {
public:
    static constexpr std::int64_t million = 1'000'000;

    // Right, but for the offset of its wall reading and a rate of (1,000,000 + drift_ppm) own
    // nanoseconds to 1,000,000 of the world. -1,000,000 < drift_ppm < 1,000,000.
    explicit Clock(Duration offset = {}, std::int64_t drift_ppm = 0);

    // Readings at world time `now`; rounded down to whole nanoseconds. `now` is never before the
    // last change.
    Instant monotonic(Instant now) const;
    Instant wall(Instant now) const;
    // How far the wall reading is ahead of the world.
    Duration error(Instant now) const { return wall(now) - now; }

    // The first moment, not before `now`, at which the monotonic reading is at least `reading`, if
    // nothing changes meanwhile; never() while frozen.
    Instant when(Instant now, Instant reading) const;
    // How long it takes in the world until this clock has measured `length`; forever() while
    // frozen. A clock that is fast measures 100 ms in less.
    Duration in_world_time(Instant now, Duration length) const;

    // Changes. A timer that waits for a monotonic reading must ask `when` again after each but
    // step.
    void add_drift(Instant now, std::int64_t ppm);
    void step(Duration by) { offset_ += by; }  // Only the wall reading jumps.
    void freeze(Instant now);                  // One more reason to stand still.
    void unfreeze(Instant now);                // One reason less.
    bool is_frozen() const { return freezes_ != 0; }
    std::int64_t drift_ppm() const { return rate_ - million; }

private:
    std::int64_t ticks(Instant now) const;

    std::int64_t rate_;  // Own nanoseconds per million of the world.
    Duration offset_;
    // The oscillator: it was at start_ticks_ + start_parts_ / 1,000,000 at `start_`.
    Instant start_;
    std::int64_t start_ticks_{0};
    std::int64_t start_parts_{0};
    std::uint32_t freezes_{0};
    std::int64_t frozen_at_{0};  // Ticks when the freeze began; of no use outside one.
    std::int64_t lost_{0};       // Ticks of all freezes; the monotonic reading is so far behind.
};

}  // namespace odradek::sim
