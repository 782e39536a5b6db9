#include "model/controller/commit_observations.h"

#include <map>

namespace odradek::kafka {

namespace {

PartitionChanged describe(TopicPartition partition, PartitionRegistration const& now)
{
    return {partition, now.leader, now.leader_epoch, now.partition_epoch, now.replicas, now.isr,
            false,     false};
}

struct Observe {
    MetadataImage const& before;
    std::vector<Observation> observations;
    std::map<TopicPartition, PartitionRegistration> seen;  // Within this batch.
    std::map<TopicId, std::size_t> created;                // Where its TopicCreated is.

    void operator()(RegisterBrokerRecord const& record)
    {
        observations.push_back(BrokerRegistered{record.broker, record.broker_epoch});
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
        observations.push_back(TopicCreated{record.topic, record.name, 0});
    }
    void operator()(PartitionRecord const& record)
    {
        auto const at = created.find(record.partition.topic);
        if (at != created.end())
            ++std::get<TopicCreated>(observations[at->second]).partitions;
        PartitionRegistration now{record.replicas,        record.isr,
                                  record.leader,          record.leader_epoch,
                                  record.partition_epoch, record.recovery};
        observations.push_back(describe(record.partition, now));
        seen[record.partition] = std::move(now);
    }
    void operator()(PartitionChangeRecord const& record)
    {
        auto const at = seen.find(record.partition);
        PartitionRegistration const old =
            at != seen.end() ? at->second : *before.partition(record.partition);
        PartitionRegistration now = merge(old, record);
        PartitionChanged change = describe(record.partition, now);
        change.leader_changed = now.leader != old.leader;
        change.unclean = change.leader_changed && now.has_leader() && !old.in_isr(now.leader);
        observations.push_back(std::move(change));
        seen[record.partition] = std::move(now);
    }
    void operator()(UnregisterBrokerRecord const&) {}
    void operator()(ConfigRecord const&) {}
    void operator()(RemoveTopicRecord const&) {}
    void operator()(ProducerIdsRecord const&) {}
    void operator()(NoOpRecord const&) {}
    void operator()(LeaderChangeMessage const&) {}
};

}  // namespace

std::vector<Observation> observations_of(std::vector<MetadataRecord> const& records,
                                         MetadataImage const& before)
{
    Observe observe{before, {}, {}, {}};
    for (MetadataRecord const& record : records)
        std::visit(observe, record);
    return std::move(observe.observations);
}

}  // namespace odradek::kafka
