#include "sim/clock.h"

#include <doctest/doctest.h>

#include "sim/ensure.h"
#include "sim/words.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

constexpr Instant at(Duration time) { return Instant{} + time; }

}  // namespace

TEST_CASE("a clock without faults shows the world's time")
{
    Clock clock;
    CHECK(clock.monotonic(at(5_s)) == at(5_s));
    CHECK(clock.wall(at(5_s)) == at(5_s));
    CHECK(clock.in_world_time(at(5_s), 100_ms) == 100_ms);
    CHECK(clock.error(at(5_s)) == 0_ns);
}

TEST_CASE("an offset shows on the wall and nowhere else")
{
    Clock clock{-30_s};
    CHECK(clock.monotonic(at(5_s)) == at(5_s));
    CHECK(clock.wall(at(5_s)) == at(-25_s));
    CHECK(clock.error(at(5_s)) == -30_s);
}

TEST_CASE("a fast clock is ahead by its drift, and its timers are early")
{
    Clock fast{{}, 200};
    CHECK(fast.monotonic(at(1_s)) == at(1_s + 200_us));
    CHECK(fast.wall(at(1_s)) == at(1_s + 200_us));
    // 100 ms / 1.0002 = 99.980003999... ms; the next whole nanosecond.
    CHECK(fast.in_world_time(at(0_s), 100_ms) == Duration{99'980'004});

    Clock slow{{}, -200};
    CHECK(slow.monotonic(at(1_s)) == at(1_s - 200_us));
    CHECK(slow.in_world_time(at(0_s), 100_ms) == Duration{100'020'005});
}

TEST_CASE("a timer fires at the first moment at which its clock has reached the reading")
{
    for (std::int64_t const ppm : {-999'999, -500'000, -37, -1, 0, 1, 37, 200, 500'000, 999'999}) {
        CAPTURE(ppm);
        Clock clock{3_s, ppm};
        Words words{static_cast<std::uint64_t>(ppm)};
        Instant now;
        for (int i = 0; i < 200; ++i) {
            now = now + Duration{static_cast<std::int64_t>(words.below(3'000'000'007))};
            if (i == 50)
                clock.add_drift(now, ppm < 0 ? 100'003 : -100'003);
            Instant const reading = clock.monotonic(now) +
                                    Duration{static_cast<std::int64_t>(words.below(7'000'000'001))};
            Instant const due = clock.when(now, reading);
            CHECK(clock.monotonic(due) >= reading);
            if (due > now)
                CHECK(clock.monotonic(due - 1_ns) < reading);
        }
    }
}

TEST_CASE("a reading that is past is due now")
{
    Clock clock;
    CHECK(clock.when(at(5_s), at(3_s)) == at(5_s));
    CHECK(clock.in_world_time(at(5_s), 0_ns) == 0_ns);
    CHECK(clock.in_world_time(at(5_s), Duration::forever()) == Duration::forever());
}

TEST_CASE("a step moves the wall, never the monotonic reading, and is undone exactly")
{
    Clock clock{2_s, 150};
    Instant const mono = clock.monotonic(at(10_s));
    Instant const wall = clock.wall(at(10_s));

    clock.step(-1_min);
    CHECK(clock.monotonic(at(10_s)) == mono);
    CHECK(clock.wall(at(10_s)) == wall - 1_min);

    clock.step(1_min);
    CHECK(clock.wall(at(10_s)) == wall);
}

TEST_CASE("drifts add up; each is undone by itself and what was gained stays")
{
    Clock clock{{}, 100};
    clock.add_drift(at(10_s), 400);
    clock.add_drift(at(20_s), -300);
    CHECK(clock.drift_ppm() == 200);
    clock.add_drift(at(30_s), -400);
    clock.add_drift(at(40_s), 300);
    CHECK(clock.drift_ppm() == 100);

    // 10 s at 100, at 500, at 200, at -200 and at 100 ppm.
    CHECK(clock.error(at(50_s)) == 7_ms);
}

TEST_CASE("changing the rate often loses not a nanosecond")
{
    Clock steady{{}, 333};
    Clock nervous{{}, 333};
    Instant now;
    for (int i = 0; i < 1000; ++i) {
        now = now + 1'234'567_ns;
        nervous.add_drift(now, 0);
    }
    CHECK(nervous.monotonic(now) == steady.monotonic(now));
    CHECK(nervous.monotonic(now + 1_s) == steady.monotonic(now + 1_s));
}

TEST_CASE("a frozen clock stands still; then the monotonic reading goes on and the wall catches up")
{
    Clock clock{5_s};
    clock.freeze(at(10_s));
    CHECK(clock.is_frozen());
    CHECK(clock.monotonic(at(12_s)) == at(10_s));
    CHECK(clock.wall(at(12_s)) == at(15_s));
    CHECK(clock.when(at(12_s), at(11_s)) == Instant::never());
    CHECK(clock.in_world_time(at(12_s), 1_ms) == Duration::forever());

    clock.unfreeze(at(14_s));
    CHECK(clock.monotonic(at(14_s)) == at(10_s));
    CHECK(clock.monotonic(at(15_s)) == at(11_s));
    CHECK(clock.when(at(14_s), at(11_s)) == at(15_s));
    CHECK(clock.wall(at(15_s)) == at(20_s));
}

TEST_CASE("a clock frozen twice goes on when both freezes are over")
{
    Clock clock;
    clock.freeze(at(1_s));
    clock.freeze(at(2_s));
    clock.unfreeze(at(3_s));
    CHECK(clock.monotonic(at(4_s)) == at(1_s));
    clock.unfreeze(at(5_s));
    CHECK(clock.monotonic(at(6_s)) == at(2_s));
    CHECK_THROWS_AS(clock.unfreeze(at(7_s)), BrokenLaw);
}

TEST_CASE("whatever happens to a clock, its monotonic reading never goes back")
{
    Clock clock;
    Words words{42};
    Instant now;
    Instant last;
    std::int64_t drift = 0;
    for (int i = 0; i < 20'000; ++i) {
        now = now + Duration{static_cast<std::int64_t>(words.below(1'000'003))};
        switch (words.below(5)) {
        case 0:
            clock.step(
                Duration{static_cast<std::int64_t>(words.below(2'000'000'000)) - 1'000'000'000});
            break;
        case 1:
            clock.freeze(now);
            break;
        case 2:
            if (clock.is_frozen())
                clock.unfreeze(now);
            break;
        case 3: {
            std::int64_t const wanted = static_cast<std::int64_t>(words.below(1'999'999)) - 999'999;
            clock.add_drift(now, wanted - drift);
            drift = wanted;
            break;
        }
        default:
            break;
        }
        Instant const reading = clock.monotonic(now);
        CHECK(reading >= last);
        last = reading;
    }
}

TEST_CASE("a clock that would run backwards is refused")
{
    CHECK_THROWS_AS((Clock{{}, -1'000'000}), BrokenLaw);
    CHECK_THROWS_AS((Clock{{}, 1'000'000}), BrokenLaw);
}

TEST_CASE("a clock counts for a hundred years without overflow")
{
    Duration const century = 876'000LL * 3600_s;
    Clock clock{{}, 1};
    // One millionth of 3,153,600,000 s.
    CHECK(clock.monotonic(at(century)) == at(century + 3'153'600_ms));
    CHECK(clock.when(at(0_s), at(century + 3'153'600_ms)) == at(century));
}
