// `odradek kafka-topics --describe | --list --run DIR`: what Kafka's own kafka-topics.sh would
// print at a moment of a run, to the character. Facts from Kafka's TopicCommand.
#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/described_configs.h"
#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using kafka::Cluster;
using kafka::PartitionRegistration;
using Json = nlohmann::ordered_json;

// A partition as TopicCommand sees it.
struct PartitionDescription {
    std::int32_t index{0};
    PartitionRegistration const* registration{nullptr};
    bool has_leader{false};  // And it is alive: the broker that answers names no other.
};

// TopicCommand.getReplicationFactor: while replicas are being moved, as it was before.
std::size_t replication_factor(PartitionRegistration const& partition)
{
    return partition.replicas.size() - partition.adding.size();
}

bool is_reassigning(PartitionRegistration const& partition)
{
    return !partition.adding.empty() || !partition.removing.empty();
}

class Describer {
public:
    Describer(Cluster const& cluster, Arguments const& arguments)
        : cluster_(cluster),
          arguments_(arguments),
          filters_partitions_(arguments.under_replicated || arguments.unavailable ||
                              arguments.under_min_isr || arguments.at_min_isr)
    {
    }

    void describe(kafka::TopicView const& topic)
    {
        std::vector<DescribedConfig> const configs =
            describe_topic_configs(cluster_, topic.name(), broker_to_ask(cluster_));
        std::vector<DescribedConfig> overrides;
        std::int64_t min_isr = 1;
        for (DescribedConfig const& config : configs) {
            if (config.source() != ConfigSource::built_in)
                overrides.push_back(config);
            if (config.name == "min.insync.replicas")
                min_isr = std::stoll(config.value.value_or("1"));
        }
        if (arguments_.with_overrides && overrides.empty())
            return;
        std::vector<PartitionDescription> partitions;
        for (std::int32_t i = 0; i < topic.partition_count() && !arguments_.with_overrides; ++i) {
            PartitionRegistration const& partition = topic.partition(i);
            PartitionDescription const described{
                i, &partition, partition.has_leader() && is_live(cluster_, partition.leader)};
            if (is_wanted(described, min_isr))
                partitions.push_back(described);
        }
        add_json(topic, overrides, partitions);
        if (!filters_partitions_)
            add_topic(topic, overrides);
        for (PartitionDescription const& partition : partitions)
            add_partition(topic, partition);
    }

    std::string const& text() const { return text_; }
    Json const& json() const { return json_; }

private:
    void add_topic(kafka::TopicView const& topic, std::vector<DescribedConfig> const& overrides)
    {
        std::string configs;
        for (DescribedConfig const& config : overrides)
            configs += fmt::format("{}{}={}", configs.empty() ? "" : ",", config.name,
                                   config.value.value_or("null"));
        text_ += fmt::format(
            "Topic: {}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}\n",
            topic.name(), topic_id_text(topic.id()), topic.partition_count(),
            replication_factor(topic.partition(0)), configs);
    }

    void add_partition(kafka::TopicView const& topic, PartitionDescription const& described)
    {
        PartitionRegistration const& partition = *described.registration;
        text_ += fmt::format("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}",
                             topic.name(), described.index,
                             described.has_leader ? std::to_string(partition.leader.value) : "none",
                             joined(partition.replicas), joined(partition.isr));
        if (is_reassigning(partition))
            text_ += fmt::format("\tAdding Replicas: {}\tRemoving Replicas: {}",
                                 nodes(partition.adding), nodes(partition.removing));
        // Asked for by its id, a topic is described by the older Metadata API, which knows no ELR.
        bool const knows_elr = arguments_.topic_id.empty();
        text_ +=
            fmt::format("\tElr: {}\tLastKnownElr: {}\n", knows_elr ? joined(partition.elr) : "N/A",
                        knows_elr ? joined(partition.last_known_elr) : "N/A");
    }

    std::string nodes(std::vector<kafka::BrokerId> const& brokers) const
    {
        std::string text;
        for (kafka::BrokerId const broker : brokers)
            text += fmt::format("{}{}", text.empty() ? "" : ",", node_text(cluster_, broker));
        return text;
    }

    static Json ids(std::vector<kafka::BrokerId> const& brokers)
    {
        Json list = Json::array();
        for (kafka::BrokerId const broker : brokers)
            list.push_back(broker.value);
        return list;
    }

    void add_json(kafka::TopicView const& topic, std::vector<DescribedConfig> const& overrides,
                  std::vector<PartitionDescription> const& partitions)
    {
        Json json{{"topic", topic.name()},
                  {"topicId", topic_id_text(topic.id())},
                  {"partitionCount", topic.partition_count()},
                  {"replicationFactor", replication_factor(topic.partition(0))},
                  {"configs", Json::object()},
                  {"partitions", Json::array()}};
        for (DescribedConfig const& config : overrides)
            json["configs"][config.name] = config.value ? Json(*config.value) : Json();
        for (PartitionDescription const& described : partitions) {
            PartitionRegistration const& partition = *described.registration;
            json["partitions"].push_back(
                {{"partition", described.index},
                 {"leader", described.has_leader ? Json(partition.leader.value) : Json()},
                 {"leaderEpoch", partition.leader_epoch.value},
                 {"replicas", ids(partition.replicas)},
                 {"isr", ids(partition.isr)},
                 {"addingReplicas", ids(partition.adding)},
                 {"removingReplicas", ids(partition.removing)},
                 {"elr", ids(partition.elr)},
                 {"lastKnownElr", ids(partition.last_known_elr)}});
        }
        json_.push_back(std::move(json));
    }

    bool is_wanted(PartitionDescription const& described, std::int64_t min_isr) const
    {
        PartitionRegistration const& partition = *described.registration;
        auto const isr = static_cast<std::int64_t>(partition.isr.size());
        return !filters_partitions_ ||
               (arguments_.under_replicated &&
                replication_factor(partition) > partition.isr.size()) ||
               (arguments_.unavailable && !described.has_leader) ||
               (arguments_.under_min_isr && (!described.has_leader || isr < min_isr)) ||
               (arguments_.at_min_isr && isr == min_isr);
    }

    Cluster const& cluster_;
    Arguments const& arguments_;
    bool filters_partitions_;
    std::string text_;
    Json json_ = Json::array();
};

// TopicCommand.checkArgs, in our words.
void check(Arguments const& arguments)
{
    if (arguments.describe == arguments.list)
        throw usage_error("kafka-topics needs one of --describe and --list",
                          "topics are created and changed by the scenario");
    bool const filters = arguments.under_replicated || arguments.unavailable ||
                         arguments.under_min_isr || arguments.at_min_isr;
    if (arguments.with_overrides && filters)
        throw usage_error("--topics-with-overrides excludes filters of partitions");
    if (arguments.list &&
        (filters || arguments.with_overrides || arguments.if_exists || !arguments.topic_id.empty()))
        throw usage_error("filters, --topic-id and --if-exists go with --describe");
    if (arguments.if_exists && arguments.topic.empty() && arguments.topic_id.empty())
        throw usage_error("--if-exists needs --topic or --topic-id");
}

// In Kafka's words, on its stream and with its code.
ExitCode failed(std::string const& message)
{
    fmt::print("Error while executing topic command : {}\n", message);
    return ExitCode::violated;
}

}  // namespace

ExitCode kafka_topics(Arguments const& arguments)
{
    check(arguments);
    bool const json = is_json(arguments.format);
    TopicPattern const pattern(arguments.topic);
    SavedCluster const opened = replay_saved_run(arguments, "kafka-topics");
    std::vector<kafka::TopicView> topics;
    for (kafka::TopicView const& topic : topics_by_name(*opened.cluster)) {
        bool const chosen = arguments.topic_id.empty()
                                ? pattern.matches(topic.name())
                                : topic_id_text(topic.id()) == arguments.topic_id;
        if (chosen && !(arguments.exclude_internal && is_internal_topic(topic.name())))
            topics.push_back(topic);
    }
    if (arguments.list) {
        Json names = Json::array();
        std::string text;
        for (kafka::TopicView const& topic : topics) {
            names.push_back(topic.name());
            text += (text.empty() ? "" : "\n") + topic.name();
        }
        fmt::print("{}", json ? dump({{"schema", "odradek/kafka-topics/1"}, {"names", names}})
                              : text + "\n");
        return ExitCode::held;
    }
    if (topics.empty() && !arguments.if_exists) {
        if (!arguments.topic_id.empty())
            return failed(
                fmt::format("TopicId '{}' does not exist as expected", arguments.topic_id));
        // Kafka prints its Optional as it is.
        if (!arguments.topic.empty())
            return failed(
                fmt::format("Topic 'Optional[{}]' does not exist as expected", arguments.topic));
    }
    Describer describer(*opened.cluster, arguments);
    for (kafka::TopicView const& topic : topics)
        describer.describe(topic);
    fmt::print("{}",
               json ? dump({{"schema", "odradek/kafka-topics/1"}, {"topics", describer.json()}})
                    : describer.text());
    return ExitCode::held;
}

}  // namespace odradek::cli
