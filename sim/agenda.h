// What happens next. The world's parts put events here; the engine takes them out in order and says
// which event is being handled, so that everything scheduled meanwhile knows its cause.
#pragma once

#include <cstdint>

#include "sim/id.h"
#include "sim/queue.h"
#include "sim/time.h"

namespace odradek::sim {

// What an event is about; decides which part of the world handles it.
enum class EventKind : std::uint8_t {
    network,     // payload and aux: see sim/network.h
    timer,       // payload: the timer's slot and the generation of its arming
    flushed,     // payload: the process's incarnation and the file whose flush is complete
    disk_error,  // payload: as of flushed; aux: the error
    process,     // payload: the process's incarnation; aux: what is due (start, shutdown, backlog)
    fault,       // a step of the fault timeline begins or ends
    tick,        // something the owner of the engine asked for (samples, checkpoints)
};
char const* to_string(EventKind kind);

class Agenda {
public:
    // Schedules an event at `time`, never before now; its cause is the event being handled.
    // Returns the event's number.
    std::uint64_t schedule(Instant time, EventKind kind, std::uint8_t aux, NodeId node,
                           std::uint64_t payload);

    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    Instant next_time() const { return queue_.next_time(); }

    // Takes the next event: time moves to it and it becomes the cause of what follows.
    Event take();

    // World time: the time of the event being handled.
    Instant now() const { return now_; }
    // Moves time forward to `time` without an event (the end of a run). Never past the next event.
    // What is scheduled then comes from outside: it has no cause.
    void advance_to(Instant time);
    // Number of the event being handled, 0 before the first.
    std::uint64_t current() const { return current_; }

private:
    Queue queue_;
    Instant now_;
    std::uint64_t current_{0};
};

}  // namespace odradek::sim
