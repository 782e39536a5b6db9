// Each verb of a timeline: what the step promises really happens, and is undone when its time is
// over.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/model_cluster.h"

namespace odradek::kafka::test {

namespace {

// A cluster with this timeline, and more set.
std::vector<std::string> steps(std::string const& timeline, std::vector<std::string> more = {})
{
    more.push_back("/timeline=[" + timeline + "]");
    return more;
}

std::uint64_t acknowledged(ModelCluster const& cluster)
{
    return cluster.producer().statistics().records_acknowledged;
}

using Isr = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("crash: the process is gone for its time, then it is back")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "crash", "target": "broker:2", "for": "5s" })"));
    cluster.run_until(19.9);
    CHECK(cluster.running(2));
    cluster.run_until(20);
    CHECK_FALSE(cluster.running(2));
    cluster.run_until(24.9);
    CHECK_FALSE(cluster.running(2));
    cluster.run_until(25);
    CHECK(cluster.running(2));
    CHECK(cluster.finish().process_crashes == 1);
}

TEST_CASE("two crashes at a time: it is up when the longer one is over")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "crash", "target": "broker:2", "for": "10s" },
                                  { "at": "22s", "do": "crash", "target": "broker:2",
                                      "for": "3s" })"));
    cluster.run_until(29.9);
    CHECK_FALSE(cluster.running(2));
    cluster.run_until(30);
    CHECK(cluster.running(2));
}

TEST_CASE("crash without an end: down until a restart, or until all is healed")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "crash", "target": "broker:2" },
                                  { "at": "22s", "do": "crash", "target": "broker:3" },
                                  { "at": "40s", "do": "restart", "target": "broker:2" })"));
    cluster.run_until(40);
    CHECK(cluster.running(2));
    cluster.run_until(59.9);
    CHECK_FALSE(cluster.running(3));
    cluster.run_until(60);
    CHECK(cluster.running(3));
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE("shutdown for a time shorter than a broker needs to stop: it comes back all the same")
{
    // A controlled shutdown that cannot reach the controller takes its time.
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "isolate", "target": "broker:2", "for": "6s" },
                 { "at": "20500ms", "do": "shutdown", "target": "broker:2", "for": "1s" })"));
    cluster.run_until(59);
    CHECK(cluster.running(2));
    CHECK_FALSE(cluster.fenced(2));
}

TEST_CASE("pause: it stands still, is fenced after its session, and takes up its work again")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "pause", "target": "broker:2", "for": "20s" })"));
    cluster.run_until(25);
    CHECK(cluster.is.engine().state(cluster.broker(2)) == sim::ProcessState::paused);
    cluster.run_until(39);
    CHECK(cluster.fenced(2));
    CHECK(cluster.isr() == Isr{1, 3});
    cluster.run_until(40);
    CHECK(cluster.is.engine().state(cluster.broker(2)) == sim::ProcessState::running);
    REQUIRE(cluster.run_until(59, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    CHECK_FALSE(cluster.fenced(2));
}

TEST_CASE("resume ends a pause that has no end")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "pause", "target": "broker:2" },
                                  { "at": "22s", "do": "resume", "target": "broker:2" })"));
    cluster.run_until(21);
    CHECK(cluster.is.engine().state(cluster.broker(2)) == sim::ProcessState::paused);
    cluster.run_until(22);
    CHECK(cluster.is.engine().state(cluster.broker(2)) == sim::ProcessState::running);
}

TEST_CASE("power-loss: by its model the log keeps all, only what was flushed, or a part")
{
    for (std::string const model :
         {"keep-all", "lose-unsynced", "lose-random-unsynced", "torn-tail"}) {
        CAPTURE(model);
        ModelCluster cluster(
            steps(R"({ "at": "20s", "do": "power-loss", "target": "broker:2", "for": "5s",
                       "with": { "powerLoss": ")" +
                  model + R"(" } })"));
        cluster.run_until(19.999);
        Offset const had = cluster.replica(2)->log().end();
        REQUIRE(had.value > 1000);
        cluster.run_until(20);
        CHECK_FALSE(cluster.running(2));
        CHECK_FALSE(cluster.is.engine().has_power(cluster.is.engine().host_of(cluster.broker(2))));
        REQUIRE(cluster.run_until(30, [&] { return cluster.running(2); }));
        CHECK(cluster.is.now() == sim::Instant{} + sim::Duration{25'000'000'000});
        // What it reads back from its disk, before it fetches.
        REQUIRE(cluster.run_until(30, [&] { return cluster.replica(2) != nullptr; }));
        Offset const kept = cluster.replica(2)->log().end();
        if (model == "keep-all")
            CHECK(kept >= had - 5);
        else if (model == "lose-unsynced")
            CHECK(kept < had);  // Kafka flushes nothing by itself.
        else
            CHECK(kept <= had + 5);
        RunResult const result = cluster.finish();
        CHECK(result.power_losses == 1);
        CHECK(result.verdict == RunResult::Verdict::held);  // Two others had it all.
    }
}

TEST_CASE("partition: the sides do not hear each other, everybody else hears both")
{
    ModelCluster cluster(steps(
        R"({ "at": "20s", "do": "partition", "between": ["broker:1", "broker:2"], "for": "35s" })",
        {"/cluster/config={ \"replica.lag.time.max.ms\": 10000 }"}));
    cluster.run_until(20);
    // Broker 2 cannot fetch from the leader, and is not fenced: the controller hears it.
    REQUIRE(cluster.run_until(54, [&] { return cluster.isr() == Isr{1, 3}; }));
    cluster.run_until(54);
    CHECK_FALSE(cluster.fenced(2));
    CHECK(cluster.leader() == 1);
    REQUIRE(cluster.run_until(75, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
}

TEST_CASE("isolate: nobody hears it, and its session ends")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "isolate", "target": "leader:orders-0", "for": "20s" })"));
    cluster.run_until(20);
    REQUIRE(cluster.run_until(39, [&] { return cluster.fenced(1); }));
    CHECK(cluster.running(1));
    REQUIRE(cluster.run_until(39, [&] { return cluster.leader() != 1; }));
    REQUIRE(cluster.run_until(59, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE("hold: what is sent arrives, in order, when the hold ends; heal ends it early")
{
    ModelCluster cluster(steps(R"({ "id": "late", "at": "20s", "do": "hold", "symmetric": false,
                   "between": ["controllers", "broker:1"], "for": "6s" },
                 { "at": "21s", "do": "elect-leaders" },
                 { "at": "40s", "id": "long", "do": "hold", "target": "broker:2", "for": "15s" },
                 { "at": "43s", "do": "heal", "with": { "step": "long" } })"));
    cluster.run_until(25);
    CHECK(cluster.running(1));
    CHECK_FALSE(cluster.fenced(1));  // Its own words pass: one direction is held.
    REQUIRE(cluster.run_until(59, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    CHECK_FALSE(cluster.fenced(2));  // Three seconds of silence are within its session.
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE("heal ends cuts before their time: all of them, those of a target, those of a step")
{
    std::string const cuts = R"({ "id": "one", "at": "20s", "do": "isolate", "target": "broker:2" },
             { "id": "two", "at": "20s", "do": "isolate", "target": "broker:3" },
             { "at": "40s", "do": "heal")";
    auto const after = [&](std::string const& rest) {
        ModelCluster cluster(steps(cuts + rest + " }"));
        cluster.run_until(39);
        CHECK(cluster.fenced(2));
        CHECK(cluster.fenced(3));
        cluster.run_until(59);
        return std::string(cluster.fenced(2) ? "cut " : "healed ") +
               (cluster.fenced(3) ? "cut" : "healed");
    };
    CHECK(after("") == "healed healed");
    CHECK(after(R"(, "with": { "step": "one" })") == "healed cut");
    CHECK(after(R"(, "with": { "step": "two" })") == "cut healed");
    // Between 2 and 3 the cut of the other goes with it; to all others it stays.
    CHECK(after(R"(, "target": "broker:2")") == "healed cut");
}

TEST_CASE("link: slower while it lasts, and as before when it is over")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "link", "target": "client:payments[0]",
                                    "for": "10s", "with": { "latency": "300ms" } })"));
    auto const worst = [&](double from, double to) {
        cluster.run_until(from);
        auto const& before = cluster.producer().statistics();
        std::uint64_t const sum = before.latency.sum_us();
        std::uint64_t const count = before.latency.count();
        cluster.run_until(to);
        auto const& now = cluster.producer().statistics();
        REQUIRE(now.latency.count() > count);
        return (now.latency.sum_us() - sum) / (now.latency.count() - count);
    };
    CHECK(worst(10, 20) < 50'000);
    CHECK(worst(22, 30) > 300'000);
    CHECK(worst(32, 42) < 50'000);
}

TEST_CASE("disk stall: nothing is acknowledged by acks=all while the ISR waits for it, then all is")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "disk", "target": "leader:orders-0",
                                    "for": "4s", "with": { "stall": true } })"));
    cluster.run_until(20.2);
    std::uint64_t const before = acknowledged(cluster);
    cluster.run_until(23.9);
    CHECK(acknowledged(cluster) <= before + 2);
    cluster.run_until(30);
    CHECK(acknowledged(cluster) > before + 800);
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(result.clients[1].records_failed + result.clients[1].records_unknown == 0);
}

TEST_CASE("disk-full: a broker that cannot write stops, as Kafka does, and comes back with space")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "disk-full", "target": "broker:2", "for": "15s" })"));
    cluster.run_until(20);
    REQUIRE(cluster.run_until(34, [&] { return cluster.isr() == Isr{1, 3}; }));
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(cluster.isr() == Isr{1, 2, 3});
}

TEST_CASE("disk-fail: the broker's only log directory is gone, so the broker is")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "disk-fail", "target": "leader:orders-0", "for": "15s" })"));
    cluster.run_until(20);
    REQUIRE(cluster.run_until(34, [&] { return cluster.leader() != 1; }));
    CHECK_FALSE(cluster.running(1));
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(cluster.isr() == Isr{1, 2, 3});
}

TEST_CASE("disk-wipe: the broker comes back with nothing, and is given everything by the others")
{
    ModelCluster cluster(
        steps(R"({ "at": "20s", "do": "disk-wipe", "target": "broker:2", "for": "5s" })"));
    cluster.run_until(21);
    CHECK_FALSE(cluster.running(2));
    sim::Disk const& disk =
        cluster.is.engine().disk(cluster.is.engine().host_of(cluster.broker(2)));
    CHECK(disk.used_bytes() == 0);
    REQUIRE(cluster.run_until(40, [&] { return cluster.isr() == Isr{1, 3}; }));
    REQUIRE(cluster.run_until(59, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    CHECK(disk.used_bytes() > 0);
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE(
    "clock: a step shows in the broker's wall clock and goes away with it; nothing else minds")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "clock", "target": "broker:2", "for": "10s",
                                    "with": { "skew": "-90s" } })"));
    auto const skew = [&] {
        sim::HostId const host = cluster.is.engine().host_of(cluster.broker(2));
        sim::HostId const other = cluster.is.engine().host_of(cluster.broker(3));
        Engine& engine = cluster.is.engine();
        return (engine.clock(host).wall(engine.now()) - engine.clock(other).wall(engine.now())).ns;
    };
    cluster.run_until(19);
    CHECK(skew() == 0);
    cluster.run_until(25);
    CHECK(skew() == -90'000'000'000);
    cluster.run_until(31);
    CHECK(skew() == 0);
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE("clock freeze: a broker whose clock stands still sends no heartbeat")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "clock", "target": "broker:2", "for": "15s",
                                    "with": { "freeze": true } })"));
    cluster.run_until(20);
    REQUIRE(cluster.run_until(34, [&] { return cluster.fenced(2); }));
    REQUIRE(cluster.run_until(59, [&] {
        return !cluster.fenced(2) && cluster.isr() == Isr{1, 2, 3};
    }));
}

TEST_CASE("set-workload: another rate for its time, then the one before")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "set-workload", "for": "10s",
                                    "with": { "workload": "payments", "rate": "500/s" } })"));
    auto const sent = [&](double from, double to) {
        cluster.run_until(from);
        std::uint64_t const before = cluster.producer().next_number();
        cluster.run_until(to);
        return cluster.producer().next_number() - before;
    };
    CHECK(sent(15, 19) == doctest::Approx(400).epsilon(0.1));
    CHECK(sent(21, 29) == doctest::Approx(4000).epsilon(0.1));
    CHECK(sent(32, 40) == doctest::Approx(800).epsilon(0.1));
}

TEST_CASE("set-workload reaches a client that has yet to start, or is dead just then")
{
    SUBCASE("yet to start")
    {
        ModelCluster cluster(steps(R"({ "at": "3s", "do": "set-workload",
                                        "with": { "workload": "payments", "rate": "500/s" } })"));
        cluster.run_until(15);
        CHECK(cluster.producer().next_number() > 4000);
    }
    SUBCASE("dead just then")
    {
        ModelCluster cluster(steps(
            R"({ "at": "14s", "do": "kill-client", "target": "client:payments[0]", "for": "2s" },
                     { "at": "15s", "do": "set-workload",
                       "with": { "workload": "payments", "rate": "1000/s" } })"));
        cluster.run_until(16);
        std::uint64_t const before = cluster.producer().next_number();
        cluster.run_until(30);
        CHECK(cluster.producer().next_number() - before > 10'000);
    }
}

TEST_CASE("kill-client: it comes back by itself after a second, unless it is to stay dead")
{
    std::string const kill =
        R"({ "at": "20s", "do": "kill-client", "target": "client:payments[0]" })";
    ModelCluster cluster(steps(kill));
    cluster.run_until(20.5);
    CHECK_FALSE(cluster.is.engine().running(cluster.client("payments[0]")));
    std::uint64_t const before = acknowledged(cluster);
    cluster.run_until(21);
    CHECK(cluster.is.engine().running(cluster.client("payments[0]")));
    cluster.run_until(30);
    CHECK(acknowledged(cluster) > before + 500);
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);

    ModelCluster dead(steps(kill, {"/workloads/payments/onCrash=stay-dead"}));
    dead.run_until(59);
    CHECK_FALSE(dead.is.engine().running(dead.client("payments[0]")));
}

TEST_CASE("create-topic: the topic is there and is written to; also when the cluster is not up yet")
{
    for (std::string const at : {"20s", "1ms"}) {
        CAPTURE(at);
        ModelCluster cluster(steps(R"({ "at": ")" + at + R"(", "do": "create-topic",
                      "with": { "topic": "late", "partitions": 3, "replicationFactor": 2 } })"));
        cluster.run_until(25);
        REQUIRE(cluster.is.image().topic(std::string_view("late")));
        CHECK(cluster.is.image().topic(std::string_view("late"))->partition_count() == 3);
        CHECK(cluster.isr("late-2").size() == 2);
        CHECK(cluster.finish().verdict == RunResult::Verdict::held);
    }
}

TEST_CASE("elect-leaders: the preferred replica leads again")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "crash", "target": "broker:1", "for": "5s" },
                 { "at": "45s", "do": "elect-leaders", "with": { "type": "preferred",
                     "topic": "orders" } })"));
    cluster.run_until(44.9);
    REQUIRE(cluster.isr() == Isr{1, 2, 3});
    REQUIRE(cluster.leader() != 1);
    REQUIRE(cluster.run_until(47, [&] { return cluster.leader() == 1; }));
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE("snapshot and note tell the story what is the case, and change nothing")
{
    ModelCluster cluster(steps(R"({ "at": "20s", "do": "snapshot" },
                                  { "at": "21s", "do": "note",
                                      "with": { "text": "so far so good" } })"));
    cluster.listen();
    RunResult const result = cluster.finish();
    CHECK(cluster.story().find("orders-0: leader 1 epoch 0 isr [1, 2, 3]") != std::string::npos);
    CHECK(cluster.story().find("so far so good") != std::string::npos);
    CHECK(result.messages == ModelCluster().finish().messages);
}

TEST_CASE("every and when: as often as they say, and a condition fires when it comes true")
{
    ModelCluster cluster(
        steps(R"({ "every": "5s", "from": "20s", "count": 3, "do": "crash", "target": "broker:3",
                   "for": "1s" },
                 { "id": "follow", "when": { "event": "ProcessCrashed",
                     "where": { "broker": "3" }, "count": 2 },
                   "do": "kill-client", "target": "client:payments[0]", "for": "2s" },
                 { "after": "follow", "delay": "1s", "do": "pause", "target": "broker:2",
                     "for": "1s" })"));
    cluster.run_until(24.9);
    CHECK(cluster.is.engine().running(cluster.client("payments[0]")));
    cluster.run_until(25.1);
    CHECK_FALSE(cluster.is.engine().running(cluster.client("payments[0]")));
    cluster.run_until(27.5);
    CHECK(cluster.is.engine().state(cluster.broker(2)) == sim::ProcessState::running);
    cluster.run_until(28.5);
    CHECK(cluster.is.engine().state(cluster.broker(2)) == sim::ProcessState::paused);
    CHECK(cluster.finish().process_crashes == 4);
}

}  // namespace odradek::kafka::test
