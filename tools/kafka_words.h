// Things as Kafka's tools print them: ids, nodes, lists, tables, times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/cluster/cluster.h"

namespace odradek::cli {

// 128 bits drawn from the seed as Kafka writes a Uuid: 22 characters of base64url, the first no
// dash. `what` tells kinds of things apart ("cluster id").
std::string uuid_text(std::uint64_t seed, std::string_view what, std::uint64_t number);
std::string topic_id_text(kafka::TopicId topic);  // As files of the metadata log have it.
std::string cluster_id_text(std::uint64_t seed);

// Errors.exception as Java prints it: class and message; the class's own message when it is empty.
std::string exception_text(kafka::Error error, std::string_view message = {});
// "org.apache.kafka.common.errors.KafkaStorageException"
std::string exception_class(kafka::Error error);
// What has become of one partition that brokers were asked about: the text of its exception. A call
// whose time was over says so, and what the last answer was.
std::string exception_text(kafka::BrokerAnswer const& answer);

// "1,2,3"
std::string joined(std::vector<kafka::BrokerId> const& brokers);

// Node.toString: "broker-1:9092 (id: 1 rack: a)"; one that is not alive has no address.
std::string node_text(kafka::Cluster const& cluster, kafka::BrokerId broker);
bool is_live(kafka::Cluster const& cluster, kafka::BrokerId broker);

// ToolsUtils.prettyPrintTable: cells as wide as their column, a tab behind each.
std::string table_of(std::vector<std::string> const& titles,
                     std::vector<std::vector<std::string>> const& rows);

// Milliseconds since the epoch at a moment of the run, which begins on 2024-01-01 in UTC.
std::int64_t epoch_ms(sim::Instant time);

// A topic's name matches, wholly: a comma stands for "or", blanks for nothing, as in Kafka's
// IncludeList. UserError (64) if it is no regular expression.
class TopicPattern {
public:
    explicit TopicPattern(std::string const& text);
    bool matches(std::string const& topic) const;

private:
    std::string pattern_;  // Empty: all.
};

bool is_internal_topic(std::string_view topic);

// Of the cluster's metadata, by name, without the metadata topic itself.
std::vector<kafka::TopicView> topics_by_name(kafka::Cluster const& cluster);

}  // namespace odradek::cli
