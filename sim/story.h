// The story: the run in words. One line for an input that somebody had something to say about, and
// below it what was decided and why.
//
//       9.530412 s  broker-2      FetchResponse from broker-1
//                                 -> truncate orders-0 from 214 to 210: epoch 0 ends there at the
//                                 leader
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.h"

namespace odradek::sim {

// What a listener is told of one event.
struct StoryEvent {
    std::uint64_t number{0};  // The event's.
    std::uint64_t cause{0};   // Of the event whose handling scheduled it; 0: from outside.
    Instant time;
    std::string node;  // Empty: the world itself (a fault, the end of a run).
    std::string what;
    std::vector<std::string> notes;
};

// The lines of one event, each ended; nothing when there are no notes.
std::string story_lines(StoryEvent const& event);

}  // namespace odradek::sim
