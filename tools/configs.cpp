// `odradek configs [KEY]`: Kafka's configuration keys as this program knows them.
#include <algorithm>
#include <cstdio>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/config.h"
#include "model/spelling.h"
#include "tools/json_text.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::ConfigKey;
using kafka::KafkaVersion;
using kafka::Scope;

struct Filter {
    std::optional<Scope> scope;
    std::optional<KafkaVersion> version;

    bool takes(ConfigKey const& key) const
    {
        return (!scope || key.has_scope(*scope)) && (!version || key.exists_in(*version));
    }
};

Filter filter_of(Arguments const& arguments)
{
    Filter filter;
    if (!arguments.scope.empty()) {
        std::vector<Scope> const scopes{Scope::broker, Scope::controller, Scope::topic,
                                        Scope::producer, Scope::consumer};
        std::vector<std::string_view> names;
        for (Scope scope : scopes)
            names.push_back(kafka::to_string(scope));
        std::string_view const chosen = choose("--scope", arguments.scope, names);
        for (Scope scope : scopes)
            if (kafka::to_string(scope) == chosen)
                filter.scope = scope;
    }
    if (!arguments.kafka.empty()) {
        std::vector<std::string> names;
        for (KafkaVersion version : kafka::simulated_versions())
            names.push_back(kafka::to_string(version));
        choose("--kafka", arguments.kafka, {names.begin(), names.end()});
        filter.version = kafka::parse_kafka_version(arguments.kafka);
    }
    return filter;
}

std::string shown(std::optional<std::string> const& value)
{
    return !value ? "null" : value->empty() ? "\"\"" : *value;
}

// "null", or "2147483647 (0 before 2.1)" where it changed; of one version only, if one is asked
// for.
std::string defaults_text(ConfigKey const& key, std::optional<KafkaVersion> version)
{
    if (version)
        return shown(key.default_in(*version));
    std::string text = shown(key.defaults.back().value);
    for (std::size_t i = key.defaults.size() - 1; i-- > 0;)
        text += fmt::format(" ({} before {})", shown(key.defaults[i].value),
                            kafka::to_string(key.defaults[i + 1].since));
    return text;
}

std::string valid_values(ConfigKey const& key)
{
    if (!key.values.empty()) {
        std::string text;
        for (std::string_view value : key.values)
            text += fmt::format("{}{}", text.empty() ? "" : ", ", value);
        return text;
    }
    if (key.type == kafka::ConfigType::boolean)
        return "true, false";
    std::string text;
    if (!key.mins.empty())
        text = fmt::format("{}...", key.mins.back().min);
    if (key.max)
        text = fmt::format("{}{}", text.empty() ? "..." : text, *key.max);
    return text;
}

std::string scopes_text(ConfigKey const& key)
{
    std::string text;
    for (Scope scope : key.scopes)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", kafka::to_string(scope));
    return text;
}

void print_in_full(ConfigKey const& key, Filter const& filter)
{
    auto const line = [](std::string_view name, std::string_view value) {
        if (!value.empty())
            fmt::print("  {:<11}{}\n", name, value);
    };
    fmt::print("{}  ({})\n", key.name, scopes_text(key));
    line("what", key.doc);
    line("type", kafka::to_string(key.type));
    line("default", defaults_text(key, filter.version));
    line("valid", valid_values(key));
    if (!key.broker_synonym.empty() && key.broker_synonym != key.name)
        line("broker key", key.broker_synonym);
    if (key.since)
        line("since", kafka::to_string(*key.since));
    if (key.removed_in)
        line("removed in", kafka::to_string(*key.removed_in));
    std::string fidelity{kafka::to_string(key.fidelity)};
    if (!key.simulated_values.empty())
        fidelity += ", with these values only: " + kafka::quoted_list(key.simulated_values, "and");
    line("fidelity", fidelity);
    line("remark", key.remark);
}

Json json_of(ConfigKey const& key, Filter const& filter)
{
    Json json{{"name", key.name}, {"type", kafka::to_string(key.type)}, {"doc", key.doc}};
    for (Scope scope : key.scopes)
        json["scopes"].push_back(kafka::to_string(scope));
    auto const text_or_null = [](std::optional<std::string> const& value) {
        return value ? Json(*value) : Json(nullptr);
    };
    if (filter.version)
        json["default"] = text_or_null(key.default_in(*filter.version));
    else
        for (kafka::DefaultSince const& each : key.defaults)
            json["defaults"].push_back(
                {{"since", kafka::to_string(each.since)}, {"value", text_or_null(each.value)}});
    json["valid"] = valid_values(key);
    json["brokerKey"] = key.broker_synonym;
    json["since"] = key.since ? Json(kafka::to_string(*key.since)) : Json(nullptr);
    json["removedIn"] = key.removed_in ? Json(kafka::to_string(*key.removed_in)) : Json(nullptr);
    json["fidelity"] = kafka::to_string(key.fidelity);
    json["simulatedValues"] = Json::array();
    for (std::string_view value : key.simulated_values)
        json["simulatedValues"].push_back(value);
    json["remark"] = key.remark;
    return json;
}

std::vector<ConfigKey const*> chosen_keys(std::string const& word, Filter const& filter)
{
    std::vector<ConfigKey const*> keys;
    for (ConfigKey const& key : kafka::all_keys())
        if ((word.empty() || key.name == word) && filter.takes(key))
            keys.push_back(&key);
    if (!keys.empty() || word.empty())
        return keys;
    if (!kafka::find_key(word).empty()) {
        std::string where;
        for (ConfigKey const* key : kafka::find_key(word))
            where += fmt::format("{}{}", where.empty() ? "" : ", ", scopes_text(*key));
        throw usage_error(fmt::format("{} is no key of that scope and version", word),
                          fmt::format("it is one of: {}", where));
    }
    std::vector<Scope> scopes;
    if (filter.scope)
        scopes.push_back(*filter.scope);
    throw usage_error(fmt::format("there is no configuration key \"{}\"", word),
                      kafka::did_you_mean(kafka::suggest_keys(word, scopes)));
}

}  // namespace

ExitCode configs(Arguments const& arguments)
{
    Filter const filter = filter_of(arguments);
    bool const json = is_json(arguments.format);
    std::vector<ConfigKey const*> const keys = chosen_keys(arguments.word, filter);
    if (json) {
        Json all{{"schema", "odradek/configs/1"}, {"keys", Json::array()}};
        for (ConfigKey const* key : keys)
            all["keys"].push_back(json_of(*key, filter));
        fmt::print("{}", dump(all));
        return ExitCode::held;
    }
    if (!arguments.word.empty()) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (i != 0)
                fmt::print("\n");
            print_in_full(*keys[i], filter);
        }
        return ExitCode::held;
    }
    std::size_t width = 0;
    for (ConfigKey const* key : keys)
        width = std::max(width, key->name.size());
    for (ConfigKey const* key : keys)
        fmt::print("{:<{}}  {:<13}  {}  ({}){}\n", key->name, width,
                   kafka::to_string(key->fidelity), defaults_text(*key, filter.version),
                   scopes_text(*key),
                   key->simulated_values.empty()
                       ? ""
                       : "  only " + kafka::quoted_list(key->simulated_values, "and"));
    return ExitCode::held;
}

}  // namespace odradek::cli
