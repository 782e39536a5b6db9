#include <doctest/doctest.h>

#include "model/scenario/units.h"

namespace odradek::kafka {

using namespace sim::literals;

TEST_CASE("durations are exact to the nanosecond")
{
    struct Row {
        char const* text;
        sim::Duration duration;
    };
    for (Row const& row : {
             Row{"0s", 0_ns},
             Row{"1ns", 1_ns},
             Row{"1.5us", 1500_ns},
             Row{"250ms", 250_ms},
             Row{"0.000000001s", 1_ns},
             Row{"1.20s", 1200_ms},
             Row{"2m", 120_s},
             Row{"1.5h", 90_min},
         }) {
        CAPTURE(row.text);
        CHECK(parse_duration(row.text).value == row.duration);
    }
    for (char const* wrong : {"", "s", "5", "5 s", "-5s", "5sec", "5S", "0.1ns", "1e3s", "1.s",
                              ".5s", "5s ", "900000h", "99999999999999999999s", "0x5s"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_duration(wrong).value);
        CHECK_FALSE(parse_duration(wrong).problem.empty());
    }
    CHECK(parse_signed_duration("-5s").value == -(5_s));
    CHECK_FALSE(parse_signed_duration("--5s").value);
}

TEST_CASE("sizes and bandwidths know decimal and binary units")
{
    CHECK(parse_size("64KiB").value == 65'536);
    CHECK(parse_size("64KB").value == 64'000);
    CHECK(parse_size("1.5KiB").value == 1'536);
    CHECK(parse_size("1TiB").value == std::int64_t{1} << 40);
    CHECK_FALSE(parse_size("0.5B").value);
    CHECK_FALSE(parse_size("99999999TiB").value);
    CHECK(parse_bandwidth("10Gbit/s").value == Bandwidth{10'000'000'000});
    CHECK(parse_bandwidth("400MB/s").value == Bandwidth{3'200'000'000});
    CHECK(parse_bandwidth("1GiB/s").value == Bandwidth{std::int64_t{8} << 30});
    CHECK_FALSE(parse_bandwidth("10Gbps").value);
    CHECK_FALSE(parse_bandwidth("0bit/s").value);
}

TEST_CASE("rates are exact fractions")
{
    CHECK(parse_rate("1000/s").value == Rate{1, 1_ms});
    CHECK(parse_rate("0.5/s").value == Rate{1, 2_s});
    CHECK(parse_rate("3/s").value == Rate{3, 1_s});
    CHECK(parse_rate("5/ms").value == Rate{1, 200_us});
    CHECK(parse_rate("90/m").value == Rate{3, 2_s});
    CHECK(parse_rate("1/h").value == Rate{1, 3600_s});
    CHECK_FALSE(parse_rate("0/s").value);
    CHECK_FALSE(parse_rate("10").value);
    CHECK_FALSE(parse_rate("10/d").value);
    CHECK_FALSE(parse_rate("9000000000/s").value);  // More than one per nanosecond.
}

TEST_CASE("decimal numbers are scaled without passing through a double")
{
    CHECK(parse_scaled("1.1", 1'000).value == 1'100);
    CHECK(parse_scaled("0.02", 1'000'000'000).value == 20'000'000);
    CHECK(parse_scaled("1e-9", 1'000'000'000).value == 1);
    CHECK(parse_scaled("2.5E-3", 10'000).value == 25);
    CHECK(parse_scaled("1.5e2", 1).value == 150);
    CHECK(parse_scaled("3e3", 1).value == 3'000);
    CHECK(parse_scaled("-7", 1).value == -7);
    CHECK_FALSE(parse_scaled("1.1", 1).value);
    CHECK_FALSE(parse_scaled("1e99", 1).value);
    CHECK_FALSE(parse_scaled("0.0001", 1'000).value);
}

TEST_CASE("what is written is read back the same")
{
    for (sim::Duration duration : {0_ns, 1_ns, 1500_ns, 250_ms, 61_s, 3600_s, 7200_s, 999'999_us}) {
        CAPTURE(duration.ns);
        CHECK(parse_duration(duration_text(duration)).value == duration);
    }
    CHECK(duration_text(120_s) == "2m");
    CHECK(duration_text(-(1500_ms)) == "-1500ms");
    for (std::int64_t bytes : {std::int64_t{0}, std::int64_t{1}, std::int64_t{65'536},
                               std::int64_t{1'500}, std::int64_t{1} << 40}) {
        CAPTURE(bytes);
        CHECK(parse_size(size_text(bytes)).value == bytes);
    }
    for (char const* text :
         {"1000/s", "0.5/s", "1/h", "0.25/m", "3/s", "333333.333333/s", "7/ms", "0.000001/s"}) {
        CAPTURE(text);
        Rate const rate = parse_rate(text).value.value();
        CHECK(parse_rate(rate_text(rate)).value == rate);
    }
    CHECK(parse_bandwidth(bandwidth_text(Bandwidth{12'345})).value == Bandwidth{12'345});
    CHECK(scaled_text(1'100, 1'000) == "1.1");
    CHECK(scaled_text(-50, 1'000) == "-0.05");
    CHECK(scaled_text(3'000, 1'000) == "3");
}

}  // namespace odradek::kafka
