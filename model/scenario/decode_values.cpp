// Scalars, distributions and maps of a scenario file.
#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/spelling.h"

namespace odradek::kafka {

// ---- Fields

Fields::Fields(Decoder& decoder, Node const& node, std::string_view what, Notes notes)
    : decoder_{decoder},
      node_{node},
      what_{what},
      notes_{notes},
      good_{decoder.is_object(node, what)}
{
}

Fields::~Fields()
{
    if (!good_ || forgiving_)
        return;
    for (Member const& member : node_.members) {
        bool const note = member.name.substr(0, 1) == "_" || member.name.substr(0, 2) == "x-";
        if (note && notes_ == Notes::ignored)
            continue;
        if (std::find(known_.begin(), known_.end(), member.name) != known_.end() ||
            std::find(refused_.begin(), refused_.end(), member.name) != refused_.end())
            continue;
        std::string hint = did_you_mean(nearest_names(member.name, known_));
        if (note)
            hint = "notes are for the top level, steps, faults and workloads";
        else if (hint.empty() && !known_.empty())
            hint = fmt::format("{} has {}", what_, quoted_list(known_, "and"));
        else if (hint.empty())
            hint = fmt::format("{} has no fields", what_);
        decoder_.key_error(node_, member, "unknown field", hint);
    }
}

Node const* Fields::get(std::string_view name)
{
    if (std::find(known_.begin(), known_.end(), name) == known_.end())
        known_.push_back(name);
    if (!good_)
        return nullptr;
    Member const* member = node_.member(name);
    return member == nullptr ? nullptr : &member->value;
}

Node const* Fields::need(std::string_view name, std::string suggestion)
{
    Node const* value = get(name);
    if (value == nullptr && good_)
        decoder_.error(node_, fmt::format("{} needs \"{}\"", what_, name), std::move(suggestion));
    return value;
}

void Fields::refuse(std::string_view name, std::string message, std::string suggestion)
{
    refused_.push_back(name);
    if (Member const* member = good_ ? node_.member(name) : nullptr)
        decoder_.key_error(node_, *member, std::move(message), std::move(suggestion));
}

// ---- Saying what is wrong

void Decoder::error(Node const& at, std::string message, std::string suggestion)
{
    diagnostics_.error(at.place, at.pointer, std::move(message), std::move(suggestion));
}

void Decoder::warning(Node const& at, std::string message, std::string suggestion)
{
    diagnostics_.add(Severity::warning, at.place, at.pointer, std::move(message),
                     std::move(suggestion));
}

void Decoder::not_simulated(Node const& at, std::string message, std::string suggestion)
{
    diagnostics_.add(Severity::error, at.place, at.pointer, std::move(message),
                     std::move(suggestion), true);
}

void Decoder::key_error(Node const&, Member const& member, std::string message,
                        std::string suggestion)
{
    diagnostics_.error(member.place, member.value.pointer, std::move(message),
                       std::move(suggestion));
}

bool Decoder::is_object(Node const& node, std::string_view what)
{
    if (node.kind == Node::Kind::object)
        return true;
    error(node, fmt::format("{} is an object, not {}", what, kind_name(node.kind)));
    return false;
}

bool Decoder::is_array(Node const& node, std::string_view what)
{
    if (node.kind == Node::Kind::array)
        return true;
    error(node, fmt::format("{} is an array, not {}", what, kind_name(node.kind)));
    return false;
}

Source Decoder::source_of(Node const& node) const
{
    Source source{
        .file = {}, .line = node.place.line, .column = node.place.column, .pointer = node.pointer};
    if (node.place.text >= 0)
        source.file = diagnostics_.name_of(node.place.text);
    return source;
}

std::string choices_text(std::vector<std::string_view> const& names, std::string_view given)
{
    std::string const hint = did_you_mean(nearest_names(given, names));
    return hint.empty() ? "it is " + quoted_list(names) : hint;
}

// ---- Scalars

std::optional<std::string> Decoder::string(Node const& node)
{
    if (node.kind == Node::Kind::string)
        return node.text;
    error(node, fmt::format("expected a string, not {}", kind_name(node.kind)));
    return std::nullopt;
}

std::optional<bool> Decoder::boolean(Node const& node)
{
    if (node.kind == Node::Kind::boolean)
        return node.truth;
    error(node, fmt::format("expected true or false, not {}", kind_name(node.kind)),
          node.kind == Node::Kind::string && (node.text == "true" || node.text == "false")
              ? "remove the quotes"
              : "");
    return std::nullopt;
}

std::optional<std::int64_t> Decoder::integer(Node const& node, std::int64_t min, std::int64_t max)
{
    if (node.kind != Node::Kind::number) {
        error(node, fmt::format("expected a whole number, not {}", kind_name(node.kind)));
        return std::nullopt;
    }
    auto const value = taken(node, parse_scaled(node.text, 1));
    if (!value)
        return std::nullopt;
    bool const bounded = max < std::numeric_limits<std::int32_t>::max();
    if (*value < min || *value > max) {
        error(node, fmt::format("{} is too {}", node.text, *value < min ? "small" : "large"),
              bounded ? fmt::format("it lies between {} and {}", min, max)
                      : fmt::format("it is at least {}", min));
        return std::nullopt;
    }
    return value;
}

std::optional<std::int32_t> Decoder::small(Node const& node, std::int32_t min, std::int32_t max)
{
    auto const value = integer(node, min, max);
    return value ? std::optional{static_cast<std::int32_t>(*value)} : std::nullopt;
}

std::optional<std::int64_t> Decoder::decimal(Node const& node, std::int64_t scale)
{
    if (node.kind != Node::Kind::number) {
        error(node, fmt::format("expected a number, not {}", kind_name(node.kind)));
        return std::nullopt;
    }
    return taken(node, parse_scaled(node.text, scale));
}

std::optional<std::uint64_t> Decoder::weight(Node const& node)
{
    auto const value = decimal(node, 1'000'000);
    if (!value)
        return std::nullopt;
    if (*value < 0 || *value > 1'000'000'000'000) {
        error(node, fmt::format("the weight {} is not between 0 and 1000000", node.text));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*value);
}

std::optional<Probability> Decoder::probability(Node const& node)
{
    auto const value = decimal(node, 1'000'000'000);
    if (!value)
        return std::nullopt;
    if (*value < 0 || *value > 1'000'000'000) {
        error(node, fmt::format("the probability {} is not between 0 and 1", node.text),
              *value > 0 && *value <= 100'000'000'000 ? "2 percent is 0.02" : "");
        return std::nullopt;
    }
    return Probability{*value};
}

namespace {

// What to say where a string with a unit was expected.
std::string without_unit(Node const& node, std::string_view kind)
{
    if (node.kind == Node::Kind::number)
        return fmt::format("{} has no unit", node.text);
    return fmt::format("expected a {}, not {}", kind, kind_name(node.kind));
}

}  // namespace

std::optional<sim::Duration> Decoder::duration(Node const& node)
{
    if (node.kind == Node::Kind::string)
        return taken(node, parse_duration(node.text));
    error(node, without_unit(node, "duration"),
          "durations are strings such as \"30s\" or \"250ms\"");
    return std::nullopt;
}

std::optional<sim::Duration> Decoder::signed_duration(Node const& node)
{
    if (node.kind == Node::Kind::string)
        return taken(node, parse_signed_duration(node.text));
    error(node, without_unit(node, "duration"),
          "durations are strings such as \"5s\" or \"-250ms\"");
    return std::nullopt;
}

std::optional<std::int64_t> Decoder::size(Node const& node)
{
    if (node.kind == Node::Kind::string)
        return taken(node, parse_size(node.text));
    error(node, without_unit(node, "size"), "sizes are strings such as \"64KiB\" or \"1GB\"");
    return std::nullopt;
}

std::optional<std::int64_t> Decoder::size_or_bytes(Node const& node)
{
    if (node.kind == Node::Kind::number)
        return integer(node, 0, 1'000'000'000);
    return size(node);
}

std::optional<Bandwidth> Decoder::bandwidth(Node const& node)
{
    if (node.kind == Node::Kind::string)
        return taken(node, parse_bandwidth(node.text));
    error(node, without_unit(node, "bandwidth"),
          "bandwidths are strings such as \"10Gbit/s\" or \"400MB/s\"");
    return std::nullopt;
}

std::optional<std::optional<Rate>> Decoder::rate(Node const& node)
{
    if (node.kind != Node::Kind::string) {
        error(node, without_unit(node, "rate"),
              "rates are strings such as \"1000/s\" or \"0.5/s\"");
        return std::nullopt;
    }
    if (node.text == "unlimited")
        return std::optional<Rate>{};
    auto const parsed = taken(node, parse_rate(node.text));
    return parsed ? std::optional{std::optional{*parsed}} : std::nullopt;
}

// ---- Distributions

std::optional<DurationSpec> Decoder::spec(Node const& node)
{
    using Kind = DurationSpec::Kind;
    if (node.kind != Node::Kind::object) {
        auto const value = duration(node);
        return value ? std::optional{DurationSpec::constant(*value)} : std::nullopt;
    }
    Fields fields{*this, node, "a distribution"};
    Node const* const name = fields.need(
        "dist", "such as { \"dist\": \"uniform\", \"min\": \"1ms\", \"max\": \"5ms\" }");
    auto const kind = name == nullptr ? std::nullopt
                                      : choice<Kind>(*name, {{"constant", Kind::constant},
                                                             {"uniform", Kind::uniform},
                                                             {"exponential", Kind::exponential},
                                                             {"normal", Kind::normal},
                                                             {"lognormal", Kind::lognormal},
                                                             {"pareto", Kind::pareto},
                                                             {"empirical", Kind::empirical},
                                                             {"mix", Kind::mix}});
    if (!kind) {
        fields.forgive();
        return std::nullopt;
    }
    DurationSpec result;
    result.kind = *kind;
    bool good = true;
    auto const need = [&](char const* field, sim::Duration& into) {
        Node const* const value =
            fields.need(field, fmt::format("{} distributions are described by it", name->text));
        auto const parsed = value == nullptr ? std::nullopt : duration(*value);
        good = good && parsed.has_value();
        into = parsed.value_or(sim::Duration{});
    };
    switch (*kind) {
    case Kind::constant:
        need("value", result.value);
        break;
    case Kind::uniform:
        need("min", result.min.emplace());
        need("max", result.max.emplace());
        break;
    case Kind::exponential:
        need("mean", result.mean);
        break;
    case Kind::normal:
        need("mean", result.mean);
        need("stddev", result.stddev);
        break;
    case Kind::lognormal:
        need("median", result.median);
        need("p99", result.p99);
        if (good && (result.median.ns < 1 || result.p99 < result.median)) {
            error(node, "a lognormal distribution's median is above zero and not above its p99");
            good = false;
        }
        break;
    case Kind::pareto: {
        need("min", result.min.emplace());
        Node const* const alpha = fields.need("alpha", "the tail's exponent, such as 1.16");
        auto const value = alpha == nullptr ? std::nullopt : decimal(*alpha, 1'000);
        good = good && value.has_value();
        result.alpha_thousandths = value.value_or(0);
        if (value && (*value < 1 || *value > 1'000'000)) {
            error(*alpha, fmt::format("alpha {} is not between 0.001 and 1000", alpha->text));
            good = false;
        }
        if (good && result.min->ns < 1) {
            error(node, "a pareto distribution's min is above zero");
            good = false;
        }
        break;
    }
    case Kind::empirical: {
        Node const* const values = fields.need("values", "an array of durations");
        good = values != nullptr && is_array(*values, "values");
        for (Node const& item : good ? values->items : std::vector<Node>{}) {
            auto const value = duration(item);
            good = good && value.has_value();
            result.values.push_back(value.value_or(sim::Duration{}));
        }
        if (good && result.values.empty()) {
            error(*values, "an empirical distribution has at least one value");
            good = false;
        }
        if (Node const* const weights = fields.get("weights");
            weights != nullptr && is_array(*weights, "weights")) {
            for (Node const& item : weights->items)
                result.weights.push_back(weight(item).value_or(0));
            if (good && result.weights.size() != result.values.size()) {
                error(*weights,
                      fmt::format("{} weight{} for {} value{}", result.weights.size(),
                                  result.weights.size() == 1 ? "" : "s", result.values.size(),
                                  result.values.size() == 1 ? "" : "s"));
                good = false;
            }
        }
        break;
    }
    case Kind::mix: {
        Node const* const of = fields.need("of", "an array of { \"weight\": 98, \"is\": ... }");
        good = of != nullptr && is_array(*of, "of");
        if (good && of->items.empty()) {
            error(*of, "a mix has at least one part");
            good = false;
        }
        for (std::size_t i = 0; good && i < of->items.size(); ++i) {
            Fields part{*this, of->items[i], "a part of a mix"};
            Node const* const share = part.need("weight");
            Node const* const is = part.need("is");
            auto const parsed = is == nullptr ? std::nullopt : spec(*is);
            auto const parsed_weight = share == nullptr ? std::nullopt : weight(*share);
            if (parsed_weight && *parsed_weight == 0)
                error(*share, "a part of a mix has a weight above zero");
            if (parsed && parsed_weight && *parsed_weight > 0) {
                result.of.push_back(*parsed);
                result.weights.push_back(*parsed_weight);
            } else {
                good = false;
            }
        }
        break;
    }
    }
    if (!result.weights.empty() &&
        std::all_of(result.weights.begin(), result.weights.end(), [](auto w) { return w == 0; })) {
        error(node, "at least one weight is above zero");
        good = false;
    }
    // Clamps, on every kind for which they are not the parameters.
    if (*kind != Kind::uniform && *kind != Kind::pareto)
        fields.read("min", result.min, &Decoder::duration);
    if (*kind != Kind::uniform)
        fields.read("max", result.max, &Decoder::duration);
    if (good && result.min && result.max && *result.max < *result.min) {
        error(node, fmt::format("max ({}) is less than min ({})", duration_text(*result.max),
                                duration_text(*result.min)));
        good = false;
    }
    return good ? std::optional{result} : std::nullopt;
}

// ---- Lists, words and maps

std::optional<std::vector<std::string>> Decoder::strings(Node const& node)
{
    if (!is_array(node, "this"))
        return std::nullopt;
    std::vector<std::string> list;
    for (Node const& item : node.items) {
        auto text = string(item);
        if (!text)
            return std::nullopt;
        list.push_back(std::move(*text));
    }
    return list;
}

std::optional<std::string> Decoder::word(Node const& node, std::vector<Word> const& words,
                                         std::string_view kind)
{
    auto const text = string(node);
    if (!text)
        return std::nullopt;
    Word const* const found = find_word(words, *text);
    if (found == nullptr) {
        std::string hint = did_you_mean(nearest_names(*text, names_of(words)));
        auto const names = names_of(words, true);
        if (hint.empty() && names.size() <= 12)
            hint = listed("known", names);
        error(node, fmt::format("\"{}\" is no {}", *text, kind), hint);
        return std::nullopt;
    }
    if (!found->simulated) {
        not_simulated(node, fmt::format("the {} \"{}\" is not simulated yet", kind, *text));
        return std::nullopt;
    }
    return text;
}

std::optional<std::vector<std::string>>
Decoder::words(Node const& node, std::vector<Word> const& known, std::string_view kind)
{
    if (!is_array(node, "this"))
        return std::nullopt;
    std::vector<std::string> list;
    for (Node const& item : node.items) {
        if (auto text = word(item, known, kind))
            list.push_back(std::move(*text));
    }
    return list;
}

std::optional<std::string> Decoder::scalar_text(Node const& node)
{
    switch (node.kind) {
    case Node::Kind::string:
    case Node::Kind::number:
        return node.text;
    case Node::Kind::boolean:
        return node.truth ? "true" : "false";
    default:
        break;
    }
    error(node, fmt::format("expected a string, number or boolean, not {}", kind_name(node.kind)));
    return std::nullopt;
}

Labels Decoder::labels(Node const& node, std::vector<Word> const& known, std::string_view kind)
{
    Labels result;
    if (!is_object(node, "this"))
        return result;
    for (Member const& member : node.members) {
        Word const* const found = find_word(known, member.name);
        if (found == nullptr) {
            std::string hint = did_you_mean(nearest_names(member.name, names_of(known)));
            key_error(node, member, fmt::format("\"{}\" is no {}", member.name, kind),
                      hint.empty() ? listed("known", names_of(known, true)) : hint);
            continue;
        }
        if (!found->simulated) {
            diagnostics_.add(Severity::error, member.place, member.value.pointer,
                             fmt::format("the {} \"{}\" is not simulated yet", kind, member.name),
                             {}, true);
            continue;
        }
        auto text = scalar_text(member.value);
        if (text && member.name == "topic")
            used_topics_.emplace_back(*text, &member.value);
        if (text)
            result[member.name] = std::move(*text);
    }
    return result;
}

ConfigMap Decoder::config(Node const& node, std::vector<Scope> const& scopes)
{
    ConfigMap result;
    if (!is_object(node, "a Kafka configuration"))
        return result;
    for (Member const& member : node.members) {
        auto value = scalar_text(member.value);
        if (!value)
            continue;
        bool good = true;
        for (ConfigProblem& problem :
             check_config(scopes, scenario_.run.kafka, member.name, *value)) {
            if (problem.not_simulated && options_.lenient_config) {
                problem.severity = Severity::warning;
                problem.suggestion = "ignored, because --lenient-config was given";
            }
            good = good && (problem.severity == Severity::warning);
            diagnostics_.add(
                problem.severity, problem.about_key ? member.place : member.value.place,
                member.value.pointer, problem.message, problem.suggestion, problem.not_simulated);
        }
        if (good)
            result[member.name] = std::move(*value);
    }
    return result;
}

}  // namespace odradek::kafka
