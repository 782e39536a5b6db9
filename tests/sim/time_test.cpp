#include "sim/time.h"

#include <doctest/doctest.h>

using namespace odradek::sim;
using namespace odradek::sim::literals;

TEST_CASE("a duration prints in the largest unit that is not larger")
{
    CHECK(to_string(250_ms) == "250 ms");
    CHECK(to_string(1500_ms) == "1.5 s");
    CHECK(to_string(40_us) == "40 us");
    CHECK(to_string(1_s + 1_us) == "1.000001 s");
    CHECK(to_string(7_ns) == "7 ns");
    CHECK(to_string(-250_ms) == "-250 ms");
    CHECK(to_string(Duration{}) == "0 ns");
}

TEST_CASE("a moment plus for ever is never")
{
    CHECK(Instant{5} + Duration::forever() == Instant::never());
    CHECK(Instant{5} + 3_ns == Instant{8});
}
