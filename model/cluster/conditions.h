// Conditions of `when` and `sometimes`, as data: each keeps what it has seen so far.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "model/cluster/occurrence.h"
#include "model/scenario/scenario.h"
#include "sim/time.h"

namespace odradek::kafka {

// Answers a metric's value now; nothing when there is none yet.
using MetricSource = std::function<std::optional<std::int64_t>(MetricCondition const&)>;

class ConditionState {
public:
    // The condition must outlive the state.
    explicit ConditionState(Condition const& condition);

    // Takes note of something that happened.
    void see(Observation const& observation, Names const& names);
    void see(WorldEvent const& event);
    // Is it the case now? Metric conditions with `holds` need to be asked whenever something
    // changed.
    bool holds(sim::Instant now, MetricSource const& metrics);
    // When a metric condition that is the case will have held for long enough, if nothing changes.
    std::optional<sim::Instant> due() const;
    // True once each time the condition becomes the case; an event condition counts anew after
    // that.
    bool became_true(sim::Instant now, MetricSource const& metrics);
    bool uses_metrics() const { return uses_metrics_; }
    bool uses_events() const { return uses_events_; }

private:
    struct Leaf {
        EventCondition const* event{nullptr};
        MetricCondition const* metric{nullptr};
        std::int64_t seen{0};
        std::optional<sim::Instant> since;  // metric: the case without a break since then.
    };
    void collect(Condition const& condition);
    bool evaluate(Condition const& condition, std::size_t& leaf, sim::Instant now,
                  MetricSource const& metrics);

    Condition const* condition_;
    std::vector<Leaf> leaves_;  // In the order in which evaluate() meets them.
    bool was_true_{false};
    bool uses_metrics_{false};
    bool uses_events_{false};
};

}  // namespace odradek::kafka
