// `odradek kafka-log-dirs --describe --run DIR --at TIME`: what is in the brokers' log directories
// at a moment of a run, as they say themselves. Facts from Kafka's LogDirsCommand.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::BrokerId;
using kafka::Cluster;

std::vector<std::string> items(std::string const& list)
{
    std::vector<std::string> found(1);
    for (char const c : list)
        if (c == ',')
            found.emplace_back();
        else
            found.back() += c;
    std::erase(found, "");
    return found;
}

// Those that are alive: nobody else is in a client's metadata.
std::vector<BrokerId> live_brokers(Cluster const& cluster)
{
    std::vector<BrokerId> brokers;
    for (kafka::BrokerRegistration const& broker : cluster.image().brokers())
        if (!broker.fenced)
            brokers.push_back(broker.id);
    std::sort(brokers.begin(), brokers.end());
    return brokers;
}

std::vector<BrokerId> named_brokers(Cluster const& cluster, std::string const& list)
{
    std::vector<BrokerId> const live = live_brokers(cluster);
    std::vector<BrokerId> named;
    std::vector<BrokerId> unknown;
    for (std::string const& item : items(list)) {
        BrokerId const id{static_cast<std::int32_t>(read_seed("--broker-list", item))};
        bool const is_live = std::find(live.begin(), live.end(), id) != live.end();
        (is_live ? named : unknown).push_back(id);
    }
    if (!unknown.empty())
        throw UserError{
            ExitCode::violated,
            {},
            fmt::format("ERROR: The given brokers do not exist from --broker-list: {}. Current "
                        "existent brokers: {}",
                        joined(unknown), joined(live)),
            {}};
    std::sort(named.begin(), named.end());
    named.erase(std::unique(named.begin(), named.end()), named.end());
    return named.empty() ? live : named;
}

Json to_json(Cluster const& cluster, kafka::BrokerAnswer const& answer,
             std::vector<std::string> const& topics)
{
    Json dirs = Json::array();
    for (kafka::DescribedLogDir const& dir : answer.log_dirs) {
        std::vector<std::pair<std::string, Json>> named;
        for (kafka::DescribedReplica const& replica : dir.replicas) {
            std::string const name = cluster.image().name_of(replica.partition);
            std::string const topic = name.substr(0, name.rfind('-'));
            if (topics.empty() || std::find(topics.begin(), topics.end(), topic) != topics.end())
                named.emplace_back(name, Json{{"partition", name},
                                              {"size", replica.size},
                                              {"offsetLag", replica.offset_lag},
                                              {"isFuture", replica.is_future}});
        }
        std::sort(named.begin(), named.end(),
                  [](auto const& a, auto const& b) { return a.first < b.first; });
        Json partitions = Json::array();
        for (auto& [name, replica] : named)
            partitions.push_back(std::move(replica));
        std::string const path = fmt::format("/sim/broker-{}{}{}", answer.broker.value,
                                             dir.log_dir.empty() ? "" : "/", dir.log_dir);
        dirs.push_back(
            {{"logDir", path},
             {"error",
              dir.error == kafka::Error::none ? Json(nullptr) : Json(exception_class(dir.error))},
             {"partitions", partitions}});
    }
    return {{"broker", answer.broker.value}, {"logDirs", dirs}};
}

}  // namespace

ExitCode kafka_log_dirs(Arguments const& arguments)
{
    if (!arguments.describe)
        throw usage_error("kafka-log-dirs needs --describe");
    bool const json = is_json(arguments.format);
    SavedCluster const opened = replay_to_ask(arguments, "kafka-log-dirs");
    Cluster& cluster = *opened.cluster;
    kafka::DescribeLogDirsOrder order;
    order.brokers = named_brokers(cluster, arguments.broker_list);
    std::string const asked = joined(order.brokers);
    if (!json)
        fmt::print("Querying brokers for log directories information\n");
    std::vector<kafka::BrokerAnswer> const answers = ask_brokers(cluster, std::move(order));
    for (kafka::BrokerAnswer const& answer : answers)
        if (answer.error != kafka::Error::none)
            throw UserError{ExitCode::violated,
                            {},
                            exception_text(answer),
                            fmt::format("of broker {}", answer.broker.value)};
    Json brokers = Json::array();
    for (kafka::BrokerAnswer const& answer : answers)
        brokers.push_back(to_json(cluster, answer, items(arguments.topic_list)));
    if (json) {
        fmt::print("{}", dump({{"schema", "odradek/kafka-log-dirs/1"},
                               {"answeredAtNs", cluster.now().ns},
                               {"brokers", brokers}}));
        return ExitCode::held;
    }
    fmt::print("Received log directory information from brokers {}\n", asked);
    fmt::print("{}\n", Json{{"version", 1}, {"brokers", brokers}}.dump());
    return ExitCode::held;
}

}  // namespace odradek::cli
