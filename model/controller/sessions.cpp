#include "model/controller/sessions.h"

#include <algorithm>
#include <limits>

namespace odradek::kafka {

std::string to_string(BrokerControlState state)
{
    switch (state) {
    case BrokerControlState::fenced:
        return "FENCED";
    case BrokerControlState::unfenced:
        return "UNFENCED";
    case BrokerControlState::controlled_shutdown:
        return "CONTROLLED_SHUTDOWN";
    case BrokerControlState::shutdown_now:
        return "SHUTDOWN_NOW";
    }
    return "?";
}

void Sessions::touch(BrokerId broker, BrokerEpoch epoch, bool fenced, Offset metadata_offset,
                     sim::Instant now)
{
    Session& session = sessions_[broker];
    session.broker_epoch = epoch;
    session.last_contact = now;
    session.metadata_offset = metadata_offset;
    session.fenced = fenced;
    if (fenced)
        session.controlled_shutdown_offset = no_offset;
}

void Sessions::fence(BrokerId broker)
{
    auto const at = sessions_.find(broker);
    if (at == sessions_.end())
        return;
    at->second.fenced = true;
    at->second.controlled_shutdown_offset = no_offset;
}

void Sessions::begin_controlled_shutdown(BrokerId broker, Offset offset)
{
    auto const at = sessions_.find(broker);
    if (at != sessions_.end() && !at->second.fenced &&
        at->second.controlled_shutdown_offset == no_offset)
        at->second.controlled_shutdown_offset = offset;
}

Sessions::Session const* Sessions::find(BrokerId broker) const
{
    auto const at = sessions_.find(broker);
    return at != sessions_.end() ? &at->second : nullptr;
}

bool Sessions::is_valid(BrokerId broker, sim::Instant now) const
{
    Session const* session = find(broker);
    return session != nullptr && !session->fenced && now < session->last_contact + timeout_;
}

std::vector<BrokerId> Sessions::all_stale(sim::Instant now) const
{
    std::vector<std::pair<sim::Instant, BrokerId>> found;
    for (auto const& [broker, session] : sessions_)
        if (!session.fenced && now >= session.last_contact + timeout_)
            found.emplace_back(session.last_contact, broker);
    std::sort(found.begin(), found.end());
    std::vector<BrokerId> brokers;
    for (auto const& [since, broker] : found)
        brokers.push_back(broker);
    return brokers;
}

sim::Instant Sessions::next_expiry() const
{
    sim::Instant next = sim::Instant::never();
    for (auto const& [broker, session] : sessions_)
        if (!session.fenced)
            next = std::min(next, session.last_contact + timeout_);
    return next;
}

Offset Sessions::lowest_active_offset() const
{
    Offset lowest{std::numeric_limits<std::int64_t>::max()};
    for (auto const& [broker, session] : sessions_)
        if (!session.fenced && session.controlled_shutdown_offset == no_offset)
            lowest = std::min(lowest, session.metadata_offset);
    return lowest;
}

BrokerControlState Sessions::state(BrokerId broker) const
{
    Session const* session = find(broker);
    if (session == nullptr || session->fenced)
        return BrokerControlState::fenced;
    return session->controlled_shutdown_offset != no_offset
               ? BrokerControlState::controlled_shutdown
               : BrokerControlState::unfenced;
}

BrokerControlState Sessions::next_state(BrokerHeartbeatRequest const& request, Offset caught_up,
                                        bool leads) const
{
    switch (state(request.broker)) {
    case BrokerControlState::fenced:
        if (request.want_shut_down)
            return BrokerControlState::shutdown_now;
        return !request.want_fence && request.current_metadata_offset >= caught_up
                   ? BrokerControlState::unfenced
                   : BrokerControlState::fenced;
    case BrokerControlState::unfenced:
        if (request.want_fence)
            return request.want_shut_down ? BrokerControlState::shutdown_now
                                          : BrokerControlState::fenced;
        if (request.want_shut_down)
            return leads ? BrokerControlState::controlled_shutdown
                         : BrokerControlState::shutdown_now;
        return BrokerControlState::unfenced;
    case BrokerControlState::controlled_shutdown:
        if (leads || find(request.broker)->controlled_shutdown_offset > lowest_active_offset())
            return BrokerControlState::controlled_shutdown;
        return BrokerControlState::shutdown_now;
    case BrokerControlState::shutdown_now:
        break;
    }
    return BrokerControlState::shutdown_now;
}

}  // namespace odradek::kafka
