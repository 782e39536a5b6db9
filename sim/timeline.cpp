#include "sim/timeline.h"

#include <algorithm>
#include <utility>

#include "sim/ensure.h"

namespace odradek::sim {

namespace {
constexpr Site gap_site("timeline.gap");
constexpr Site lasts_site("timeline.lasts");
constexpr Site delay_site("timeline.delay");

constexpr std::uint64_t undo_bit = std::uint64_t{1} << 63;
}  // namespace

Timeline::Timeline(std::vector<TimelineStep> steps)
{
    for (TimelineStep& step : steps)
        steps_.push_back({std::move(step), 0});
}

void Timeline::schedule_begin(Agenda& agenda, Instant at, std::uint32_t step)
{
    schedule(agenda, at, {step, static_cast<std::uint32_t>(++steps_[step].begun), false});
}

void Timeline::schedule(Agenda& agenda, Instant at, Due due)
{
    std::uint64_t const payload =
        std::uint64_t{due.step} << 32 | due.occurrence | (due.undo ? undo_bit : 0);
    agenda.schedule(std::max(at, agenda.now()), EventKind::fault, 0, NodeId{}, payload);
}

void Timeline::begin(Agenda& agenda, Chance& chance)
{
    for (std::uint32_t i = 0; i < steps_.size(); ++i) {
        TimelineStep const& step = steps_[i].step;
        if (auto const* at = std::get_if<TimelineStep::At>(&step.trigger))
            schedule_begin(agenda, at->at, i);
        else if (auto const* every = std::get_if<TimelineStep::Every>(&step.trigger)) {
            if (every->gap_first)
                schedule_next(agenda, chance, i, every->from);
            else if (every->from < every->until && every->count_max > 0)
                schedule_begin(agenda, every->from, i);
        }
    }
}

void Timeline::schedule_next(Agenda& agenda, Chance& chance, std::uint32_t step, Instant after)
{
    auto const& every = std::get<TimelineStep::Every>(steps_[step].step.trigger);
    if (steps_[step].begun >= every.count_max)
        return;
    Duration const gap = std::max(chance.sample(gap_site, step, every.gap), Duration{1});
    Instant const next = after + gap;
    if (next < every.until)
        schedule_begin(agenda, next, step);
}

std::optional<Timeline::Due> Timeline::on_event(Agenda& agenda, Chance& chance, Event const& event)
{
    Due due;
    due.undo = (event.payload & undo_bit) != 0;
    due.step = static_cast<std::uint32_t>((event.payload & ~undo_bit) >> 32);
    due.occurrence = static_cast<std::uint32_t>(event.payload);
    TimelineStep const& step = steps_[due.step].step;
    if (due.undo) {
        auto const at = std::find_if(under_way_.begin(), under_way_.end(), [&](Due const& d) {
            return d.step == due.step && d.occurrence == due.occurrence;
        });
        if (at == under_way_.end())
            return std::nullopt;
        under_way_.erase(at);
        ended(agenda, chance, due.step);
        return due;
    }
    if (closed_)
        return std::nullopt;
    if (std::holds_alternative<TimelineStep::Every>(step.trigger))
        schedule_next(agenda, chance, due.step, agenda.now());
    if (step.lasts) {
        Duration const lasts =
            std::max(chance.sample(lasts_site, due.step, *step.lasts), Duration{});
        under_way_.push_back(due);
        schedule(agenda, agenda.now() + lasts, {due.step, due.occurrence, true});
    } else
        ended(agenda, chance, due.step);
    return due;
}

void Timeline::ended(Agenda& agenda, Chance& chance, std::uint32_t step)
{
    if (closed_)
        return;
    for (std::uint32_t i = 0; i < steps_.size(); ++i) {
        auto const* after = std::get_if<TimelineStep::After>(&steps_[i].step.trigger);
        if (after == nullptr || after->step != step)
            continue;
        Duration const delay = std::max(chance.sample(delay_site, i, after->delay), Duration{});
        schedule_begin(agenda, agenda.now() + delay, i);
    }
}

bool Timeline::waits_for_condition(std::uint32_t step) const
{
    auto const* when = std::get_if<TimelineStep::When>(&steps_[step].step.trigger);
    return when != nullptr && steps_[step].begun < when->count_max && !closed_;
}

void Timeline::condition_met(Agenda& agenda, std::uint32_t step)
{
    ENSURE(std::holds_alternative<TimelineStep::When>(steps_[step].step.trigger),
           "only a step with a condition waits for one");
    if (waits_for_condition(step))
        schedule_begin(agenda, agenda.now(), step);
}

void Timeline::skipped(Agenda& agenda, Chance& chance, Due due)
{
    auto const removed = std::erase_if(under_way_, [&](Due const& d) {
        return d.step == due.step && d.occurrence == due.occurrence;
    });
    if (removed != 0)
        ended(agenda, chance, due.step);
}

std::vector<Timeline::Due> Timeline::close()
{
    closed_ = true;
    std::vector<Due> due = std::move(under_way_);
    under_way_.clear();
    for (Due& d : due)
        d.undo = true;
    return due;
}

}  // namespace odradek::sim
