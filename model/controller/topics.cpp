#include "model/controller/topics.h"

#include <algorithm>

#include "model/controller/assignment.h"

namespace odradek::kafka {

namespace {

constexpr std::size_t name_length_max = 249;
constexpr std::size_t records_max = 10'000;  // Of one user operation.

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

Problem all_inactive(std::size_t partition)
{
    return {Error::invalid_replica_assignment,
            fmt::format("All brokers specified in the manual partition assignment for partition {} "
                        "are fenced or in controlled shutdown.",
                        partition)};
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

Problem check_assignments(MetadataImage const& image, CreateTopicsRequest const& request)
{
    if (request.replication_factor != -1)
        return {Error::invalid_request,
                "A manual partition assignment was specified, but replication "
                "factor was not set to -1."};
    if (request.partitions != -1)
        return {Error::invalid_request, "A manual partition assignment was specified, but "
                                        "numPartitions was not set to -1."};
    for (std::size_t i = 0; i < request.assignment.size(); ++i) {
        Problem problem =
            check_assignment(image, request.assignment[i], request.assignment.front().size());
        if (problem.error != Error::none)
            return problem;
        if (active_of(image, request.assignment[i]).empty())
            return all_inactive(i);
    }
    return {};
}

std::vector<UsableBroker> usable_brokers(MetadataImage const& image, std::string_view topic,
                                         Out& out)
{
    std::vector<UsableBroker> usable;
    for (BrokerRegistration const& broker : image.brokers()) {
        if (!broker.in_controlled_shutdown)
            usable.push_back({broker.id, broker.rack, broker.fenced});
        if (!broker.active() && out.listening())
            out.note("placing {}: broker {} is {}", topic, broker.id.value,
                     broker.in_controlled_shutdown ? "shutting down, left out"
                                                   : "fenced, taken last");
    }
    return usable;
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
    Placement placement =
        place_replicas(usable_brokers(cluster.image, request.name, out), partitions, factor, draw);
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
                                             : check_assignments(cluster.image, request);
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
        std::vector<BrokerId> isr = active_of(cluster.image, assignment[i]);
        PartitionRecord record = new_partition(cluster.image, cluster.metadata_version(),
                                               {id, static_cast<std::int32_t>(i)},
                                               std::move(assignment[i]), std::move(isr));
        if (out.listening())
            out.note("{}-{} goes to {}, led by {}, ISR {}", request.name, i,
                     text_of(record.replicas), record.leader.value, text_of(record.isr));
        decision.records.push_back(std::move(record));
    }
    return decision;
}

Decision<DeleteTopicsResponse> decide_delete_topics(ControllerView const& cluster,
                                                    DeleteTopicsRequest const& request, Out& out)
{
    Decision<DeleteTopicsResponse> decision;
    std::optional<TopicView> const topic = cluster.image.topic(request.name);
    if (!topic) {
        decision.response = {Error::unknown_topic_or_partition,
                             "This server does not host this topic-partition."};
        out.note("do not delete topic {}: there is none", request.name);
        return decision;
    }
    out.note("delete topic {} with {} partitions and its configuration", request.name,
             topic->partition_count());
    decision.records.push_back(RemoveTopicRecord{topic->id()});
    return decision;
}

namespace {

Problem place_more(ControllerView const& cluster, CreatePartitionsRequest const& request,
                   TopicView const& topic, Draw const& draw,
                   std::vector<std::vector<BrokerId>>& assignments, Out& out)
{
    std::int32_t const present = topic.partition_count();
    if (request.count == present)
        return {Error::invalid_partitions,
                fmt::format("Topic already has {} partition(s).", present)};
    if (request.count < present)
        return {Error::invalid_partitions,
                fmt::format("The topic {} currently has {} partition(s); {} would not be an "
                            "increase.",
                            request.name, present, request.count)};
    std::int32_t const additional = request.count - present;
    std::size_t const factor = topic.partition(0).replicas.size();
    if (request.assignments.empty()) {
        Placement placement = place_replicas(usable_brokers(cluster.image, request.name, out),
                                             additional, static_cast<std::int32_t>(factor), draw);
        if (!placement.problem.empty())
            return {Error::invalid_replication_factor,
                    fmt::format("Unable to replicate the partition {} time(s): {}", factor,
                                placement.problem)};
        assignments = std::move(placement.replicas);
    } else {
        if (request.assignments.size() != static_cast<std::size_t>(additional))
            return {Error::invalid_replica_assignment,
                    fmt::format("Attempted to add {} additional partition(s), but only {} "
                                "assignment(s) were specified.",
                                additional, request.assignments.size())};
        for (std::size_t i = 0; i < request.assignments.size(); ++i) {
            Problem problem = check_assignment(cluster.image, request.assignments[i], factor);
            if (problem.error != Error::none)
                return problem;
            if (active_of(cluster.image, request.assignments[i]).empty())
                return all_inactive(static_cast<std::size_t>(present) + i);
        }
        assignments = request.assignments;
    }
    for (std::vector<BrokerId> const& replicas : assignments)
        if (active_of(cluster.image, replicas).empty())
            return {Error::invalid_replication_factor,
                    fmt::format("Unable to replicate the partition {} time(s): All brokers are "
                                "currently fenced or in controlled shutdown.",
                                factor)};
    return {};
}

}  // namespace

Decision<CreatePartitionsResponse> decide_create_partitions(ControllerView const& cluster,
                                                            CreatePartitionsRequest const& request,
                                                            Draw const& draw, Out& out)
{
    Decision<CreatePartitionsResponse> decision;
    std::optional<TopicView> const topic = cluster.image.topic(request.name);
    std::vector<std::vector<BrokerId>> assignments;
    Problem problem{Error::unknown_topic_or_partition,
                    "This server does not host this topic-partition."};
    if (topic)
        problem = place_more(cluster, request, *topic, draw, assignments, out);
    if (problem.error == Error::none && assignments.size() > records_max)
        problem = {Error::policy_violation, "Unable to perform excessively large batch operation."};
    if (problem.error != Error::none) {
        out.note("no more partitions for topic {}: {} ({})", request.name, to_string(problem.error),
                 problem.message);
        decision.response = {problem.error, std::move(problem.message)};
        return decision;
    }
    out.note("topic {} gets {} partitions instead of {}", request.name, request.count,
             topic->partition_count());
    std::int32_t index = topic->partition_count();
    for (std::vector<BrokerId>& replicas : assignments) {
        std::vector<BrokerId> isr = active_of(cluster.image, replicas);
        PartitionRecord record =
            new_partition(cluster.image, cluster.metadata_version(), {topic->id(), index},
                          std::move(replicas), std::move(isr));
        if (out.listening())
            out.note("{}-{} goes to {}, led by {}, ISR {}", request.name, index,
                     text_of(record.replicas), record.leader.value, text_of(record.isr));
        decision.records.push_back(std::move(record));
        ++index;
    }
    return decision;
}

}  // namespace odradek::kafka
