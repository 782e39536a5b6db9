// The engine with two small worlds that have nothing to do with Kafka: a token ring and a post
// office.
#include "sim/engine.h"

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/chaos.h"
#include "tests/support/post_office.h"
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

// -- Random faults

struct Delivery {
    std::map<std::uint64_t, bool> delivered;  // Of the letters accepted.
    std::uint64_t handed{0};
    std::uint64_t unasked{0};
    std::string digest;
};

// A town under faults for 20 seconds, then healed until `until`.
Delivery deliver_under_faults(std::uint64_t seed, Instant until, std::vector<std::uint64_t>& faults)
{
    post::Engine engine = post::build(seed, {}, slow_links(), slow_disks());
    test::Chaos chaos(at(20_s));
    chaos.begin(engine);
    Delivery result;
    std::uint64_t events = 0;
    auto const look = [&](post::Engine& world) {
        for (post::Seen const& seen : world.observations())
            if (seen.kind == post::Seen::Kind::accepted)
                result.delivered.try_emplace(seen.letter, false);
            else {
                result.delivered[seen.letter] = true;
                ++result.handed;
                result.unasked += !seen.was_asked_for;
            }
        chaos.after(world);
        if (++events % 64 == 0)
            world.check_messages();
        return true;
    };
    CHECK(engine.run({.until = at(20_s), .events = 10'000'000}, look) == Stop::time_is_up);
    chaos.heal(engine);
    CHECK(engine.run({.until = until, .events = 10'000'000}, look) != Stop::events_used_up);
    engine.check_messages();
    result.digest = engine.digest().text();
    faults.resize(test::Chaos::kinds);
    for (std::uint32_t kind = 0; kind < test::Chaos::kinds; ++kind)
        faults[kind] += chaos.count(static_cast<test::Chaos::Kind>(kind));
    return result;
}

TEST_CASE("whatever breaks, a letter that was accepted is delivered, and only to who asked")
{
    std::vector<std::uint64_t> faults;
    std::uint64_t letters = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        Delivery const result = deliver_under_faults(seed, at(120_s), faults);
        for (auto const& [letter, delivered] : result.delivered) {
            CAPTURE(letter);
            CHECK(delivered);
        }
        CHECK(result.unasked == 0);
        letters += result.delivered.size();
        if (seed % 8 == 0)
            CHECK(deliver_under_faults(seed, at(120_s), faults).digest == result.digest);
    }
    CHECK(letters > 1000);
    for (std::uint64_t const count : faults)
        CHECK(count > 40);
}

}  // namespace
}  // namespace odradek::sim
