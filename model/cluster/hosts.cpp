// What can happen to one process or host, whoever asks for it; and that each thing ends when its
// last reason does.

#include <fmt/format.h>

#include "model/cluster/build.h"
#include "model/cluster/cluster.h"

namespace odradek::kafka {

void Cluster::crash(NodeId node)
{
    disturb();
    ++crash_reasons_[node.value];
    if (!engine_.running(node))
        return;
    engine_.crash(node);
    ++result_.process_crashes;
    notes_of_action_.push_back(
        fmt::format("{} is gone, its page cache stays", engine_.name_of_node(node)));
    world_event({"ProcessCrashed", engine_.name_of_node(node), broker_id(node)});
}

// It is up again only when every fault that keeps it down has ended.
void Cluster::start(NodeId node)
{
    if (crash_reasons_[node.value] > 0 || !engine_.has_power(engine_.host_of(node)))
        return;
    if (engine_.running(node)) {
        if (stopping_[node.value])
            start_later(node, stop_check);
        return;
    }
    stopping_[node.value] = false;
    engine_.start(node);
    world_event({"ProcessStarted", engine_.name_of_node(node), broker_id(node)});
}

void Cluster::pause(NodeId node)
{
    disturb();
    ++pause_reasons_[node.value];
    engine_.pause(node);
}

void Cluster::resume(NodeId node)
{
    disturb();
    if (pause_reasons_[node.value] > 0 && --pause_reasons_[node.value] == 0)
        engine_.resume(node);
}

void Cluster::lose_power(NodeId node, std::optional<PowerLoss> model)
{
    disturb();
    std::optional<sim::PowerLoss> how;
    if (model)
        how = power_loss(*model);
    HostId const host = engine_.host_of(node);
    bool const had_power = engine_.has_power(host);
    std::vector<sim::LostBytes> const lost = engine_.lose_power(host, how);
    if (!had_power)
        return;
    ++result_.power_losses;
    forgotten_[node.value] = true;
    for (sim::LostBytes const& file : lost)
        notes_of_action_.push_back(
            fmt::format("{} {}: {} bytes kept, {} lost", engine_.name_of_node(node),
                        engine_.disk(host).path(file.file), file.kept, file.lost));
    world_event({"PowerLost", engine_.name_of_node(node), broker_id(node)});
}

// An operator takes the host down and puts an empty disk into it. Who runs there is formatted anew
// when it starts.
void Cluster::wipe_disk(NodeId node)
{
    lose_power(node, std::nullopt);
    engine_.disk(engine_.host_of(node)).wipe();
    notes_of_action_.clear();
    notes_of_action_.push_back(
        fmt::format("{} is down, and gets an empty disk", engine_.name_of_node(node)));
}

void Cluster::restore_power(NodeId node)
{
    disturb();
    engine_.power_on(engine_.host_of(node));
    start(node);
}

void Cluster::cut(NodeId from, NodeId to)
{
    disturb();
    engine_.network().block(engine_.host_of(from), engine_.host_of(to));
}

void Cluster::mend(NodeId from, NodeId to)
{
    disturb();
    engine_.network().unblock(engine_.host_of(from), engine_.host_of(to));
}

}  // namespace odradek::kafka
