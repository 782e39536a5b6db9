#include "tools/result_json.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "model/version.h"
#include "tools/build_version.h"
#include "tools/json_text.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::ExpectationResult;
using kafka::RunResult;

char const* name_of(ExpectationResult::Kind kind)
{
    switch (kind) {
    case ExpectationResult::Kind::allow:
        return "allow";
    case ExpectationResult::Kind::require:
        return "require";
    case ExpectationResult::Kind::sometimes:
        return "sometimes";
    case ExpectationResult::Kind::metric:
        return "metric";
    case ExpectationResult::Kind::final_state:
        return "final";
    }
    return "?";
}

char const* name_of(sim::PropertyKind kind)
{
    switch (kind) {
    case sim::PropertyKind::always:
        return "always";
    case sim::PropertyKind::sometimes:
        return "sometimes";
    case sim::PropertyKind::eventually:
        return "eventually";
    }
    return "?";
}

Json brokers_json(std::vector<kafka::BrokerId> const& brokers)
{
    Json list = Json::array();
    for (kafka::BrokerId const broker : brokers)
        list.push_back(broker.value);
    return list;
}

Json violations_json(RunRecord const& run)
{
    Json list = Json::array();
    for (std::size_t i = 0; i < run.result.violations.size(); ++i) {
        kafka::check::Violation const& violation = run.result.violations[i];
        list.push_back({
            {"name", violation.name},
            {"partition", i < run.violation_partitions.size() ? run.violation_partitions[i] : ""},
            {"count", violation.count},
            {"expected", i < run.result.expected.size() && run.result.expected[i]},
            {"timeNs", violation.time.ns},
            {"what", violation.what},
            {"because", violation.because},
            {"events", violation.events},
        });
    }
    return list;
}

Json clients_json(RunResult const& result)
{
    Json list = Json::array();
    for (kafka::ClientResult const& client : result.clients) {
        Json json{{"name", client.name}, {"workload", client.workload}};
        if (client.producer) {
            json["type"] = "producer";
            json["recordsSent"] = client.records_sent;
            json["recordsAcknowledged"] = client.records_acknowledged;
            json["recordsFailed"] = client.records_failed;
            json["recordsUnknown"] = client.records_unknown;
            json["produceRequests"] = client.produce_requests;
            json["latencyUs"] = {
                {"avg", client.latency_avg_us},   {"p50", client.latency_p50_us},
                {"p95", client.latency_p95_us},   {"p99", client.latency_p99_us},
                {"p999", client.latency_p999_us}, {"max", client.latency_max_us},
            };
            json["perfLines"] = client.perf_lines;
        } else {
            json["type"] = "reader";
            json["recordsConsumed"] = client.records_consumed;
        }
        list.push_back(std::move(json));
    }
    return list;
}

Json partitions_json(RunResult const& result)
{
    Json list = Json::array();
    for (kafka::PartitionResult const& partition : result.partitions)
        list.push_back({
            {"name", partition.name},
            {"leader", partition.controller.leader.value},
            {"leaderEpoch", partition.controller.leader_epoch.value},
            {"replicas", brokers_json(partition.controller.replicas)},
            {"isr", brokers_json(partition.controller.isr)},
            {"highWatermark", partition.high_watermark},
            {"logEnd", partition.log_end},
        });
    return list;
}

Json counts_json(RunResult const& result)
{
    return {
        {"events", result.events},
        {"elections", result.elections},
        {"uncleanElections", result.unclean_elections},
        {"isrShrinks", result.isr_shrinks},
        {"isrExpansions", result.isr_expansions},
        {"truncations", result.truncations},
        {"processCrashes", result.process_crashes},
        {"powerLosses", result.power_losses},
        {"faults", result.faults},
        {"faultsSkipped", result.faults_skipped},
        {"messages", result.messages},
        {"bytesOnTheWire", result.bytes_on_the_wire},
    };
}

Json run_json(RunRecord const& run, std::string const& command)
{
    RunResult const& result = run.result;
    Json json;
    json["seed"] = std::to_string(run.seed);
    json["outcome"] = to_string(run.outcome);
    if (!run.error.empty())
        json["error"] = run.error;
    if (!run.storage_failure.empty())
        json["storageFailure"] = run.storage_failure;
    if (!result.inconclusive_because.empty())
        json["inconclusiveBecause"] = result.inconclusive_because;
    json["digest"] = result.digest;
    json["endNs"] = result.end.ns;
    json["violations"] = violations_json(run);
    json["expectations"] = Json::array();
    for (ExpectationResult const& expectation : result.expectations)
        json["expectations"].push_back({{"kind", name_of(expectation.kind)},
                                        {"name", expectation.name},
                                        {"held", expectation.held},
                                        {"vacuous", expectation.vacuous},
                                        {"detail", expectation.detail}});
    json["laws"] = Json::array();
    for (sim::Property const& property : result.properties)
        json["laws"].push_back({{"name", property.name},
                                {"kind", name_of(property.kind)},
                                {"law", property.law},
                                {"exercised", property.exercised},
                                {"violated", property.violated}});
    json["counts"] = counts_json(result);
    json["clients"] = clients_json(result);
    json["partitions"] = partitions_json(result);
    json["repeat"] = command;
    return json;
}

Json head_json(Sweep const& sweep, kafka::Scenario const& scenario, ExitCode code)
{
    Json json;
    json["schema"] = "odradek/result/1";
    json["version"] = version;
    json["build"] = build;
    json["verdict"] = verdict_word(code);
    json["exitCode"] = static_cast<int>(code);
    json["scenario"] = scenario.name;
    json["file"] = sweep.file;
    json["kafka"] = kafka::to_string(scenario.run.kafka);
    json["brokers"] = scenario.cluster.brokers.count;
    json["controllers"] = scenario.cluster.controllers.count;
    json["durationNs"] = scenario.run.duration.ns;
    json["settleNs"] = scenario.run.settle.ns;
    return json;
}

Json variant_json(Variant const& variant)
{
    return {{"number", variant.number},
            {"name", variant.scenario->variant},
            {"firstSeed", std::to_string(variant.first_seed)},
            {"seeds", variant.seeds},
            {"runs", Json::array()}};
}

}  // namespace

std::string report_json(Report const& report)
{
    Sweep const& sweep = *report.sweep;
    Json json = head_json(sweep, *sweep.variants.front().scenario, report.code);
    json["variants"] = Json::array();
    for (Variant const& variant : sweep.variants)
        json["variants"].push_back(variant_json(variant));
    for (std::size_t i = 0; i < report.runs.size(); ++i)
        json["variants"][report.runs[i].variant]["runs"].push_back(
            run_json(report.runs[i], sweep.command(i)));
    json["findings"] = Json::array();
    for (Finding const& finding : report.findings)
        json["findings"].push_back(
            {{"name", finding.name}, {"detail", finding.detail}, {"violates", finding.violates}});
    if (report.interrupted && report.runs.size() < sweep.run_count())
        json["next"] = {{"run", report.runs.size()},
                        {"seed", std::to_string(sweep.seed_of(report.runs.size()))}};
    json["repeat"] = report.repeat();
    return dump(json);
}

std::string one_run_json(Sweep const& sweep, RunRecord const& record)
{
    Variant variant = sweep.variants[record.variant];
    variant.first_seed = record.seed;
    variant.seeds = 1;
    variant.whole = false;
    Sweep const alone{"scenario.json", 1, {std::move(variant)}, "", sweep.options};
    Report report{&alone, {record}, false, {}, ExitCode::held};
    report.runs.front().variant = 0;
    judge(report);
    return report_json(report);
}

}  // namespace odradek::cli
