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
    case SelectorKind::minority_third: {
        // Of the brokers; a minority and the majority named in one step complement each other,
        // because both are cut from the same drawn order.
        std::vector<NodeId> order = brokers_;
        engine_.chance().shuffle(pick_site, 1'000'000 + current_step_, order);
        std::size_t const minority = term.kind == SelectorKind::minority_third
                                         ? std::max<std::size_t>(brokers / 3, 1)
                                         : (brokers - 1) / 2;
        if (split_.empty())
            split_ = order;
        if (term.kind == SelectorKind::majority) {
            nodes.assign(split_.begin() + static_cast<std::ptrdiff_t>(minority), split_.end());
            add_all(controllers_);
        } else
            nodes.assign(split_.begin(), split_.begin() + static_cast<std::ptrdiff_t>(minority));
        break;
    }
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
            bool const is_active = engine_.process(controllers_[i]).as<Controller>()->is_active();
            if (term.active ? is_active : in_range(term, static_cast<std::int32_t>(i)))
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
