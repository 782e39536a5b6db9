// Selectors and conditions of a scenario file.
#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/scenario/selector.h"
#include "model/spelling.h"

namespace odradek::kafka {

std::optional<Selector> Decoder::selector(Node const& node)
{
    std::vector<Node const*> texts;
    if (node.kind == Node::Kind::array) {
        for (Node const& item : node.items)
            texts.push_back(&item);
        if (texts.empty()) {
            error(node, "an empty selector means nobody", "name at least one");
            return std::nullopt;
        }
    } else {
        texts.push_back(&node);
    }
    Selector result;
    bool good = true;
    for (Node const* item : texts) {
        auto const text = string(*item);
        auto const term = text ? taken(*item, parse_selector_term(*text)) : std::nullopt;
        if (!term) {
            good = false;
            continue;
        }
        used_selectors_.emplace_back(*term, item);
        result.terms.push_back(*term);
    }
    if (good && result.terms.front().negated) {
        error(*texts.front(), "nothing to subtract from",
              "\"!x\" takes x away from what stands before it: [\"all\", \"!x\"]");
        good = false;
    }
    return good ? std::optional{result} : std::nullopt;
}

MetricWord const* Decoder::metric(Node const& node)
{
    auto const text = string(node);
    if (!text)
        return nullptr;
    std::vector<std::string_view> names;
    for (MetricWord const& known : known_metrics()) {
        if (known.name == *text) {
            if (known.simulated)
                return &known;
            not_simulated(node, fmt::format("the metric \"{}\" is not simulated yet", *text));
            return nullptr;
        }
        names.push_back(known.name);
    }
    std::string const hint = did_you_mean(nearest_names(*text, names));
    error(node, fmt::format("\"{}\" is no metric", *text),
          hint.empty() ? listed("known", names) : hint);
    return nullptr;
}

std::optional<Quantity> Decoder::quantity(Node const& node, MetricWord const& metric)
{
    if (metric.is_duration) {
        auto const value = duration(node);
        return value ? std::optional{Quantity{Quantity::Unit::duration, value->ns}} : std::nullopt;
    }
    if (node.kind == Node::Kind::string && parse_duration(node.text).value) {
        error(node, fmt::format("{} is a count, not a duration", metric.name));
        return std::nullopt;
    }
    auto const value = integer(node, std::numeric_limits<std::int64_t>::min(),
                               std::numeric_limits<std::int64_t>::max());
    return value ? std::optional{Quantity{Quantity::Unit::count, *value}} : std::nullopt;
}

std::optional<Condition> Decoder::condition(Node const& node)
{
    if (!is_object(node, "a condition"))
        return std::nullopt;
    Fields fields{*this, node, "a condition"};
    auto const several = [&](Node const& list) {
        std::vector<Condition> of;
        if (!is_array(list, "this"))
            return of;
        if (list.items.empty())
            error(list, "a condition of nothing", "name at least one condition");
        for (Node const& item : list.items) {
            if (auto parsed = condition(item))
                of.push_back(std::move(*parsed));
        }
        return of;
    };
    if (Node const* all = fields.get("all"))
        return Condition{AllOf{several(*all)}};
    if (Node const* any = fields.get("any"))
        return Condition{AnyOf{several(*any)}};
    if (Node const* inner = fields.get("not")) {
        auto parsed = condition(*inner);
        return parsed ? std::optional{Condition{NoneOf{{std::move(*parsed)}}}} : std::nullopt;
    }
    if (Node const* name = fields.get("event")) {
        EventCondition event;
        auto const known = word(*name, known_events(), "event");
        event.event = known.value_or("");
        if (Node const* where = fields.get("where"))
            event.where = labels(*where, known_event_fields(), "event field");
        if (Node const* count = fields.get("count"))
            event.count = integer(*count, 1, std::numeric_limits<std::int64_t>::max()).value_or(1);
        return known ? std::optional{Condition{event}} : std::nullopt;
    }
    if (Node const* name = fields.get("metric")) {
        MetricCondition result;
        MetricWord const* const known = metric(*name);
        if (Node const* given = fields.get("labels"))
            result.labels = labels(*given, known_metric_labels(), "metric label");
        auto op = std::optional<Comparison>{};
        if (Node const* given = fields.need("op", "such as \"==\""))
            op = choice<Comparison>(*given, {{"<", Comparison::less},
                                             {"<=", Comparison::less_equal},
                                             {"==", Comparison::equal},
                                             {"!=", Comparison::not_equal},
                                             {">=", Comparison::greater_equal},
                                             {">", Comparison::greater}});
        auto value = std::optional<Quantity>{};
        Node const* const given = fields.need("value");
        if (given != nullptr && known != nullptr)
            value = quantity(*given, *known);
        fields.read("holds", result.holds, &Decoder::duration);
        if (known == nullptr || !op || !value)
            return std::nullopt;
        result.metric = known->name;
        result.op = *op;
        result.value = *value;
        return Condition{result};
    }
    fields.forgive();
    error(node, "a condition has an \"event\", a \"metric\", \"all\", \"any\" or \"not\"",
          "such as { \"event\": \"LeaderElected\" }");
    return std::nullopt;
}

}  // namespace odradek::kafka
