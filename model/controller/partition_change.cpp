#include "model/controller/partition_change.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

using Brokers = std::vector<BrokerId>;

bool contains(Brokers const& list, BrokerId broker)
{
    return std::find(list.begin(), list.end(), broker) != list.end();
}

bool contains_all(Brokers const& list, Brokers const& wanted)
{
    return std::all_of(wanted.begin(), wanted.end(),
                       [&](BrokerId broker) { return contains(list, broker); });
}

Brokers without(Brokers const& list, Brokers const& gone)
{
    Brokers rest;
    for (BrokerId const broker : list)
        if (!contains(gone, broker))
            rest.push_back(broker);
    return rest;
}

// The targets of one change while it is worked out.
struct Work {
    PartitionChange const& change;
    PartitionRegistration const& now;
    ChangeRules const& rules;
    Brokers isr{change.target_isr};
    Brokers replicas{change.target_replicas};
    Brokers adding{change.target_adding};
    Brokers removing{change.target_removing};
    Brokers elr{now.elr};
    PartitionChangeRecord record{};

    void complete_reassignment()
    {
        if (adding.empty() && removing.empty())
            return;
        Brokers const next_isr = without(isr, removing);
        Brokers const next_replicas = without(replicas, removing);
        if (next_isr.empty() || next_replicas.empty() ||
            !contains_all(next_isr, rules.complete_with_all_targets ? next_replicas : adding))
            return;
        isr = next_isr;
        replicas = next_replicas;
        adding.clear();
        removing.clear();
    }
    // Whoever was in sync when the ISR fell below its minimum has all that is committed, until it
    // comes back from a shutdown that was not clean.
    void find_eligible()
    {
        if (!rules.elr)
            return;
        if (static_cast<std::int32_t>(isr.size()) >= rules.min_isr)
            return elr.clear();
        Brokers candidates = now.elr;
        for (BrokerId const broker : now.isr)
            if (!contains(candidates, broker))
                candidates.push_back(broker);
        elr = without(candidates, isr);
        elr.erase(std::remove(elr.begin(), elr.end(), change.unclean_shutdown), elr.end());
        std::sort(elr.begin(), elr.end());
    }
    Eligible eligible() const
    {
        bool const known = rules.elr && now.last_known_elr.size() == 1;
        return {elr, known ? now.last_known_elr.front() : no_broker,
                rules.last_known_leader_must_be_acceptable};
    }
    void take(ElectionResult elected)
    {
        if (elected.leader == now.leader)
            return;
        if (contains(elr, elected.leader)) {
            isr = {elected.leader};
            elr.erase(std::find(elr.begin(), elr.end(), elected.leader));
        }
        record.leader = elected.leader;
        if (!elected.unclean)
            return;
        // What the others have is not known to be right any more: the ISR is the leader alone.
        record.isr = Brokers{elected.leader};
        if (now.recovery != LeaderRecoveryState::recovering && rules.metadata.leader_recovery())
            record.recovery = LeaderRecoveryState::recovering;
    }
    void raise_epoch_if_lost(Brokers const& before, Brokers const& after)
    {
        if (!record.leader && !contains_all(after, before))
            record.leader = now.leader;
    }
    void say_elr()
    {
        if (record.isr || !rules.elr)
            elr.clear();  // After an unclean election nobody is known to have it all.
        if (elr != now.elr)
            record.eligible_leader_replicas = elr;
    }
    void say_isr()
    {
        // Without ELR an ISR that would become empty keeps its last members: the last replica
        // standing stays the only one that may lead.
        if (!record.isr && (!isr.empty() || rules.elr) && isr != now.isr)
            record.isr = isr;
        bool const bump =
            rules.bump_epoch_on_shrink || rules.metadata.leader_epoch_bump_on_isr_shrink();
        if (bump && record.isr)
            raise_epoch_if_lost(now.isr, *record.isr);
    }
    void say_last_known_leader()
    {
        if (!rules.elr)
            return;
        bool const known =
            now.last_known_elr.size() == 1 && now.last_known_elr.front() == now.leader;
        bool const resigns = record.leader && *record.leader == no_broker;
        bool const elected = record.leader && *record.leader != no_broker;
        if (record.isr && record.isr->empty() && !known)
            record.last_known_elr = Brokers{now.leader};
        else if ((elected || (now.has_leader() && !resigns)) && !now.last_known_elr.empty())
            record.last_known_elr.emplace();
    }
    DirectoryId directory_of(BrokerId replica) const
    {
        if (change.directory && change.directory->first == replica)
            return change.directory->second;
        if (now.has_replica(replica))
            return now.directory_of(replica);
        return rules.default_directory ? rules.default_directory(replica) : migrating_directory;
    }
    void say_assignment()
    {
        if (rules.metadata.directory_assignment()) {
            std::vector<DirectoryId> directories;
            for (BrokerId const replica : replicas)
                directories.push_back(directory_of(replica));
            std::vector<DirectoryId> before = now.directories;
            before.resize(now.replicas.size(), migrating_directory);
            if (directories != before)
                record.directories = std::move(directories);
        }
        if (replicas != now.replicas)
            record.replicas = replicas;
        if (removing != now.removing)
            record.removing_replicas = removing;
        if (adding != now.adding)
            record.adding_replicas = adding;
    }
};

}  // namespace

ChangeRules rules_of(ControllerView const& cluster, TopicView const& topic)
{
    ChangeRules rules;
    rules.metadata = cluster.metadata_version();
    rules.elr = cluster.elr_enabled();
    rules.min_isr = effective_min_isr(cluster.image, cluster.config.min_insync_replicas,
                                      topic.name(), topic.partition(0).replicas.size());
    rules.bump_epoch_on_shrink = !cluster.switches.no_epoch_bump_on_shrink;
    rules.complete_with_all_targets = cluster.switches.reassignment_complete_all_targets;
    rules.last_known_leader_must_be_acceptable =
        cluster.switches.last_known_leader_must_be_acceptable;
    rules.default_directory = [&image = cluster.image](BrokerId broker) {
        BrokerRegistration const* const registration = image.broker(broker);
        return registration != nullptr ? registration->default_directory() : unassigned_directory;
    };
    return rules;
}

BuiltChange build_change(PartitionChange const& change, AcceptableLeader const& acceptable,
                         ChangeRules const& rules)
{
    PartitionRegistration const& now = change.registration;
    Work work{change, now, rules};
    work.record.partition = change.partition;
    work.complete_reassignment();
    work.find_eligible();
    BuiltChange built;
    built.replicas = work.replicas;
    built.isr = work.isr;
    built.eligible = work.eligible();
    built.elected = elect_leader(change.election, work.replicas, work.isr, now.leader, acceptable,
                                 built.eligible);
    work.take(built.elected);
    work.raise_epoch_if_lost(now.replicas, work.replicas);
    work.say_elr();
    work.say_isr();
    work.say_last_known_leader();
    work.say_assignment();
    if (change.target_recovery != now.recovery)
        work.record.recovery = change.target_recovery;
    PartitionChangeRecord nothing;
    nothing.partition = change.partition;
    if (work.record != nothing)
        built.record = std::move(work.record);
    return built;
}

}  // namespace odradek::kafka
