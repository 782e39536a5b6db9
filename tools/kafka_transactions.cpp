// `odradek kafka-transactions ACTION --run DIR`: what kafka-transactions.sh would print at a moment
// of a run, and what would come of an abort; the folder stays as it is. Facts from Kafka's
// TransactionsCommand.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
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

using Json = nlohmann::ordered_json;
using kafka::Broker;
using kafka::BrokerId;
using kafka::Cluster;
using kafka::Partition;
using kafka::PartitionRegistration;
using kafka::ProducerEntry;
using kafka::TopicPartition;
using kafka::TransactionState;
using Row = std::vector<std::string>;

std::string list_of(Cluster const& cluster, std::vector<TopicPartition> const& partitions)
{
    std::string text;
    for (TopicPartition const partition : partitions)
        text += (text.empty() ? "" : ",") + cluster.image().name_of(partition);
    return text;
}

// A transactional id, by who coordinates it now.
struct Known {
    BrokerId coordinator;
    kafka::TransactionMetadata const* transaction{nullptr};
};

std::vector<Known> all_transactions(Cluster const& cluster)
{
    std::vector<Known> known;
    auto const topic = cluster.image().topic(kafka::transaction_state_topic_name);
    if (!topic)
        return known;
    for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
        BrokerId const leader = topic->partition(i).leader;
        auto const node = cluster.broker_node(leader);
        if (!node || !cluster.engine().running(*node))
            continue;
        for (auto const& shard : cluster.broker(leader).transactions().shards().entries())
            if (shard.partition == i && !shard.loading)
                for (auto const& [id, transaction] : shard.shard.transactions)
                    known.push_back({leader, &transaction});
    }
    std::stable_sort(known.begin(), known.end(),
                     [](Known const& a, Known const& b) { return a.coordinator < b.coordinator; });
    return known;
}

void print(Arguments const& arguments, std::string_view action, Row const& titles,
           std::vector<Row> const& rows)
{
    if (!is_json(arguments.format)) {
        fmt::print("{}", table_of(titles, rows));
        return;
    }
    Json list = Json::array();
    for (Row const& row : rows) {
        Json one;
        for (std::size_t i = 0; i < titles.size(); ++i)
            one[titles[i]] = row[i];
        list.push_back(std::move(one));
    }
    fmt::print("{}", dump({{"schema", fmt::format("odradek/kafka-transactions-{}/1", action)},
                           {"rows", list}}));
}

ExitCode list(Arguments const& arguments)
{
    SavedCluster const opened = replay_saved_run(arguments, "kafka-transactions");
    std::vector<Row> rows;
    for (Known const& known : all_transactions(*opened.cluster))
        rows.push_back({known.transaction->transactional_id,
                        std::to_string(known.coordinator.value),
                        std::to_string(known.transaction->is.producer_id.value),
                        std::string(to_string(known.transaction->is.state))});
    print(arguments, "list", {"TransactionalId", "Coordinator", "ProducerId", "TransactionState"},
          rows);
    return ExitCode::held;
}

// A replica whose broker can be asked.
struct Asked {
    BrokerId broker;
    Partition const* partition{nullptr};
};

std::optional<Asked> replica_of(Cluster const& cluster, TopicPartition id, BrokerId broker)
{
    auto const node = cluster.broker_node(broker);
    if (!node || !cluster.engine().running(*node))
        return std::nullopt;
    Partition const* const partition = cluster.broker(broker).replicas().partition(id);
    return partition != nullptr ? std::optional(Asked{broker, partition}) : std::nullopt;
}

// Nothing when nobody leads it who could be asked.
std::optional<Asked> leader_of(Cluster const& cluster, TopicPartition id)
{
    PartitionRegistration const* const registration = cluster.image().partition(id);
    auto const asked =
        registration != nullptr ? replica_of(cluster, id, registration->leader) : std::nullopt;
    return asked && asked->partition->is_leader() ? asked : std::nullopt;
}

// By the clock of that broker.
sim::Instant wall_of(Cluster& cluster, BrokerId broker)
{
    auto& engine = cluster.engine();
    return engine.clock(engine.host_of(*cluster.broker_node(broker))).wall(cluster.now());
}

ExitCode describe(Arguments const& arguments)
{
    if (arguments.transactional_id.empty())
        throw usage_error("kafka-transactions describe needs --transactional-id");
    SavedCluster const opened = replay_saved_run(arguments, "kafka-transactions");
    Cluster& cluster = *opened.cluster;
    std::vector<Row> rows;
    for (Known const& known : all_transactions(cluster)) {
        kafka::TransactionSnapshot const& is = known.transaction->is;
        if (known.transaction->transactional_id != arguments.transactional_id)
            continue;
        bool const open = is.state == TransactionState::ongoing ||
                          is.state == TransactionState::prepare_commit ||
                          is.state == TransactionState::prepare_abort;
        sim::Instant const wall = wall_of(cluster, known.coordinator);
        rows.push_back({std::to_string(known.coordinator.value),
                        known.transaction->transactional_id, std::to_string(is.producer_id.value),
                        std::to_string(is.producer_epoch), std::string(to_string(is.state)),
                        std::to_string(is.timeout.ms()),
                        open ? std::to_string(epoch_ms(is.start)) : "None",
                        open ? std::to_string(wall.ms() - is.start.ms()) : "None",
                        list_of(cluster, is.partitions)});
    }
    if (rows.empty()) {
        fmt::print(stderr, "org.apache.kafka.common.errors.TransactionalIdNotFoundException: The "
                           "transactionalId could not be found\n");
        return ExitCode::violated;
    }
    print(arguments, "describe",
          {"CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState",
           "TransactionTimeoutMs", "CurrentTransactionStartTimeMs", "TransactionDurationMs",
           "TopicPartitions"},
          rows);
    return ExitCode::held;
}

TopicPartition named_partition(Cluster const& cluster, Arguments const& arguments)
{
    if (arguments.topic.empty() || arguments.partition.empty())
        throw usage_error("this needs --topic and --partition");
    auto const number = static_cast<std::int32_t>(read_seed("--partition", arguments.partition));
    auto const topic = cluster.image().topic(std::string_view(arguments.topic));
    if (!topic || number >= topic->partition_count())
        throw usage_error(fmt::format("there is no partition {}-{}", arguments.topic, number));
    return {topic->id(), number};
}

std::string or_none(kafka::Offset offset)
{
    return offset == kafka::no_offset ? "None" : std::to_string(offset.value);
}

ExitCode describe_producers(Arguments const& arguments)
{
    SavedCluster const opened = replay_saved_run(arguments, "kafka-transactions");
    Cluster& cluster = *opened.cluster;
    auto const leader = leader_of(cluster, named_partition(cluster, arguments));
    std::vector<Row> rows;
    if (leader)
        for (ProducerEntry const& entry : leader->partition->log().producers().producers())
            rows.push_back(
                {std::to_string(entry.producer_id.value), std::to_string(entry.epoch),
                 std::to_string(entry.coordinator_epoch),
                 std::to_string(entry.last() != nullptr ? entry.last()->last_sequence : -1),
                 std::to_string(epoch_ms(entry.last_timestamp)), or_none(entry.txn_first_offset)});
    print(arguments, "describe-producers",
          {"ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence", "LastTimestamp",
           "CurrentTransactionStartOffset"},
          rows);
    return leader ? ExitCode::held : ExitCode::violated;
}

// What FindHangingTransactionsCommand says of a search without bounds; empty: it has some.
char const* unbounded(Arguments const& arguments)
{
    if (arguments.topic.empty() && arguments.broker.empty())
        return "The `find-hanging` command requires either --topic or --broker-id to limit the "
               "scope of the search";
    if (!arguments.partition.empty() && arguments.topic.empty())
        return "The --partition argument requires --topic to be provided";
    return nullptr;
}

// FindHangingTransactionsCommand: open for longer than any transaction may be, and no coordinator
// knows of it. Of a broker all its replicas are asked, else the leaders.
ExitCode find_hanging(Arguments const& arguments)
{
    if (char const* const wrong = unbounded(arguments)) {
        fmt::print(stderr, "{}\n", wrong);
        return ExitCode::violated;
    }
    SavedCluster const opened = replay_saved_run(arguments, "kafka-transactions");
    Cluster& cluster = *opened.cluster;
    auto const number = [](char const* option, std::string const& text) {
        return static_cast<std::int64_t>(read_seed(option, text));
    };
    std::int64_t const timeout_ms =
        (arguments.max_transaction_timeout.empty()
             ? 15
             : number("--max-transaction-timeout", arguments.max_transaction_timeout)) *
        60'000;
    std::optional<BrokerId> broker;
    if (!arguments.broker.empty())
        broker = BrokerId{static_cast<std::int32_t>(number("--broker-id", arguments.broker))};
    std::optional<TopicPartition> only;
    if (!arguments.partition.empty())
        only = named_partition(cluster, arguments);
    std::vector<Known> const transactions = all_transactions(cluster);
    std::vector<Row> rows;
    cluster.image().for_each_partition([&](TopicPartition id, PartitionRegistration const& is) {
        if (!arguments.topic.empty() && cluster.names().topic(id.topic) != arguments.topic)
            return;
        if ((only && id != *only) || (broker && !is.has_replica(*broker)))
            return;
        auto const asked = broker ? replica_of(cluster, id, *broker) : leader_of(cluster, id);
        if (!asked)
            return;
        std::int64_t const now_ms = wall_of(cluster, asked->broker).ms();
        for (ProducerEntry const& entry : asked->partition->log().producers().producers()) {
            std::int64_t const open_ms = now_ms - entry.last_timestamp.ms();
            if (!entry.in_transaction() || open_ms <= timeout_ms)
                continue;
            bool const known =
                std::any_of(transactions.begin(), transactions.end(), [&](Known const& one) {
                    return one.transaction->is.producer_id == entry.producer_id &&
                           one.transaction->is.producer_epoch == entry.epoch &&
                           one.transaction->has(id);
                });
            if (!known)
                rows.push_back({cluster.names().topic(id.topic), std::to_string(id.partition),
                                std::to_string(entry.producer_id.value),
                                std::to_string(entry.epoch),
                                std::to_string(entry.coordinator_epoch),
                                std::to_string(entry.txn_first_offset.value),
                                std::to_string(epoch_ms(entry.last_timestamp)),
                                std::to_string(open_ms / 60'000)});
        }
    });
    print(arguments, "find-hanging",
          {"Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch", "StartOffset",
           "LastTimestamp", "Duration(min)"},
          rows);
    return ExitCode::held;
}

// AbortTransactionCommand, by --start-offset: a marker of the producer's epoch, written by the
// leader as if its coordinator had asked.
ExitCode abort(Arguments const& arguments)
{
    if (arguments.start_offset.empty())
        throw usage_error("kafka-transactions abort needs --start-offset",
                          "as find-hanging and describe-producers print it");
    SavedCluster const opened = replay_to_ask(arguments, "kafka-transactions");
    Cluster& cluster = *opened.cluster;
    TopicPartition const id = named_partition(cluster, arguments);
    auto const start =
        static_cast<std::int64_t>(read_seed("--start-offset", arguments.start_offset));
    auto const leader = leader_of(cluster, id);
    ProducerEntry const* found = nullptr;
    if (leader)
        for (ProducerEntry const& entry : leader->partition->log().producers().producers())
            if (entry.txn_first_offset == kafka::Offset{start})
                found = &entry;
    if (found == nullptr) {
        fmt::print(stderr,
                   "Could not find any open transactions starting at offset {} on partition {}\n",
                   start, cluster.image().name_of(id));
        return ExitCode::violated;
    }
    kafka::AbortTransaction request;
    request.leader = *cluster.broker_node(leader->broker);
    request.marker.producer_id = found->producer_id;
    request.marker.producer_epoch = found->epoch;
    request.marker.coordinator_epoch = std::max(found->coordinator_epoch, 0);
    request.marker.partitions = {id};
    kafka::AdminResult const* const result = ask(cluster, request);
    if (result == nullptr || result->error != kafka::Error::none) {
        fmt::print(stderr, "{}\n",
                   result == nullptr ? std::string("Timeout") : to_string(result->error));
        return ExitCode::violated;
    }
    return ExitCode::held;
}

}  // namespace

ExitCode kafka_transactions(Arguments const& arguments)
{
    if (arguments.action.empty())
        throw usage_error("kafka-transactions needs to know what to do",
                          "list, describe, describe-producers, find-hanging or abort");
    std::string_view const action =
        choose("kafka-transactions", arguments.action,
               {"list", "describe", "describe-producers", "find-hanging", "abort"});
    if (action == "list")
        return list(arguments);
    if (action == "describe")
        return describe(arguments);
    if (action == "describe-producers")
        return describe_producers(arguments);
    if (action == "find-hanging")
        return find_hanging(arguments);
    return abort(arguments);
}

}  // namespace odradek::cli
