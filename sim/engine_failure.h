// A law of our own code that broke while the engine was at work, with all that is needed to look at
// it: the seed, the moment, the event being handled and the ones before it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "sim/ensure.h"
#include "sim/event.h"
#include "sim/time.h"

namespace odradek::sim {

// The last events handled, the oldest first. A ring: keeping one costs a copy of 32 bytes.
class RecentEvents {
public:
    static constexpr std::size_t kept = 16;

    void add(Event const& event) { ring_[count_++ % kept] = event; }
    std::vector<Event> list() const;

private:
    std::array<Event, kept> ring_{};
    std::uint64_t count_{0};
};

// The world that threw this is half way through an event: it may be looked at, not run on.
class EngineFailure : public std::exception {
public:
    // `nodes`: the names of the processes, by number.
    EngineFailure(BrokenLaw const& law, std::uint64_t seed, Instant time, std::vector<Event> recent,
                  std::vector<std::string> const& nodes);

    BrokenLaw const& law() const { return law_; }
    std::uint64_t seed() const { return seed_; }
    Instant time() const { return time_; }
    // The last one is the event during which it happened.
    std::vector<Event> const& recent() const { return recent_; }
    // Several lines, the first of which says which law broke where.
    char const* what() const noexcept override { return text_.c_str(); }

private:
    BrokenLaw law_;
    std::uint64_t seed_;
    Instant time_;
    std::vector<Event> recent_;
    std::string text_;
};

}  // namespace odradek::sim
