// A replica as leader: epochs, the high watermark, the in-sync replicas.
#include <algorithm>
#include <string>
#include <utility>

#include "model/replica/high_watermark.h"
#include "model/replica/partition.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

bool contains(std::vector<BrokerId> const& brokers, BrokerId broker)
{
    return std::find(brokers.begin(), brokers.end(), broker) != brokers.end();
}

std::string ids(std::vector<BrokerId> const& brokers) { return sim::print(brokers); }

std::vector<BrokerId> members(AlterPartitionPartition const& proposal)
{
    std::vector<BrokerId> brokers;
    for (IsrMember const& member : proposal.new_isr)
        brokers.push_back(member.broker);
    return brokers;
}

}  // namespace

std::vector<BrokerId> LeaderRole::maximal_isr() const
{
    return pending && pending->kind == IsrProposal::Kind::expand ? members(pending->sent) : isr;
}

std::size_t LeaderRole::maximal_isr_size() const
{
    return pending && pending->kind == IsrProposal::Kind::expand ? pending->sent.new_isr.size()
                                                                 : isr.size();
}

RemoteReplica* LeaderRole::find(BrokerId broker)
{
    for (RemoteReplica& remote : remotes)
        if (remote.broker == broker)
            return &remote;
    return nullptr;
}

RemoteReplica const* LeaderRole::find(BrokerId broker) const
{
    return const_cast<LeaderRole*>(this)->find(broker);
}

// Metadata names this broker leader. What was heard of followers in an earlier epoch is worth
// something only if it was heard here, as the leader.
Partition::Changed Partition::become_leader(ReplicaContext const& at, PartitionState const& state)
{
    Changed changed;
    if (state.partition_epoch < partition_epoch_)
        return changed;
    bool const led = is_leader();
    bool const new_epoch = state.leader_epoch > leader_epoch_;
    if (led && !new_epoch && state.partition_epoch == partition_epoch_ &&
        at.switches.proposal_outlives_equal_epoch)
        return changed;
    // In an epoch that it has not heard of another may have led, and followers cut their logs.
    bool const missed = state.leader_epoch.value > leader_epoch_.value + 1;
    bool const remembers = led && !(missed && at.switches.reelected_leader_forgets_followers);
    if (!led)
        role_ = LeaderRole{};
    auto& role = std::get<LeaderRole>(role_);
    leader_ = at.self;
    replicas_ = state.replicas;
    topic_ = state.topic;
    assign_replicas(at, role);
    role.pending.reset();
    if (new_epoch) {
        leader_epoch_ = state.leader_epoch;
        role.epoch_start = log_.end();
        if (at.switches.epoch_start_persisted)
            log_.begin_epoch(leader_epoch_, at.out);
    }
    partition_epoch_ = state.partition_epoch;
    commit_isr(at, state.isr, led && !new_epoch);
    if (new_epoch)
        for (RemoteReplica& remote : role.remotes) {
            RemoteReplica const before = remote;
            remote = {};
            remote.broker = before.broker;
            remote.in_isr = before.in_isr;
            remote.in_maximal_isr = before.in_maximal_isr;
            if (remote.in_isr)
                remote.last_caught_up = at.env.wall;
            if (remembers) {
                remote.log_end = before.log_end;
                remote.log_start = before.log_start;
                remote.broker_epoch = before.broker_epoch;
                remote.leader_log_end_at_last_fetch = role.epoch_start;
                remote.last_fetch = remote.last_caught_up;
            }
        }
    changed.role = !led || new_epoch;
    if (changed.role) {
        at.out.observe(BecameLeader{at.self, id_, leader_epoch_, partition_epoch_, log_.end(),
                                    log_.high_watermark(), log_.start()});
        if (at.out.listening())
            at.out.note(
                "{}: lead from epoch {} on; log end {}, high watermark {}, replicas {}, in sync {}",
                name(), leader_epoch_.value, log_.end().value, log_.high_watermark().value,
                ids(replicas_), ids(role.isr));
    }
    tell_maximal_isr(at);
    changed.high_watermark = advance_high_watermark(at);
    return changed;
}

// Keeps what is known of replicas that stay.
void Partition::assign_replicas(ReplicaContext const& at, LeaderRole& role) const
{
    std::vector<RemoteReplica> remotes;
    for (BrokerId const broker : replicas_) {
        if (broker == at.self)
            continue;
        RemoteReplica const* known = role.find(broker);
        remotes.push_back(known != nullptr ? *known : RemoteReplica{});
        remotes.back().broker = broker;
    }
    role.remotes = std::move(remotes);
}

// The controller has decided. `same_epoch`: we led before, so a judge is told what changed.
void Partition::commit_isr(ReplicaContext const& at, std::vector<BrokerId> const& isr,
                           bool same_epoch)
{
    auto& role = std::get<LeaderRole>(role_);
    std::vector<BrokerId> const before = std::exchange(role.isr, isr);
    role.pending.reset();
    for (RemoteReplica& remote : role.remotes)
        remote.in_isr = remote.in_maximal_isr = contains(isr, remote.broker);
    if (!same_epoch)
        return;
    auto const lacks = [](std::vector<BrokerId> const& all, std::vector<BrokerId> const& some) {
        return std::any_of(some.begin(), some.end(), [&](BrokerId b) { return !contains(all, b); });
    };
    if (lacks(isr, before))
        at.out.observe(IsrShrunk{at.self, id_, isr});
    if (lacks(before, isr))
        at.out.observe(IsrExpanded{at.self, id_, isr});
}

std::optional<VerificationGuard> Partition::begin_verification(ReplicaContext const& at,
                                                               RecordBatch const& batch)
{
    if (!is_leader() || !batch.transactional || batch.producer_id == no_producer)
        return std::nullopt;
    VerificationGuard const guard = log_.begin_verification(at.env, batch);
    return guard == no_guard ? std::nullopt : std::optional(guard);
}

Partition::Produced Partition::append(ReplicaContext const& at, RecordBatch const& batch,
                                      std::int16_t acks, AppendOrigin origin)
{
    Produced result;
    LeaderRole const* const role = leader_role();
    if (role == nullptr) {
        result.appended.error = Error::not_leader_or_follower;
        return result;
    }
    if (acks == -1 && static_cast<std::int32_t>(role->isr.size()) < min_isr()) {
        result.appended.error = Error::not_enough_replicas;
        if (at.out.listening())
            at.out.note("{}: refuse acks=all: in sync {} are fewer than min.insync.replicas {}",
                        name(), ids(role->isr), min_isr());
        return result;
    }
    origin.verification = at.config.transaction_verification_enable;
    result.appended = log_.append_as_leader(at.env, batch, leader_epoch_, topic_,
                                            at.config.producer_id_expiration, at.out, origin);
    Log::Appended const& appended = result.appended;
    if (appended.error != Error::none && !batch.control && batch.producer_id != no_producer)
        at.out.observe(
            BatchRefused{at.self, id_, batch.producer_id, batch.producer_epoch, appended.error});
    if (appended.batch) {
        at.out.observe(RecordsAppended{at.self, id_, true, appended.batch});
        result.high_watermark_changed = advance_high_watermark(at);
    } else if (at.out.listening()) {
        if (appended.done_already)
            at.out.note("{}: producer {} has no transaction open in epoch {}: the marker was "
                        "written before",
                        name(), batch.producer_id.value, batch.producer_epoch);
        else if (appended.error == Error::none)
            at.out.note("{}: producer {} sent sequence {} again; it is at offset {} already",
                        name(), batch.producer_id.value, batch.base_sequence,
                        appended.base_offset.value);
        else if (batch.control)
            at.out.note("{}: refuse the marker of producer {} epoch {}: {}", name(),
                        batch.producer_id.value, batch.producer_epoch, to_string(appended.error));
        else
            at.out.note(
                "{}: refuse a batch of {} bytes of producer {} epoch {} sequence {} (expected {}): "
                "{}",
                name(), batch.size_bytes, batch.producer_id.value, batch.producer_epoch,
                batch.base_sequence, appended.expected_sequence, to_string(appended.error));
    }
    return result;
}

// Kafka's checkEnoughReplicasReachOffset: the high watermark decides, and then the maximal ISR says
// whether it is enough.
Partition::AckState Partition::acknowledged(Offset required) const
{
    LeaderRole const* const role = leader_role();
    if (role == nullptr)
        return {true, Error::not_leader_or_follower};
    if (log_.high_watermark() < required)
        return {};
    if (static_cast<std::int32_t>(role->maximal_isr_size()) < min_isr())
        return {true, Error::not_enough_replicas_after_append};
    return {true, Error::none};
}

Partition::Followed Partition::on_follower_fetch(ReplicaContext const& at,
                                                 FetchRequest const& request,
                                                 FetchPartition const& wanted,
                                                 Offset leader_log_end,
                                                 BrokerEntry const* registered)
{
    Followed followed;
    auto& role = std::get<LeaderRole>(role_);
    RemoteReplica* const remote = role.find(request.replica);
    ENSURE(remote != nullptr, "only an assigned replica's position is kept");
    // KIP-903, KAFKA-15221: a life of the broker that is over says nothing about this one's log.
    if (request.replica_epoch != no_broker_epoch && registered != nullptr &&
        registered->broker_epoch > request.replica_epoch) {
        followed.error = Error::not_leader_or_follower;
        return followed;
    }
    Offset const before = remote->log_end;
    remote->on_fetch(wanted.fetch_offset, wanted.log_start_offset, leader_log_end, at.env.wall,
                     request.replica_epoch);
    if (!remote->in_maximal_isr && !role.pending)
        followed.isr_wanted = maybe_expand_isr(at, *remote);
    if (remote->log_end != before)
        followed.high_watermark = advance_high_watermark(at);
    return followed;
}

bool Partition::advance_high_watermark(ReplicaContext const& at)
{
    auto const& role = std::get<LeaderRole>(role_);
    ProtocolSwitches const& switches = at.switches;
    if (switches.high_watermark_stands_below_min_isr &&
        !high_watermark_may_advance(role.isr.size(), min_isr()))
        return false;
    Offset const end = log_.end();
    Offset candidate = end;
    for (RemoteReplica const& remote : role.remotes) {
        if (remote.log_end >= candidate)
            continue;
        FollowerStanding standing{remote.log_end, switches.high_watermark_by_maximal_isr
                                                      ? remote.in_maximal_isr
                                                      : remote.in_isr};
        if (!standing.in_maximal_isr) {
            standing.caught_up =
                is_caught_up(remote, end, at.env.wall, at.config.replica_lag_time_max);
            standing.eligible =
                standing.caught_up && (!switches.high_watermark_ignores_ineligible ||
                                       ineligible(at, remote) == Ineligible::none);
        }
        if (holds_high_watermark(standing))
            candidate = remote.log_end;
    }
    Offset const before = log_.high_watermark();
    if (candidate <= before)
        return false;
    log_.set_high_watermark(candidate);
    at.out.observe(HighWatermarkAdvanced{at.self, id_, true, leader_epoch_, before, candidate});
    if (at.out.listening())
        at.out.detail("{}: high watermark {} -> {}: all in sync have it, log end {}", name(),
                      before.value, candidate.value, end.value);
    return true;
}

// Evaluated only while a fetch of that follower is handled, so what it says is fresh.
bool Partition::maybe_expand_isr(ReplicaContext const& at, RemoteReplica const& remote)
{
    auto& role = std::get<LeaderRole>(role_);
    Offset const anywhere{0};
    if (!reaches_isr_bar(remote.log_end,
                         at.switches.isr_join_at_high_watermark ? log_.high_watermark() : anywhere,
                         at.switches.isr_join_at_epoch_start ? role.epoch_start : anywhere))
        return false;
    Ineligible const reason = ineligible(at, remote);
    if (reason != Ineligible::none) {
        if (at.out.listening())
            at.out.note(
                "{}: {} has caught up (log end {}), but may not join the in-sync replicas: {}",
                name(), remote.broker.value, remote.log_end.value, to_string(reason));
        return false;
    }
    std::vector<BrokerId> isr = role.isr;
    isr.push_back(remote.broker);
    if (at.out.listening())
        at.out.note(
            "{}: propose in-sync replicas {} -> {}: {} is at {}, high watermark {}, epoch start {}",
            name(), ids(role.isr), ids(isr), remote.broker.value, remote.log_end.value,
            log_.high_watermark().value, role.epoch_start.value);
    propose(at, IsrProposal::Kind::expand, isr);
    role.find(remote.broker)->in_maximal_isr = true;
    tell_maximal_isr(at);
    return true;
}

// Before KIP-841 a leader did not look whether who has caught up may serve.
Ineligible Partition::ineligible(ReplicaContext const& at, RemoteReplica const& remote) const
{
    Ineligible const reason = isr_ineligibility(remote, at.brokers.find(remote.broker));
    bool const serving = reason == Ineligible::fenced || reason == Ineligible::shutting_down;
    return serving && !at.switches.leader_checks_eligibility ? Ineligible::none : reason;
}

// For judges: whom the high watermark waits for from here on. As in Kafka, metadata ends a proposal
// that is in flight even when it tells nothing new (an answer was faster); the controller may still
// take the proposal, and until the leader hears of it only its being caught up holds the high
// watermark (Partition.makeLeader, updateAssignmentAndIsr).
void Partition::tell_maximal_isr(ReplicaContext const& at) const
{
    auto const& role = std::get<LeaderRole>(role_);
    MaximalIsr maximal{at.self, id_, leader_epoch_, partition_epoch_, role.maximal_isr()};
    for (RemoteReplica const& remote : role.remotes)
        if (!contains(maximal.isr, remote.broker) &&
            is_caught_up(remote, log_.end(), at.env.wall, at.config.replica_lag_time_max) &&
            ineligible(at, remote) == Ineligible::none)
            maximal.isr.push_back(remote.broker);
    at.out.observe(std::move(maximal));
}

Partition::Changed Partition::check_isr(ReplicaContext const& at)
{
    Changed changed;
    auto* const role = std::get_if<LeaderRole>(&role_);
    if (role == nullptr || role->pending || role->isr.size() <= 1)
        return changed;
    std::vector<BrokerId> isr;
    for (BrokerId const broker : role->isr) {
        RemoteReplica const* const remote = broker == at.self ? nullptr : role->find(broker);
        bool const stays = broker == at.self ||
                           (remote != nullptr && is_caught_up(*remote, log_.end(), at.env.wall,
                                                              at.config.replica_lag_time_max));
        if (stays) {
            isr.push_back(broker);
            continue;
        }
        if (at.out.listening()) {
            if (remote == nullptr)
                at.out.note("{}: {} is in sync but no replica any more", name(), broker.value);
            else if (remote->last_caught_up == long_ago)
                at.out.note("{}: {} has never caught up in this epoch, its log end {} of {}",
                            name(), broker.value, remote->log_end.value, log_.end().value);
            else
                at.out.note(
                    "{}: {} caught up last {} ago (replica.lag.time.max.ms {}), its log end {} of "
                    "{}",
                    name(), broker.value, to_string(at.env.wall - remote->last_caught_up),
                    at.config.replica_lag_time_max.ms(), remote->log_end.value, log_.end().value);
        }
    }
    if (isr.size() == role->isr.size())
        return changed;
    if (at.out.listening())
        at.out.note("{}: propose in-sync replicas {} -> {}", name(), ids(role->isr), ids(isr));
    propose(at, IsrProposal::Kind::shrink, isr);
    changed.isr_wanted = true;
    return changed;
}

// KIP-903: every member with the life the leader has heard from; -1 when it has heard from none,
// which is safe: a crash of it moves the partition epoch. A leader reports itself recovered
// (KIP-704).
void Partition::propose(ReplicaContext const& at, IsrProposal::Kind kind,
                        std::vector<BrokerId> const& isr)
{
    auto& role = std::get<LeaderRole>(role_);
    IsrProposal& proposal = role.pending.emplace();
    proposal.kind = kind;
    proposal.number = ++proposals_;
    proposal.sent.partition = id_;
    proposal.sent.leader_epoch = leader_epoch_;
    proposal.sent.partition_epoch = partition_epoch_;
    for (BrokerId const broker : isr) {
        IsrMember member{broker, no_broker_epoch};
        RemoteReplica const* const remote = role.find(broker);
        if (broker == at.self)
            member.broker_epoch = at.broker_epoch;
        else if (remote != nullptr && remote->broker_epoch != unheard_broker_epoch)
            member.broker_epoch = remote->broker_epoch;
        proposal.sent.new_isr.push_back(member);
    }
}

void Partition::withdraw_proposal(ReplicaContext const& at)
{
    auto* const role = std::get_if<LeaderRole>(&role_);
    if (role == nullptr)
        return;
    role->pending.reset();
    for (RemoteReplica& remote : role->remotes)
        remote.in_maximal_isr = remote.in_isr;
    tell_maximal_isr(at);
}

Partition::Decided Partition::on_alter_partition(ReplicaContext const& at, std::uint64_t number,
                                                 AlterPartitionPartitionResponse const& response)
{
    Decided decided;
    auto* const role = std::get_if<LeaderRole>(&role_);
    if (role == nullptr || !role->pending)
        return decided;
    if (role->pending->number != number)
        return decided;
    if (response.error != Error::none) {
        AfterRefusal const after = after_refusal(response.error);
        if (at.out.listening())
            at.out.note(
                "{}: the controller refuses in-sync replicas {} at partition epoch {}: {}, {}",
                name(), ids(members(role->pending->sent)),
                role->pending->sent.partition_epoch.value, to_string(response.error),
                after == AfterRefusal::revert         ? "so they stay as they were"
                : after == AfterRefusal::stay_pending ? "wait for new metadata"
                                                      : "propose them again");
        if (after == AfterRefusal::revert)
            withdraw_proposal(at);
        decided.resend = after == AfterRefusal::resend;
        return decided;
    }
    // KAFKA-12751: an equal partition epoch completes the proposal too; it changed nothing.
    if (response.leader_epoch != leader_epoch_ || response.partition_epoch < partition_epoch_)
        return decided;
    if (response.partition_epoch == partition_epoch_ &&
        !at.switches.equal_epoch_completes_isr_change)
        return decided;
    partition_epoch_ = response.partition_epoch;
    commit_isr(at, response.isr, true);
    tell_maximal_isr(at);
    if (at.out.listening())
        at.out.note("{}: in-sync replicas are {} at partition epoch {}", name(), ids(role->isr),
                    partition_epoch_.value);
    if (at.switches.high_watermark_after_isr_change)
        decided.high_watermark = advance_high_watermark(at);  // KAFKA-13091
    return decided;
}

void Partition::end_of_epoch(ReplicaContext const& at, OffsetForLeaderPartition const& wanted,
                             EpochEndOffset& answer) const
{
    answer.error = check_epoch(wanted.current_leader_epoch);
    if (answer.error == Error::none && leader_role() == nullptr)
        answer.error = Error::not_leader_or_follower;
    if (answer.error != Error::none)
        return;
    if (at.switches.truncation == Truncation::kip_101) {
        answer.end_offset = log_.epochs().end_offset_kip_101(wanted.leader_epoch, log_.end());
    } else {
        EpochAndOffset const end = log_.end_offset_for(wanted.leader_epoch);
        answer.leader_epoch = end.epoch;
        answer.end_offset = end.end_offset;
    }
    if (at.out.listening())
        at.out.note("{}: asked where epoch {} ends: epoch {} at {}, our log end {} in epoch {}",
                    name(), wanted.leader_epoch.value, answer.leader_epoch.value,
                    answer.end_offset.value, log_.end().value, leader_epoch_.value);
}

}  // namespace odradek::kafka
