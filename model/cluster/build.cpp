#include "model/cluster/build.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

constexpr sim::Instant at(sim::Duration since_start) { return sim::Instant{} + since_start; }

std::uint64_t bytes_per_second(std::optional<Bandwidth> const& bandwidth, std::uint64_t otherwise)
{
    return bandwidth ? static_cast<std::uint64_t>(bandwidth->bits_per_second / 8) : otherwise;
}

void lay_over(DiskSettings const& settings, sim::DiskQuality& quality)
{
    if (settings.read)
        quality.read = settings.read->distribution();
    if (settings.write)
        quality.write = settings.write->distribution();
    if (settings.fsync)
        quality.flush = settings.fsync->distribution();
    quality.bandwidth = bytes_per_second(settings.bandwidth, quality.bandwidth);
    if (settings.capacity_bytes)
        quality.capacity = static_cast<std::uint64_t>(*settings.capacity_bytes);
    if (settings.power_loss)
        quality.power_loss = power_loss(*settings.power_loss);
    if (settings.bit_rot)
        quality.bit_rot = ratio(*settings.bit_rot);
}

// Directories of the metadata log are told apart since kraft.version 1 (KIP-853). Any two numbers
// that differ between nodes will do.
DirectoryId directory_of(QuorumPlan const& quorum, NodeId node)
{
    return quorum.kraft_version == 0 ? migrating_directory
                                     : DirectoryId{(node.value + 1) * 0x9e3779b97f4a7c15ULL,
                                                   (node.value + 1) * 0xc2b2ae3d27d4eb4fULL};
}

RaftConfig raft_config(Scenario const& scenario, BrokerId id, NodeId node, ConfigMap const& server,
                       QuorumPlan const& quorum, bool voter_capable)
{
    QuorumConfig const keys = resolve_quorum_config(scenario.run.kafka, server);
    RaftConfig config;
    config.self = {id, directory_of(quorum, node)};
    config.voter_capable = voter_capable;
    config.kraft_version = quorum.kraft_version;
    bool const votes = std::any_of(quorum.voters.begin(), quorum.voters.end(),
                                   [&](Voter const& voter) { return voter.key.id == id; });
    if (quorum.kraft_version == 0 || votes)
        config.voters = quorum.voters;
    if (quorum.kraft_version != 0)
        config.bootstrap_servers = quorum.controllers;
    config.election_timeout = keys.election_timeout;
    config.fetch_timeout = keys.fetch_timeout;
    config.election_backoff_max = keys.election_backoff_max;
    config.append_linger = keys.append_linger;
    config.request_timeout = keys.request_timeout;
    config.retry_backoff = keys.retry_backoff;
    config.bytes_between_snapshots = static_cast<std::uint64_t>(keys.bytes_between_snapshots);
    config.snapshot_interval = keys.snapshot_interval;
    config.segment_bytes = static_cast<std::uint64_t>(keys.segment_bytes);
    config.segment_age = keys.segment_age;
    config.retention_bytes = keys.retention_bytes;
    config.retention_age = keys.retention_age;
    config.version = scenario.run.kafka;
    config.switches = scenario.protocol;
    return config;
}

Controller make_controller_role(Scenario const& scenario, BrokerId id, ConfigMap const& server)
{
    ControllerConfig const config = resolve_controller_config(scenario.run.kafka, server);
    ControllerOptions options;
    options.features = feature_levels(scenario.run.kafka, scenario.cluster.features);
    // Unlike Kafka: a new cluster finalizes transaction.version only where it says something.
    bool const transactional = std::any_of(
        scenario.workloads.begin(), scenario.workloads.end(), [](Workload const& workload) {
            auto const* producer = std::get_if<ProducerWorkload>(&workload.is);
            return producer != nullptr && producer->config.contains("transactional.id");
        });
    if (transactional && supported_feature_level(scenario.run.kafka, transaction_version_feature))
        options.features.emplace(
            std::string(transaction_version_feature),
            default_feature_level({options.features[std::string(metadata_version_feature)]},
                                  transaction_version_feature));
    if (config.auto_leader_rebalance_enable)
        options.leader_imbalance_check_interval = config.leader_imbalance_check_interval;
    return Controller(id, config, scenario.run.kafka, std::move(options), scenario.protocol);
}

}  // namespace

sim::Ratio ratio(Probability probability)
{
    return {static_cast<std::uint64_t>(probability.ppb), 1'000'000'000};
}

sim::PowerLoss power_loss(PowerLoss model)
{
    switch (model) {
    case PowerLoss::keep_all:
        return sim::PowerLoss::keep_all;
    case PowerLoss::lose_unsynced:
        return sim::PowerLoss::lose_unsynced;
    case PowerLoss::lose_random_unsynced:
        return sim::PowerLoss::lose_random_unsynced;
    case PowerLoss::torn_tail:
        return sim::PowerLoss::torn_tail;
    }
    return sim::PowerLoss::lose_unsynced;
}

sim::DiskQuality disk_quality(Scenario const& scenario,
                              std::map<std::int32_t, DiskSettings> const& own, std::int32_t id)
{
    sim::DiskQuality quality;
    lay_over(scenario.storage.by_default, quality);
    if (auto const found = own.find(id); found != own.end())
        lay_over(found->second, quality);
    return quality;
}

sim::DiskQuality client_disk_quality() { return {}; }

sim::LinkQuality link_quality(LinkSettings const& settings, sim::LinkQuality const& base)
{
    sim::LinkQuality quality = base;
    if (settings.latency)
        quality.latency = settings.latency->distribution();
    quality.bandwidth = bytes_per_second(settings.bandwidth, quality.bandwidth);
    if (settings.loss)
        quality.loss = ratio(*settings.loss);
    if (settings.reset)
        quality.reset = ratio(*settings.reset);
    return quality;
}

sim::LinkFault link_fault(LinkSettings const& settings)
{
    sim::LinkFault fault;
    fault.is = link_quality(settings);
    fault.has_latency = settings.latency.has_value();
    return fault;
}

sim::DiskFault disk_fault(DiskDetails const& details)
{
    sim::DiskFault fault;
    if (details.is.read)
        fault.read = details.is.read->distribution();
    if (details.is.write)
        fault.write = details.is.write->distribution();
    if (details.is.fsync)
        fault.flush = details.is.fsync->distribution();
    if (details.is.bandwidth)
        fault.bandwidth = bytes_per_second(details.is.bandwidth, 0);
    fault.stalled = details.stall;
    fault.flush_errors = ratio(details.fsync_errors);
    fault.read_errors = ratio(details.read_errors);
    fault.flush_lies = ratio(details.fsync_lies);
    fault.loses_names = details.lose_new_files;
    return fault;
}

BrokerId controller_id(Scenario const& scenario, std::int32_t index)
{
    ClusterSpec const& cluster = scenario.cluster;
    return BrokerId{(cluster.controllers.combined ? cluster.brokers.first_id : 3000) + index};
}

QuorumPlan plan_quorum(Scenario const& scenario, NodeId first)
{
    ClusterSpec const& cluster = scenario.cluster;
    QuorumPlan plan;
    auto const version = cluster.features.find("kraft.version");
    plan.kraft_version = version != cluster.features.end() && version->second == "1" ? 1 : 0;
    for (std::int32_t i = 0; i < cluster.controllers.count; ++i) {
        NodeId const node{static_cast<std::uint16_t>(first.value + i)};
        plan.controllers.push_back(node);
        Voter voter;
        voter.key = {controller_id(scenario, i), directory_of(plan, node)};
        voter.node = node;
        if (i < cluster.controllers.initial_voters.value_or(cluster.controllers.count))
            plan.voters.push_back(voter);
    }
    return plan;
}

Server make_controller(Scenario const& scenario, std::int32_t index, QuorumPlan const& quorum)
{
    BrokerId const id = controller_id(scenario, index);
    ConfigMap const server = scenario.cluster.config_of_controller(index);
    return Server(
        RaftClient(raft_config(scenario, id, quorum.controllers[static_cast<std::size_t>(index)],
                               server, quorum, true)),
        make_controller_role(scenario, id, server), std::nullopt);
}

Server make_broker(Scenario const& scenario, BrokerId id, QuorumPlan const& quorum,
                   std::optional<std::int32_t> controller)
{
    Broker::Config config;
    config.id = id;
    config.rack = scenario.cluster.rack_of_broker(id.value);
    config.version = scenario.run.kafka;
    config.server = scenario.cluster.config_of_broker(id.value);
    config.broker = resolve_broker_config(scenario.run.kafka, config.server);
    config.switches = scenario.protocol;
    // A controller that is combined is a broker's, and has its configuration.
    ConfigMap const server = config.server;
    NodeId const node = controller ? quorum.controllers[static_cast<std::size_t>(*controller)]
                                   : NodeId{static_cast<std::uint16_t>(id.value)};
    std::optional<Controller> inside;
    if (controller)
        inside = make_controller_role(scenario, id, server);
    return Server(
        RaftClient(raft_config(scenario, id, node, server, quorum, controller.has_value())),
        std::move(inside), Broker(std::move(config)));
}

namespace {

// "{member}" in a configuration is the client's number in its workload.
std::string for_member(std::string text, std::string const& client)
{
    constexpr std::string_view place = "{member}";
    auto const at = text.find(place);
    auto const bracket = client.rfind('[');
    if (at != std::string::npos && bracket != std::string::npos)
        text.replace(at, place.size(), client.substr(bracket + 1, client.size() - bracket - 2));
    return text;
}

}  // namespace

Process::Kinds make_client(Scenario const& scenario, Workload const& workload, std::uint32_t client,
                           std::string const& name, std::vector<NodeId> const& bootstrap,
                           std::int32_t index_in_workload)
{
    sim::Instant const start = at(workload.start);
    if (auto const* producer = std::get_if<ProducerWorkload>(&workload.is)) {
        sim::Instant const stop = at(workload.stop.value_or(scenario.run.duration));
        ProducerConfig config = resolve_producer_config(scenario.run.kafka, producer->config);
        // Each client of a workload has a transactional.id of its own, unless they share one.
        if (!config.transactional_id.empty() && index_in_workload > 0 &&
            !producer->transactions.shared_id)
            config.transactional_id += "-" + std::to_string(index_in_workload);
        return Producer(client, name, config, *producer, start, stop, bootstrap, scenario.protocol);
    }
    auto const& reader = std::get<ReaderWorkload>(workload.is);
    sim::Instant const stop = workload.stop ? at(*workload.stop) : sim::Instant::never();
    ConsumerConfig config = resolve_consumer_config(scenario.run.kafka, reader.config);
    if (!reader.config.contains("client.rack"))
        config.client_rack = workload.rack;
    config.group_instance_id = for_member(config.group_instance_id, name);
    return Reader(client, name, config, reader, start, stop, bootstrap, scenario.protocol);
}

CreateTopicsRequest create_request(Topic const& topic)
{
    CreateTopicsRequest request;
    request.name = topic.name;
    request.partitions = topic.partitions;
    request.replication_factor = static_cast<std::int16_t>(topic.replication_factor);
    if (!topic.assignment.empty()) {
        // Kafka takes all partitions or none; the replication factor follows from the lists.
        request.partitions = -1;
        request.replication_factor = -1;
        for (auto const& [partition, replicas] : topic.assignment) {
            std::vector<BrokerId> ids;
            for (std::int32_t const id : replicas)
                ids.push_back(BrokerId{id});
            request.assignment.push_back(std::move(ids));
        }
    }
    for (auto const& [key, value] : topic.config)
        request.configs.push_back({key, value});
    return request;
}

sim::TimelineStep timeline_step(Step const& step, Scenario const& scenario)
{
    sim::TimelineStep made;
    if (auto const* when = std::get_if<At>(&step.trigger))
        made.trigger = sim::TimelineStep::At{at(when->at)};
    else if (auto const* every = std::get_if<Every>(&step.trigger)) {
        sim::TimelineStep::Every trigger{every->every.distribution(), at(every->from),
                                         at(every->until.value_or(scenario.run.duration))};
        if (every->count)
            trigger.count_max = static_cast<std::uint64_t>(*every->count);
        made.trigger = trigger;
    } else if (auto const* condition = std::get_if<When>(&step.trigger))
        made.trigger = sim::TimelineStep::When{static_cast<std::uint64_t>(condition->count)};
    else {
        auto const& after = std::get<After>(step.trigger);
        auto const found = std::find_if(scenario.timeline.begin(), scenario.timeline.end(),
                                        [&](Step const& other) { return other.id == after.step; });
        made.trigger =
            sim::TimelineStep::After{static_cast<std::uint32_t>(found - scenario.timeline.begin()),
                                     after.delay.distribution()};
    }
    if (step.action.lasts)
        made.lasts = step.action.lasts->distribution();
    return made;
}

sim::TimelineStep timeline_step(Fault const& fault, Chaos const& chaos, sim::Instant end)
{
    sim::TimelineStep made;
    sim::TimelineStep::Every trigger{fault.every.distribution(), at(chaos.from),
                                     std::min(at(chaos.until), end)};
    trigger.gap_first = true;
    if (fault.limit)
        trigger.count_max = static_cast<std::uint64_t>(*fault.limit);
    made.trigger = trigger;
    if (fault.action.lasts)
        made.lasts = fault.action.lasts->distribution();
    return made;
}

}  // namespace odradek::kafka
