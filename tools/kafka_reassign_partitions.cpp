// `odradek kafka-reassign-partitions --verify | --list --run DIR`: what the tool would print at a
// moment of a run. Facts from Kafka's ReassignPartitionsCommand.
#include <algorithm>
#include <cstdio>
#include <set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/load.h"
#include "tools/reassignment_json.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::BrokerId;
using kafka::Cluster;
using kafka::PartitionRegistration;
using kafka::TopicPartition;

PartitionRegistration const* find_partition(Cluster const& cluster, std::string const& topic,
                                            std::int32_t partition)
{
    auto const found = cluster.image().topic(topic);
    return found ? cluster.image().partition({found->id(), partition}) : nullptr;
}

// Of one partition of the file: whether it is being moved, and what it has.
struct State {
    ReassignedPartition target;
    std::vector<BrokerId> current;
    bool done{true};
};

std::string text_of(State const& state)
{
    std::string const name = state.target.name();
    if (!state.done)
        return fmt::format("Reassignment of partition {} is still in progress.", name);
    if (state.current == state.target.replicas)
        return fmt::format("Reassignment of partition {} is completed.", name);
    return fmt::format("There is no active reassignment of partition {}, but replica set is {} "
                       "rather than {}.",
                       name, joined(state.current), joined(state.target.replicas));
}

std::vector<State> states_of(Cluster const& cluster, std::vector<ReassignedPartition> targets)
{
    std::sort(targets.begin(), targets.end(),
              [](ReassignedPartition const& a, ReassignedPartition const& b) {
                  return std::pair{a.topic, a.partition} < std::pair{b.topic, b.partition};
              });
    std::vector<State> states;
    for (ReassignedPartition& target : targets) {
        PartitionRegistration const* const found =
            find_partition(cluster, target.topic, target.partition);
        State state{std::move(target), {}, true};
        if (found != nullptr) {
            state.current = found->replicas;
            state.done = !found->reassigning();
        }
        states.push_back(std::move(state));
    }
    return states;
}

// Once nothing moves any more, the tool takes back the throttles. Here it only says so: the run
// stays as it is.
std::string cleared(Cluster const& cluster, std::vector<State> const& states)
{
    std::set<std::int32_t> brokers;
    std::set<std::string> topics;
    for (kafka::BrokerRegistration const& broker : cluster.image().brokers())
        if (!broker.fenced)
            brokers.insert(broker.id.value);
    for (State const& state : states) {
        topics.insert(state.target.topic);
        for (BrokerId const replica : state.target.replicas)
            brokers.insert(replica.value);
    }
    std::string ids;
    for (std::int32_t const broker : brokers)
        ids += fmt::format("{}{}", ids.empty() ? "" : ",", broker);
    std::string names;
    for (std::string const& topic : topics)
        names += (names.empty() ? "" : ",") + topic;
    return fmt::format("Clearing broker-level throttles on broker{} {}\n"
                       "Clearing topic-level throttles on topic{} {}\n",
                       brokers.size() == 1 ? "" : "s", ids, topics.size() == 1 ? "" : "s", names);
}

Json ids(std::vector<BrokerId> const& brokers)
{
    Json list = Json::array();
    for (BrokerId const broker : brokers)
        list.push_back(broker.value);
    return list;
}

ExitCode verify(Arguments const& arguments, Cluster const& cluster)
{
    std::vector<ReassignedPartition> const targets =
        parse_reassignment(read_file(arguments.reassignment_file));
    for (ReassignedPartition const& target : targets)
        if (std::any_of(target.log_dirs.begin(), target.log_dirs.end(),
                        [](std::string const& directory) { return directory != "any"; }))
            throw usage_error("moves between log directories of one broker are not simulated",
                              "log_dirs are \"any\", or left out");
    std::vector<State> const states = states_of(cluster, targets);
    bool const ongoing = !cluster.image().reassigning().empty();
    if (is_json(arguments.format)) {
        Json list = Json::array();
        for (State const& state : states)
            list.push_back({{"topic", state.target.topic},
                            {"partition", state.target.partition},
                            {"done", state.done},
                            {"currentReplicas", ids(state.current)},
                            {"targetReplicas", ids(state.target.replicas)}});
        fmt::print("{}", dump({{"schema", "odradek/kafka-reassign-partitions/1"},
                               {"ongoing", ongoing},
                               {"partitions", list}}));
        return ExitCode::held;
    }
    std::string text = "Status of partition reassignment:\n";
    for (State const& state : states)
        text += text_of(state) + "\n";
    text += "\n";  // The moves between directories: there are none.
    fmt::print("{}{}", text, ongoing ? "" : cleared(cluster, states));
    return ExitCode::held;
}

ExitCode list(Arguments const& arguments, Cluster const& cluster)
{
    std::vector<std::pair<std::string, TopicPartition>> moving;
    cluster.image().reassigning().for_each([&](TopicPartition partition) {
        moving.emplace_back(cluster.image().topic(partition.topic)->name(), partition);
    });
    std::sort(moving.begin(), moving.end(), [](auto const& a, auto const& b) {
        return std::pair{a.first, a.second.partition} < std::pair{b.first, b.second.partition};
    });
    Json json = Json::array();
    std::string text;
    for (auto const& [topic, id] : moving) {
        PartitionRegistration const& partition = *cluster.image().partition(id);
        json.push_back({{"topic", topic},
                        {"partition", id.partition},
                        {"replicas", ids(partition.replicas)},
                        {"addingReplicas", ids(partition.adding)},
                        {"removingReplicas", ids(partition.removing)}});
        text +=
            fmt::format("{}-{}: replicas: {}.", topic, id.partition, joined(partition.replicas));
        if (!partition.adding.empty())
            text += fmt::format(" adding: {}.", joined(partition.adding));
        if (!partition.removing.empty())
            text += fmt::format(" removing: {}.", joined(partition.removing));
        text += "\n";
    }
    if (is_json(arguments.format))
        fmt::print("{}",
                   dump({{"schema", "odradek/kafka-reassign-partitions/1"}, {"partitions", json}}));
    else
        fmt::print("{}", text.empty() ? "No partition reassignments found.\n"
                                      : "Current partition reassignments:\n" + text);
    return ExitCode::held;
}

}  // namespace

ExitCode kafka_reassign_partitions(Arguments const& arguments)
{
    if (arguments.execute || arguments.cancel || arguments.generate)
        throw usage_error(
            fmt::format("kafka-reassign-partitions {} is not simulated",
                        arguments.execute  ? "--execute"
                        : arguments.cancel ? "--cancel"
                                           : "--generate"),
            "a finished run is not changed: let the scenario do it, with \"do\": \"reassign\"");
    if (arguments.verify == arguments.list)
        throw usage_error("kafka-reassign-partitions needs one of --verify and --list");
    if (arguments.verify && arguments.reassignment_file.empty())
        throw usage_error("--verify needs --reassignment-json-file FILE");
    is_json(arguments.format);
    SavedCluster const opened = replay_saved_run(arguments, "kafka-reassign-partitions");
    try {
        return arguments.verify ? verify(arguments, *opened.cluster)
                                : list(arguments, *opened.cluster);
    } catch (UserError const& error) {
        if (error.code != ExitCode::violated)
            throw;
        fmt::print("Error: {}\n", error.message);  // On its stream and with its code.
        return ExitCode::violated;
    }
}

}  // namespace odradek::cli
