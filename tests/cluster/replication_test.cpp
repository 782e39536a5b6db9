// Replication as a whole cluster does it: elections, the ISR, acknowledgements, losses, placement.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/model_cluster.h"

namespace odradek::kafka::test {

namespace {

using Isr = std::vector<std::int32_t>;

bool contains(std::vector<std::int32_t> const& list, std::int32_t id)
{
    return std::find(list.begin(), list.end(), id) != list.end();
}

}  // namespace

TEST_CASE("when a leader crashes another of the ISR leads, and nothing acknowledged is lost")
{
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        CAPTURE(seed);
        ModelCluster cluster({}, seed);
        cluster.run_until(20);
        REQUIRE(cluster.leader() == 1);
        REQUIRE(cluster.isr() == Isr{1, 2, 3});
        std::int32_t const epoch = cluster.epoch();
        cluster.is.crash(cluster.broker(1));
        REQUIRE(cluster.run_until(40, [&] { return cluster.leader() != 1; }));
        CHECK(contains({2, 3}, cluster.leader()));
        CHECK(cluster.epoch() == epoch + 1);
        REQUIRE(cluster.run_until(40, [&] { return cluster.isr() == Isr{2, 3}; }));
        // The writers go on with the new leader.
        std::uint64_t const before = cluster.producer().statistics().records_acknowledged;
        cluster.run_until(45);
        CHECK(cluster.producer().statistics().records_acknowledged > before + 400);
        RunResult const result = cluster.finish();  // All is healed on the way.
        CHECK(result.verdict == RunResult::Verdict::held);
        CHECK(cluster.isr() == Isr{1, 2, 3});
        CHECK(result.clients[0].records_consumed >= result.clients[1].records_acknowledged);
    }
}

TEST_CASE("the ISR shrinks behind a follower that is too slow, and grows when it has caught up")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "pause", "target": "broker:3", "for": "35s" }])",
         "/cluster/config={ \"broker.session.timeout.ms\": 60000, \"replica.lag.time.max.ms\": "
         "10000 }"});
    cluster.run_until(20);
    // It is not fenced, so it is its lag that puts it out.
    REQUIRE(cluster.run_until(54, [&] { return cluster.isr() == Isr{1, 2}; }));
    CHECK_FALSE(cluster.fenced(3));
    CHECK(cluster.is.now() >= sim::Instant{} + sim::Duration{29'000'000'000});
    CHECK(cluster.is.now() <= sim::Instant{} + sim::Duration{46'000'000'000});
    REQUIRE(cluster.run_until(75, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    CHECK(cluster.replica(3)->log().end() >= cluster.replica(1)->log().high_watermark());
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(result.isr_shrinks >= 1);
    CHECK(result.isr_expansions >= 1);
}

TEST_CASE(
    "below min.insync.replicas acks=all is refused, and acknowledged again when the ISR has grown")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "crash", "target": "broker:[2-3]", "for": "38s" }])",
         R"(/expect/sometimes=[{ "name": "refused", "when":
            { "event": "ProduceError", "where": { "error": "NOT_ENOUGH_REPLICAS" } } }])"});
    cluster.run_until(20);
    REQUIRE(cluster.run_until(44, [&] { return cluster.isr() == Isr{1}; }));
    cluster.run_until(cluster.is.now() > sim::Instant{} + sim::Duration{35'000'000'000} ? 42 : 36);
    std::uint64_t const before = cluster.producer().statistics().records_acknowledged;
    cluster.run_until(44);
    CHECK(cluster.producer().statistics().records_acknowledged == before);
    CHECK(cluster.leader() == 1);  // It leads, and readers may read.
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(find_expectation(result, "refused")->held);
    CHECK(result.clients[1].records_acknowledged > before);
}

TEST_CASE("acks=1 loses what only the leader had, and the judge tells its life")
{
    // The followers cannot fetch for a moment; then the leader loses power and another is elected.
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "partition", "between": ["broker:1",
            "broker:[2-3]"], "for": "12s" },
                       { "at": "22s", "do": "crash", "target": "broker:1", "for": "20s" }])",
         "/workloads/payments/config={ \"acks\": 1, \"enable.idempotence\": false }",
         "/cluster/config={ \"broker.session.timeout.ms\": 6000 }"});
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::violated);
    check::Violation const* lost = find_violation(result, "lost-write");
    REQUIRE(lost != nullptr);
    CHECK(lost->count > 50);
    CHECK(lost->because.size() >= 3);
    // No law of replication was broken: this is what acks=1 is worth.
    CHECK(find_violation(result, "leader-has-committed") == nullptr);
    CHECK(find_violation(result, "committed-prefix-agree") == nullptr);
    CHECK(find_violation(result, "replicas-identical-after-settle") == nullptr);
}

TEST_CASE("without unclean election a partition waits for its ISR; with it, it leads on and loses")
{
    std::string const timeline =
        R"(/timeline=[{ "at": "20s", "do": "crash", "target": "broker:[2-3]", "for": "25s" },
                        { "at": "35s", "do": "crash", "target": "broker:1", "for": "22s" }])";
    std::vector<std::string> const set{timeline, "/workloads/audit/start=58s",
                                       "/topics/orders/config={ \"min.insync.replicas\": 1, "
                                       "\"unclean.leader.election.enable\": false }"};
    ModelCluster clean(set);
    clean.run_until(34.9);
    REQUIRE(clean.isr() == Isr{1});
    clean.run_until(56);
    CHECK(clean.leader() == -1);
    CHECK(clean.isr() == Isr{1});
    RunResult const held = clean.finish();
    CHECK(held.verdict == RunResult::Verdict::held);
    CHECK(held.unclean_elections == 0);

    std::vector<std::string> with = set;
    with[2] = "/topics/orders/config={ \"min.insync.replicas\": 1, "
              "\"unclean.leader.election.enable\": true }";
    ModelCluster unclean(with);
    REQUIRE(unclean.run_until(58, [&] { return unclean.leader() > 1; }));
    RunResult const lost = unclean.finish();
    CHECK(lost.unclean_elections == 1);
    CHECK(lost.verdict == RunResult::Verdict::violated);
    bool const said =
        find_violation(lost, "lost-write") != nullptr || find_violation(lost, "unseen") != nullptr;
    CHECK(said);
    CHECK(find_violation(lost, "leader-has-committed") == nullptr);  // It was chosen.
}

TEST_CASE("a power loss of all replicas at once loses what nobody had flushed")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "power-loss", "target": "broker:*", "for": "3s",
                         "with": { "powerLoss": "lose-unsynced" } }])",
         "/workloads/audit/start=50s"});  // What somebody has read is not lost.
    RunResult const result = cluster.finish();
    CHECK(result.power_losses == 3);
    check::Violation const* lost = find_violation(result, "lost-write");
    REQUIRE(lost != nullptr);
    bool by_disk = false;
    for (std::string const& fact : lost->because)
        by_disk = by_disk || fact.find("comes back from its disk without") != std::string::npos;
    CHECK(by_disk);
}

TEST_CASE("replicas are spread over the racks, and leaders over the brokers")
{
    ModelCluster cluster({R"(/cluster/brokers={ "count": 6, "racks": ["a", "b", "c"] })",
                          R"(/topics/orders={ "partitions": 12, "replicationFactor": 3 })"});
    cluster.run_until(20);
    std::map<std::int32_t, int> leaders;
    for (int i = 0; i < 12; ++i) {
        std::string const name = "orders-" + std::to_string(i);
        CAPTURE(name);
        std::set<std::string> racks;
        for (std::int32_t const id : cluster.replicas(name))
            racks.insert(cluster.is.scenario().cluster.rack_of_broker(id));
        CHECK(racks.size() == 3);
        ++leaders[cluster.leader(name)];
    }
    for (std::int32_t id = 1; id <= 6; ++id)
        CHECK(leaders[id] == 2);
}

TEST_CASE("a controlled shutdown hands over leadership first and loses nobody a record or a second")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "shutdown", "target": "broker:1", "for": "15s" }])"});
    cluster.listen();
    cluster.run_until(19.999);
    // It leads until another one does, and stops only then.
    REQUIRE(cluster.run_until(30, [&] { return cluster.leader() != 1; }));
    CHECK(cluster.leader() != -1);
    CHECK(cluster.running(1));
    REQUIRE(cluster.run_until(30, [&] { return !cluster.running(1); }));
    CHECK(cluster.is.now() < sim::Instant{} + sim::Duration{26'000'000'000});
    CHECK(cluster.isr() == Isr{2, 3});
    CHECK(cluster.story().find("all logs are flushed and closed") != std::string::npos);
    cluster.run_until(34.9);
    CHECK_FALSE(cluster.running(1));
    REQUIRE(cluster.run_until(59, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(result.truncations == 0);
    CHECK(result.clients[1].latency_max_us < 3'000'000);
}

TEST_CASE("brokers live on without the controller, and its memory survives")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "crash", "target": "controller:0", "for": "20s" }])"});
    cluster.run_until(19.9);
    Offset const metadata = cluster.is.image().end_offset();
    std::vector<BrokerRegistration> const registered = cluster.is.image().brokers();
    cluster.run_until(25);
    std::uint64_t const before = cluster.producer().statistics().records_acknowledged;
    cluster.run_until(39);
    CHECK(cluster.producer().statistics().records_acknowledged >
          before + 1000);  // Nobody needs it.
    REQUIRE(cluster.run_until(45, [&] { return cluster.is.image().end_offset() >= metadata; }));
    cluster.run_until(50);
    CHECK(cluster.leader() == 1);
    CHECK(cluster.isr() == Isr{1, 2, 3});
    REQUIRE(cluster.is.image().brokers().size() == 3);
    for (std::int32_t id = 1; id <= 3; ++id)
        CHECK_FALSE(cluster.fenced(id));
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(result.elections <= 1);
}

TEST_CASE(
    "a leader that was paused longer than its session finds itself deposed and joins as a follower")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "pause", "target": "broker:1", "for": "18s" }])"});
    cluster.run_until(20);
    REQUIRE(cluster.run_until(37, [&] { return cluster.fenced(1); }));
    REQUIRE(cluster.run_until(37, [&] { return cluster.leader() != 1; }));
    CHECK(cluster.replica(1)->is_leader());  // It does not know yet.
    cluster.run_until(38);
    REQUIRE(cluster.run_until(45, [&] { return !cluster.replica(1)->is_leader(); }));
    REQUIRE(cluster.run_until(59, [&] { return cluster.isr() == Isr{1, 2, 3}; }));
    RunResult const result = cluster.finish();
    CHECK(result.verdict == RunResult::Verdict::held);
    CHECK(find_law(result, "leader-has-committed").exercised > 0);
}

TEST_CASE("every law is put to the test by one crash of a leader")
{
    RunResult const result =
        ModelCluster({R"(/timeline=[{ "at": "20s", "do": "crash", "target": "leader:orders-0",
                "for": "15s" }])"})
            .finish();
    // But those of what does not happen then: snapshots of the metadata, a quorum that is cut, a
    // leader that is asked for its end, eligible leader replicas, reassignment, flushes,
    // retention, compaction, disks that refuse records, records deleted on request, transactions,
    // groups of consumers.
    std::vector<std::string> const elsewhere{"snapshot-at-log-start",
                                             "leader-never-loads-snapshot",
                                             "lone-voter-keeps-leading",
                                             "healthy-leader-not-deposed",
                                             "hw-regress",
                                             "elr-holds-committed",
                                             "isr-elr-disjoint",
                                             "elr-keeps-minimum",
                                             "reassignment-keeps-copies",
                                             "flushed-kept",
                                             "retention-not-early",
                                             "retention-below-hw",
                                             "compaction-keeps-latest",
                                             "compaction-below-high-watermark",
                                             "nothing-behind-failed-append",
                                             "log-start-asked",
                                             "deleted-stays-deleted",
                                             "G1a",
                                             "precommitted-read",
                                             "txn-atomic",
                                             "hanging-transaction",
                                             "one-open-transaction",
                                             "coordinator-agrees-with-log",
                                             "zombie-never-commits",
                                             "fenced-is-told",
                                             "epochs-not-wasted",
                                             "coordinator-epoch-regress",
                                             "lso-le-hw",
                                             "group-single-owner",
                                             "group-owns-all",
                                             "committed-offset-monotonic",
                                             "lost-processing",
                                             "double-processing"};
    for (sim::Property const& law : result.properties) {
        CAPTURE(law.name);
        if (std::find(elsewhere.begin(), elsewhere.end(), law.name) == elsewhere.end())
            CHECK_FALSE(law.vacuous());
        CHECK(law.holds());
    }
}

TEST_CASE("a broker tells in which log directories its replicas are, and is answered (KIP-858)")
{
    ModelCluster cluster({"/run/kafka=\"4.0\"", "/cluster/config={ \"log.dirs\": \"d0,d1\" }"});
    cluster.listen();
    cluster.run_until(50);
    std::string const story = cluster.story();
    CHECK(story.find("tell the controller the log directories of") != std::string::npos);
    CHECK(story.find("the controller has not taken the directory assignments") ==
          std::string::npos);
}

}  // namespace odradek::kafka::test
