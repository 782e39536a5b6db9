// A decoded scenario back into JSON, with nothing left to defaults.
#include <array>

#include <nlohmann/json.hpp>

#include "model/scenario/reader.h"
#include "model/scenario/selector.h"
#include "model/scenario/units.h"
#include "model/scenario/write.h"

namespace odradek::kafka {

namespace {

using writing::Json;
using writing::write;

Json write(Selector const& selector)
{
    if (selector.terms.size() == 1)
        return to_string(selector.terms.front());
    Json json = Json::array();
    for (SelectorTerm const& term : selector.terms)
        json.push_back(to_string(term));
    return json;
}

Json write(Quantity const& quantity)
{
    if (quantity.unit == Quantity::Unit::duration)
        return duration_text(sim::Duration{quantity.value});
    return quantity.value;
}

Json write(Condition const& condition);

Json write(std::vector<Condition> const& conditions)
{
    Json json = Json::array();
    for (Condition const& condition : conditions)
        json.push_back(write(condition));
    return json;
}

Json write(Condition const& condition)
{
    Json json;
    if (auto const* event = std::get_if<EventCondition>(&condition.is)) {
        json["event"] = event->event;
        if (!event->where.empty())
            json["where"] = write(event->where);
        json["count"] = event->count;
    } else if (auto const* metric = std::get_if<MetricCondition>(&condition.is)) {
        json["metric"] = metric->metric;
        if (!metric->labels.empty())
            json["labels"] = write(metric->labels);
        json["op"] = to_string(metric->op);
        json["value"] = write(metric->value);
        json["holds"] = write(metric->holds);
    } else if (auto const* all = std::get_if<AllOf>(&condition.is)) {
        json["all"] = write(all->of);
    } else if (auto const* any = std::get_if<AnyOf>(&condition.is)) {
        json["any"] = write(any->of);
    } else if (auto const* none = std::get_if<NoneOf>(&condition.is)) {
        json["not"] = write(none->of.front());
    }
    return json;
}

Json write(LinkSettings const& link)
{
    Json json = Json::object();
    if (link.latency)
        json["latency"] = write(*link.latency);
    if (link.bandwidth)
        json["bandwidth"] = write(*link.bandwidth);
    if (link.loss)
        json["loss"] = write(*link.loss);
    if (link.reset)
        json["reset"] = write(*link.reset);
    return json;
}

Json write(DiskSettings const& disk)
{
    Json json = Json::object();
    if (disk.read)
        json["read"] = write(*disk.read);
    if (disk.write)
        json["write"] = write(*disk.write);
    if (disk.fsync)
        json["fsync"] = write(*disk.fsync);
    if (disk.bandwidth)
        json["bandwidth"] = write(*disk.bandwidth);
    if (disk.capacity_bytes)
        json["capacity"] = size_text(*disk.capacity_bytes);
    if (disk.power_loss)
        json["powerLoss"] = to_string(*disk.power_loss);
    if (disk.bit_rot)
        json["bitRot"] = write(*disk.bit_rot);
    return json;
}

Json write(Topic const& topic)
{
    Json json = Json::object();
    if (topic.assignment.empty()) {
        json["partitions"] = topic.partitions;
        json["replicationFactor"] = topic.replication_factor;
    }
    for (auto const& [partition, replicas] : topic.assignment)
        json["assignment"][std::to_string(partition)] = replicas;
    json["config"] = write(topic.config);
    return json;
}

// `with`, or null where there is none.
struct WriteDetails {
    Json operator()(NoDetails const&) const { return nullptr; }
    Json operator()(HealDetails const& heal) const
    {
        return heal.step.empty() ? Json{} : Json{{"step", heal.step}};
    }
    Json operator()(PowerLossDetails const& loss) const
    {
        return loss.model ? Json{{"powerLoss", to_string(*loss.model)}} : Json{};
    }
    Json operator()(LinkDetails const& link) const { return write(link.is); }
    Json operator()(DiskDetails const& disk) const
    {
        Json json = write(disk.is);
        json["stall"] = disk.stall;
        json["fsyncErrors"] = write(disk.fsync_errors);
        json["readErrors"] = write(disk.read_errors);
        json["fsyncLies"] = write(disk.fsync_lies);
        json["loseNewFiles"] = disk.lose_new_files;
        return json;
    }
    Json operator()(DiskCorruptDetails const& corrupt) const
    {
        return {{"bits", corrupt.bits}, {"cached", corrupt.cached}};
    }
    Json operator()(DiskFullDetails const& full) const
    {
        return {{"free", size_text(full.free_bytes)}, {"partial", full.partial}};
    }
    Json operator()(ClockDetails const& clock) const
    {
        return {
            {"skew", write(clock.step)}, {"driftPpm", clock.drift_ppm}, {"freeze", clock.freeze}};
    }
    Json operator()(CreateTopicDetails const& create) const
    {
        Json json{{"topic", create.topic.name}};
        json.update(write(create.topic));
        return json;
    }
    Json operator()(ElectLeadersDetails const& elect) const
    {
        Json json{{"type", elect.unclean ? "unclean" : "preferred"}};
        if (!elect.topic.empty())
            json["topic"] = elect.topic;
        if (elect.partition)
            json["partition"] = *elect.partition;
        return json;
    }
    Json operator()(DeleteTopicDetails const& gone) const { return {{"topic", gone.topic}}; }
    Json operator()(DeleteRecordsDetails const& gone) const
    {
        auto const offset = [](std::int64_t before) {
            return before == DeleteRecordsDetails::to_high_watermark ? Json("high-watermark")
                                                                     : Json(before);
        };
        Json json = Json::object();
        for (DeleteRecordsDetails::Partition const& one : gone.list)
            json["partitions"].push_back({{"topic", one.topic},
                                          {"partition", one.partition},
                                          {"offset", offset(one.before)}});
        if (gone.topic.empty())
            return json;
        json["topic"] = gone.topic;
        if (!gone.partitions.empty())
            json["partitions"] = gone.partitions;
        json["offset"] = offset(gone.before);
        return json;
    }
    Json operator()(AddPartitionsDetails const& more) const
    {
        Json json{{"topic", more.topic}, {"partitions", more.partitions}};
        if (!more.assignments.empty())
            json["assignments"] = more.assignments;
        return json;
    }
    Json operator()(ConfigDetails const& config) const
    {
        Json json = Json::object();
        if (!config.topic.empty())
            json["topic"] = config.topic;
        if (config.broker)
            json["broker"] = *config.broker;
        if (!config.set.empty())
            json["set"] = write(config.set);
        if (!config.append.empty())
            json["append"] = write(config.append);
        if (!config.subtract.empty())
            json["subtract"] = write(config.subtract);
        if (!config.remove.empty())
            json["delete"] = config.remove;
        return json;
    }
    Json operator()(ReassignDetails const& moves) const
    {
        Json json = Json::object();
        if (!moves.partitions.empty()) {
            json["version"] = 1;
            for (ReassignDetails::Partition const& one : moves.partitions)
                json["partitions"].push_back({{"topic", one.topic},
                                              {"partition", one.partition},
                                              {"replicas", one.replicas}});
            return json;
        }
        if (!moves.topic.empty())
            json["topic"] = moves.topic;
        if (moves.partition)
            json["partition"] = *moves.partition;
        json[moves.cancel ? "cancel" : "random"] = true;
        return json;
    }
    Json operator()(UpdateFeaturesDetails const& update) const
    {
        Json levels = Json::object();
        for (auto const& [feature, level] : update.levels)
            levels[feature] = level;
        return {{"features", levels}, {"type", update.type}};
    }
    Json operator()(UnregisterBrokerDetails const& gone) const { return {{"broker", gone.broker}}; }
    Json operator()(SetWorkloadDetails const& set) const
    {
        return {{"workload", set.workload}, {"rate", write(set.rate)}};
    }
    Json operator()(NoteDetails const& note) const { return {{"text", note.text}}; }
};

void write_action(Action const& action, Json& json)
{
    json["do"] = to_string(action.verb);
    if (!action.target.empty())
        json["target"] = write(action.target);
    for (Selector const& side : action.between)
        json["between"].push_back(write(side));
    if (!action.between.empty() || action.verb == Verb::isolate || action.verb == Verb::hold)
        json["symmetric"] = action.symmetric;
    if (action.lasts)
        json["for"] = write(*action.lasts);
    Json with = std::visit(WriteDetails{}, action.with);
    if (!with.is_null())
        json["with"] = std::move(with);
}

Json write(Step const& step)
{
    Json json = Json::object();
    if (!step.id.empty())
        json["id"] = step.id;
    if (auto const* at = std::get_if<At>(&step.trigger)) {
        json["at"] = write(at->at);
    } else if (auto const* every = std::get_if<Every>(&step.trigger)) {
        json["every"] = write(every->every);
        json["from"] = write(every->from);
        if (every->until)
            json["until"] = write(*every->until);
        if (every->count)
            json["count"] = *every->count;
    } else if (auto const* when = std::get_if<When>(&step.trigger)) {
        json["when"] = write(when->when);
        json["count"] = when->count;
    } else if (auto const* after = std::get_if<After>(&step.trigger)) {
        json["after"] = after->step;
        json["delay"] = write(after->delay);
    }
    write_action(step.action, json);
    return json;
}

Json write(Chaos const& chaos)
{
    Json json{{"profile", "none"},
              {"from", write(chaos.from)},
              {"until", write(chaos.until)},
              {"swarm", chaos.swarm}};
    if (chaos.rotate)
        json["rotate"] = write(*chaos.rotate);
    Json budget = Json::object();
    if (chaos.budget.brokers_down)
        budget["brokersDown"] = *chaos.budget.brokers_down;
    if (chaos.budget.controllers_down)
        budget["controllersDown"] = *chaos.budget.controllers_down;
    if (chaos.budget.replicas_down_per_partition)
        budget["replicasDownPerPartition"] = *chaos.budget.replicas_down_per_partition;
    if (chaos.budget.keep_in_sync)
        budget["keepInSync"] = *chaos.budget.keep_in_sync;
    budget["keepQuorum"] = chaos.budget.keep_quorum;
    json["budget"] = budget;
    json["faults"] = Json::array();
    for (Fault const& fault : chaos.faults) {
        Json item = Json::object();
        write_action(fault.action, item);
        item["every"] = write(fault.every);
        if (fault.limit)
            item["limit"] = *fault.limit;
        json["faults"].push_back(std::move(item));
    }
    return json;
}

Json write(Expect const& expect)
{
    Json json = Json::object();
    json["invariants"] = expect.all_invariants ? Json("all") : Json(expect.invariants);
    json["skip"] = expect.skip;
    json["allow"] = Json::array();
    for (Allow const& allow : expect.allow) {
        Json item{{"violation", allow.violation}, {"because", allow.because}};
        if (allow.max)
            item["max"] = *allow.max;
        if (!allow.topic.empty())
            item["topic"] = allow.topic;
        json["allow"].push_back(std::move(item));
    }
    json["require"] = Json::array();
    for (Require const& require : expect.require) {
        Json item{{"violation", require.violation},
                  {"min", require.min},
                  {"in", require.in_every_seed ? "every-seed" : "some-seed"}};
        if (!require.topic.empty())
            item["topic"] = require.topic;
        json["require"].push_back(std::move(item));
    }
    json["sometimes"] = Json::array();
    for (Sometimes const& sometimes : expect.sometimes)
        json["sometimes"].push_back(
            {{"name", sometimes.name}, {"when", write(sometimes.when)}, {"min", sometimes.min}});
    json["metrics"] = Json::array();
    for (MetricBound const& bound : expect.metrics) {
        Json item{{"metric", bound.metric}};
        if (!bound.labels.empty())
            item["labels"] = write(bound.labels);
        if (!bound.workload.empty())
            item["workload"] = bound.workload;
        if (bound.window)
            item["window"] = {write(bound.window->first), write(bound.window->second)};
        for (Bound const& limit : bound.bounds) {
            Json range = Json::object();
            if (limit.min)
                range["min"] = write(*limit.min);
            if (limit.max)
                range["max"] = write(*limit.max);
            item[std::string{to_string(limit.of)}] = std::move(range);
        }
        json["metrics"].push_back(std::move(item));
    }
    json["final"] = expect.final_states;
    return json;
}

Json write(Exhibit const& exhibit)
{
    static constexpr std::array fields{"switch", "feature", "config", "set"};
    Json json{{"name", exhibit.name},
              {fields.at(static_cast<std::size_t>(exhibit.flaw)), exhibit.changed}};
    if (!exhibit.topic.empty())
        json["topic"] = exhibit.topic;
    json["value"] = Json::parse(exhibit.value);
    json["judge"] = exhibit.judges;
    json["ticket"] = exhibit.ticket;
    json["note"] = exhibit.note;
    json["seeds"] = exhibit.seeds;
    return json;
}

Json write_nodes(std::map<std::int32_t, DiskSettings> const& brokers,
                 std::map<std::int32_t, DiskSettings> const& controllers)
{
    Json json = Json::object();
    for (auto const& [id, disk] : brokers)
        json["broker:" + std::to_string(id)] = write(disk);
    for (auto const& [id, disk] : controllers)
        json["controller:" + std::to_string(id)] = write(disk);
    return json;
}

Json write(ClusterSpec const& cluster)
{
    Json json = Json::object();
    json["controllers"] = {
        {"mode", cluster.controllers.mode == ControllerMode::kraft ? "kraft" : "zookeeper"},
        {"count", cluster.controllers.count},
        {"combined", cluster.controllers.combined},
        {"racks", cluster.controllers.racks}};
    if (cluster.controllers.initial_voters)
        json["controllers"]["initialVoters"] = *cluster.controllers.initial_voters;
    json["brokers"] = {{"count", cluster.brokers.count},
                       {"firstId", cluster.brokers.first_id},
                       {"racks", cluster.brokers.racks}};
    json["config"] = write(cluster.config);
    json["nodeConfig"] = Json::object();
    for (auto const& [id, config] : cluster.broker_config)
        json["nodeConfig"]["broker:" + std::to_string(id)] = write(config);
    for (auto const& [index, config] : cluster.controller_config)
        json["nodeConfig"]["controller:" + std::to_string(index)] = write(config);
    json["features"] = write(cluster.features);
    // Levels are numbers; only metadata.version has names for them.
    for (auto& [name, level] : json["features"].items())
        if (std::string const text = level.get<std::string>();
            text.find_first_not_of("0123456789") == std::string::npos)
            level = std::stoi(text);
    return json;
}

}  // namespace

std::string resolved_json(Scenario const& scenario)
{
    Json json = Json::object();
    json["version"] = 1;
    json["name"] = scenario.name;
    if (!scenario.variant.empty())
        json["x-variant"] = scenario.variant;
    json["description"] = scenario.description;
    json["tags"] = scenario.tags;
    Run const& run = scenario.run;
    json["run"] = {{"kafka", to_string(run.kafka)},
                   {"seed", run.seed ? Json(*run.seed) : Json("random")},
                   {"seeds", run.seeds},
                   {"duration", write(run.duration)},
                   {"settle", write(run.settle)},
                   {"maxEvents", run.max_events},
                   {"stopOn", run.stop_on == StopOn::end ? "end" : "first-violation"}};
    json["cluster"] = write(scenario.cluster);
    for (Switch const& each : all_switches())
        json["protocol"][std::string{each.name}] = each.values[each.get(scenario.protocol)].name;
    json["network"] = {{"default", write(scenario.network.by_default)}, {"links", Json::array()}};
    for (LinkRule const& rule : scenario.network.links)
        json["network"]["links"].push_back(
            {{"between", Json::array({write(rule.from), write(rule.to)})},
             {"symmetric", rule.symmetric},
             {"is", write(rule.is)}});
    json["storage"] = {
        {"backend", scenario.storage.backend},
        {"default", write(scenario.storage.by_default)},
        {"nodes", write_nodes(scenario.storage.brokers, scenario.storage.controllers)}};
    json["topics"] = Json::object();
    for (Topic const& topic : scenario.topics)
        json["topics"][topic.name] = write(topic);
    json["workloads"] = Json::object();
    for (Workload const& workload : scenario.workloads)
        json["workloads"][workload.name] = write(workload);
    json["timeline"] = Json::array();
    for (Step const& step : scenario.timeline)
        json["timeline"].push_back(write(step));
    if (scenario.chaos)
        json["chaos"] = write(*scenario.chaos);
    json["expect"] = write(scenario.expect);
    json["exhibit"] = Json::array();
    for (Exhibit const& exhibit : scenario.exhibits)
        json["exhibit"].push_back(write(exhibit));
    Output const& output = scenario.output;
    json["output"] = {{"dir", output.dir},
                      {"reports", output.reports},
                      {"trace",
                       {{"formats", output.trace_formats},
                        {"keep", output.trace_keep == Keep::always       ? "always"
                                 : output.trace_keep == Keep::on_failure ? "on-failure"
                                                                         : "never"}}}};
    return json.dump(2) + "\n";
}

}  // namespace odradek::kafka
