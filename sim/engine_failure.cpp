#include "sim/engine_failure.h"

#include <algorithm>

#include <fmt/format.h>

#include "sim/agenda.h"

namespace odradek::sim {

namespace {

std::string line_of(Event const& event, std::vector<std::string> const& nodes)
{
    auto const kind = static_cast<EventKind>(event.kind);
    bool const is_of_world = kind == EventKind::fault || kind == EventKind::tick;
    std::string const whose = is_of_world                 ? "world"
                              : event.node < nodes.size() ? nodes[event.node]
                                                          : fmt::format("process {}", event.node);
    return fmt::format("{:>14}  event {:<10} {:<14} {} {}, {:#x}\n", to_string(event.time),
                       event.seq, whose, to_string(kind), event.aux, event.payload);
}

}  // namespace

std::vector<Event> RecentEvents::list() const
{
    std::vector<Event> events;
    std::uint64_t const first = count_ > kept ? count_ - kept : 0;
    for (std::uint64_t i = first; i < count_; ++i)
        events.push_back(ring_[i % kept]);
    return events;
}

EngineFailure::EngineFailure(BrokenLaw const& law, std::uint64_t seed, Instant time,
                             std::vector<Event> recent, std::vector<std::string> const& nodes)
    : law_(law), seed_(seed), time_(time), recent_(std::move(recent))
{
    text_ = fmt::format("{}\nseed {}, at {}; the last events:\n", to_string(law_), seed_,
                        to_string(time_));
    for (Event const& event : recent_)
        text_ += line_of(event, nodes);
    text_.pop_back();
}

}  // namespace odradek::sim
