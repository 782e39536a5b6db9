#include "sim/link.h"

#include <doctest/doctest.h>

#include "sim/ensure.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

using Fate = Link::Crossing::Fate;

constexpr Instant at(Duration time) { return Instant{} + time; }

// How many of `count` messages take longer than `limit`.
int late(Link& link, LinkQuality const& own, Chance& chance, Duration limit, int count)
{
    int late = 0;
    for (int i = 0; i < count; ++i)
        late += link.cross(chance, {}, own, at(0_s), at(0_s), 100).arrival > at(limit) ? 1 : 0;
    return late;
}

}  // namespace

TEST_CASE("retransmission waits double up to the longest, and give up after 924 s")
{
    TcpRules const rules;
    CHECK(rules.retransmit_after(0) == 200_ms);
    CHECK(rules.retransmit_after(3) == 1600_ms);
    CHECK(rules.retransmit_after(9) == 102'400_ms);
    CHECK(rules.retransmit_after(10) == 120_s);
    CHECK(rules.retransmit_after(1000) == 120_s);
    Duration total;
    for (int i = 0; i <= rules.retransmissions_max; ++i)
        total += rules.retransmit_after(i);
    CHECK(total == 924'600_ms);
}

TEST_CASE("a SYN is sent again after 1, 3, 7 s, and given up after 127 s")
{
    TcpRules const rules;
    CHECK(rules.connect_retry_after(0) == 1_s);
    CHECK(rules.connect_retry_after(1) == 3_s);
    CHECK(rules.connect_retry_after(2) == 7_s);
    CHECK(rules.connect_retry_after(rules.connect_retries_max) == 127_s);
}

TEST_CASE("a wire sends one after the other")
{
    Wire wire;
    CHECK(wire.reserve(at(0_s), at(0_s), 3_ms) == at(3_ms));
    CHECK(wire.reserve(at(0_s), at(0_s), 2_ms) == at(5_ms));
    CHECK(wire.reserve(at(4_ms), at(4_ms), 1_ms) == at(6_ms));
    CHECK(wire.reserve(at(10_ms), at(10_ms), 1_ms) == at(11_ms));
}

TEST_CASE("what leaves earlier takes the gaps that a later departure left, and not more")
{
    Wire wire;
    CHECK(wire.reserve(at(0_s), at(10_ms), 2_ms) == at(12_ms));
    CHECK(wire.reserve(at(0_s), at(20_ms), 2_ms) == at(22_ms));
    CHECK(wire.reserve(at(0_s), at(0_s), 4_ms) == at(4_ms));
    // 6 ms until the first, 8 ms between the two, 1 ms after them.
    CHECK(wire.reserve(at(0_s), at(0_s), 15_ms) == at(23_ms));
    CHECK(wire.reserve(at(0_s), at(0_s), 1_ms) == at(24_ms));
}

TEST_CASE("a gap that is filled exactly joins its neighbours")
{
    Wire wire;
    wire.reserve(at(0_s), at(0_s), 1_ms);
    wire.reserve(at(0_s), at(2_ms), 1_ms);
    CHECK(wire.reserve(at(0_s), at(1_ms), 1_ms) == at(2_ms));
    CHECK(wire.reserve(at(0_s), at(0_s), 1_ms) == at(4_ms));
}

TEST_CASE("a message takes its time on the wire and then the latency")
{
    Chance chance{1};
    LinkQuality const own{.latency = 1_ms, .bandwidth = 1'000'000};
    Link link{1};
    link.set_quality(own);

    Link::Crossing const first = link.cross(chance, {}, own, at(0_s), at(5_ms), 2000);
    CHECK(first.left == at(7_ms));
    CHECK(first.arrival == at(8_ms));
    // It waits for the first.
    CHECK(link.cross(chance, {}, own, at(0_s), at(6_ms), 1000).arrival == at(9_ms));
    // The time is rounded up.
    LinkQuality const odd{.latency = 0_ms, .bandwidth = 3'000'000'000};
    link.set_quality(odd);
    CHECK(link.cross(chance, {}, odd, at(1_s), at(1_s), 1).arrival == at(1_s + 1_ns));
}

TEST_CASE("the fastest cards and the largest messages do not overflow")
{
    Chance chance{1};
    LinkQuality const own{.latency = 0_ms, .bandwidth = 400'000'000'000};
    Link link{1};
    link.set_quality(own);
    Instant const arrival =
        link.cross(chance, {}, own, at(0_s), at(0_s), 1'000'000'000'000).arrival;
    CHECK(arrival >= at(2500_ms));
    CHECK(arrival < at(2501_ms));
}

TEST_CASE("latencies of faults are added, and taken away exactly")
{
    Chance chance{1};
    LinkQuality const own{.latency = 1_ms};
    Link link{1};
    link.set_quality(own);
    link.add_fault(own, 0, {.is = {.latency = 400_ms}, .has_latency = true});
    link.add_fault(own, 1, {.is = {.latency = 30_ms}, .has_latency = true});
    CHECK(link.latency(chance, own) == 431_ms);
    link.remove_fault(own, 0);
    CHECK(link.latency(chance, own) == 31_ms);
    link.remove_fault(own, 1);
    CHECK(link.latency(chance, own) == 1_ms);
    CHECK_THROWS_AS(link.remove_fault(own, 1), BrokenLaw);
}

TEST_CASE("the smallest bandwidth counts, and an unlimited one does not")
{
    Chance chance{1};
    LinkQuality const own{.bandwidth = 1'000'000};
    Link link{1};
    link.set_quality(own);
    auto const time = [&] {
        static Instant now;
        now = now + 100_s;
        return link.cross(chance, {}, own, now, now, 1000).arrival - now;
    };
    CHECK(time() == 1_ms);
    link.add_fault(own, 0, {.is = {.bandwidth = 500'000}});
    link.add_fault(own, 1, {.is = {.bandwidth = 2'000'000}});
    link.add_fault(own, 2, {});
    CHECK(time() == 2_ms);
    link.remove_fault(own, 0);
    CHECK(time() == 1_ms);

    LinkQuality const unlimited;
    link.set_quality(unlimited);
    CHECK(time() == Duration{500'000});
}

TEST_CASE("losses combine as if each fault threw its own dice")
{
    Chance chance{1};
    LinkQuality const own{.latency = 1_ms, .loss = {1, 2}};
    Link link{1};
    link.set_quality(own);
    CHECK(late(link, own, chance, 100_ms, 4000) == doctest::Approx(2000).epsilon(0.05));
    link.add_fault(own, 0, {.is = {.loss = {1, 2}}});
    CHECK(late(link, own, chance, 100_ms, 4000) == doctest::Approx(3000).epsilon(0.05));
    link.remove_fault(own, 0);
    CHECK(late(link, own, chance, 100_ms, 4000) == doctest::Approx(2000).epsilon(0.05));
}

TEST_CASE("loss is delay: each lost transmission waits for its retransmission")
{
    LinkQuality const own{.latency = 1_ms, .loss = {1, 2}};
    constexpr Site loss("network.loss");
    Chance chance{1};
    for (std::uint64_t i = 0; i < 4; ++i)
        chance.override({loss, 1, i, i < 3 ? 1 : 0});
    Link link{1};
    link.set_quality(own);

    Link::Crossing const crossing = link.cross(chance, {}, own, at(0_s), at(0_s), 100);

    CHECK(crossing.fate == Fate::arrives);
    CHECK(crossing.left == at(1400_ms));
    CHECK(crossing.arrival == at(1401_ms));
}

TEST_CASE("a link that loses everything makes TCP give up")
{
    Chance chance{1};
    LinkQuality const own{.latency = 1_ms, .loss = {1, 1}};
    Link link{1};
    link.set_quality(own);

    Link::Crossing const crossing = link.cross(chance, {}, own, at(0_s), at(0_s), 100);

    CHECK(crossing.fate == Fate::given_up);
    CHECK(crossing.arrival == at(924'600_ms));
}

TEST_CASE("a duplicate costs bandwidth and nothing else")
{
    Chance chance{1};
    LinkQuality own{.latency = 1_ms, .bandwidth = 1'000'000, .duplicate = {1, 1}};
    Link link{1};
    link.set_quality(own);
    CHECK(link.cross(chance, {}, own, at(0_s), at(0_s), 1000).arrival == at(3_ms));

    own.bandwidth = 0;
    link.set_quality(own);
    CHECK(link.cross(chance, {}, own, at(1_s), at(1_s), 1000).arrival == at(1001_ms));
}

TEST_CASE("a reset strikes a message, not a packet without content")
{
    Chance chance{1};
    LinkQuality const own{.latency = 1_ms, .reset = {1, 1}};
    Link link{1};
    link.set_quality(own);
    CHECK(link.cross(chance, {}, own, at(0_s), at(0_s), 1000).fate == Fate::resets);
    CHECK(link.cross(chance, {}, own, at(0_s), at(0_s), 0).fate == Fate::arrives);
}

TEST_CASE("a fault moves no draw of the link's own latency")
{
    LinkQuality const own{.latency = Uniform{0_ms, 10_ms}};
    Chance with{7};
    Chance without{7};
    Link faulty{1};
    Link sound{1};
    faulty.add_fault(own, 0, {.is = {.latency = Uniform{0_ms, 5_ms}}, .has_latency = true});
    for (int i = 0; i < 100; ++i) {
        Duration const extra = faulty.latency(with, own) - sound.latency(without, own);
        CHECK(extra >= 0_ms);
        CHECK(extra <= 5_ms);
    }
}

TEST_CASE("faults on one link do not share their draws")
{
    LinkQuality const own;
    LinkFault const fault{.is = {.latency = Uniform{0_ms, 5_ms}}, .has_latency = true};
    Chance one{7};
    Chance two{7};
    Link both{1};
    Link second{1};
    for (Link* link : {&both, &second}) {
        link->add_fault(own, 0, fault);
        link->add_fault(own, 1, fault);
    }
    second.remove_fault(own, 0);
    Duration const first_and_second = both.latency(one, own);
    Duration const only_second = second.latency(two, own);
    both.remove_fault(own, 0);
    Duration const next = both.latency(one, own);
    CHECK(first_and_second > only_second);
    CHECK(next == second.latency(two, own));
}

TEST_CASE("one link's draws are its own")
{
    LinkQuality const own{.latency = Uniform{0_ms, 10_ms}};
    Chance chance{7};
    Chance alone{7};
    Link one{1};
    Link two{2};
    bool differ = false;
    for (int i = 0; i < 100; ++i) {
        Duration const other = two.latency(chance, own);
        Duration const mine = one.latency(chance, own);
        CHECK(mine == one.latency(alone, own));
        differ = differ || mine != other;
    }
    CHECK(differ);
}

TEST_CASE("blocks and holds are counted")
{
    Link link{1};
    link.block();
    link.block();
    link.unblock();
    CHECK(link.is_blocked());
    link.unblock();
    CHECK(!link.is_blocked());
    CHECK_THROWS_AS(link.unblock(), BrokenLaw);

    link.hold();
    link.hold();
    link.release();
    CHECK(link.is_held());
    link.release();
    CHECK(!link.is_held());
    CHECK_THROWS_AS(link.release(), BrokenLaw);
}
