// Which faults of a chaos profile a seed gets, and the budget that holds them back.

#include <algorithm>

#include "model/cluster/cluster.h"
#include "model/config.h"

namespace odradek::kafka {

// Each seed, and each rotation, switches on its own subset of the faults; each fault with even
// chances.
void Cluster::rotate_swarm()
{
    static constexpr sim::Site site("chaos.swarm");
    for (std::size_t i = 0; i < swarm_enabled_.size(); ++i)
        swarm_enabled_[i] = engine_.chance().below(site, i, 2) == 1;
}

bool Cluster::is_broker(NodeId node) const { return broker_id(node) != no_broker; }

bool Cluster::is_controller(NodeId node) const
{
    return std::find(controllers_.begin(), controllers_.end(), node) != controllers_.end();
}

// Servers that cannot do their work while the action lasts.
std::vector<NodeId> Cluster::impaired_by(Action const& action, std::vector<NodeId> const& targets,
                                         Sides const& sides) const
{
    std::vector<NodeId> impaired;
    auto const add = [&](std::vector<NodeId> const& nodes) {
        for (NodeId const node : nodes)
            if (is_broker(node) || is_controller(node))
                impaired.push_back(node);
    };
    switch (action.verb) {
    case Verb::crash:
    case Verb::shutdown:
    case Verb::pause:
    case Verb::power_loss:
    case Verb::isolate:
    case Verb::disk_full:
    case Verb::disk_fail:
    case Verb::disk_wipe:
        add(targets);
        break;
    case Verb::partition: {
        // All but the largest side.
        std::size_t largest = 0;
        for (std::size_t i = 0; i < sides.size(); ++i)
            if (sides[i].size() > sides[largest].size())
                largest = i;
        for (std::size_t i = 0; i < sides.size(); ++i)
            if (i != largest)
                add(sides[i]);
        break;
    }
    default:
        break;
    }
    std::sort(impaired.begin(), impaired.end());
    impaired.erase(std::unique(impaired.begin(), impaired.end()), impaired.end());
    return impaired;
}

// Everybody whom an action is about, in whatever way.
std::vector<NodeId> Cluster::touched_by(std::vector<NodeId> const& targets, Sides const& sides)
{
    std::vector<NodeId> touched = targets;
    for (std::vector<NodeId> const& side : sides)
        touched.insert(touched.end(), side.begin(), side.end());
    return touched;
}

bool Cluster::within_budget(Action const& action, std::vector<NodeId> const& targets,
                            Sides const& sides) const
{
    Budget const& budget = scenario_->chaos->budget;
    if (!keeps_in_sync(action, targets, sides))
        return false;
    std::vector<NodeId> nodes = impaired_by(action, targets, sides);
    if (nodes.empty())
        return true;
    for (Done const& done : done_)
        nodes.insert(nodes.end(), done.impaired.begin(), done.impaired.end());
    for (NodeId const node : brokers_)
        if (!engine_.running(node))  // Whatever has stopped it.
            nodes.push_back(node);
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    std::vector<BrokerId> down;  // Ascending: so are the brokers' nodes.
    std::size_t controllers = 0;
    for (NodeId const node : nodes) {
        if (is_broker(node))
            down.push_back(broker_id(node));
        controllers += is_controller(node) ? 1 : 0;
    }
    if (budget.brokers_down && down.size() > static_cast<std::size_t>(*budget.brokers_down))
        return false;
    if (budget.controllers_down && controllers > static_cast<std::size_t>(*budget.controllers_down))
        return false;
    if (budget.keep_quorum && controllers > (controllers_.size() - 1) / 2)
        return false;
    bool within = true;
    if (budget.replicas_down_per_partition)
        image().for_each_partition([&](TopicPartition, PartitionRegistration const& partition) {
            std::int32_t hit = 0;
            for (BrokerId const id : partition.replicas)
                hit += std::binary_search(down.begin(), down.end(), id) ? 1 : 0;
            within = within && hit <= *budget.replicas_down_per_partition;
        });
    return within;
}

// Power losses are survived as long as every partition has, among the in-sync replicas that the
// controller knows, some that have kept all they had and that nothing holds back from leading:
// those that have forgotten it are still taken for in sync until they are registered again. So
// nothing may happen to the controllers meanwhile either: a new one fences all who cannot reach it
// in time, one after the other, and the last to be fenced is left as the ISR.
bool Cluster::keeps_in_sync(Action const& action, std::vector<NodeId> const& targets,
                            Sides const& sides) const
{
    std::optional<std::int32_t> const least = scenario_->chaos->budget.keep_in_sync;
    if (!least)
        return true;
    std::vector<NodeId> held_back = touched_by(targets, sides);
    std::vector<BrokerId> forgetful;
    for (NodeId const node : brokers_)
        if ((forgotten_[node.value] && !is_registered(node)) ||
            ((action.verb == Verb::power_loss || action.verb == Verb::disk_wipe) &&
             std::find(held_back.begin(), held_back.end(), node) != held_back.end()))
            forgetful.push_back(broker_id(node));
    if (forgetful.empty())
        return true;
    for (Done const& done : done_)
        held_back.insert(held_back.end(), done.touched.begin(), done.touched.end());
    sim::Duration const session =
        resolve_controller_config(scenario_->run.kafka, scenario_->cluster.config_of_controller(0))
            .broker_session_timeout;
    // Who was cut off may not have been heard again, and be fenced for it within a session.
    for (NodeId const node : brokers_) {
        BrokerRegistration const* const known = image().broker(broker_id(node));
        std::optional<sim::Instant> const healed = disturbed_[node.value];
        if (!is_registered(node) || known->fenced || (healed && now() - *healed < session))
            held_back.push_back(node);
    }
    if (std::any_of(held_back.begin(), held_back.end(),
                    [this](NodeId node) { return is_controller(node); }))
        return false;
    // A new controller gives everybody a full session first: until then it takes brokers for in
    // sync that nobody hears. The second session is for the election.
    if (controllers_disturbed_ && now() - *controllers_disturbed_ < session * 2)
        return false;
    auto const in = [](std::vector<BrokerId> const& list, BrokerId id) {
        return std::find(list.begin(), list.end(), id) != list.end();
    };
    std::vector<BrokerId> unfit = forgetful;
    for (NodeId const node : held_back)
        if (is_broker(node))
            unfit.push_back(broker_id(node));
    bool keeps = true;
    image().for_each_partition([&](TopicPartition, PartitionRegistration const& partition) {
        bool at_risk = false;
        std::int32_t left = 0;
        for (BrokerId const id : partition.isr) {
            at_risk = at_risk || in(forgetful, id);
            left += in(unfit, id) ? 0 : 1;
        }
        keeps = keeps && (!at_risk || left >= *least);
    });
    return keeps;
}

// Does the controller know this life of the broker's process? Registered anew, it loses the places
// in ISRs that its former life had.
bool Cluster::is_registered(NodeId node) const
{
    Broker const* const broker = engine_.process(node).as<Broker>();
    if (!engine_.running(node) || broker->lifecycle().broker_epoch() == no_broker_epoch)
        return false;
    BrokerRegistration const* const known = image().broker(broker->id());
    return known != nullptr && known->epoch >= broker->lifecycle().broker_epoch();
}

}  // namespace odradek::kafka
