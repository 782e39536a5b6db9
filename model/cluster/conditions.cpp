#include "model/cluster/conditions.h"

#include <algorithm>

namespace odradek::kafka {

namespace {

bool compare(std::int64_t value, Comparison op, std::int64_t bound)
{
    switch (op) {
    case Comparison::less:
        return value < bound;
    case Comparison::less_equal:
        return value <= bound;
    case Comparison::equal:
        return value == bound;
    case Comparison::not_equal:
        return value != bound;
    case Comparison::greater_equal:
        return value >= bound;
    case Comparison::greater:
        return value > bound;
    }
    return false;
}

template <class Field>
bool agrees(EventCondition const& condition, Field&& field)
{
    for (auto const& [name, wanted] : condition.where) {
        std::optional<std::string> const value = field(name);
        if (!value || *value != wanted)
            return false;
    }
    return true;
}

}  // namespace

ConditionState::ConditionState(Condition const& condition) : condition_(&condition)
{
    collect(condition);
    for (Leaf const& leaf : leaves_) {
        uses_metrics_ = uses_metrics_ || leaf.metric != nullptr;
        uses_events_ = uses_events_ || leaf.event != nullptr;
    }
}

void ConditionState::collect(Condition const& condition)
{
    if (auto const* event = std::get_if<EventCondition>(&condition.is))
        leaves_.push_back({event, nullptr, 0, std::nullopt});
    else if (auto const* metric = std::get_if<MetricCondition>(&condition.is))
        leaves_.push_back({nullptr, metric, 0, std::nullopt});
    else if (auto const* all = std::get_if<AllOf>(&condition.is))
        for (Condition const& inner : all->of)
            collect(inner);
    else if (auto const* any = std::get_if<AnyOf>(&condition.is))
        for (Condition const& inner : any->of)
            collect(inner);
    else
        for (Condition const& inner : std::get<NoneOf>(condition.is).of)
            collect(inner);
}

void ConditionState::see(Observation const& observation, Names const& names)
{
    std::vector<std::string_view> const happened = event_names(observation);
    for (Leaf& leaf : leaves_) {
        if (leaf.event == nullptr ||
            std::find(happened.begin(), happened.end(), leaf.event->event) == happened.end())
            continue;
        if (agrees(*leaf.event,
                   [&](std::string_view field) { return event_field(observation, field, names); }))
            ++leaf.seen;
    }
}

void ConditionState::see(WorldEvent const& event)
{
    for (Leaf& leaf : leaves_)
        if (leaf.event != nullptr && leaf.event->event == event.name &&
            agrees(*leaf.event, [&](std::string_view field) { return event_field(event, field); }))
            ++leaf.seen;
}

bool ConditionState::evaluate(Condition const& condition, std::size_t& leaf, sim::Instant now,
                              MetricSource const& metrics)
{
    if (std::holds_alternative<EventCondition>(condition.is)) {
        Leaf const& state = leaves_[leaf++];
        return state.seen >= state.event->count;
    }
    if (std::holds_alternative<MetricCondition>(condition.is)) {
        Leaf& state = leaves_[leaf++];
        std::optional<std::int64_t> const value = metrics(*state.metric);
        if (!value || !compare(*value, state.metric->op, state.metric->value.value)) {
            state.since = std::nullopt;
            return false;
        }
        if (!state.since)
            state.since = now;
        return now - *state.since >= state.metric->holds;
    }
    // Every part is looked at, even when the answer is known: each keeps its own time.
    auto const count_true = [&](std::vector<Condition> const& of) {
        std::size_t n = 0;
        for (Condition const& inner : of)
            if (evaluate(inner, leaf, now, metrics))
                ++n;
        return n;
    };
    if (auto const* all = std::get_if<AllOf>(&condition.is))
        return count_true(all->of) == all->of.size();
    if (auto const* any = std::get_if<AnyOf>(&condition.is))
        return count_true(any->of) > 0;
    return count_true(std::get<NoneOf>(condition.is).of) == 0;
}

bool ConditionState::holds(sim::Instant now, MetricSource const& metrics)
{
    std::size_t leaf = 0;
    return evaluate(*condition_, leaf, now, metrics);
}

std::optional<sim::Instant> ConditionState::due() const
{
    std::optional<sim::Instant> next;
    for (Leaf const& leaf : leaves_)
        if (leaf.metric != nullptr && leaf.since && leaf.metric->holds > sim::Duration{}) {
            sim::Instant const at = *leaf.since + leaf.metric->holds;
            if (!next || at < *next)
                next = at;
        }
    return next;
}

bool ConditionState::became_true(sim::Instant now, MetricSource const& metrics)
{
    bool const is = holds(now, metrics);
    bool const became = is && !was_true_;
    was_true_ = is;
    if (became && uses_events_ && !uses_metrics_) {
        // The same number of events again makes it true again.
        for (Leaf& leaf : leaves_)
            leaf.seen = 0;
        was_true_ = false;
    }
    return became;
}

}  // namespace odradek::kafka
