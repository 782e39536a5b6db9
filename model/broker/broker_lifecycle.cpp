#include "model/broker/broker_lifecycle.h"

#include <algorithm>

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr sim::Site incarnation_site("broker.incarnation");
constexpr sim::Site backoff_site("broker.heartbeat-backoff");

constexpr Timer registration_timeout = timer(TimerKind::broker_registration, 0);
constexpr Timer give_up = timer(TimerKind::broker_registration, 1);

// One request is tried for half a session, so that there is time for another one (KAFKA-14392).
Duration retry_timeout(BrokerLifecycle::Config const& config) { return config.session_timeout / 2; }

// ExponentialBackoff(100 ms, 2, session timeout, 0.02).
Duration resend_backoff(Env const& env, int failures, Duration longest)
{
    Duration term = std::min(Duration{100_ms}, longest);
    for (int i = 0; i < failures && term < longest; ++i)
        term = std::min(term * 2, longest);
    return std::min(env.between(backoff_site, term - term / 50, term + term / 50), longest);
}

}  // namespace

std::string to_string(BrokerLifecycle::State state)
{
    switch (state) {
    case BrokerLifecycle::State::not_running:
        return "NOT_RUNNING";
    case BrokerLifecycle::State::starting:
        return "STARTING";
    case BrokerLifecycle::State::recovery:
        return "RECOVERY";
    case BrokerLifecycle::State::running:
        return "RUNNING";
    case BrokerLifecycle::State::pending_controlled_shutdown:
        return "PENDING_CONTROLLED_SHUTDOWN";
    case BrokerLifecycle::State::shutting_down:
        return "SHUTTING_DOWN";
    }
    return "?";
}

BrokerLifecycle::BrokerLifecycle(Config config)
    : config_(std::move(config)), channel_(Channel::lifecycle, retry_timeout(config_))
{
}

void BrokerLifecycle::start(Env const& env, BrokerEpoch previous_broker_epoch, Out& out)
{
    state_ = State::starting;
    previous_broker_epoch_ = previous_broker_epoch;
    incarnation_ = env.below(incarnation_site, std::uint64_t{1} << 63);
    out.note("broker {} is STARTING and registers with the controller", config_.broker.value);
    out.arm(registration_timeout, config_.initial_registration_timeout);
    communicate(env, no_offset, out);
}

void BrokerLifecycle::set_controller(Env const& env, std::optional<NodeId> controller,
                                     Offset metadata_offset, Out& out)
{
    if (channel_.set_leader(controller))
        pump(env, metadata_offset, out);
}

void BrokerLifecycle::on_log_dir_failed(DirectoryId directory, std::uint32_t place, Out& out)
{
    auto const at = std::find_if(failed_dirs_.begin(), failed_dirs_.end(),
                                 [&](FailedDir const& one) { return directory < one.id; });
    failed_dirs_.insert(at, {directory, place, false, false});
    std::erase(log_dirs_, directory);
    out.arm(timer(TimerKind::log_dir_failure, place), config_.log_dir_failure_timeout);
    if (!registered_)
        return;
    if (asking_)
        next_is_immediate_ = true;
    else
        schedule({0}, out);
}

BrokerLifecycle::Progress BrokerLifecycle::on_log_dir_timeout(std::uint32_t place, Out& out)
{
    Progress progress;
    for (FailedDir const& failed : failed_dirs_)
        if (failed.place == place && !failed.told) {
            out.note("the controller could not be told of the failed log directory within {}: stop",
                     to_string(config_.log_dir_failure_timeout));
            progress.must_stop = true;
        }
    return progress;
}

void BrokerLifecycle::set_ready_to_unfence(Env const&, Out& out)
{
    ready_to_unfence_ = true;
    schedule({0}, out);
}

BrokerLifecycle::Progress BrokerLifecycle::begin_controlled_shutdown(Env const&, Out& out)
{
    Progress progress;
    if (state_ == State::running) {
        out.note("ask the controller for a controlled shutdown");
        state_ = State::pending_controlled_shutdown;
        schedule({0}, out);
    } else if (state_ != State::pending_controlled_shutdown) {
        out.note("no controlled shutdown in state {}", to_string(state_));
        state_ = State::shutting_down;
        progress.shutdown_granted = true;
    }
    return progress;
}

void BrokerLifecycle::schedule(Duration delay, Out& out)
{
    if (next_is_immediate_)
        delay = {0};
    next_is_immediate_ = false;
    out.arm(timer(TimerKind::broker_heartbeat), delay);
}

void BrokerLifecycle::schedule_after_failure(Env const& env, Out& out)
{
    Duration const delay = resend_backoff(env, failures_, config_.session_timeout);
    ++failures_;
    next_is_immediate_ = false;  // Never at once after a failure.
    schedule(delay, out);
}

void BrokerLifecycle::communicate(Env const& env, Offset metadata_offset, Out& out)
{
    if (state_ == State::shutting_down || state_ == State::not_running)
        return;
    if (asking_) {
        next_is_immediate_ = true;
        return;
    }
    asking_ = true;
    asked_at_ = env.now;
    pump(env, metadata_offset, out);
    arm_give_up(env, out);
}

// A request that is on its way gives up by its own timeout; one that has nobody to go to, by this.
void BrokerLifecycle::arm_give_up(Env const& env, Out& out)
{
    if (asking_ && !channel_.in_flight())
        out.arm(give_up, std::max(Duration{0}, asked_at_ + retry_timeout(config_) - env.now));
}

void BrokerLifecycle::pump(Env const& env, Offset metadata_offset, Out& out)
{
    if (!asking_ || channel_.in_flight() || state_ == State::shutting_down)
        return;
    if (env.now - asked_at_ >= retry_timeout(config_)) {
        out.note("the controller has not answered {} within {}",
                 registered_ ? "a heartbeat" : "the registration",
                 to_string(retry_timeout(config_)));
        asking_ = false;
        channel_.rest();
        schedule_after_failure(env, out);
        return;
    }
    if (!channel_.make_ready(env, out))
        return;
    if (registered_) {
        BrokerHeartbeatRequest request;
        request.broker = config_.broker;
        request.broker_epoch = broker_epoch_;
        request.current_metadata_offset = metadata_offset;
        request.want_fence = !ready_to_unfence_;
        request.want_shut_down = state_ == State::pending_controlled_shutdown;
        for (FailedDir& failed : failed_dirs_) {
            request.offline_log_dirs.push_back(failed.id);
            failed.sent = true;
        }
        channel_.send(env, request, out);
    } else {
        BrokerRegistrationRequest request;
        request.broker = config_.broker;
        request.incarnation = incarnation_;
        request.node = env.self;
        request.rack = config_.rack;
        request.previous_broker_epoch = previous_broker_epoch_;
        request.features = config_.features;
        request.log_dirs = log_dirs_;
        channel_.send(env, request, out);
    }
}

void BrokerLifecycle::on_connected(Env const& env, Peer peer, Offset metadata_offset, Out& out)
{
    channel_.on_connected(env, peer, out);
    pump(env, metadata_offset, out);
}

void BrokerLifecycle::on_disconnected(Env const& env, Peer peer, Offset metadata_offset, Out& out)
{
    bool const lost = channel_.on_disconnected(env, peer, out);
    pump(env, metadata_offset, out);
    if (lost)
        arm_give_up(env, out);
}

void BrokerLifecycle::on_timer(Env const& env, Timer which, Offset metadata_offset, Out& out)
{
    if (which == timer(TimerKind::broker_heartbeat))
        communicate(env, metadata_offset, out);
    else if (which == give_up)
        pump(env, metadata_offset, out);
    else if (which == registration_timeout) {
        if (broker_epoch_ != no_broker_epoch)
            return;
        out.note("not registered within {}: broker {} gives up",
                 to_string(config_.initial_registration_timeout), config_.broker.value);
        state_ = State::shutting_down;
        out.exit();
    } else if (which ==
               timer(TimerKind::network_client, static_cast<std::uint32_t>(Channel::lifecycle))) {
        bool const lost = channel_.on_timer(env, out);
        pump(env, metadata_offset, out);
        if (lost)
            arm_give_up(env, out);
    }
}

BrokerLifecycle::Progress BrokerLifecycle::on_response(Env const& env, Peer peer,
                                                       std::int32_t correlation,
                                                       Message const& message,
                                                       Offset metadata_offset, Out& out)
{
    ControllerChannel::Answer const kind =
        channel_.on_response(env, peer, correlation, message, out);
    if (kind == ControllerChannel::Answer::again) {
        pump(env, metadata_offset, out);
        arm_give_up(env, out);
    }
    if (kind != ControllerChannel::Answer::final)
        return {};
    asking_ = false;
    if (state_ == State::shutting_down)
        return {};
    if (auto const* registration = std::get_if<BrokerRegistrationResponse>(&message))
        return on_registered(env, *registration, out);
    if (auto const* heartbeat = std::get_if<BrokerHeartbeatResponse>(&message))
        return on_heartbeat(env, *heartbeat, out);
    schedule_after_failure(env, out);
    return {};
}

BrokerLifecycle::Progress
BrokerLifecycle::on_registered(Env const& env, BrokerRegistrationResponse const& response, Out& out)
{
    Progress progress;
    if (response.error != Error::none) {
        out.note("registration refused: {}", to_string(response.error));
        schedule_after_failure(env, out);
        return progress;
    }
    failures_ = 0;
    registered_ = true;
    broker_epoch_ = response.broker_epoch;
    out.cancel(registration_timeout);
    out.note("registered with broker epoch {}", broker_epoch_.value);
    schedule({0}, out);
    progress.registered = true;
    return progress;
}

BrokerLifecycle::Progress
BrokerLifecycle::on_heartbeat(Env const& env, BrokerHeartbeatResponse const& response, Out& out)
{
    Progress progress;
    if (response.error != Error::none) {
        out.note("heartbeat in broker epoch {} refused: {}", broker_epoch_.value,
                 to_string(response.error));
        if (response.error == Error::stale_broker_epoch && config_.registers_again) {
            out.note("somebody else has registered as broker {}: register again, as a new life",
                     config_.broker.value);
            registered_ = false;
            incarnation_ = env.below(incarnation_site, std::uint64_t{1} << 63);
        }
        schedule_after_failure(env, out);
        return progress;
    }
    failures_ = 0;
    for (FailedDir& failed : failed_dirs_)
        failed.told |= failed.sent;
    bool const was_fenced = fenced_;
    fenced_ = response.is_fenced;
    switch (state_) {
    case State::starting:
        if (response.is_caught_up) {
            out.note("caught up with the metadata log: STARTING -> RECOVERY");
            state_ = State::recovery;
            progress.caught_up = true;
        }
        // Soon, so that a broker with nothing to recover starts quickly.
        schedule(10_ms, out);
        break;
    case State::recovery:
        if (!response.is_fenced) {
            out.note("unfenced: RECOVERY -> RUNNING");
            state_ = State::running;
            progress.unfenced = true;
        }
        schedule(config_.heartbeat_interval, out);
        break;
    case State::running:
        if (was_fenced != fenced_)
            out.note("the controller has {} this broker", fenced_ ? "fenced" : "unfenced");
        schedule(config_.heartbeat_interval, out);
        break;
    case State::pending_controlled_shutdown:
        if (response.should_shut_down) {
            out.note(
                "the controller lets this broker go: PENDING_CONTROLLED_SHUTDOWN -> SHUTTING_DOWN");
            state_ = State::shutting_down;
            progress.shutdown_granted = true;
        } else
            // The first question after the request comes sooner: often all is moved by then.
            schedule(got_shutdown_response_ ? config_.heartbeat_interval : Duration{50_ms}, out);
        got_shutdown_response_ = true;
        break;
    case State::not_running:
    case State::shutting_down:
        break;
    }
    return progress;
}

}  // namespace odradek::kafka
