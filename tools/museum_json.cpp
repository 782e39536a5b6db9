#include "tools/museum_json.h"

#include <nlohmann/json.hpp>

#include "model/version.h"
#include "tools/build_version.h"
#include "tools/json_text.h"
#include "tools/museum_text.h"
#include "tools/sweep.h"

namespace odradek::cli {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(FoundExhibit const& found)
{
    kafka::Exhibit const& exhibit = found.exhibit;
    Json json{{"name", exhibit.name},
              {"ticket", exhibit.ticket},
              {"judges", exhibit.judges},
              {"flaw",
               {{"pointer", exhibit.pointer()},
                {"value", Json::parse(exhibit.value)},
                {"fixed", found.fixed.empty() ? Json() : Json::parse(found.fixed)},
                {"rule", flawed_rule(exhibit)},
                {"fixedRule", fixed_rule(found)}}},
              {"note", exhibit.note},
              {"scenario", found.scenario},
              {"file", found.file},
              {"kafka", kafka::to_string(found.kafka)},
              {"firstSeed", std::to_string(found.first_seed)},
              {"seeds", exhibit.seeds}};
    if (exhibit.flaw == kafka::Exhibit::Flaw::protocol)
        json["flaw"]["switch"] = exhibit.changed;
    return json;
}

Json json_of(Attempt const& attempt)
{
    Json json{{"seed", std::to_string(attempt.seed)},
              {"outcome", to_string(attempt.outcome)},
              {"verdicts", Json::array()},
              {"others", attempt.others},
              {"cpuSeconds", static_cast<double>(attempt.cpu_us) / 1e6}};
    for (Verdict const& verdict : attempt.verdicts) {
        json["verdicts"].push_back({{"judge", verdict.judge},
                                    {"partition", verdict.partition},
                                    {"count", verdict.count},
                                    {"what", verdict.what},
                                    {"because", verdict.because}});
        if (verdict.time)
            json["verdicts"].back()["timeNs"] = verdict.time->ns;
    }
    if (!attempt.error.empty())
        json["error"] = attempt.error;
    return json;
}

Json json_of(Visit const& visit)
{
    Json json = json_of(visit.found);
    Attempt const* const first = visit.first_catch();
    json["status"] = status_of(visit);
    json["untilCaught"] = visit.plan.until_caught;
    json["seedsToCatch"] = first == nullptr ? Json() : Json(first - visit.flawed.data() + 1);
    json["cpuSecondsToCatch"] = static_cast<double>(visit.cpu_us()) / 1e6;
    if (first != nullptr)
        json["repeat"] = visit.found.command() + " --seed " + std::to_string(first->seed);
    json["flawed"] = Json::array();
    for (Attempt const& attempt : visit.flawed)
        json["flawed"].push_back(json_of(attempt));
    json["fixed"] = Json::array();
    for (Attempt const& attempt : visit.fixed)
        json["fixed"].push_back(json_of(attempt));
    return json;
}

}  // namespace

std::string exhibits_json(std::vector<FoundExhibit> const& exhibits)
{
    Json json{{"schema", "odradek/museum/1"}, {"build", build}, {"exhibits", Json::array()}};
    for (FoundExhibit const& found : exhibits)
        json["exhibits"].push_back(json_of(found));
    return dump(json);
}

std::string visits_json(std::vector<Visit> const& visits, ExitCode code)
{
    Json json{{"schema", "odradek/museum/1"},
              {"build", build},
              {"verdict", verdict_word(code)},
              {"exitCode", static_cast<int>(code)},
              {"exhibits", Json::array()}};
    for (Visit const& visit : visits)
        json["exhibits"].push_back(json_of(visit));
    return dump(json);
}

}  // namespace odradek::cli
