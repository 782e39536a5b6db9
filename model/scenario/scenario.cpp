#include "model/scenario/scenario.h"

#include "sim/distribution.h"

namespace odradek::kafka {

bool AllOf::operator==(AllOf const& other) const { return of == other.of; }
bool AnyOf::operator==(AnyOf const& other) const { return of == other.of; }
bool NoneOf::operator==(NoneOf const& other) const { return of == other.of; }
bool Condition::operator==(Condition const& other) const { return is == other.is; }

std::string Exhibit::pointer() const
{
    switch (flaw) {
    case Flaw::protocol:
        return "/protocol/" + changed;
    case Flaw::feature:
        return "/cluster/features/" + changed;
    case Flaw::config:
        return (topic.empty() ? "/cluster/config/" : "/topics/" + topic + "/config/") + changed;
    case Flaw::field:
        break;
    }
    return changed;
}

DurationSpec DurationSpec::constant(sim::Duration value)
{
    DurationSpec spec;
    spec.value = value;
    return spec;
}

sim::Distribution DurationSpec::distribution() const
{
    auto const shape = [this]() -> sim::Distribution {
        switch (kind) {
        case Kind::constant:
            return sim::Constant{value};
        case Kind::uniform:
            return sim::Uniform{min.value_or(value), max.value_or(value)};
        case Kind::exponential:
            return sim::Exponential{mean};
        case Kind::normal:
            return sim::Normal{mean, stddev};
        case Kind::lognormal:
            return sim::Lognormal{median, p99};
        case Kind::pareto:
            return sim::Pareto{min.value_or(value), alpha_thousandths};
        case Kind::empirical:
            return sim::Empirical{{values.begin(), values.end()}, weights};
        case Kind::mix:
            break;
        }
        sim::Mix mix;
        for (std::size_t i = 0; i < of.size(); ++i)
            mix.of.push_back({weights[i], of[i].distribution()});
        return mix;
    };
    sim::Distribution result = shape();
    bool const bounds_are_parameters = kind == Kind::uniform;
    if (min && !bounds_are_parameters && kind != Kind::pareto)
        result = result.at_least(*min);
    if (max && !bounds_are_parameters)
        result = result.at_most(*max);
    // A time is never negative, whatever the tail says.
    return result.lowest() < 0 ? result.at_least(sim::Duration{0}) : result;
}

SizeSpec SizeSpec::constant(std::int64_t bytes)
{
    SizeSpec spec;
    spec.value = bytes;
    return spec;
}

sim::Distribution SizeSpec::distribution() const
{
    sim::Distribution result = kind == Kind::constant ? sim::Distribution{sim::Constant{value}}
                               : kind == Kind::uniform
                                   ? sim::Distribution{sim::Uniform{*min, *max}}
                                   : sim::Distribution{sim::Lognormal{median, p99}};
    if (kind != Kind::uniform) {
        if (min)
            result = result.at_least(*min);
        if (max)
            result = result.at_most(*max);
    }
    return result;
}

std::string_view to_string(Comparison comparison)
{
    switch (comparison) {
    case Comparison::less:
        return "<";
    case Comparison::less_equal:
        return "<=";
    case Comparison::equal:
        return "==";
    case Comparison::not_equal:
        return "!=";
    case Comparison::greater_equal:
        return ">=";
    case Comparison::greater:
        return ">";
    }
    return "";
}

std::string_view to_string(PowerLoss model)
{
    switch (model) {
    case PowerLoss::keep_all:
        return "keep-all";
    case PowerLoss::lose_unsynced:
        return "lose-unsynced";
    case PowerLoss::lose_random_unsynced:
        return "lose-random-unsynced";
    case PowerLoss::torn_tail:
        return "torn-tail";
    }
    return "";
}

std::string_view to_string(Verb verb)
{
    switch (verb) {
    case Verb::crash:
        return "crash";
    case Verb::restart:
        return "restart";
    case Verb::shutdown:
        return "shutdown";
    case Verb::pause:
        return "pause";
    case Verb::resume:
        return "resume";
    case Verb::power_loss:
        return "power-loss";
    case Verb::partition:
        return "partition";
    case Verb::isolate:
        return "isolate";
    case Verb::hold:
        return "hold";
    case Verb::heal:
        return "heal";
    case Verb::link:
        return "link";
    case Verb::disk:
        return "disk";
    case Verb::disk_full:
        return "disk-full";
    case Verb::disk_corrupt:
        return "disk-corrupt";
    case Verb::disk_fail:
        return "disk-fail";
    case Verb::disk_wipe:
        return "disk-wipe";
    case Verb::clock:
        return "clock";
    case Verb::kill_client:
        return "kill-client";
    case Verb::create_topic:
        return "create-topic";
    case Verb::elect_leaders:
        return "elect-leaders";
    case Verb::delete_topic:
        return "delete-topic";
    case Verb::delete_records:
        return "delete-records";
    case Verb::add_partitions:
        return "add-partitions";
    case Verb::config:
        return "config";
    case Verb::reassign:
        return "reassign";
    case Verb::update_features:
        return "update-features";
    case Verb::unregister_broker:
        return "unregister-broker";
    case Verb::add_controller:
        return "add-controller";
    case Verb::remove_controller:
        return "remove-controller";
    case Verb::set_workload:
        return "set-workload";
    case Verb::snapshot:
        return "snapshot";
    case Verb::note:
        return "note";
    }
    return "";
}

std::string_view to_string(Statistic statistic)
{
    switch (statistic) {
    case Statistic::avg:
        return "avg";
    case Statistic::min:
        return "min";
    case Statistic::max:
        return "max";
    case Statistic::p50:
        return "p50";
    case Statistic::p95:
        return "p95";
    case Statistic::p99:
        return "p99";
    case Statistic::p999:
        return "p999";
    case Statistic::total:
        return "total";
    case Statistic::last:
        return "last";
    }
    return "";
}

namespace {

ConfigMap overlaid(ConfigMap base, std::map<std::int32_t, ConfigMap> const& nodes, std::int32_t id)
{
    auto const own = nodes.find(id);
    if (own != nodes.end()) {
        for (auto const& [key, value] : own->second)
            base[key] = value;
    }
    return base;
}

std::string rack_at(std::vector<std::string> const& racks, std::int32_t index)
{
    return racks.empty() ? "" : racks[static_cast<std::size_t>(index) % racks.size()];
}

}  // namespace

ConfigMap ClusterSpec::config_of_broker(std::int32_t id) const
{
    return overlaid(config, broker_config, id);
}

ConfigMap ClusterSpec::config_of_controller(std::int32_t index) const
{
    return overlaid(config, controller_config, index);
}

std::string ClusterSpec::rack_of_broker(std::int32_t id) const
{
    return rack_at(brokers.racks, id - brokers.first_id);
}

std::string ClusterSpec::rack_of_controller(std::int32_t index) const
{
    return rack_at(controllers.racks, index);
}

}  // namespace odradek::kafka
