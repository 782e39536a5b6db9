#include <doctest/doctest.h>

#include <map>

#include "model/scenario/reader.h"
#include "model/scenario/selector.h"
#include "sim/distribution.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

// A scenario of three brokers with `rest` (fields, each led by a comma) added.
ReadResult read_with(std::string const& rest, ReadOptions const& options = {})
{
    return read_scenario(
        R"({ "version": 1, "name": "test", "cluster": { "brokers": { "count": 3 } })" + rest + " }",
        "test.json", options);
}

Scenario only(ReadResult const& result)
{
    INFO(render(result.diagnostics));
    REQUIRE(result.variants.size() == 1);
    return result.variants.front();
}

}  // namespace

TEST_CASE("what a scenario does not say has a default, and Kafka's own where Kafka has one")
{
    Scenario const scenario = only(read_with(
        R"(, "topics": { "t": {} }, "workloads": { "w": { "type": "producer", "topic": "t" } })"));
    CHECK(scenario.run.kafka == KafkaVersion{4, 0});
    CHECK(scenario.run.seed == 1);
    CHECK(scenario.run.duration == 60_s);
    CHECK(scenario.cluster.brokers.first_id == 1);
    CHECK(scenario.cluster.controllers.count == 1);
    CHECK(scenario.protocol.truncation == Truncation::kip_320);
    CHECK(scenario.network.by_default.latency.has_value());
    CHECK(scenario.storage.by_default.power_loss == PowerLoss::lose_unsynced);
    CHECK(scenario.topics.front().partitions == 1);
    CHECK(scenario.topics.front().replication_factor == 1);
    CHECK(std::get<ProducerWorkload>(scenario.workloads.front().is).rate == Rate{1, 10_ms});
    CHECK(scenario.expect.all_invariants);
    CHECK_FALSE(scenario.chaos);
}

TEST_CASE("comments and notes are read over, but not everywhere")
{
    CHECK_FALSE(read_with(R"(, // why
        "_note": [1], "x-y": null, "timeline": [ { "at": "1s", "do": "snapshot", "_why": "so" } ])")
                    .has_errors());
    CHECK(read_with(R"(, "run": { "_note": 1 })").has_errors());
}

TEST_CASE("a sweep makes one variant per combination, the last key turning fastest")
{
    ReadResult const result = read_with(
        R"(, "run": { "kafka": "3.9", "seed": 1 }, "sweep": { "/run/kafka": ["3.9", "4.0"], "/run/seed": [7, 8] })");
    REQUIRE(result.variants.size() == 4);
    CHECK(result.variants[0].variant == "kafka=3.9,seed=7");
    CHECK(result.variants[1].variant == "kafka=3.9,seed=8");
    CHECK(result.variants[3].variant == "kafka=4.0,seed=8");
    CHECK(result.variants[3].run.kafka == KafkaVersion{4, 0});
    CHECK(result.variants[3].run.seed == 8);
}

TEST_CASE("an exhibit is one change to the file, put in when it is asked for by name")
{
    std::string const rest = R"(,
        "exhibit": [
            { "switch": "truncation", "value": "high-watermark", "judge": "lost-write", "ticket": "KIP-101" },
            { "name": "slow", "config": "replica.lag.time.max.ms", "value": 40000, "judge": ["unseen"], "ticket": "KAFKA-1", "seeds": 3 }
        ],
        "sweep": { "/run/seed": [7, 8] }, "run": { "seed": 7 })";
    ReadResult const plain = read_with(rest);
    REQUIRE(plain.variants.size() == 2);
    REQUIRE(plain.variants[0].exhibits.size() == 2);
    CHECK(plain.variants[0].exhibits[0].name == "truncation-high-watermark");
    CHECK(plain.variants[0].exhibits[0].seeds == 20);
    CHECK(plain.variants[0].protocol.truncation == Truncation::kip_320);

    Scenario const flawed = only(read_with(rest, {.exhibit = "truncation-high-watermark"}));
    CHECK(flawed.protocol.truncation == Truncation::high_watermark);
    CHECK(flawed.variant == "truncation-high-watermark");
    CHECK(flawed.exhibits.empty());
    Scenario const slow = only(read_with(rest, {.exhibit = "slow"}));
    CHECK(slow.cluster.config.at("replica.lag.time.max.ms") == "40000");
    CHECK(slow.protocol.truncation == Truncation::kip_320);
    Scenario const fixed = only(read_with(rest, {.exhibit = "slow", .with_fix = true}));
    CHECK(fixed.cluster.config.empty());
    CHECK(fixed.variant == "slow-fixed");
    CHECK(read_with(rest, {.exhibit = "slo"}).has_errors());
}

TEST_CASE("a variant of a sweep that has the flaw already is no exhibit")
{
    ReadResult const result = read_with(R"(,
        "protocol": { "truncation": "kip-320" },
        "sweep": { "/protocol/truncation": ["kip-320", "high-watermark"] },
        "exhibit": { "switch": "truncation", "value": "high-watermark", "judge": "lost-write", "ticket": "KIP-101" })");
    REQUIRE(result.variants.size() == 2);
    CHECK(result.variants[0].exhibits.size() == 1);
    CHECK(result.variants[1].exhibits.empty());
}

TEST_CASE("onlyIf ties an expectation to the variants in which it holds")
{
    ReadResult const result = read_with(R"(,
        "topics": { "t": {} }, "workloads": { "w": { "type": "producer", "topic": "t", "config": { "acks": "1" } } },
        "sweep": { "/workloads/w/config/acks": ["1", "all"] },
        "expect": { "require": [ { "violation": "lost-write", "onlyIf": { "/workloads/w/config/acks": 1 } } ] })");
    REQUIRE(result.variants.size() == 2);
    CHECK(result.variants[0].expect.require.size() == 1);
    CHECK(result.variants[1].expect.require.empty());
}

TEST_CASE("--set puts JSON, or else a string, into the file before it is decoded")
{
    ReadOptions options;
    options.set = {"/run/duration=10s", "/cluster/brokers/count=5", "/run/seed=\"random\"",
                   "/x-new/deep=[1,2]"};
    Scenario const scenario = only(read_with("", options));
    CHECK(scenario.run.duration == 10_s);
    CHECK(scenario.cluster.brokers.count == 5);
    CHECK_FALSE(scenario.run.seed);
}

TEST_CASE("extends merges a file over another, relative to its own folder")
{
    std::map<std::string, std::string> const files{
        {"a/base.json",
         R"({ "version": 1, "name": "base", "extends": "../root.json", "run": { "seed": 2 } })"},
        {"a/../root.json",
         R"({ "version": 1, "name": "root", "tags": ["r"], "run": { "seed": 1, "settle": "9s" },
                               "cluster": { "brokers": { "count": 2 } } })"},
    };
    ReadOptions options;
    options.read_file = [&](std::string const& path) -> std::optional<std::string> {
        auto const file = files.find(path);
        return file == files.end() ? std::nullopt : std::optional{file->second};
    };
    Scenario const scenario = only(
        read_scenario(R"({ "version": 1, "name": "child", "extends": "base.json", "tags": null })",
                      "a/child.json", options));
    CHECK(scenario.name == "child");
    CHECK(scenario.run.seed == 2);
    CHECK(scenario.run.settle == 9_s);
    CHECK(scenario.tags.empty());
    CHECK(scenario.cluster.brokers.count == 2);
    CHECK(read_scenario(R"({ "version": 1, "name": "child", "extends": "base.json" })",
                        "a/child.json")
              .has_errors());
}

TEST_CASE(
    "Kafka keys that are not simulated become warnings when that is asked for, and are left out")
{
    std::string const rest =
        R"(, "topics": { "t": { "config": { "remote.storage.enable": true, "min.insync.replicas": 1 } } })";
    CHECK(read_with(rest).has_errors());
    ReadOptions lenient;
    lenient.lenient_config = true;
    ReadResult const result = read_with(rest, lenient);
    CHECK_FALSE(result.diagnostics.empty());
    CHECK_FALSE(result.has_errors());
    CHECK(read_with(R"(, "topics": { "t": { "config": { "retention.mss": 1000 } } })", lenient)
              .has_errors());
}

TEST_CASE("all errors of a file are told at once, in its order")
{
    ReadResult const result = read_with(R"(,
        "timeline": [ { "at": 5, "do": "crash" } ],
        "run": { "duration": 30 },
        "nonsense": 1)");
    REQUIRE(result.diagnostics.size() == 4);
    CHECK(result.diagnostics[0].pointer == "/timeline/0");
    CHECK(result.diagnostics[1].pointer == "/timeline/0/at");
    CHECK(result.diagnostics[2].pointer == "/run/duration");
    CHECK(result.diagnostics[3].pointer == "/nonsense");
    CHECK(result.variants.empty());
}

TEST_CASE("conditions are decoded to a tree")
{
    Scenario const scenario = only(read_with(
        R"(, "topics": { "t": { "replicationFactor": 3 } }, "timeline": [ { "do": "snapshot", "when": { "all": [
        { "metric": "partition.isr", "labels": { "topic": "t", "partition": 0 }, "op": "<=", "value": 2, "holds": "500ms" },
        { "not": { "event": "LeaderElected", "where": { "broker": 2 }, "count": 3 } } ] } } ])"));
    auto const& all = std::get<AllOf>(std::get<When>(scenario.timeline.front().trigger).when.is);
    REQUIRE(all.of.size() == 2);
    auto const& metric = std::get<MetricCondition>(all.of[0].is);
    CHECK(metric.metric == "partition.isr");
    CHECK(metric.labels == Labels{{"partition", "0"}, {"topic", "t"}});
    CHECK(metric.op == Comparison::less_equal);
    CHECK(metric.value == Quantity{Quantity::Unit::count, 2});
    CHECK(metric.holds == 500_ms);
    auto const& event = std::get<EventCondition>(std::get<NoneOf>(all.of[1].is).of.front().is);
    CHECK(event.where == Labels{{"broker", "2"}});
    CHECK(event.count == 3);
}

TEST_CASE("distributions become those that the engine draws from")
{
    auto const latency = [](char const* text) {
        Scenario const scenario = only(
            read_with(std::string{R"(, "network": { "default": { "latency": )"} + text + " } }"));
        return scenario.network.by_default.latency->distribution();
    };
    CHECK(latency(R"("5ms")") == sim::Distribution{sim::Constant{5_ms}});
    CHECK(latency(R"({ "dist": "uniform", "min": "1ms", "max": "3ms" })") ==
          sim::Distribution{sim::Uniform{1_ms, 3_ms}});
    CHECK(latency(R"({ "dist": "exponential", "mean": "3ms", "max": "9ms" })") ==
          sim::Distribution{sim::Exponential{3_ms}}.at_most(9_ms));
    CHECK(latency(R"({ "dist": "lognormal", "median": "3ms", "p99": "9ms" })") ==
          sim::Distribution{sim::Lognormal{3_ms, 9_ms}});
    CHECK(latency(R"({ "dist": "pareto", "min": "1ms", "alpha": 1.16 })") ==
          sim::Distribution{sim::Pareto{1_ms, 1'160}});
    CHECK(latency(R"({ "dist": "empirical", "values": ["1ms", "2ms"] })") ==
          sim::Distribution{sim::Empirical{{1_ms, 2_ms}, {}}});
    // A normal distribution's tail would be negative: a time is not.
    CHECK(latency(R"({ "dist": "normal", "mean": "1ms", "stddev": "1ms" })").lowest() == 0);
    sim::Distribution const mix = latency(
        R"({ "dist": "mix", "of": [ { "weight": 1, "is": "1ms" }, { "weight": 3, "is": "2ms" } ] })");
    CHECK(mix.lowest() == sim::Duration{1_ms}.ns);
    CHECK(mix.highest() == sim::Duration{2_ms}.ns);
}

TEST_CASE(
    "a node's configuration is the cluster's with its own over it, and racks are dealt out in turn")
{
    ReadResult const result = read_scenario(R"({ "version": 1, "name": "test", "cluster": {
        "brokers": { "count": 4, "firstId": 10, "racks": ["a", "b", "c"] },
        "config": { "min.insync.replicas": 1, "replica.lag.time.max.ms": 5000 },
        "nodeConfig": { "broker:12": { "replica.lag.time.max.ms": 7000 } } } })",
                                            "test.json");
    ClusterSpec const cluster = only(result).cluster;
    CHECK(cluster.config_of_broker(11).at("replica.lag.time.max.ms") == "5000");
    CHECK(cluster.config_of_broker(12).at("replica.lag.time.max.ms") == "7000");
    CHECK(cluster.config_of_broker(12).at("min.insync.replicas") == "1");
    CHECK(cluster.rack_of_broker(10) == "a");
    CHECK(cluster.rack_of_broker(13) == "a");
    CHECK(cluster.rack_of_controller(0) == "");
}

TEST_CASE("steps know where they were written")
{
    Scenario const scenario =
        only(read_with(",\n  \"timeline\": [\n    { \"at\": \"1s\", \"do\": \"snapshot\" } ]"));
    CHECK(scenario.timeline.front().source.line == 3);
    CHECK(scenario.timeline.front().source.column == 5);
    CHECK(scenario.timeline.front().source.pointer == "/timeline/0");
    CHECK(scenario.timeline.front().source.file == "test.json");
}

TEST_CASE("acks below all with faults is a warning, unless the expectations speak of it")
{
    std::string const cluster =
        R"(, "topics": { "t": {} }, "timeline": [ { "at": "1s", "do": "crash", "target": "broker:1" } ],
        "workloads": { "w": { "type": "producer", "topic": "t", "config": { "acks": "1", "enable.idempotence": false } } })";
    CHECK(read_with(cluster).diagnostics.size() == 1);
    CHECK(read_with(cluster + R"(, "expect": { "require": [ { "violation": "lost-write" } ] })")
              .diagnostics.empty());
}

}  // namespace odradek::kafka
