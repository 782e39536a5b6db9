// Who a selector means at the moment a step fires.

#include <algorithm>

#include "model/cluster/cluster.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site pick_site("selector.pick");

bool in_range(SelectorTerm const& term, std::int32_t number)
{
    if (!term.first)
        return true;
    return number >= *term.first && number <= term.last.value_or(*term.first);
}

void add_unless_there(std::vector<NodeId>& nodes, NodeId node)
{
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end())
        nodes.push_back(node);
}

}  // namespace

std::vector<NodeId> Cluster::partition_nodes(SelectorTerm const& term) const
{
    std::vector<NodeId> nodes;
    auto const topic = image().topic(std::string_view(term.name));
    if (!topic)
        return nodes;
    for (std::int32_t i = 0; i < topic->partition_count(); ++i) {
        if (!in_range(term, i))
            continue;
        PartitionRegistration const& partition = topic->partition(i);
        auto const add = [&](BrokerId id) {
            if (auto const node = broker_node(id))
                add_unless_there(nodes, *node);
        };
        switch (term.kind) {
        case SelectorKind::leader:
            add(partition.leader);
            break;
        case SelectorKind::follower:
            for (BrokerId const id : partition.replicas)
                if (id != partition.leader)
                    add(id);
            break;
        case SelectorKind::isr:
            for (BrokerId const id : partition.isr)
                add(id);
            break;
        default:
            add(partition.replicas.front());
            break;
        }
    }
    return nodes;
}

// Less than half (or a third) of the brokers, and less than half of the controllers, in an order
// drawn from the seed. Combined nodes are split as controllers first, so that both are minorities.
void Cluster::split_servers(bool third)
{
    std::vector<NodeId> order = brokers_;
    engine_.chance().shuffle(pick_site, 1'000'000 + current_step_, order);
    std::size_t const brokers_max =
        third ? std::max<std::size_t>(brokers_.size() / 3, 1) : (brokers_.size() - 1) / 2;
    std::size_t const controllers_max = (controllers_.size() - 1) / 2;
    std::size_t brokers = 0;
    std::size_t controllers = 0;
    for (NodeId const node : order) {
        bool const in_quorum = is_controller(node);
        if (brokers < brokers_max && (!in_quorum || controllers < controllers_max)) {
            minority_.push_back(node);
            ++brokers;
            controllers += in_quorum ? 1 : 0;
        } else
            majority_.push_back(node);
    }
    if (scenario_->cluster.controllers.combined)
        return;
    order = controllers_;
    engine_.chance().shuffle(pick_site, 2'000'000 + current_step_, order);
    for (NodeId const node : order)
        (controllers++ < controllers_max ? minority_ : majority_).push_back(node);
}

std::vector<NodeId> Cluster::resolve_term(SelectorTerm const& term)
{
    std::vector<NodeId> nodes;
    auto const add_all = [&](std::vector<NodeId> const& of) {
        for (NodeId const node : of)
            add_unless_there(nodes, node);
    };
    std::size_t const brokers = brokers_.size();
    std::size_t take = SIZE_MAX;
    switch (term.kind) {
    case SelectorKind::all:
        add_all(controllers_);
        add_all(brokers_);
        add_all(clients_);
        break;
    case SelectorKind::brokers:
        add_all(brokers_);
        break;
    case SelectorKind::controllers:
        add_all(controllers_);
        break;
    case SelectorKind::clients:
        add_all(clients_);
        break;
    case SelectorKind::majority:
    case SelectorKind::minority:
    case SelectorKind::minority_third:
        // A minority and the majority named in one step complement each other.
        if (majority_.empty())
            split_servers(term.kind == SelectorKind::minority_third);
        add_all(term.kind == SelectorKind::majority ? majority_ : minority_);
        break;
    case SelectorKind::primaries:
        image().for_each_partition([&](TopicPartition, PartitionRegistration const& partition) {
            if (auto const node = broker_node(partition.leader))
                add_unless_there(nodes, *node);
        });
        std::sort(nodes.begin(), nodes.end());
        break;
    case SelectorKind::directory:  // Whose it is; which one is the action's to look up.
    case SelectorKind::broker:
        for (std::size_t i = 0; i < brokers; ++i)
            if (in_range(term, scenario_->cluster.brokers.first_id + static_cast<std::int32_t>(i)))
                nodes.push_back(brokers_[i]);
        break;
    case SelectorKind::controller:
        for (std::size_t i = 0; i < controllers_.size(); ++i) {
            bool const is_meant = term.active ? active_controller() == controllers_[i]
                                              : in_range(term, static_cast<std::int32_t>(i));
            if (is_meant)
                nodes.push_back(controllers_[i]);
        }
        break;
    case SelectorKind::client: {
        std::int32_t index = 0;
        std::uint32_t workload = 0;
        for (std::size_t i = 0; i < plans_.size(); ++i) {
            index = i > 0 && plans_[i].workload == workload ? index + 1 : 0;
            workload = plans_[i].workload;
            bool const named = term.name.empty() || term.name == "*" ||
                               scenario_->workloads[workload].name == term.name;
            if (named && in_range(term, index))
                nodes.push_back(plans_[i].node);
        }
        break;
    }
    case SelectorKind::rack:
        for (std::size_t i = 0; i < engine_.node_count(); ++i) {
            NodeId const node{static_cast<std::uint16_t>(i)};
            if (engine_.network().rack_of(engine_.host_of(node)) == term.name)
                nodes.push_back(node);
        }
        break;
    case SelectorKind::leader:
    case SelectorKind::follower:
    case SelectorKind::isr:
    case SelectorKind::preferred:
        nodes = partition_nodes(term);
        break;
    case SelectorKind::zookeepers:
    case SelectorKind::zookeeper:
    case SelectorKind::coordinator:
    case SelectorKind::txn_coordinator:
        break;  // Refused by the reader.
    }
    if (term.count)
        take = static_cast<std::size_t>(*term.count);
    if (take < nodes.size()) {
        engine_.chance().shuffle(pick_site, current_step_, nodes);
        nodes.resize(take);
    }
    return nodes;
}

std::vector<NodeId> Cluster::resolve(Selector const& selector)
{
    std::vector<NodeId> nodes;
    for (SelectorTerm const& term : selector.terms) {
        std::vector<NodeId> const meant = resolve_term(term);
        if (term.negated)
            std::erase_if(nodes, [&](NodeId node) {
                return std::find(meant.begin(), meant.end(), node) != meant.end();
            });
        else
            for (NodeId const node : meant)
                add_unless_there(nodes, node);
    }
    return nodes;
}

}  // namespace odradek::kafka
