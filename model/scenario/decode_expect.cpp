// `expect` and `output` of a scenario file.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/spelling.h"

namespace odradek::kafka {

namespace {

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();

// Anomalies and invariants: what a verdict can name.
std::vector<Word> const& violations()
{
    static std::vector<Word> const words = [] {
        std::vector<Word> all = known_anomalies();
        all.insert(all.end(), known_invariants().begin(), known_invariants().end());
        return all;
    }();
    return words;
}

}  // namespace

void Decoder::decode_expect(Node const& node)
{
    Fields fields{*this, node, "expect"};
    Expect& expect = scenario_.expect;
    if (Node const* invariants = fields.get("invariants")) {
        if (invariants->kind == Node::Kind::array) {
            expect.all_invariants = false;
            expect.invariants = words(*invariants, violations(), "invariant or anomaly")
                                    .value_or(std::vector<std::string>{});
        } else if (invariants->kind != Node::Kind::string || invariants->text != "all") {
            error(*invariants, "invariants are \"all\" or an array of names");
        }
    }
    if (Node const* skip = fields.get("skip"))
        expect.skip =
            words(*skip, violations(), "invariant or anomaly").value_or(std::vector<std::string>{});
    auto const each = [&](std::string_view name, void (Decoder::*how)(Node const&)) {
        Node const* const list = fields.get(name);
        if (list == nullptr || !is_array(*list, "this"))
            return;
        for (Node const& item : list->items)
            (this->*how)(item);
    };
    each("allow", &Decoder::decode_allow);
    each("require", &Decoder::decode_require);
    each("sometimes", &Decoder::decode_sometimes);
    each("metrics", &Decoder::decode_metric_bound);
    if (Node const* final_states = fields.get("final"))
        expect.final_states = words(*final_states, known_final_states(), "final state")
                                  .value_or(std::vector<std::string>{});
}

// Whether `onlyIf` holds in this variant: every pointer gives that value.
bool Decoder::applies(Fields& fields)
{
    Node const* const only = fields.get("onlyIf");
    if (only == nullptr || !is_object(*only, "onlyIf"))
        return true;
    bool holds = true;
    for (Member const& member : only->members) {
        auto const wanted = scalar_text(member.value);
        Node const* const found = value_at(root_, member.name);
        if (found == nullptr) {
            key_error(*only, member, fmt::format("there is nothing at {}", member.name),
                      "onlyIf compares what the file says at a JSON pointer");
            continue;
        }
        bool const scalar = found->kind == Node::Kind::string ||
                            found->kind == Node::Kind::number || found->kind == Node::Kind::boolean;
        std::string const text =
            found->kind == Node::Kind::boolean ? (found->truth ? "true" : "false") : found->text;
        holds = holds && wanted && scalar && text == *wanted;
    }
    return holds;
}

void Decoder::decode_allow(Node const& node)
{
    Fields fields{*this, node, "an allowed violation"};
    Allow allow;
    Node const* const violation = fields.need("violation", "such as \"lost-write\"");
    auto const name =
        violation == nullptr ? std::nullopt : word(*violation, violations(), "violation");
    if (Node const* because = fields.need("because", "the reason is shown in reports")) {
        allow.because = string(*because).value_or("");
        if (because->kind == Node::Kind::string && because->text.empty())
            error(*because, "a reason needs words");
    }
    if (Node const* max = fields.get("max"))
        allow.max = integer(*max, 0, any_count);
    if (Node const* topic = fields.get("topic")) {
        allow.topic = string(*topic).value_or("");
        used_topics_.emplace_back(allow.topic, topic);
    }
    if (applies(fields) && name) {
        allow.violation = *name;
        scenario_.expect.allow.push_back(std::move(allow));
    }
}

void Decoder::decode_require(Node const& node)
{
    Fields fields{*this, node, "a required violation"};
    Require require;
    Node const* const violation = fields.need("violation", "such as \"lost-write\"");
    auto const name =
        violation == nullptr ? std::nullopt : word(*violation, violations(), "violation");
    if (Node const* min = fields.get("min"))
        require.min = integer(*min, 1, any_count).value_or(1);
    if (Node const* topic = fields.get("topic")) {
        require.topic = string(*topic).value_or("");
        used_topics_.emplace_back(require.topic, topic);
    }
    if (Node const* in = fields.get("in"))
        require.in_every_seed =
            choice<bool>(*in, {{"every-seed", true}, {"some-seed", false}}).value_or(true);
    if (applies(fields) && name) {
        require.violation = *name;
        scenario_.expect.require.push_back(std::move(require));
    }
}

void Decoder::decode_sometimes(Node const& node)
{
    Fields fields{*this, node, "a sometimes property"};
    Sometimes sometimes;
    sometimes.source = source_of(node);
    fields.read("name", sometimes.name, &Decoder::string);
    fields.need("name", "what is hoped to happen, in words");
    Node const* const when = fields.need("when", "such as { \"event\": \"LeaderElected\" }");
    auto const parsed = when == nullptr ? std::nullopt : condition(*when);
    if (Node const* min = fields.get("min"))
        sometimes.min = integer(*min, 1, any_count).value_or(1);
    if (parsed) {
        sometimes.when = *parsed;
        scenario_.expect.sometimes.push_back(std::move(sometimes));
    }
}

void Decoder::decode_metric_bound(Node const& node)
{
    Fields fields{*this, node, "a metric bound"};
    MetricBound bound;
    bound.source = source_of(node);
    Node const* const name = fields.need("metric", "such as \"produce.ack.latency\"");
    MetricWord const* const known = name == nullptr ? nullptr : metric(*name);
    if (Node const* given = fields.get("labels"))
        bound.labels = labels(*given, known_metric_labels(), "metric label");
    if (Node const* workload = fields.get("workload")) {
        bound.workload = string(*workload).value_or("");
        used_workloads_.emplace_back(bound.workload, workload);
    }
    Node const* const window = fields.get("window");
    if (window != nullptr && is_array(*window, "window")) {
        if (window->items.size() != 2) {
            error(*window, "a window has a beginning and an end", "such as [\"10s\", \"30s\"]");
        } else {
            auto const from = duration(window->items[0]);
            auto const until = duration(window->items[1]);
            if (from && until && *until <= *from)
                error(*window, "the window ends before it begins");
            else if (from && until)
                bound.window = std::pair{*from, *until};
        }
    }
    bool judged = false;
    for (Statistic statistic :
         {Statistic::avg, Statistic::min, Statistic::max, Statistic::p50, Statistic::p95,
          Statistic::p99, Statistic::p999, Statistic::total, Statistic::last}) {
        Node const* const given = fields.get(to_string(statistic));
        if (given == nullptr)
            continue;
        judged = true;
        Fields limits{*this, *given, "a bound"};
        Bound limit;
        limit.of = statistic;
        Node const* const min = limits.get("min");
        Node const* const max = limits.get("max");
        if (min == nullptr && max == nullptr && limits.good())
            error(*given, "a bound needs \"min\" or \"max\"");
        if (known != nullptr && min != nullptr)
            limit.min = quantity(*min, *known);
        if (known != nullptr && max != nullptr)
            limit.max = quantity(*max, *known);
        if (limit.min && limit.max && *limit.max < *limit.min)
            error(*given, "max is less than min");
        bound.bounds.push_back(limit);
    }
    if (!judged && fields.good())
        error(node, "a metric bound without a bound", "such as \"p99\": { \"max\": \"15s\" }");
    if (known != nullptr && judged) {
        bound.metric = known->name;
        scenario_.expect.metrics.push_back(std::move(bound));
    }
}

void Decoder::decode_output(Node const& node)
{
    Fields fields{*this, node, "output"};
    Output& output = scenario_.output;
    fields.read("dir", output.dir, &Decoder::string);
    auto const some_of = [&](Node const& list, std::string_view kind,
                             std::vector<std::string_view> const& written,
                             std::vector<std::string_view> const& later) {
        std::vector<std::string> chosen;
        if (!is_array(list, "this"))
            return chosen;
        for (Node const& item : list.items) {
            auto const text = string(item);
            if (!text)
                continue;
            if (std::find(written.begin(), written.end(), *text) != written.end())
                chosen.push_back(*text);
            else if (std::find(later.begin(), later.end(), *text) != later.end())
                // Left out, it changes nothing of the run.
                warning(item, fmt::format("{} \"{}\" is not written yet", kind, *text),
                        fmt::format("{} {}", quoted_list(written, "and"),
                                    written.size() == 1 ? "is" : "are"));
            else
                error(item, fmt::format("\"{}\" is no {}", *text, kind),
                      choices_text(written, *text));
        }
        return chosen;
    };
    if (Node const* reports = fields.get("reports"))
        output.reports = some_of(*reports, "report", {"text", "json"},
                                 {"html", "junit", "tap", "github", "sarif", "markdown"});
    if (Node const* trace = fields.get("trace")) {
        Fields parts{*this, *trace, "output.trace"};
        if (Node const* formats = parts.get("formats"))
            output.trace_formats = some_of(*formats, "trace format", {"ndjson"},
                                           {"perfetto", "chrome", "shiviz", "otlp", "pcap"});
        if (Node const* keep = parts.get("keep"))
            output.trace_keep = choice<Keep>(*keep, {{"always", Keep::always},
                                                     {"on-failure", Keep::on_failure},
                                                     {"never", Keep::never}})
                                    .value_or(Keep::on_failure);
        for (std::string_view later : {"from", "until", "nodes", "kinds"}) {
            if (Node const* value = parts.get(later))
                not_simulated(
                    *value, fmt::format("limiting the trace by \"{}\" is not possible yet", later));
        }
    }
    for (std::string_view later : {"logs", "metrics", "disks"}) {
        if (Node const* value = fields.get(later))
            not_simulated(*value, fmt::format("output.{} is not written yet", later));
    }
}

}  // namespace odradek::kafka
