// What the controller does by itself: sessions that run out, no-ops, elections that became
// possible.
#include <algorithm>

#include "model/controller/controller.h"
#include "model/controller/elections.h"

namespace odradek::kafka {

using namespace sim::literals;

Timer const Controller::bootstrap_timer = timer(TimerKind::metadata_idle, 1);

bool Controller::owns(Timer which)
{
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::session_expiry:
    case TimerKind::metadata_idle:
    case TimerKind::unclean_election:
    case TimerKind::preferred_election:
        return true;
    default:
        return false;
    }
}

void Controller::on_timer(Env const& env, Timer which, Out& out)
{
    if (!active_)
        return;
    switch (static_cast<TimerKind>(which.kind)) {
    case TimerKind::session_expiry:
        return on_session_check(env, out);
    case TimerKind::metadata_idle:
        if (which == bootstrap_timer)
            return bootstrap(env, out);
        append(env, {NoOpRecord{}}, out);
        return arm_no_op(out);
    case TimerKind::unclean_election:
        return on_unclean_elections(env, out);
    case TimerKind::preferred_election:
        return on_preferred_elections(env, out);
    default:
        return;
    }
}

// A standby decides nothing by itself.
void Controller::cancel_timers(Out& out)
{
    for (TimerKind const kind : {TimerKind::session_expiry, TimerKind::metadata_idle,
                                 TimerKind::unclean_election, TimerKind::preferred_election})
        out.cancel(timer(kind));
    out.cancel(bootstrap_timer);
    session_timer_armed_ = false;
    unclean_armed_ = false;
}

// The timer may come before anybody's session is over (heartbeats came meanwhile), never after the
// check that Kafka would make: since 4.0 every eighth of the session timeout, before that exactly
// in time.
void Controller::arm_session_check(Env const& env, Out& out)
{
    if (session_timer_armed_)
        return;
    Instant due = sessions_.next_expiry();
    if (due == Instant::never())
        return;
    if (version_ >= KafkaVersion{4, 0}) {
        Duration const period = std::max(1_ms, config_.broker_session_timeout / 8);
        std::int64_t const checks = (due - active_since_ + period - 1_ns) / period;
        due = active_since_ + period * checks;
    }
    session_timer_armed_ = true;
    out.arm(timer(TimerKind::session_expiry), due - env.now);
}

// The first controller of a cluster writes down what it begins with. Unlike Kafka, a moment after
// it took over: by then the records of the quorum itself are behind it.
void Controller::bootstrap(Env const& env, Out& out)
{
    if (image_.features().empty())
        append(env, bootstrap_records(view(), options_.features, out), out);
}

// One broker at a time: the next one is decided on what this one left behind (KAFKA-13173).
void Controller::on_session_check(Env const& env, Out& out)
{
    session_timer_armed_ = false;
    std::vector<BrokerId> silent = sessions_.all_stale(env.now);
    if (switches_.one_broker_fenced_per_event && silent.size() > 1)
        silent.resize(1);
    std::vector<MetadataRecord> records;
    for (BrokerId const broker : silent) {
        out.note("fence broker {}: silent for {}, its session is {}", broker.value,
                 to_string(env.now - sessions_.find(broker)->last_contact),
                 to_string(config_.broker_session_timeout));
        fence_broker(view(), broker, records, out);
        sessions_.fence(broker);
    }
    if (!records.empty())
        append(env, std::move(records), out);
    arm_session_check(env, out);
}

void Controller::arm_no_op(Out& out)
{
    if (config_.metadata_max_idle_interval.ns > 0)
        out.arm(timer(TimerKind::metadata_idle), config_.metadata_max_idle_interval);
}

// Since 4.0 a topic that comes to allow unclean elections is noticed by looking from time to time.
void Controller::arm_elections(Out& out)
{
    if (version_ < KafkaVersion{4, 0} || unclean_armed_ || image_.leaderless().empty())
        return;
    unclean_armed_ = true;
    out.arm(timer(TimerKind::unclean_election), options_.unclean_election_interval);
}

void Controller::on_unclean_elections(Env const& env, Out& out)
{
    unclean_armed_ = false;
    std::vector<MetadataRecord> records =
        elect_unclean_leaders(view(), options_.elections_max, out);
    bool const more = static_cast<int>(records.size()) >= options_.elections_max;
    if (!records.empty())
        append(env, std::move(records), out);
    if (more) {
        unclean_armed_ = true;
        out.arm(timer(TimerKind::unclean_election), {0});
    } else
        arm_elections(out);
}

void Controller::on_preferred_elections(Env const& env, Out& out)
{
    std::vector<MetadataRecord> records =
        elect_preferred_leaders(view(), options_.elections_max, out);
    bool const more = static_cast<int>(records.size()) >= options_.elections_max;
    if (!records.empty())
        append(env, std::move(records), out);
    out.arm(timer(TimerKind::preferred_election),
            more ? Duration{0} : options_.leader_imbalance_check_interval);
}

}  // namespace odradek::kafka
