#include "model/controller/reassignment.h"

#include <algorithm>

#include "model/controller/assignment.h"
#include "model/controller/elections.h"

namespace odradek::kafka {

namespace {

using Brokers = std::vector<BrokerId>;

Brokers without(Brokers const& list, Brokers const& gone)
{
    Brokers rest;
    for (BrokerId const broker : list)
        if (std::find(gone.begin(), gone.end(), broker) == gone.end())
            rest.push_back(broker);
    return rest;
}

Brokers ascending(Brokers list)
{
    std::sort(list.begin(), list.end());
    return list;
}

Problem cancel(ControllerView const& cluster, TopicView const& topic, TopicPartition partition,
               PartitionRegistration const& now, std::vector<MetadataRecord>& records, Out& out)
{
    if (!now.reassigning())
        return {Error::no_reassignment_in_progress, "No partition reassignment is in progress."};
    ReassignmentRevert const revert = revert_reassignment(now);
    Election const election = automatic_election(cluster, topic.name());
    if (revert.unclean && election != Election::unclean)
        return {Error::invalid_replica_assignment,
                fmt::format("Unable to revert partition assignment for {}:{} because it would "
                            "require an unclean leader election.",
                            topic.name(), partition.partition)};
    out.note("{}-{}: call off the reassignment, back to replicas {}, ISR {}", topic.name(),
             partition.partition, text_of(revert.replicas), text_of(revert.isr));
    PartitionChange change{partition, now, revert.isr, now.recovery, election};
    change.target_replicas = revert.replicas;
    change.target_adding.clear();
    change.target_removing.clear();
    build(cluster, change, rules_of(cluster, topic), {}, records, out);
    return {};
}

Problem move(ControllerView const& cluster, TopicView const& topic, TopicPartition partition,
             PartitionRegistration const& now, Brokers const& target,
             std::vector<MetadataRecord>& records, Out& out)
{
    Problem problem = check_assignment(cluster.image, target, std::nullopt);
    if (problem.error != Error::none)
        return problem;
    ReassignmentPlan const plan = plan_reassignment(now.replicas, target);
    out.note("{}-{}: reassign {} to {}, adding {}, removing {}", topic.name(), partition.partition,
             text_of(now.replicas), text_of(target), text_of(plan.adding), text_of(plan.removing));
    PartitionChange change{partition, now, now.isr, now.recovery, Election::online};
    change.target_replicas = plan.replicas;
    // What is asked for now replaces what is under way, as far as it says anything.
    if (!plan.removing.empty())
        change.target_removing = plan.removing;
    if (!plan.adding.empty())
        change.target_adding = plan.adding;
    build(cluster, change, rules_of(cluster, topic), {}, records, out);
    return {};
}

Problem alter_one(ControllerView const& cluster, ReassignablePartition const& wanted,
                  std::vector<MetadataRecord>& records, Out& out)
{
    std::optional<TopicView> const topic = cluster.image.topic(wanted.partition.topic);
    if (!topic)
        return {Error::unknown_topic_or_partition,
                fmt::format("Unable to find a topic with ID {}.", wanted.partition.topic.value)};
    PartitionRegistration const* const now = cluster.image.partition(wanted.partition);
    if (now == nullptr)
        return {Error::unknown_topic_or_partition,
                fmt::format("Unable to find partition {}:{}.", topic->name(),
                            wanted.partition.partition)};
    return wanted.replicas
               ? move(cluster, *topic, wanted.partition, *now, *wanted.replicas, records, out)
               : cancel(cluster, *topic, wanted.partition, *now, records, out);
}

}  // namespace

ReassignmentPlan plan_reassignment(Brokers const& current, Brokers const& target)
{
    ReassignmentPlan plan;
    plan.removing = ascending(without(current, target));
    plan.adding = ascending(without(target, current));
    plan.replicas = target;
    plan.replicas.insert(plan.replicas.end(), plan.removing.begin(), plan.removing.end());
    return plan;
}

ReassignmentRevert revert_reassignment(PartitionRegistration const& partition)
{
    ReassignmentRevert revert;
    revert.replicas = without(partition.replicas, partition.adding);
    revert.isr = without(partition.isr, partition.adding);
    if (revert.isr.empty() && !revert.replicas.empty()) {
        revert.isr.push_back(revert.replicas.front());
        revert.unclean = true;
    }
    return revert;
}

Decision<AlterPartitionReassignmentsResponse>
decide_alter_reassignments(ControllerView const& cluster,
                           AlterPartitionReassignmentsRequest const& request, Out& out)
{
    Decision<AlterPartitionReassignmentsResponse> decision;
    for (ReassignablePartition const& wanted : request.partitions) {
        Problem problem = alter_one(cluster, wanted, decision.records, out);
        if (problem.error != Error::none)
            out.note("no reassignment of {}: {} ({})", cluster.image.name_of(wanted.partition),
                     to_string(problem.error), problem.message);
        decision.response.partitions.push_back(
            {wanted.partition, problem.error, std::move(problem.message)});
    }
    return decision;
}

ListPartitionReassignmentsResponse
list_reassignments(MetadataImage const& committed, ListPartitionReassignmentsRequest const& request)
{
    ListPartitionReassignmentsResponse response;
    auto const add = [&](TopicPartition partition) {
        PartitionRegistration const* const now = committed.partition(partition);
        if (now != nullptr && now->reassigning())
            response.partitions.push_back({partition, now->replicas, now->adding, now->removing});
    };
    if (request.partitions)
        std::for_each(request.partitions->begin(), request.partitions->end(), add);
    else
        committed.reassigning().for_each(add);
    return response;
}

}  // namespace odradek::kafka
