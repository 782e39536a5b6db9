// From a scenario's words to the parts of a cluster: qualities, processes, steps.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/cluster/process.h"
#include "model/scenario/scenario.h"
#include "sim/disk.h"
#include "sim/network.h"
#include "sim/timeline.h"

namespace odradek::kafka {

sim::DiskQuality disk_quality(Scenario const& scenario,
                              std::map<std::int32_t, DiskSettings> const& own, std::int32_t id);
// Clients have a disk in name only.
sim::DiskQuality client_disk_quality();
// What is not said is as in `base`.
sim::LinkQuality link_quality(LinkSettings const& settings, sim::LinkQuality const& base = {});
sim::LinkFault link_fault(LinkSettings const& settings);
sim::DiskFault disk_fault(DiskDetails const& details);
sim::Ratio ratio(Probability probability);
sim::PowerLoss power_loss(PowerLoss model);

// Kafka's id of a controller: 3000 and following, or of the broker that it is combined with.
BrokerId controller_id(Scenario const& scenario, std::int32_t index);
// Where every controller listens, and which of them vote from the beginning.
struct QuorumPlan {
    std::int16_t kraft_version{0};
    std::vector<Voter> voters;
    std::vector<NodeId> controllers;
};
// `first`: the node that is added first will be this one; controllers follow one another.
QuorumPlan plan_quorum(Scenario const& scenario, NodeId first);
Server make_controller(Scenario const& scenario, std::int32_t index, QuorumPlan const& quorum);
// With the controller of that index inside, if one is given.
Server make_broker(Scenario const& scenario, BrokerId id, QuorumPlan const& quorum,
                   std::optional<std::int32_t> controller = {});
Process::Kinds make_client(Scenario const& scenario, Workload const& workload, std::uint32_t client,
                           std::string const& name, std::vector<NodeId> const& bootstrap,
                           std::int32_t index_in_workload);
CreateTopicsRequest create_request(Topic const& topic);

sim::TimelineStep timeline_step(Step const& step, Scenario const& scenario);
sim::TimelineStep timeline_step(Fault const& fault, Chaos const& chaos, sim::Instant end);

}  // namespace odradek::kafka
