// `odradek kafka-topics --describe --run DIR`: what Kafka's own kafka-topics.sh would print at a
// moment of a run, to the character. Facts from Kafka's TopicCommand. The saved scenario is run
// again up to there.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <regex>

#include <fmt/core.h>

#include "model/cluster/cluster.h"
#include "model/config.h"
#include "model/scenario/reader.h"
#include "sim/digest.h"
#include "tools/build_version.h"
#include "tools/error_text.h"
#include "tools/load.h"
#include "tools/run_folder.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using kafka::BrokerId;
using kafka::Cluster;
using kafka::ConfigMap;
using kafka::PartitionRegistration;

// 128 bits as Kafka writes a Uuid: base64url without padding, never with a dash in front.
std::string topic_id_text(std::uint64_t seed, kafka::TopicId topic)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    sim::Digest digest;
    digest.add(std::string_view{"topic id"});
    digest.add(seed);
    digest.add(topic.value);
    std::string text = "-";
    while (text.front() == '-') {
        digest.add(std::uint64_t{1});
        std::array<unsigned, 16> bytes{};
        for (std::size_t i = 0; i < 8; ++i) {
            bytes[i] = (digest.high() >> (56 - 8 * i)) & 0xff;
            bytes[8 + i] = (digest.low() >> (56 - 8 * i)) & 0xff;
        }
        bytes[6] = (bytes[6] & 0x0fU) | 0x40U;  // Of a random UUID (RFC 9562, version 4).
        bytes[8] = (bytes[8] & 0x3fU) | 0x80U;
        text.clear();
        for (std::size_t bit = 0; bit < 128; bit += 6) {
            unsigned value = 0;
            for (std::size_t i = bit; i < bit + 6; ++i)
                value = value * 2 + (i < 128 ? (bytes[i / 8] >> (7 - i % 8)) & 1U : 0U);
            text += digits[value];
        }
    }
    return text;
}

// The configurations of a topic that are no built-in defaults: its own, and what server.properties
// says.
ConfigMap overrides_of(Cluster const& cluster, std::string const& topic)
{
    ConfigMap overrides;
    ConfigMap const& server = cluster.scenario().cluster.config;
    for (kafka::ConfigKey const& key : kafka::all_keys()) {
        if (!key.has_scope(kafka::Scope::topic) || key.broker_synonym.empty())
            continue;
        auto const found = server.find(key.broker_synonym);
        if (found != server.end())
            overrides[std::string{key.name}] = found->second;
    }
    for (auto const& [key, value] : cluster.image().topic_configs(topic))
        overrides[key] = value;
    return overrides;
}

std::string joined(std::vector<BrokerId> const& brokers)
{
    std::string text;
    for (BrokerId const broker : brokers)
        text += fmt::format("{}{}", text.empty() ? "" : ",", broker.value);
    return text;
}

class Describer {
public:
    Describer(Cluster const& cluster, std::uint64_t seed, Arguments const& arguments)
        : cluster_(cluster),
          seed_(seed),
          arguments_(arguments),
          filters_partitions_(arguments.under_replicated || arguments.unavailable ||
                              arguments.under_min_isr || arguments.at_min_isr)
    {
    }

    void describe(kafka::TopicView const& topic) const
    {
        ConfigMap const overrides = overrides_of(cluster_, topic.name());
        if (!filters_partitions_ && (!arguments_.with_overrides || !overrides.empty()))
            print_topic(topic, overrides);
        if (arguments_.with_overrides)
            return;
        kafka::TopicConfig const config = kafka::resolve_topic_config(
            cluster_.scenario().run.kafka, cluster_.image().topic_configs(topic.name()),
            cluster_.scenario().cluster.config);
        for (std::int32_t i = 0; i < topic.partition_count(); ++i)
            if (is_wanted(topic.partition(i), config.min_insync_replicas))
                print_partition(topic, i);
    }

private:
    void print_topic(kafka::TopicView const& topic, ConfigMap const& overrides) const
    {
        std::string configs;
        for (auto const& [key, value] : overrides)
            configs += fmt::format("{}{}={}", configs.empty() ? "" : ",", key, value);
        fmt::print(
            "Topic: {}\tTopicId: {}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}\n",
            topic.name(), topic_id_text(seed_, topic.id()), topic.partition_count(),
            topic.partition(0).replicas.size(), configs);
    }

    void print_partition(kafka::TopicView const& topic, std::int32_t index) const
    {
        PartitionRegistration const& partition = topic.partition(index);
        fmt::print("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: N/A"
                   "\tLastKnownElr: N/A\n",
                   topic.name(), index,
                   partition.has_leader() ? std::to_string(partition.leader.value) : "none",
                   joined(partition.replicas), joined(partition.isr));
    }

    bool is_wanted(PartitionRegistration const& partition, std::int32_t min_isr) const
    {
        auto const isr = static_cast<std::int32_t>(partition.isr.size());
        bool const leads = partition.has_leader() && is_live(partition.leader);
        return !filters_partitions_ ||
               (arguments_.under_replicated && partition.isr.size() < partition.replicas.size()) ||
               (arguments_.unavailable && !leads) ||
               (arguments_.under_min_isr && (isr < min_isr || !partition.has_leader())) ||
               (arguments_.at_min_isr && isr == min_isr);
    }

    bool is_live(BrokerId broker) const
    {
        auto const& brokers = cluster_.image().brokers();
        return std::any_of(brokers.begin(), brokers.end(),
                           [&](kafka::BrokerRegistration const& registration) {
                               return registration.id == broker && !registration.fenced;
                           });
    }

    Cluster const& cluster_;
    std::uint64_t seed_;
    Arguments const& arguments_;
    bool filters_partitions_;
};

// Runs the saved run again: to the moment, or to its own end, where its digest must be the same.
void repeat(Cluster& cluster, SavedRun const& saved, std::optional<sim::Instant> at)
{
    if (at && *at < cluster.end()) {
        cluster.run_until(*at);
        return;
    }
    std::string const digest = cluster.run().digest;
    if (!saved.complete || digest == saved.digest)
        return;
    std::string const cause =
        saved.build == build ? "the same build wrote it, so this is a bug of odradek"
                             : fmt::format("build {} wrote it, this is build {}; a run is the same "
                                           "in one build only",
                                           saved.build, build);
    throw UserError{
        ExitCode::nondeterminism, saved.scenario_path,
        fmt::format("the run does not repeat: digest {}, saved was {}", digest, saved.digest),
        cause};
}

// A comma stands for "or", and blanks for nothing, as in Kafka.
std::optional<std::regex> topic_pattern(std::string const& text)
{
    if (text.empty())
        return std::nullopt;
    std::string pattern;
    for (char const c : text)
        if (c != ' ')
            pattern += c == ',' ? '|' : c;
    try {
        return std::regex(pattern, std::regex::ECMAScript);
    } catch (std::regex_error const&) {
        throw usage_error(fmt::format("--topic: \"{}\" is no regular expression", text));
    }
}

bool is_internal(std::string const& topic)
{
    return topic == "__consumer_offsets" || topic == "__transaction_state" ||
           topic == "__share_group_state";
}

}  // namespace

ExitCode kafka_topics(Arguments const& arguments)
{
    if (!arguments.describe)
        throw usage_error("kafka-topics needs --describe",
                          "topics are created and changed by the scenario");
    if (arguments.run_folder.empty())
        throw usage_error("kafka-topics needs --run DIR",
                          "the folder that `odradek run FILE --out DIR` has written");
    if (arguments.under_replicated + arguments.unavailable + arguments.under_min_isr +
            arguments.at_min_isr + arguments.with_overrides >
        1)
        throw usage_error("the filters of kafka-topics exclude each other", "choose one");
    std::optional<std::regex> const pattern = topic_pattern(arguments.topic);
    SavedRun const saved = read_run_folder(arguments.run_folder);
    std::optional<sim::Instant> at = saved.end;
    if (!arguments.at.empty())
        at = read_time("--at", arguments.at);
    kafka::ReadOptions options;
    options.lenient_config = true;
    kafka::ReadResult const read =
        kafka::read_scenario(saved.scenario_text, saved.scenario_path, options);
    if (read.has_errors() || read.variants.size() != 1) {
        fmt::print(stderr, "{}", kafka::render(read.diagnostics));
        throw UserError{ExitCode::invalid, saved.scenario_path, "is no scenario of this build", {}};
    }
    Cluster cluster(std::make_shared<kafka::Scenario const>(read.variants.front()), saved.seed);
    repeat(cluster, saved, at);

    std::vector<kafka::TopicView> topics;
    for (kafka::TopicView const& topic : cluster.image().topics())
        if (topic.id() != kafka::metadata_topic &&
            (!pattern || std::regex_match(topic.name(), *pattern)) &&
            !(arguments.exclude_internal && is_internal(topic.name())))
            topics.push_back(topic);
    std::sort(
        topics.begin(), topics.end(),
        [](kafka::TopicView const& a, kafka::TopicView const& b) { return a.name() < b.name(); });
    if (topics.empty() && pattern) {
        // In Kafka's words, on its stream and with its code.
        fmt::print("Error while executing topic command : Topic '{}' does not exist as expected\n",
                   arguments.topic);
        return ExitCode::violated;
    }
    Describer const describer(cluster, saved.seed, arguments);
    for (kafka::TopicView const& topic : topics)
        describer.describe(topic);
    return ExitCode::held;
}

}  // namespace odradek::cli
