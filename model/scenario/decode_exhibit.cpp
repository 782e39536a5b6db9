// `exhibit` of a scenario file: the flaws that the museum shows in it.
#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/spelling.h"

namespace odradek::kafka {

namespace {

constexpr std::int64_t seeds_max = 100'000;

// "KIP-101", "KAFKA-1211"; "open" for what was found here and has none.
bool is_ticket(std::string_view text)
{
    if (text == "open")
        return true;
    for (std::string_view prefix : {"KIP-", "KAFKA-"}) {
        std::string_view const number = text.substr(std::min(text.size(), prefix.size()));
        if (text.starts_with(prefix) && !number.empty() &&
            std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; }))
            return true;
    }
    return false;
}

bool is_kebab(std::string_view text)
{
    return !text.empty() && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

// "truncation-high-watermark"; a fix that is off bears the fix's name alone.
std::string derived_name(Exhibit const& exhibit)
{
    std::string name = exhibit.changed;
    if (exhibit.flaw != Exhibit::Flaw::protocol || exhibit.value != "\"off\"")
        name += "-" + exhibit.value;
    std::string kebab;
    for (char const c : name) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            kebab += c;
        else if (c >= 'A' && c <= 'Z')
            kebab += static_cast<char>(c - 'A' + 'a');
        else if (!kebab.empty() && kebab.back() != '-' && c != '"')
            kebab += '-';
    }
    while (!kebab.empty() && kebab.back() == '-')
        kebab.pop_back();
    return kebab;
}

// Who can speak about a run: laws and anomalies, end states, bounds.
std::vector<Word> const& judges()
{
    static std::vector<Word> const words = [] {
        std::vector<Word> all = known_anomalies();
        all.insert(all.end(), known_invariants().begin(), known_invariants().end());
        all.insert(all.end(), known_final_states().begin(), known_final_states().end());
        for (MetricWord const& metric : known_metrics())
            all.push_back({metric.name, metric.doc, metric.simulated});
        return all;
    }();
    return words;
}

bool contains(std::vector<std::string> const& names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

void Decoder::decode_exhibits(Node const& node)
{
    if (node.kind != Node::Kind::array) {
        decode_exhibit(node);
        return;
    }
    for (Node const& item : node.items)
        decode_exhibit(item);
}

void Decoder::decode_exhibit(Node const& node)
{
    Fields fields{*this, node, "an exhibit"};
    if (!fields.good())
        return;
    Exhibit exhibit;
    exhibit.source = source_of(node);
    bool good = decode_flaw(fields, exhibit);
    if (Node const* judge = fields.need("judge", "who must speak, such as \"lost-write\""))
        decode_judges(*judge, exhibit);
    if (Node const* ticket = fields.need("ticket", "such as \"KIP-101\" or \"KAFKA-1211\"")) {
        exhibit.ticket = string(*ticket).value_or("");
        if (ticket->kind == Node::Kind::string && !is_ticket(exhibit.ticket))
            error(*ticket, fmt::format("\"{}\" is no ticket", exhibit.ticket),
                  "one KIP or Kafka issue, such as \"KIP-101\" or \"KAFKA-1211\", or \"open\"");
    }
    fields.read("note", exhibit.note, &Decoder::string);
    if (Node const* seeds = fields.get("seeds"))
        exhibit.seeds = integer(*seeds, 1, seeds_max).value_or(exhibit.seeds);
    if (Node const* name = fields.get("name")) {
        exhibit.name = string(*name).value_or("");
        if (name->kind == Node::Kind::string && !is_kebab(exhibit.name))
            error(*name, fmt::format("\"{}\" cannot be an exhibit's name", exhibit.name),
                  "lower-case letters, digits and dashes, such as \"truncation-high-watermark\"");
    } else if (good) {
        exhibit.name = derived_name(exhibit);
    }
    if (!good)
        return;
    bool const taken = std::any_of(scenario_.exhibits.begin(), scenario_.exhibits.end(),
                                   [&](Exhibit const& e) { return e.name == exhibit.name; });
    if (taken)
        error(node, fmt::format("there are two exhibits \"{}\"", exhibit.name),
              "give one another \"name\"");
    check_flaw(node, exhibit);
}

// What is changed, and into what. False after saying why not.
bool Decoder::decode_flaw(Fields& fields, Exhibit& exhibit)
{
    Node const* const switched = fields.get("switch");
    Node const* const feature = fields.get("feature");
    Node const* const key = fields.get("config");
    Node const* const field = fields.get("set");
    Node const* const topic = fields.get("topic");
    Node const* const value = fields.get("value");
    auto const given = [](Node const* node) { return node != nullptr ? 1 : 0; };
    if (given(switched) + given(feature) + given(key) + given(field) != 1) {
        error(fields.node(), "an exhibit has one flaw",
              "exactly one of \"switch\", \"feature\", \"config\" and \"set\"");
        return false;
    }
    if (topic != nullptr && key == nullptr)
        error(*topic, "only a \"config\" can be of a topic");
    exhibit.source = source_of(value == nullptr ? fields.node() : *value);
    if (switched != nullptr)
        return decode_switch_flaw(*switched, value, exhibit);
    if (value == nullptr) {
        fields.need("value", "what it is turned to");
        return false;
    }
    exhibit.value = to_json_text(*value);
    if (feature != nullptr)
        return decode_feature_flaw(*feature, *value, exhibit);
    return key != nullptr ? decode_config_flaw(*key, *value, topic, exhibit)
                          : decode_field_flaw(*field, *value, exhibit);
}

bool Decoder::decode_switch_flaw(Node const& name, Node const* value, Exhibit& exhibit)
{
    auto const text = string(name);
    if (!text)
        return false;
    exhibit.flaw = Exhibit::Flaw::protocol;
    exhibit.changed = *text;
    std::vector<std::string_view> names;
    for (Switch const& known : all_switches())
        names.push_back(known.name);
    Switch const* const found = find_switch(*text);
    if (found == nullptr) {
        std::string const hint = did_you_mean(nearest_names(*text, names));
        error(name, fmt::format("\"{}\" is no protocol switch", *text),
              hint.empty() ? "`odradek switches` lists them" : hint);
        return false;
    }
    std::vector<std::string_view> values;
    for (SwitchValue const& each : found->values)
        values.push_back(each.name);
    bool const is_fix = values.size() == 2 && values.front() == "off";
    if (value == nullptr && !is_fix) {
        error(name, fmt::format("{} is more than on or off", *text),
              fmt::format("\"value\" says what it is turned to: {}", quoted_list(values)));
        return false;
    }
    std::string const wanted = value == nullptr ? "off" : string(*value).value_or("");
    auto const at = std::find(values.begin(), values.end(), wanted);
    if (at == values.end()) {
        if (value->kind == Node::Kind::string)
            error(*value, fmt::format("\"{}\" is no value of {}", wanted, *text),
                  choices_text(values, wanted));
        return false;
    }
    auto const index = static_cast<std::size_t>(at - values.begin());
    if (!found->values[index].simulated) {
        not_simulated(*value, fmt::format("{} \"{}\" ({}) is not simulated yet", *text, wanted,
                                          found->values[index].source));
        return false;
    }
    exhibit.value = json_quoted(wanted);
    return true;
}

bool Decoder::decode_feature_flaw(Node const& name, Node const& value, Exhibit& exhibit)
{
    auto const feature = word(name, known_features(), "feature");
    if (!feature || !scalar_text(value))
        return false;
    exhibit.flaw = Exhibit::Flaw::feature;
    exhibit.changed = *feature;
    return true;
}

bool Decoder::decode_config_flaw(Node const& name, Node const& value, Node const* topic,
                                 Exhibit& exhibit)
{
    auto const key = string(name);
    if (!key)
        return false;
    exhibit.flaw = Exhibit::Flaw::config;
    exhibit.changed = *key;
    std::vector<Scope> scopes{Scope::broker, Scope::controller};
    if (topic != nullptr) {
        exhibit.topic = string(*topic).value_or("");
        if (value_at(root_, "/topics/" + exhibit.topic) == nullptr)
            error(*topic, fmt::format("the file has no topic \"{}\"", exhibit.topic),
                  "as it is written under \"topics\"");
        scopes = {Scope::topic};
    }
    // As if it stood in a map of configurations.
    Node map;
    map.kind = Node::Kind::object;
    map.place = name.place;
    map.pointer = name.pointer;
    map.members.push_back({*key, name.place, value});
    return !config(map, scopes).empty();
}

bool Decoder::decode_field_flaw(Node const& pointer, Node const& value, Exhibit& exhibit)
{
    auto const text = string(pointer);
    if (!text)
        return false;
    exhibit.flaw = Exhibit::Flaw::field;
    exhibit.changed = *text;
    Node copy = root_;
    if (text->empty() || !put_value(copy, *text, value)) {
        error(pointer, fmt::format("nothing can be set at \"{}\"", *text),
              "a JSON pointer into this file, such as \"/cluster/brokers/count\"");
        return false;
    }
    return true;
}

void Decoder::decode_judges(Node const& node, Exhibit& exhibit)
{
    if (node.kind != Node::Kind::array) {
        decode_judge(node, exhibit);
        return;
    }
    if (node.items.empty())
        error(node, "nobody judges this exhibit", "at least one judge must be able to speak");
    for (Node const& item : node.items)
        decode_judge(item, exhibit);
}

// A judge that is not called cannot speak.
void Decoder::decode_judge(Node const& node, Exhibit& exhibit)
{
    auto const name = word(node, judges(), "judge");
    if (!name)
        return;
    Expect const& expect = scenario_.expect;
    bool const is_metric = std::any_of(known_metrics().begin(), known_metrics().end(),
                                       [&](MetricWord const& m) { return m.name == *name; });
    if (is_metric) {
        if (std::none_of(expect.metrics.begin(), expect.metrics.end(),
                         [&](MetricBound const& bound) { return bound.metric == *name; }))
            error(node, fmt::format("{} has no bound", *name),
                  "expect.metrics must say what it may be");
    } else if (find_word(known_final_states(), *name) != nullptr) {
        if (!contains(expect.final_states, *name))
            error(node, fmt::format("the end is not judged by {}", *name),
                  "expect.final must name it");
    } else if (contains(expect.skip, *name) ||
               (!expect.all_invariants && !contains(expect.invariants, *name))) {
        error(node, fmt::format("{} does not judge this scenario", *name),
              "take it out of expect.skip, or into expect.invariants");
    }
    exhibit.judges.push_back(*name);
}

// A flaw that is there already shows nothing. A variant of a sweep that has it is no exhibit.
void Decoder::check_flaw(Node const& at, Exhibit const& exhibit)
{
    std::string const pointer = exhibit.pointer();
    std::string before;
    if (Node const* const found = value_at(root_, pointer))
        before = to_json_text(*found);
    else if (exhibit.flaw == Exhibit::Flaw::protocol) {
        Switch const& known = *find_switch(exhibit.changed);
        before = json_quoted(known.values[known.get(scenario_.protocol)].name);
    }
    if (before != exhibit.value) {
        scenario_.exhibits.push_back(exhibit);
        return;
    }
    Member const* const sweep = root_.member("sweep");
    if (sweep == nullptr || sweep->value.member(pointer) == nullptr)
        error(at, fmt::format("{} is {} already, without the exhibit", exhibit.changed, before),
              "the file itself must have the fix");
}

}  // namespace odradek::kafka
