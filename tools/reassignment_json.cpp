#include "tools/reassignment_json.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "tools/kafka_words.h"
#include "tools/user_error.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;

UserError refused(std::string message) { return {ExitCode::violated, {}, std::move(message), {}}; }

Json const& field(Json const& object, char const* name)
{
    if (!object.is_object() || !object.contains(name))
        throw refused(fmt::format("No such field exists: `{}`", name));
    return object[name];
}

std::string text_of(Json const& value, char const* name)
{
    if (!value.is_string())
        throw refused(fmt::format("Expected `String` value, received {}: {}", value.dump(), name));
    return value.get<std::string>();
}

std::int32_t number_of(Json const& value, char const* name)
{
    if (!value.is_number_integer() || value.get<std::int64_t>() > 2'147'483'647 ||
        value.get<std::int64_t>() < -2'147'483'648)
        throw refused(fmt::format("Expected `Integer` value, received {}: {}", value.dump(), name));
    return value.get<std::int32_t>();
}

Json parse(std::string const& text)
{
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded())
        throw refused("The input string is not a valid JSON");
    if (!json.is_object())
        throw refused(fmt::format("Expected JSON object, received {}", json.dump()));
    return json;
}

ReassignedPartition partition_of(Json const& json)
{
    ReassignedPartition partition{text_of(field(json, "topic"), "topic"),
                                  number_of(field(json, "partition"), "partition"),
                                  {},
                                  {}};
    for (Json const& replica : field(json, "replicas"))
        partition.replicas.push_back(kafka::BrokerId{number_of(replica, "replicas")});
    partition.log_dirs.assign(partition.replicas.size(), "any");
    if (!json.contains("log_dirs"))
        return partition;
    partition.log_dirs.clear();
    for (Json const& directory : json["log_dirs"])
        partition.log_dirs.push_back(text_of(directory, "log_dirs"));
    if (partition.log_dirs.size() != partition.replicas.size())
        throw refused(fmt::format("Size of replicas list {} is different from size of log dirs "
                                  "list {} for partition {}",
                                  field(json, "replicas").dump(), json["log_dirs"].dump(),
                                  partition.name()));
    return partition;
}

}  // namespace

std::string ReassignedPartition::name() const { return fmt::format("{}-{}", topic, partition); }

std::vector<ReassignedPartition> parse_reassignment(std::string const& text)
{
    Json const json = parse(text);
    if (json.contains("version") && json["version"] != 1)
        throw refused(fmt::format("Not supported version field value {}", json["version"].dump()));
    std::vector<ReassignedPartition> partitions;
    if (json.contains("partitions"))
        for (Json const& each : json["partitions"])
            partitions.push_back(partition_of(each));
    return partitions;
}

std::string reassignment_json(std::vector<ReassignedPartition> partitions)
{
    std::sort(partitions.begin(), partitions.end(),
              [](ReassignedPartition const& a, ReassignedPartition const& b) {
                  return std::pair{a.topic, a.partition} < std::pair{b.topic, b.partition};
              });
    Json json{{"version", 1}, {"partitions", Json::array()}};
    for (ReassignedPartition const& partition : partitions) {
        Json replicas = Json::array();
        for (kafka::BrokerId const replica : partition.replicas)
            replicas.push_back(replica.value);
        json["partitions"].push_back({{"topic", partition.topic},
                                      {"partition", partition.partition},
                                      {"replicas", replicas},
                                      {"log_dirs", partition.log_dirs}});
    }
    return json.dump();
}

std::vector<std::pair<std::string, std::int32_t>> parse_election(std::string const& text)
{
    Json const json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object())
        throw refused("Replica election data is empty");
    if (!json.contains("partitions"))
        throw refused("Replica election data is missing \"partitions\" field");
    std::vector<std::pair<std::string, std::int32_t>> partitions;
    for (Json const& each : json["partitions"])
        partitions.emplace_back(text_of(field(each, "topic"), "topic"),
                                number_of(field(each, "partition"), "partition"));
    auto sorted = partitions;
    std::sort(sorted.begin(), sorted.end());
    auto const twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
        throw refused(fmt::format("Replica election data contains duplicate partitions: [{}-{}]",
                                  twice->first, twice->second));
    return partitions;
}

std::vector<kafka::DeleteRecordsOrder::Partition> parse_deletion(std::string const& text)
{
    Json const json = parse(text);
    if (json.contains("version") && json["version"] != 1)
        throw refused(fmt::format("Not supported version field value {}", json["version"].dump()));
    if (!json.contains("partitions"))
        throw refused("Missing partitions field");
    std::vector<kafka::DeleteRecordsOrder::Partition> partitions;
    for (Json const& each : json["partitions"]) {
        kafka::DeleteRecordsOrder::Partition one;
        one.topic = text_of(field(each, "topic"), "topic");
        one.partition = number_of(field(each, "partition"), "partition");
        Json const& offset = field(each, "offset");
        if (!offset.is_number_integer())
            throw refused(fmt::format("Expected `Long` value, received {}: offset", offset.dump()));
        one.before = kafka::Offset{offset.get<std::int64_t>()};
        partitions.push_back(std::move(one));
    }
    std::sort(partitions.begin(), partitions.end(), [](auto const& a, auto const& b) {
        return std::pair(a.topic, a.partition) < std::pair(b.topic, b.partition);
    });
    std::string twice;
    for (std::size_t i = 1; i < partitions.size(); ++i)
        if (partitions[i].topic == partitions[i - 1].topic &&
            partitions[i].partition == partitions[i - 1].partition)
            twice += fmt::format("{}{}-{}", twice.empty() ? "" : ",", partitions[i].topic,
                                 partitions[i].partition);
    if (!twice.empty())
        throw refused(
            fmt::format("Offset json file contains duplicate topic partitions: {}", twice));
    return partitions;
}

}  // namespace odradek::cli
