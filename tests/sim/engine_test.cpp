// The engine with two small worlds that have nothing to do with Kafka: a token ring and a post office.
#include "sim/engine.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/token_ring.h"

namespace odradek::sim {
namespace {

using namespace literals;

LinkQuality slow_links() { return {.latency = Uniform{100_us, 2_ms}}; }

DiskQuality slow_disks() { return {.write = 10_us, .flush = Uniform{1_ms, 5_ms}}; }

Instant at(Duration time) { return Instant{} + time; }

ring::Engine ring_of(std::uint64_t seed, std::uint16_t members = 5)
{
    return ring::build(seed, members, {}, slow_links(), slow_disks());
}

TEST_CASE("a token ring counts laps")
{
    ring::Engine engine = ring_of(1);
    CHECK(engine.run({.until = at(10_s)}) == Stop::time_is_up);
    CHECK(engine.now() == at(10_s));
    CHECK(engine.process(NodeId{0}).lap() > 100);
    engine.check_messages();
}

TEST_CASE("the same seed gives the same digest, another seed another one")
{
    ring::Engine a = ring_of(1);
    ring::Engine b = ring_of(1);
    ring::Engine c = ring_of(2);
    for (ring::Engine* engine : {&a, &b, &c})
        engine->run({.until = at(2_s)});
    CHECK(a.digest().text() == b.digest().text());
    CHECK(a.digest().text() != c.digest().text());
}

}  // namespace
}  // namespace odradek::sim
