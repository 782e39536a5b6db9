// States and the requests between voters. Source: QuorumState; KafkaRaftClient.handleVote*,
// handleBeginQuorumEpoch*, handleEndQuorumEpoch*, maybeHandleCommonResponse, maybeTransition.
#include <algorithm>

#include "model/kraft/election_file.h"
#include "model/kraft/raft_client.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr sim::Site election_site("raft.election-timeout");
constexpr sim::Site backoff_site("raft.election-backoff");
constexpr Duration backoff_base = 100_ms;  // RETRY_BACKOFF_BASE_MS

}  // namespace

// -- States --------------------------------------------------------------------------------------

void RaftClient::initialize(Env const& env, Out& out)
{
    ElectionFile stored;
    std::vector<sim::Extent> const& extents = env.read(quorum_state_file_);
    if (!extents.empty() && !extents.back().torn())
        stored = static_cast<ElectionFile const&>(*extents.back().blob);
    Epoch const last = log_.last_epoch();
    out.observe(QuorumNodeStarted{
        stated(), std::max(stored.epoch, last), log_.start_offset(), log_.end_offset(),
        log_.latest_snapshot() ? log_.latest_snapshot()->id.end_offset : no_offset,
        log_.batches()});
    Instant const deadline = is_voter() ? env.now + election_timeout(env) : Instant::never();
    auto const lost_sight = [&](BrokerId leader) {
        return Unattached{leader, stored.voted, deadline};
    };
    bool const voted_itself = stored.voted && stored.voted->id == self_.id &&
                              (kraft_version() == 0 || stored.voted->directory == self_.directory);
    if (stored.epoch < last) {
        out.note("the last epoch in the log is {}, later than {} in quorum-state", last.value,
                 stored.epoch.value);
        enter(env, Unattached{no_broker, std::nullopt, deadline}, last, true, out);
    } else if (stored.leader == self_.id) {
        if (!config_.switches.resigned_after_restart) {
            out.note("led epoch {} before the restart, and leads it again", stored.epoch.value);
            epoch_ = stored.epoch;
            Votes votes(voters(), self_);
            for (ReplicaKey const voter : votes.unrecorded())
                votes.record(voter.id, true);
            state_ = Candidate{1, votes, deadline, std::nullopt};
            to_leader(env, out);
            return;
        }
        out.note("led epoch {} before the restart: resigned from it", stored.epoch.value);
        Resigned resigned{env.now + election_timeout(env), {}, {}};
        for (ReplicaKey const voter : voters().keys())
            if (voter.id != self_.id)
                resigned.unacknowledged.push_back(voter);
        enter(env, std::move(resigned), stored.epoch, true, out);
    } else if (stored.leader != no_broker) {
        Voter const* const known = voters().find(stored.leader);
        if (known == nullptr)
            enter(env, lost_sight(stored.leader), stored.epoch, true, out);
        else
            enter(env,
                  Follower{stored.leader, known->node, stored.voted,
                           env.now + config_.fetch_timeout, env.now + 3 * config_.fetch_timeout,
                           false, std::nullopt},
                  stored.epoch, true, out);
    } else if (voted_itself && is_voter()) {
        enter(env, Candidate{1, Votes(voters(), self_), deadline, std::nullopt}, stored.epoch, true,
              out);
        on_votes(env, out);
    } else
        enter(env, lost_sight(no_broker), stored.epoch, true, out);
    if (voters().is_only_voter(self_) && !is_leader() && !std::holds_alternative<Candidate>(state_))
        stand(env, out);
}

Duration RaftClient::election_timeout(Env const& env) const
{
    Duration const timeout = config_.election_timeout;
    if (timeout.ns <= 0)
        return {};
    return timeout + Duration{static_cast<std::int64_t>(
                         env.below(election_site, static_cast<std::uint64_t>(timeout.ns)))};
}

std::optional<ReplicaKey> RaftClient::voted() const
{
    if (auto const* unattached = std::get_if<Unattached>(&state_))
        return unattached->voted;
    if (auto const* prospective = std::get_if<Prospective>(&state_))
        return prospective->voted;
    if (auto const* follower = std::get_if<Follower>(&state_))
        return follower->voted;
    return std::holds_alternative<Candidate>(state_) ? std::optional(self_) : std::nullopt;
}

void RaftClient::store(Out& out)
{
    auto* const file = new ElectionFile;
    file->leader = leader();
    file->epoch = epoch_;
    // Without pre-votes a follower's vote is over (3.9); with them it may lose its leader without a
    // new epoch.
    bool const vote_counts = config_.switches.pre_vote || !std::holds_alternative<Follower>(state_);
    if (vote_counts && config_.switches.durable_vote)
        file->voted = voted();
    file->version = kraft_version() > 0 ? 1 : 0;
    out.replace(quorum_state_file_, sim::Ref<sim::Blob>(file));
    wait_for(quorum_state_file_, out);
    state_is_stored_ = true;
}

// What holds in the old state ends; the new one is written down before anything else leaves.
void RaftClient::enter(Env const&, EpochState next, Epoch epoch, bool durable, Out& out)
{
    if (auto* const leading = std::get_if<LeaderState>(&state_)) {
        abort_changes(*leading, Error::not_leader_or_follower, out);
        if (!appended_.empty())
            out.note("{} batches that were not written yet are dropped", appended_.size());
        appended_.clear();
        append_deadline_ = Instant::never();
        late_flush_ = Instant::never();
        if (claimed_)
            events_.push_back(RaftResigned{epoch_});
        claimed_ = false;
    }
    out.note("{} in epoch {} -> {} in epoch {}{}", to_string(state_), epoch_.value, to_string(next),
             epoch.value, is_voter() ? "" : ", as observer");
    state_ = std::move(next);
    epoch_ = epoch;
    requests_.reset_all();
    refuse_parked(Error::not_leader_or_follower, out);
    if (durable)
        store(out);
}

void RaftClient::to_unattached(Env const& env, Epoch epoch, BrokerId leader, Out& out)
{
    Instant deadline = Instant::never();
    if (is_voter()) {
        if (auto const* candidate = std::get_if<Candidate>(&state_))
            deadline = candidate->election_deadline;
        else if (auto const* unattached = std::get_if<Unattached>(&state_))
            deadline = unattached->election_deadline;
        else if (auto const* prospective = std::get_if<Prospective>(&state_);
                 prospective != nullptr && !prospective->votes.rejected())
            deadline = prospective->election_deadline;
        else if (auto const* resigned = std::get_if<Resigned>(&state_))
            deadline = resigned->election_deadline;
        if (deadline == Instant::never())
            deadline = env.now + election_timeout(env);
    }
    if (auto const* leading = std::get_if<LeaderState>(&state_))
        out.observe(QuorumLeaderDeposed{
            stated(), epoch_, epoch,
            leading->heard_majority_since(env.now - config_.fetch_timeout / 2)});
    std::optional<ReplicaKey> const vote = epoch == epoch_ ? voted() : std::nullopt;
    enter(env, Unattached{leader, vote, deadline}, epoch, true, out);
}

void RaftClient::to_follower(Env const& env, LeaderClaim const& claim, Out& out)
{
    std::optional<NodeId> node = claim.node;
    if (!node)
        if (Voter const* const known = voters().find(claim.leader))
            node = known->node;
    if (!node) {
        to_unattached(env, claim.epoch, claim.leader, out);
        return;
    }
    if (auto const* leading = std::get_if<LeaderState>(&state_))
        out.observe(QuorumLeaderDeposed{
            stated(), epoch_, claim.epoch,
            leading->heard_majority_since(env.now - config_.fetch_timeout / 2)});
    std::optional<ReplicaKey> const vote = claim.epoch == epoch_ ? voted() : std::nullopt;
    enter(env,
          Follower{claim.leader, *node, vote, env.now + config_.fetch_timeout,
                   env.now + 3 * config_.fetch_timeout, false, std::nullopt},
          claim.epoch, true, out);
}

void RaftClient::stand(Env const& env, Out& out)
{
    if (config_.switches.pre_vote)
        to_prospective(env, out);
    else
        to_candidate(env, out);
}

void RaftClient::to_prospective(Env const& env, Out& out)
{
    int retries = 1;
    if (auto const* candidate = std::get_if<Candidate>(&state_))
        retries = candidate->retries + 1;
    else if (auto const* prospective = std::get_if<Prospective>(&state_))
        retries = prospective->retries + 1;
    BrokerId const known = leader();
    enter(env,
          Prospective{known, known == no_broker ? std::nullopt : leader_node(), voted(), retries,
                      Votes(voters(), self_), env.now + election_timeout(env)},
          epoch_, true, out);
    on_votes(env, out);
}

void RaftClient::to_candidate(Env const& env, Out& out)
{
    int retries = 1;
    if (auto const* candidate = std::get_if<Candidate>(&state_))
        retries = candidate->retries + 1;
    else if (auto const* prospective = std::get_if<Prospective>(&state_))
        retries = prospective->retries;
    enter(env,
          Candidate{retries, Votes(voters(), self_), env.now + election_timeout(env), std::nullopt},
          epoch_.next(), true, out);
    out.observe(QuorumCandidacy{stated(), epoch_, voters().keys()});
    on_votes(env, out);
}

void RaftClient::to_leader(Env const& env, Out& out)
{
    std::vector<BrokerId> const granting = std::get<Candidate>(state_).votes.granting();
    LeaderState::Config config;
    config.self = self_;
    config.check_quorum = config_.fetch_timeout * 3 / 2;
    config.checks_quorum = config_.switches.check_quorum;
    config.checks_quorum_alone = !config_.switches.check_quorum_not_alone;
    config.commits_epoch_start = !config_.switches.commit_in_own_epoch;
    config.counts_itself_always = !config_.switches.leader_counts_if_voter;
    out.note("elected leader of epoch {} with {} of {} votes, its log ends at {}", epoch_.value,
             granting.size(), voters().size(), log_.end_offset().value);
    enter(env, LeaderState(config, log_.end_offset(), voters(), granting, env.now), epoch_, true,
          out);
    high_watermark_.reset();
    out.observe(QuorumLeaderElected{stated(), epoch_, log_.end_offset(), voters().keys(),
                                    config.check_quorum});
    LeaderChangeMessage change{self_.id, {}, granting};
    for (ReplicaKey const voter : voters().keys())
        change.voters.push_back(voter.id);
    std::vector<MetadataRecord> records{std::move(change)};
    // KIP-853: the voters that the directory was formatted with, or what is new about this one.
    std::optional<Offset> const said_at = history_.voters_offset();
    if (kraft_version() > 0 && (said_at == no_offset || voters().needs_update(self_as_voter()))) {
        std::optional<VoterSet> const updated = voters().updated(self_as_voter());
        records.push_back(KRaftVersionRecord{kraft_version()});
        records.push_back(VotersRecord{updated ? updated->list() : voters().list()});
    }
    append_control(env, std::move(records), out);
}

void RaftClient::to_resigned(Env const& env, std::string reason, Out& out)
{
    auto const& leading = std::get<LeaderState>(state_);
    Resigned resigned{env.now + election_timeout(env), leading.successors(), leading.successors()};
    out.note("resign from epoch {}: {}", epoch_.value, reason);
    out.observe(QuorumLeaderResigned{stated(), epoch_, std::move(reason), voters().size()});
    enter(env, std::move(resigned), epoch_, false, out);
    high_watermark_.reset();
}

void RaftClient::on_votes(Env const& env, Out& out)
{
    if (auto const* prospective = std::get_if<Prospective>(&state_)) {
        if (prospective->votes.granted())
            to_candidate(env, out);
    } else if (auto const* candidate = std::get_if<Candidate>(&state_))
        if (candidate->votes.granted())
            to_leader(env, out);
}

void RaftClient::lost_prospective(Env const& env, Out& out)
{
    auto const& prospective = std::get<Prospective>(state_);
    if (prospective.leader != no_broker && prospective.leader_node)
        to_follower(env, LeaderClaim{prospective.leader, epoch_, prospective.leader_node}, out);
    else
        to_unattached(env, epoch_, prospective.leader, out);
}

// -- Vote ----------------------------------------------------------------------------------------

bool RaftClient::can_grant(VoteRequest const& request) const
{
    bool const up_to_date = request.last >= log_.end();
    if (is_leader())
        return false;
    if (auto const* follower = std::get_if<Follower>(&state_)) {
        bool const follows =
            follower->has_fetched && config_.switches.pre_vote_refused_by_followers;
        return request.pre_vote && up_to_date && !follows;
    }
    if (std::holds_alternative<Candidate>(state_) || std::holds_alternative<Resigned>(state_))
        return request.pre_vote && up_to_date;
    // Unattached or Prospective.
    if (request.pre_vote)
        return up_to_date;
    if (std::optional<ReplicaKey> const vote = voted())
        return vote->id == request.candidate.id && (vote->directory == migrating_directory ||
                                                    vote->directory == request.candidate.directory);
    return leader() == no_broker && up_to_date;
}

VoteResponse RaftClient::on_vote(Env const& env, VoteRequest const& request, Out& out)
{
    auto const answer = [&](Error error, bool granted) {
        return VoteResponse{error, leader(), epoch_, leader_node(), granted};
    };
    if (!valid_cluster(request.cluster))
        return VoteResponse{.error = Error::inconsistent_cluster_id};
    bool const wrong_epochs = request.pre_vote ? request.last.epoch > request.candidate_epoch
                                               : request.last.epoch >= request.candidate_epoch;
    if (wrong_epochs || request.last.epoch < Epoch{0} || request.last.end_offset < Offset{0})
        return answer(Error::invalid_request, false);
    if (Error const error = validate_voter_only(request.candidate.id, request.candidate_epoch);
        error != Error::none) {
        out.note("{} from node {} in epoch {}: {}, this is epoch {}",
                 request.pre_vote ? "pre-vote request" : "vote request", request.candidate.id.value,
                 request.candidate_epoch.value, to_string(error), epoch_.value);
        return answer(error, false);
    }
    if (request.candidate_epoch > epoch_)
        to_unattached(env, request.candidate_epoch, no_broker, out);
    if (!valid_voter_key(request.voter)) {
        out.note("the candidate means another voter than this one: INVALID_VOTER_KEY");
        return answer(Error::invalid_voter_key, false);
    }
    bool const granted = can_grant(request);
    out.note("{} {} for node {} in epoch {}, its log {}@{} against ours {}@{}, {}",
             granted ? "grant" : "refuse", request.pre_vote ? "pre-vote" : "vote",
             request.candidate.id.value, request.candidate_epoch.value,
             request.last.end_offset.value, request.last.epoch.value, log_.end_offset().value,
             log_.last_epoch().value, to_string(state_));
    if (granted) {
        auto const* const follower = std::get_if<Follower>(&state_);
        out.observe(VoteGranted{stated(), epoch_,
                                ReplicaKey{request.candidate.id, config_.kraft_version > 0
                                                                     ? request.candidate.directory
                                                                     : migrating_directory},
                                request.pre_vote, follower != nullptr && follower->has_fetched});
    }
    if (granted && !request.pre_vote && !voted()) {
        if (auto* const prospective = std::get_if<Prospective>(&state_)) {
            prospective->voted = request.candidate;
            if (config_.switches.durable_vote)
                store(out);
        } else
            enter(env,
                  Unattached{leader(), request.candidate,
                             is_voter() ? env.now + election_timeout(env) : Instant::never()},
                  epoch_, config_.switches.durable_vote, out);
    }
    return answer(Error::none, granted);
}

std::optional<BrokerId> RaftClient::voter_at(NodeId node) const
{
    for (Voter const& voter : voters().list())
        if (voter.node == node)
            return voter.key.id;
    return std::nullopt;
}

bool RaftClient::on_vote_response(Env const& env, NodeId source, VoteResponse const& response,
                                  Out& out)
{
    if (response.leader_epoch == no_epoch)
        return false;
    LeaderClaim const claim{response.leader, response.leader_epoch, response.leader_node};
    if (std::optional<bool> const handled = common_response(env, response.error, claim, out))
        return *handled;
    if (response.error != Error::none)
        return false;
    std::optional<BrokerId> const voter = voter_at(source);
    if (!voter)
        return true;
    if (auto* const prospective = std::get_if<Prospective>(&state_)) {
        prospective->votes.record(*voter, response.vote_granted);
        if (prospective->votes.rejected()) {
            out.note("too many refuse their pre-votes");
            lost_prospective(env, out);
        } else
            on_votes(env, out);
    } else if (auto* const candidate = std::get_if<Candidate>(&state_)) {
        candidate->votes.record(*voter, response.vote_granted);
        bool const backs_off = !config_.switches.pre_vote || config_.version < KafkaVersion{4, 1};
        if (candidate->votes.granted())
            on_votes(env, out);
        else if (candidate->votes.rejected() && !candidate->backoff_until && backs_off) {
            Duration const backoff = loss_backoff(env, candidate->retries);
            out.note("too many refuse their votes, back off for {}", to_string(backoff));
            candidate->backoff_until = env.now + backoff;
        }
    }
    return true;
}

// binaryExponentialElectionBackoffMs
Duration RaftClient::loss_backoff(Env const& env, int retries) const
{
    std::uint64_t const range = std::uint64_t{2} << std::min(20, retries - 1);
    return std::min(backoff_base * static_cast<std::int64_t>(env.below(backoff_site, range)),
                    config_.election_backoff_max);
}

// strictExponentialElectionBackoffMs: the first at once, who is not named last.
Duration RaftClient::successor_backoff(std::vector<ReplicaKey> const& successors) const
{
    std::size_t position = 0;
    for (; position < successors.size(); ++position)
        if (successors[position].id == self_.id &&
            (successors[position].directory == migrating_directory ||
             successors[position].directory == self_.directory))
            break;
    if (position == 0)
        return {};  // Also when nobody is named.
    Duration const longest = config_.election_backoff_max;
    if (position >= successors.size())
        return longest;
    std::int64_t const base = longest.ms() >> (successors.size() - 1);
    return std::min(longest, (base << (position - 1)) * 1_ms);
}

// -- BeginQuorumEpoch, EndQuorumEpoch ------------------------------------------------------------

BeginQuorumEpochResponse RaftClient::on_begin(Env const& env,
                                              BeginQuorumEpochRequest const& request, Out& out)
{
    if (!valid_cluster(request.cluster))
        return {.error = Error::inconsistent_cluster_id};
    Error error = validate_voter_only(request.leader, request.leader_epoch);
    if (error == Error::none) {
        if (!maybe_transition(env, {request.leader, request.leader_epoch, request.leader_node},
                              out))
            return {.error = Error::unknown_server_error};
        if (!valid_voter_key(request.voter))
            error = Error::invalid_voter_key;
    }
    return {error, leader(), epoch_, leader_node()};
}

EndQuorumEpochResponse RaftClient::on_end(Env const& env, EndQuorumEpochRequest const& request,
                                          Out& out)
{
    if (!valid_cluster(request.cluster))
        return {.error = Error::inconsistent_cluster_id};
    Error const error = validate_voter_only(request.leader, request.leader_epoch);
    if (error == Error::none) {
        if (!maybe_transition(env, {request.leader, request.leader_epoch, request.leader_node},
                              out))
            return {.error = Error::unknown_server_error};
        auto* const follower = std::get_if<Follower>(&state_);
        if (follower != nullptr && follower->leader == request.leader) {
            Duration const wait = successor_backoff(request.preferred_candidates);
            out.note("leader {} steps down from epoch {}: wait {} for another",
                     request.leader.value, epoch_.value, to_string(wait));
            follower->fetch_deadline = env.now + wait;
        }
    }
    return {error, leader(), epoch_, leader_node()};
}

bool RaftClient::on_end_response(Env const& env, NodeId source,
                                 EndQuorumEpochResponse const& response, Out& out)
{
    if (response.leader_epoch == no_epoch)
        return false;
    LeaderClaim const claim{response.leader, response.leader_epoch, response.leader_node};
    if (std::optional<bool> const handled = common_response(env, response.error, claim, out))
        return *handled;
    if (response.error != Error::none)
        return false;
    if (auto* const resigned = std::get_if<Resigned>(&state_))
        if (std::optional<BrokerId> const voter = voter_at(source))
            std::erase_if(resigned->unacknowledged,
                          [&](ReplicaKey const& key) { return key.id == *voter; });
    return true;
}

// -- What every message says ---------------------------------------------------------------------

// False: it contradicts what is known here, which is fatal in Kafka too.
bool RaftClient::maybe_transition(Env const& env, LeaderClaim const& claim, Out& out)
{
    bool const names_leader = claim.leader != no_broker;
    bool const consistent =
        names_leader && claim.leader == self_.id
            ? is_leader() || claim.epoch < epoch_ || std::holds_alternative<Resigned>(state_)
            : claim.epoch != epoch_ || !names_leader || leader() == no_broker ||
                  claim.leader == leader();
    if (!consistent) {
        out.note("told that node {} leads epoch {}, but this node knows {} as leader of epoch {}: "
                 "halt",
                 claim.leader.value, claim.epoch.value, leader().value, epoch_.value);
        halt(out);
        return false;
    }
    bool const may_follow = names_leader && claim.leader != self_.id;
    if (claim.epoch > epoch_) {
        if (may_follow)
            to_follower(env, claim, out);
        else
            to_unattached(env, claim.epoch, no_broker, out);
    } else if (claim.epoch == epoch_ && may_follow &&
               (leader() == no_broker || std::holds_alternative<Prospective>(state_) ||
                (std::holds_alternative<Unattached>(state_) && claim.node)))
        to_follower(env, claim, out);
    return !halted_;
}

std::optional<bool> RaftClient::common_response(Env const& env, Error error, LeaderClaim claim,
                                                Out& out)
{
    // Unlike Kafka, which asks again at once: who was refused and learns nothing waits a moment.
    if (claim.epoch < epoch_ || error == Error::unknown_leader_epoch)
        return error == Error::none;
    if (claim.epoch > epoch_ || error == Error::fenced_leader_epoch ||
        error == Error::not_leader_or_follower) {
        std::size_t const before = state_.index();
        Epoch const epoch = epoch_;
        maybe_transition(env, claim, out);
        return state_.index() != before || epoch_ != epoch;
    }
    if (claim.leader != no_broker && claim.leader != self_.id && leader() == no_broker) {
        to_follower(env, claim, out);
        return error == Error::none ? std::nullopt : std::optional(true);
    }
    if (error == Error::broker_not_available)
        return false;
    if (error == Error::invalid_voter_key)
        return true;
    return std::nullopt;
}

bool RaftClient::valid_cluster(ClusterId cluster) const
{
    return cluster == any_cluster || config_.cluster == any_cluster || cluster == config_.cluster;
}

bool RaftClient::valid_voter_key(std::optional<ReplicaKey> key) const
{
    return !key || (key->id == self_.id &&
                    (key->directory == migrating_directory || key->directory == self_.directory));
}

Error RaftClient::validate_voter_only(BrokerId remote, Epoch epoch) const
{
    if (epoch < epoch_)
        return Error::fenced_leader_epoch;
    if (remote == no_broker)
        return Error::invalid_request;
    // Before KIP-853.
    if (!config_.switches.unknown_voters_accepted &&
        (!is_voter() || voters().find(remote) == nullptr))
        return Error::inconsistent_voter_set;
    return Error::none;
}

Error RaftClient::validate_leader_only(Epoch epoch) const
{
    if (epoch < epoch_)
        return Error::fenced_leader_epoch;
    if (epoch > epoch_)
        return Error::unknown_leader_epoch;
    if (!is_leader())
        return Error::not_leader_or_follower;
    return shutdown_deadline_ ? Error::broker_not_available : Error::none;
}

}  // namespace odradek::kafka
