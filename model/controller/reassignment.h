// Replicas of partitions move to other brokers, as an operator asks (KIP-455). Source:
// ReplicationControlManager.alterPartitionReassignments, PartitionReassignmentReplicas,
// PartitionReassignmentRevert.
#pragma once

#include <vector>

#include "model/controller/decision.h"

namespace odradek::kafka {

// A partition on its way: who is to come, who is to go, and everybody meanwhile.
struct ReassignmentPlan {
    std::vector<BrokerId> replicas;  // The target, then those who go, ascending.
    std::vector<BrokerId> adding;    // Ascending.
    std::vector<BrokerId> removing;  // Ascending.

    bool operator==(ReassignmentPlan const&) const = default;
};
ReassignmentPlan plan_reassignment(std::vector<BrokerId> const& current,
                                   std::vector<BrokerId> const& target);

// What a reassignment that is called off leaves: the replicas without those who were to come. If
// none of them is in sync the first one is made so, which is an unclean election.
struct ReassignmentRevert {
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    bool unclean{false};

    bool operator==(ReassignmentRevert const&) const = default;
};
ReassignmentRevert revert_reassignment(PartitionRegistration const& partition);

Decision<AlterPartitionReassignmentsResponse>
decide_alter_reassignments(ControllerView const& cluster,
                           AlterPartitionReassignmentsRequest const& request, Out& out);

// From the image of what is committed.
ListPartitionReassignmentsResponse
list_reassignments(MetadataImage const& committed,
                   ListPartitionReassignmentsRequest const& request);

}  // namespace odradek::kafka
