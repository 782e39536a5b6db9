// `odradek switches [NAME]`: the protocol rules that a scenario can turn back, who notices, and
// which exhibits show it.
#include "model/switches.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/spelling.h"
#include "model/version.h"
#include "tools/exhibits.h"
#include "tools/json_text.h"
#include "tools/paragraph.h"
#include "tools/user_error.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;
using kafka::KafkaVersion;
using kafka::Switch;
using kafka::SwitchValue;

using ExhibitsBySwitch = std::map<std::string, std::vector<FoundExhibit>, std::less<>>;

ExhibitsBySwitch exhibits_by_switch()
{
    ExhibitsBySwitch all;
    for (FoundExhibit& found : gallery_exhibits())
        if (found.exhibit.flaw == kafka::Exhibit::Flaw::protocol)
            all[found.exhibit.changed].push_back(std::move(found));
    return all;
}

SwitchValue const& default_in(Switch const& each, KafkaVersion version)
{
    return each.values[each.get(kafka::default_switches(version))];
}

// "on", or "off in 3.9, on in 4.0 and 4.1".
std::string defaults_text(Switch const& each)
{
    std::vector<std::pair<std::string_view, std::vector<std::string>>> groups;
    for (KafkaVersion const version : kafka::simulated_versions()) {
        std::string_view const value = default_in(each, version).name;
        if (groups.empty() || groups.back().first != value)
            groups.push_back({value, {}});
        groups.back().second.push_back(kafka::to_string(version));
    }
    if (groups.size() == 1)
        return std::string{groups.front().first};
    std::string text;
    for (auto const& [value, versions] : groups) {
        text += fmt::format("{}{} in ", text.empty() ? "" : ", ", value);
        for (std::size_t i = 0; i < versions.size(); ++i)
            text += fmt::format("{}{}",
                                i == 0                     ? ""
                                : i + 1 == versions.size() ? " and "
                                                           : ", ",
                                versions[i]);
    }
    return text;
}

std::vector<FoundExhibit> const& exhibits_of(Switch const& each, ExhibitsBySwitch const& exhibits)
{
    static std::vector<FoundExhibit> const none;
    auto const found = exhibits.find(each.name);
    return found == exhibits.end() ? none : found->second;
}

std::string names_of(std::vector<FoundExhibit> const& exhibits)
{
    std::string text;
    for (FoundExhibit const& found : exhibits)
        text += (text.empty() ? "" : ", ") + found.exhibit.name;
    return text;
}

Json json_of(Switch const& each, std::vector<FoundExhibit> const& exhibits)
{
    Json json{{"name", each.name}, {"doc", each.doc}, {"judge", each.judge}};
    for (SwitchValue const& value : each.values)
        json["values"].push_back({{"name", value.name},
                                  {"source", value.source},
                                  {"rule", value.rule},
                                  {"simulated", value.simulated}});
    for (KafkaVersion const version : kafka::simulated_versions())
        json["defaults"][kafka::to_string(version)] = default_in(each, version).name;
    json["exhibits"] = Json::array();
    for (FoundExhibit const& found : exhibits)
        json["exhibits"].push_back({{"name", found.exhibit.name},
                                    {"value", Json::parse(found.exhibit.value)},
                                    {"file", found.file}});
    return json;
}

std::string in_full(Switch const& each, std::vector<FoundExhibit> const& exhibits,
                    std::optional<KafkaVersion> version)
{
    std::string text = fmt::format("{}\n", each.name) + paragraph("  ", 2, each.doc);
    for (SwitchValue const& value : each.values)
        text += paragraph(fmt::format("  {} ({}{}):", value.name, value.source,
                                      value.simulated ? "" : ", not simulated yet"),
                          6, value.rule);
    text += paragraph("  default ", 10,
                      version ? std::string{default_in(each, *version).name} : defaults_text(each));
    text += paragraph("  judge   ", 10, each.judge);
    if (!exhibits.empty())
        text += paragraph("  exhibit ", 10, names_of(exhibits));
    return text;
}

std::optional<KafkaVersion> version_of(Arguments const& arguments)
{
    if (arguments.kafka.empty())
        return std::nullopt;
    std::vector<std::string> names;
    for (KafkaVersion version : kafka::simulated_versions())
        names.push_back(kafka::to_string(version));
    choose("--kafka", arguments.kafka, {names.begin(), names.end()});
    return kafka::parse_kafka_version(arguments.kafka);
}

std::vector<Switch> chosen_switches(std::string const& name)
{
    if (name.empty())
        return kafka::all_switches();
    if (Switch const* found = kafka::find_switch(name))
        return {*found};
    std::vector<std::string_view> names;
    for (Switch const& each : kafka::all_switches())
        names.push_back(each.name);
    std::string const hint = kafka::did_you_mean(kafka::nearest_names(name, names));
    throw usage_error(fmt::format("there is no switch \"{}\"", name),
                      hint.empty() ? "`odradek switches` lists them" : hint);
}

}  // namespace

ExitCode switches(Arguments const& arguments)
{
    Format const format = read_format(arguments.format);
    std::optional<KafkaVersion> const version = version_of(arguments);
    std::vector<Switch> const chosen = chosen_switches(arguments.word);
    ExhibitsBySwitch const exhibits = exhibits_by_switch();
    Json json{{"schema", "odradek/switches/1"}, {"switches", Json::array()}};
    std::string text = format == Format::tsv ? "switch\tsource\tdefault\texhibits\n" : "";
    for (Switch const& each : chosen) {
        std::vector<FoundExhibit> const& shown = exhibits_of(each, exhibits);
        if (format == Format::json)
            json["switches"].push_back(json_of(each, shown));
        else if (format == Format::tsv)
            text += fmt::format("{}\t{}\t{}\t{}\n", each.name, each.values.back().source,
                                version ? std::string{default_in(each, *version).name}
                                        : defaults_text(each),
                                names_of(shown));
        else
            text += (text.empty() ? "" : "\n") + in_full(each, shown, version);
    }
    fmt::print("{}", format == Format::json ? dump(json) : text);
    return ExitCode::held;
}

}  // namespace odradek::cli
