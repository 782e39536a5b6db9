// The engine with two small worlds that have nothing to do with Kafka: a token ring and a post
// office.
#include "sim/engine.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/sim/text_blob.h"
#include "tests/support/chaos.h"
#include "tests/support/post_office.h"
#include "tests/support/probe.h"
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

TEST_CASE("who listens changes nothing but what is told")
{
    ring::Engine quiet = ring_of(3);
    ring::Engine told = ring_of(3);
    told.listen(true);
    quiet.run({.until = at(1_s)});
    std::size_t notes = 0;
    told.run({.until = at(1_s)}, [&](ring::Engine& engine) {
        notes += engine.notes().size();
        return true;
    });
    CHECK(notes > 100);
    CHECK(quiet.notes().empty());
    CHECK(quiet.last().what.empty());
    CHECK(quiet.digest() == told.digest());
}

TEST_CASE("a run ends when time is up, events are used up, nothing is left, or somebody says so")
{
    ring::Engine engine = ring_of(1);
    CHECK(engine.run({.until = at(1_s), .events = 10}) == Stop::events_used_up);
    CHECK(engine.events_handled() == 10);
    CHECK(engine.run({.until = at(1_s)}) == Stop::time_is_up);
    CHECK(engine.now() == at(1_s));
    CHECK(engine.run({}, [](ring::Engine&) { return false; }) == Stop::told_to);
    for (std::uint16_t i = 0; i < 5; ++i)
        engine.crash(NodeId{i});
    CHECK(engine.run({.until = at(2_s)}) == Stop::nothing_left);
    CHECK(engine.now() == at(2_s));
    CHECK(engine.messages_under_way() == 0);
}

// -- The world is a value

TEST_CASE("a copy of a running world goes on exactly as the world does")
{
    post::Engine engine = post::build(7, {}, slow_links(), slow_disks());
    test::Chaos chaos(at(20_s));
    chaos.begin(engine);
    for (int i = 0; i < 5; ++i) {
        engine.run({.until = engine.now() + 1_s}, [&](post::Engine& world) {
            chaos.after(world);
            return true;
        });
        post::Engine copy = engine;
        test::Chaos copied_chaos = chaos;
        auto const finish = [](post::Engine& world, test::Chaos& faults) {
            world.run({.until = world.now() + 5_s}, [&](post::Engine& one) {
                faults.after(one);
                return true;
            });
            world.check_messages();
            return world.digest().text();
        };
        std::string const expected = finish(copy, copied_chaos);
        CHECK(copy.now() == engine.now() + 5_s);
        post::Engine again = engine;
        test::Chaos again_chaos = chaos;
        CHECK(finish(again, again_chaos) == expected);
    }
}

TEST_CASE("one decision changed in a copy changes only what follows from it")
{
    // Two rings that have nothing to do with each other in one world: 0-1-2 and 3-4-5.
    ring::Engine original(11);
    original.network().set_default_quality(slow_links());
    for (std::uint16_t i = 0; i < 6; ++i) {
        std::uint16_t const next = i == 2 ? 0 : i == 5 ? 3 : static_cast<std::uint16_t>(i + 1);
        HostId const host = original.add_host("host", "", slow_disks());
        original.add_process(host, "member",
                             ring::Member(NodeId{next}, {}, i < 3 ? NodeId{0} : NodeId{3}));
        original.start(NodeId{i});
    }
    original.run({.until = at(300_ms)});
    original.chance().record(true);
    ring::Engine changed = original;

    auto const holds = [](ring::Engine& engine, bool first_ring) {
        std::vector<std::string> seen;
        engine.run({.until = at(600_ms)}, [&](ring::Engine& world) {
            for (ring::Holds const& one : world.observations())
                if ((one.node < NodeId{3}) == first_ring)
                    seen.push_back(to_string(world.now()) + " " + std::to_string(one.node.value) +
                                   " " + std::to_string(one.lap));
            return true;
        });
        return seen;
    };
    // Find a latency on a link of the first ring that is asked a while from now.
    ring::Engine scout = original;
    scout.run({.until = at(600_ms)});
    std::vector<Decision> const decisions = scout.chance().recorded();
    Decision decision = decisions[decisions.size() / 2];
    for (std::size_t i = decisions.size() / 2; i < decisions.size(); ++i)
        if (decisions[i].site.name == "network.latency" && decisions[i].actor == 1) {
            decision = decisions[i];  // From host 0 to host 1.
            break;
        }
    REQUIRE(decision.site.name == "network.latency");
    REQUIRE(decision.actor == 1);
    decision.value = decision.value > 1'000'000 ? 100'000 : 2'000'000;
    changed.chance().override(decision);

    ring::Engine original_too = original;
    ring::Engine changed_too = changed;
    std::vector<std::string> const first = holds(original, true);
    std::vector<std::string> const first_changed = holds(changed, true);
    CHECK(changed.chance().unmet().empty());
    CHECK(original.digest() != changed.digest());
    CHECK(first != first_changed);
    CHECK(first[0] == first_changed[0]);  // Before it all is as it was.
    CHECK(first[first.size() / 4] == first_changed[first.size() / 4]);
    // The other ring never learns of it.
    CHECK(holds(original_too, false) == holds(changed_too, false));
    // Every other decision that both were asked has the same answer.
    std::map<std::pair<std::string_view, std::pair<Actor, std::uint64_t>>, std::int64_t> answers;
    for (Decision const& one : original.chance().recorded())
        answers[{one.site.name, {one.actor, one.ordinal}}] = one.value;
    int differing = 0;
    for (Decision const& one : changed.chance().recorded()) {
        auto const answer = answers.find({one.site.name, {one.actor, one.ordinal}});
        differing += answer != answers.end() && answer->second != one.value;
    }
    CHECK(differing == 1);
}

// -- Life and death

struct Pair {
    probe::Engine engine{1};
    NodeId a, b;  // On one host each, unless together.

    explicit Pair(bool together = false, LinkQuality links = {.latency = 1_ms})
    {
        engine.network().set_default_quality(std::move(links));
        HostId const one =
            engine.add_host("one", "", {.read = 3_ms, .write = 1_ms, .flush = 10_ms});
        HostId const two = engine.add_host("two", "", {.write = 1_ms, .flush = 10_ms});
        a = engine.add_process(one, "a", {});
        b = engine.add_process(together ? one : two, "b", {});
        engine.start(a);
        engine.start(b);
        engine.run({.until = at(1_ms)});
    }
    void until(Duration time) { engine.run({.until = at(time)}); }
    template <class Handler>
    bool has(NodeId node, Handler handler)
    {
        return engine.call(node, "test",
                           [&](probe::Process& process, Env const& env, probe::Out& out) {
                               handler(process, env, out);
                           });
    }
    void connect(NodeId from, NodeId to)
    {
        has(from, [&](auto&, auto&, probe::Out& out) { out.connect({to, 0}); });
        engine.run({.until = engine.now() + 5_ms});
    }
    void send(NodeId from, NodeId to, std::string text)
    {
        has(from, [&](auto&, auto&, probe::Out& out) { out.send({to, 0}, 0, text); });
    }
    // What a process was given since the last time somebody asked.
    std::vector<std::string> log(NodeId node)
    {
        return std::exchange(engine.process(node).log, {});
    }
};
using Log = std::vector<std::string>;

TEST_CASE("a process begins with its start, is asked, and answers")
{
    Pair pair;
    CHECK(pair.log(pair.a) == Log{"start 1"});
    pair.connect(pair.a, pair.b);
    pair.send(pair.a, pair.b, "hello");
    pair.until(20_ms);
    CHECK(pair.log(pair.a) == Log{"connected 1", "response hello"});
    CHECK(pair.log(pair.b) == Log{"start 1", "request hello"});
}

TEST_CASE("nothing of a dead life reaches the next one")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.engine.process(pair.b).answers = false;
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        FileId const file = env.open("file");
        out.arm({1}, 20_ms);
        out.append(file, test::text("x"));
        out.flush(file, true);  // Complete after 10 ms.
        out.send({NodeId{1}, 0}, 0, "never sent: it waits for the flush");
    });
    pair.engine.crash(pair.a);
    CHECK(pair.engine.state(pair.a) == ProcessState::down);
    CHECK_FALSE(pair.has(pair.a, [](auto&, auto&, probe::Out&) {}));
    pair.engine.start(pair.a);
    pair.log(pair.a);
    pair.log(pair.b);
    pair.until(1_s);
    CHECK(pair.log(pair.a) == Log{"start 2"});
    CHECK(pair.log(pair.b).empty());
    CHECK(pair.engine.incarnation(pair.a) == 2);
    // The page cache survives a crash.
    CHECK(pair.engine.disk(pair.engine.host_of(pair.a)).size(FileId{0}) == 1);
    CHECK(pair.engine.messages_under_way() == 0);
    pair.engine.check_messages();
}

TEST_CASE("a crash is seen by those who are connected, a start that finds no host is none")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.log(pair.a);
    pair.engine.crash(pair.b);
    pair.until(100_ms);
    CHECK(pair.log(pair.a) == Log{"disconnected 1 closed"});
    pair.connect(pair.a, pair.b);
    CHECK(pair.log(pair.a) == Log{"disconnected 1 refused"});
    pair.engine.lose_power(pair.engine.host_of(pair.b));
    pair.engine.start(pair.b);
    CHECK_FALSE(pair.engine.running(pair.b));
    pair.engine.power_on(pair.engine.host_of(pair.b));
    CHECK_FALSE(pair.engine.running(pair.b));
    pair.engine.start(pair.b);
    CHECK(pair.engine.running(pair.b));
}

TEST_CASE("a power loss takes every process of the host and the page cache; it is counted")
{
    Pair pair(true);
    for (NodeId const node : {pair.a, pair.b})
        pair.has(node, [](auto&, Env const& env, probe::Out& out) {
            FileId const file = env.open(env.self == NodeId{0} ? "flushed" : "not flushed");
            out.append(file, test::text("four"));
            if (env.self == NodeId{0})
                out.flush(file);
        });
    pair.until(100_ms);
    HostId const host = pair.engine.host_of(pair.a);
    std::vector<LostBytes> const lost = pair.engine.lose_power(host);
    CHECK(lost == std::vector<LostBytes>{{FileId{1}, 0, 4, 0}});
    CHECK(pair.engine.lose_power(host).empty());
    CHECK_FALSE(pair.engine.running(pair.a));
    CHECK_FALSE(pair.engine.running(pair.b));
    pair.engine.power_on(host);
    CHECK_FALSE(pair.engine.has_power(host));
    pair.engine.power_on(host);
    CHECK(pair.engine.has_power(host));
    pair.engine.start(pair.a);
    pair.until(200_ms);
    CHECK(pair.log(pair.a).back() == "start 2");
    CHECK(pair.engine.disk(host).size(FileId{0}) == 4);
}

TEST_CASE("a process asked to stop ends with its exit; wishes after it do not count")
{
    Pair pair;
    pair.log(pair.a);
    pair.engine.shut_down(pair.a);
    CHECK(pair.engine.running(pair.a));
    pair.until(10_ms);
    CHECK_FALSE(pair.engine.running(pair.a));
    pair.engine.start(pair.a);
    pair.until(1_s);
    CHECK(pair.log(pair.a) == Log{"shutdown", "start 2"});
    // Of a life that has ended meanwhile nothing is asked any more.
    pair.engine.shut_down(pair.a);
    pair.engine.crash(pair.a);
    pair.engine.start(pair.a);
    pair.until(2_s);
    CHECK(pair.log(pair.a) == Log{"start 3"});
}

TEST_CASE("a paused process gets what it missed in the order it came")
{
    Pair pair;
    pair.connect(pair.b, pair.a);
    pair.has(pair.a, [](auto&, auto&, probe::Out& out) {
        out.arm({1}, 10_ms);
        out.arm({2}, 30_ms);
        out.arm({3}, 2_s);
    });
    pair.log(pair.a);
    pair.log(pair.b);
    pair.engine.pause(pair.a);
    CHECK(pair.engine.running(pair.a));
    CHECK_FALSE(pair.has(pair.a, [](auto&, auto&, probe::Out&) {}));
    pair.until(25_ms);
    pair.send(pair.b, pair.a, "one");
    pair.send(pair.b, pair.a, "two");
    pair.until(1_s);
    CHECK(pair.log(pair.a).empty());
    pair.engine.check_messages();
    pair.engine.resume(pair.a);
    pair.engine.pause(pair.a);
    pair.until(1001_ms);
    CHECK(pair.log(pair.a).empty());
    pair.engine.resume(pair.a);
    pair.until(3_s);
    CHECK(pair.log(pair.a) == Log{"timer 1.0 at 1001 ms", "request one", "timer 2.0 at 1001 ms",
                                  "request two", "timer 3.0 at 2006 ms"});
    CHECK(pair.log(pair.b) == Log{"response one", "response two"});
}

TEST_CASE("a crash of a paused process frees what waited for it")
{
    Pair pair;
    pair.connect(pair.b, pair.a);
    pair.engine.pause(pair.a);
    pair.send(pair.b, pair.a, "one");
    pair.until(100_ms);
    CHECK(pair.engine.messages_under_way() == 1);
    pair.engine.crash(pair.a);
    CHECK(pair.engine.messages_under_way() == 0);
    pair.engine.check_messages();
}

TEST_CASE("what waits while a process is paused does not outlive its timer or its connection")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.engine.process(pair.b).answers = true;
    pair.has(pair.a, [](auto&, auto&, probe::Out& out) {
        out.send({NodeId{1}, 0}, 0, "late");
        out.arm({1}, 50_ms);
    });
    pair.log(pair.a);
    pair.engine.pause(pair.a);
    pair.until(200_ms);
    pair.engine.resume(pair.a);
    // The first thing it does: closes the connection and gives the timer up.
    pair.has(pair.a, [](auto&, auto&, probe::Out& out) {
        out.close({NodeId{1}, 0});
        out.cancel({1});
    });
    pair.until(1_s);
    CHECK(pair.log(pair.a).empty());
    CHECK(pair.engine.messages_under_way() == 0);
}

// -- Timers

TEST_CASE("a timer fires once; arming again moves it, earlier or later; a cancelled one is silent")
{
    Pair pair;
    pair.log(pair.a);
    pair.has(pair.a, [](auto&, auto&, probe::Out& out) {
        out.arm({1}, 100_ms);  // Moved away.
        out.arm({1}, 300_ms);
        out.arm({2}, 300_ms);  // Moved nearer.
        out.arm({2}, 100_ms);
        out.arm({3, 7}, 50_ms);
        out.arm({4}, 50_ms);
        out.cancel({4});
        out.cancel({5});
        out.arm({6}, -(1_s));
        out.arm({7}, Duration::forever());
    });
    pair.until(5_s);
    CHECK(pair.log(pair.a) == Log{"timer 6.0 at 1 ms", "timer 3.7 at 51 ms", "timer 2.0 at 101 ms",
                                  "timer 1.0 at 301 ms"});
    CHECK(pair.engine.events_pending() == 0);
}

TEST_CASE("a deadline that is pushed away again and again costs no event")
{
    Pair pair;
    for (int i = 0; i < 1000; ++i)
        pair.has(pair.a, [](auto&, auto&, probe::Out& out) { out.arm({1}, 100_ms); });
    CHECK(pair.engine.events_pending() == 1);
}

TEST_CASE("timers measure by the clock of their host")
{
    Pair pair;
    HostId const host = pair.engine.host_of(pair.a);
    auto const arm = [&](Duration delay) {
        pair.log(pair.a);
        pair.has(pair.a, [&](auto&, auto&, probe::Out& out) { out.arm({1}, delay); });
    };
    auto const fired_at = [&]() -> std::int64_t {
        Instant when;
        pair.engine.run({.until = pair.engine.now() + 100_s}, [&](probe::Engine& engine) {
            when = engine.now();
            return pair.engine.process(pair.a).log.empty();
        });
        return when.ms();
    };
    pair.until(1_s);
    SUBCASE("a fast clock fires early")
    {
        pair.engine.clock(host).add_drift(at(1_s), 250'000);
        pair.engine.clock_changed(host);
        arm(1_s);
        CHECK(fired_at() == 1800);
    }
    SUBCASE("a clock that becomes fast or slow moves the rest of the way")
    {
        arm(1_s);
        pair.until(1500_ms);
        pair.engine.clock(host).add_drift(at(1500_ms), 250'000);
        pair.engine.clock_changed(host);
        SUBCASE("fast") { CHECK(fired_at() == 1900); }
        SUBCASE("then slow")
        {
            pair.engine.clock(host).add_drift(at(1500_ms), -750'000);
            pair.engine.clock_changed(host);
            CHECK(fired_at() == 2500);
        }
    }
    SUBCASE("while the clock stands still nothing fires; the rest is measured afterwards")
    {
        arm(1_s);
        pair.until(1500_ms);
        pair.engine.clock(host).freeze(at(1500_ms));
        pair.engine.clock_changed(host);
        pair.until(5_s);
        CHECK(pair.log(pair.a).empty());
        pair.engine.clock(host).unfreeze(at(5_s));
        pair.engine.clock_changed(host);
        CHECK(fired_at() == 5500);
    }
    SUBCASE("a timer armed while the clock stands still waits for it")
    {
        pair.engine.clock(host).freeze(at(1_s));
        pair.engine.clock_changed(host);
        arm(1_s);
        pair.until(3_s);
        CHECK(pair.log(pair.a).empty());
        pair.engine.clock(host).unfreeze(at(3_s));
        pair.engine.clock_changed(host);
        CHECK(fired_at() == 4000);
    }
    SUBCASE("a step of the wall clock moves no timer")
    {
        arm(1_s);
        pair.engine.clock(host).step(5_s);
        pair.engine.clock_changed(host);
        CHECK(fired_at() == 2000);
    }
    CHECK(pair.log(pair.a).size() == 1);
}

// -- Wishes and the disk

TEST_CASE("what is sent after disk work waits for it, what is sent before does not")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.log(pair.b);
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        FileId const file = env.open("file");
        out.send({NodeId{1}, 0}, 0, "before");
        out.append(file, test::text("x"));
        out.flush(file, true);
        out.send({NodeId{1}, 0}, 1, "after");
    });
    Instant const begin = pair.engine.now();
    pair.engine.run({.until = begin + 2_ms});
    CHECK(pair.log(pair.b) == Log{"request before"});
    pair.log(pair.a);
    pair.engine.run({.until = begin + 9_ms});
    CHECK(pair.log(pair.a) == Log{});
    pair.engine.run({.until = begin + 10_ms});
    CHECK(pair.log(pair.a) == Log{"flushed 0"});
    pair.engine.run({.until = begin + 11_ms});
    CHECK(pair.log(pair.b) == Log{"request after"});
}

TEST_CASE("what is read from the device is told when it has come")
{
    Pair pair;
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        FileId const file = env.open("file");
        out.append(file, test::text("x"));
        out.read(file, 1);
    });
    pair.log(pair.a);
    Instant const begin = pair.engine.now();
    pair.engine.run({.until = begin + 2_ms});
    pair.log(pair.a);
    pair.engine.run({.until = begin + 3_ms});
    CHECK(pair.log(pair.a) == Log{"flushed 0"});
}

TEST_CASE("a file that a wish removes may be made again by the next")
{
    Pair pair;
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        FileId const file = env.open("file");
        out.append(file, test::text("old"));
        out.remove(file);
        out.create(file);
        out.append(file, test::text("new"));
        out.rename(file, "other");
    });
    pair.engine.run({.until = pair.engine.now() + 1_ms});
    Disk const& disk = pair.engine.disk(HostId{0});
    REQUIRE(disk.find("other"));
    CHECK(test::text_of(disk.extents(*disk.find("other"))) == "new");
    CHECK_FALSE(disk.find("file"));
}

TEST_CASE("a disk error drops requests after it and what concerns the same file, and only those")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.log(pair.a);
    pair.log(pair.b);
    pair.engine.disk(pair.engine.host_of(pair.a)).add_fault(pair.engine.now(), {.full = true});
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        FileId const file = env.open("file");
        out.send({NodeId{1}, 0}, 0, "before");
        out.append(file, test::text("x"));
        out.flush(file, true);
        out.send({NodeId{1}, 0}, 1, "after");
        out.arm({1}, 1_ms);
        out.flush(env.open("other"), true);
    });
    pair.until(1_s);
    Log const log = pair.log(pair.a);
    CHECK(log.size() == 4);
    for (char const* line : {"file 0: no space left", "flushed 1", "response before"})
        CHECK(std::find(log.begin(), log.end(), line) != log.end());
    CHECK(pair.log(pair.b) == Log{"request before"});
    pair.engine.check_messages();
}

TEST_CASE("after a disk error who waits for an answer finds the connection closed")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.has(pair.b, [](auto& process, Env const&, probe::Out&) { process.answers = false; });
    pair.send(pair.a, pair.b, "keep this");
    pair.until(50_ms);
    pair.log(pair.a);
    pair.log(pair.b);
    pair.engine.disk(pair.engine.host_of(pair.b)).add_fault(pair.engine.now(), {.full = true});
    pair.has(pair.b, [](auto& process, Env const& env, probe::Out& out) {
        out.append(env.open("file"), test::text("x"));
        out.reply(process.asked.at(0), "kept");
    });
    pair.until(1_s);
    CHECK(pair.log(pair.a) == Log{"disconnected 1 closed"});
    pair.engine.check_messages();
}

TEST_CASE("while a disk is stalled what depends on it waits, and a connection keeps its order")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    HostId const host = pair.engine.host_of(pair.a);
    Disk& disk = pair.engine.disk(host);
    std::uint32_t const stall = disk.add_fault(pair.engine.now(), {.stalled = true});
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        FileId const file = env.open("file");
        out.append(file, test::text("x"));
        out.flush(file, true);
        out.send({NodeId{1}, 0}, 0, "first");
        out.connect({NodeId{1}, 1});
        out.arm({1}, 10_ms);
    });
    pair.send(pair.a, pair.b, "second");  // Has nothing to do with the disk, but comes after.
    pair.log(pair.a);
    pair.log(pair.b);
    pair.until(500_ms);
    CHECK(pair.log(pair.a) == Log{"timer 1.0 at 16 ms"});
    CHECK(pair.log(pair.b).empty());
    SUBCASE("it goes on when the stall ends")
    {
        pair.engine.remove_disk_fault(host, stall);
        pair.until(1_s);
        CHECK(pair.log(pair.a) ==
              Log{"flushed 0", "response first", "connected 1", "response second"});
        CHECK(pair.log(pair.b) == Log{"request first", "request second"});
    }
    SUBCASE("it is told once when the disk is gone by then, and what is not the disk's goes on")
    {
        disk.add_fault(pair.engine.now(), {.gone = true});
        pair.engine.remove_disk_fault(host, stall);
        pair.until(1_s);
        // A request is what depended on the disk; to connect does not.
        CHECK(pair.log(pair.a) == Log{"file 0: device gone", "connected 1", "response second"});
        CHECK(pair.log(pair.b) == Log{"request second"});
    }
    SUBCASE("nothing of it is left when the process dies")
    {
        pair.engine.crash(pair.a);
        pair.engine.start(pair.a);
        pair.engine.remove_disk_fault(host, stall);
        pair.until(1_s);
        CHECK(pair.log(pair.a) == Log{"start 2"});
        CHECK(pair.log(pair.b).empty());
    }
    CHECK(pair.engine.messages_under_way() == 0);
    pair.engine.check_messages();
}

TEST_CASE("an operation that fails on a stalled disk is told when the stall ends")
{
    Pair pair;
    HostId const host = pair.engine.host_of(pair.a);
    Disk& disk = pair.engine.disk(host);
    pair.log(pair.a);
    std::uint32_t const stall = disk.add_fault(pair.engine.now(), {.stalled = true, .full = true});
    pair.has(pair.a, [](auto&, Env const& env, probe::Out& out) {
        out.append(env.open("file"), test::text("x"));
    });
    pair.until(500_ms);
    CHECK(pair.log(pair.a).empty());
    pair.engine.remove_disk_fault(host, stall);
    pair.until(1_s);
    CHECK(pair.log(pair.a) == Log{"file 0: no space left"});
}

// -- Broken laws

TEST_CASE("a broken law says its seed, its moment, and what happened before")
{
    Pair pair;
    pair.connect(pair.a, pair.b);
    pair.send(pair.a, pair.b, "hello");
    pair.until(20_ms);
    auto const answer_again = [](probe::Process& process, Env const&, probe::Out& out) {
        out.reply(process.asked.at(0), "again");
    };
    bool caught = false;
    try {
        pair.has(pair.b, answer_again);
    } catch (EngineFailure const& failure) {
        caught = true;
        CHECK(failure.seed() == 1);
        CHECK(failure.time() == at(20_ms));
        CHECK(std::string(failure.law().law) == "a request is answered once");
        CHECK(failure.recent().size() == 6);
        CHECK(failure.recent().back().time == at(8_ms));
        std::string const text = failure.what();
        CHECK(text.find("broken law: a request is answered once") != std::string::npos);
        CHECK(text.find("seed 1, at 0.020000 s") != std::string::npos);
        CHECK(text.find("event 6") != std::string::npos);
    }
    CHECK(caught);
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
        for (auto const& letter : result.delivered) {
            CAPTURE(letter.first);
            CHECK(letter.second);
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
