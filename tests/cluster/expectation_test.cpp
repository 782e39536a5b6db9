// What a scenario expects of a run is measured where it says, and a budget of chaos keeps its word.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/model_cluster.h"

namespace odradek::kafka::test {

namespace {

RunResult run(std::vector<std::string> const& set, std::uint64_t seed = 7)
{
    ModelCluster cluster(set, seed);
    return cluster.finish();
}

ExpectationResult measured(std::string const& bound)
{
    RunResult const result = run({"/expect/metrics=[" + bound + "]"});
    for (ExpectationResult const& each : result.expectations)
        if (each.kind == ExpectationResult::Kind::metric)
            return each;
    return {};
}

// Power losses all the time, of a cluster that flushes nothing by itself.
std::string power_losses(std::string const& budget,
                         std::string const& when = R"("from": "10s", "until": "55s")")
{
    return "/chaos={ " + when + R"x(, "faults": [
                 { "every": "2s", "do": "power-loss", "target": "broker:*(1)", "for": "1s",
                   "with": { "powerLoss": "lose-unsynced" } } ],
               "budget": { )x" +
           budget + " } }";
}

}  // namespace

TEST_CASE("a metric bound with a window counts what happened in it")
{
    ExpectationResult const result = measured(
        R"({ "metric": "produce.records.acked", "window": ["20s", "30s"],
             "total": { "min": 900, "max": 1100 } })");
    CAPTURE(result.detail);
    CHECK(result.held);
    CHECK(result.name == "produce.records.acked total >= 900 <= 1100 from 20 s to 30 s");
}

TEST_CASE("a metric bound with a window has seen all that went up and down in it")
{
    auto const isr = [](std::string const& window) {
        RunResult const result =
            run({R"(/timeline=[{ "at": "20s", "do": "crash", "target": "broker:3", "for": "5s" }])",
                 R"(/expect/metrics=[{ "metric": "partition.isr", "window": )" + window +
                     R"(, "min": { "min": 3 } }])"});
        for (ExpectationResult const& each : result.expectations)
            if (each.kind == ExpectationResult::Kind::metric)
                return each.held;
        return false;
    };
    CHECK(isr(R"(["10s", "19s"])"));
    CHECK_FALSE(isr(R"(["10s", "50s"])"));
    CHECK(isr(R"(["45s", "55s"])"));
}

TEST_CASE("an end state with nothing to look at is reached, and says that it means nothing")
{
    RunResult const result =
        run({R"(/workloads={})", R"(/expect={ "final": ["lag-zero", "isr-full"] })"});
    ExpectationResult const* lag = find_expectation(result, "lag-zero");
    REQUIRE(lag != nullptr);
    CHECK(lag->held);
    CHECK(lag->vacuous);
    CHECK_FALSE(find_expectation(result, "isr-full")->vacuous);
}

TEST_CASE("keepInSync: power losses leave every partition a replica that has all it had")
{
    int lost_without = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        CAPTURE(seed);
        lost_without += run({power_losses(R"("brokersDown": 1)")}, seed).violations.empty() ? 0 : 1;
        RunResult const kept = run({power_losses(R"("brokersDown": 1, "keepInSync": 1)")}, seed);
        CHECK(kept.violations.empty());
        CHECK(kept.power_losses > 0);
        CHECK(kept.faults_skipped > 0);
    }
    CHECK(lost_without > 0);
}

TEST_CASE("keepInSync: nobody loses power while a new controller may not know who is alive")
{
    auto const losses = [](std::string const& budget, std::string const& when) {
        return run({R"(/timeline=[{ "at": "15s", "do": "crash", "target": "controller:0",
                                    "for": "1s" }])",
                    power_losses(budget, when)},
                   1)
            .power_losses;
    };
    std::string const soon = R"("from": "16500ms", "until": "33500ms")";  // Two sessions: 18 s.
    CHECK(losses(R"("brokersDown": 1)", soon) > 0);
    CHECK(losses(R"("brokersDown": 1, "keepInSync": 1)", soon) == 0);
    CHECK(losses(R"("brokersDown": 1, "keepInSync": 1)", R"("from": "34s", "until": "55s")") > 0);
}

TEST_CASE("keepInSync: who was cut off counts for nothing until a session after the end of it")
{
    auto const losses = [](std::string const& budget, std::string const& when) {
        return run({R"(/timeline=[{ "at": "15s", "do": "isolate", "target": "broker:2", "for": "4s" },
                                  { "at": "15s", "do": "isolate", "target": "broker:3", "for": "4s" }])",
                    power_losses(budget, when)},
                   1)
            .power_losses;
    };
    std::string const soon = R"("from": "19500ms", "until": "27500ms")";  // A session: 9 s.
    CHECK(losses(R"("brokersDown": 1)", soon) > 0);
    CHECK(losses(R"("brokersDown": 1, "keepInSync": 2)", soon) == 0);
    CHECK(losses(R"("brokersDown": 1, "keepInSync": 2)", R"("from": "29s", "until": "55s")") > 0);
}

TEST_CASE("a broker that cannot register gives up after initial.broker.registration.timeout.ms")
{
    ModelCluster cluster(
        {R"(/timeline=[{ "at": "20s", "do": "isolate", "target": "controllers", "for": "30s" },
                       { "at": "21s", "do": "crash", "target": "broker:3", "for": "1s" }])",
         "/cluster/config/initial.broker.registration.timeout.ms=10000"});
    cluster.run_until(31);
    CHECK(cluster.running(3));
    cluster.run_until(34);
    CHECK_FALSE(cluster.running(3));
}

}  // namespace odradek::kafka::test
