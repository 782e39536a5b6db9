#include "model/controller/elections.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

void narrate(ControllerView const& cluster, PartitionChange const& change, BuiltChange const& built,
             AcceptableLeader const& acceptable, Out& out)
{
    if (!out.listening())
        return;
    PartitionRegistration const& now = change.registration;
    std::string const name = cluster.image.name_of(change.partition);
    auto const why = [&] {
        return explain_election(change.election, built.replicas, built.isr, now.leader,
                                cluster.image, acceptable, built.elected, built.eligible);
    };
    if (!built.record) {
        if (!now.has_leader())
            out.note("{} stays offline: {}", name, why());
        return;
    }
    PartitionRegistration const after = merge(now, *built.record);
    std::string const elr =
        now.elr.empty() && after.elr.empty()
            ? ""
            : fmt::format(", ELR {} -> {}", text_of(now.elr), text_of(after.elr));
    if (after.leader != now.leader && !after.has_leader())
        out.note("{} goes offline: {}, ISR {} -> {}{}", name, why(), text_of(now.isr),
                 text_of(after.isr), elr);
    else if (after.leader != now.leader)
        out.note("{} {} election: {}; leader {} -> {}, leader epoch {}, partition epoch {}, ISR "
                 "{}{}",
                 name, built.elected.unclean ? "unclean" : "clean", why(), now.leader.value,
                 after.leader.value, after.leader_epoch.value, after.partition_epoch.value,
                 text_of(after.isr), elr);
    else if (after.isr != now.isr || after.elr != now.elr)
        out.note("{} keeps leader {}, ISR {} -> {}{}, partition epoch {}", name, now.leader.value,
                 text_of(now.isr), text_of(after.isr), elr, after.partition_epoch.value);
    if (after.replicas != now.replicas || after.adding != now.adding ||
        after.removing != now.removing)
        out.note("{} has replicas {}, adding {}, removing {}, leader epoch {}", name,
                 text_of(after.replicas), text_of(after.adding), text_of(after.removing),
                 after.leader_epoch.value);
}

// Partitions of a broker of which it is in the ISR, or in the ELR.
template <class Wanted>
std::vector<TopicPartition> partitions_where(MetadataImage const& image, BrokerId broker,
                                             Wanted&& wanted)
{
    std::vector<TopicPartition> found;
    image.replicas_of(broker).for_each([&](TopicPartition partition) {
        if (wanted(*image.partition(partition)))
            found.push_back(partition);
    });
    return found;
}

std::vector<TopicPartition> in_isr_of(MetadataImage const& image, BrokerId broker)
{
    return partitions_where(image, broker,
                            [&](PartitionRegistration const& p) { return p.in_isr(broker); });
}

std::vector<TopicPartition> in_elr_of(MetadataImage const& image, BrokerId broker)
{
    return partitions_where(image, broker,
                            [&](PartitionRegistration const& p) { return p.in_elr(broker); });
}

BrokerRegistrationChangeRecord registration_change(ControllerView const& cluster, BrokerId broker)
{
    BrokerRegistrationChangeRecord change;
    change.broker = broker;
    change.broker_epoch = cluster.image.broker(broker)->epoch;
    return change;
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
    if (build(cluster, change, rules_of(cluster, *cluster.image.topic(partition.topic)), {},
              records, out))
        return Error::none;
    return election == Election::preferred ? Error::preferred_leader_not_available
                                           : Error::eligible_leaders_not_available;
}

}  // namespace

bool LeaderAcceptor::operator()(BrokerId broker) const
{
    if (broker == no_broker || broker == exceptions_.leaving || broker == exceptions_.unclean)
        return false;
    BrokerRegistration const* const registration = image_.broker(broker);
    if (registration == nullptr || (broker != exceptions_.arriving && !registration->active()))
        return false;
    return registration->has_online_directory(partition_.directory_of(broker));
}

Election automatic_election(ControllerView const& cluster, std::string_view topic)
{
    return unclean_election_enabled(cluster, topic) ? Election::unclean : Election::online;
}

bool build(ControllerView const& cluster, PartitionChange const& change, ChangeRules const& rules,
           Exceptions exceptions, std::vector<MetadataRecord>& records, Out& out)
{
    LeaderAcceptor const acceptor(cluster.image, change.registration, exceptions);
    AcceptableLeader const acceptable = std::cref(acceptor);
    BuiltChange built = build_change(change, acceptable, rules);
    narrate(cluster, change, built, acceptable, out);
    if (!built.record)
        return false;
    records.push_back(std::move(*built.record));
    return true;
}

void update_leader_and_isr(ControllerView const& cluster, Exceptions exceptions,
                           std::vector<TopicPartition> const& partitions,
                           std::vector<MetadataRecord>& records, Out& out)
{
    std::optional<TopicId> topic;
    ChangeRules rules;
    Election election = Election::online;
    for (TopicPartition const partition : partitions) {
        if (topic != partition.topic) {
            topic = partition.topic;
            TopicView const view = *cluster.image.topic(partition.topic);
            rules = rules_of(cluster, view);
            election = automatic_election(cluster, view.name());
        }
        PartitionRegistration const& registration = *cluster.image.partition(partition);
        PartitionChange change{partition, registration, {}, registration.recovery, election};
        for (BrokerId const member : registration.isr)
            if (member != exceptions.leaving && member != exceptions.unclean)
                change.target_isr.push_back(member);
        change.unclean_shutdown = exceptions.unclean;
        build(cluster, change, rules, exceptions, records, out);
    }
}

void fence_broker(ControllerView const& cluster, BrokerId broker,
                  std::vector<MetadataRecord>& records, Out& out)
{
    update_leader_and_isr(cluster, {.leaving = broker}, in_isr_of(cluster.image, broker), records,
                          out);
    BrokerRegistrationChangeRecord change = registration_change(cluster, broker);
    change.fenced = true;
    records.push_back(change);
}

void unfence_broker(ControllerView const& cluster, BrokerId broker,
                    std::vector<MetadataRecord>& records, Out& out)
{
    BrokerRegistrationChangeRecord change = registration_change(cluster, broker);
    change.fenced = false;
    records.push_back(change);
    update_leader_and_isr(cluster, {.arriving = broker}, cluster.image.leaderless().list(), records,
                          out);
}

void begin_controlled_shutdown(ControllerView const& cluster, BrokerId broker,
                               std::vector<MetadataRecord>& records, Out& out)
{
    if (cluster.metadata_version().in_controlled_shutdown() &&
        !cluster.image.broker(broker)->in_controlled_shutdown) {
        BrokerRegistrationChangeRecord change = registration_change(cluster, broker);
        change.in_controlled_shutdown = true;
        records.push_back(change);
    }
    update_leader_and_isr(cluster, {.leaving = broker}, in_isr_of(cluster.image, broker), records,
                          out);
}

void take_from_former_life(ControllerView const& cluster, BrokerId broker, bool clean_shutdown,
                           std::vector<MetadataRecord>& records, Out& out)
{
    if (!cluster.switches.former_life_leaves_isr)
        return;
    bool const unclean =
        !clean_shutdown && cluster.elr_enabled() && cluster.switches.unclean_shutdown_detected;
    std::vector<TopicPartition> const in_isr = in_isr_of(cluster.image, broker);
    if (!unclean)
        return update_leader_and_isr(cluster, {.leaving = broker}, in_isr, records, out);
    update_leader_and_isr(cluster, {.unclean = broker}, in_isr, records, out);
    update_leader_and_isr(cluster, {.unclean = broker}, in_elr_of(cluster.image, broker), records,
                          out);
}

Decision<UnregisterBrokerResponse> decide_unregister_broker(ControllerView const& cluster,
                                                            UnregisterBrokerRequest const& request,
                                                            Out& out)
{
    Decision<UnregisterBrokerResponse> decision;
    BrokerRegistration const* const registration = cluster.image.broker(request.broker);
    if (registration == nullptr) {
        decision.response = {
            Error::broker_id_not_registered,
            fmt::format("Broker ID {} is not currently registered", request.broker.value)};
        out.note("do not unregister broker {}: it is not registered", request.broker.value);
        return decision;
    }
    out.note("unregister broker {}, epoch {}: it leaves every ISR", request.broker.value,
             registration->epoch.value);
    // Kafka looks at the partitions of its ELR as well, and leaves it in there: only a shutdown
    // that was not clean takes a replica out of an ELR.
    update_leader_and_isr(cluster, {.leaving = request.broker},
                          in_isr_of(cluster.image, request.broker), decision.records, out);
    update_leader_and_isr(cluster, {.leaving = request.broker},
                          in_elr_of(cluster.image, request.broker), decision.records, out);
    decision.records.push_back(UnregisterBrokerRecord{request.broker, registration->epoch});
    return decision;
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
    for (TopicPartition const partition : cluster.image.imbalanced().list()) {
        if (static_cast<int>(records.size()) >= max)
            break;
        // Led, and the first replica cannot: nothing would change.
        PartitionRegistration const& now = *cluster.image.partition(partition);
        BrokerId const first = now.replicas.front();
        if (now.has_leader() && !(now.in_isr(first) && cluster.image.is_active(first)))
            continue;
        elect_one(cluster, partition, Election::preferred, records, out);
    }
    return records;
}

}  // namespace odradek::kafka
