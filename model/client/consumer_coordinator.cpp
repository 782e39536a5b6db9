#include "model/client/consumer_coordinator.h"

#include <algorithm>

#include "model/messages/any.h"

namespace odradek::kafka {

namespace {

constexpr sim::Site lookup_site("consumer.lookup-backoff");

NetworkClient::Config network_config(ConsumerConfig const& config)
{
    return {.channel = Channel::group_coordinator,
            .reconnect_backoff = config.reconnect_backoff,
            .reconnect_backoff_max = config.reconnect_backoff_max,
            .connection_setup_timeout = config.socket_connection_setup_timeout,
            .connection_setup_timeout_max = config.socket_connection_setup_timeout_max,
            .request_timeout = config.request_timeout,
            .max_in_flight = 100};
}

}  // namespace

ConsumerCoordinator::ConsumerCoordinator(ConsumerConfig config, Plan plan)
    : config_(std::move(config)), plan_(std::move(plan)), network_(network_config(config_))
{
}

void ConsumerCoordinator::start(Env const& env)
{
    GroupStatistics const so_far = statistics_;
    *this = ConsumerCoordinator(config_, plan_);
    statistics_ = so_far;
    last_poll_ = env.now;
    lookup_at_ = join_at_ = fetch_at_ = env.now;
    rejoin_why_ = "it is new";
}

bool ConsumerCoordinator::owns(Timer which)
{
    return which == timer(TimerKind::group_heartbeat) ||
           which == timer(TimerKind::network_client,
                          static_cast<std::uint32_t>(Channel::group_coordinator));
}

// -- The coordinator ----------------------------------------------------------------------------
// AbstractCoordinator.lookupCoordinator: any node knows.
void ConsumerCoordinator::look_up(Call const& at)
{
    if (coordinator_ || lookup_under_way_ || at.env.now < lookup_at_)
        return;
    std::optional<NodeId> const node = at.metadata.least_loaded(at.env, network_);
    if (!node || !network_.make_ready(at.env, *node, at.out))
        return;
    lookup_under_way_ = true;
    send(at, *node, FindCoordinatorRequest{CoordinatorType::group, plan_.group},
         {.kind = Kind::lookup});
}

void ConsumerCoordinator::on_coordinator(Call const& at, FindCoordinatorResponse const& response)
{
    lookup_under_way_ = false;
    if (response.error != Error::none) {
        at.out.detail("no coordinator of {} yet: {}", plan_.group, to_string(response.error));
        lookup_at_ =
            at.env.now + exponential_backoff(at.env, lookup_site, config_.retry_backoff,
                                             config_.retry_backoff_max, lookup_failures_++);
        return;
    }
    lookup_failures_ = 0;
    coordinator_ = response.node;
    heard_ = at.env.now;
    at.out.note("broker {} coordinates {}", response.coordinator.value, plan_.group);
}

void ConsumerCoordinator::mark_unknown(Call const& at, char const* why)
{
    if (!coordinator_)
        return;
    at.out.note("look for the coordinator of {} again: {}", plan_.group, why);
    NodeId const node = *coordinator_;
    coordinator_.reset();
    // What is under way there is given up (disconnectAsync).
    if (network_.open(node) && network_.in_flight(node) != 0)
        lost(at, network_.disconnect(at.env, node, at.out));
}

bool ConsumerCoordinator::ready(Call const& at)
{
    return coordinator_ && network_.make_ready(at.env, *coordinator_, at.out);
}

void ConsumerCoordinator::send(Call const& at, NodeId node, Message message, Request request,
                               Duration timeout)
{
    request.sent = generation_;
    requests_.emplace_back(next_cookie_, std::move(request));
    network_.send(at.env, node, std::move(message), next_cookie_++, at.out, timeout);
}

// -- Inputs -------------------------------------------------------------------------------------
void ConsumerCoordinator::on_connected(Env const& env, Peer peer, Out& out)
{
    network_.on_connected(env, peer, out);
}

void ConsumerCoordinator::on_disconnected(Call const& at, Peer peer, sim::DisconnectReason reason)
{
    network_.hand_over(at.env, peer, reason, at.out, [&](auto const& gone) { lost(at, gone); });
}

void ConsumerCoordinator::lost(Call const& at, NetworkClient::Lost const& gone)
{
    bool const coordinator = coordinator_ == gone.node;
    if (coordinator) {
        at.out.detail("the connection to the coordinator of {} is lost", plan_.group);
        coordinator_.reset();
    }
    for (NetworkClient::Request const& request : gone.requests) {
        auto const found = std::find_if(requests_.begin(), requests_.end(), [&](auto const& known) {
            return known.first == request.cookie;
        });
        if (found == requests_.end())
            continue;
        Request const mine = std::move(found->second);
        requests_.erase(found);
        failed(at, mine, Error::network_exception);
    }
    // A connection for a lookup that never opened.
    if (gone.requests.empty() && !coordinator)
        lookup_at_ = std::max(lookup_at_, at.env.now);
}

void ConsumerCoordinator::on_response(Call const& at, Peer peer, std::int32_t correlation,
                                      Message const& message)
{
    auto const request = network_.on_response(at.env, peer, correlation);
    if (!request)
        return;
    auto const found = std::find_if(requests_.begin(), requests_.end(), [&](auto const& known) {
        return known.first == request->cookie;
    });
    if (found == requests_.end())
        return;
    Request const mine = std::move(found->second);
    requests_.erase(found);
    answered(at, mine, message);
}

void ConsumerCoordinator::on_timer(Call const& at, Timer which)
{
    if (which == timer(TimerKind::group_heartbeat))
        armed_ = Instant::never();
    else
        network_.hand_over(at.env, which, at.out, [&](auto const& gone) { lost(at, gone); });
}

void ConsumerCoordinator::answered(Call const& at, Request const& request, Message const& message)
{
    switch (request.kind) {
    case Kind::lookup:
        return on_coordinator(at, std::get<FindCoordinatorResponse>(message));
    case Kind::join:
        return on_join(at, request, std::get<JoinGroupResponse>(message));
    case Kind::sync:
        return on_sync(at, request, std::get<SyncGroupResponse>(message));
    case Kind::heartbeat:
        return on_heartbeat(at, request, std::get<HeartbeatResponse>(message).error);
    case Kind::leave:
        leave_under_way_ = false;
        return;
    case Kind::commit:
        return on_commit(at, request, std::get<OffsetCommitResponse>(message));
    case Kind::fetch:
        return on_fetched(at, request, std::get<OffsetFetchResponse>(message));
    }
}

// It was never answered.
void ConsumerCoordinator::failed(Call const& at, Request const& request, Error error)
{
    switch (request.kind) {
    case Kind::lookup:
        lookup_under_way_ = false;
        lookup_at_ =
            at.env.now + exponential_backoff(at.env, lookup_site, config_.retry_backoff,
                                             config_.retry_backoff_max, lookup_failures_++);
        return;
    case Kind::join: {
        JoinGroupResponse response;
        response.error = error;
        return on_join(at, request, response);
    }
    case Kind::sync:
        return on_sync(at, request, SyncGroupResponse{error, {}});
    case Kind::heartbeat:
        heartbeat_under_way_ = false;
        heartbeat_at_ = at.env.now + config_.retry_backoff;
        return;
    case Kind::leave:
        leave_under_way_ = false;
        return;
    case Kind::commit:
        return commit_failed(at, request, error);
    case Kind::fetch:
        fetch_under_way_ = false;
        fetch_at_ = at.env.now + config_.retry_backoff;
        return;
    }
}

// -- The application's poll() -------------------------------------------------------------------
void ConsumerCoordinator::poll(Call const& at)
{
    last_poll_ = at.env.now;
    if (failed_ || closing_)
        return;
    look_up(at);
    if (joined_)
        complete_join(at);
    // The leader sees that topics have grown.
    if (leader_ && state_ == State::stable && !rejoin_needed_ && !counts_.empty() &&
        partition_counts(at.metadata, group_topics_) != counts_)
        request_rejoin(at, "the metadata has changed");
    bool const pending =
        state_ == State::preparing_rebalance || state_ == State::completing_rebalance;
    if (rejoin_needed_ && !pending && at.env.now >= join_at_ && coordinator_) {
        if (!prepared_ && !prepare_join(at))
            return;
        prepared_ = true;
        send_join(at);
    }
    maybe_auto_commit(at);
}

// -- The heartbeat thread -----------------------------------------------------------------------
void ConsumerCoordinator::beat(Call const& at)
{
    if (failed_)
        return;
    go_on_with_metadata(at);
    if (polling_)
        last_poll_ = at.env.now;
    bool const member =
        !closing_ && (state_ == State::stable || state_ == State::completing_rebalance);
    if (member) {
        if (!coordinator_)
            look_up(at);
        else if (at.env.now - heard_ >= config_.session_timeout)
            mark_unknown(at, "it was not heard of for a session");
        else if (!polling_ && at.env.now - last_poll_ >= config_.max_poll_interval)
            leave_group(at, "the application has not polled for max.poll.interval.ms");
        else if (!heartbeat_under_way_ && at.env.now >= heartbeat_at_)
            send_heartbeat(at);
    } else if (sync_ == SyncCommit::under_way) {
        look_up(at);
    }
    Instant next = Instant::never();
    // What is due already waits for a connection.
    auto const consider = [&](Instant when) {
        if (when > at.env.now)
            next = std::min(next, when);
    };
    if (member && coordinator_ && state_ != State::unjoined) {
        if (!heartbeat_under_way_)
            consider(heartbeat_at_);
        consider(heard_ + config_.session_timeout);
        if (!polling_)
            consider(last_poll_ + config_.max_poll_interval);
    }
    if (!coordinator_ && !lookup_under_way_)
        consider(lookup_at_);
    if (sync_ == SyncCommit::under_way)
        consider(sync_at_);
    arm(at, next);
}

void ConsumerCoordinator::go_on_with_commit(Call const& at)
{
    if (sync_ == SyncCommit::under_way && sync_at_ <= at.env.now)
        retry_sync(at);
}

void ConsumerCoordinator::arm(Call const& at, Instant when)
{
    if (when == armed_)
        return;
    armed_ = when;
    if (when == Instant::never())
        at.out.cancel(timer(TimerKind::group_heartbeat));
    else
        at.out.arm(timer(TimerKind::group_heartbeat), when - at.env.now);
}

Instant ConsumerCoordinator::wake_at(Instant now) const
{
    Instant next = Instant::never();
    // What is due already waits for something else: a connection, an answer.
    auto const consider = [&next, now](Instant when) {
        if (when > now)
            next = std::min(next, when);
    };
    consider(auto_commit_at_);
    consider(before_join_deadline_);
    if (rejoin_needed_)
        consider(join_at_);
    if (!coordinator_)
        consider(lookup_at_);
    if (!fetch_under_way_)
        consider(fetch_at_);
    return next;
}

void ConsumerCoordinator::send_heartbeat(Call const& at)
{
    if (!ready(at))
        return;
    heartbeat_under_way_ = true;
    heartbeat_at_ = at.env.now + config_.heartbeat_interval;
    ++statistics_.heartbeats;
    send(at, *coordinator_,
         HeartbeatRequest{plan_.group, generation_.id, generation_.member,
                          config_.group_instance_id},
         {.kind = Kind::heartbeat});
}

void ConsumerCoordinator::on_heartbeat(Call const& at, Request const& request, Error error)
{
    heartbeat_under_way_ = false;
    switch (error) {
    case Error::none:
        heard_ = at.env.now;
        return;
    case Error::coordinator_not_available:
    case Error::not_coordinator:
        return mark_unknown(at, "it is not the coordinator");
    case Error::rebalance_in_progress:
        heard_ = at.env.now;
        if (state_ == State::stable && !rejoin_needed_)
            request_rejoin(at, "the group is rebalancing");
        return;
    case Error::illegal_generation:
    case Error::unknown_member_id:
    case Error::fenced_instance_id:
        // KAFKA-9823: an answer to an earlier generation says nothing of this one.
        if (request.sent != generation_ && plan_.switches.stale_answers_ignored) {
            at.out.detail("an answer for generation {} comes late: {}", request.sent.id,
                          to_string(error));
            return;
        }
        if (error == Error::fenced_instance_id) {
            at.out.note("another process is {} now", config_.group_instance_id);
            failed_ = error;
            return;
        }
        return reset_generation(at, "the coordinator does not count on it any more",
                                error == Error::illegal_generation);
    default:
        heartbeat_at_ = at.env.now + config_.retry_backoff;
        return;
    }
}

// AbstractCoordinator.maybeLeaveGroup: static members do not leave.
void ConsumerCoordinator::leave_group(Call const& at, char const* why)
{
    if (config_.group_instance_id.empty() && !generation_.member.empty() && ready(at)) {
        at.out.note("{} leaves {}: {}", generation_.member, plan_.group, why);
        leave_under_way_ = true;
        send(at, *coordinator_,
             LeaveGroupRequest{plan_.group, generation_.member, config_.group_instance_id},
             {.kind = Kind::leave});
    }
    reset_generation(at, why, false);
}

bool ConsumerCoordinator::close(Call const& at, bool commit)
{
    if (closing_)
        return closed();
    bool const member = !generation_.reset();
    bool const rebalancing = state_ == State::preparing_rebalance ||
                             state_ == State::completing_rebalance || rejoin_needed_;
    if (commit && config_.enable_auto_commit && member && ready(at)) {
        std::vector<OffsetCommitPartition> offsets = at.consumer.consumed();
        if (!offsets.empty())
            send_commit(at,
                        {.kind = Kind::commit, .automatic = true, .offsets = std::move(offsets)});
    }
    if (!assigned_.empty())
        give_up(at, assigned_, member && !rebalancing);
    set_assigned(at, {});
    if (member && config_.leave_group_on_close)
        leave_group(at, "it is closed");
    closing_ = true;
    rejoin_needed_ = false;
    return closed();
}

void ConsumerCoordinator::close_connections(Out& out)
{
    network_.close_all(out);
    out.cancel(timer(TimerKind::group_heartbeat));
    out.cancel(
        timer(TimerKind::network_client, static_cast<std::uint32_t>(Channel::group_coordinator)));
}

}  // namespace odradek::kafka
