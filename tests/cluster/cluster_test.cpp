// A cluster is a value and a pure function of its scenario and seed.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/model_cluster.h"

namespace odradek::kafka::test {

namespace {

std::vector<std::string> const leader_crash{
    R"(/timeline=[{ "at": "20s", "do": "crash", "target": "leader:orders-0", "for": "15s" }])"};

std::vector<std::string> with(std::vector<std::string> set, std::string more)
{
    set.push_back(std::move(more));
    return set;
}

std::string digest_of(std::vector<std::string> const& set, std::uint64_t seed)
{
    return ModelCluster(set, seed).finish().digest;
}

}  // namespace

TEST_CASE("the same seed gives the same run, another seed another")
{
    RunResult const one = ModelCluster(leader_crash, 7).finish();
    RunResult const same = ModelCluster(leader_crash, 7).finish();
    RunResult const other = ModelCluster(leader_crash, 8).finish();
    CHECK(one.verdict == RunResult::Verdict::held);
    CHECK(one.digest == same.digest);
    CHECK(one.events == same.events);
    CHECK(one.messages == same.messages);
    CHECK(one.digest != other.digest);
}

TEST_CASE("who listens changes nothing, who judges neither")
{
    std::string const plain = digest_of(leader_crash, 7);
    ModelCluster listened(leader_crash, 7);
    listened.listen();
    CHECK(listened.finish().digest == plain);
    CHECK(listened.story().find("crash leader:orders-0 = broker-1") != std::string::npos);

    RunResult const unjudged =
        ModelCluster(with(leader_crash, R"(/expect={ "invariants": [] })"), 7).finish();
    CHECK(unjudged.digest == plain);

    // Conditions that wait for time to pass are looked at again then, which is an event nobody
    // sees.
    RunResult const watched =
        ModelCluster(with(leader_crash, R"(/expect/sometimes=[{ "name": "long a full ISR", "when":
            { "metric": "partition.isr", "op": "==", "value": 3, "holds": "2s" } }])"),
                     7)
            .finish();
    CHECK(watched.digest == plain);
    REQUIRE(find_expectation(watched, "long a full ISR") != nullptr);
    CHECK(find_expectation(watched, "long a full ISR")->held);
}

TEST_CASE("a run may be taken in any steps")
{
    ModelCluster stepped(leader_crash, 7);
    for (int i = 0; i < 45; ++i)
        stepped.run_until(i * 2 + 0.7);
    CHECK(stepped.finish().digest == digest_of(leader_crash, 7));
}

TEST_CASE("a copy made while the leader is down lives on by itself and comes to the same end")
{
    ModelCluster original(leader_crash, 7);
    original.run_until(20);
    // In the middle of it: the leader is gone, nobody has noticed yet.
    REQUIRE_FALSE(original.running(1));
    REQUIRE(original.leader() == 1);
    ModelCluster copy = original;
    ModelCluster late = original;
    std::string const here = original.is.digest();

    RunResult const first = original.finish();
    CHECK(copy.is.digest() == here);  // What the one does, the other does not feel.
    CHECK(copy.leader() == 1);
    RunResult const second = copy.finish();
    CHECK(second.digest == first.digest);
    CHECK(second.verdict == first.verdict);
    CHECK(second.events == first.events);
    REQUIRE(second.properties.size() == first.properties.size());
    for (std::size_t i = 0; i < first.properties.size(); ++i) {
        CAPTURE(first.properties[i].name);
        CHECK(second.properties[i].exercised == first.properties[i].exercised);
    }
    CHECK(first.digest == digest_of(leader_crash, 7));  // To copy is not to disturb.

    // Nor when the other is broken: a copy may be made to lose everything.
    late.is.crash(late.broker(2));
    late.is.crash(late.broker(3));
    CHECK(late.finish().digest != first.digest);
}

TEST_CASE("who listens to a cluster does not hear its copies")
{
    ModelCluster original(leader_crash, 7);
    original.listen();
    original.run_until(19);
    std::string const before = original.story();
    Cluster copy = original.is;
    copy.run();
    CHECK(original.story() == before);
}

TEST_CASE("one decision replaced on the tape changes what follows from it and nothing before")
{
    ModelCluster original(leader_crash, 7);
    original.run_until(20.5);

    // Looks ahead: which step is the first to draw a latency, and which.
    ModelCluster scout = original;
    scout.is.engine().chance().record(true);
    std::size_t steps = 0;
    std::optional<sim::Decision> drawn;
    while (!drawn) {
        REQUIRE(steps++ < 10'000);
        scout.is.step();
        if (steps < 200)
            continue;  // Some way into the future.
        for (sim::Decision const& decision : scout.is.engine().chance().recorded())
            if (decision.site == sim::Site("network.latency") && !drawn)
                drawn = decision;
        if (!drawn)
            continue;
        // The first use may be earlier than step 200: count up to it.
    }
    std::size_t use = 0;
    for (ModelCluster replay = original;
         replay.is.engine().chance().asked(drawn->site, drawn->actor) <= drawn->ordinal; ++use)
        replay.is.step();
    REQUIRE(use > 0);

    ModelCluster as_it_was = original;
    ModelCluster changed = original;
    drawn->value += 3'000'000;  // 3 ms longer on the way.
    changed.is.engine().chance().override(*drawn);
    // Up to the event that asks, and that event too: the very same events.
    for (std::size_t i = 0; i < use; ++i) {
        REQUIRE(as_it_was.is.step());
        REQUIRE(changed.is.step());
        REQUIRE(as_it_was.is.engine().last().event == changed.is.engine().last().event);
        if (i + 1 < use)
            REQUIRE(as_it_was.is.digest() == changed.is.digest());
    }
    CHECK(changed.is.engine().chance().unmet().empty());
    // From there they part, and both stay true.
    RunResult const one = as_it_was.finish();
    RunResult const other = changed.finish();
    CHECK(one.digest == digest_of(leader_crash, 7));
    CHECK(other.digest != one.digest);
    CHECK(other.verdict == RunResult::Verdict::held);
    CHECK(other.elections == one.elections);

    // The same tape on a run from the start is the same run.
    ModelCluster from_start(leader_crash, 7);
    from_start.is.engine().chance().override(*drawn);
    CHECK(from_start.finish().digest == other.digest);
}

TEST_CASE("no message leaks, whatever breaks")
{
    ModelCluster cluster(
        with(leader_crash,
             R"(/timeline=[{ "at": "10s", "do": "crash", "target": "broker:2", "for": "3s" },
            { "at": "12s", "do": "pause", "target": "broker:3", "for": "14s" },
            { "at": "20s", "do": "isolate", "target": "leader:orders-0", "for": "12s" },
            { "at": "25s", "do": "power-loss", "target": "broker:2", "for": "4s" },
            { "at": "40s", "do": "disk", "target": "broker:1", "for": "5s",
                "with": { "stall": true } }])"));
    for (int second = 1; second < 90; ++second) {
        cluster.run_until(second);
        REQUIRE_NOTHROW(cluster.is.engine().check_messages());
    }
    cluster.finish();
    CHECK(cluster.is.engine().messages_under_way() < 100);
}

TEST_CASE("a process that is started again has its log back")
{
    ModelCluster cluster;
    cluster.run_until(20);
    for (std::int32_t id = 1; id <= 3; ++id) {
        CAPTURE(id);
        std::vector<BatchRef> before;
        Log const& log = cluster.replica(id)->log();
        for (std::size_t i = 0; i < log.batch_count(); ++i)
            before.push_back(log.batch(i));
        REQUIRE_FALSE(before.empty());
        cluster.is.crash(cluster.broker(id));
        // The clients must not add to it meanwhile: only start it, and look.
        cluster.is.engine().start(cluster.broker(id));
        REQUIRE(cluster.run_until(60, [&] { return cluster.replica(id) != nullptr; }));
        Log const& after = cluster.replica(id)->log();
        REQUIRE(after.batch_count() >= before.size());
        for (std::size_t i = 0; i < before.size(); ++i)
            REQUIRE(after.batch(i)->first_number == before[i]->first_number);
        CHECK(after.end() >= before.back()->end_offset());
        cluster.run_until(20 + 10 * id);
    }
    // The controller's own log too.
    Offset const metadata = cluster.is.image().end_offset();
    cluster.is.crash(cluster.controller());
    cluster.is.engine().start(cluster.controller());
    REQUIRE(cluster.run_until(59, [&] { return cluster.is.image().end_offset() >= metadata; }));
}

TEST_CASE("a run that uses up its events is inconclusive and says where it stood")
{
    RunResult const result = ModelCluster({"/run/maxEvents=3000"}).finish();
    CHECK(result.verdict == RunResult::Verdict::inconclusive);
    CHECK(result.events == 3000);
    CHECK(result.inconclusive_because.find("budget of 3000 events") != std::string::npos);
    CHECK(result.inconclusive_because.find("waiting for") != std::string::npos);
    // What must be so in the end is not asked of a run that had no end.
    RunResult const unasked =
        ModelCluster(
            {"/run/maxEvents=3000", R"(/expect/final=["all-partitions-online", "isr-full"])"})
            .finish();
    CHECK(unasked.verdict == RunResult::Verdict::inconclusive);
}

TEST_CASE("a run that is stopped early says why")
{
    ModelCluster cluster;
    cluster.run_until(10);
    RunResult const result = cluster.is.stop("told to stop");
    CHECK(result.verdict == RunResult::Verdict::inconclusive);
    CHECK(result.inconclusive_because == "told to stop");
    CHECK(cluster.is.over());
    CHECK_FALSE(cluster.is.step());
}

}  // namespace odradek::kafka::test
