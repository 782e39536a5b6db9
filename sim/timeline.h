// When things are done to the world: steps with a trigger (at a moment, every so often, when a
// condition becomes true, after another step) and, if they last, an end at which they are undone.
// What a step does is its owner's business: the timeline only says which step is due, and which
// time of it.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "sim/agenda.h"
#include "sim/chance.h"
#include "sim/distribution.h"
#include "sim/time.h"

namespace odradek::sim {

struct TimelineStep {
    struct At {
        Instant at;
    };
    // First at `from`, or one gap after it when `gap_first`; then after each gap; not at or after
    // `until`.
    struct Every {
        Distribution gap;
        Instant from;
        Instant until{Instant::never()};
        std::uint64_t count_max{UINT64_MAX};
        bool gap_first{false};
    };
    // When the owner says that its condition has become true; `count_max` times at most.
    struct When {
        std::uint64_t count_max{1};
    };
    // Once each time another step has ended (its `lasts` is over, or it had none), plus the delay.
    struct After {
        std::uint32_t step{0};
        Distribution delay;
    };
    std::variant<At, Every, When, After> trigger;
    std::optional<Distribution> lasts;
};

class Timeline {
public:
    // What is due: the `occurrence`-th time (from 1) of a step, or its end.
    struct Due {
        std::uint32_t step{0};
        std::uint32_t occurrence{0};
        bool undo{false};

        bool operator==(Due const&) const = default;
    };

    // Step i of `steps` is step i of everything below.
    explicit Timeline(std::vector<TimelineStep> steps = {});

    // Schedules what has a time of its own. Once, at the start of the run.
    void begin(Agenda&, Chance&);
    // An event of kind `fault` that came from here: what is due, if anything still is.
    std::optional<Due> on_event(Agenda&, Chance&, Event const&);
    // The condition of a `when` step has become true: the step is due now, if it still waits.
    void condition_met(Agenda&, std::uint32_t step);
    bool waits_for_condition(std::uint32_t step) const;
    // The owner did not carry out what was due (over a budget): nothing is to be undone, the step
    // counts as ended.
    void skipped(Agenda&, Chance&, Due due);
    // No step begins any more, not even one already scheduled; what is still under way is due to be
    // undone now, in the order begun.
    std::vector<Due> close();
    std::vector<Due> const& under_way() const { return under_way_; }

private:
    struct State {
        TimelineStep step;
        std::uint64_t begun{0};  // Times scheduled to begin; the last one's occurrence.
    };
    void schedule_begin(Agenda&, Instant at, std::uint32_t step);
    void schedule(Agenda&, Instant at, Due due);
    void schedule_next(Agenda&, Chance&, std::uint32_t step, Instant after);
    void ended(Agenda&, Chance&, std::uint32_t step);

    std::vector<State> steps_;
    std::vector<Due> under_way_;
    bool closed_{false};
};

}  // namespace odradek::sim
