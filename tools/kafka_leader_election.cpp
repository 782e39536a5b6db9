// `odradek kafka-leader-election --run DIR --at TIME`: what would come of an election that an
// operator asks for at a moment of a run. The run is repeated up to there, asked, and goes on until
// the controller has answered; the folder stays as it is. Facts from Kafka's LeaderElectionCommand.
#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/client/admin.h"
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
using kafka::Cluster;
using kafka::Error;
using kafka::TopicPartition;
using Named = std::pair<std::string, std::int32_t>;

struct PartitionOutcome {
    std::string partition;  // "orders-0"
    Error error{Error::none};
    std::string message;
};

// Nothing: every partition there is.
std::optional<std::vector<Named>> wanted(Arguments const& arguments)
{
    int const ways = (arguments.topic.empty() ? 0 : 1) + (arguments.all_partitions ? 1 : 0) +
                     (arguments.election_file.empty() ? 0 : 1);
    if (ways != 1)
        throw usage_error("kafka-leader-election needs one of --topic, --all-topic-partitions and "
                          "--path-to-json-file");
    if (arguments.all_partitions)
        return std::nullopt;
    if (!arguments.election_file.empty())
        return parse_election(read_file(arguments.election_file));
    if (arguments.partition.empty())
        throw usage_error("--topic needs --partition");
    return std::vector<Named>{{arguments.topic, static_cast<std::int32_t>(read_seed(
                                                    "--partition", arguments.partition))}};
}

// What the controller says of partitions it does not know, without being asked.
void refuse_unknown(Cluster const& cluster, std::vector<Named> const& named,
                    kafka::ElectLeadersRequest& request, std::vector<PartitionOutcome>& outcomes)
{
    for (auto const& [topic, partition] : named) {
        std::string const name = fmt::format("{}-{}", topic, partition);
        auto const found = cluster.image().topic(topic);
        if (!found)
            outcomes.push_back(
                {name, Error::unknown_topic_or_partition, "No such topic as " + topic});
        else if (partition >= found->partition_count())
            outcomes.push_back(
                {name, Error::unknown_topic_or_partition, "No such partition as " + name});
        else
            request.partitions.push_back({found->id(), partition});
    }
}

// Asks, and goes on until the answer is there. False: it did not come.
bool elect(Cluster& cluster, kafka::ElectLeadersRequest const& request, bool all,
           std::vector<PartitionOutcome>& outcomes)
{
    kafka::AdminResult const* const result = ask(cluster, request);
    if (result == nullptr)
        return false;
    for (kafka::ElectLeadersPartitionResponse const& each : result->elected.partitions)
        if (!all || each.error != Error::election_not_needed)
            outcomes.push_back({cluster.image().name_of(each.partition), each.error, {}});
    return true;
}

std::string names_of(std::vector<PartitionOutcome> const& outcomes, Error error)
{
    std::string text;
    for (PartitionOutcome const& outcome : outcomes)
        if (outcome.error == error)
            text += (text.empty() ? "" : ", ") + outcome.partition;
    return text;
}

ExitCode print(std::vector<PartitionOutcome> const& outcomes, std::string_view type)
{
    if (std::string const names = names_of(outcomes, Error::none); !names.empty())
        fmt::print("Successfully completed leader election ({}) for partitions {}\n", type, names);
    if (std::string const names = names_of(outcomes, Error::election_not_needed); !names.empty())
        fmt::print("Valid replica already elected for partitions {}\n", names);
    std::size_t failed = 0;
    for (PartitionOutcome const& outcome : outcomes) {
        if (outcome.error == Error::none || outcome.error == Error::election_not_needed)
            continue;
        ++failed;
        fmt::print("Error completing leader election ({}) for partition: {}: {}\n", type,
                   outcome.partition, exception_text(outcome.error, outcome.message));
    }
    if (failed == 0)
        return ExitCode::held;
    std::fflush(stdout);
    fmt::print(stderr, "{} replica(s) could not be elected\n", failed);
    return ExitCode::violated;
}

ExitCode print_json(Cluster const& cluster, std::vector<PartitionOutcome> const& outcomes,
                    std::string_view type)
{
    Json list = Json::array();
    bool failed = false;
    for (PartitionOutcome const& outcome : outcomes) {
        failed =
            failed || (outcome.error != Error::none && outcome.error != Error::election_not_needed);
        list.push_back({{"partition", outcome.partition},
                        {"error", to_string(outcome.error)},
                        {"message", outcome.message}});
    }
    fmt::print("{}", dump({{"schema", "odradek/kafka-leader-election/1"},
                           {"electionType", type},
                           {"answeredAtNs", cluster.now().ns},
                           {"partitions", list}}));
    return failed ? ExitCode::violated : ExitCode::held;
}

}  // namespace

ExitCode kafka_leader_election(Arguments const& arguments)
{
    if (arguments.election_type.empty())
        throw usage_error("kafka-leader-election needs --election-type", "preferred or unclean");
    std::string lower;
    for (char const c : arguments.election_type)
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    bool const unclean = choose("--election-type", lower, {"preferred", "unclean"}) == "unclean";
    char const* const type = unclean ? "UNCLEAN" : "PREFERRED";
    bool const json = is_json(arguments.format);
    std::optional<std::vector<Named>> const named = wanted(arguments);
    SavedCluster const opened = replay_to_ask(arguments, "kafka-leader-election");
    Cluster& cluster = *opened.cluster;
    kafka::ElectLeadersRequest request;
    request.unclean = unclean;
    std::vector<PartitionOutcome> outcomes;
    if (named)
        refuse_unknown(cluster, *named, request, outcomes);
    else
        cluster.image().for_each_partition(
            [&](TopicPartition partition, kafka::PartitionRegistration const&) {
                if (partition.topic != kafka::metadata_topic)
                    request.partitions.push_back(partition);
            });
    if (!request.partitions.empty() && !elect(cluster, request, !named, outcomes)) {
        fmt::print("Timeout waiting for election results\n");
        return ExitCode::violated;
    }
    std::sort(outcomes.begin(), outcomes.end(),
              [](PartitionOutcome const& a, PartitionOutcome const& b) {
                  return a.partition < b.partition;
              });
    return json ? print_json(cluster, outcomes, type) : print(outcomes, type);
}

}  // namespace odradek::cli
