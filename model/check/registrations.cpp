#include "model/check/registrations.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/describe.h"

namespace odradek::kafka::check {

namespace {

bool contains(std::vector<BrokerId> const& list, BrokerId broker)
{
    return std::find(list.begin(), list.end(), broker) != list.end();
}

}  // namespace

RegistrationLaws::RegistrationLaws(Verdicts& verdicts)
    : holds_(verdicts.add_law("elr-holds-committed", sim::PropertyKind::always,
                              "every eligible leader replica has every committed record")),
      disjoint_(verdicts.add_law("isr-elr-disjoint", sim::PropertyKind::always,
                                 "no replica is in ISR and ELR at once")),
      minimum_(verdicts.add_law(
          "elr-keeps-minimum", sim::PropertyKind::always,
          "ISR and ELR together stay at min.insync.replicas until a shutdown is not clean")),
      leader_alive_(verdicts.add_law("elected-leader-alive", sim::PropertyKind::always,
                                     "nobody is elected who is fenced")),
      member_alive_(verdicts.add_law("isr-members-alive", sim::PropertyKind::always,
                                     "nobody joins an ISR who is fenced")),
      copies_(verdicts.add_law(
          "reassignment-keeps-copies", sim::PropertyKind::always,
          "a reassignment is complete only when all its target replicas are in sync")),
      one_epoch_(verdicts.add_law("incarnation-keeps-epoch", sim::PropertyKind::always,
                                  "one life of a broker has one broker epoch"))
{
}

void RegistrationLaws::see(Fact const& fact, Ledger& ledger, ReplicationLaws& replication,
                           Names const& names, Verdicts& verdicts)
{
    if (fact.event != event_) {
        event_ = fact.event;
        registered_now_.clear();
        minimum_set_now_ = false;
    }
    if (auto const* change = std::get_if<PartitionChanged>(&fact.is)) {
        on_change(fact, *change, ledger, replication, names, verdicts);
    } else if (auto const* fenced = std::get_if<BrokerFenced>(&fact.is)) {
        fenced_[fenced->broker] = true;
    } else if (auto const* unfenced = std::get_if<BrokerUnfenced>(&fact.is)) {
        fenced_[unfenced->broker] = false;
        for (TopicPartition const partition : eligible_[unfenced->broker])
            check_holds(fact, partition, unfenced->broker, ledger, replication, names, verdicts);
    } else if (auto const* registered = std::get_if<BrokerRegistered>(&fact.is)) {
        on_registered(fact, *registered, verdicts);
    } else if (auto const* gone = std::get_if<BrokerUnregistered>(&fact.is)) {
        registered_now_.insert(gone->broker);
        fenced_[gone->broker] = true;
    } else if (auto const* config = std::get_if<ConfigChanged>(&fact.is)) {
        minimum_set_now_ = minimum_set_now_ || config->key == "min.insync.replicas";
    } else if (auto const* done = std::get_if<ReassignmentCompleted>(&fact.is)) {
        // Another order of the same replicas drops nobody.
        std::vector<BrokerId> before = partitions_[done->partition].replicas_before;
        std::vector<BrokerId> after = done->replicas;
        std::sort(before.begin(), before.end());
        std::sort(after.begin(), after.end());
        if (done->cancelled || before == after)
            return;
        verdicts.exercised(copies_);
        for (BrokerId const replica : done->replicas)
            if (!contains(done->isr, replica))
                verdicts.violated(
                    copies_,
                    violation_at(fact, done->partition,
                                 fmt::format("{}: the reassignment to {} was completed while "
                                             "broker-{} was not in the ISR {}",
                                             names.partition(done->partition),
                                             sim::print(done->replicas), replica.value,
                                             sim::print(done->isr))));
    } else if (auto const* deleted = std::get_if<TopicDeleted>(&fact.is)) {
        for (auto& [broker, partitions] : eligible_)
            partitions.erase(partitions.lower_bound({deleted->topic, 0}),
                             partitions.lower_bound({deleted->topic.next(), 0}));
    }
}

void RegistrationLaws::on_registered(Fact const& fact, BrokerRegistered const& broker,
                                     Verdicts& verdicts)
{
    registered_now_.insert(broker.broker);
    fenced_[broker.broker] = broker.fenced;
    verdicts.exercised(one_epoch_);
    auto const [known, is_new] =
        lives_.insert({{broker.broker, broker.incarnation}, broker.broker_epoch});
    if (!is_new && known->second != broker.broker_epoch)
        verdicts.violated(
            one_epoch_,
            violation_at(fact, {},
                         fmt::format("broker-{} was registered in epoch {} and, in the same life, "
                                     "in epoch {}",
                                     broker.broker.value, known->second.value,
                                     broker.broker_epoch.value)));
}

void RegistrationLaws::on_change(Fact const& fact, PartitionChanged const& change, Ledger& ledger,
                                 ReplicationLaws& replication, Names const& names,
                                 Verdicts& verdicts)
{
    Known& known = partitions_[change.partition];
    // A new controller may say again what the one before had committed last.
    if (known.seen && change.partition_epoch <= known.partition_epoch)
        return;
    if (known.seen) {
        check_elr(fact, change, known, names, verdicts);
        check_alive(fact, change, known, names, verdicts);
    }
    for (BrokerId const broker : known.elr)
        eligible_[broker].erase(change.partition);
    for (BrokerId const broker : change.elr) {
        eligible_[broker].insert(change.partition);
        check_holds(fact, change.partition, broker, ledger, replication, names, verdicts);
    }
    known.seen = true;
    known.partition_epoch = change.partition_epoch;
    known.replicas_before = std::exchange(known.replicas, change.replicas);
    known.isr = change.isr;
    known.elr = change.elr;
    known.min_isr = change.min_isr;
}

void RegistrationLaws::check_elr(Fact const& fact, PartitionChanged const& change,
                                 Known const& before, Names const& names, Verdicts& verdicts)
{
    if (!change.elr_enabled)
        return;
    verdicts.exercised(disjoint_);
    for (BrokerId const broker : change.elr)
        if (contains(change.isr, broker))
            verdicts.violated(
                disjoint_,
                violation_at(fact, change.partition,
                             fmt::format("{}: broker-{} is in ISR {} and ELR {}",
                                         names.partition(change.partition), broker.value,
                                         sim::print(change.isr), sim::print(change.elr))));
    // Who was there and is not may have come back without knowing what it has, or been given up:
    // it registers, or is forgotten, in the same batch. A minimum that is set, other replicas and
    // an unclean election begin anew.
    std::size_t const minimum = static_cast<std::size_t>(change.min_isr);
    bool const anew = change.unclean || minimum_set_now_ || before.min_isr != change.min_isr ||
                      before.replicas != change.replicas ||
                      before.isr.size() + before.elr.size() < minimum;
    if (anew || change.isr.size() + change.elr.size() >= minimum)
        return;
    verdicts.exercised(minimum_);
    for (std::vector<BrokerId> const* list : {&before.isr, &before.elr})
        for (BrokerId const broker : *list)
            if (!contains(change.isr, broker) && !contains(change.elr, broker) &&
                registered_now_.count(broker) == 0)
                verdicts.violated(
                    minimum_,
                    violation_at(
                        fact, change.partition,
                        fmt::format("{}: ISR {} and ELR {} are fewer than {}: broker-{} was "
                                    "dropped from ISR {} and ELR {} without a reason",
                                    names.partition(change.partition), sim::print(change.isr),
                                    sim::print(change.elr), change.min_isr, broker.value,
                                    sim::print(before.isr), sim::print(before.elr))));
}

void RegistrationLaws::check_alive(Fact const& fact, PartitionChanged const& change,
                                   Known const& before, Names const& names, Verdicts& verdicts)
{
    auto const is_fenced = [&](BrokerId broker) {
        auto const at = fenced_.find(broker);
        return at != fenced_.end() && at->second;
    };
    if (change.leader_changed && change.leader != no_broker) {
        verdicts.exercised(leader_alive_);
        if (is_fenced(change.leader))
            verdicts.violated(
                leader_alive_,
                violation_at(
                    fact, change.partition,
                    fmt::format("{}: broker-{} was elected in epoch {} while it was fenced",
                                names.partition(change.partition), change.leader.value,
                                change.leader_epoch.value)));
    }
    for (BrokerId const member : change.isr) {
        if (contains(before.isr, member) || member == change.leader)
            continue;
        // Nobody leads: what a reassignment that was called off left behind.
        if (change.leader == no_broker)
            continue;
        verdicts.exercised(member_alive_);
        if (is_fenced(member))
            verdicts.violated(
                member_alive_,
                violation_at(fact, change.partition,
                             fmt::format("{}: broker-{} joined the ISR {} while it was fenced",
                                         names.partition(change.partition), member.value,
                                         sim::print(change.isr))));
    }
}

void RegistrationLaws::check_holds(Fact const& fact, TopicPartition partition, BrokerId broker,
                                   Ledger& ledger, ReplicationLaws& replication, Names const& names,
                                   Verdicts& verdicts)
{
    verdicts.exercised(holds_);
    std::optional<Offset> const lacks =
        replication.first_committed_missing(partition, ledger.of(partition).mirror(broker));
    if (!lacks)
        return;
    verdicts.violated(
        holds_, violation_at(fact, partition,
                             fmt::format("{}: broker-{} is an eligible leader replica and lacks "
                                         "offset {}, which is committed",
                                         names.partition(partition), broker.value, lacks->value)));
}

}  // namespace odradek::kafka::check
