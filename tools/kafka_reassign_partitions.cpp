// `odradek kafka-reassign-partitions --verify | --list | --execute | --cancel --run DIR`: what the
// tool would print at a moment of a run. What changes a cluster is asked of the run repeated up to
// there, and goes on until the controller has answered; the folder stays as it is. Facts from
// Kafka's ReassignPartitionsCommand.
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

// Of --reassignment-json-file.
std::vector<ReassignedPartition> reassignment_of(Arguments const& arguments)
{
    std::vector<ReassignedPartition> targets =
        parse_reassignment(read_file(arguments.reassignment_file));
    for (ReassignedPartition const& target : targets)
        if (std::any_of(target.log_dirs.begin(), target.log_dirs.end(),
                        [](std::string const& directory) { return directory != "any"; }))
            throw usage_error("moves between log directories of one broker are not simulated",
                              "log_dirs are \"any\", or left out");
    return targets;
}

ExitCode verify(Arguments const& arguments, Cluster const& cluster)
{
    std::vector<ReassignedPartition> const targets = reassignment_of(arguments);
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

// What ends the tool with one line and code 1, as its TerseException.
UserError terse(std::string message)
{
    return {ExitCode::violated, "terse", std::move(message), {}};
}

UserError failed(std::string message) { return {ExitCode::violated, {}, std::move(message), {}}; }

std::string names_of(std::vector<std::string> names)
{
    std::sort(names.begin(), names.end());
    std::string text;
    for (std::string const& name : names)
        text += (text.empty() ? "" : ",") + name;
    return text;
}

// parseExecuteAssignmentArgs.
void check_proposal(std::vector<ReassignedPartition> const& proposal)
{
    if (proposal.empty())
        throw failed("Partition reassignment list cannot be empty");
    std::set<std::string> seen;
    for (ReassignedPartition const& each : proposal) {
        if (each.replicas.empty())
            throw failed("Partition replica list cannot be empty");
        if (!seen.insert(each.name()).second)
            throw failed("Partition reassignment contains duplicate topic partitions: " +
                         each.name());
        std::vector<BrokerId> sorted = each.replicas;
        std::sort(sorted.begin(), sorted.end());
        auto const twice = std::adjacent_find(sorted.begin(), sorted.end());
        if (twice != sorted.end())
            throw failed(fmt::format("Partition replica lists may not contain duplicate entries: "
                                     "{} contains multiple entries for {}",
                                     each.name(), twice->value));
    }
}

// What is there now of the partitions that are proposed, for going back.
std::vector<ReassignedPartition> current_of(Cluster const& cluster,
                                            std::vector<ReassignedPartition> const& proposal)
{
    std::vector<ReassignedPartition> current;
    for (ReassignedPartition const& each : proposal) {
        if (!cluster.image().topic(each.topic))
            throw failed(fmt::format("org.apache.kafka.common.errors.UnknownTopicOrPartition"
                                     "Exception: Topic {} not found.",
                                     each.topic));
        PartitionRegistration const* const found =
            find_partition(cluster, each.topic, each.partition);
        if (found == nullptr)
            throw failed(fmt::format("org.apache.kafka.common.errors.UnknownTopicOrPartition"
                                     "Exception: Unable to find partition: {}",
                                     each.name()));
        current.push_back({each.topic, each.partition, found->replicas,
                           std::vector<std::string>(found->replicas.size(), "any")});
    }
    return current;
}

// Asks for it; "orders-0: why not", a line for each that is refused.
std::string ask_for(Cluster& cluster, kafka::AlterPartitionReassignmentsRequest request)
{
    kafka::AdminResult const* const result = ask(cluster, std::move(request));
    if (result == nullptr)
        throw failed("org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a "
                     "node assignment. Call: alterPartitionReassignments");
    std::string refused;
    for (kafka::ReassignmentPartitionResponse const& each : result->reassigned)
        if (each.error != kafka::Error::none)
            refused += fmt::format("{}{}: {}", refused.empty() ? "" : "\n",
                                   cluster.image().name_of(each.partition), each.message);
    if (refused.empty() && result->error != kafka::Error::none)
        refused = fmt::format("{}: {}", to_string(result->error), result->message);
    return refused;
}

ExitCode execute(Arguments const& arguments, Cluster& cluster)
{
    std::vector<ReassignedPartition> const proposal = reassignment_of(arguments);
    check_proposal(proposal);
    if (!arguments.additional && !cluster.image().reassigning().empty())
        throw terse(
            "Cannot execute because there is an existing partition assignment.  Use --additional "
            "to override this and create a new partition assignment in addition to the existing "
            "one. The --additional flag can also be used to change the throttle by resubmitting "
            "the current reassignment.");
    for (ReassignedPartition const& each : proposal)
        for (BrokerId const replica : each.replicas)
            if (!is_live(cluster, replica))
                throw failed(fmt::format("Unknown broker id {}", replica.value));
    std::vector<ReassignedPartition> const current = current_of(cluster, proposal);
    fmt::print("Current partition replica assignment\n\n{}\n\nSave this to use as the "
               "--reassignment-json-file option during rollback\n",
               reassignment_json(current));
    kafka::AlterPartitionReassignmentsRequest request;
    std::vector<std::string> names;
    for (ReassignedPartition const& each : proposal) {
        request.partitions.push_back(
            {{cluster.image().topic(each.topic)->id(), each.partition}, each.replicas});
        names.push_back(each.name());
    }
    if (std::string const refused = ask_for(cluster, std::move(request)); !refused.empty())
        throw terse("Error reassigning partition(s):\n" + refused);
    fmt::print("Successfully started partition reassignment{} for {}\n",
               names.size() == 1 ? "" : "s", names_of(names));
    return ExitCode::held;
}

ExitCode cancel(Arguments const& arguments, Cluster& cluster)
{
    std::vector<ReassignedPartition> const targets = reassignment_of(arguments);
    kafka::AlterPartitionReassignmentsRequest request;
    std::vector<std::string> names;
    for (ReassignedPartition const& each : targets) {
        PartitionRegistration const* const found =
            find_partition(cluster, each.topic, each.partition);
        // As in Kafka, one that only adds replicas is passed over.
        if (found == nullptr || !found->reassigning() ||
            (!found->adding.empty() && found->removing.empty()))
            continue;
        request.partitions.push_back(
            {{cluster.image().topic(each.topic)->id(), each.partition}, std::nullopt});
        names.push_back(each.name());
    }
    if (names.empty())
        fmt::print("None of the specified partition reassignments are active.\n");
    else if (std::string const refused = ask_for(cluster, std::move(request)); !refused.empty())
        throw terse(fmt::format("Error cancelling partition reassignment{} for:\n{}",
                                names.size() == 1 ? "" : "s", refused));
    else
        fmt::print("Successfully cancelled partition reassignment{} for: {}\n",
                   names.size() == 1 ? "" : "s", names_of(names));
    // Kafka ends no line here.
    fmt::print("None of the specified partition moves are active.");
    if (!arguments.preserve_throttles)
        fmt::print("{}", cleared(cluster, states_of(cluster, targets)));
    return ExitCode::held;
}

}  // namespace

ExitCode kafka_reassign_partitions(Arguments const& arguments)
{
    if (arguments.generate)
        throw usage_error("kafka-reassign-partitions --generate is not simulated",
                          "its proposal is drawn at random; write the file by hand");
    int const actions = (arguments.verify ? 1 : 0) + (arguments.list ? 1 : 0) +
                        (arguments.execute ? 1 : 0) + (arguments.cancel ? 1 : 0);
    if (actions != 1)
        throw usage_error("Command must include exactly one action: --execute, --verify, --cancel, "
                          "--list");
    if (!arguments.list && arguments.reassignment_file.empty())
        throw usage_error("kafka-reassign-partitions needs --reassignment-json-file FILE");
    bool const asks = arguments.execute || arguments.cancel;
    if (is_json(arguments.format) && asks)
        throw usage_error("--execute and --cancel print text only");
    SavedCluster const opened = asks ? replay_to_ask(arguments, "kafka-reassign-partitions")
                                     : replay_saved_run(arguments, "kafka-reassign-partitions");
    Cluster& cluster = *opened.cluster;
    try {
        return arguments.verify    ? verify(arguments, cluster)
               : arguments.list    ? list(arguments, cluster)
               : arguments.execute ? execute(arguments, cluster)
                                   : cancel(arguments, cluster);
    } catch (UserError const& error) {
        if (error.code != ExitCode::violated)
            throw;
        // On its stream and with its code.
        fmt::print("{}{}\n", error.file == "terse" ? "" : "Error: ", error.message);
        return ExitCode::violated;
    }
}

}  // namespace odradek::cli
