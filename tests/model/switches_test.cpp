#include <doctest/doctest.h>

#include "model/switches.h"

namespace odradek::kafka {

TEST_CASE("a Kafka version is two numbers and orders as such")
{
    CHECK(parse_kafka_version("4.0") == KafkaVersion{4, 0});
    CHECK(to_string(KafkaVersion{3, 9}) == "3.9");
    CHECK(KafkaVersion{3, 9} < KafkaVersion{3, 10});
    for (char const* wrong :
         {"", "4", "4.", ".4", "4.0.1", "-1.0", "4.-1", "four", "4.0 ", "99999999999.1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_kafka_version(wrong));
    }
}

TEST_CASE("each Kafka version truncates by the rule of its time")
{
    CHECK(default_switches({0, 10}).truncation == Truncation::high_watermark);
    CHECK(default_switches({0, 11}).truncation == Truncation::kip_101);
    CHECK(default_switches({2, 0}).truncation == Truncation::kip_279);
    CHECK(default_switches({2, 6}).truncation == Truncation::kip_320_truncating);
    CHECK(default_switches({2, 7}).truncation == Truncation::kip_320);
    for (KafkaVersion version : simulated_versions()) {
        ProtocolSwitches expected;
        expected.pre_vote = version >= KafkaVersion{4, 0};                   // KIP-996
        expected.unclean_shutdown_detected = version >= KafkaVersion{4, 0};  // KAFKA-18635
        expected.former_life_leaves_isr = version >= KafkaVersion{4, 0};     // KAFKA-18106
        // KAFKA-19522
        expected.last_known_leader_must_be_acceptable = version >= KafkaVersion{4, 1};
        CHECK(default_switches(version) == expected);
    }
}

TEST_CASE("the values of a switch are in the order of their enumerators")
{
    CHECK(to_string(Truncation::high_watermark) == "high-watermark");
    CHECK(to_string(Truncation::kip_279) == "kip-279");
    CHECK(to_string(Truncation::kip_320_first_try) == "kip-320-first-try");
    CHECK(to_string(Truncation::kip_320_truncating) == "kip-320-truncating");
    CHECK(to_string(Truncation::kip_320) == "kip-320");
    REQUIRE(find_switch("truncation") != nullptr);
    CHECK(find_switch("truncation")->values.size() == 6);
    CHECK(find_switch("elections") == nullptr);
}

}  // namespace odradek::kafka
