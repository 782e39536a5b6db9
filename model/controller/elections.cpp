#include "model/controller/elections.h"

#include <algorithm>

#include "model/controller/partition_change.h"

namespace odradek::kafka {

namespace {

// How one decision looks at brokers whose registration does not show yet what it is about to
// become.
struct Exceptions {
    BrokerId leaving{no_broker};   // Never acceptable, whatever it is registered as.
    BrokerId arriving{no_broker};  // Acceptable although it still counts as fenced.
};

AcceptableLeader acceptable_leader(ControllerView const& cluster, Exceptions exceptions)
{
    return [&image = cluster.image, exceptions](BrokerId broker) {
        return broker != exceptions.leaving &&
               (broker == exceptions.arriving || image.is_active(broker));
    };
}

void narrate(ControllerView const& cluster, PartitionChange const& change, BuiltChange const& built,
             AcceptableLeader const& acceptable, Out& out)
{
    if (!out.listening())
        return;
    PartitionRegistration const& now = change.registration;
    std::string const name = cluster.image.name_of(change.partition);
    if (built.record && built.record->leader && *built.record->leader != now.leader) {
        std::string const why =
            explain_election(change.election, now.replicas, change.target_isr, now.leader,
                             cluster.image, acceptable, built.elected);
        if (*built.record->leader == no_broker)
            out.note("{} goes offline: {}, ISR stays {}", name, why,
                     text_of(built.record->isr ? *built.record->isr : now.isr));
        else
            out.note(
                "{} {} election: {}; leader {} -> {}, leader epoch {}, partition epoch {}, ISR {}",
                name, built.elected.unclean ? "unclean" : "clean", why, now.leader.value,
                built.elected.leader.value, now.leader_epoch.value + 1,
                now.partition_epoch.value + 1,
                text_of(built.record->isr ? *built.record->isr : now.isr));
    } else if (built.record && built.record->isr)
        out.note("{} keeps leader {}, ISR {} -> {}, partition epoch {}", name, now.leader.value,
                 text_of(now.isr), text_of(*built.record->isr), now.partition_epoch.value + 1);
    else if (!now.has_leader())
        out.note("{} stays offline: {}", name,
                 explain_election(change.election, now.replicas, change.target_isr, now.leader,
                                  cluster.image, acceptable, built.elected));
}

bool build(ControllerView const& cluster, PartitionChange const& change,
           AcceptableLeader const& acceptable, std::vector<MetadataRecord>& records, Out& out)
{
    BuiltChange built = build_change(change, acceptable, cluster.version);
    narrate(cluster, change, built, acceptable, out);
    if (!built.record)
        return false;
    records.push_back(std::move(*built.record));
    return true;
}

Election automatic_election(ControllerView const& cluster, std::string_view topic)
{
    return unclean_election_enabled(cluster, topic) ? Election::unclean : Election::online;
}

// Takes `broker` out of the ISR of every partition it is in, and elects where it led.
void take_out(ControllerView const& cluster, BrokerId broker, std::vector<MetadataRecord>& records,
              Out& out)
{
    AcceptableLeader const acceptable = acceptable_leader(cluster, {broker, no_broker});
    for (TopicView const& topic : cluster.image.topics()) {
        Election const election = automatic_election(cluster, topic.name());
        for (std::int32_t i = 0; i < topic.partition_count(); ++i) {
            PartitionRegistration const& partition = topic.partition(i);
            if (!partition.in_isr(broker))
                continue;
            PartitionChange change{TopicPartition{topic.id(), i}, partition, partition.isr,
                                   partition.recovery, election};
            change.target_isr.erase(
                std::find(change.target_isr.begin(), change.target_isr.end(), broker));
            build(cluster, change, acceptable, records, out);
        }
    }
}

Error elect_one(ControllerView const& cluster, TopicPartition partition, Election election,
                std::vector<MetadataRecord>& records, Out& out)
{
    PartitionRegistration const* registration = cluster.image.partition(partition);
    if (registration == nullptr)
        return Error::unknown_topic_or_partition;
    if (election == Election::preferred ? registration->has_preferred_leader()
                                        : registration->has_leader())
        return Error::election_not_needed;
    PartitionChange const change{partition, *registration, registration->isr,
                                 registration->recovery, election};
    if (build(cluster, change, acceptable_leader(cluster, {}), records, out))
        return Error::none;
    return election == Election::preferred ? Error::preferred_leader_not_available
                                           : Error::eligible_leaders_not_available;
}

}  // namespace

void fence_broker(ControllerView const& cluster, BrokerId broker,
                  std::vector<MetadataRecord>& records, Out& out)
{
    take_out(cluster, broker, records, out);
    BrokerRegistrationChangeRecord change;
    change.broker = broker;
    change.broker_epoch = cluster.image.broker(broker)->epoch;
    change.fenced = true;
    records.push_back(change);
}

void unfence_broker(ControllerView const& cluster, BrokerId broker,
                    std::vector<MetadataRecord>& records, Out& out)
{
    BrokerRegistrationChangeRecord change;
    change.broker = broker;
    change.broker_epoch = cluster.image.broker(broker)->epoch;
    change.fenced = false;
    records.push_back(change);
    AcceptableLeader const acceptable = acceptable_leader(cluster, {no_broker, broker});
    for (TopicPartition const partition : cluster.image.leaderless().list()) {
        PartitionRegistration const& registration = *cluster.image.partition(partition);
        build(cluster,
              PartitionChange{
                  partition, registration, registration.isr, registration.recovery,
                  automatic_election(cluster, cluster.image.topic(partition.topic)->name())},
              acceptable, records, out);
    }
}

void begin_controlled_shutdown(ControllerView const& cluster, BrokerId broker,
                               std::vector<MetadataRecord>& records, Out& out)
{
    BrokerRegistration const& registration = *cluster.image.broker(broker);
    if (!registration.in_controlled_shutdown) {
        BrokerRegistrationChangeRecord change;
        change.broker = broker;
        change.broker_epoch = registration.epoch;
        change.in_controlled_shutdown = true;
        records.push_back(change);
    }
    take_out(cluster, broker, records, out);
}

void take_from_former_life(ControllerView const& cluster, BrokerId broker,
                           std::vector<MetadataRecord>& records, Out& out)
{
    if (cluster.version >= KafkaVersion{4, 0})
        take_out(cluster, broker, records, out);
}

Decision<ElectLeadersResponse> decide_elect_leaders(ControllerView const& cluster,
                                                    ElectLeadersRequest const& request, Out& out)
{
    Decision<ElectLeadersResponse> decision;
    for (TopicPartition const partition : request.partitions) {
        Error const error =
            elect_one(cluster, partition, request.unclean ? Election::unclean : Election::preferred,
                      decision.records, out);
        if (error != Error::none)
            out.note("no {} election for {}: {}", request.unclean ? "unclean" : "preferred",
                     cluster.image.name_of(partition), to_string(error));
        decision.response.partitions.push_back({partition, error});
    }
    return decision;
}

std::vector<MetadataRecord> elect_unclean_leaders(ControllerView const& cluster, int max, Out& out)
{
    std::vector<MetadataRecord> records;
    for (TopicPartition const partition : cluster.image.leaderless().list()) {
        if (static_cast<int>(records.size()) >= max)
            break;
        if (unclean_election_enabled(cluster, cluster.image.topic(partition.topic)->name()))
            elect_one(cluster, partition, Election::unclean, records, out);
    }
    return records;
}

std::vector<MetadataRecord> elect_preferred_leaders(ControllerView const& cluster, int max,
                                                    Out& out)
{
    std::vector<MetadataRecord> records;
    cluster.image.for_each_partition(
        [&](TopicPartition partition, PartitionRegistration const& now) {
            if (static_cast<int>(records.size()) < max && !now.has_preferred_leader() &&
                cluster.image.is_active(now.replicas.front()) && now.in_isr(now.replicas.front()))
                elect_one(cluster, partition, Election::preferred, records, out);
        });
    return records;
}

}  // namespace odradek::kafka
