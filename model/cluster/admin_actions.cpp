// Steps of a timeline in which an operator asks the controller for something: what the step says
// becomes a request of the admin client.

#include <algorithm>

#include <fmt/format.h>

#include "model/cluster/cluster.h"

namespace odradek::kafka {

bool Cluster::act_as_admin(Action const& action, std::vector<NodeId> const& targets)
{
    switch (action.verb) {
    case Verb::delete_topic:
        order(admin_,
              AdminRequest(DeleteTopicsRequest{std::get<DeleteTopicDetails>(action.with).topic}));
        return true;
    case Verb::delete_records:
        delete_records(std::get<DeleteRecordsDetails>(action.with));
        return true;
    case Verb::add_partitions:
        add_partitions(std::get<AddPartitionsDetails>(action.with));
        return true;
    case Verb::config:
        alter_config(std::get<ConfigDetails>(action.with));
        return true;
    case Verb::reassign:
        reassign(std::get<ReassignDetails>(action.with));
        return true;
    case Verb::update_features:
        update_features(std::get<UpdateFeaturesDetails>(action.with));
        return true;
    case Verb::unregister_broker:
        order(admin_, AdminRequest(UnregisterBrokerRequest{
                          BrokerId{std::get<UnregisterBrokerDetails>(action.with).broker}}));
        return true;
    case Verb::add_controller:
    case Verb::remove_controller:
        for (NodeId const node : targets)
            change_voter(node, action.verb == Verb::add_controller);
        return true;
    default:
        return false;
    }
}

// kafka-metadata-quorum add-controller and remove-controller (KIP-853).
void Cluster::change_voter(NodeId node, bool add)
{
    ReplicaKey const key = engine_.process(node).as<Server>()->raft().key();
    if (add) {
        AddRaftVoterRequest request;
        request.voter = key;
        request.node = node;
        order(admin_, AdminRequest(request));
    } else {
        RemoveRaftVoterRequest request;
        request.voter = key;
        order(admin_, AdminRequest(request));
    }
}

// Asked of the partitions' leaders.
void Cluster::delete_records(DeleteRecordsDetails const& details)
{
    DeleteRecordsOrder order;
    for (DeleteRecordsDetails::Partition const& one : details.list)
        order.partitions.push_back({one.topic, one.partition, Offset{one.before}});
    std::vector<std::int32_t> of_topic = details.partitions;
    if (std::optional<TopicView> const topic = image().topic(details.topic);
        topic && of_topic.empty())
        for (std::int32_t p = 0; p < static_cast<std::int32_t>(topic->partition_count()); ++p)
            of_topic.push_back(p);
    for (std::int32_t const p : of_topic)
        order.partitions.push_back({details.topic, p, Offset{details.before}});
    if (order.partitions.empty())
        notes_of_action_.push_back(fmt::format("there is no topic {}", details.topic));
    else
        this->order(admin_, AdminRequest(BrokerOrder(std::move(order))));
}

void Cluster::add_partitions(AddPartitionsDetails const& details)
{
    CreatePartitionsRequest request;
    request.name = details.topic;
    request.count = details.partitions;
    for (std::vector<std::int32_t> const& replicas : details.assignments) {
        std::vector<BrokerId>& ids = request.assignments.emplace_back();
        for (std::int32_t const id : replicas)
            ids.push_back(BrokerId{id});
    }
    order(admin_, AdminRequest(std::move(request)));
}

void Cluster::alter_config(ConfigDetails const& details)
{
    AlterConfigsResource resource;
    if (!details.topic.empty())
        resource.resource = "topic " + details.topic;
    else
        resource.resource = "broker " + (details.broker ? std::to_string(*details.broker) : "");
    auto const add = [&](ConfigMap const& map, ConfigOperation operation) {
        for (auto const& [key, value] : map)
            resource.configs.push_back({key, operation, value});
    };
    add(details.set, ConfigOperation::set);
    add(details.append, ConfigOperation::append);
    add(details.subtract, ConfigOperation::subtract);
    for (std::string const& key : details.remove)
        resource.configs.push_back({key, ConfigOperation::remove, std::nullopt});
    IncrementalAlterConfigsRequest request;
    request.resources.push_back(std::move(resource));
    order(admin_, AdminRequest(std::move(request)));
}

// As many brokers as there are replicas now, each registered, drawn without repetition.
std::vector<BrokerId> Cluster::draw_replicas(TopicPartition partition, std::size_t count)
{
    static constexpr sim::Site site("timeline.reassign");
    std::vector<BrokerId> left;
    for (BrokerRegistration const& broker : image().brokers())
        left.push_back(broker.id);
    std::vector<BrokerId> drawn;
    std::uint64_t const actor = (std::uint64_t{partition.topic.value} << 32U) |
                                static_cast<std::uint32_t>(partition.partition);
    while (drawn.size() < count && !left.empty()) {
        auto const at = left.begin() + static_cast<std::ptrdiff_t>(
                                           engine_.chance().below(site, actor, left.size()));
        drawn.push_back(*at);
        left.erase(at);
    }
    return drawn;
}

void Cluster::reassign(ReassignDetails const& details)
{
    AlterPartitionReassignmentsRequest request;
    for (ReassignDetails::Partition const& one : details.partitions) {
        std::optional<TopicView> const topic = image().topic(one.topic);
        if (!topic) {
            notes_of_action_.push_back(fmt::format("there is no topic {}", one.topic));
            continue;
        }
        std::vector<BrokerId> replicas;
        for (std::int32_t const id : one.replicas)
            replicas.push_back(BrokerId{id});
        request.partitions.push_back({{topic->id(), one.partition}, std::move(replicas)});
    }
    if (details.partitions.empty())
        image().for_each_partition([&](TopicPartition id, PartitionRegistration const& partition) {
            bool const named = details.topic.empty() || names_.topic(id.topic) == details.topic;
            if (!named || (details.partition && *details.partition != id.partition))
                return;
            if (details.cancel && partition.reassigning())
                request.partitions.push_back({id, std::nullopt});
            else if (!details.cancel) {
                // Those on their way are not counted twice.
                std::size_t const count = partition.replicas.size() - partition.adding.size();
                request.partitions.push_back({id, draw_replicas(id, count)});
            }
        });
    if (request.partitions.empty())
        notes_of_action_.emplace_back("nothing to reassign");
    else
        order(admin_, AdminRequest(std::move(request)));
}

void Cluster::update_features(UpdateFeaturesDetails const& details)
{
    UpdateFeaturesRequest request;
    UpgradeType const type = details.type == "upgrade"          ? UpgradeType::upgrade
                             : details.type == "safe-downgrade" ? UpgradeType::safe_downgrade
                                                                : UpgradeType::unsafe_downgrade;
    for (auto const& [feature, level] : details.levels)
        request.updates.push_back({feature, level, type});
    order(admin_, AdminRequest(std::move(request)));
}

}  // namespace odradek::kafka
