// `timeline` and `chaos` of a scenario file: triggers, verbs and what each verb takes.
#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/scenario/selector.h"
#include "model/spelling.h"

namespace odradek::kafka {

namespace {

enum class Need : std::uint8_t { no, maybe, yes };

// What a verb acts on.
enum class Whom : std::uint8_t { nobody, nodes, processes, clients, controllers };

struct VerbRow {
    Verb verb;
    Need target;
    Need between;
    Whom whom;
    bool lasts;  // Whether `for` can undo it.
    Need with;
};

constexpr std::array<VerbRow, 32> verbs{{
    {Verb::crash, Need::yes, Need::no, Whom::nodes, true, Need::no},
    {Verb::restart, Need::yes, Need::no, Whom::nodes, false, Need::no},
    {Verb::shutdown, Need::yes, Need::no, Whom::nodes, true, Need::no},
    {Verb::pause, Need::yes, Need::no, Whom::processes, true, Need::no},
    {Verb::resume, Need::yes, Need::no, Whom::processes, false, Need::no},
    {Verb::power_loss, Need::yes, Need::no, Whom::nodes, true, Need::maybe},
    {Verb::partition, Need::no, Need::yes, Whom::processes, true, Need::no},
    {Verb::isolate, Need::yes, Need::no, Whom::processes, true, Need::no},
    {Verb::hold, Need::maybe, Need::maybe, Whom::processes, true, Need::no},
    {Verb::heal, Need::maybe, Need::no, Whom::processes, false, Need::maybe},
    {Verb::link, Need::maybe, Need::maybe, Whom::processes, true, Need::yes},
    {Verb::disk, Need::yes, Need::no, Whom::nodes, true, Need::yes},
    {Verb::disk_full, Need::yes, Need::no, Whom::nodes, true, Need::maybe},
    {Verb::disk_corrupt, Need::yes, Need::no, Whom::nodes, false, Need::maybe},
    {Verb::disk_fail, Need::yes, Need::no, Whom::nodes, true, Need::no},
    {Verb::disk_wipe, Need::yes, Need::no, Whom::nodes, true, Need::no},
    {Verb::clock, Need::yes, Need::no, Whom::processes, true, Need::yes},
    {Verb::kill_client, Need::yes, Need::no, Whom::clients, true, Need::no},
    {Verb::create_topic, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::elect_leaders, Need::no, Need::no, Whom::nobody, false, Need::maybe},
    {Verb::delete_topic, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::delete_records, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::add_partitions, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::config, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::reassign, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::update_features, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::unregister_broker, Need::no, Need::no, Whom::nobody, false, Need::yes},
    {Verb::add_controller, Need::yes, Need::no, Whom::controllers, false, Need::no},
    {Verb::remove_controller, Need::yes, Need::no, Whom::controllers, false, Need::no},
    {Verb::set_workload, Need::no, Need::no, Whom::nobody, true, Need::yes},
    {Verb::snapshot, Need::no, Need::no, Whom::nobody, false, Need::no},
    {Verb::note, Need::no, Need::no, Whom::nobody, false, Need::yes},
}};

constexpr std::array<std::string_view, 3> later_verbs{
    "zk-expire-session",
    "add-broker",
    "decommission",
};

VerbRow const& row_of(Verb verb)
{
    return *std::find_if(verbs.begin(), verbs.end(),
                         [&](VerbRow const& row) { return row.verb == verb; });
}

std::string with_hint(Verb verb)
{
    switch (verb) {
    case Verb::link:
        return "such as \"with\": { \"latency\": \"400ms\" }";
    case Verb::disk:
        return "such as \"with\": { \"fsync\": \"250ms\" }";
    case Verb::clock:
        return "such as \"with\": { \"skew\": \"5s\" }";
    case Verb::create_topic:
        return "such as \"with\": { \"topic\": \"late\", \"partitions\": 3 }";
    case Verb::delete_topic:
        return "such as \"with\": { \"topic\": \"orders\" }";
    case Verb::delete_records:
        return "such as \"with\": { \"topic\": \"orders\", \"offset\": 100 }";
    case Verb::add_partitions:
        return "such as \"with\": { \"topic\": \"orders\", \"partitions\": 6 }";
    case Verb::config:
        return "such as \"with\": { \"topic\": \"orders\", \"set\": { \"min.insync.replicas\": 2 } "
               "}";
    case Verb::reassign:
        return "Kafka's reassignment file, or { \"topic\": \"orders\", \"random\": true }";
    case Verb::update_features:
        return "such as \"with\": { \"features\": { \"metadata.version\": \"4.0-IV3\" } }";
    case Verb::unregister_broker:
        return "such as \"with\": { \"broker\": 3 }";
    case Verb::set_workload:
        return "such as \"with\": { \"workload\": \"shop\", \"rate\": \"100/s\" }";
    case Verb::note:
        return "such as \"with\": { \"text\": \"the rack is cut off\" }";
    default:
        return {};
    }
}

bool is_client_kind(SelectorKind kind)
{
    return kind == SelectorKind::client || kind == SelectorKind::clients;
}

}  // namespace

void Decoder::decode_timeline(Node const& node)
{
    if (!is_array(node, "the timeline"))
        return;
    for (Node const& item : node.items) {
        auto step = decode_step(item);
        if (!step)
            continue;
        if (!step->id.empty() &&
            std::any_of(scenario_.timeline.begin(), scenario_.timeline.end(),
                        [&](Step const& other) { return other.id == step->id; }))
            error(item.member("id")->value, fmt::format("a step \"{}\" exists already", step->id));
        scenario_.timeline.push_back(std::move(*step));
    }
}

std::optional<Step> Decoder::decode_step(Node const& node)
{
    Fields fields{*this, node, "a step", Fields::Notes::ignored};
    if (!fields.good())
        return std::nullopt;
    Step step;
    step.source = source_of(node);
    fields.read("id", step.id, &Decoder::string);
    auto trigger = decode_trigger(node, fields);
    auto action = decode_action(node, fields);
    if (!trigger || !action)
        return std::nullopt;
    step.trigger = std::move(*trigger);
    step.action = std::move(*action);
    return step;
}

std::optional<Trigger> Decoder::decode_trigger(Node const& node, Fields& fields)
{
    std::vector<std::string_view> given;
    for (std::string_view name : {"at", "every", "when", "after"}) {
        if (fields.get(name) != nullptr)
            given.push_back(name);
    }
    std::string const needed = "one of \"at\", \"every\", \"when\" and \"after\" says when";
    if (given.size() > 1)
        error(node, fmt::format("{} exclude each other", quoted_list(given, "and")), needed);
    else if (given.empty())
        error(node, "this step has no trigger", needed);
    std::string_view const kind = given.size() == 1 ? given.front() : std::string_view{};

    auto const only_with = [&](std::string_view name,
                               std::initializer_list<std::string_view> kinds) {
        Node const* const value = fields.get(name);
        if (value != nullptr && !kind.empty() &&
            std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) {
            std::vector<std::string_view> const list{kinds};
            error(*value, fmt::format("\"{}\" means nothing with \"{}\"", name, kind),
                  fmt::format("it belongs to {}", quoted_list(list, "and")));
        }
    };
    only_with("from", {"every"});
    only_with("until", {"every"});
    only_with("count", {"every", "when"});
    only_with("delay", {"after"});

    auto const count = [&]() -> std::optional<std::int64_t> {
        Node const* const value = fields.get("count");
        return value == nullptr ? std::nullopt
                                : integer(*value, 1, std::numeric_limits<std::int64_t>::max());
    };
    if (kind == "at") {
        auto const at = duration(*fields.get("at"));
        if (!at)
            return std::nullopt;
        moments_.emplace_back(*at, fields.get("at"));
        return Trigger{At{*at}};
    }
    if (kind == "every") {
        Every every;
        auto const interval = spec(*fields.get("every"));
        fields.read("from", every.from, &Decoder::duration);
        fields.read("until", every.until, &Decoder::duration);
        every.count = count();
        if (interval && interval->kind == DurationSpec::Kind::constant && interval->value.ns == 0)
            error(*fields.get("every"), "every 0s never ends", "an interval is above zero");
        if (every.until && *every.until <= every.from)
            error(*fields.get("until"), "it ends before it begins");
        if (Node const* from = fields.get("from"))
            moments_.emplace_back(every.from, from);
        if (!interval)
            return std::nullopt;
        every.every = *interval;
        return Trigger{every};
    }
    if (kind == "when") {
        auto const when = condition(*fields.get("when"));
        std::int64_t const times = count().value_or(1);
        return when ? std::optional{Trigger{When{*when, times}}} : std::nullopt;
    }
    if (kind == "after") {
        After after;
        auto const step = string(*fields.get("after"));
        after.delay = DurationSpec::constant({});
        fields.read("delay", after.delay, &Decoder::spec);
        if (!step)
            return std::nullopt;
        after.step = *step;
        return Trigger{after};
    }
    return std::nullopt;
}

std::optional<Action> Decoder::decode_action(Node const& node, Fields& fields)
{
    Node const* const name = fields.need("do", "what happens, such as \"crash\"");
    Node const* const target = fields.get("target");
    Node const* const between = fields.get("between");
    Node const* const symmetric = fields.get("symmetric");
    Node const* const lasts = fields.get("for");
    Node const* const with = fields.get("with");
    auto const text = name == nullptr ? std::nullopt : string(*name);
    if (!text)
        return std::nullopt;

    std::vector<std::string_view> names;
    VerbRow const* row = nullptr;
    for (VerbRow const& known : verbs) {
        names.push_back(to_string(known.verb));
        if (to_string(known.verb) == *text)
            row = &known;
    }
    if (std::find(later_verbs.begin(), later_verbs.end(), *text) != later_verbs.end()) {
        not_simulated(*name, fmt::format("\"{}\" is not simulated yet", *text));
        return std::nullopt;
    }
    if (row == nullptr) {
        std::string const hint = did_you_mean(nearest_names(*text, names));
        error(*name, fmt::format("\"{}\" is nothing that can be done", *text),
              hint.empty() ? listed("known", names) : hint);
        return std::nullopt;
    }

    Action action;
    action.verb = row->verb;
    if (target != nullptr && row->target == Need::no)
        error(*target, fmt::format("\"{}\" has no target", *text),
              row->between == Need::yes ? "say \"between\": [one side, the other]" : "");
    else if (target != nullptr)
        action.target = selector(*target).value_or(Selector{});
    else if (row->target == Need::yes)
        error(node, fmt::format("\"{}\" needs a \"target\"", *text),
              row->whom == Whom::clients       ? "such as \"client:shop[0]\""
              : row->whom == Whom::controllers ? "such as \"controller:3\""
                                               : "such as \"broker:1\" or \"leader:orders-0\"");
    if (between != nullptr && row->between == Need::no) {
        error(*between, fmt::format("\"{}\" is not between anything", *text), "say \"target\"");
    } else if (between != nullptr && is_array(*between, "between")) {
        if (between->items.size() < 2)
            error(*between, "between needs two sides or more");
        for (Node const& side : between->items) {
            if (auto parsed = selector(side))
                action.between.push_back(std::move(*parsed));
        }
    } else if (row->between == Need::yes) {
        error(node, fmt::format("\"{}\" needs \"between\"", *text),
              "such as [\"rack:a\", \"rack:b\"]");
    }
    if (row->target == Need::maybe && row->between == Need::maybe) {
        if (target != nullptr && between != nullptr)
            error(*between, "\"target\" and \"between\" exclude each other");
        else if (target == nullptr && between == nullptr)
            error(node, fmt::format("\"{}\" needs a \"target\" or \"between\"", *text),
                  "\"target\" means every link of a node, \"between\" those of two sides");
    }
    if (symmetric != nullptr) {
        action.symmetric = boolean(*symmetric).value_or(true);
        if (row->between == Need::no && row->verb != Verb::isolate)
            error(*symmetric, fmt::format("\"{}\" has no direction", *text));
    }
    if (lasts != nullptr && !row->lasts)
        error(*lasts, fmt::format("\"{}\" cannot be undone after a time", *text), "remove \"for\"");
    else if (lasts != nullptr)
        action.lasts = spec(*lasts);
    if (with != nullptr && row->with == Need::no)
        error(*with, fmt::format("\"{}\" takes no \"with\"", *text));
    else if (with == nullptr && row->with == Need::yes)
        error(node, fmt::format("\"{}\" needs \"with\"", *text), with_hint(row->verb));
    else
        action.with = decode_details(row->verb, node, with);
    if (target != nullptr)
        check_target_kinds(action, *target);
    return action;
}

void Decoder::check_target_kinds(Action const& action, Node const& target)
{
    Whom const whom = row_of(action.verb).whom;
    auto const version = scenario_.cluster.features.find("kraft.version");
    if (whom == Whom::controllers &&
        (version == scenario_.cluster.features.end() || version->second != "1"))
        error(target, "the voters of this quorum are fixed by its configuration",
              "say \"cluster.features\": { \"kraft.version\": 1 } (KIP-853)");
    std::string const verb{to_string(action.verb)};
    for (SelectorTerm const& term : action.target.terms) {
        bool const client = is_client_kind(term.kind);
        if (term.kind == SelectorKind::directory && action.verb != Verb::disk_fail &&
            action.verb != Verb::disk_corrupt)
            error(target, fmt::format("\"{}\" does not concern a log directory", verb),
                  "only \"disk-fail\" and \"disk-corrupt\" do; name the broker");
        if (whom == Whom::nodes && client)
            error(target,
                  fmt::format("\"{}\" acts on brokers and controllers, not on clients", verb),
                  action.verb == Verb::crash ? "use \"kill-client\"" : "");
        bool const controller =
            term.kind == SelectorKind::controller || term.kind == SelectorKind::controllers;
        if (whom == Whom::controllers && !controller)
            error(target, fmt::format("\"{}\" acts on controllers", verb),
                  "such as \"controller:3\"");
        if (whom == Whom::clients && !client)
            error(target, "\"kill-client\" acts on clients",
                  "for brokers and controllers use \"crash\"");
    }
}

Details Decoder::decode_details(Verb verb, Node const&, Node const* with)
{
    switch (verb) {
    case Verb::link:
        return decode_link_details(*with);
    case Verb::disk:
        return decode_disk_details(*with);
    case Verb::clock:
        return decode_clock_details(*with);
    case Verb::create_topic:
        return decode_create_topic(*with);
    default:
        break;
    }
    if (verb == Verb::heal) {
        HealDetails details;
        if (with != nullptr) {
            Fields fields{*this, *with, "a heal step"};
            fields.read("step", details.step, &Decoder::string);
        }
        return details;
    }
    if (verb == Verb::power_loss) {
        PowerLossDetails details;
        if (with != nullptr) {
            Fields fields{*this, *with, "a power-loss step"};
            if (Node const* model = fields.get("powerLoss"))
                details.model = choice<PowerLoss>(
                    *model,
                    {{to_string(PowerLoss::keep_all), PowerLoss::keep_all},
                     {to_string(PowerLoss::lose_unsynced), PowerLoss::lose_unsynced},
                     {to_string(PowerLoss::lose_random_unsynced), PowerLoss::lose_random_unsynced},
                     {to_string(PowerLoss::torn_tail), PowerLoss::torn_tail}});
        }
        return details;
    }
    if (verb == Verb::disk_full) {
        DiskFullDetails details;
        if (with != nullptr) {
            Fields fields{*this, *with, "a disk-full step"};
            fields.read("free", details.free_bytes, &Decoder::size);
            fields.read("partial", details.partial, &Decoder::boolean);
        }
        return details;
    }
    if (verb == Verb::disk_corrupt) {
        DiskCorruptDetails details;
        if (with != nullptr) {
            Fields fields{*this, *with, "a disk-corrupt step"};
            if (Node const* bits = fields.get("bits"))
                details.bits = integer(*bits, 1, 1'000'000).value_or(1);
            fields.read("cached", details.cached, &Decoder::boolean);
        }
        return details;
    }
    if (with != nullptr)
        if (std::optional<Details> details = decode_admin_details(verb, *with))
            return std::move(*details);
    if (verb == Verb::elect_leaders)
        return with == nullptr ? ElectLeadersDetails{} : decode_elect_leaders(*with);
    if (verb == Verb::set_workload) {
        SetWorkloadDetails details;
        Fields fields{*this, *with, "a set-workload step"};
        if (Node const* name = fields.need("workload", "the name of a workload")) {
            details.workload = string(*name).value_or("");
            used_workloads_.emplace_back(details.workload, name);
        }
        if (Node const* pace = fields.need("rate", "such as \"100/s\""))
            details.rate = rate(*pace).value_or(std::nullopt);
        return details;
    }
    if (verb == Verb::note) {
        NoteDetails details;
        Fields fields{*this, *with, "a note"};
        if (Node const* text = fields.need("text"))
            details.text = string(*text).value_or("");
        return details;
    }
    return NoDetails{};
}

CreateTopicDetails Decoder::decode_create_topic(Node const& node)
{
    if (!is_object(node, "a create-topic step"))
        return {};
    Member const* const name = node.member("topic");
    if (name == nullptr) {
        error(node, "a create-topic step needs \"topic\"", "the new topic's name");
        return {};
    }
    auto const text = string(name->value);
    // The rest is a topic as in `topics`: the same object without its name.
    Node rest = node;
    std::erase_if(rest.members, [](Member const& m) { return m.name == "topic"; });
    auto topic = decode_topic(rest, text.value_or(""));
    if (!topic)
        return {};
    made_topics_.emplace_back(*topic, &node);
    return {std::move(*topic)};
}

ElectLeadersDetails Decoder::decode_elect_leaders(Node const& node)
{
    ElectLeadersDetails details;
    Fields fields{*this, node, "an elect-leaders step"};
    if (Node const* type = fields.get("type"))
        details.unclean =
            choice<bool>(*type, {{"preferred", false}, {"unclean", true}}).value_or(false);
    if (Node const* topic = fields.get("topic")) {
        details.topic = string(*topic).value_or("");
        used_topics_.emplace_back(details.topic, topic);
    }
    if (Node const* partition = fields.get("partition")) {
        details.partition = small(*partition, 0, 1'000'000);
        if (details.topic.empty())
            error(*partition, "a partition of which topic?", "say \"topic\"");
    }
    return details;
}

void Decoder::decode_chaos(Node const& node)
{
    Fields fields{*this, node, "chaos"};
    Chaos chaos;
    chaos.until = scenario_.run.duration;
    if (Node const* profile = fields.get("profile")) {
        auto const name = string(*profile);
        if (name && (*name == "light" || *name == "moderate" || *name == "heavy"))
            not_simulated(*profile,
                          fmt::format("the chaos profile \"{}\" does not exist yet", *name),
                          "list the faults under \"faults\"");
        else if (name && *name != "none")
            error(*profile, fmt::format("\"{}\" is no chaos profile", *name),
                  "use \"none\" and list the \"faults\"");
    }
    fields.read("from", chaos.from, &Decoder::duration);
    fields.read("until", chaos.until, &Decoder::duration);
    if (Node const* from = fields.get("from"))
        moments_.emplace_back(chaos.from, from);
    if (chaos.until <= chaos.from) {
        Node const* const at =
            fields.get("until") != nullptr ? fields.get("until") : fields.get("from");
        error(at == nullptr ? node : *at,
              fmt::format("chaos would last from {} until {}", duration_text(chaos.from),
                          duration_text(chaos.until)));
    }
    fields.read("swarm", chaos.swarm, &Decoder::boolean);
    fields.read("rotate", chaos.rotate, &Decoder::spec);
    if (Node const* rotate = fields.get("rotate"); rotate != nullptr && !chaos.swarm)
        error(*rotate, "\"rotate\" draws a new swarm, and there is none", "say \"swarm\": true");
    if (Node const* budget = fields.get("budget"))
        decode_budget(*budget, chaos.budget);
    Node const* const faults = fields.get("faults");
    if (faults != nullptr && is_array(*faults, "chaos.faults")) {
        for (Node const& item : faults->items) {
            Fields fault_fields{*this, item, "a fault", Fields::Notes::ignored};
            if (!fault_fields.good())
                continue;
            Fault fault;
            fault.source = source_of(item);
            Node const* const every = fault_fields.need(
                "every", "such as { \"dist\": \"exponential\", \"mean\": \"8s\" }");
            auto const interval = every == nullptr ? std::nullopt : spec(*every);
            if (interval && interval->kind == DurationSpec::Kind::constant &&
                interval->value.ns == 0)
                error(*every, "every 0s never ends", "an interval is above zero");
            if (Node const* limit = fault_fields.get("limit"))
                fault.limit = integer(*limit, 1, std::numeric_limits<std::int64_t>::max());
            auto action = decode_action(item, fault_fields);
            if (interval && action) {
                fault.every = *interval;
                fault.action = std::move(*action);
                chaos.faults.push_back(std::move(fault));
            }
        }
    }
    scenario_.chaos = std::move(chaos);
}

void Decoder::decode_budget(Node const& node, Budget& budget)
{
    Fields fields{*this, node, "a budget"};
    auto const number = [&](std::string_view name, std::optional<std::int32_t>& into) {
        if (Node const* value = fields.get(name))
            into = small(*value, 0, 1'000'000);
    };
    number("brokersDown", budget.brokers_down);
    number("controllersDown", budget.controllers_down);
    number("replicasDownPerPartition", budget.replicas_down_per_partition);
    number("keepInSync", budget.keep_in_sync);
    fields.read("keepQuorum", budget.keep_quorum, &Decoder::boolean);
}

}  // namespace odradek::kafka
