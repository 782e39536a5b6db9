#include "model/client/cluster_view.h"

#include <algorithm>

namespace odradek::kafka {

ClusterView::Update ClusterView::update(MetadataResponse const& response)
{
    Update result;
    brokers_ = response.brokers;
    std::sort(brokers_.begin(), brokers_.end(),
              [](MetadataBroker const& a, MetadataBroker const& b) { return a.broker < b.broker; });
    nodes_.clear();
    for (MetadataBroker const& broker : brokers_)
        nodes_.push_back(broker.node);

    for (MetadataTopic const& told : response.topics) {
        auto known = std::find_if(topics_.begin(), topics_.end(),
                                  [&](Topic const& t) { return t.name == told.name; });
        if (told.error != Error::none) {
            result.incomplete = result.incomplete || is_invalid_metadata(told.error);
            if (known != topics_.end())
                for (Partition& partition : known->partitions)
                    partition.leader = no_broker;
            continue;
        }
        if (known == topics_.end()) {
            topics_.push_back({told.name, told.topic, {}});
            known = topics_.end() - 1;
        } else if (known->id != told.topic) {
            // Deleted and created again: epochs of the old topic say nothing about the new one.
            known->id = told.topic;
            known->partitions.clear();
        }
        for (MetadataPartition const& partition : told.partitions) {
            auto const index = static_cast<std::size_t>(partition.partition);
            if (index >= known->partitions.size())
                known->partitions.resize(index + 1);
            Partition& mine = known->partitions[index];
            if (partition.leader_epoch < mine.leader_epoch)
                continue;  // The broker asked is behind what we know already.
            result.progress = result.progress || partition.leader_epoch > mine.leader_epoch;
            mine = {partition.error == Error::leader_not_available ? no_broker : partition.leader,
                    partition.leader_epoch};
            result.incomplete = result.incomplete || is_invalid_metadata(partition.error);
        }
    }
    return result;
}

bool ClusterView::update_leader(TopicPartition partition, LeaderHint hint)
{
    if (hint.leader == no_broker || hint.leader_epoch == no_epoch || !node_of(hint.leader))
        return false;
    for (Topic& topic : topics_) {
        if (topic.id != partition.topic)
            continue;
        auto const index = static_cast<std::size_t>(partition.partition);
        if (index >= topic.partitions.size() ||
            hint.leader_epoch <= topic.partitions[index].leader_epoch)
            return false;
        topic.partitions[index] = {hint.leader, hint.leader_epoch};
        return true;
    }
    return false;
}

void ClusterView::rebootstrap(std::vector<NodeId> const& bootstrap) { nodes_ = bootstrap; }

NodeId const* ClusterView::node_of(BrokerId broker) const
{
    if (brokers_.empty())
        return nullptr;
    // Ids mostly follow each other.
    auto const place = static_cast<std::size_t>(
        std::max(broker.value - brokers_.front().broker.value, std::int32_t{0}));
    if (place < brokers_.size() && brokers_[place].broker == broker)
        return &brokers_[place].node;
    auto const found = std::lower_bound(
        brokers_.begin(), brokers_.end(), broker,
        [](MetadataBroker const& known, BrokerId id) { return known.broker < id; });
    return found != brokers_.end() && found->broker == broker ? &found->node : nullptr;
}

BrokerId ClusterView::broker_at(NodeId node) const
{
    for (MetadataBroker const& known : brokers_)
        if (known.node == node)
            return known.broker;
    return no_broker;
}

ClusterView::Topic const* ClusterView::topic(std::string_view name) const
{
    for (Topic const& topic : topics_)
        if (topic.name == name)
            return &topic;
    return nullptr;
}

ClusterView::Topic const* ClusterView::topic(TopicId id) const
{
    for (Topic const& topic : topics_)
        if (topic.id == id)
            return &topic;
    return nullptr;
}

ClusterView::Partition ClusterView::partition(TopicPartition partition) const
{
    Topic const* known = topic(partition.topic);
    auto const index = static_cast<std::size_t>(partition.partition);
    return known != nullptr && index < known->partitions.size() ? known->partitions[index]
                                                                : Partition{};
}

NodeId const* ClusterView::leader_node(TopicPartition which) const
{
    BrokerId const leader = partition(which).leader;
    return leader == no_broker ? nullptr : node_of(leader);
}

}  // namespace odradek::kafka
