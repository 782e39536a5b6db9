// One metric bound of a scenario that has a window: what was measured between its beginning and its
// end. Latencies and counts are differences; what goes up and down is sampled. To look is no event.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/client/latency_histogram.h"
#include "model/scenario/scenario.h"
#include "sim/time.h"

namespace odradek::kafka {

class Measure {
public:
    // Between two looks at what goes up and down.
    static constexpr sim::Duration interval{100'000'000};

    // What there is to see at one moment: latencies so far, or a value; neither if nothing is there
    // yet.
    struct Reading {
        LatencyHistogram latency;
        std::optional<std::int64_t> value;
    };

    Measure(sim::Instant from, sim::Instant until, bool counts)
        : until_(until), counts_(counts), next_(from)
    {
    }

    // When it wants to be shown a reading; nothing: it has seen all.
    std::optional<sim::Instant> next() const { return next_; }
    void look(sim::Instant now, Reading reading);

    // Latencies that were measured inside the window.
    LatencyHistogram latency() const { return last_.latency.since(first_.latency); }
    // A statistic of the values: of a count, how much was added. Nothing if there was no value.
    std::optional<std::int64_t> value(Statistic statistic) const;

private:
    sim::Instant until_;
    bool counts_;
    std::optional<sim::Instant> next_;
    bool begun_{false};
    Reading first_;
    Reading last_;
    std::vector<std::int64_t> samples_;  // Of what goes up and down.
};

}  // namespace odradek::kafka
