#include "sim/clock.h"

#include <algorithm>

#include "sim/ensure.h"

namespace odradek::sim {

Clock::Clock(Duration offset, std::int64_t drift_ppm) : rate_(million + drift_ppm), offset_(offset)
{
    ENSURE(rate_ > 0, "a clock does not run backwards");
    ENSURE(rate_ < 2 * million, "a clock is less than twice as fast as the world");
}

// Whole nanoseconds of the oscillator, which never stops. Whole millions and the rest apart, so
// that nothing overflows in a hundred years.
std::int64_t Clock::ticks(Instant now) const
{
    std::int64_t const elapsed = (now - start_).ns;
    std::int64_t const parts = elapsed % million * rate_ + start_parts_;
    return start_ticks_ + elapsed / million * rate_ + parts / million;
}

Instant Clock::monotonic(Instant now) const
{
    return {(is_frozen() ? frozen_at_ : ticks(now)) - lost_};
}

Instant Clock::wall(Instant now) const
{
    return Instant{is_frozen() ? frozen_at_ : ticks(now)} + offset_;
}

Instant Clock::when(Instant now, Instant reading) const
{
    if (reading <= monotonic(now))
        return now;
    if (is_frozen() || reading == Instant::never())
        return Instant::never();
    // The smallest elapsed with elapsed * rate + start_parts >= wanted * million.
    std::int64_t const wanted = reading.ns + lost_ - start_ticks_;
    std::int64_t const whole = wanted / rate_;
    std::int64_t const rest = wanted % rate_ * million - start_parts_;
    std::int64_t const part = rest > 0 ? (rest + rate_ - 1) / rate_ : -(-rest / rate_);
    std::int64_t elapsed{};
    if (__builtin_mul_overflow(whole, million, &elapsed))
        return Instant::never();
    return std::max(now, start_ + Duration{elapsed} + Duration{part});
}

Duration Clock::in_world_time(Instant now, Duration length) const
{
    Instant const due = when(now, monotonic(now) + length);
    return due == Instant::never() ? Duration::forever() : due - now;
}

void Clock::add_drift(Instant now, std::int64_t ppm)
{
    std::int64_t const elapsed = (now - start_).ns;
    std::int64_t const parts = elapsed % million * rate_ + start_parts_;
    start_ticks_ += elapsed / million * rate_ + parts / million;
    start_parts_ = parts % million;
    start_ = now;
    rate_ += ppm;
    ENSURE(rate_ > 0, "a clock does not run backwards");
    ENSURE(rate_ < 2 * million, "a clock is less than twice as fast as the world");
}

void Clock::freeze(Instant now)
{
    if (freezes_++ == 0)
        frozen_at_ = ticks(now);
}

void Clock::unfreeze(Instant now)
{
    ENSURE(freezes_ > 0, "only a frozen clock goes on");
    if (--freezes_ == 0)
        lost_ += ticks(now) - frozen_at_;
}

}  // namespace odradek::sim
