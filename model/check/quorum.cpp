#include "model/check/quorum.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/metadata/records.h"
#include "sim/describe.h"

namespace odradek::kafka::check {

namespace {

using sim::PropertyKind;

bool same_batch(RecordBatch const& a, RecordBatch const& b)
{
    return &a == &b || (a.base_offset == b.base_offset && a.leader_epoch == b.leader_epoch &&
                        a.record_count == b.record_count && a.contents && b.contents &&
                        static_cast<MetadataRecords const&>(*a.contents).digest ==
                            static_cast<MetadataRecords const&>(*b.contents).digest);
}

std::string describe(RecordBatch const& batch)
{
    return fmt::format("{}..{} of epoch {}", batch.base_offset.value, batch.last_offset().value,
                       batch.leader_epoch.value);
}

Violation violation_at(Fact const& fact, std::string what)
{
    return check::violation_at(fact, {metadata_topic, 0}, std::move(what));
}

std::size_t majority_of(std::size_t voters) { return voters / 2 + 1; }

}  // namespace

QuorumLaws::QuorumLaws(Verdicts& verdicts)
    : unique_(verdicts.add_law("controller-unique-per-epoch", PropertyKind::always,
                               "an epoch of the metadata quorum begins once, with one leader")),
      vote_once_(verdicts.add_law("vote-once-per-epoch", PropertyKind::always,
                                  "a voter votes for one candidate in an epoch, whatever happens "
                                  "to it meanwhile")),
      epoch_monotonic_(verdicts.add_law("quorum-epoch-monotonic", PropertyKind::always,
                                        "the epoch of a node of the quorum never goes back")),
      agree_(verdicts.add_law("metadata-log-agree", PropertyKind::always,
                              "metadata logs agree below their high watermark")),
      kept_(verdicts.add_law("metadata-committed-kept", PropertyKind::always,
                             "every later leader of the quorum has what was committed, and nobody "
                             "cuts it off")),
      hw_monotonic_(verdicts.add_law("metadata-hw-monotonic", PropertyKind::always,
                                     "the high watermark of a metadata log never goes back in the "
                                     "life of a node")),
      majority_(verdicts.add_law("majority-reached-hw", PropertyKind::always,
                                 "what a leader says is committed is in the logs of a majority of "
                                 "the voters")),
      snapshot_(verdicts.add_law("snapshot-at-log-start", PropertyKind::always,
                                 "what is before the start of a metadata log is in a snapshot")),
      loads_(verdicts.add_law("leader-never-loads-snapshot", PropertyKind::always,
                              "a leader of the quorum is never given a snapshot from another")),
      steps_down_(verdicts.add_law("deposed-leader-steps-down", PropertyKind::always,
                                   "a leader of the quorum that hears no majority appends no "
                                   "more, soon after another was elected")),
      lone_(verdicts.add_law("lone-voter-keeps-leading", PropertyKind::always,
                             "the only voter of a quorum does not resign because it hears from "
                             "nobody")),
      healthy_(verdicts.add_law("healthy-leader-not-deposed", PropertyKind::always,
                                "a leader that a majority follows is not deposed by a candidate "
                                "that no majority would have elected")),
      led_(verdicts.add_law("quorum-led-after-settle", PropertyKind::eventually,
                            "when all is healed the newest epoch has a leader that commits"))
{
}

void QuorumLaws::see(Fact const& fact, Verdicts& verdicts)
{
    if (auto const* appended = std::get_if<MetadataAppended>(&fact.is))
        on_appended(fact, *appended, verdicts);
    else if (auto const* moved = std::get_if<MetadataHighWatermarkAdvanced>(&fact.is))
        on_high_watermark(fact, *moved, verdicts);
    else if (auto const* change = std::get_if<QuorumEpochChanged>(&fact.is))
        on_epoch(fact, *change, verdicts);
    else if (auto const* vote = std::get_if<VoteGranted>(&fact.is))
        on_vote(fact, *vote, verdicts);
    else if (auto const* candidacy = std::get_if<QuorumCandidacy>(&fact.is))
        on_candidacy(fact, *candidacy, verdicts);
    else if (auto const* elected = std::get_if<QuorumLeaderElected>(&fact.is))
        on_elected(fact, *elected, verdicts);
    else if (auto const* resigned = std::get_if<QuorumLeaderResigned>(&fact.is))
        on_resigned(fact, *resigned, verdicts);
    else if (auto const* deposed = std::get_if<QuorumLeaderDeposed>(&fact.is))
        on_deposed(fact, *deposed, verdicts);
    else if (auto const* truncated = std::get_if<MetadataTruncated>(&fact.is))
        on_truncated(fact, *truncated, verdicts);
    else if (auto const* cleaned = std::get_if<MetadataLogCleaned>(&fact.is))
        on_cleaned(fact, *cleaned, verdicts);
    else if (auto const* started = std::get_if<QuorumNodeStarted>(&fact.is))
        on_started(fact, *started, verdicts);
    else if (auto const* loaded = std::get_if<MetadataSnapshotLoaded>(&fact.is)) {
        verdicts.exercised(loads_);
        if (loaded->as_leader && loaded->fetched)
            verdicts.violated(
                loads_, violation_at(fact, fmt::format("node {} leads and goes on with snapshot {}",
                                                       loaded->node.id.value,
                                                       loaded->snapshot.end_offset.value)));
    }
}

// -- Epochs and votes ----------------------------------------------------------------------------

void QuorumLaws::on_started(Fact const& fact, QuorumNodeStarted const& started, Verdicts& verdicts)
{
    Node& node = nodes_[started.node.id];
    bool const is_empty = started.epoch <= Epoch{0} && started.log_end == Offset{0};
    if (is_empty && node.stored > Epoch{0})
        lost_[node.is.key] = std::max(lost_[node.is.key], node.log_end());
    bool const is_known = node.stored != no_epoch && node.is.key == started.node;
    bool const lost_its_disk = is_known && is_empty && node.stored > Epoch{0};
    if (lost_its_disk)
        ++node.is.disk;
    else if (is_known) {
        verdicts.exercised(epoch_monotonic_);
        if (started.epoch < node.stored)
            verdicts.violated(
                epoch_monotonic_,
                violation_at(fact, fmt::format("node {} begins in epoch {}, but it was in epoch {} "
                                               "before",
                                               started.node.id.value, started.epoch.value,
                                               node.stored.value)));
    }
    for (Epoch const epoch : node.unwritten_votes)
        votes_.erase({node.is, epoch});
    if (node.unwritten_election)
        elected_.erase(*node.unwritten_election);
    Identity const is{started.node, node.is.disk};
    Epoch const stored = is_known && !lost_its_disk ? node.stored : no_epoch;
    node = Node{};
    node.is = is;
    node.epoch = started.epoch;
    node.stored = std::min(stored, started.epoch);  // Less than before: said once.
    node.agreed = started.log_start;
    node.rest.assign(started.log.begin(), started.log.end());
    agree(node);
    if (started.log_start > Offset{0}) {
        verdicts.exercised(snapshot_);
        if (started.snapshot < started.log_start)
            verdicts.violated(
                snapshot_,
                violation_at(fact, fmt::format("the log of node {} begins at {}, its newest "
                                               "snapshot ends at {}",
                                               started.node.id.value, started.log_start.value,
                                               started.snapshot.value)));
    }
}

void QuorumLaws::on_epoch(Fact const& fact, QuorumEpochChanged const& change, Verdicts& verdicts)
{
    Node& node = nodes_[change.node.id];
    verdicts.exercised(epoch_monotonic_);
    if (change.epoch < node.epoch)
        verdicts.violated(epoch_monotonic_,
                          violation_at(fact, fmt::format("node {} goes from epoch {} back to {}",
                                                         change.node.id.value, node.epoch.value,
                                                         change.epoch.value)));
    node.epoch = change.epoch;
    node.stored = change.epoch;
    node.unwritten_votes.clear();
    node.unwritten_election.reset();
    if (change.leader != no_broker)
        name_leader(fact, change.epoch, change.leader, verdicts);
}

void QuorumLaws::name_leader(Fact const& fact, Epoch epoch, BrokerId leader, Verdicts& verdicts)
{
    verdicts.exercised(unique_);
    auto const [known, is_new] = named_.insert({epoch, leader});
    if (!is_new && known->second != leader)
        verdicts.violated(
            unique_,
            violation_at(fact, fmt::format("node {} is taken for the leader of epoch {}, "
                                           "and so is node {}",
                                           leader.value, epoch.value, known->second.value)));
}

void QuorumLaws::cast(Fact const& fact, Identity const& voter, Epoch epoch, ReplicaKey candidate,
                      Verdicts& verdicts)
{
    verdicts.exercised(vote_once_);
    auto const [known, is_new] = votes_.insert({{voter, epoch}, candidate});
    if (is_new)
        nodes_[voter.key.id].unwritten_votes.push_back(epoch);
    else if (known->second != candidate)
        verdicts.violated(
            vote_once_,
            violation_at(fact, fmt::format("node {} votes for node {} in epoch {}, in which it has "
                                           "voted for node {}",
                                           voter.key.id.value, candidate.id.value, epoch.value,
                                           known->second.id.value)));
}

void QuorumLaws::on_vote(Fact const& fact, VoteGranted const& vote, Verdicts& verdicts)
{
    if (!vote.pre_vote)
        cast(fact, nodes_[vote.node.id].is, vote.epoch, vote.candidate, verdicts);
    else if (!vote.follows_leader)
        consents_[{vote.candidate.id, vote.epoch}].insert(vote.node.id);
}

void QuorumLaws::on_candidacy(Fact const& fact, QuorumCandidacy const& candidacy,
                              Verdicts& verdicts)
{
    cast(fact, nodes_[candidacy.node.id].is, candidacy.epoch, candidacy.node, verdicts);
    std::set<BrokerId>& consents = consents_[{candidacy.node.id, Epoch{candidacy.epoch.value - 1}}];
    consents.insert(candidacy.node.id);
    auto const willing =
        std::count_if(candidacy.voters.begin(), candidacy.voters.end(),
                      [&](ReplicaKey const& voter) { return consents.count(voter.id) != 0; });
    if (static_cast<std::size_t>(willing) < majority_of(candidacy.voters.size()))
        unasked_.insert(candidacy.epoch);
}

// -- Leaders -------------------------------------------------------------------------------------

void QuorumLaws::on_elected(Fact const& fact, QuorumLeaderElected const& elected,
                            Verdicts& verdicts)
{
    verdicts.exercised(unique_);
    auto const [known, is_new] = elected_.insert({elected.epoch, {elected.node.id, fact.time}});
    if (!is_new)
        verdicts.violated(
            unique_,
            violation_at(fact, fmt::format("epoch {} begins with leader node {}, but it has begun "
                                           "at {} with node {}",
                                           elected.epoch.value, elected.node.id.value,
                                           sim::to_string(known->second.second),
                                           known->second.first.value)));
    name_leader(fact, elected.epoch, elected.node.id, verdicts);
    Node& leader = nodes_[elected.node.id];
    if (is_new)
        leader.unwritten_election = elected.epoch;
    verdicts.exercised(kept_);
    agree(leader);
    // Its votes may reach it late, when a later epoch has committed already.
    if (leader.agreed < committed_before(elected.epoch)) {
        BatchRef const* const lost = committed_at(leader.agreed);
        Violation violation = violation_at(
            fact, fmt::format("node {} is elected leader of epoch {} with a log that ends at {}, "
                              "but {} was committed",
                              elected.node.id.value, elected.epoch.value, leader.log_end().value,
                              lost != nullptr ? describe(**lost) : std::string("more")));
        violation.count = static_cast<std::uint64_t>(committed_end_ - leader.agreed);
        verdicts.violated(kept_, std::move(violation));
        // Said once: what it lacks is given up.
        while (!committed_.empty() && committed_.back()->end_offset() > leader.agreed)
            committed_.pop_back();
        committed_in_.resize(committed_.size());
        committed_end_ = leader.agreed;
        for (auto& [id, node] : nodes_)
            node.agreed = std::min(node.agreed, committed_end_);
    }
    for (auto& [id, node] : nodes_)
        if (id != elected.node.id && node.leads && *node.leads < elected.epoch && !node.superseded)
            node.superseded = fact.time;
    leader.leads = elected.epoch;
    leader.check_quorum = elected.check_quorum;
    leader.superseded.reset();
    if (elected_.upper_bound(elected.epoch) != elected_.end())
        leader.superseded = fact.time;
    leader.has_committed = false;
}

void QuorumLaws::on_resigned(Fact const& fact, QuorumLeaderResigned const& resigned,
                             Verdicts& verdicts)
{
    nodes_[resigned.node.id].leads.reset();
    if (resigned.voters != 1)
        return;
    verdicts.exercised(lone_);
    if (resigned.reason.find("majority") != std::string::npos)
        verdicts.violated(
            lone_, violation_at(fact, fmt::format("node {} is the only voter, and resigns from "
                                                  "epoch {}: {}",
                                                  resigned.node.id.value, resigned.epoch.value,
                                                  resigned.reason)));
}

void QuorumLaws::on_deposed(Fact const& fact, QuorumLeaderDeposed const& deposed,
                            Verdicts& verdicts)
{
    nodes_[deposed.node.id].leads.reset();
    if (!deposed.followed)
        return;
    verdicts.exercised(healthy_);
    auto const unasked = unasked_.upper_bound(deposed.epoch);
    if (unasked == unasked_.end() || *unasked > deposed.by)
        return;
    verdicts.violated(
        healthy_,
        violation_at(fact,
                     fmt::format("node {} leads epoch {}, and a majority has just fetched "
                                 "from it, but epoch {} was begun by a candidate that no "
                                 "majority was ready to elect",
                                 deposed.node.id.value, deposed.epoch.value, unasked->value)));
}

// -- Logs ----------------------------------------------------------------------------------------

BatchRef const* QuorumLaws::committed_at(Offset offset) const
{
    auto const at =
        std::lower_bound(committed_.begin(), committed_.end(), offset,
                         [](BatchRef const& batch, Offset o) { return batch->end_offset() <= o; });
    return at == committed_.end() ? nullptr : &*at;
}

// Where that ends which a leader of this epoch must have: committed in earlier ones.
Offset QuorumLaws::committed_before(Epoch epoch) const
{
    std::size_t count = committed_.size();
    while (count > 0 && committed_in_[count - 1] >= epoch)
        --count;
    return count == committed_.size() ? committed_end_
           : count == 0               ? committed_.front()->base_offset
                                      : committed_[count - 1]->end_offset();
}

// Takes from the rest what is known to be committed and equal.
void QuorumLaws::agree(Node& node)
{
    while (!node.rest.empty() && node.rest.front()->end_offset() <= committed_end_) {
        BatchRef const* const known = committed_at(node.rest.front()->base_offset);
        if (known == nullptr || !same_batch(**known, *node.rest.front()))
            return;
        node.agreed = node.rest.front()->end_offset();
        node.rest.pop_front();
    }
}

void QuorumLaws::on_appended(Fact const& fact, MetadataAppended const& appended, Verdicts& verdicts)
{
    Node& node = nodes_[appended.node.id];
    node.rest.push_back(appended.batch);
    if (!appended.as_leader)
        return;
    verdicts.exercised(steps_down_);
    if (!node.leads || !node.superseded)
        return;
    sim::Duration const bound = 2 * node.check_quorum + sim::Duration{1'000'000'000};
    // A slow disk may make it long to get to the messages that a majority sent before.
    if (fact.time - *node.superseded > bound && appended.majority_heard > bound)
        verdicts.violated(
            steps_down_,
            violation_at(fact, fmt::format("node {} still appends as leader of epoch {}, {} after "
                                           "another was elected and {} after it last heard a "
                                           "majority",
                                           appended.node.id.value, node.leads->value,
                                           sim::to_string(fact.time - *node.superseded),
                                           sim::to_string(appended.majority_heard))));
}

void QuorumLaws::on_truncated(Fact const& fact, MetadataTruncated const& truncated,
                              Verdicts& verdicts)
{
    Node& node = nodes_[truncated.node.id];
    verdicts.exercised(kept_);
    if (truncated.high_watermark != no_offset && truncated.to < truncated.high_watermark)
        verdicts.violated(
            kept_,
            violation_at(fact, fmt::format("node {} is to cut its log from {} to {}, below "
                                           "its high watermark {}",
                                           truncated.node.id.value, truncated.from.value,
                                           truncated.to.value, truncated.high_watermark.value)));
    while (!node.rest.empty() && node.rest.back()->end_offset() > truncated.to)
        node.rest.pop_back();
    node.agreed = std::min(node.agreed, truncated.to);
}

void QuorumLaws::on_high_watermark(Fact const& fact, MetadataHighWatermarkAdvanced const& moved,
                                   Verdicts& verdicts)
{
    Node& node = nodes_[moved.node.id];
    verdicts.exercised(hw_monotonic_);
    if (moved.to < node.high_watermark) {
        verdicts.violated(
            hw_monotonic_,
            violation_at(fact, fmt::format("the high watermark of node {} goes from {} back to {}",
                                           moved.node.id.value, node.high_watermark.value,
                                           moved.to.value)));
        return;
    }
    node.high_watermark = moved.to;
    if (moved.as_leader)
        node.has_committed = true;
    while (!node.rest.empty() && node.rest.front()->end_offset() <= moved.to) {
        RecordBatch const& batch = *node.rest.front();
        verdicts.exercised(agree_);
        BatchRef const* const known =
            batch.base_offset < committed_end_ ? committed_at(batch.base_offset) : nullptr;
        if (batch.base_offset == committed_end_) {
            committed_.push_back(node.rest.front());
            committed_in_.push_back(moved.epoch);
            committed_end_ = batch.end_offset();
        } else if (known != nullptr && (*known)->base_offset <= batch.base_offset &&
                   !same_batch(**known, batch))
            verdicts.violated(
                agree_, violation_at(fact, fmt::format("node {} has {} below its high watermark "
                                                       "{}, where {} was committed",
                                                       moved.node.id.value, describe(batch),
                                                       moved.to.value, describe(**known))));
        node.agreed = batch.end_offset();
        node.rest.pop_front();
    }
    if (!moved.as_leader)
        return;
    verdicts.exercised(majority_);
    auto const reached =
        std::count_if(moved.voters.begin(), moved.voters.end(), [&](ReplicaKey const& voter) {
            auto const lost = lost_.find(voter);
            if (lost != lost_.end() && lost->second >= moved.to)
                return true;  // It had it when it said so.
            auto const known = nodes_.find(voter.id);
            return known != nodes_.end() &&
                   (voter.directory == migrating_directory || known->second.is.key == voter) &&
                   known->second.log_end() >= moved.to;
        });
    if (static_cast<std::size_t>(reached) < majority_of(moved.voters.size()))
        verdicts.violated(
            majority_,
            violation_at(fact, fmt::format("leader node {} says that what is before {} is "
                                           "committed, which only {} of {} voters have",
                                           moved.node.id.value, moved.to.value, reached,
                                           moved.voters.size())));
}

void QuorumLaws::on_cleaned(Fact const& fact, MetadataLogCleaned const& cleaned, Verdicts& verdicts)
{
    verdicts.exercised(snapshot_);
    if (cleaned.snapshot < cleaned.log_start)
        verdicts.violated(
            snapshot_,
            violation_at(fact, fmt::format("the log of node {} begins at {}, and there is no "
                                           "snapshot of what is before",
                                           cleaned.node.id.value, cleaned.log_start.value)));
    Node& node = nodes_[cleaned.node.id];
    if (cleaned.emptied) {
        node.rest.clear();
        node.agreed = cleaned.log_start;
    }
}

void QuorumLaws::finish(sim::Instant end, Verdicts& verdicts)
{
    if (nodes_.empty())
        return;
    verdicts.exercised(led_);
    Epoch newest{0};
    for (auto const& [id, node] : nodes_)
        newest = std::max(newest, node.epoch);
    for (auto const& [id, node] : nodes_)
        if (node.leads == newest && node.has_committed)
            return;
    Violation violation;
    violation.partition = {metadata_topic, 0};
    violation.what =
        fmt::format("nobody leads epoch {} of the metadata quorum and commits", newest.value);
    violation.time = end;
    verdicts.violated(led_, std::move(violation));
}

}  // namespace odradek::kafka::check
