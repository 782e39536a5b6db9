#include "sim/topology.h"

#include <doctest/doctest.h>

#include "sim/ensure.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

Topology three_hosts()
{
    Topology topology;
    for (char const* name : {"a", "b", "c"})
        topology.add_host(name, "rack");
    return topology;
}

constexpr HostId a{0}, b{1}, c{2};

}  // namespace

TEST_CASE("each directed pair of hosts has one link, made when it is first asked for")
{
    Topology topology = three_hosts();
    LinkId const there = topology.link_between(a, b);
    LinkId const back = topology.link_between(b, a);
    CHECK(there != back);
    CHECK(topology.link_between(a, c) != there);
    CHECK(topology.link_between(a, b) == there);
    CHECK(topology.link_between(b, b) == Topology::loopback);
}

TEST_CASE("a link's draws do not depend on when it became of interest, nor on any other link")
{
    Topology early = three_hosts();
    Topology late = three_hosts();
    early.set_default_quality({.latency = Uniform{0_ms, 10_ms}});
    late.set_default_quality({.latency = Uniform{0_ms, 10_ms}});
    late.link_between(a, c);
    late.link_between(b, a);
    Chance one{3};
    Chance two{3};
    LinkId const back = late.link_between(b, a);
    for (int i = 0; i < 20; ++i) {
        LinkId const first = early.link_between(a, b);
        LinkId const second = late.link_between(a, b);
        Duration const other = late.link(back).latency(two, late.quality_of(back));
        CHECK(early.link(first).latency(one, early.quality_of(first)) ==
              late.link(second).latency(two, late.quality_of(second)));
        CHECK(other >= 0_ms);
    }
}

TEST_CASE("a new default reaches every link without a quality of its own")
{
    Topology topology = three_hosts();
    topology.set_quality(a, b, {.bandwidth = 7});
    LinkId const own = topology.link_between(a, b);
    LinkId const other = topology.link_between(b, a);
    topology.set_default_quality({.bandwidth = 9});
    CHECK(topology.quality_of(own).bandwidth == 7);
    CHECK(topology.quality_of(other).bandwidth == 9);
    CHECK(topology.quality_of(topology.link_between(c, a)).bandwidth == 9);
}

TEST_CASE("there are obstacles until the last of them is gone")
{
    Topology topology = three_hosts();
    topology.block(a, b);
    topology.hold(a, b);
    CHECK(topology.take_power(c));
    CHECK(!topology.take_power(c));
    topology.unblock(a, b);
    CHECK(topology.has_obstacles());
    CHECK(topology.release(a, b));
    CHECK(topology.has_obstacles());
    CHECK(topology.give_power(c));
    CHECK(!topology.give_power(c));
    CHECK(!topology.has_obstacles());
}

TEST_CASE("nothing is wrong with the way of a host to itself")
{
    Topology topology = three_hosts();
    topology.block(a, a);
    topology.hold(a, a);
    std::uint32_t const fault = topology.add_fault(a, a, {.is = {.loss = {1, 1}}});
    topology.set_quality(a, a, {.loss = {1, 1}});
    CHECK(!topology.has_obstacles());
    CHECK(!topology.release(a, a));
    topology.unblock(a, a);
    topology.remove_fault(fault);
    CHECK_THROWS_AS(topology.remove_fault(fault), BrokenLaw);
}
