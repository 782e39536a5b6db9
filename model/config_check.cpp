// What is wrong with keys and values as a user wrote them.

#include <algorithm>
#include <cctype>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "model/config_values.h"
#include "model/spelling.h"

namespace odradek::kafka {

namespace {

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

// AutoOffsetResetStrategy (KIP-1106).
std::string reset_problem(KafkaVersion version, std::string_view value)
{
    constexpr std::string_view by_duration = "by_duration:";
    if (!value.starts_with(by_duration))
        return {};
    if (version < KafkaVersion{4, 0})
        return fmt::format("auto.offset.reset cannot be by_duration in Kafka {}, it can since 4.0",
                           to_string(version));
    if (!to_iso_duration(value.substr(by_duration.size())))
        return fmt::format("auto.offset.reset: \"{}\" is no duration such as PT1H30M",
                           value.substr(by_duration.size()));
    return {};
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
        if (key.name == "auto.offset.reset")
            return reset_problem(version, value);
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

}  // namespace

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
    ConfigValues const values{version, Scope::broker, overrides};
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
    // KafkaConfig.validateValues
    if (values.truth("log.cleaner.enable") && values.number("log.cleaner.threads") > 0 &&
        values.number("log.cleaner.dedupe.buffer.size") / values.number("log.cleaner.threads") <=
            1024 * 1024)
        problems.push_back(
            {.severity = Severity::error,
             .key = values.is_set("log.cleaner.dedupe.buffer.size")
                        ? "log.cleaner.dedupe.buffer.size"
                        : "log.cleaner.threads",
             .message = fmt::format("log.cleaner.dedupe.buffer.size ({}) is not more than 1 MiB "
                                    "for each of log.cleaner.threads ({})",
                                    values.number("log.cleaner.dedupe.buffer.size"),
                                    values.number("log.cleaner.threads")),
             .suggestion = "Kafka does not start like this",
             .about_key = false});
    return problems;
}

std::vector<ConfigProblem> check_producer_rules(KafkaVersion version, ConfigMap const& overrides)
{
    std::vector<ConfigProblem> problems;
    ConfigValues const values{version, Scope::producer, overrides};
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
    if (values.text("transactional.id")) {
        std::string const exception = "a Kafka producer throws a ConfigException";
        if (values.text("transactional.id")->empty())
            refuse("transactional.id", "a transactional.id is not empty", "leave it out");
        ProducerConfig const resolved = resolve_producer_config(version, overrides);
        if (!resolved.enable_idempotence)
            refuse("transactional.id",
                   "a transactional.id needs idempotence: acks=all, retries above 0 and at most 5 "
                   "requests in flight",
                   exception);
        if (values.number("transaction.timeout.ms") <= 0)
            refuse("transaction.timeout.ms", "transaction.timeout.ms is above 0", exception);
    } else if (values.is_set("transaction.timeout.ms")) {
        warn("transaction.timeout.ms",
             "transaction.timeout.ms says nothing without a transactional.id");
        problems.back().suggestion = "give the producer a \"transactional.id\"";
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

}  // namespace odradek::kafka
