// Idle fetches are parked instead of exchanged (model/README.md). What can be seen of a cluster
// must be as if they were: who leads, who is in sync, and when, whatever happens to it.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/model_cluster.h"

namespace odradek::kafka::test {

namespace {

// The topic's only partition, whenever its registration changed.
struct Change {
    sim::Instant time;
    std::string what;
};

struct Course {
    std::vector<Change> changes;
    RunResult result;
    std::uint64_t idle_events{0};  // Handled between 40 s and 60 s, when nothing happens.
};

Course course(std::string const& timeline, bool parking, std::uint64_t seed,
              std::vector<std::string> set = {})
{
    set.insert(set.end(), {"/run/duration=190s", "/run/settle=60s", "/workloads/payments/start=64s",
                           "/workloads/payments/rate=20/s", "/workloads/audit/start=64s",
                           "/timeline=[" + timeline + "]"});
    ModelCluster cluster(set, seed);
    cluster.is.allow_parking(parking);
    Course course;
    std::uint64_t events_before = 0;
    PartitionEpoch known{-1};
    while (cluster.is.step()) {
        if (cluster.is.now() < sim::Instant{} + sim::Duration{40'000'000'000})
            events_before = cluster.is.engine().events_handled();
        if (cluster.is.now() < sim::Instant{} + sim::Duration{60'000'000'000})
            course.idle_events = cluster.is.engine().events_handled() - events_before;
        PartitionRegistration const* const now =
            cluster.is.image().partition({cluster.is.names().topic_id("orders"), 0});
        if (now == nullptr || now->partition_epoch == known)
            continue;
        known = now->partition_epoch;
        course.changes.push_back(
            {cluster.is.now(), fmt::format("leader {} in epoch {}, in sync {}", now->leader.value,
                                           now->leader_epoch.value, sim::print(now->isr))});
    }
    course.result = cluster.finish();
    return course;
}

void compare(Course const& parked, Course const& exchanged)
{
    CHECK(parked.result.verdict == exchanged.result.verdict);
    CHECK(parked.result.verdict == RunResult::Verdict::held);
    REQUIRE(parked.changes.size() == exchanged.changes.size());
    for (std::size_t i = 0; i < parked.changes.size(); ++i) {
        CAPTURE(parked.changes[i].what);
        CHECK(parked.changes[i].what == exchanged.changes[i].what);
        CHECK(parked.changes[i].time == exchanged.changes[i].time);
    }
}

}  // namespace

TEST_CASE("with idle fetches parked a cluster comes to the same leaders and ISRs at the same times")
{
    struct Row {
        char const* what;
        char const* step;  // At 60.2 s. Nothing is produced before 64 s.
    };
    for (Row const& row : {
             Row{"nothing happens", ""},
             Row{"a follower is cut off", R"("do": "isolate", "target": "broker:3", "for": "70s")"},
             Row{"a follower is cut off and its broker is not fenced",
                 R"("do": "partition", "between": ["broker:3", "broker:1"], "for": "70s")"},
             Row{"the leader is not heard by a follower",
                 R"("do": "partition", "between": ["broker:1", "broker:3"], "symmetric": false, )"
                 R"("for": "70s")"},
             Row{"a follower is not heard by the leader",
                 R"("do": "partition", "between": ["broker:3", "broker:1"], "symmetric": false, )"
                 R"("for": "70s")"},
             Row{"a follower stands still", R"("do": "pause", "target": "broker:2", "for": "50s")"},
             Row{"a follower stands still for less than its session",
                 R"("do": "pause", "target": "broker:2", "for": "6s")"},
             Row{"the leader stands still", R"("do": "pause", "target": "broker:1", "for": "25s")"},
             Row{"a follower crashes", R"("do": "crash", "target": "broker:2", "for": "30s")"},
             Row{"the leader crashes", R"("do": "crash", "target": "broker:1", "for": "30s")"},
             Row{"a follower's host loses power",
                 R"("do": "power-loss", "target": "broker:2", "for": "30s")"},
             Row{"the leader's host loses power",
                 R"("do": "power-loss", "target": "broker:1", "for": "30s")"},
             Row{"a follower stops in order",
                 R"("do": "shutdown", "target": "broker:2", "for": "30s")"},
             Row{"a follower is behind a slow link",
                 R"("do": "link", "target": "broker:3", "with": { "latency": "700ms" }, )"
                 R"("for": "60s")"},
             Row{"the leader's wall clock jumps",
                 R"("do": "clock", "target": "broker:1", "with": { "skew": "40s" }, )"
                 R"("for": "20s")"},
             Row{"connections are lost now and then",
                 R"("do": "link", "target": "broker:3", "with": { "reset": 0.2 }, "for": "30s")"},
         }) {
        CAPTURE(row.what);
        std::string const step(row.step);
        std::string const timeline = step.empty() ? step : R"({ "at": "60.2s", )" + step + " }";
        Course const parked = course(timeline, true, 3);
        Course const exchanged = course(timeline, false, 3);
        CHECK(parked.idle_events * 4 < exchanged.idle_events * 3);  // Fetches were parked.
        compare(parked, exchanged);
    }
}

// Here messages are under way for a sixth of a round.
TEST_CASE("what is under way when fetches are unparked arrives, or is lost, as if it had been sent")
{
    std::vector<std::string> const slow{
        R"(/network/default/latency={"dist":"uniform","min":"20ms","max":"80ms"})"};
    for (int ms = 0; ms < 630; ms += 18) {
        std::string const timeline =
            fmt::format(R"({{ "at": "{}ms", "do": {} }})", 60'000 + ms,
                        ms % 4 == 0 ? R"("pause", "target": "broker:2", "for": "20s")"
                                    : R"("isolate", "target": "broker:3", "for": "70s")");
        CAPTURE(timeline);
        compare(course(timeline, true, 3, slow), course(timeline, false, 3, slow));
    }
}

TEST_CASE("a partition that comes to a fetcher with a parked fetch is followed at once, also where "
          "it has "
          "to ask first where the logs part")
{
    for (char const* design : {"kip-101", "kip-279", "kip-320-truncating", "kip-320"}) {
        CAPTURE(std::string(design));
        // broker:1 hears late that broker:2 leads, when its fetch of the idle topic is parked
        // again.
        ModelCluster cluster({std::string("/protocol/truncation=") + design,
                              R"(/topics/idle={"assignment":{"0":[2,1,3]}})",
                              "/workloads/payments/start=30s",
                              R"(/timeline=[
                  { "at": "15s", "do": "reassign", "with": { "version": 1, "partitions": [
                      { "topic": "orders", "partition": 0, "replicas": [2, 1, 3] }] } },
                  { "at": "19s", "do": "link", "between": ["controllers", "broker:1"],
                    "symmetric": false, "with": { "latency": "1500ms" } },
                  { "at": "20s", "do": "elect-leaders", "with": { "type": "preferred" } }])"});
        REQUIRE(cluster.run_until(21, [&] { return cluster.leader() == 2; }));
        CHECK(cluster.run_until(
            35, [&] { return cluster.producer().statistics().records_acknowledged > 100; }));
        CHECK(cluster.isr() == std::vector<std::int32_t>{1, 2, 3});
    }
}

TEST_CASE("what is parked costs no event, and the next record is fetched at once")
{
    ModelCluster cluster({"/workloads/payments/start=50s", "/workloads/payments/records=5",
                          "/workloads/payments/rate=1/s", "/run/duration=70s",
                          "/workloads/audit/start=59s"});
    cluster.run_until(40);
    std::size_t const parked = cluster.is.engine().network().parked_count();
    CHECK(parked == 2);  // Both followers of the only partition.
    cluster.run_until(49);
    CHECK(cluster.is.engine().network().parked_count() == parked);
    REQUIRE(cluster.run_until(
        58, [&] { return cluster.producer().statistics().records_acknowledged == 5; }));
    CHECK(cluster.producer().statistics().latency.percentile_us({50, 100}) < 20'000);
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

}  // namespace odradek::kafka::test
