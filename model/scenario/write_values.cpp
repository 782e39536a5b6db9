// Values of a scenario as JSON: times, shares, rates, distributions, configurations.
#include <nlohmann/json.hpp>

#include "model/scenario/units.h"
#include "model/scenario/write.h"

namespace odradek::kafka::writing {

// The text is parsed into the shortest double that prints the same.
Json number(std::int64_t value, std::int64_t scale)
{
    return Json::parse(scaled_text(value, scale));
}

Json write(sim::Duration duration) { return duration_text(duration); }
Json write(Probability probability) { return number(probability.ppb, 1'000'000'000); }
Json write(Bandwidth bandwidth) { return bandwidth_text(bandwidth); }
Json write(std::optional<Rate> const& rate) { return rate ? rate_text(*rate) : "unlimited"; }

Json write(DurationSpec const& spec)
{
    using Kind = DurationSpec::Kind;
    if (spec.kind == Kind::constant && !spec.min && !spec.max)
        return duration_text(spec.value);
    Json json;
    auto const name = [&] {
        switch (spec.kind) {
        case Kind::constant:
            return "constant";
        case Kind::uniform:
            return "uniform";
        case Kind::exponential:
            return "exponential";
        case Kind::normal:
            return "normal";
        case Kind::lognormal:
            return "lognormal";
        case Kind::pareto:
            return "pareto";
        case Kind::empirical:
            return "empirical";
        case Kind::mix:
            return "mix";
        }
        return "";
    };
    json["dist"] = name();
    if (spec.kind == Kind::constant)
        json["value"] = write(spec.value);
    if (spec.kind == Kind::exponential || spec.kind == Kind::normal)
        json["mean"] = write(spec.mean);
    if (spec.kind == Kind::normal)
        json["stddev"] = write(spec.stddev);
    if (spec.kind == Kind::lognormal) {
        json["median"] = write(spec.median);
        json["p99"] = write(spec.p99);
    }
    if (spec.kind == Kind::pareto)
        json["alpha"] = number(spec.alpha_thousandths, 1'000);
    if (spec.kind == Kind::empirical) {
        for (sim::Duration value : spec.values)
            json["values"].push_back(write(value));
        for (std::uint64_t weight : spec.weights)
            json["weights"].push_back(number(static_cast<std::int64_t>(weight), 1'000'000));
    }
    if (spec.kind == Kind::mix) {
        for (std::size_t i = 0; i < spec.of.size(); ++i)
            json["of"].push_back(
                {{"weight", number(static_cast<std::int64_t>(spec.weights[i]), 1'000'000)},
                 {"is", write(spec.of[i])}});
    }
    if (spec.min)
        json["min"] = write(*spec.min);
    if (spec.max)
        json["max"] = write(*spec.max);
    return json;
}

Json write(ConfigMap const& config)
{
    Json json = Json::object();
    for (auto const& [key, value] : config)
        json[key] = value;
    return json;
}

}  // namespace odradek::kafka::writing
