// `topics` and `workloads` of a scenario file.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "model/assignor_name.h"
#include "model/scenario/decoder.h"
#include "model/scenario/selector.h"
#include "model/spelling.h"
#include "sim/distribution.h"

namespace odradek::kafka {

namespace {

// Kafka's rule for topic names; empty: fine.
std::string topic_name_problem(std::string_view name)
{
    if (name.empty() || name == "." || name == "..")
        return fmt::format("\"{}\" cannot be a topic's name", name);
    if (name.size() > 249)
        return "a topic's name has at most 249 characters";
    for (char c : name) {
        bool const good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!good)
            return fmt::format("\"{}\" cannot be a topic's name", name);
    }
    return {};
}

}  // namespace

void Decoder::decode_topics(Node const& node)
{
    if (!is_object(node, "topics"))
        return;
    for (Member const& member : node.members) {
        auto const names = expand_range(member.name);
        if (!names.value) {
            key_error(node, member, names.problem, names.suggestion);
            continue;
        }
        std::string const problem = topic_name_problem(names.value->front());
        if (!problem.empty()) {
            key_error(node, member, problem, "Kafka allows letters, digits, '.', '_' and '-'");
            continue;
        }
        auto const topic = decode_topic(member.value, names.value->front());
        if (!topic)
            continue;
        for (std::string const& name : *names.value) {
            if (topic_named(name) != nullptr) {
                key_error(node, member, fmt::format("topic {} is described twice", name));
                break;
            }
            scenario_.topics.push_back(*topic);
            scenario_.topics.back().name = name;
        }
        if (!names.value->empty())
            made_topics_.emplace_back(*topic, &member.value);
    }
    std::sort(scenario_.topics.begin(), scenario_.topics.end(),
              [](Topic const& a, Topic const& b) { return a.name < b.name; });
}

std::optional<Topic> Decoder::decode_topic(Node const& node, std::string const& name)
{
    Fields fields{*this, node, "a topic"};
    if (!fields.good())
        return std::nullopt;
    BrokerConfig const server =
        resolve_broker_config(scenario_.run.kafka, scenario_.cluster.config);
    Topic topic;
    topic.name = name;
    topic.source = source_of(node);
    topic.partitions = server.num_partitions;
    topic.replication_factor = server.default_replication_factor;
    Node const* const partitions = fields.get("partitions");
    if (partitions != nullptr)
        topic.partitions = small(*partitions, 1, 1'000'000).value_or(1);
    Node const* const factor = fields.get("replicationFactor");
    if (factor != nullptr)
        topic.replication_factor = small(*factor, 1, 32'767).value_or(1);
    if (Node const* assignment = fields.get("assignment")) {
        if (factor != nullptr)
            error(*factor, "\"assignment\" and \"replicationFactor\" exclude each other",
                  "remove one of them");
        if (partitions != nullptr)
            error(*partitions, "\"assignment\" and \"partitions\" exclude each other",
                  "remove one of them");
        decode_assignment(*assignment, topic);
    }
    if (Node const* given = fields.get("config"))
        topic.config = config(*given, {Scope::topic});
    return topic;
}

void Decoder::decode_assignment(Node const& node, Topic& topic)
{
    if (!is_object(node, "an assignment"))
        return;
    ClusterSpec::Brokers const& brokers = scenario_.cluster.brokers;
    std::size_t factor = 0;
    for (Member const& member : node.members) {
        std::int32_t partition = -1;
        auto const number = parse_scaled(member.name, 1);
        if (number.value && *number.value >= 0 && *number.value < 1'000'000)
            partition = static_cast<std::int32_t>(*number.value);
        if (partition < 0) {
            key_error(node, member, fmt::format("\"{}\" is no partition", member.name),
                      "an assignment is such as { \"0\": [1, 2, 3], \"1\": [2, 3, 1] }");
            continue;
        }
        if (!is_array(member.value, "a list of replicas"))
            continue;
        std::vector<std::int32_t> replicas;
        for (Node const& item : member.value.items) {
            auto const id = small(item, 0, std::numeric_limits<std::int32_t>::max() - 1);
            if (!id)
                continue;
            if (brokers.count > 0 &&
                (*id < brokers.first_id || *id >= brokers.first_id + brokers.count))
                error(item, fmt::format("there is no broker {}", *id),
                      fmt::format("brokers are {} to {}", brokers.first_id,
                                  brokers.first_id + brokers.count - 1));
            if (std::find(replicas.begin(), replicas.end(), *id) != replicas.end())
                error(item, fmt::format("broker {} is named twice", *id));
            replicas.push_back(*id);
        }
        if (replicas.empty())
            error(member.value, "a partition has at least one replica");
        if (factor != 0 && factor != replicas.size())
            error(member.value,
                  fmt::format("{} replicas, where the first partition has {}", replicas.size(),
                              factor),
                  "Kafka wants the same number for every partition");
        factor = factor == 0 ? replicas.size() : factor;
        topic.assignment[partition] = std::move(replicas);
    }
    std::int32_t next = 0;
    for (auto const& [partition, replicas] : topic.assignment) {
        if (partition != next) {
            error(node, fmt::format("partition {} is missing", next),
                  "partitions are numbered from 0 without gaps");
            break;
        }
        ++next;
    }
    if (topic.assignment.empty())
        error(node, "an assignment names at least one partition");
    topic.partitions =
        std::max<std::int32_t>(1, static_cast<std::int32_t>(topic.assignment.size()));
    topic.replication_factor = std::max<std::int32_t>(1, static_cast<std::int32_t>(factor));
}

void Decoder::decode_workloads(Node const& node)
{
    if (!is_object(node, "workloads"))
        return;
    for (Member const& member : node.members) {
        bool const good =
            !member.name.empty() && std::all_of(member.name.begin(), member.name.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
            });
        if (!good) {
            key_error(node, member, fmt::format("\"{}\" cannot be a workload's name", member.name),
                      "letters, digits, '.', '_' and '-' are fine");
            continue;
        }
        if (auto workload = decode_workload(member.value, member.name))
            scenario_.workloads.push_back(std::move(*workload));
    }
    std::sort(scenario_.workloads.begin(), scenario_.workloads.end(),
              [](Workload const& a, Workload const& b) { return a.name < b.name; });
}

std::optional<Workload> Decoder::decode_workload(Node const& node, std::string const& name)
{
    enum class Type { producer, reader, consumer_group, transform, admin };
    if (!is_object(node, "a workload"))
        return std::nullopt;
    Member const* const given = node.member("type");
    if (given == nullptr) {
        error(node, "a workload needs \"type\"", "\"producer\" or \"reader\"");
        return std::nullopt;
    }
    auto const type = choice<Type>(given->value, {{"producer", Type::producer},
                                                  {"reader", Type::reader},
                                                  {"consumer-group", Type::consumer_group},
                                                  {"transform", Type::transform},
                                                  {"admin", Type::admin}});
    if (!type)
        return std::nullopt;
    if (*type == Type::transform || *type == Type::admin) {
        not_simulated(
            given->value,
            fmt::format("workloads of type \"{}\" are not simulated yet", given->value.text),
            "\"producer\", \"reader\" and \"consumer-group\" are");
        return std::nullopt;
    }
    Fields fields{*this, node,
                  *type == Type::producer ? "a producer"
                  : *type == Type::reader ? "a reader"
                                          : "a consumer group",
                  Fields::Notes::ignored};
    fields.get("type");
    Workload workload;
    workload.name = name;
    workload.source = source_of(node);
    if (Node const* count = fields.get("count"))
        workload.count = small(*count, 1, 100'000).value_or(1);
    if (*type == Type::consumer_group)
        if (Node const* members = fields.get("members"))
            workload.count = small(*members, 1, 100'000).value_or(1);
    fields.read("rack", workload.rack, &Decoder::string);
    if (Node const* rack = fields.get("rack"); rack != nullptr && !workload.rack.empty())
        used_racks_.emplace_back(workload.rack, rack);
    fields.read("start", workload.start, &Decoder::duration);
    fields.read("stop", workload.stop, &Decoder::duration);
    if (Node const* stop = fields.get("stop");
        stop != nullptr && workload.stop && *workload.stop <= workload.start)
        error(*stop, fmt::format("it stops at {}, but starts at {}", duration_text(*workload.stop),
                                 duration_text(workload.start)));
    if (Node const* start = fields.get("start"))
        moments_.emplace_back(workload.start, start);
    if (Node const* crash = fields.get("onCrash"))
        workload.on_crash = choice<OnCrash>(*crash, {{"restart", OnCrash::restart},
                                                     {"stay-dead", OnCrash::stay_dead}})
                                .value_or(OnCrash::restart);
    if (*type == Type::producer) {
        workload.is = decode_producer(fields);
        return workload;
    }
    ReaderWorkload reader = decode_reader(fields);
    if (*type == Type::consumer_group)
        decode_group(fields, reader);
    else if (auto const commits = reader.config.find("enable.auto.commit");
             commits != reader.config.end() && commits->second == "true")
        error(fields.get("config")->member("enable.auto.commit")->value,
              "who is in no group has nowhere to commit to",
              "leave it out, or make it a \"consumer-group\"");
    workload.is = std::move(reader);
    return workload;
}

std::vector<std::string> Decoder::topic_names(Node const& node)
{
    auto const text = string(node);
    auto const names = text ? taken(node, expand_range(*text)) : std::nullopt;
    if (!names)
        return {};
    for (std::string const& name : *names)
        used_topics_.emplace_back(name, &node);
    return *names;
}

ProducerWorkload Decoder::decode_producer(Fields& fields)
{
    ProducerWorkload producer;
    producer.rate = Rate{1, sim::Duration{10'000'000}};  // 100/s
    producer.value.size = SizeSpec::constant(100);
    if (Node const* topic =
            fields.need("topic", "the name of a topic, or a range such as \"t-[0-3]\""))
        producer.topics = topic_names(*topic);
    fields.refuse("topics", "a producer has one \"topic\"",
                  "a range such as \"t-[0-3]\" names several");
    fields.read("rate", producer.rate, &Decoder::rate);
    if (Node const* arrival = fields.get("arrival")) {
        enum class Given { steady, poisson, bursty };
        auto const given = choice<Given>(
            *arrival,
            {{"steady", Given::steady}, {"poisson", Given::poisson}, {"bursty", Given::bursty}});
        if (given == Given::bursty)
            not_simulated(*arrival, "bursty arrival is not simulated yet",
                          "\"steady\" and \"poisson\" are");
        if (given == Given::poisson)
            producer.arrival = Arrival::poisson;
    }
    if (Node const* records = fields.get("records"))
        producer.records = integer(*records, 0, std::numeric_limits<std::int64_t>::max());
    if (Node const* key = fields.get("key"))
        producer.key = decode_key(*key).value_or(KeySpec{});
    if (Node const* value = fields.get("value"))
        decode_value(*value, producer.value);
    if (Node const* partitioner = fields.get("partitioner")) {
        auto const name = string(*partitioner);
        if (name && *name != "default")
            not_simulated(*partitioner,
                          fmt::format("the partitioner \"{}\" is not simulated yet", *name),
                          "\"default\" is Kafka's own: by key, else sticky");
    }
    Node const* const given = fields.get("config");
    if (given != nullptr) {
        producer.config = config(*given, {Scope::producer});
        for (ConfigProblem const& problem :
             check_producer_rules(scenario_.run.kafka, producer.config)) {
            Member const* const at = given->member(problem.key);
            diagnostics_.add(problem.severity, at == nullptr ? given->place : at->value.place,
                             at == nullptr ? given->pointer : at->value.pointer, problem.message,
                             problem.suggestion);
        }
    }
    ProducerConfig const resolved = resolve_producer_config(scenario_.run.kafka, producer.config);
    if (Node const* transactions = fields.get("transactions")) {
        if (resolved.transactional_id.empty())
            error(*transactions, "a producer without a transactional.id has no transactions",
                  "give it one: \"config\": { \"transactional.id\": \"biller\" }");
        decode_transactions(*transactions, producer.transactions);
    }
    std::int64_t const least = producer.value.size.distribution().lowest();
    if (least > resolved.max_request_size && producer.value.tombstones.ppb == 0) {
        Node const* const value = fields.get("value");
        warning(value == nullptr ? fields.node() : *value,
                fmt::format("records of {} bytes exceed max.request.size ({})", least,
                            resolved.max_request_size),
                "every send fails with RecordTooLargeException");
    }
    return producer;
}

void Decoder::decode_transactions(Node const& node, TransactionsSpec& transactions)
{
    Fields fields{*this, node, "a producer's transactions"};
    if (Node const* records = fields.get("records"))
        transactions.records =
            integer(*records, 1, std::numeric_limits<std::int64_t>::max()).value_or(1);
    if (Node const* within = fields.get("within")) {
        transactions.within = duration(*within);
        if (transactions.within && *transactions.within <= sim::Duration{})
            error(*within, "a transaction takes longer than nothing", "such as \"500ms\"");
    }
    fields.read("abort", transactions.abort, &Decoder::probability);
    if (Node const* shared = fields.get("sharedId"))
        transactions.shared_id = boolean(*shared).value_or(false);
}

ReaderWorkload Decoder::decode_reader(Fields& fields)
{
    ReaderWorkload reader;
    Node const* const topics =
        fields.need("topics", "an array of topic names, such as [\"orders\"]");
    if (topics != nullptr && is_array(*topics, "topics")) {
        if (topics->items.empty())
            error(*topics, "a reader reads at least one topic");
        for (Node const& item : topics->items) {
            for (std::string& name : topic_names(item)) {
                if (std::find(reader.topics.begin(), reader.topics.end(), name) ==
                    reader.topics.end())
                    reader.topics.push_back(std::move(name));
            }
        }
    }
    fields.refuse("topic", "a reader has \"topics\"", "write it as an array: [\"orders\"]");
    fields.read("processing", reader.processing, &Decoder::spec);
    if (Node const* given = fields.get("config"))
        reader.config = config(*given, {Scope::consumer});
    return reader;
}

void Decoder::decode_group(Fields& fields, ReaderWorkload& reader)
{
    GroupSpec& group = reader.group.emplace();
    if (Node const* name = fields.need("group", "the name of the group, such as \"billing\"")) {
        group.group = string(*name).value_or("");
        if (group.group.empty())
            error(*name, "a group has a name");
    }
    using Commit = GroupSpec::Commit;
    using Pattern = GroupSpec::Pattern;
    if (Node const* pattern = fields.get("pattern"))
        group.pattern = choice<Pattern>(*pattern, {{"at-least-once", Pattern::at_least_once},
                                                   {"at-most-once", Pattern::at_most_once}})
                            .value_or(Pattern::at_least_once);
    Node const* const commit = fields.get("commit");
    if (group.pattern == Pattern::at_most_once)
        group.commit = Commit::synchronous;
    if (commit != nullptr)
        group.commit = choice<Commit>(*commit, {{"auto", Commit::automatic},
                                                {"sync", Commit::synchronous},
                                                {"async", Commit::asynchronous},
                                                {"none", Commit::none}})
                           .value_or(Commit::automatic);
    if (group.pattern == Pattern::at_most_once && group.commit != Commit::synchronous)
        error(*commit, "at most once means that every poll is committed before it is worked on",
              "\"sync\"");
    std::string const automatic = "enable.auto.commit";
    bool const by_clock = group.commit == Commit::automatic;
    Node const* const given = fields.get("config");
    if (given != nullptr && reader.config.contains(automatic) &&
        (reader.config.at(automatic) == "true") != by_clock)
        error(given->member(automatic)->value,
              fmt::format("enable.auto.commit contradicts \"commit\": \"{}\"",
                          by_clock ? "auto" : "sync, async or none"),
              "leave it out: \"commit\" says it");
    reader.config[automatic] = by_clock ? "true" : "false";
    ConsumerConfig const config = resolve_consumer_config(scenario_.run.kafka, reader.config);
    Node const& about = given != nullptr ? *given : fields.node();
    for (std::string const& name : config.assignors)
        if (!assignor_of_class(name))
            error(about, fmt::format("there is no assignor {}", name),
                  "range, roundrobin, sticky and cooperative-sticky are simulated");
    if (config.heartbeat_interval >= config.session_timeout)
        error(about, "heartbeat.interval.ms must be less than session.timeout.ms",
              "a third of it is usual");
}

std::optional<KeySpec> Decoder::decode_key(Node const& node)
{
    Fields fields{*this, node, "a key"};
    Node const* const name = fields.need("gen", "\"none\", \"sequence\", \"uniform\" or \"zipf\"");
    auto const gen = name == nullptr
                         ? std::nullopt
                         : choice<KeySpec::Gen>(*name, {{"none", KeySpec::Gen::none},
                                                        {"sequence", KeySpec::Gen::sequence},
                                                        {"uniform", KeySpec::Gen::uniform},
                                                        {"zipf", KeySpec::Gen::zipf}});
    if (!gen) {
        fields.forgive();
        return std::nullopt;
    }
    KeySpec key;
    key.gen = *gen;
    if (*gen == KeySpec::Gen::none)
        return key;
    if (Node const* cardinality = fields.need("cardinality", "how many different keys there are"))
        key.cardinality = integer(*cardinality, 1, std::int64_t{1} << 31).value_or(1);
    if (*gen != KeySpec::Gen::zipf)
        return key;
    if (Node const* s = fields.need("s", "zipf's exponent, such as 1.1")) {
        key.s_thousandths = decimal(*s, 1'000).value_or(0);
        if (key.s_thousandths < 0 || key.s_thousandths > 20'000)
            error(*s, fmt::format("s {} is not between 0 and 20", s->text));
    }
    return key;
}

void Decoder::decode_value(Node const& node, ValueSpec& value)
{
    using Gen = ValueSpec::Gen;
    Fields fields{*this, node, "a value"};
    if (Node const* gen = fields.get("gen"))
        value.gen = choice<Gen>(*gen, {{"sequence", Gen::sequence},
                                       {"letters", Gen::letters},
                                       {"random", Gen::random}})
                        .value_or(Gen::sequence);
    fields.read("size", value.size, &Decoder::size_spec);
    fields.read("tombstones", value.tombstones, &Decoder::probability);
    Node const* const headers = fields.get("headers");
    if (headers == nullptr || !is_object(*headers, "headers"))
        return;
    for (Member const& member : headers->members) {
        if (member.value.kind == Node::Kind::null)
            value.headers.emplace_back(member.name, std::nullopt);
        else if (auto const text = string(member.value))
            value.headers.emplace_back(member.name, *text);
    }
}

std::optional<std::int64_t> Decoder::value_size(Node const& node)
{
    constexpr std::int64_t most = 1'000'000'000;
    auto const bytes = size_or_bytes(node);
    if (!bytes || *bytes <= most)
        return bytes;
    error(node, fmt::format("values of {} bytes are too large", *bytes), "at most 1 GB");
    return std::nullopt;
}

std::optional<SizeSpec> Decoder::size_spec(Node const& node)
{
    using Kind = SizeSpec::Kind;
    if (node.kind != Node::Kind::object) {
        auto const bytes = value_size(node);
        return bytes ? std::optional{SizeSpec::constant(*bytes)} : std::nullopt;
    }
    Fields fields{*this, node, "a distribution of sizes"};
    Node const* const name =
        fields.need("dist", "such as { \"dist\": \"uniform\", \"min\": 100, \"max\": \"4KB\" }");
    auto const kind =
        name == nullptr
            ? std::nullopt
            : choice<Kind>(*name, {{"uniform", Kind::uniform}, {"lognormal", Kind::lognormal}});
    if (!kind) {
        fields.forgive();
        return std::nullopt;
    }
    SizeSpec spec;
    spec.kind = *kind;
    bool good = true;
    auto const need = [&](char const* field, std::int64_t& into) {
        Node const* const given =
            fields.need(field, fmt::format("{} distributions are described by it", name->text));
        auto const bytes = given == nullptr ? std::nullopt : value_size(*given);
        good = good && bytes.has_value();
        into = bytes.value_or(0);
    };
    if (*kind == Kind::uniform) {
        need("min", spec.min.emplace());
        need("max", spec.max.emplace());
    } else {
        need("median", spec.median);
        need("p99", spec.p99);
        if (good && (spec.median < 1 || spec.p99 < spec.median)) {
            error(node, "a lognormal distribution's median is above zero and not above its p99");
            good = false;
        }
        fields.read("min", spec.min, &Decoder::value_size);
        fields.read("max", spec.max, &Decoder::value_size);
    }
    if (good && spec.min && spec.max && *spec.max < *spec.min) {
        error(node, fmt::format("max ({}) is less than min ({})", *spec.max, *spec.min));
        good = false;
    }
    return good ? std::optional{spec} : std::nullopt;
}

}  // namespace odradek::kafka
