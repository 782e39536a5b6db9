// `odradek kafka-consumer-groups --list | --describe --run DIR`: what Kafka's own
// kafka-consumer-groups.sh would print at a moment of a run, to the character. Facts from Kafka's
// ConsumerGroupCommand.
#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/coordinator/internal_topic.h"
#include "tools/json_text.h"
#include "tools/kafka_words.h"
#include "tools/saved_cluster.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using kafka::ClassicGroup;
using kafka::Cluster;
using kafka::GroupState;
using Json = nlohmann::ordered_json;

constexpr std::string_view missing = "-";

// A group as its coordinator has it.
struct Found {
    kafka::BrokerId coordinator;
    kafka::GroupShard const* shard{nullptr};
    ClassicGroup const* group{nullptr};
};

std::map<std::string, Found> groups_of(Cluster const& cluster)
{
    std::map<std::string, Found> groups;
    auto const topic = cluster.image().topic(kafka::consumer_offsets_topic_name);
    if (!topic)
        return groups;
    for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
        kafka::BrokerId const leader = topic->partition(i).leader;
        auto const node = cluster.broker_node(leader);
        if (!node || !cluster.engine().running(*node))
            continue;
        kafka::Broker const& broker = cluster.broker(leader);
        for (auto const& entry : broker.groups().shards().entries())
            if (entry.partition == i && !entry.loading)
                for (auto const& [id, group] : entry.shard.groups)
                    groups[id] = {leader, &entry.shard, &group};
    }
    return groups;
}

struct Row {
    std::string topic;
    std::int32_t partition{0};
    std::optional<std::int64_t> offset;
    std::optional<std::int32_t> leader_epoch;
    std::optional<std::int64_t> log_end;
    kafka::ClassicMember const* member{nullptr};

    std::optional<std::int64_t> lag() const
    {
        return offset && log_end ? std::optional(*log_end - *offset) : std::nullopt;
    }
};

template <class Number>
std::string text_of(std::optional<Number> number)
{
    return number ? std::to_string(*number) : std::string(missing);
}

std::optional<std::int64_t> end_of(Cluster const& cluster, kafka::TopicPartition id)
{
    kafka::PartitionRegistration const* const partition = cluster.image().partition(id);
    auto const node = partition == nullptr ? std::nullopt : cluster.broker_node(partition->leader);
    if (!node || !cluster.engine().running(*node))
        return std::nullopt;
    kafka::Partition const* const replica =
        cluster.broker(partition->leader).replicas().partition(id);
    return replica == nullptr ? std::nullopt : std::optional(replica->log().high_watermark().value);
}

// What is committed, and what is assigned; by topic and partition.
std::vector<Row> rows_of(Cluster const& cluster, Found const& found)
{
    std::map<kafka::GroupPartition, Row> rows;
    auto const row = [&rows](std::string const& topic, std::int32_t partition) -> Row& {
        Row& one = rows[{topic, partition}];
        one.topic = topic;
        one.partition = partition;
        return one;
    };
    if (auto const* offsets = found.shard->offsets.of(found.group->id()))
        for (auto const& [partition, committed] : *offsets) {
            Row& one = row(partition.topic, partition.partition);
            one.offset = committed.is.offset.value;
            if (committed.is.leader_epoch != kafka::no_epoch)
                one.leader_epoch = committed.is.leader_epoch.value;
        }
    if (found.group->is(GroupState::stable))
        for (auto const& [id, member] : found.group->members())
            for (kafka::TopicPartition const assigned : member.assignment)
                if (auto const topic = cluster.image().topic(assigned.topic))
                    row(std::string(topic->name()), assigned.partition).member = &member;
    std::vector<Row> list;
    for (auto& [key, one] : rows) {
        if (auto const topic = cluster.image().topic(std::string_view(one.topic)))
            one.log_end = end_of(cluster, {topic->id(), one.partition});
        list.push_back(one);
    }
    return list;
}

// ConsumerGroupCommand.shouldPrintMemberState: what is said of a group without members or in
// between, and whether anything is left to print.
bool announce(std::string const& id, Found const& found, std::size_t rows)
{
    switch (found.group->state()) {
    case GroupState::dead:
        fmt::print("\nError: Consumer group '{}' does not exist.\n", id);
        return false;
    case GroupState::empty:
        fmt::print(stderr, "\nConsumer group '{}' has no active members.\n", id);
        break;
    case GroupState::preparing_rebalance:
    case GroupState::completing_rebalance:
        fmt::print(stderr, "\nWarning: Consumer group '{}' is rebalancing.\n", id);
        break;
    case GroupState::stable:
        break;
    }
    return rows > 0;
}

void print_offsets(Cluster const& cluster, std::string const& id, Found const& found, bool verbose)
{
    std::vector<Row> const rows = rows_of(cluster, found);
    if (!announce(id, found, rows.size()))
        return;
    std::size_t group_width = std::max<std::size_t>(15, id.size());
    std::size_t topic_width = 15;
    std::size_t member_width = 15;
    std::size_t host_width = 15;
    for (Row const& row : rows) {
        topic_width = std::max(topic_width, row.topic.size());
        if (row.member != nullptr) {
            member_width = std::max(member_width, row.member->id.size());
            host_width = std::max(host_width, row.member->host.size());
        }
    }
    auto const print = [&](std::string_view group, std::string_view topic,
                           std::string_view partition, std::string_view epoch,
                           std::string_view offset, std::string_view end, std::string_view lag,
                           std::string_view member, std::string_view host,
                           std::string_view client) {
        fmt::print("\n{:<{}} {:<{}} {:<10} ", group, group_width, topic, topic_width, partition);
        if (verbose)
            fmt::print("{:<15} ", epoch);
        fmt::print("{:<15} {:<15} {:<15} {:<{}} {:<{}} {}", offset, end, lag, member, member_width,
                   host, host_width, client);
    };
    print("GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG",
          "CONSUMER-ID", "HOST", "CLIENT-ID");
    for (Row const& row : rows)
        print(id, row.topic, std::to_string(row.partition), text_of(row.leader_epoch),
              text_of(row.offset), text_of(row.log_end), text_of(row.lag()),
              row.member == nullptr ? missing : std::string_view(row.member->id),
              row.member == nullptr ? missing : std::string_view(row.member->host),
              row.member == nullptr ? missing : std::string_view(row.member->client_id));
    fmt::print("\n");
}

// "(0,1), (3)": partitions by topic.
std::string assignment_text(kafka::ClassicMember const& member)
{
    if (member.assignment.empty())
        return std::string(missing);
    std::map<kafka::TopicId, std::vector<std::string>> topics;
    for (kafka::TopicPartition const partition : member.assignment)
        topics[partition.topic].push_back(std::to_string(partition.partition));
    std::vector<std::string> lists;
    for (auto& [topic, partitions] : topics) {
        std::sort(partitions.begin(), partitions.end());  // As text, in Kafka too.
        std::string list;
        for (std::string const& partition : partitions)
            list += (list.empty() ? "" : ",") + partition;
        lists.push_back("(" + list + ")");
    }
    std::sort(lists.begin(), lists.end());
    std::string text;
    for (std::string const& list : lists)
        text += (text.empty() ? "" : ", ") + list;
    return text;
}

void print_members(std::string const& id, Found const& found, bool verbose)
{
    auto const& members = found.group->members();
    bool const settled = found.group->is(GroupState::stable);
    announce(id, found, members.size());
    std::size_t group_width = 15;
    std::size_t member_width = 15;
    std::size_t instance_width = 17;
    std::size_t host_width = 15;
    std::size_t client_width = 15;
    bool instances = false;
    for (auto const& [member_id, member] : members) {
        group_width = std::max(group_width, id.size());
        member_width = std::max(member_width, member_id.size());
        instance_width = std::max(instance_width, member.instance.size());
        host_width = std::max(host_width, member.host.size());
        client_width = std::max(client_width, member.client_id.size());
        instances |= member.is_static();
    }
    auto const print = [&](std::string_view group, std::string_view member,
                           std::string_view instance, std::string_view host,
                           std::string_view client, std::string_view count) {
        fmt::print("{:<{}} {:<{}} ", group, group_width, member, member_width);
        if (instances)
            fmt::print("{:<{}} ", instance, instance_width);
        fmt::print("{:<{}} {:<{}} {:<15} ", host, host_width, client, client_width, count);
    };
    fmt::print("\n");
    print("GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS");
    fmt::print("{}\n", verbose ? "ASSIGNMENT" : "");
    for (auto const& [member_id, member] : members) {
        print(id, member_id, member.instance, member.host, member.client_id,
              std::to_string(settled ? member.assignment.size() : 0));
        fmt::print("{}\n", verbose ? settled ? assignment_text(member) : std::string(missing)
                                   : std::string{});
    }
}

void print_state(std::string const& id, Found const& found)
{
    if (!announce(id, found, 1))
        return;
    kafka::BrokerId const broker = found.coordinator;
    std::string const coordinator = fmt::format("broker-{}:9092  ({})", broker.value, broker.value);
    std::size_t const width = std::max<std::size_t>(25, coordinator.size());
    auto const print = [width](std::string_view group, std::string_view where,
                               std::string_view assignor, std::string_view state,
                               std::string_view members) {
        fmt::print("\n{:<{}} {:<25} {:<20} {:<15} {}", group, width, where, assignor, state,
                   members);
    };
    print("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS");
    print(id, coordinator,
          found.group->is(GroupState::stable) ? std::string_view(found.group->protocol()) : "",
          name_of(found.group->state()), std::to_string(found.group->members().size()));
    fmt::print("\n");
}

Json json_of(Cluster const& cluster, std::string const& id, Found const& found)
{
    Json json{{"group", id},
              {"state", name_of(found.group->state())},
              {"coordinator", found.coordinator.value},
              {"generation", found.group->generation()},
              {"assignmentStrategy", found.group->protocol()},
              {"members", Json::array()},
              {"offsets", Json::array()}};
    for (auto const& [member_id, member] : found.group->members())
        json["members"].push_back({{"consumerId", member_id},
                                   {"groupInstanceId", member.instance},
                                   {"host", member.host},
                                   {"clientId", member.client_id},
                                   {"partitions", member.assignment.size()}});
    for (Row const& row : rows_of(cluster, found))
        json["offsets"].push_back(
            {{"topic", row.topic},
             {"partition", row.partition},
             {"currentOffset", row.offset ? Json(*row.offset) : Json()},
             {"logEndOffset", row.log_end ? Json(*row.log_end) : Json()},
             {"lag", row.lag() ? Json(*row.lag()) : Json()},
             {"consumerId", row.member != nullptr ? Json(row.member->id) : Json()}});
    return json;
}

void check(Arguments const& arguments)
{
    if (arguments.describe == arguments.list)
        throw usage_error("kafka-consumer-groups needs one of --describe and --list",
                          "offsets are reset and groups deleted by nobody yet");
    if (arguments.describe && arguments.group.empty() && !arguments.all_groups)
        throw usage_error("--describe needs --group or --all-groups");
    if (arguments.list && (!arguments.group.empty() || arguments.members || arguments.state))
        throw usage_error("--group, --members and --state go with --describe");
    if (static_cast<int>(arguments.members) + static_cast<int>(arguments.state) +
            static_cast<int>(arguments.offsets) >
        1)
        throw usage_error("--offsets, --members and --state exclude one another");
}

}  // namespace

ExitCode kafka_consumer_groups(Arguments const& arguments)
{
    check(arguments);
    SavedCluster const opened = replay_saved_run(arguments, "kafka-consumer-groups");
    Cluster const& cluster = *opened.cluster;
    std::map<std::string, Found> const groups = groups_of(cluster);
    bool const json = is_json(arguments.format);
    if (arguments.list) {
        Json names = Json::array();
        std::string text;
        for (auto const& [id, found] : groups) {
            names.push_back(id);
            text += id + "\n";
        }
        fmt::print("{}",
                   json ? dump({{"schema", "odradek/kafka-consumer-groups/1"}, {"groups", names}})
                        : text);
        return ExitCode::held;
    }
    Json list = Json::array();
    for (auto const& [id, found] : groups) {
        if (!arguments.all_groups && id != arguments.group)
            continue;
        if (json)
            list.push_back(json_of(cluster, id, found));
        else if (arguments.members)
            print_members(id, found, arguments.verbose);
        else if (arguments.state)
            print_state(id, found);
        else
            print_offsets(cluster, id, found, arguments.verbose);
    }
    if (json)
        fmt::print("{}", dump({{"schema", "odradek/kafka-consumer-groups/1"}, {"groups", list}}));
    else if (!arguments.all_groups && groups.count(arguments.group) == 0)
        fmt::print("\nError: Consumer group '{}' does not exist.\n", arguments.group);
    return ExitCode::held;
}

}  // namespace odradek::cli
