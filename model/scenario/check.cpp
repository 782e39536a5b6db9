// What only shows when a whole scenario is read: names that nothing has, clusters that cannot be,
// times that never come, and intentions that look mistaken.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "model/scenario/decoder.h"
#include "model/scenario/selector.h"
#include "model/spelling.h"

namespace odradek::kafka {

void Decoder::check_all()
{
    check_topics();
    check_topic_names();
    check_racks();
    check_selectors();
    check_times();
    check_after();
    check_transactions();
    check_intent();
}

Topic const* Decoder::topic_named(std::string_view name) const
{
    for (Topic const& topic : scenario_.topics) {
        if (topic.name == name)
            return &topic;
    }
    for (auto const& [topic, at] : made_topics_) {
        if (topic.name == name)
            return &topic;
    }
    return nullptr;
}

void Decoder::check_topics()
{
    for (auto const& [topic, at] : made_topics_)
        check_topic(topic, *at);
}

void Decoder::check_topic(Topic const& topic, Node const& at)
{
    std::int32_t const brokers = scenario_.cluster.brokers.count;
    Member const* const factor = at.member("replicationFactor");
    if (brokers > 0 && topic.replication_factor > brokers && topic.assignment.empty()) {
        error(factor == nullptr ? at : factor->value,
              fmt::format("a replication factor of {} needs as many brokers, and there {} {}",
                          topic.replication_factor, brokers == 1 ? "is" : "are", brokers),
              factor == nullptr ? "it comes from default.replication.factor" : "");
    }
    TopicConfig const config =
        resolve_topic_config(scenario_.run.kafka, topic.config, scenario_.cluster.config);
    if (config.min_insync_replicas > topic.replication_factor) {
        Member const* const own = at.member("config");
        Member const* const key =
            own == nullptr ? nullptr : own->value.member("min.insync.replicas");
        warning(key == nullptr ? at : key->value,
                fmt::format("min.insync.replicas ({}) is more than the {} replica{} of topic {}",
                            config.min_insync_replicas, topic.replication_factor,
                            topic.replication_factor == 1 ? "" : "s", topic.name),
                "every write with acks=all will be refused");
    }
}

// Whether the file has it, though it may have been refused: one mistake, one message.
bool Decoder::is_declared(std::string_view part, std::string_view name) const
{
    Member const* const all = root_.member(part);
    return all != nullptr && all->value.member(name) != nullptr;
}

void Decoder::check_topic_names()
{
    std::vector<std::string_view> names;
    for (Topic const& topic : scenario_.topics)
        names.push_back(topic.name);
    for (auto const& [topic, at] : made_topics_) {
        if (std::find(names.begin(), names.end(), topic.name) == names.end())
            names.push_back(topic.name);
    }
    for (auto const& [name, at] : used_topics_) {
        if (topic_named(name) != nullptr)
            continue;
        std::string const hint = did_you_mean(nearest_names(name, names));
        error(*at, fmt::format("there is no topic \"{}\"", name),
              !hint.empty()              ? hint
              : scenario_.topics.empty() ? "describe it under \"topics\""
              : names.size() <= 8 ? listed(names.size() == 1 ? "the only topic" : "topics", names)
                                  : "describe it under \"topics\"");
    }
    std::vector<std::string_view> workloads;
    for (Workload const& workload : scenario_.workloads)
        workloads.push_back(workload.name);
    for (auto const& [name, at] : used_workloads_) {
        if (std::find(workloads.begin(), workloads.end(), name) == workloads.end() &&
            !is_declared("workloads", name)) {
            std::string const hint = did_you_mean(nearest_names(name, workloads));
            error(*at, fmt::format("there is no workload \"{}\"", name),
                  hint.empty() && !workloads.empty()
                      ? listed(workloads.size() == 1 ? "the only workload" : "workloads", workloads)
                      : hint);
        }
    }
}

std::vector<std::string_view> Decoder::all_racks() const
{
    std::vector<std::string_view> racks;
    for (auto const* list :
         {&scenario_.cluster.brokers.racks, &scenario_.cluster.controllers.racks}) {
        for (std::string const& rack : *list) {
            if (std::find(racks.begin(), racks.end(), rack) == racks.end())
                racks.push_back(rack);
        }
    }
    return racks;
}

void Decoder::check_racks()
{
    auto const racks = all_racks();
    for (auto const& [name, at] : used_racks_) {
        if (std::find(racks.begin(), racks.end(), name) == racks.end())
            error(*at, fmt::format("there is no rack \"{}\"", name),
                  racks.empty() ? "no node has a rack: say cluster.brokers.racks"
                                : listed(racks.size() == 1 ? "the only rack" : "racks", racks));
    }
}

void Decoder::check_selectors()
{
    for (auto const& [term, at] : used_selectors_)
        check_selector(term, *at);
}

void Decoder::check_selector(SelectorTerm const& term, Node const& at)
{
    ClusterSpec const& cluster = scenario_.cluster;
    std::string const text = to_string(term);
    auto const in_range = [&](std::int32_t first, std::int32_t count, std::string_view what) {
        if (!term.first || count == 0)
            return;
        if (*term.first < first || *term.last >= first + count)
            error(at, fmt::format("there is no {}", text),
                  count == 1 ? fmt::format("there is one {}: {}", what, first)
                             : fmt::format("{}s are {} to {}", what, first, first + count - 1));
    };
    switch (term.kind) {
    case SelectorKind::broker:
        in_range(cluster.brokers.first_id, cluster.brokers.count, "broker");
        break;
    case SelectorKind::controller:
        in_range(0, cluster.controllers.count, "controller");
        break;
    case SelectorKind::rack: {
        auto const racks = all_racks();
        if (std::find(racks.begin(), racks.end(), term.name) == racks.end())
            error(at, fmt::format("there is no rack \"{}\"", term.name),
                  racks.empty() ? "no node has a rack: say cluster.brokers.racks"
                                : listed(racks.size() == 1 ? "the only rack" : "racks", racks));
        break;
    }
    case SelectorKind::client: {
        if (term.name.empty())
            break;
        std::vector<std::string_view> names;
        Workload const* found = nullptr;
        for (Workload const& workload : scenario_.workloads) {
            names.push_back(workload.name);
            if (workload.name == term.name)
                found = &workload;
        }
        bool const refused = found == nullptr && is_declared("workloads", term.name);
        if (found == nullptr && !refused) {
            std::string const hint = did_you_mean(nearest_names(term.name, names));
            error(at, fmt::format("there is no workload \"{}\"", term.name),
                  hint.empty() && !names.empty()
                      ? listed(names.size() == 1 ? "the only workload" : "workloads", names)
                      : hint);
        } else if (!refused && term.last && *term.last >= found->count) {
            error(at, fmt::format("there is no {}", text),
                  found->count == 1 ? fmt::format("{} has one client: {}[0]", term.name, term.name)
                                    : fmt::format("{}[0] to {}[{}] exist", term.name, term.name,
                                                  found->count - 1));
        }
        break;
    }
    case SelectorKind::leader:
    case SelectorKind::follower:
    case SelectorKind::isr:
    case SelectorKind::preferred: {
        Topic const* const topic = topic_named(term.name);
        std::vector<std::string_view> names;
        for (Topic const& known : scenario_.topics)
            names.push_back(known.name);
        if (topic == nullptr) {
            std::string const hint = did_you_mean(nearest_names(term.name, names));
            error(at, fmt::format("there is no topic \"{}\"", term.name),
                  hint.empty() && !names.empty() && names.size() <= 8
                      ? listed(names.size() == 1 ? "the only topic" : "topics", names)
                      : hint);
        } else if (term.last && *term.last >= topic->partitions) {
            error(at, fmt::format("there is no partition {}-{}", term.name, *term.last),
                  topic->partitions == 1
                      ? fmt::format("{} has one partition: {}-0", term.name, term.name)
                      : fmt::format("{}-0 to {}-{} exist", term.name, term.name,
                                    topic->partitions - 1));
        }
        break;
    }
    case SelectorKind::zookeepers:
    case SelectorKind::zookeeper:
        not_simulated(at, "ZooKeeper is not simulated yet");
        break;
    case SelectorKind::coordinator:
        not_simulated(at, "group coordinators are not simulated yet");
        break;
    case SelectorKind::txn_coordinator:
        not_simulated(at, "transaction coordinators are not simulated yet");
        break;
    case SelectorKind::directory:
        check_directory(term, text, at);
        break;
    default:
        break;
    }
    if (term.count && term.kind != SelectorKind::rack) {
        std::int32_t available = 0;
        if (term.kind == SelectorKind::broker && term.first)
            available = *term.last - *term.first + 1;
        else if (term.kind == SelectorKind::broker || term.kind == SelectorKind::brokers)
            available = cluster.brokers.count;
        else if (term.kind == SelectorKind::controller || term.kind == SelectorKind::controllers)
            available = cluster.controllers.count;
        if (available > 0 && *term.count > available)
            error(at, fmt::format("\"{}\" wants {} of {}", text, *term.count, available));
    }
}

// A directory is one of several that a broker has.
void Decoder::check_directory(SelectorTerm const& term, std::string_view text, Node const& at)
{
    auto const& brokers = scenario_.cluster.brokers;
    std::int32_t const last = brokers.first_id + brokers.count - 1;
    std::int32_t const from = term.first.value_or(brokers.first_id);
    std::int32_t const to = term.last.value_or(last);
    if (from < brokers.first_id || to > last) {
        error(at, fmt::format("there is no broker {}", from < brokers.first_id ? from : to),
              fmt::format("brokers are {} to {}", brokers.first_id, last));
        return;
    }
    for (std::int32_t id = from; id <= to; ++id) {
        std::size_t const count =
            resolve_broker_config(scenario_.run.kafka, scenario_.cluster.config_of_broker(id))
                .log_dirs.size();
        if (count == 1)
            error(at, fmt::format("\"{}\": broker {} has one log directory, its disk", text, id),
                  fmt::format("name the broker, or give it several: \"log.dirs\": \"d0,d1\""));
        else if (static_cast<std::size_t>(term.directory.value_or(0)) >= count)
            error(at, fmt::format("\"{}\": broker {} has {} log directories", text, id, count),
                  fmt::format("they are {}/0 to {}/{}", id, id, count - 1));
    }
}

void Decoder::check_times()
{
    sim::Duration const duration = scenario_.run.duration;
    sim::Duration const whole = duration + scenario_.run.settle;
    for (auto const& [moment, at] : moments_) {
        if (moment > whole)
            warning(*at,
                    fmt::format("{} is after the end of the run ({} and {} to settle)",
                                duration_text(moment), duration_text(duration),
                                duration_text(scenario_.run.settle)),
                    "it never happens");
        else if (moment >= duration && at->pointer.find("/timeline/") == 0)
            warning(*at,
                    fmt::format("{} is not before the end of run.duration ({})",
                                duration_text(moment), duration_text(duration)),
                    "everything is healed by then, and the step never happens");
    }
}

void Decoder::check_after()
{
    std::vector<std::string_view> ids;
    for (Step const& step : scenario_.timeline) {
        if (!step.id.empty())
            ids.push_back(step.id);
    }
    auto const named = [&](std::string_view id) -> Step const* {
        for (Step const& step : scenario_.timeline) {
            if (step.id == id)
                return &step;
        }
        return nullptr;
    };
    auto const complain = [&](Step const& step, std::string_view field, std::string_view id) {
        Node const* const at = value_at(root_, step.source.pointer + std::string{field});
        std::string const hint = did_you_mean(nearest_names(id, ids));
        error(at == nullptr ? root_ : *at, fmt::format("no step has the id \"{}\"", id),
              hint.empty() && !ids.empty() ? listed(ids.size() == 1 ? "the only id" : "ids", ids)
                                           : hint);
    };
    for (Step const& step : scenario_.timeline) {
        if (auto const* heal = std::get_if<HealDetails>(&step.action.with);
            heal != nullptr && !heal->step.empty() && named(heal->step) == nullptr)
            complain(step, "/with/step", heal->step);
        // Follows the chain of `after`; a step met again waits for itself.
        std::set<std::string, std::less<>> seen;
        Step const* at = &step;
        while (at != nullptr) {
            auto const* after = std::get_if<After>(&at->trigger);
            if (after == nullptr)
                break;
            Step const* const next = named(after->step);
            if (next == nullptr && at == &step)
                complain(step, "/after", after->step);
            if (!at->id.empty() && !seen.insert(at->id).second) {
                Node const* const where = value_at(root_, step.source.pointer + "/after");
                if (at == &step)
                    error(where == nullptr ? root_ : *where,
                          fmt::format("step \"{}\" waits for itself", step.id));
                break;
            }
            at = next;
        }
    }
}

// Without __transaction_state nobody could ever begin: a cluster that is too small for it is told.
void Decoder::check_transactions()
{
    for (Workload const& workload : scenario_.workloads) {
        auto const* producer = std::get_if<ProducerWorkload>(&workload.is);
        if (producer == nullptr || !producer->config.contains("transactional.id"))
            continue;
        BrokerConfig const broker =
            resolve_broker_config(scenario_.run.kafka, scenario_.cluster.config);
        std::int32_t const factor = broker.transaction_state_log_replication_factor;
        Node const* const at =
            value_at(root_, workload.source.pointer + "/config/transactional.id");
        Node const& where = at == nullptr ? root_ : *at;
        if (factor > scenario_.cluster.brokers.count)
            error(where,
                  fmt::format("__transaction_state wants {} replicas, and there are {} brokers",
                              factor, scenario_.cluster.brokers.count),
                  fmt::format("\"cluster\": {{ \"config\": {{ "
                              "\"transaction.state.log.replication.factor\": {}, "
                              "\"transaction.state.log.min.isr\": 1 }} }}",
                              scenario_.cluster.brokers.count));
        ProducerConfig const config =
            resolve_producer_config(scenario_.run.kafka, producer->config);
        if (config.transaction_timeout > broker.transaction_max_timeout)
            error(where,
                  fmt::format("transaction.timeout.ms ({}) is above transaction.max.timeout.ms "
                              "({})",
                              config.transaction_timeout.ms(), broker.transaction_max_timeout.ms()),
                  "a broker refuses it: INVALID_TRANSACTION_TIMEOUT");
    }
}

void Decoder::check_intent()
{
    // A loss that the settings invite is the user's lesson or the user's mistake: say which.
    Expect const& expect = scenario_.expect;
    auto const mentions = [&](std::string_view name) {
        bool const skipped =
            std::find(expect.skip.begin(), expect.skip.end(), name) != expect.skip.end();
        bool const allowed = std::any_of(expect.allow.begin(), expect.allow.end(),
                                         [&](Allow const& a) { return a.violation == name; });
        bool const required = std::any_of(expect.require.begin(), expect.require.end(),
                                          [&](Require const& r) { return r.violation == name; });
        return skipped || allowed || required || !expect.all_invariants;
    };
    bool const faults =
        !scenario_.timeline.empty() || (scenario_.chaos && !scenario_.chaos->faults.empty());
    for (Workload const& workload : scenario_.workloads) {
        auto const* producer = std::get_if<ProducerWorkload>(&workload.is);
        if (producer == nullptr || !faults || mentions("lost-write"))
            continue;
        ProducerConfig const config =
            resolve_producer_config(scenario_.run.kafka, producer->config);
        if (config.acks == Acks::all)
            continue;
        Node const* const at = value_at(root_, workload.source.pointer + "/config/acks");
        if (at != nullptr)
            warning(*at,
                    fmt::format("with acks={} a failover may lose acknowledged records, and that "
                                "is a violation here",
                                static_cast<int>(config.acks)),
                    "if it is the lesson, \"allow\" or \"require\" lost-write under \"expect\"");
    }
}

}  // namespace odradek::kafka
