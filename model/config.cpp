#include "model/config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "model/config_table.h"
#include "model/spelling.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        std::size_t const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<std::int64_t> to_number(std::string_view text)
{
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// ---- Reading the table's text (its grammar is in config_table.h).

// "a,4.0:b" into {always: a, 4.0: b}.
std::vector<std::pair<KafkaVersion, std::string_view>> by_version(std::string_view text)
{
    std::vector<std::pair<KafkaVersion, std::string_view>> parts;
    for (std::string_view part : split(text, ',')) {
        std::size_t const colon = part.find(':');
        auto const version = colon == std::string_view::npos || parts.empty()
                                 ? std::nullopt
                                 : parse_kafka_version(part.substr(0, colon));
        if (version)
            parts.emplace_back(*version, part.substr(colon + 1));
        else
            parts.emplace_back(KafkaVersion{0, 0}, part);
    }
    return parts;
}

std::vector<DefaultSince> parse_defaults(std::string_view text)
{
    std::vector<DefaultSince> defaults;
    for (auto const& [version, value] : by_version(text)) {
        DefaultSince entry{version, std::nullopt};
        if (value == "\"\"")
            entry.value = "";
        else if (value != "-")
            entry.value = std::string{value};
        if (entry.value)
            std::replace(entry.value->begin(), entry.value->end(), '|', ',');
        defaults.push_back(std::move(entry));
    }
    return defaults;
}

Scope scope_of(char letter)
{
    switch (letter) {
    case 'B':
        return Scope::broker;
    case 'C':
        return Scope::controller;
    case 'T':
        return Scope::topic;
    case 'P':
        return Scope::producer;
    default:
        return Scope::consumer;
    }
}

ConfigType type_of(std::string_view word)
{
    if (word == "bool")
        return ConfigType::boolean;
    if (word == "int" || word == "short")
        return ConfigType::integer;
    if (word == "long")
        return ConfigType::long_integer;
    if (word == "double")
        return ConfigType::decimal;
    if (word == "list")
        return ConfigType::list;
    return word == "enum" ? ConfigType::enumeration : ConfigType::string;
}

void parse_attribute(std::string_view word, ConfigKey& key)
{
    std::size_t const dots = word.find("..");
    if (word == "sim") {
        key.fidelity = Fidelity::simulated;
    } else if (word == "none") {
        key.fidelity = Fidelity::no_effect;
    } else if (word == "refuse") {
        key.fidelity = Fidelity::not_simulated;
    } else if (word.substr(0, 5) == "only{") {
        key.simulated_values = split(word.substr(5, word.size() - 6), ',');
    } else if (word.front() == '{') {
        key.values = split(word.substr(1, word.size() - 2), ',');
    } else if (word.front() == '+') {
        key.since = parse_kafka_version(word.substr(1));
    } else if (word.front() == 'x') {
        key.removed_in = parse_kafka_version(word.substr(1));
    } else if (word.front() == '=') {
        key.broker_synonym = word.substr(1);
    } else if (word.substr(0, 2) == ">=") {
        for (auto const& [version, min] : by_version(word.substr(2)))
            key.mins.push_back({version, to_number(min).value_or(0)});
    } else {
        ENSURE(dots != std::string_view::npos,
               "every word of the configuration table is understood");
        key.mins.push_back({{0, 0}, to_number(word.substr(0, dots)).value_or(0)});
        key.max = to_number(word.substr(dots + 2));
    }
}

ConfigKey parse_row(std::string_view line)
{
    std::vector<std::string_view> const words = split(line, ' ');
    ENSURE(words.size() >= 5, "every row of the configuration table has five words or more");
    ConfigKey key;
    key.name = words[0];
    for (char letter : words[1])
        key.scopes.push_back(scope_of(letter));
    key.type = type_of(words[2]);
    key.defaults = parse_defaults(words[3]);
    for (std::size_t i = 4; i < words.size(); ++i)
        parse_attribute(words[i], key);
    if (words[2] == "short")
        key.max = key.max.value_or(std::numeric_limits<std::int16_t>::max());
    return key;
}

std::vector<ConfigKey> parse_table()
{
    std::vector<ConfigKey> keys;
    for (std::string_view text : {server_key_table(), coordinator_key_table(), security_key_table(),
                                  topic_key_table(), client_key_table()}) {
        for (std::string_view line : split(text, '\n')) {
            if (line.empty())
                continue;
            if (line.substr(0, 6) == "    ! " || line.substr(0, 6) == "    @ ") {
                keys.back().remark = line.substr(6);
                keys.back().said_elsewhere = line[4] == '@';
            } else if (line.substr(0, 4) == "    ") {
                keys.back().doc = line.substr(4);
            } else {
                keys.push_back(parse_row(line));
            }
        }
    }
    std::stable_sort(keys.begin(), keys.end(),
                     [](ConfigKey const& a, ConfigKey const& b) { return a.name < b.name; });
    return keys;
}

// ---- Checking values.

bool matches(std::string_view value, std::string_view pattern)
{
    if (!pattern.empty() && pattern.back() == '*')
        return value.substr(0, pattern.size() - 1) == pattern.substr(0, pattern.size() - 1);
    return value == pattern;
}

bool one_of(std::string_view value, std::vector<std::string_view> const& patterns)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](auto p) { return matches(value, p); });
}

std::string lower(std::string_view text)
{
    std::string result{text};
    for (char& c : result)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

// What is wrong with a value of a number's type; empty: nothing.
std::string number_problem(ConfigKey const& key, KafkaVersion version, std::string_view value)
{
    auto const number = to_number(value);
    if (!number)
        return fmt::format("{} is a whole number, not \"{}\"", key.name, value);
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    if (key.type == ConfigType::integer) {
        min = std::numeric_limits<std::int32_t>::min();
        max = std::numeric_limits<std::int32_t>::max();
    }
    min = key.min_in(version).value_or(min);
    max = key.max.value_or(max);
    if (*number < min)
        return fmt::format("{} must be at least {}, not {}", key.name, min, value);
    if (*number > max)
        return fmt::format("{} must be at most {}, not {}", key.name, max, value);
    return {};
}

// Like a Java double: digits with one dot and an exponent. Its size is compared digit by digit
// nowhere, so no floating-point number is made of it.
bool is_decimal(std::string_view value)
{
    std::size_t digits = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        bool const exponent =
            (value[i] == 'e' || value[i] == 'E') && digits > 0 && i + 1 < value.size();
        if (std::isdigit(static_cast<unsigned char>(value[i])) != 0)
            ++digits;
        else if (!exponent && value[i] != '.' && value[i] != '-' && value[i] != '+')
            return false;
    }
    return digits > 0;
}

std::string value_problem(ConfigKey const& key, KafkaVersion version, std::string_view value)
{
    switch (key.type) {
    case ConfigType::boolean:
        if (lower(value) != "true" && lower(value) != "false")
            return fmt::format("{} is true or false, not \"{}\"", key.name, value);
        return {};
    case ConfigType::integer:
    case ConfigType::long_integer:
        return number_problem(key, version, value);
    case ConfigType::decimal:
        return is_decimal(value) ? "" : fmt::format("{} is a number, not \"{}\"", key.name, value);
    case ConfigType::enumeration:
        if (!one_of(value, key.values))
            return fmt::format("{} cannot be \"{}\"", key.name, value);
        return {};
    case ConfigType::list:
        if (!key.values.empty()) {
            for (std::string_view item : split(value, ',')) {
                if (!one_of(item, key.values))
                    return fmt::format("{} cannot hold \"{}\"", key.name, item);
            }
        }
        return {};
    case ConfigType::string:
        return {};
    }
    return {};
}

// Whether two values of a key mean the same.
bool same_value(ConfigKey const& key, std::string_view a, std::string_view b)
{
    if (key.type == ConfigType::boolean)
        return lower(a) == lower(b);
    if (key.type == ConfigType::integer || key.type == ConfigType::long_integer)
        return to_number(a) == to_number(b);
    return a == b;
}

std::string where_used(ConfigKey const& key)
{
    std::vector<std::string> words;
    for (Scope scope : key.scopes)
        words.emplace_back(to_string(scope));
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return text;
}

ConfigProblem unknown_key(std::vector<Scope> const& scopes, std::string_view name)
{
    ConfigProblem problem{
        .severity = Severity::error, .key = std::string{name}, .message = {}, .suggestion = {}};
    std::string const asked{to_string(scopes.front())};
    std::vector<ConfigKey const*> const elsewhere = find_key(name);
    if (elsewhere.empty()) {
        problem.message = fmt::format("Kafka has no {} key {}", asked, name);
        problem.suggestion = did_you_mean(suggest_keys(name, scopes));
        if (problem.suggestion.empty())
            problem.suggestion = "`odradek configs` lists those it has";
        return problem;
    }
    ConfigKey const& other = *elsewhere.front();
    problem.message = fmt::format("{} is a {} key, not a {} key", name, where_used(other), asked);
    bool const server = scopes.front() == Scope::broker;
    for (ConfigKey const& key : all_keys()) {
        if (server && key.name == name && !key.broker_synonym.empty())
            problem.suggestion =
                fmt::format("the broker's default for it is {}", key.broker_synonym);
        if (scopes.front() == Scope::topic && key.broker_synonym == name)
            problem.suggestion = fmt::format("a topic's own value is {}", key.name);
    }
    return problem;
}

ConfigKey const* find_in(std::vector<Scope> const& scopes, std::string_view name)
{
    for (Scope scope : scopes) {
        if (ConfigKey const* key = find_key(name, scope))
            return key;
    }
    return nullptr;
}

// ---- Resolving.

class Values {
public:
    Values(KafkaVersion version, Scope scope, ConfigMap const& overrides)
        : version_{version}, scope_{scope}, overrides_{overrides}
    {
    }

    std::optional<std::string> text(std::string_view name) const
    {
        auto const own = overrides_.find(name);
        if (own != overrides_.end())
            return own->second;
        ConfigKey const* key = find_key(name, scope_);
        ENSURE(key != nullptr, "a resolved key is in the table");
        return key->default_in(version_);
    }

    bool is_set(std::string_view name) const { return overrides_.find(name) != overrides_.end(); }
    bool truth(std::string_view name) const
    {
        return lower(text(name).value_or("false")) == "true";
    }
    std::int64_t number(std::string_view name) const
    {
        return to_number(text(name).value_or("")).value_or(0);
    }
    std::int32_t small(std::string_view name) const
    {
        return static_cast<std::int32_t>(number(name));
    }

    // A key in milliseconds; unset, negative or too long for a run is for ever.
    sim::Duration time(std::string_view name) const
    {
        auto const value = text(name);
        auto const ms = value ? to_number(*value) : std::nullopt;
        std::int64_t ns = 0;
        if (!ms || *ms < 0 || __builtin_mul_overflow(*ms, std::int64_t{1'000'000}, &ns))
            return sim::Duration::forever();
        return sim::Duration{ns};
    }

private:
    KafkaVersion version_;
    Scope scope_;
    ConfigMap const& overrides_;
};

}  // namespace

std::string_view to_string(Scope scope)
{
    switch (scope) {
    case Scope::broker:
        return "broker";
    case Scope::controller:
        return "controller";
    case Scope::topic:
        return "topic";
    case Scope::producer:
        return "producer";
    case Scope::consumer:
        return "consumer";
    }
    return "";
}

std::string_view to_string(Fidelity fidelity)
{
    switch (fidelity) {
    case Fidelity::simulated:
        return "simulated";
    case Fidelity::no_effect:
        return "no effect";
    case Fidelity::not_simulated:
        return "not simulated";
    }
    return "";
}

std::string_view to_string(ConfigType type)
{
    switch (type) {
    case ConfigType::boolean:
        return "boolean";
    case ConfigType::integer:
        return "int";
    case ConfigType::long_integer:
        return "long";
    case ConfigType::decimal:
        return "double";
    case ConfigType::string:
        return "string";
    case ConfigType::list:
        return "list";
    case ConfigType::enumeration:
        return "enum";
    }
    return "";
}

bool ConfigKey::has_scope(Scope scope) const
{
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool ConfigKey::exists_in(KafkaVersion version) const
{
    return (!since || *since <= version) && (!removed_in || version < *removed_in);
}

std::optional<std::string> ConfigKey::default_in(KafkaVersion version) const
{
    std::optional<std::string> value;
    for (DefaultSince const& entry : defaults) {
        if (entry.since <= version)
            value = entry.value;
    }
    return value;
}

std::optional<std::int64_t> ConfigKey::min_in(KafkaVersion version) const
{
    std::optional<std::int64_t> value;
    for (MinSince const& entry : mins) {
        if (entry.since <= version)
            value = entry.min;
    }
    return value;
}

std::vector<ConfigKey> const& all_keys()
{
    static std::vector<ConfigKey> const keys = parse_table();
    return keys;
}

std::vector<ConfigKey const*> find_key(std::string_view name)
{
    auto const& keys = all_keys();
    auto at =
        std::lower_bound(keys.begin(), keys.end(), name,
                         [](ConfigKey const& key, std::string_view n) { return key.name < n; });
    std::vector<ConfigKey const*> found;
    for (; at != keys.end() && at->name == name; ++at)
        found.push_back(&*at);
    return found;
}

ConfigKey const* find_key(std::string_view name, Scope scope)
{
    for (ConfigKey const* key : find_key(name)) {
        if (key->has_scope(scope))
            return key;
    }
    return nullptr;
}

std::vector<std::string_view> suggest_keys(std::string_view name, std::vector<Scope> const& scopes,
                                           std::size_t limit)
{
    std::vector<std::string_view> known;
    std::vector<std::string_view> reordered;  // The same words in another order.
    std::vector<std::string_view> words = split(name, '.');
    std::sort(words.begin(), words.end());
    for (ConfigKey const& key : all_keys()) {
        bool const asked = scopes.empty() || std::any_of(scopes.begin(), scopes.end(),
                                                         [&](Scope s) { return key.has_scope(s); });
        if (!asked)
            continue;
        known.push_back(key.name);
        std::vector<std::string_view> others = split(key.name, '.');
        std::sort(others.begin(), others.end());
        bool const again = !reordered.empty() && reordered.back() == key.name;
        if (words == others && key.name != name && !again)
            reordered.push_back(key.name);
    }
    return reordered.empty() ? nearest_names(name, known, limit) : reordered;
}

std::vector<ConfigProblem> check_config(std::vector<Scope> const& scopes, KafkaVersion version,
                                        std::string_view name, std::string_view value)
{
    ConfigKey const* key = find_in(scopes, name);
    if (key == nullptr)
        return {unknown_key(scopes, name)};
    ConfigProblem problem{
        .severity = Severity::error, .key = std::string{name}, .message = {}, .suggestion = {}};
    if (!key->exists_in(version)) {
        problem.message =
            key->since && version < *key->since
                ? fmt::format("{} came with Kafka {}", name, to_string(*key->since))
                : fmt::format("{} was removed in Kafka {}", name, to_string(*key->removed_in));
        problem.suggestion = fmt::format("run.kafka is {}", to_string(version));
        return {problem};
    }
    problem.message = value_problem(*key, version, value);
    if (!problem.message.empty()) {
        problem.about_key = false;
        if (!key->values.empty())
            problem.suggestion = "it can be " + quoted_list(key->values);
        return {problem};
    }
    auto const by_default = key->default_in(version);
    std::string const shown = by_default ? (by_default->empty() ? "empty" : *by_default) : "unset";
    if (!key->simulated_values.empty() && !one_of(value, key->simulated_values)) {
        problem.about_key = false;
        problem.not_simulated = true;
        problem.message = fmt::format("{} = {} is not simulated yet", name, value);
        problem.suggestion = listed("simulated", key->simulated_values);
        if (!key->remark.empty())
            problem.suggestion += fmt::format(" ({})", key->remark);
        return {problem};
    }
    if (key->fidelity == Fidelity::not_simulated &&
        !(by_default && same_value(*key, value, *by_default))) {
        problem.not_simulated = !key->said_elsewhere;
        problem.message = key->said_elsewhere ? fmt::format("{} is not set here", name)
                                              : fmt::format("{} is not simulated yet", name);
        problem.suggestion = key->remark.empty()
                                 ? fmt::format("leave it out (its default is {})", shown)
                                 : std::string{key->remark};
        return {problem};
    }
    if (key->fidelity == Fidelity::no_effect) {
        problem.severity = Severity::warning;
        problem.message = fmt::format("{} has no effect in a simulation", name);
        problem.suggestion = key->remark;
        return {problem};
    }
    return {};
}

std::vector<ConfigProblem> check_server_rules(KafkaVersion version, ConfigMap const& overrides)
{
    std::vector<ConfigProblem> problems;
    Values const values{version, Scope::broker, overrides};
    auto const at_most = [&](std::string_view key, std::string_view limit) {
        if (values.number(key) <= values.number(limit))
            return;
        std::string_view const blamed = values.is_set(key) ? key : limit;
        problems.push_back({.severity = Severity::error,
                            .key = std::string{blamed},
                            .message = fmt::format("{} ({}) is larger than {} ({})", key,
                                                   values.number(key), limit, values.number(limit)),
                            .suggestion = "Kafka does not start like this",
                            .about_key = false});
    };
    at_most("replica.fetch.wait.max.ms", "replica.lag.time.max.ms");
    at_most("replica.fetch.wait.max.ms", "replica.socket.timeout.ms");
    if (values.number("broker.heartbeat.interval.ms") * 2 >
        values.number("broker.session.timeout.ms")) {
        bool const interval = values.is_set("broker.heartbeat.interval.ms");
        problems.push_back(
            {.severity = Severity::warning,
             .key = interval ? "broker.heartbeat.interval.ms" : "broker.session.timeout.ms",
             .message = fmt::format(
                 "broker.session.timeout.ms ({}) leaves no room for two heartbeats of {} ms",
                 values.number("broker.session.timeout.ms"),
                 values.number("broker.heartbeat.interval.ms")),
             .suggestion = "one late heartbeat fences a healthy broker",
             .about_key = false});
    }
    return problems;
}

std::vector<ConfigProblem> check_producer_rules(KafkaVersion version, ConfigMap const& overrides)
{
    std::vector<ConfigProblem> problems;
    Values const values{version, Scope::producer, overrides};
    auto const refuse = [&](std::string_view key, std::string message, std::string suggestion) {
        problems.push_back({.severity = Severity::error,
                            .key = std::string{key},
                            .message = std::move(message),
                            .suggestion = std::move(suggestion),
                            .about_key = false});
    };
    auto const warn = [&](std::string_view key, std::string message) {
        problems.push_back({.severity = Severity::warning,
                            .key = std::string{key},
                            .message = std::move(message),
                            .suggestion = "say \"enable.idempotence\": false to mean it",
                            .about_key = false});
    };
    if (values.is_set("delivery.timeout.ms")) {
        std::int64_t const least = values.number("linger.ms") + values.number("request.timeout.ms");
        if (values.number("delivery.timeout.ms") < least) {
            refuse("delivery.timeout.ms",
                   fmt::format("delivery.timeout.ms ({}) is less than linger.ms ({}) + "
                               "request.timeout.ms ({})",
                               values.number("delivery.timeout.ms"), values.number("linger.ms"),
                               values.number("request.timeout.ms")),
                   "a Kafka producer throws a ConfigException");
        }
    }
    if (!values.truth("enable.idempotence"))
        return problems;
    // Set explicitly, a contradiction is an error; by default, idempotence is switched off with a
    // log line.
    bool const wanted = values.is_set("enable.idempotence");
    std::string const exception = "a Kafka producer throws a ConfigException";
    std::string const acks = values.text("acks").value_or("");
    if (acks != "all" && acks != "-1") {
        if (wanted)
            refuse("acks", fmt::format("acks is {}, but enable.idempotence needs acks=all", acks),
                   exception);
        else
            warn("acks", fmt::format("acks={} switches idempotence off", acks));
    }
    if (values.number("retries") == 0) {
        if (wanted)
            refuse("retries", "retries is 0, but enable.idempotence needs at least one", exception);
        else
            warn("retries", "retries=0 switches idempotence off");
    }
    std::string_view const in_flight = "max.in.flight.requests.per.connection";
    if (values.number(in_flight) > 5) {
        // KAFKA-17927: since 4.0 an error also when idempotence is on by default.
        if (wanted || version >= KafkaVersion{4, 0})
            refuse(in_flight,
                   fmt::format("{} is {}, but idempotence keeps order for at most 5", in_flight,
                               values.number(in_flight)),
                   exception);
        else
            warn(in_flight, fmt::format("{}={} switches idempotence off", in_flight,
                                        values.number(in_flight)));
    }
    return problems;
}

// " /data/a/" as a path on the broker's own disk: "data/a".
static std::string on_own_disk(std::string_view path)
{
    while (path.starts_with(' ') || path.starts_with('/'))
        path.remove_prefix(1);
    while (path.ends_with(' ') || path.ends_with('/'))
        path.remove_suffix(1);
    return std::string(path);
}

static std::vector<std::string> log_directories(Values const& v)
{
    std::vector<std::string> directories;
    if (v.is_set("log.dirs")) {
        std::string const list = v.text("log.dirs").value_or("");
        for (std::string_view const path : split(list, ','))
            directories.push_back(on_own_disk(path));
    }
    if (directories.empty())
        directories.emplace_back();
    return directories;
}

static std::string metadata_directory(Values const& v)
{
    return v.is_set("metadata.log.dir") ? on_own_disk(v.text("metadata.log.dir").value_or(""))
                                        : log_directories(v).front();
}

BrokerConfig resolve_broker_config(KafkaVersion version, ConfigMap const& overrides)
{
    Values const v{version, Scope::broker, overrides};
    return {
        .min_insync_replicas = v.small("min.insync.replicas"),
        .default_replication_factor = v.small("default.replication.factor"),
        .num_partitions = v.small("num.partitions"),
        .unclean_leader_election_enable = v.truth("unclean.leader.election.enable"),
        .message_max_bytes = v.small("message.max.bytes"),
        .log_flush_interval_messages = v.number("log.flush.interval.messages"),
        .log_flush_interval = v.text("log.flush.interval.ms")
                                  ? v.time("log.flush.interval.ms")
                                  : v.time("log.flush.scheduler.interval.ms"),
        .replica_lag_time_max = v.time("replica.lag.time.max.ms"),
        .replica_fetch_wait_max = v.time("replica.fetch.wait.max.ms"),
        .replica_fetch_backoff = v.time("replica.fetch.backoff.ms"),
        .replica_fetch_min_bytes = v.small("replica.fetch.min.bytes"),
        .replica_fetch_max_bytes = v.small("replica.fetch.max.bytes"),
        .replica_fetch_response_max_bytes = v.small("replica.fetch.response.max.bytes"),
        .num_replica_fetchers = v.small("num.replica.fetchers"),
        .replica_socket_timeout = v.time("replica.socket.timeout.ms"),
        .replica_high_watermark_checkpoint_interval =
            v.time("replica.high.watermark.checkpoint.interval.ms"),
        .log_flush_offset_checkpoint_interval = v.time("log.flush.offset.checkpoint.interval.ms"),
        .fetch_max_bytes = v.small("fetch.max.bytes"),
        .request_timeout = v.time("request.timeout.ms"),
        .broker_heartbeat_interval = v.time("broker.heartbeat.interval.ms"),
        .broker_session_timeout = v.time("broker.session.timeout.ms"),
        .initial_broker_registration_timeout = v.time("initial.broker.registration.timeout.ms"),
        .controlled_shutdown_enable = v.truth("controlled.shutdown.enable"),
        .producer_id_expiration = v.time("producer.id.expiration.ms"),
        .connections_max_idle = v.time("connections.max.idle.ms"),
        .log_segment_bytes = v.number("log.segment.bytes"),
        .log_dirs = log_directories(v),
        .metadata_log_dir = metadata_directory(v),
        .log_dir_failure_timeout = v.time("log.dir.failure.timeout.ms"),
        .log_segment_delete_delay = v.time("log.segment.delete.delay.ms"),
        .rack_aware_replica_selector =
            v.text("replica.selector.class").value_or("").ends_with("RackAwareReplicaSelector"),
        .leader_replication_throttled_rate = v.number("leader.replication.throttled.rate"),
        .follower_replication_throttled_rate = v.number("follower.replication.throttled.rate"),
        .replication_quota_window_num = v.small("replication.quota.window.num"),
        .replication_quota_window_size =
            sim::Duration{v.number("replication.quota.window.size.seconds") * 1'000'000'000},
    };
}

ControllerConfig resolve_controller_config(KafkaVersion version, ConfigMap const& overrides)
{
    Values const v{version, Scope::controller, overrides};
    return {
        .min_insync_replicas = v.small("min.insync.replicas"),
        .default_replication_factor = v.small("default.replication.factor"),
        .num_partitions = v.small("num.partitions"),
        .unclean_leader_election_enable = v.truth("unclean.leader.election.enable"),
        .broker_session_timeout = v.time("broker.session.timeout.ms"),
        .broker_heartbeat_interval = v.time("broker.heartbeat.interval.ms"),
        .metadata_max_idle_interval = v.time("metadata.max.idle.interval.ms"),
        .controller_quorum_fetch_timeout = v.time("controller.quorum.fetch.timeout.ms"),
        .controller_quorum_election_timeout = v.time("controller.quorum.election.timeout.ms"),
        .controller_quorum_election_backoff_max =
            v.time("controller.quorum.election.backoff.max.ms"),
        .controller_quorum_request_timeout = v.time("controller.quorum.request.timeout.ms"),
    };
}

TopicConfig resolve_topic_config(KafkaVersion version, ConfigMap const& overrides,
                                 ConfigMap const& server)
{
    BrokerConfig const broker = resolve_broker_config(version, server);
    Values const own{version, Scope::topic, overrides};
    TopicConfig config{
        .min_insync_replicas = broker.min_insync_replicas,
        .unclean_leader_election_enable = broker.unclean_leader_election_enable,
        .max_message_bytes = broker.message_max_bytes,
        .flush_messages = broker.log_flush_interval_messages,
        .flush = broker.log_flush_interval,
        .segment_bytes = broker.log_segment_bytes,
        .file_delete_delay = broker.log_segment_delete_delay,
    };
    if (own.is_set("min.insync.replicas"))
        config.min_insync_replicas = own.small("min.insync.replicas");
    if (own.is_set("unclean.leader.election.enable"))
        config.unclean_leader_election_enable = own.truth("unclean.leader.election.enable");
    if (own.is_set("max.message.bytes"))
        config.max_message_bytes = own.small("max.message.bytes");
    if (own.is_set("flush.messages"))
        config.flush_messages = own.number("flush.messages");
    if (own.is_set("flush.ms"))
        config.flush = own.time("flush.ms");
    if (own.is_set("segment.bytes"))
        config.segment_bytes = own.number("segment.bytes");
    if (own.is_set("file.delete.delay.ms"))
        config.file_delete_delay = own.time("file.delete.delay.ms");
    return config;
}

ProducerConfig resolve_producer_config(KafkaVersion version, ConfigMap const& overrides)
{
    Values const v{version, Scope::producer, overrides};
    std::string const acks = v.text("acks").value_or("all");
    ProducerConfig config{
        .acks = acks == "0"   ? Acks::none
                : acks == "1" ? Acks::leader
                              : Acks::all,
        .enable_idempotence = v.truth("enable.idempotence"),
        .batch_size = v.small("batch.size"),
        .linger = v.time("linger.ms"),
        .buffer_memory = v.number("buffer.memory"),
        .max_block = v.time("max.block.ms"),
        .max_request_size = v.small("max.request.size"),
        .max_in_flight_requests_per_connection = v.small("max.in.flight.requests.per.connection"),
        .retries = v.small("retries"),
        .retry_backoff = v.time("retry.backoff.ms"),
        .retry_backoff_max = v.time("retry.backoff.max.ms"),
        .request_timeout = v.time("request.timeout.ms"),
        .delivery_timeout = v.time("delivery.timeout.ms"),
        .metadata_max_age = v.time("metadata.max.age.ms"),
        .metadata_max_idle = v.time("metadata.max.idle.ms"),
        .reconnect_backoff = v.time("reconnect.backoff.ms"),
        .reconnect_backoff_max = v.time("reconnect.backoff.max.ms"),
        .socket_connection_setup_timeout = v.time("socket.connection.setup.timeout.ms"),
        .socket_connection_setup_timeout_max = v.time("socket.connection.setup.timeout.max.ms"),
        .partitioner_ignore_keys = v.truth("partitioner.ignore.keys"),
        .partitioner_adaptive_partitioning_enable =
            v.truth("partitioner.adaptive.partitioning.enable"),
        .partitioner_availability_timeout = v.time("partitioner.availability.timeout.ms"),
    };
    if (!v.is_set("enable.idempotence") && (config.acks != Acks::all || config.retries == 0 ||
                                            config.max_in_flight_requests_per_connection > 5))
        config.enable_idempotence = false;
    // Not set, delivery.timeout.ms gives way to a longer linger.ms + request.timeout.ms.
    if (!v.is_set("delivery.timeout.ms") && config.linger != sim::Duration::forever())
        config.delivery_timeout =
            std::max(config.delivery_timeout, config.linger + config.request_timeout);
    return config;
}

ConsumerConfig resolve_consumer_config(KafkaVersion version, ConfigMap const& overrides)
{
    Values const v{version, Scope::consumer, overrides};
    std::string const reset = v.text("auto.offset.reset").value_or("latest");
    return {
        .auto_offset_reset = reset == "earliest" ? AutoOffsetReset::earliest
                             : reset == "none"   ? AutoOffsetReset::none
                                                 : AutoOffsetReset::latest,
        .isolation_level = v.text("isolation.level") == "read_committed"
                               ? IsolationLevel::read_committed
                               : IsolationLevel::read_uncommitted,
        .fetch_min_bytes = v.small("fetch.min.bytes"),
        .fetch_max_bytes = v.small("fetch.max.bytes"),
        .fetch_max_wait = v.time("fetch.max.wait.ms"),
        .max_partition_fetch_bytes = v.small("max.partition.fetch.bytes"),
        .max_poll_records = v.small("max.poll.records"),
        .request_timeout = v.time("request.timeout.ms"),
        .default_api_timeout = v.time("default.api.timeout.ms"),
        .retry_backoff = v.time("retry.backoff.ms"),
        .retry_backoff_max = v.time("retry.backoff.max.ms"),
        .metadata_max_age = v.time("metadata.max.age.ms"),
        .reconnect_backoff = v.time("reconnect.backoff.ms"),
        .reconnect_backoff_max = v.time("reconnect.backoff.max.ms"),
        .socket_connection_setup_timeout = v.time("socket.connection.setup.timeout.ms"),
        .socket_connection_setup_timeout_max = v.time("socket.connection.setup.timeout.max.ms"),
        .client_rack = v.text("client.rack").value_or(""),
    };
}

std::optional<std::string> resolved_value(KafkaVersion version, Scope scope, std::string_view name,
                                          ConfigMap const& overrides)
{
    auto const own = overrides.find(name);
    if (own != overrides.end())
        return own->second;
    ConfigKey const* key = find_key(name, scope);
    return key == nullptr ? std::nullopt : key->default_in(version);
}

}  // namespace odradek::kafka
