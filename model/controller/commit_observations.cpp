#include "model/controller/commit_observations.h"

#include <algorithm>
#include <map>
#include <string>

namespace odradek::kafka {

namespace {

PartitionChanged describe(TopicPartition partition, PartitionRegistration const& now,
                          std::int32_t min_isr, bool elr_enabled)
{
    return {partition,  now.leader, now.leader_epoch, now.partition_epoch, now.replicas, now.isr,
            false,      false,      now.elr,          now.adding,          now.removing, min_isr,
            elr_enabled};
}

struct Observe {
    MetadataImage const& before;
    std::int32_t default_min_isr;
    bool elr_enabled;
    std::vector<Observation> observations;
    std::map<TopicPartition, PartitionRegistration> seen;  // Within this batch.
    std::map<TopicId, std::size_t> created;                // Where its TopicCreated is.
    std::map<TopicId, std::string> names;                  // Of those created in it.
    std::map<std::string, std::int32_t> min_isr;           // Set in it, by resource.

    std::string name_of(TopicId topic) const
    {
        if (auto const at = names.find(topic); at != names.end())
            return at->second;
        return before.topic(topic)->name();
    }
    std::int32_t min_isr_of(TopicPartition partition, std::size_t replicas) const
    {
        std::string const name = name_of(partition.topic);
        auto const own = min_isr.find("topic " + name);
        if (own != min_isr.end())
            return std::min(own->second, static_cast<std::int32_t>(replicas));
        return effective_min_isr(before, default_min_isr, name, replicas);
    }

    void operator()(RegisterBrokerRecord const& record)
    {
        observations.push_back(BrokerRegistered{record.broker, record.broker_epoch,
                                                record.incarnation, record.fenced});
    }
    void operator()(UnregisterBrokerRecord const& record)
    {
        observations.push_back(BrokerUnregistered{record.broker});
    }
    void operator()(BrokerRegistrationChangeRecord const& record)
    {
        if (!record.fenced)
            return;
        if (*record.fenced)
            observations.push_back(BrokerFenced{record.broker});
        else
            observations.push_back(BrokerUnfenced{record.broker});
    }
    void operator()(TopicRecord const& record)
    {
        created[record.topic] = observations.size();
        names[record.topic] = record.name;
        observations.push_back(TopicCreated{record.topic, record.name, 0});
    }
    void operator()(RemoveTopicRecord const& record)
    {
        observations.push_back(TopicDeleted{record.topic, name_of(record.topic)});
    }
    void operator()(PartitionRecord const& record)
    {
        auto const at = created.find(record.partition.topic);
        if (at != created.end())
            ++std::get<TopicCreated>(observations[at->second]).partitions;
        PartitionRegistration now{record.replicas,
                                  record.isr,
                                  record.leader,
                                  record.leader_epoch,
                                  record.partition_epoch,
                                  record.recovery,
                                  record.adding_replicas,
                                  record.removing_replicas,
                                  record.eligible_leader_replicas,
                                  record.last_known_elr,
                                  record.directories};
        observations.push_back(describe(
            record.partition, now, min_isr_of(record.partition, now.replicas.size()), elr_enabled));
        seen[record.partition] = std::move(now);
    }
    void operator()(PartitionChangeRecord const& record)
    {
        auto const at = seen.find(record.partition);
        PartitionRegistration const old =
            at != seen.end() ? at->second : *before.partition(record.partition);
        PartitionRegistration now = merge(old, record);
        PartitionChanged change = describe(
            record.partition, now, min_isr_of(record.partition, now.replicas.size()), elr_enabled);
        change.leader_changed = now.leader != old.leader;
        change.unclean = change.leader_changed && now.has_leader() && is_unclean(old, now, record);
        observations.push_back(std::move(change));
        observe_reassignment(record.partition, old, now);
        seen[record.partition] = std::move(now);
    }
    // Elected without having all that is committed. Who leaves ISR and ELR in the same moment was
    // not elected from there, and who has just caught up is elected from the ISR to be.
    static bool is_unclean(PartitionRegistration const& old, PartitionRegistration const& now,
                           PartitionChangeRecord const& record)
    {
        if (record.recovery == LeaderRecoveryState::recovering)
            return true;
        if (old.in_isr(now.leader) || old.in_elr(now.leader))
            return false;
        return (!record.recovery && old.recovery == LeaderRecoveryState::recovering) ||
               was_called_off(old, now);
    }
    // Whoever was to come is there now, or somebody who was to go is not; else it was called off.
    static bool was_called_off(PartitionRegistration const& old, PartitionRegistration const& now)
    {
        // Asked for something else on the way, one may be both coming and going.
        auto const has = [&](BrokerId broker) { return now.has_replica(broker); };
        auto const stays = [&](BrokerId broker) {
            return has(broker) ||
                   std::find(old.adding.begin(), old.adding.end(), broker) != old.adding.end();
        };
        return old.reassigning() && !now.reassigning() &&
               std::none_of(old.adding.begin(), old.adding.end(), has) &&
               std::all_of(old.removing.begin(), old.removing.end(), stays);
    }
    void observe_reassignment(TopicPartition partition, PartitionRegistration const& old,
                              PartitionRegistration const& now)
    {
        if (now.reassigning() && (now.adding != old.adding || now.removing != old.removing ||
                                  now.replicas != old.replicas)) {
            observations.push_back(
                ReassignmentStarted{partition, now.replicas, now.adding, now.removing});
        } else if (old.reassigning() && !now.reassigning()) {
            observations.push_back(
                ReassignmentCompleted{partition, now.replicas, now.isr, was_called_off(old, now)});
        } else if (!now.reassigning() && now.replicas != old.replicas) {
            // One that could be completed at once.
            observations.push_back(ReassignmentStarted{partition, now.replicas, {}, {}});
            observations.push_back(ReassignmentCompleted{partition, now.replicas, now.isr, false});
        }
    }
    void operator()(ClearElrRecord const& record)
    {
        before.for_each_partition([&](TopicPartition partition, PartitionRegistration const& was) {
            if (was.elr.empty() && was.last_known_elr.empty())
                return;
            if (!record.topic.empty() && name_of(partition.topic) != record.topic)
                return;
            PartitionChangeRecord cleared;
            cleared.partition = partition;
            cleared.eligible_leader_replicas.emplace();
            cleared.last_known_elr.emplace();
            (*this)(cleared);
        });
    }
    void operator()(ConfigRecord const& record)
    {
        if (record.key == "min.insync.replicas" && record.value)
            min_isr[record.resource] = static_cast<std::int32_t>(std::stol(*record.value));
        observations.push_back(
            ConfigChanged{record.resource, record.key, record.value.value_or("")});
    }
    void operator()(FeatureLevelRecord const& record)
    {
        observations.push_back(FeatureChanged{record.name, record.level});
    }
    void operator()(ProducerIdsRecord const&) {}
    void operator()(NoOpRecord const&) {}
    void operator()(LeaderChangeMessage const&) {}
    void operator()(KRaftVersionRecord const&) {}
    void operator()(VotersRecord const&) {}
};

}  // namespace

std::vector<Observation> observations_of(std::vector<MetadataRecord> const& records,
                                         MetadataImage const& before, std::int32_t min_isr)
{
    Observe observe{before, min_isr, before.feature(elr_feature) > 0, {}, {}, {}, {}, {}};
    auto const is_registration = [](MetadataRecord const& record) {
        return std::holds_alternative<RegisterBrokerRecord>(record) ||
               std::holds_alternative<UnregisterBrokerRecord>(record);
    };
    for (MetadataRecord const& record : records)
        if (is_registration(record))
            std::visit(observe, record);
    for (MetadataRecord const& record : records)
        if (!is_registration(record))
            std::visit(observe, record);
    return std::move(observe.observations);
}

}  // namespace odradek::kafka
