#include "model/controller/alter_partition.h"

#include <algorithm>

#include "model/controller/elections.h"

namespace odradek::kafka {

namespace {

struct Verdict {
    Error error{Error::none};
    std::string because;  // For the story.
};

std::string ineligible_because(MetadataImage const& image, ProtocolSwitches const& switches,
                               IsrMember const& member)
{
    BrokerRegistration const* registration = image.broker(member.broker);
    if (registration == nullptr)
        return fmt::format("{} is not registered", member.broker.value);
    if (switches.isr_members_active && registration->in_controlled_shutdown)
        return fmt::format("{} is shutting down", member.broker.value);
    if (switches.isr_members_active && registration->fenced)
        return fmt::format("{} is fenced", member.broker.value);
    // The leader has heard from an earlier life of it, whose log this one may not have (KIP-903).
    if (switches.isr_member_epochs && member.broker_epoch != no_broker_epoch &&
        member.broker_epoch != registration->epoch)
        return fmt::format("{} was heard from in epoch {} and now lives in {}", member.broker.value,
                           member.broker_epoch.value, registration->epoch.value);
    return {};
}

Verdict validate(ControllerView const& cluster, BrokerId sender, PartitionRegistration const* now,
                 AlterPartitionPartition const& wanted)
{
    MetadataImage const& image = cluster.image;
    ProtocolSwitches const& switches = cluster.switches;
    if (now == nullptr)
        return {Error::unknown_topic_or_partition, "there is no such partition"};
    // Whoever knows more than this controller must have it from a newer one (KAFKA-14154).
    if (switches.newer_epochs_mean_not_controller && wanted.leader_epoch > now->leader_epoch)
        return {Error::not_controller,
                fmt::format("leader epoch {} is ahead of {} here", wanted.leader_epoch.value,
                            now->leader_epoch.value)};
    if (switches.newer_epochs_mean_not_controller && wanted.partition_epoch > now->partition_epoch)
        return {Error::not_controller,
                fmt::format("partition epoch {} is ahead of {} here", wanted.partition_epoch.value,
                            now->partition_epoch.value)};
    if (wanted.leader_epoch != now->leader_epoch)
        return {Error::fenced_leader_epoch,
                fmt::format("leader epoch {} is not the one known here, {}",
                            wanted.leader_epoch.value, now->leader_epoch.value)};
    if (sender != now->leader)
        return {Error::invalid_request, fmt::format("{} leads", now->leader.value)};
    if (switches.partition_epoch_compare_and_set && wanted.partition_epoch != now->partition_epoch)
        return {Error::invalid_update_version,
                fmt::format("partition epoch {} is not {}", now->partition_epoch.value,
                            wanted.partition_epoch.value)};
    std::vector<BrokerId> members;
    for (IsrMember const& member : wanted.new_isr) {
        if (!now->has_replica(member.broker))
            return {Error::invalid_request, fmt::format("{} is no replica", member.broker.value)};
        members.push_back(member.broker);
    }
    std::sort(members.begin(), members.end());
    if (members.empty() || std::adjacent_find(members.begin(), members.end()) != members.end())
        return {Error::invalid_request, "the ISR is empty or names a replica twice"};
    if (!std::binary_search(members.begin(), members.end(), now->leader))
        return {Error::invalid_request, "the ISR lacks the leader itself"};
    if (wanted.recovery == LeaderRecoveryState::recovering && members.size() > 1)
        return {Error::invalid_request, "a recovering leader must be alone in the ISR"};
    if (wanted.recovery == LeaderRecoveryState::recovering &&
        now->recovery == LeaderRecoveryState::recovered)
        return {Error::invalid_request, "a recovered leader cannot be recovering again"};
    for (IsrMember const& member : wanted.new_isr) {
        std::string because = ineligible_because(image, switches, member);
        if (!because.empty())
            return {Error::ineligible_replica, std::move(because)};
    }
    return {};
}

}  // namespace

Decision<AlterPartitionResponse> decide_alter_partition(ControllerView const& cluster,
                                                        AlterPartitionRequest const& request,
                                                        Out& out)
{
    Decision<AlterPartitionResponse> decision;
    decision.response.error =
        check_broker_epoch(cluster.image, request.broker, request.broker_epoch);
    if (decision.response.error != Error::none) {
        out.note("refuse ISR changes of broker {}: it says epoch {}, {}", request.broker.value,
                 request.broker_epoch.value, to_string(decision.response.error));
        return decision;
    }
    for (AlterPartitionPartition const& wanted : request.partitions) {
        AlterPartitionPartitionResponse& answer = decision.response.partitions.emplace_back();
        answer.partition = wanted.partition;
        std::optional<TopicView> const topic = cluster.image.topic(wanted.partition.topic);
        if (!topic) {
            answer.error = Error::unknown_topic_id;
            continue;
        }
        std::string const name = cluster.image.name_of(wanted.partition);
        PartitionRegistration const* now = cluster.image.partition(wanted.partition);
        Verdict const verdict = validate(cluster, request.broker, now, wanted);
        if (verdict.error != Error::none) {
            answer.error = verdict.error;
            out.note("refuse ISR {} of {} from broker {}: {}, {}", sim::print(wanted.new_isr), name,
                     request.broker.value, verdict.because, to_string(verdict.error));
            continue;
        }
        PartitionChange change{wanted.partition,
                               *now,
                               {},
                               wanted.recovery,
                               automatic_election(cluster, topic->name())};
        for (IsrMember const& member : wanted.new_isr)
            change.target_isr.push_back(member.broker);
        LeaderAcceptor const acceptor(cluster.image, *now);
        BuiltChange const built =
            build_change(change, std::cref(acceptor), rules_of(cluster, *topic));
        PartitionRegistration after = *now;
        if (built.record) {
            after = merge(*now, *built.record);
            out.note("accept ISR of {} from leader {}: {} -> {}, leader epoch {}, partition epoch "
                     "{} -> {}",
                     name, request.broker.value, text_of(now->isr), text_of(after.isr),
                     after.leader_epoch.value, now->partition_epoch.value,
                     after.partition_epoch.value);
            if (now->reassigning() && !after.reassigning())
                out.note(
                    "{}: the reassignment is complete, replicas {} -> {}{}", name,
                    text_of(now->replicas), text_of(after.replicas),
                    after.leader == now->leader
                        ? ""
                        : fmt::format(", leader {} -> {}", now->leader.value, after.leader.value));
            decision.records.push_back(*built.record);
            if (built.record->leader && *built.record->leader != request.broker) {
                // The only answer that is an error and writes a record at once.
                answer.error = Error::new_leader_elected;
                continue;
            }
        }
        answer.leader = after.leader;
        answer.leader_epoch = after.leader_epoch;
        answer.isr = after.isr;
        answer.partition_epoch = after.partition_epoch;
        answer.recovery = after.recovery;
    }
    return decision;
}

}  // namespace odradek::kafka
