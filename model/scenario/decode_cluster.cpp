// `run`, `cluster` and `protocol` of a scenario file.
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "model/metadata_version.h"
#include "model/scenario/decoder.h"
#include "model/scenario/selector.h"
#include "model/spelling.h"

namespace odradek::kafka {

using namespace sim::literals;

void Decoder::decode_run(Node const& node)
{
    Fields fields{*this, node, "run"};
    Run& run = scenario_.run;
    if (Node const* kafka = fields.get("kafka")) {
        if (kafka->kind == Node::Kind::number)
            error(*kafka, "a version is a string, not a number",
                  fmt::format("write it as \"{}\"", kafka->text));
        auto const text = kafka->kind == Node::Kind::number ? std::nullopt : string(*kafka);
        auto const version = text ? parse_kafka_version(*text) : std::nullopt;
        std::vector<std::string> names;
        for (KafkaVersion known : simulated_versions())
            names.push_back(to_string(known));
        std::string const known = listed("simulated", {names.begin(), names.end()});
        bool const simulated =
            version && std::find(simulated_versions().begin(), simulated_versions().end(),
                                 *version) != simulated_versions().end();
        if (text && !version)
            error(*kafka, fmt::format("\"{}\" is no Kafka version", *text), "write it as \"4.0\"");
        else if (version && !simulated)
            not_simulated(*kafka, fmt::format("Kafka {} is not simulated", to_string(*version)),
                          known);
        else if (version)
            run.kafka = *version;
    }
    if (Node const* seed = fields.get("seed")) {
        std::uint64_t value = 0;
        std::string_view const digits = seed->text;
        auto const [end, problem] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (seed->kind == Node::Kind::string && seed->text == "random")
            run.seed.reset();
        else if (seed->kind == Node::Kind::number && problem == std::errc{} &&
                 end == digits.data() + digits.size())
            run.seed = value;
        else
            error(*seed, "a seed is a whole number from 0 to 18446744073709551615, or \"random\"");
    }
    if (Node const* seeds = fields.get("seeds"))
        run.seeds = integer(*seeds, 1, std::numeric_limits<std::int64_t>::max()).value_or(1);
    fields.read("duration", run.duration, &Decoder::duration);
    fields.read("settle", run.settle, &Decoder::duration);
    if (Node const* duration = fields.get("duration"); duration != nullptr && run.duration.ns == 0)
        error(*duration, "a run of no duration shows nothing");
    if (Node const* events = fields.get("maxEvents"))
        run.max_events =
            integer(*events, 1, std::numeric_limits<std::int64_t>::max()).value_or(run.max_events);
    if (Node const* stop = fields.get("stopOn")) {
        run.stop_on = choice<StopOn>(*stop, {{"first-violation", StopOn::first_violation},
                                             {"end", StopOn::end}})
                          .value_or(StopOn::end);
    }
}

void Decoder::decode_cluster(Node const& node)
{
    Fields fields{*this, node, "cluster"};
    if (Node const* brokers = fields.need("brokers", "such as { \"count\": 3 }"))
        decode_brokers(*brokers);
    if (Node const* controllers = fields.get("controllers"))
        decode_controllers(*controllers);
    if (Node const* server = fields.get("config")) {
        scenario_.cluster.config = config(*server, {Scope::broker, Scope::controller});
        for (ConfigProblem const& problem :
             check_server_rules(scenario_.run.kafka, scenario_.cluster.config)) {
            Member const* const at = server->member(problem.key);
            diagnostics_.add(problem.severity, at == nullptr ? server->place : at->value.place,
                             at == nullptr ? server->pointer : at->value.pointer, problem.message,
                             problem.suggestion);
        }
    }
    if (Node const* nodes = fields.get("nodeConfig"))
        decode_node_config(*nodes);
    if (Node const* features = fields.get("features"))
        decode_features(*features);
    auto const version = scenario_.cluster.features.find("kraft.version");
    if (scenario_.cluster.controllers.initial_voters &&
        (version == scenario_.cluster.features.end() || version->second != "1"))
        error(*fields.get("controllers"),
              "the voters of a quorum are fixed by its configuration before kraft.version 1",
              "leave \"initialVoters\" out, or say \"features\": { \"kraft.version\": 1 }");
}

void Decoder::decode_controllers(Node const& node)
{
    Fields fields{*this, node, "cluster.controllers"};
    ClusterSpec::Controllers& controllers = scenario_.cluster.controllers;
    if (Node const* mode = fields.need("mode", "\"kraft\"")) {
        controllers.mode = choice<ControllerMode>(*mode, {{"kraft", ControllerMode::kraft},
                                                          {"zookeeper", ControllerMode::zookeeper}})
                               .value_or(ControllerMode::kraft);
        if (controllers.mode == ControllerMode::zookeeper &&
            scenario_.run.kafka >= KafkaVersion{4, 0})
            error(*mode, "Kafka 4.0 removed ZooKeeper mode", "use \"kraft\"");
        else if (controllers.mode == ControllerMode::zookeeper)
            not_simulated(*mode, "ZooKeeper mode is not simulated yet", "use \"kraft\"");
    }
    if (Node const* count = fields.get("count")) {
        controllers.count = small(*count, 1, 9).value_or(1);
        if (controllers.count > 1 && controllers.count % 2 == 0)
            warning(*count,
                    fmt::format("a quorum of {} outlives the loss of {}, as one of {} does",
                                controllers.count, (controllers.count - 1) / 2,
                                controllers.count - 1),
                    "an odd number costs less for the same");
    }
    fields.read("combined", controllers.combined, &Decoder::boolean);
    if (controllers.combined && controllers.count > scenario_.cluster.brokers.count)
        error(*fields.get("combined"),
              fmt::format("{} controllers do not fit into {} broker{}", controllers.count,
                          scenario_.cluster.brokers.count,
                          scenario_.cluster.brokers.count == 1 ? "" : "s"),
              "combined controllers live in the first brokers, one in each");
    if (Node const* racks = fields.get("racks"); racks != nullptr && controllers.combined)
        error(*racks, "combined controllers are in the racks of their brokers", "leave it out");
    if (Node const* voters = fields.get("initialVoters")) {
        controllers.initial_voters = small(*voters, 1, 9);
        if (controllers.initial_voters && *controllers.initial_voters > controllers.count)
            error(*voters,
                  fmt::format("there {} {} controller{}", controllers.count == 1 ? "is" : "are",
                              controllers.count, controllers.count == 1 ? "" : "s"));
    }
    fields.read("racks", controllers.racks, &Decoder::strings);
    if (static_cast<std::int32_t>(controllers.racks.size()) > controllers.count) {
        error(*fields.get("racks"),
              fmt::format("{} racks for {} controller{}", controllers.racks.size(),
                          controllers.count, controllers.count == 1 ? "" : "s"),
              "racks are dealt out in turn; one without a node is a mistake");
    }
}

void Decoder::decode_brokers(Node const& node)
{
    Fields fields{*this, node, "cluster.brokers"};
    ClusterSpec::Brokers& brokers = scenario_.cluster.brokers;
    if (Node const* count = fields.need("count", "such as 3"))
        brokers.count = small(*count, 1, 1'000).value_or(0);
    if (Node const* first = fields.get("firstId"))
        brokers.first_id = small(*first, 0, 1'000'000).value_or(1);
    fields.read("racks", brokers.racks, &Decoder::strings);
    if (Node const* racks = fields.get("racks"); racks != nullptr && brokers.count > 0) {
        if (static_cast<std::int32_t>(brokers.racks.size()) > brokers.count)
            error(*racks,
                  fmt::format("{} racks for {} broker{}", brokers.racks.size(), brokers.count,
                              brokers.count == 1 ? "" : "s"),
                  "racks are dealt out in turn; one without a node is a mistake");
        for (Node const& item : racks->items) {
            if (item.kind == Node::Kind::string && item.text.empty())
                error(item, "a rack needs a name");
        }
    }
}

void Decoder::decode_node_config(Node const& node)
{
    if (!is_object(node, "cluster.nodeConfig"))
        return;
    ClusterSpec& cluster = scenario_.cluster;
    for (Member const& member : node.members) {
        auto const term = parse_selector_term(member.name);
        bool const broker = term.value && term.value->kind == SelectorKind::broker;
        bool const controller = term.value && term.value->kind == SelectorKind::controller;
        if ((!broker && !controller) || !term.value->first ||
            term.value->first != term.value->last || term.value->negated || term.value->count) {
            key_error(node, member, fmt::format("\"{}\" names no single node", member.name),
                      "write it as \"broker:2\" or \"controller:0\"");
            continue;
        }
        std::int32_t const id = *term.value->first;
        std::int32_t const first = broker ? cluster.brokers.first_id : 0;
        std::int32_t const count = broker ? cluster.brokers.count : cluster.controllers.count;
        if (id < first || id >= first + count) {
            if (count > 0)
                key_error(node, member, fmt::format("there is no {}", member.name),
                          broker ? fmt::format("brokers are {} to {}", first, first + count - 1)
                                 : fmt::format("controllers are 0 to {}", count - 1));
            continue;
        }
        auto& place = broker ? cluster.broker_config : cluster.controller_config;
        place[id] = config(member.value, {broker ? Scope::broker : Scope::controller,
                                          broker ? Scope::controller : Scope::broker});
    }
}

void Decoder::decode_features(Node const& node)
{
    if (!is_object(node, "cluster.features"))
        return;
    for (Member const& member : node.members) {
        Word const* const known = find_word(known_features(), member.name);
        auto const value = scalar_text(member.value);
        if (!value)
            continue;
        if (known == nullptr) {
            key_error(node, member, fmt::format("Kafka has no feature {}", member.name),
                      listed("known", names_of(known_features())));
        } else if (known->name == "kraft.version") {
            if (*value != "0" && *value != "1")
                error(member.value, fmt::format("kraft.version is 0 or 1, not {}", *value),
                      "1 is a quorum whose voters can change (KIP-853)");
            else if (*value == "1" && scenario_.run.kafka < KafkaVersion{3, 9})
                error(member.value, "kraft.version 1 came with Kafka 3.9", "set 0");
            else
                scenario_.cluster.features[member.name] = *value;
        } else if (!known->simulated && *value != "0") {
            not_simulated(member.value,
                          fmt::format("{} {} is not simulated yet", member.name, *value),
                          "leave it out, or set 0");
        } else if (!feature_level(member.name, member.value)) {
            continue;
        } else {
            scenario_.cluster.features[member.name] = *value;
        }
    }
    // A level of one may ask for a level of the other (KIP-584).
    FeatureLevels const levels = feature_levels(scenario_.run.kafka, scenario_.cluster.features);
    auto const elr = levels.find(elr_feature);
    MetadataVersion const metadata{levels.find(metadata_version_feature)->second};
    if (elr != levels.end() && elr->second > 0 && !metadata.eligible_leader_replicas())
        error(node, fmt::format("{} {} needs metadata.version 4.0-IV1 or later, not {}",
                                elr_feature, elr->second, to_string(metadata)));
}

void Decoder::decode_protocol(Node const& node)
{
    if (!is_object(node, "protocol"))
        return;
    std::vector<std::string_view> names;
    for (Switch const& known : all_switches())
        names.push_back(known.name);
    for (Member const& member : node.members) {
        Switch const* const found = find_switch(member.name);
        if (found == nullptr) {
            std::string const hint = did_you_mean(nearest_names(member.name, names));
            key_error(node, member, fmt::format("\"{}\" is no protocol switch", member.name),
                      hint.empty() ? "`odradek switches` lists them" : hint);
            continue;
        }
        auto const text = string(member.value);
        if (!text)
            continue;
        std::vector<std::string_view> values;
        std::vector<std::string_view> simulated;
        std::size_t index = found->values.size();
        for (std::size_t i = 0; i < found->values.size(); ++i) {
            values.push_back(found->values[i].name);
            if (found->values[i].simulated)
                simulated.push_back(found->values[i].name);
            bool const also = !found->values[i].also.empty() && found->values[i].also == *text;
            if (found->values[i].name == *text || also)
                index = i;
        }
        if (index == found->values.size())
            error(member.value, fmt::format("\"{}\" is no value of {}", *text, member.name),
                  choices_text(values, *text));
        else if (!found->values[index].simulated)
            not_simulated(member.value,
                          fmt::format("{} \"{}\" ({}) is not simulated yet", member.name, *text,
                                      found->values[index].source),
                          listed("simulated", simulated));
        else
            found->set(scenario_.protocol, index);
    }
}

}  // namespace odradek::kafka
