#include "model/controller/configs.h"

#include <algorithm>
#include <charconv>

#include "model/controller/assignment.h"

namespace odradek::kafka {

namespace {

constexpr std::string_view min_insync_replicas = "min.insync.replicas";
constexpr std::string_view topic_prefix = "topic ";
constexpr std::string_view broker_prefix = "broker ";

// A resource as "topic NAME" or "broker ID" names it.
struct Resource {
    std::string const& text;

    bool is_topic() const { return text.starts_with(topic_prefix); }
    bool is_broker() const { return text.starts_with(broker_prefix); }
    std::string name() const
    {
        return text.substr((is_topic() ? topic_prefix : broker_prefix).size());
    }
    bool is_cluster_default() const { return is_broker() && name().empty(); }
    Scope scope() const { return is_topic() ? Scope::topic : Scope::broker; }
};

std::vector<std::string> parts_of(std::string_view list)
{
    std::vector<std::string> parts;
    while (!list.empty()) {
        std::size_t const end = std::min(list.find(','), list.size());
        if (end > 0)
            parts.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

std::string joined(std::vector<std::string> const& parts)
{
    std::string list;
    for (std::string const& part : parts)
        list += (list.empty() ? "" : ",") + part;
    return list;
}

Problem check_exists(ControllerView const& cluster, Resource resource)
{
    std::string const name = resource.name();
    if (resource.is_topic()) {
        if (cluster.image.topic(name))
            return {};
        return {Error::unknown_topic_or_partition,
                fmt::format("The topic '{}' does not exist.", name)};
    }
    if (!resource.is_broker())
        return {Error::invalid_request, fmt::format("Unknown config resource {}", resource.text)};
    if (name.empty())
        return {};
    std::int32_t id = 0;
    auto const [end, problem] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (problem != std::errc{} || end != name.data() + name.size())
        return {Error::invalid_request, "Unable to parse broker name as a base 10 number."};
    if (id < 0)
        return {Error::invalid_request, "Invalid negative broker ID."};
    if (cluster.image.broker(BrokerId{id}) == nullptr)
        return {Error::broker_id_not_registered, fmt::format("No node with id {} found.", id)};
    return {};
}

// The value after one operation, from the one before it; nothing removes the key.
Problem apply_operation(ControllerView const& cluster, Resource resource,
                        AlterableConfig const& wanted, std::optional<std::string>& value)
{
    switch (wanted.operation) {
    case ConfigOperation::set:
        value = wanted.value;
        if (!value)
            return {Error::invalid_request,
                    fmt::format("Null value not supported for : {}", wanted.key)};
        return {};
    case ConfigOperation::remove:
        value.reset();
        return {};
    case ConfigOperation::append:
    case ConfigOperation::subtract:
        break;
    }
    ConfigKey const* const row = find_key(wanted.key, resource.scope());
    if (row == nullptr || row->type != ConfigType::list)
        return {Error::invalid_config,
                fmt::format("Can't {} to key {} because its type is not LIST.",
                            to_string(wanted.operation), wanted.key)};
    std::vector<std::string> parts =
        parts_of(value ? *value : row->default_in(cluster.version).value_or(""));
    for (std::string const& part : parts_of(wanted.value.value_or(""))) {
        auto const at = std::find(parts.begin(), parts.end(), part);
        if (wanted.operation == ConfigOperation::append && at == parts.end())
            parts.push_back(part);
        else if (wanted.operation == ConfigOperation::subtract && at != parts.end())
            parts.erase(at);
    }
    value = joined(parts);
    return {};
}

Problem check_value(ControllerView const& cluster, Resource resource, std::string const& key,
                    std::optional<std::string> const& value)
{
    if (key == min_insync_replicas && resource.is_broker() && cluster.elr_enabled()) {
        if (!resource.is_cluster_default())
            return {Error::invalid_config, "Broker-level min.insync.replicas cannot be altered "
                                           "while ELR is enabled."};
        if (!value)
            return {Error::invalid_config, "Cluster-level min.insync.replicas cannot be removed "
                                           "while ELR is enabled."};
    }
    if (find_key(key, resource.scope()) == nullptr) {
        // Kafka knows a topic's keys; of a broker's it lets the brokers judge.
        if (resource.is_topic())
            return {Error::invalid_config, fmt::format("Unknown topic config name: {}", key)};
        return {};
    }
    if (value)
        for (ConfigProblem const& problem :
             check_config({resource.scope()}, cluster.version, key, *value))
            if (problem.severity == Severity::error)
                return {Error::invalid_config, problem.message};
    return {};
}

// All changes of one resource, or none of them and the problem.
Problem alter_resource(ControllerView const& cluster, AlterConfigsResource const& wanted,
                       std::vector<MetadataRecord>& records)
{
    Resource const resource{wanted.resource};
    ConfigMap const& present = cluster.image.configs(wanted.resource);
    std::vector<MetadataRecord> changes;
    Problem problem = check_exists(cluster, resource);
    for (AlterableConfig const& config : wanted.configs) {
        if (problem.error != Error::none)
            return problem;
        auto const at = present.find(config.key);
        std::optional<std::string> value;
        if (at != present.end())
            value = at->second;
        std::optional<std::string> const before = value;
        problem = apply_operation(cluster, resource, config, value);
        if (problem.error == Error::none)
            problem = check_value(cluster, resource, config.key, value);
        // A broker reads it again even if it is the same (KAFKA-14136).
        if (value != before || resource.is_broker())
            changes.push_back(ConfigRecord{wanted.resource, config.key, value});
    }
    if (problem.error == Error::none)
        records.insert(records.end(), changes.begin(), changes.end());
    return problem;
}

// Who was eligible under another minimum need not be under this one.
void clear_elr_where_needed(ControllerView const& cluster, std::vector<MetadataRecord>& records)
{
    if (!cluster.elr_enabled())
        return;
    std::vector<MetadataRecord> clearing;
    for (MetadataRecord const& record : records) {
        auto const* config = std::get_if<ConfigRecord>(&record);
        if (config == nullptr || config->key != min_insync_replicas)
            continue;
        Resource const resource{config->resource};
        clearing.push_back(ClearElrRecord{resource.is_topic() ? resource.name() : ""});
    }
    records.insert(records.end(), clearing.begin(), clearing.end());
}

}  // namespace

Decision<IncrementalAlterConfigsResponse>
decide_alter_configs(ControllerView const& cluster, IncrementalAlterConfigsRequest const& request,
                     Out& out)
{
    Decision<IncrementalAlterConfigsResponse> decision;
    for (AlterConfigsResource const& resource : request.resources) {
        Problem problem = alter_resource(cluster, resource, decision.records);
        if (problem.error != Error::none)
            out.note("no change to the configuration of {}: {} ({})", resource.resource,
                     to_string(problem.error), problem.message);
        decision.response.resources.push_back(
            {resource.resource, problem.error, std::move(problem.message)});
    }
    clear_elr_where_needed(cluster, decision.records);
    if (out.listening())
        for (MetadataRecord const& record : decision.records) {
            if (auto const* config = std::get_if<ConfigRecord>(&record))
                out.note("configuration of {}: {} {}", config->resource, config->key,
                         config->value ? "is " + *config->value : "is removed");
            else if (auto const* cleared = std::get_if<ClearElrRecord>(&record))
                out.note("min.insync.replicas changes: forget the eligible leader replicas of {}",
                         cleared->topic.empty() ? "every topic" : cleared->topic);
        }
    return decision;
}

void add_elr_safety_records(ControllerView const& cluster, std::vector<MetadataRecord>& records,
                            Out& out)
{
    std::string const by_default = "broker ";
    std::string const key{min_insync_replicas};
    if (cluster.image.configs(by_default).count(key) == 0) {
        std::string const value = std::to_string(cluster.config.min_insync_replicas);
        out.note("eligible leader replicas need one {} for all: the cluster's default is {}", key,
                 value);
        records.push_back(ConfigRecord{by_default, key, value});
    }
    for (BrokerRegistration const& broker : cluster.image.brokers()) {
        std::string const resource = fmt::format("broker {}", broker.id.value);
        if (cluster.image.configs(resource).count(key) == 0)
            continue;
        out.note("broker {} may not have its own {} any more", broker.id.value, key);
        records.push_back(ConfigRecord{resource, key, std::nullopt});
    }
}

}  // namespace odradek::kafka
