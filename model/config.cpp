#include "model/config.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "model/config_table.h"
#include "model/config_values.h"
#include "model/spelling.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

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

}  // namespace odradek::kafka
