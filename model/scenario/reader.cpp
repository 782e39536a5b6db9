#include "model/scenario/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/scenario/json.h"
#include "model/spelling.h"

namespace odradek::kafka {

using namespace sim::literals;

namespace {

constexpr int deepest_extends = 8;
constexpr std::size_t variants_max = 10'000;

// "dir/file.json" and "../base.json" into "dir/../base.json".
std::string beside(std::string_view file, std::string const& path)
{
    std::size_t const slash = file.rfind('/');
    if (slash == std::string_view::npos || path.substr(0, 1) == "/")
        return path;
    return std::string{file.substr(0, slash + 1)} + path;
}

// One file with what it extends.
class Loader {
public:
    Loader(Diagnostics& diagnostics, ReadOptions const& options)
        : diagnostics_{diagnostics}, options_{options}
    {
    }

    std::optional<Node> load(std::string_view text, std::string const& name)
    {
        auto root = parse_json(text, diagnostics_.add_text(name, text), diagnostics_);
        if (!root)
            return std::nullopt;
        if (root->kind != Node::Kind::object) {
            diagnostics_.error(
                root->place, {},
                fmt::format("a scenario is an object, not {}", kind_name(root->kind)),
                "such as { \"version\": 1, \"name\": \"first\", \"cluster\": { ... } }");
            return std::nullopt;
        }
        Member const* const extends = root->member("extends");
        if (extends == nullptr)
            return root;
        files_.push_back(name);
        auto base = load_base(extends->value, name);
        files_.pop_back();
        if (!base)
            return std::nullopt;
        std::erase_if(root->members, [](Member const& m) { return m.name == "extends"; });
        return merge_patch(std::move(*base), *root);
    }

private:
    std::optional<Node> load_base(Node const& extends, std::string const& from)
    {
        auto const refuse = [&](std::string message, std::string suggestion = {}) {
            diagnostics_.error(extends.place, "/extends", std::move(message),
                               std::move(suggestion));
            return std::nullopt;
        };
        if (extends.kind != Node::Kind::string)
            return refuse(fmt::format("expected a string, not {}", kind_name(extends.kind)),
                          "the path of a scenario file");
        if (!options_.read_file)
            return refuse("\"extends\" cannot be followed here");
        std::string const path = beside(from, extends.text);
        if (std::find(files_.begin(), files_.end(), path) != files_.end())
            return refuse(fmt::format("{} extends itself", path));
        if (files_.size() > deepest_extends)
            return refuse(fmt::format("more than {} files extend each other", deepest_extends));
        auto const text = options_.read_file(path);
        if (!text)
            return refuse(fmt::format("cannot read {}", path), "the path is relative to this file");
        return load(*text, path);
    }

    Diagnostics& diagnostics_;
    ReadOptions const& options_;
    std::vector<std::string> files_;
};

// Puts a "/pointer=value" argument into the tree.
void apply_set(Node& root, std::string const& argument, Diagnostics& diagnostics)
{
    int const text = diagnostics.add_text("--set", argument);
    std::size_t const equals = argument.find('=');
    std::string const pointer = argument.substr(0, equals);
    if (equals == std::string::npos || pointer.empty() || !pointer_steps(pointer)) {
        diagnostics.error(diagnostics.place_at(text, 0, argument.size()), {},
                          "this does not say what to set", "write it as --set /run/duration=10s");
        return;
    }
    std::string const value = argument.substr(equals + 1);
    Diagnostics quiet;  // Text that is not JSON is a string.
    auto parsed =
        value.empty() ? std::nullopt : parse_json(value, quiet.add_text("", value), quiet);
    if (!parsed || quiet.has_errors()) {
        parsed = Node{};
        parsed->kind = Node::Kind::string;
        parsed->text = value;
    }
    auto const replace = [&](auto&& self, Node& node) -> void {
        node.place = diagnostics.place_at(text, equals + 1, std::max<std::size_t>(value.size(), 1));
        for (Member& member : node.members) {
            member.place = node.place;
            self(self, member.value);
        }
        for (Node& item : node.items)
            self(self, item);
    };
    replace(replace, *parsed);
    if (!put_value(root, pointer, std::move(*parsed)))
        diagnostics.error(diagnostics.place_at(text, 0, pointer.size()), {},
                          fmt::format("nothing can be set at {}", pointer),
                          "a step of it is neither in an object nor in an array");
}

struct Axis {
    std::string pointer;
    std::string name;
    std::vector<Node> values;
};

std::vector<Axis> read_sweep(Node const& root, Diagnostics& diagnostics)
{
    std::vector<Axis> axes;
    Member const* const sweep = root.member("sweep");
    if (sweep == nullptr)
        return axes;
    if (sweep->value.kind != Node::Kind::object) {
        diagnostics.error(sweep->value.place, "/sweep",
                          fmt::format("sweep is an object, not {}", kind_name(sweep->value.kind)),
                          "such as { \"/run/kafka\": [\"3.9\", \"4.0\"] }");
        return axes;
    }
    std::size_t variants = 1;
    for (Member const& member : sweep->value.members) {
        auto const steps = pointer_steps(member.name);
        if (!steps || steps->empty()) {
            diagnostics.error(member.place, member.value.pointer,
                              fmt::format("\"{}\" is no JSON pointer", member.name),
                              "write it as \"/run/kafka\"");
            continue;
        }
        if (value_at(root, member.name) == nullptr) {
            diagnostics.error(
                member.place, member.value.pointer,
                fmt::format("there is nothing at {}", member.name),
                "a sweep changes what the file says already, so that the file runs without it");
            continue;
        }
        if (member.value.kind != Node::Kind::array || member.value.items.empty()) {
            diagnostics.error(member.value.place, member.value.pointer,
                              "a sweep needs an array of values");
            continue;
        }
        axes.push_back({member.name, steps->back(), member.value.items});
        variants = std::min(variants, variants_max + 1) * member.value.items.size();
        if (variants > variants_max) {
            diagnostics.error(member.place, member.value.pointer,
                              fmt::format("this sweep has more than {} variants", variants_max));
            return {};
        }
    }
    return axes;
}

// Puts the flaw of an exhibit into the file. Of the file as it is only the exhibits are looked at;
// what else is wrong with it shows when the result is read.
void apply_exhibit(Node& root, ReadOptions const& options, Diagnostics& diagnostics)
{
    Member const* const section = root.member("exhibit");
    std::vector<Exhibit> const exhibits = Decoder{diagnostics, root, options}.decode().exhibits;
    std::vector<std::string_view> names;
    Exhibit const* wanted = nullptr;
    for (Exhibit const& exhibit : exhibits) {
        names.push_back(exhibit.name);
        if (exhibit.name == options.exhibit)
            wanted = &exhibit;
    }
    if (wanted == nullptr) {
        if (!diagnostics.has_errors())
            diagnostics.error(section == nullptr ? root.place : section->place, "/exhibit",
                              fmt::format("there is no exhibit \"{}\" here", options.exhibit),
                              names.empty() ? "" : choices_text(names, options.exhibit));
        return;
    }
    if (!options.with_fix) {
        Node const* const written = value_at(root, wanted->source.pointer);
        Diagnostics quiet;  // The value was JSON in the file.
        Node value = parse_json(wanted->value, quiet.add_text("", wanted->value), quiet).value();
        value.place = written == nullptr ? section->place : written->place;
        put_value(root, wanted->pointer(), std::move(value));
    }
    std::erase_if(root.members,
                  [](Member const& m) { return m.name == "exhibit" || m.name == "sweep"; });
    assign_pointers(root, "");
}

std::string text_of(Node const& value)
{
    return value.kind == Node::Kind::string ? value.text : to_json_text(value);
}

}  // namespace

bool ReadResult::has_errors() const
{
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](Diagnostic const& d) { return d.severity == Severity::error; });
}

ReadResult read_scenario(std::string_view text, std::string_view file_name,
                         ReadOptions const& options)
{
    Diagnostics diagnostics;
    ReadResult result;
    auto root = Loader{diagnostics, options}.load(text, std::string{file_name});
    if (root) {
        for (std::string const& argument : options.set)
            apply_set(*root, argument, diagnostics);
        assign_pointers(*root, "");
        if (!options.exhibit.empty())
            apply_exhibit(*root, options, diagnostics);
        std::vector<Axis> const axes = read_sweep(*root, diagnostics);
        std::vector<std::size_t> at(axes.size(), 0);
        while (true) {
            Node variant = *root;
            std::string name = options.exhibit + (options.with_fix ? "-fixed" : "");
            for (std::size_t i = 0; i < axes.size(); ++i) {
                Node const& value = axes[i].values[at[i]];
                put_value(variant, axes[i].pointer, value);
                name +=
                    fmt::format("{}{}={}", name.empty() ? "" : ",", axes[i].name, text_of(value));
            }
            assign_pointers(variant, "");
            Scenario scenario = Decoder{diagnostics, variant, options}.decode();
            if (!name.empty())
                scenario.variant = name;
            result.variants.push_back(std::move(scenario));
            // The next combination, the last axis turning fastest.
            std::size_t axis = axes.size();
            while (axis > 0 && ++at[axis - 1] == axes[axis - 1].values.size())
                at[--axis] = 0;
            if (axis == 0)
                break;
        }
    }
    result.diagnostics = diagnostics.sorted();
    if (diagnostics.has_errors())
        result.variants.clear();
    return result;
}

Scenario Decoder::decode()
{
    // Defaults that are more than a zero. What is not said here is Kafka's own, by the
    // configuration table.
    scenario_.run.seed = 1;
    scenario_.run.duration = 60_s;
    scenario_.run.settle = 30_s;
    scenario_.run.max_events = 100'000'000;
    DurationSpec latency;
    latency.kind = DurationSpec::Kind::lognormal;
    latency.median = 250_us;
    latency.p99 = 1_ms;
    scenario_.network.by_default = {.latency = latency,
                                    .bandwidth = Bandwidth{10'000'000'000},
                                    .loss = Probability{},
                                    .reset = Probability{}};
    DurationSpec fsync;
    fsync.kind = DurationSpec::Kind::lognormal;
    fsync.median = 1_ms;
    fsync.p99 = 8_ms;
    scenario_.storage.by_default = {.read = DurationSpec::constant(100_us),
                                    .write = DurationSpec::constant(20_us),
                                    .fsync = fsync,
                                    .bandwidth = Bandwidth{3'200'000'000},
                                    .capacity_bytes = std::nullopt,
                                    .power_loss = PowerLoss::lose_unsynced};

    Fields fields{*this, root_, "a scenario", Fields::Notes::ignored};
    fields.get("$schema");
    fields.get("extends");
    fields.get("sweep");
    if (Node const* version = fields.need("version", "write \"version\": 1")) {
        auto const number = integer(*version, 0, 1'000'000);
        if (number && *number != 1)
            error(*version, fmt::format("version {} of the format is not known", version->text),
                  "this build reads version 1");
    }
    if (Node const* name = fields.need("name", "such as \"leader-crash\"")) {
        scenario_.name = string(*name).value_or("");
        bool const good = !scenario_.name.empty() && scenario_.name.front() != '-' &&
                          std::all_of(scenario_.name.begin(), scenario_.name.end(), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
                          });
        if (!good && name->kind == Node::Kind::string)
            error(*name, fmt::format("\"{}\" cannot be a scenario's name", scenario_.name),
                  "lower-case letters, digits and dashes, such as \"leader-crash\"");
    }
    fields.read("description", scenario_.description, &Decoder::string);
    fields.read("tags", scenario_.tags, &Decoder::strings);
    // Written by --print-resolved, so that a variant keeps its name.
    if (Member const* variant = root_.member("x-variant");
        variant != nullptr && variant->value.kind == Node::Kind::string)
        scenario_.variant = variant->value.text;

    // The order in which one part needs another, not the file's.
    auto const part = [&](std::string_view name, void (Decoder::*how)(Node const&)) {
        if (Node const* node = fields.get(name))
            (this->*how)(*node);
    };
    part("run", &Decoder::decode_run);
    scenario_.protocol = default_switches(scenario_.run.kafka);
    if (Node const* cluster = fields.need("cluster", "such as { \"brokers\": { \"count\": 3 } }"))
        decode_cluster(*cluster);
    part("protocol", &Decoder::decode_protocol);
    part("network", &Decoder::decode_network);
    part("storage", &Decoder::decode_storage);
    part("topics", &Decoder::decode_topics);
    part("workloads", &Decoder::decode_workloads);
    part("timeline", &Decoder::decode_timeline);
    part("chaos", &Decoder::decode_chaos);
    part("expect", &Decoder::decode_expect);
    part("exhibit", &Decoder::decode_exhibits);
    part("output", &Decoder::decode_output);
    check_all();
    return std::move(scenario_);
}

}  // namespace odradek::kafka
