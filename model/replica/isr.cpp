#include "model/replica/isr.h"

#include <algorithm>

namespace odradek::kafka {

// Who reached the end that the leader had at the previous fetch was caught up at that time, even if
// the leader has gone on since: so a follower that is always one round behind stays in sync.
void RemoteReplica::on_fetch(Offset fetch_offset, Offset follower_log_start, Offset leader_log_end,
                             sim::Instant now, BrokerEpoch epoch)
{
    if (fetch_offset >= leader_log_end)
        last_caught_up = std::max(last_caught_up, now);
    else if (fetch_offset >= leader_log_end_at_last_fetch)
        last_caught_up = std::max(last_caught_up, last_fetch);
    log_end = fetch_offset;
    log_start = follower_log_start;
    leader_log_end_at_last_fetch = std::max(leader_log_end_at_last_fetch, leader_log_end);
    last_fetch = now;
    broker_epoch = epoch;
    credited_by = nobody;
}

void RemoteReplica::on_idle_fetches(sim::Instant last)
{
    last_caught_up = std::max(last_caught_up, last);
    last_fetch = std::max(last_fetch, last);
    leader_log_end_at_last_fetch = std::max(leader_log_end_at_last_fetch, log_end);
}

bool is_caught_up(RemoteReplica const& replica, Offset leader_log_end, sim::Instant now,
                  sim::Duration lag_max)
{
    return replica.log_end == leader_log_end || now - replica.last_caught_up <= lag_max;
}

char const* to_string(Ineligible reason)
{
    switch (reason) {
    case Ineligible::none:
        return "eligible";
    case Ineligible::not_registered:
        return "not registered";
    case Ineligible::fenced:
        return "fenced";
    case Ineligible::shutting_down:
        return "in controlled shutdown";
    case Ineligible::never_fetched:
        return "has not fetched in this epoch";
    case Ineligible::other_life:
        return "fetched in another broker epoch than the registered one";
    }
    return "?";
}

Ineligible isr_ineligibility(RemoteReplica const& replica, BrokerEntry const* registered)
{
    if (registered == nullptr)
        return Ineligible::not_registered;
    if (registered->fenced)
        return Ineligible::fenced;
    if (registered->in_controlled_shutdown)
        return Ineligible::shutting_down;
    if (replica.broker_epoch == unheard_broker_epoch)
        return Ineligible::never_fetched;
    if (replica.broker_epoch != no_broker_epoch && replica.broker_epoch != registered->broker_epoch)
        return Ineligible::other_life;
    return Ineligible::none;
}

AfterRefusal after_refusal(Error error)
{
    switch (error) {
    case Error::operation_not_attempted:
    case Error::ineligible_replica:
        return AfterRefusal::revert;
    case Error::unknown_topic_or_partition:
    case Error::unknown_topic_id:
    case Error::fenced_leader_epoch:
    case Error::invalid_update_version:
    case Error::invalid_request:
    case Error::new_leader_elected:
        return AfterRefusal::stay_pending;
    default:
        return AfterRefusal::resend;
    }
}

}  // namespace odradek::kafka
