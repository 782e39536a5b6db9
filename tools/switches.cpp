// `odradek switches`: the protocol rules that a scenario can turn back.
#include "model/switches.h"

#include <cstdio>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/version.h"
#include "tools/json_text.h"
#include "tools/values.h"
#include "tools/verbs.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(kafka::Switch const& each)
{
    Json json{{"name", each.name}, {"doc", each.doc}, {"judge", each.judge}};
    for (kafka::SwitchValue const& value : each.values)
        json["values"].push_back({{"name", value.name},
                                  {"source", value.source},
                                  {"rule", value.rule},
                                  {"simulated", value.simulated}});
    return json;
}

void print_text(kafka::Switch const& each)
{
    fmt::print("{}\n  {}\n", each.name, each.doc);
    std::size_t width = 0;
    for (kafka::SwitchValue const& value : each.values)
        width = std::max(width, value.name.size());
    for (kafka::SwitchValue const& value : each.values)
        fmt::print("  {:<{}}  {}{}\n  {:<{}}  {}\n", value.name, width, value.source,
                   value.simulated ? "" : ", not simulated yet", "", width, value.rule);
    fmt::print("  {}\n", each.judge);
}

}  // namespace

ExitCode switches(Arguments const& arguments)
{
    if (is_json(arguments.format)) {
        Json json{{"schema", "odradek/switches/1"}, {"switches", Json::array()}};
        for (kafka::Switch const& each : kafka::all_switches())
            json["switches"].push_back(json_of(each));
        fmt::print("{}", dump(json));
        return ExitCode::held;
    }
    bool first = true;
    for (kafka::Switch const& each : kafka::all_switches()) {
        if (!first)
            fmt::print("\n");
        first = false;
        print_text(each);
    }
    return ExitCode::held;
}

}  // namespace odradek::cli
