#include "sim/agenda.h"

#include "sim/ensure.h"

namespace odradek::sim {

char const* to_string(EventKind kind)
{
    switch (kind) {
    case EventKind::network:
        return "network";
    case EventKind::timer:
        return "timer";
    case EventKind::flushed:
        return "flushed";
    case EventKind::disk_error:
        return "disk error";
    case EventKind::process:
        return "process";
    case EventKind::fault:
        return "fault";
    case EventKind::tick:
        return "tick";
    }
    return "?";
}

std::uint64_t Agenda::schedule(Instant time, EventKind kind, std::uint8_t aux, NodeId node,
                               std::uint64_t payload)
{
    ENSURE(time >= now_, "nothing is scheduled in the past");
    Event event;
    event.time = time;
    event.node = node.value;
    event.kind = static_cast<std::uint8_t>(kind);
    event.aux = aux;
    event.payload = payload;
    return queue_.push(event, current_);
}

Event Agenda::take()
{
    Event const event = queue_.pop();
    now_ = event.time;
    current_ = event.seq;
    return event;
}

void Agenda::advance_to(Instant time)
{
    ENSURE(time >= now_, "time never goes back");
    ENSURE(time <= queue_.next_time(), "time never passes an event that has not happened");
    now_ = time;
    current_ = 0;
}

}  // namespace odradek::sim
