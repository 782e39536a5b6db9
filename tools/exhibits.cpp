#include "tools/exhibits.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "model/scenario/json.h"
#include "model/scenario/reader.h"
#include "model/spelling.h"
#include "tools/gallery.h"
#include "tools/load.h"
#include "tools/user_error.h"
#include "tools/values.h"

namespace odradek::cli {

namespace {

using kafka::Exhibit;
using kafka::Scenario;

UserError unreadable(std::string const& file, std::vector<kafka::Diagnostic> const& diagnostics)
{
    auto const first =
        std::find_if(diagnostics.begin(), diagnostics.end(), [](kafka::Diagnostic const& d) {
            return d.severity == kafka::Severity::error;
        });
    return {ExitCode::invalid, fmt::format("{}:{}:{}", first->file, first->line, first->column),
            first->message,
            first->suggestion.empty() ? fmt::format("`odradek validate {}` says all", file)
                                      : first->suggestion};
}

// What the file has where the flaw is put: a switch always has a value.
std::string fixed_value(Exhibit const& exhibit, Scenario const& scenario)
{
    if (exhibit.flaw == Exhibit::Flaw::protocol) {
        kafka::Switch const& known = *kafka::find_switch(exhibit.changed);
        return fmt::format("\"{}\"", known.values[known.get(scenario.protocol)].name);
    }
    kafka::Diagnostics quiet;
    std::string const resolved = kafka::resolved_json(scenario);
    auto const root = kafka::parse_json(resolved, quiet.add_text("", resolved), quiet);
    kafka::Node const* const found = root ? kafka::value_at(*root, exhibit.pointer()) : nullptr;
    return found == nullptr ? "" : kafka::to_json_text(*found);
}

std::vector<FoundExhibit> exhibits_of(ScenarioText const& text, bool in_gallery)
{
    kafka::ReadResult const read = read_text(text, {});
    if (read.has_errors())
        throw unreadable(text.name, read.diagnostics);
    std::vector<FoundExhibit> all;
    std::set<std::string> names;
    // A variant of a sweep that has the flaw does not have the exhibit.
    for (Scenario const& scenario : read.variants)
        for (Exhibit const& exhibit : scenario.exhibits)
            if (names.insert(exhibit.name).second)
                all.push_back({exhibit, text.name, in_gallery, scenario.name, scenario.description,
                               scenario.run.kafka, scenario.run.seed.value_or(1),
                               fixed_value(exhibit, scenario)});
    return all;
}

bool is_path(std::string_view name)
{
    return name.find('/') != std::string_view::npos || name.ends_with(".json");
}

}  // namespace

std::string FoundExhibit::command(bool with_fix) const
{
    return fmt::format("odradek run {}--exhibit {}{}", in_gallery ? "" : shell_word(file) + " ",
                       exhibit.name, with_fix ? " --with-fix" : "");
}

std::vector<FoundExhibit> gallery_exhibits()
{
    std::vector<FoundExhibit> all;
    for (GalleryScenario const& scenario : gallery()) {
        // Reading takes time, and most have none.
        if (scenario.text.find("\"exhibit\"") == std::string_view::npos)
            continue;
        for (FoundExhibit& found :
             exhibits_of({path_of(scenario), std::string{scenario.text}}, true))
            all.push_back(std::move(found));
    }
    std::stable_sort(all.begin(), all.end(), [](FoundExhibit const& a, FoundExhibit const& b) {
        return a.exhibit.name < b.exhibit.name;
    });
    auto const twice = std::adjacent_find(all.begin(), all.end(),
                                          [](FoundExhibit const& a, FoundExhibit const& b) {
                                              return a.exhibit.name == b.exhibit.name;
                                          });
    if (twice != all.end())
        throw UserError{
            ExitCode::invalid, twice->file,
            fmt::format("exhibit \"{}\" is in {} too", twice->exhibit.name, std::next(twice)->file),
            "give one of them another \"name\""};
    return all;
}

std::vector<FoundExhibit> exhibits_in(std::string const& file)
{
    std::vector<FoundExhibit> all = exhibits_of(find_scenario(file), false);
    if (all.empty())
        throw UserError{ExitCode::usage, file, "has no exhibit",
                        "an \"exhibit\" names a switch, the judge that must speak, and a ticket"};
    return all;
}

FoundExhibit need_exhibit(std::string const& name)
{
    std::vector<FoundExhibit> const all = gallery_exhibits();
    std::vector<std::string_view> names;
    for (FoundExhibit const& found : all) {
        if (found.exhibit.name == name)
            return found;
        names.push_back(found.exhibit.name);
    }
    std::string const hint = kafka::did_you_mean(kafka::nearest_names(name, names));
    throw usage_error(fmt::format("there is no exhibit \"{}\"", name),
                      hint.empty() ? "`odradek museum list` lists them" : hint);
}

std::vector<FoundExhibit> find_exhibits(std::vector<std::string> const& names)
{
    std::vector<FoundExhibit> all;
    for (std::string const& name : names) {
        if (!is_path(name)) {
            all.push_back(need_exhibit(name));
            continue;
        }
        for (FoundExhibit& found : exhibits_in(name))
            all.push_back(std::move(found));
    }
    return all;
}

std::shared_ptr<Scenario const> read_exhibit(FoundExhibit const& found, bool with_fix)
{
    ScenarioText text{found.file, {}};
    GalleryScenario const* const carried = found.in_gallery ? find_in_gallery(found.file) : nullptr;
    text.text = carried == nullptr ? find_scenario(found.file).text : std::string{carried->text};
    kafka::ReadOptions options;
    options.exhibit = found.exhibit.name;
    options.with_fix = with_fix;
    kafka::ReadResult read = read_text(text, options);
    if (read.has_errors())
        throw unreadable(found.file, read.diagnostics);
    return std::make_shared<Scenario const>(std::move(read.variants.front()));
}

std::string flaw_text(FoundExhibit const& found)
{
    Exhibit const& exhibit = found.exhibit;
    std::string const where =
        exhibit.topic.empty() ? "" : fmt::format(" of topic {}", exhibit.topic);
    std::string const instead =
        found.fixed.empty() ? "" : fmt::format(" instead of {}", found.fixed);
    return fmt::format("{}{} {}{}", exhibit.changed, where, exhibit.value, instead);
}

namespace {

// Of a switch: what is done under this value, given as JSON.
std::string_view rule_of(Exhibit const& exhibit, std::string_view value)
{
    if (exhibit.flaw != Exhibit::Flaw::protocol)
        return {};
    for (kafka::SwitchValue const& each : kafka::find_switch(exhibit.changed)->values)
        if (fmt::format("\"{}\"", each.name) == value)
            return each.rule;
    return {};
}

}  // namespace

std::string_view flawed_rule(Exhibit const& exhibit) { return rule_of(exhibit, exhibit.value); }

std::string_view fixed_rule(FoundExhibit const& found)
{
    return rule_of(found.exhibit, found.fixed);
}

}  // namespace odradek::cli
