#include "sim/timeline.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace odradek::sim {
namespace {

using namespace literals;

Instant at(Duration time) { return Instant{} + time; }

// A timeline with its agenda; what is due is written down as "step.occurrence+ at ms", "-" if
// undone.
struct Line {
    Agenda agenda;
    Chance chance{1};
    Timeline timeline;
    std::vector<std::string> log;

    explicit Line(std::vector<TimelineStep> steps) : timeline(std::move(steps))
    {
        timeline.begin(agenda, chance);
    }
    void until(Duration time)
    {
        while (!agenda.empty() && agenda.next_time() <= at(time))
            if (auto const due = timeline.on_event(agenda, chance, agenda.take()))
                write(*due);
        agenda.advance_to(at(time));
    }
    void write(Timeline::Due due)
    {
        log.push_back(std::to_string(due.step) + "." + std::to_string(due.occurrence) +
                      (due.undo ? "- " : "+ ") + std::to_string(agenda.now().ms()));
    }
    std::vector<std::string> taken() { return std::exchange(log, {}); }
};
using Log = std::vector<std::string>;

TimelineStep step(decltype(TimelineStep::trigger) trigger)
{
    return {.trigger = std::move(trigger), .lasts = {}};
}
TimelineStep lasting(decltype(TimelineStep::trigger) trigger, Distribution lasts)
{
    return {.trigger = std::move(trigger), .lasts = std::move(lasts)};
}

TEST_CASE("a step at a moment is due then, and undone when it has lasted")
{
    Line line({step(TimelineStep::At{at(20_ms)}), lasting(TimelineStep::At{at(10_ms)}, 15_ms)});
    line.until(24_ms);
    CHECK(line.taken() == Log{"1.1+ 10", "0.1+ 20"});
    CHECK(line.timeline.under_way() == std::vector<Timeline::Due>{{1, 1, false}});
    line.until(1_s);
    CHECK(line.taken() == Log{"1.1- 25"});
    CHECK(line.timeline.under_way().empty());
}

TEST_CASE("steps of one moment are due in their order")
{
    Line line({step(TimelineStep::At{at(5_ms)}), step(TimelineStep::At{at(5_ms)})});
    line.until(1_s);
    CHECK(line.taken() == Log{"0.1+ 5", "1.1+ 5"});
}

TEST_CASE("a step every so often begins at `from`, ends before `until` or with its count")
{
    Line line({
        step(TimelineStep::Every{.gap = 10_ms, .from = at(5_ms), .until = at(25_ms)}),
        step(TimelineStep::Every{.gap = 100_ms, .from = at(5_ms), .count_max = 2}),
        step(TimelineStep::Every{.gap = 300_ms, .count_max = 1, .gap_first = true}),
        step(TimelineStep::Every{.gap = 10_ms, .from = at(5_ms), .until = at(5_ms)}),
        step(TimelineStep::Every{.gap = 10_ms, .count_max = 0}),
    });
    line.until(1_s);
    CHECK(line.taken() == Log{"0.1+ 5", "1.1+ 5", "0.2+ 15", "1.2+ 105", "2.1+ 300"});
    CHECK(line.agenda.empty());
}

TEST_CASE("times of one step that overlap are each undone once")
{
    Line line({lasting(TimelineStep::Every{.gap = 10_ms, .count_max = 3}, 25_ms)});
    line.until(1_s);
    CHECK(line.taken() == Log{"0.1+ 0", "0.2+ 10", "0.3+ 20", "0.1- 25", "0.2- 35", "0.3- 45"});
}

TEST_CASE("drawn gaps and lengths are decisions of the step")
{
    std::vector<TimelineStep> const steps{lasting(
        TimelineStep::Every{.gap = Uniform{1_ms, 9_ms}, .count_max = 20}, Uniform{1_ms, 9_ms})};
    Line a(steps);
    Line b(steps);
    b.chance.override({Site("timeline.gap"), 0, 4, Duration{9_ms}.ns});
    Line c = a;
    a.until(1_s);
    b.until(1_s);
    c.until(1_s);
    CHECK(a.log == c.log);
    CHECK(a.log != b.log);
    CHECK(a.log.size() == 40);
    CHECK(a.log.size() == b.log.size());
    CHECK(a.log[2] == b.log[2]);
}

TEST_CASE("a step with a condition is due when it becomes true, so many times at most")
{
    Line line({step(TimelineStep::When{.count_max = 2}), step(TimelineStep::At{at(1_ms)})});
    line.until(10_ms);
    CHECK(line.taken() == Log{"1.1+ 1"});
    CHECK(line.timeline.waits_for_condition(0));
    CHECK_FALSE(line.timeline.waits_for_condition(1));
    line.timeline.condition_met(line.agenda, 0);
    line.until(20_ms);
    // Twice before it is handled is more than it waits for.
    line.timeline.condition_met(line.agenda, 0);
    line.timeline.condition_met(line.agenda, 0);
    CHECK_FALSE(line.timeline.waits_for_condition(0));
    line.until(30_ms);
    CHECK(line.taken() == Log{"0.1+ 10", "0.2+ 20"});
    CHECK_THROWS_AS(line.timeline.condition_met(line.agenda, 1), BrokenLaw);
}

TEST_CASE("a step after another one follows its end, each time, and has a number each time")
{
    Line line({
        lasting(TimelineStep::At{at(10_ms)}, 5_ms),
        step(TimelineStep::After{.step = 0, .delay = 1_ms}),
        step(TimelineStep::After{.step = 1, .delay = 1_ms}),
        step(TimelineStep::Every{.gap = 1_ms, .from = at(100_ms), .count_max = 2}),
        step(TimelineStep::After{.step = 3, .delay = 10_ms}),
    });
    line.until(1_s);
    CHECK(line.taken() == Log{"0.1+ 10", "0.1- 15", "1.1+ 16", "2.1+ 17", "3.1+ 100", "3.2+ 101",
                              "4.1+ 110", "4.2+ 111"});
}

TEST_CASE("a step that was skipped has ended and is not undone")
{
    Line line({lasting(TimelineStep::At{at(10_ms)}, 50_ms),
               step(TimelineStep::After{.step = 0, .delay = 1_ms})});
    line.until(10_ms);
    line.timeline.skipped(line.agenda, line.chance, {0, 1, false});
    line.until(1_s);
    CHECK(line.taken() == Log{"0.1+ 10", "1.1+ 11"});
    CHECK(line.timeline.under_way().empty());
}

TEST_CASE("a closed timeline begins nothing and hands over what is under way, in the order begun")
{
    Line line({
        lasting(TimelineStep::At{at(20_ms)}, 50_ms),
        lasting(TimelineStep::At{at(10_ms)}, 50_ms),
        step(TimelineStep::Every{.gap = 1_s}),
        step(TimelineStep::After{.step = 0, .delay = 1_ms}),
        step(TimelineStep::When{}),
    });
    line.until(30_ms);
    line.timeline.condition_met(line.agenda, 4);
    line.taken();
    CHECK(line.timeline.close() == std::vector<Timeline::Due>{{1, 1, true}, {0, 1, true}});
    CHECK_FALSE(line.timeline.waits_for_condition(4));
    line.until(10_s);
    CHECK(line.taken().empty());
    CHECK(line.timeline.close().empty());
}

}  // namespace
}  // namespace odradek::sim
