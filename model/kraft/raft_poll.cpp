// What is due in each state: timeouts, and requests to send. Source: KafkaRaftClient.poll*.
#include "model/kraft/raft_client.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

void RaftClient::poll(Env const& env, Out& out)
{
    for (;;) {
        next_ = Instant::never();
        if (shutdown_deadline_ && shutdown_is_complete(env)) {
            shutdown_deadline_.reset();
            halted_ = true;  // Nothing is done any more; the owner ends the process.
            events_.push_back(RaftShutDown{});
            return;
        }
        std::size_t const before = state_.index();
        Epoch const epoch = epoch_;
        switch (before) {
        case 0:
            poll_unattached(env, out);
            break;
        case 1:
            poll_prospective(env, out);
            break;
        case 2:
            poll_candidate(env, out);
            break;
        case 3:
            poll_follower(env, out);
            break;
        case 4:
            poll_leader(env, out);
            break;
        default:
            poll_resigned(env, out);
            break;
        }
        if (halted_ || waits())
            return;
        if (state_.index() == before && epoch_ == epoch)
            break;
    }
    if (env.now >= clean_deadline_)
        clean(env, out);
    due(clean_deadline_);
    if (shutdown_deadline_)
        due(*shutdown_deadline_);
    if (bytes_since_snapshot_ != 0 && high_watermark_ && config_.snapshot_interval.ns > 0 &&
        !snapshot_due_)
        due(last_snapshot_ + config_.snapshot_interval);
}

bool RaftClient::shutdown_is_complete(Env const& env) const
{
    bool const other_leads = leader() != no_broker && leader() != self_.id;
    return env.now >= *shutdown_deadline_ || !is_voter() ||
           history_.voters().is_only_voter(self_) || other_leads;
}

void RaftClient::poll_unattached(Env const& env, Out& out)
{
    auto const& unattached = std::get<Unattached>(state_);
    if (!is_voter()) {
        fetch_from_anyone(env, out);
        return;
    }
    if (shutdown_deadline_)
        return;
    if (env.now >= unattached.election_deadline) {
        out.note("election timeout in epoch {}, nobody is known to lead it", epoch_.value);
        stand(env, out);
        return;
    }
    due(unattached.election_deadline);
    // KIP-996: it might learn of a leader by asking around.
    if (config_.switches.pre_vote)
        fetch_from_anyone(env, out);
}

void RaftClient::poll_prospective(Env const& env, Out& out)
{
    auto const& prospective = std::get<Prospective>(state_);
    if (!shutdown_deadline_) {
        if (env.now >= prospective.election_deadline) {
            out.note("no majority would elect this node within the election timeout");
            lost_prospective(env, out);
            return;
        }
        due(prospective.election_deadline);
    }
    send_votes(env, prospective.votes, true, out);
}

void RaftClient::poll_candidate(Env const& env, Out& out)
{
    auto& candidate = std::get<Candidate>(state_);
    if (shutdown_deadline_) {
        send_votes(env, candidate.votes, false, out);
        return;
    }
    // KAFKA-18345: with pre-votes there is no need for a backoff.
    bool const backs_off = !config_.switches.pre_vote || config_.version < KafkaVersion{4, 1};
    if (candidate.backoff_until) {
        if (env.now < *candidate.backoff_until) {
            due(*candidate.backoff_until);
            return;
        }
        stand(env, out);
    } else if (env.now >= candidate.election_deadline) {
        if (backs_off) {
            Duration const backoff = loss_backoff(env, candidate.retries);
            out.note("not elected in epoch {} within the election timeout, back off for {}",
                     epoch_.value, to_string(backoff));
            candidate.backoff_until = env.now + backoff;
            due(*candidate.backoff_until);
            if (backoff.ns == 0)
                stand(env, out);
        } else {
            out.note("not elected in epoch {} within the election timeout", epoch_.value);
            stand(env, out);
        }
    } else {
        due(candidate.election_deadline);
        send_votes(env, candidate.votes, false, out);
    }
}

void RaftClient::send_votes(Env const& env, Votes const& votes, bool pre_vote, Out& out)
{
    if (votes.rejected())
        return;
    for (ReplicaKey const voter : votes.unrecorded()) {
        Voter const* const known = history_.voters().find(voter.id);
        if (known == nullptr)
            continue;
        if (!requests_.ready(env, known->node)) {
            due(requests_.ready_at(env, known->node));
            continue;
        }
        VoteRequest request;
        request.cluster = config_.cluster;
        request.voter = voter;
        request.candidate = self_;
        request.candidate_epoch = epoch_;
        request.last = log_.end();
        request.pre_vote = pre_vote;
        requests_.send(env, known->node, std::move(request), out);
        due(requests_.ready_at(env, known->node));
    }
}

void RaftClient::poll_follower(Env const& env, Out& out)
{
    auto& follower = std::get<Follower>(state_);
    if (is_voter()) {
        if (shutdown_deadline_)
            return;
        if (env.now >= follower.fetch_deadline) {
            out.note("no fetch from leader {} has succeeded within the timeout",
                     follower.leader.value);
            stand(env, out);
            return;
        }
        due(follower.fetch_deadline);
        bool const update_is_due = env.now >= follower.update_voter_deadline;
        if (update_is_due) {
            follower.update_voter_deadline = env.now + 3 * config_.fetch_timeout;
            if (kraft_version() > 0 && voters().needs_update(self_as_voter()) &&
                requests_.ready(env, follower.leader_node)) {
                out.note("tell the leader where this voter listens and what it can do");
                requests_.send(env, follower.leader_node,
                               UpdateRaftVoterRequest{config_.cluster, epoch_, self_as_voter()},
                               out);
                due(requests_.ready_at(env, follower.leader_node));
                return;
            }
        }
        if (kraft_version() > 0)
            due(follower.update_voter_deadline);
        follow(env, follower, out);
        return;
    }
    if (env.now >= follower.fetch_deadline) {
        fetch_from_anyone(env, out);
        return;
    }
    due(follower.fetch_deadline);
    if (requests_.timed_out(env, follower.leader_node)) {
        requests_.reset(follower.leader_node);
        fetch_from_anyone(env, out);
    } else if (requests_.backing_off(env, follower.leader_node))
        fetch_from_anyone(env, out);
    else if (!requests_.any_in_flight(env))
        follow(env, follower, out);
    else
        due(requests_.any_ready_at(env, bootstrap_servers()));
}

void RaftClient::fetch_from(Env const& env, NodeId node, Out& out)
{
    if (requests_.ready(env, node))
        requests_.send(env, node, fetch_request(), out);
    due(requests_.ready_at(env, node));
}

void RaftClient::fetch_from_anyone(Env const& env, Out& out)
{
    std::vector<NodeId> const& servers = bootstrap_servers();
    if (std::optional<NodeId> const node = requests_.find_ready(env, servers))
        requests_.send(env, *node, fetch_request(), out);
    due(requests_.any_ready_at(env, servers));
}

// Without this node itself.
std::vector<NodeId> const& RaftClient::bootstrap_servers()
{
    bootstrap_nodes_.clear();
    auto const add = [&](NodeId node) {
        if (node != node_)
            bootstrap_nodes_.push_back(node);
    };
    for (NodeId const node : config_.bootstrap_servers)
        add(node);
    if (config_.bootstrap_servers.empty())
        for (Voter const& voter : config_.voters.empty() ? voters().list() : config_.voters)
            add(voter.node);
    return bootstrap_nodes_;
}

void RaftClient::poll_leader(Env const& env, Out& out)
{
    auto& leader = std::get<LeaderState>(state_);
    if (shutdown_deadline_) {
        to_resigned(env, "shutting down", out);
        return;
    }
    if (!leader.resign_reason.empty()) {
        to_resigned(env, leader.resign_reason, out);
        return;
    }
    if (env.now >= leader.check_quorum_deadline()) {
        to_resigned(env, "no majority has fetched within 1.5 times the fetch timeout", out);
        return;
    }
    due(leader.check_quorum_deadline());
    if (leader.add && env.now >= leader.add->deadline) {
        out.reply(leader.add->request, AddRaftVoterResponse{Error::request_timed_out, {}});
        leader.add.reset();
    }
    if (leader.remove && env.now >= leader.remove->deadline) {
        out.reply(leader.remove->request, RemoveRaftVoterResponse{Error::request_timed_out, {}});
        leader.remove.reset();
    }
    if (leader.add)
        due(leader.add->deadline);
    if (leader.remove)
        due(leader.remove->deadline);
    if (env.now >= late_flush_) {
        late_flush_ = Instant::never();
        wait_for(log_.active_file(), out);
        return;
    }
    due(late_flush_);
    if (env.now >= leader.begin_quorum_deadline)
        send_begin_quorum(env, leader, out);
    if (voters().size() > 1 || !is_voter())
        due(leader.begin_quorum_deadline);
    if (answer_parked_ || (!parked_.empty() && env.now >= parked_.front().deadline))
        answer_parked(env, out);
    if (!parked_.empty())
        due(parked_.front().deadline);
    if (appended_.empty())
        return;
    // As in Kafka's loop, an input is taken between two writes: a slow disk starves nobody.
    if (env.now >= append_deadline_ && (inbox_.empty() || !wrote_last_)) {
        wrote_last_ = true;
        write_appended(env, out);  // Goes on when it is on disk.
    } else
        due(append_deadline_);
}

void RaftClient::send_begin_quorum(Env const& env, LeaderState& leader, Out& out)
{
    for (Voter const& voter : voters().list()) {
        if (voter.key.id == self_.id || !requests_.ready(env, voter.node))
            continue;
        BeginQuorumEpochRequest request;
        request.cluster = config_.cluster;
        request.voter = voter.key;
        request.leader = self_.id;
        request.leader_epoch = epoch_;
        request.leader_node = node_;
        requests_.send(env, voter.node, std::move(request), out);
    }
    leader.begin_quorum_deadline = env.now + config_.fetch_timeout / 2;
}

void RaftClient::poll_resigned(Env const& env, Out& out)
{
    auto& resigned = std::get<Resigned>(state_);
    for (ReplicaKey const voter : resigned.unacknowledged) {
        Voter const* const known = voters().find(voter.id);
        if (known == nullptr)
            continue;
        if (requests_.ready(env, known->node)) {
            EndQuorumEpochRequest request;
            request.cluster = config_.cluster;
            request.leader = self_.id;
            request.leader_epoch = epoch_;
            request.leader_node = node_;
            request.preferred_candidates = resigned.preferred_successors;
            requests_.send(env, known->node, std::move(request), out);
        }
        due(requests_.ready_at(env, known->node));
    }
    if (shutdown_deadline_)
        return;
    if (env.now < resigned.election_deadline) {
        due(resigned.election_deadline);
        return;
    }
    if (config_.switches.pre_vote || !is_voter())
        to_unattached(env, epoch_.next(), no_broker, out);
    else
        to_candidate(env, out);
}

}  // namespace odradek::kafka
