#include "model/controller/topics.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

constexpr std::size_t name_length_max = 249;
constexpr std::size_t records_max = 10'000;  // Of one user operation.

struct Problem {
    Error error{Error::none};
    std::string message;
};

// '.' and '_' become the same character in metric names, so topics may not differ in them alone.
std::string collision_key(std::string_view name)
{
    std::string key(name);
    std::replace(key.begin(), key.end(), '.', '_');
    return key;
}

Problem check_name(MetadataImage const& image, std::string const& name)
{
    std::string problem = topic_name_problem(name);
    if (!problem.empty())
        return {Error::invalid_topic_exception, "Topic name is invalid: " + problem};
    if (image.topic(name))
        return {Error::topic_already_exists, fmt::format("Topic '{}' already exists.", name)};
    std::string const key = collision_key(name);
    if (key.find('_') != std::string::npos)
        for (TopicView const& topic : image.topics())
            if (collision_key(topic.name()) == key)
                return {
                    Error::invalid_topic_exception,
                    fmt::format("Topic '{}' collides with existing topic: {}", name, topic.name())};
    return {};
}

Problem check_configs(ControllerView const& cluster, std::vector<ConfigEntry> const& configs)
{
    for (ConfigEntry const& config : configs)
        for (ConfigProblem const& problem :
             check_config({Scope::topic}, cluster.version, config.key, config.value))
            if (problem.severity == Severity::error)
                return {Error::invalid_config, problem.message};
    return {};
}

std::vector<BrokerId> active_of(MetadataImage const& image, std::vector<BrokerId> const& replicas)
{
    std::vector<BrokerId> active;
    for (BrokerId const broker : replicas)
        if (image.is_active(broker))
            active.push_back(broker);
    return active;
}

Problem check_assignment(MetadataImage const& image, CreateTopicsRequest const& request)
{
    if (request.replication_factor != -1)
        return {Error::invalid_request,
                "A manual partition assignment was specified, but replication "
                "factor was not set to -1."};
    if (request.partitions != -1)
        return {Error::invalid_request, "A manual partition assignment was specified, but "
                                        "numPartitions was not set to -1."};
    for (std::size_t i = 0; i < request.assignment.size(); ++i) {
        std::vector<BrokerId> replicas = request.assignment[i];
        if (replicas.empty())
            return {Error::invalid_replica_assignment,
                    "The manual partition assignment includes an empty replica list."};
        std::sort(replicas.begin(), replicas.end());
        for (std::size_t j = 0; j < replicas.size(); ++j) {
            if (image.broker(replicas[j]) == nullptr)
                return {
                    Error::invalid_replica_assignment,
                    fmt::format("The manual partition assignment includes broker {}, but no such "
                                "broker is registered.",
                                replicas[j].value)};
            if (j > 0 && replicas[j] == replicas[j - 1])
                return {
                    Error::invalid_replica_assignment,
                    fmt::format("The manual partition assignment includes the broker {} more than "
                                "once.",
                                replicas[j].value)};
        }
        if (replicas.size() != request.assignment.front().size())
            return {Error::invalid_replica_assignment,
                    fmt::format("The manual partition assignment includes a partition with {} "
                                "replica(s), but this is not consistent with previous partitions, "
                                "which have {} replica(s).",
                                replicas.size(), request.assignment.front().size())};
        if (active_of(image, replicas).empty())
            return {Error::invalid_replica_assignment,
                    fmt::format("All brokers specified in the manual partition assignment for "
                                "partition {} are fenced or in controlled shutdown.",
                                i)};
    }
    return {};
}

Problem place(ControllerView const& cluster, CreateTopicsRequest const& request, Draw const& draw,
              std::vector<std::vector<BrokerId>>& assignment, Out& out)
{
    if (request.replication_factor < -1 || request.replication_factor == 0)
        return {Error::invalid_replication_factor,
                "Replication factor must be larger than 0, or -1 to use the default value."};
    if (request.partitions < -1 || request.partitions == 0)
        return {Error::invalid_partitions,
                "Number of partitions was set to an invalid non-positive value."};
    std::int32_t const partitions =
        request.partitions == -1 ? cluster.config.num_partitions : request.partitions;
    std::int32_t const factor = request.replication_factor == -1
                                    ? cluster.config.default_replication_factor
                                    : request.replication_factor;
    std::vector<UsableBroker> usable;
    for (BrokerRegistration const& broker : cluster.image.brokers())
        if (!broker.in_controlled_shutdown)
            usable.push_back({broker.id, broker.rack, broker.fenced});
    if (out.listening())
        for (BrokerRegistration const& broker : cluster.image.brokers())
            if (!broker.active())
                out.note("placing {}: broker {} is {}", request.name, broker.id.value,
                         broker.in_controlled_shutdown ? "shutting down, left out"
                                                       : "fenced, taken last");
    Placement placement = place_replicas(usable, partitions, factor, draw);
    if (!placement.problem.empty())
        return {Error::invalid_replication_factor,
                fmt::format("Unable to replicate the partition {} time(s): {}", factor,
                            placement.problem)};
    assignment = std::move(placement.replicas);
    return {};
}

}  // namespace

std::string topic_name_problem(std::string_view name)
{
    if (name.empty())
        return "the empty string is not allowed";
    if (name == "." || name == "..")
        return fmt::format("'{}' is not allowed", name);
    if (name.size() > name_length_max)
        return fmt::format("the length of '{}' is longer than the max allowed length {}", name,
                           name_length_max);
    bool const legal = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    });
    if (!legal)
        return fmt::format(
            "'{}' contains one or more characters other than ASCII alphanumerics, '.', "
            "'_' and '-'",
            name);
    return {};
}

Decision<CreateTopicsResponse> decide_create_topics(ControllerView const& cluster,
                                                    CreateTopicsRequest const& request,
                                                    Draw const& draw, Out& out)
{
    Decision<CreateTopicsResponse> decision;
    std::vector<std::vector<BrokerId>> assignment = request.assignment;
    Problem problem = check_name(cluster.image, request.name);
    if (problem.error == Error::none)
        problem = check_configs(cluster, request.configs);
    if (problem.error == Error::none)
        problem = request.assignment.empty() ? place(cluster, request, draw, assignment, out)
                                             : check_assignment(cluster.image, request);
    if (problem.error == Error::none &&
        1 + request.configs.size() + assignment.size() > records_max)
        problem = {Error::policy_violation, "Unable to perform excessively large batch operation."};
    if (problem.error != Error::none) {
        out.note("do not create topic {}: {} ({})", request.name, to_string(problem.error),
                 problem.message);
        decision.response = {problem.error, std::move(problem.message)};
        return decision;
    }
    TopicId const id = cluster.image.next_topic_id();
    decision.records.push_back(TopicRecord{request.name, id});
    for (ConfigEntry const& config : request.configs)
        decision.records.push_back(ConfigRecord{"topic " + request.name, config.key, config.value});
    out.note("create topic {} with {} partitions of {} replicas", request.name, assignment.size(),
             assignment.front().size());
    for (std::size_t i = 0; i < assignment.size(); ++i) {
        PartitionRecord record;
        record.partition = {id, static_cast<std::int32_t>(i)};
        record.isr = active_of(cluster.image, assignment[i]);
        record.leader = record.isr.front();
        record.replicas = std::move(assignment[i]);
        if (out.listening())
            out.note("{}-{} goes to {}, led by {}, ISR {}", request.name, i,
                     text_of(record.replicas), record.leader.value, text_of(record.isr));
        decision.records.push_back(std::move(record));
    }
    return decision;
}

}  // namespace odradek::kafka
