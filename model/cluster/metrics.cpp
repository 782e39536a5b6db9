// Figures of a running cluster: for conditions, and for what a scenario expects of them.

#include <algorithm>

#include <fmt/format.h>

#include "model/cluster/cluster.h"

namespace odradek::kafka {

namespace {

bool names_it(Labels const& labels, std::string_view label, std::string const& value)
{
    auto const found = labels.find(label);
    return found == labels.end() || found->second == value;
}

// Of one metric bound: the value of a statistic in the unit of the bound.
std::optional<std::int64_t> latency_statistic(LatencyHistogram const& latency, Statistic statistic)
{
    if (latency.count() == 0)
        return std::nullopt;
    auto const ns = [](std::uint64_t us) { return static_cast<std::int64_t>(us) * 1000; };
    switch (statistic) {
    case Statistic::avg:
        return ns(latency.sum_us() / latency.count());
    case Statistic::min:
        return ns(latency.min_us());
    case Statistic::max:
        return ns(latency.max_us());
    case Statistic::p50:
        return ns(latency.percentile_us({50, 100}));
    case Statistic::p95:
        return ns(latency.percentile_us({95, 100}));
    case Statistic::p99:
        return ns(latency.percentile_us({99, 100}));
    case Statistic::p999:
        return ns(latency.percentile_us({999, 1000}));
    case Statistic::total:
        return static_cast<std::int64_t>(latency.count());
    case Statistic::last:
        return ns(latency.max_us());
    }
    return std::nullopt;
}

std::string show(std::int64_t value, Quantity::Unit unit)
{
    return unit == Quantity::Unit::duration ? to_string(sim::Duration{value})
                                            : std::to_string(value);
}

bool is_latency(MetricBound const& bound) { return bound.metric == "produce.ack.latency"; }

// It only grows, so that a window has what was added in it.
bool is_count(MetricBound const& bound)
{
    return is_latency(bound) || bound.metric == "produce.records.acked" ||
           bound.metric == "produce.records.failed";
}

}  // namespace

// The lag of a reader behind the leaders' high watermarks, over the partitions that the labels
// name.
std::optional<std::int64_t> Cluster::consumer_lag(Labels const& labels) const
{
    std::optional<std::int64_t> lag;
    for (ClientPlan const& plan : plans_) {
        Reader const* reader = engine_.process(plan.node).as<Reader>();
        if (reader == nullptr || !names_it(labels, "client", reader->name()) ||
            !names_it(labels, "workload", scenario_->workloads[plan.workload].name))
            continue;
        image().for_each_partition([&](TopicPartition id, PartitionRegistration const& partition) {
            std::optional<Offset> const position = reader->position(id);
            auto const node = broker_node(partition.leader);
            if (!position || !node || !names_it(labels, "topic", names_.topic(id.topic)) ||
                !names_it(labels, "partition", std::to_string(id.partition)))
                return;
            Partition const* leader = engine_.process(*node).as<Broker>()->replicas().partition(id);
            if (leader != nullptr)
                lag = lag.value_or(0) +
                      std::max<std::int64_t>(leader->log().high_watermark() - *position, 0);
        });
    }
    return lag;
}

std::optional<std::int64_t> Cluster::metric(MetricCondition const& condition) const
{
    return metric_value(condition.metric, condition.labels);
}

std::optional<std::int64_t> Cluster::metric_value(std::string_view metric,
                                                  Labels const& labels) const
{
    if (metric == "brokers.alive") {
        std::int64_t alive = 0;
        for (BrokerRegistration const& broker : image().brokers())
            alive += broker.fenced ? 0 : 1;
        return alive;
    }
    if (metric == "consumer.lag")
        return consumer_lag(labels);
    if (metric == "produce.records.acked" || metric == "produce.records.failed") {
        std::int64_t sum = 0;
        for (ClientPlan const& plan : plans_) {
            Producer const* producer = engine_.process(plan.node).as<Producer>();
            if (producer == nullptr || !names_it(labels, "client", producer->name()) ||
                !names_it(labels, "workload", scenario_->workloads[plan.workload].name))
                continue;
            ProducerStatistics const& s = producer->statistics();
            sum += static_cast<std::int64_t>(metric == "produce.records.acked"
                                                 ? s.records_acknowledged
                                                 : s.records_failed + s.records_unknown);
        }
        return sum;
    }
    // Of partitions: the smallest of those that the labels name.
    std::optional<std::int64_t> least;
    image().for_each_partition([&](TopicPartition id, PartitionRegistration const& partition) {
        if (!names_it(labels, "topic", names_.topic(id.topic)) ||
            !names_it(labels, "partition", std::to_string(id.partition)))
            return;
        std::optional<std::int64_t> value;
        if (metric == "partition.isr")
            value = static_cast<std::int64_t>(partition.isr.size());
        else if (metric == "partition.leader")
            value = partition.leader.value;
        else if (auto const node = broker_node(partition.leader)) {
            Partition const* leader = engine_.process(*node).as<Broker>()->replicas().partition(id);
            if (leader != nullptr && metric == "partition.high-watermark")
                value = leader->log().high_watermark().value;
            if (leader != nullptr && metric == "partition.log-end")
                value = leader->log().end().value;
        }
        if (value)
            least = std::min(least.value_or(*value), *value);
    });
    return least;
}

Measure::Reading Cluster::reading(MetricBound const& bound) const
{
    Measure::Reading reading;
    if (!is_latency(bound)) {
        Labels labels = bound.labels;
        if (!bound.workload.empty())
            labels["workload"] = bound.workload;
        reading.value = metric_value(bound.metric, labels);
        return reading;
    }
    for (ClientPlan const& plan : plans_) {
        Producer const* producer = engine_.process(plan.node).as<Producer>();
        std::string const& workload = scenario_->workloads[plan.workload].name;
        if (producer != nullptr && (bound.workload.empty() || bound.workload == workload) &&
            names_it(bound.labels, "client", producer->name()))
            reading.latency.add(producer->statistics().latency);
    }
    return reading;
}

void Cluster::begin_measures()
{
    for (MetricBound const& bound : scenario_->expect.metrics) {
        auto const [from, until] = bound.window.value_or(std::pair<sim::Duration, sim::Duration>{});
        sim::Instant const zero;
        measures_.emplace_back(zero + from, zero + until, is_count(bound));
        if (bound.window && (!measure_at_ || zero + from < *measure_at_))
            measure_at_ = zero + from;
    }
}

// Shows those that want it how things are at `time`, before the next event.
void Cluster::look_at_measures(sim::Instant time)
{
    measure_at_ = std::nullopt;
    for (std::size_t i = 0; i < measures_.size(); ++i) {
        MetricBound const& bound = scenario_->expect.metrics[i];
        if (!bound.window)
            continue;
        if (measures_[i].next() && *measures_[i].next() <= time)
            measures_[i].look(time, reading(bound));
        std::optional<sim::Instant> const next = measures_[i].next();
        if (next && (!measure_at_ || *next < *measure_at_))
            measure_at_ = next;
    }
}

// A run that ends inside a window has measured up to there.
void Cluster::end_measures()
{
    for (std::size_t i = 0; i < measures_.size(); ++i)
        if (scenario_->expect.metrics[i].window && measures_[i].next())
            measures_[i].look(now(), reading(scenario_->expect.metrics[i]));
}

void Cluster::judge_metrics()
{
    using Kind = ExpectationResult::Kind;
    for (std::size_t i = 0; i < measures_.size(); ++i) {
        MetricBound const& bound = scenario_->expect.metrics[i];
        Measure::Reading const whole = bound.window ? Measure::Reading{} : reading(bound);
        Measure const& measure = measures_[i];
        LatencyHistogram const latency = bound.window ? measure.latency() : whole.latency;
        for (Bound const& limit : bound.bounds) {
            std::optional<std::int64_t> const value = is_latency(bound)
                                                          ? latency_statistic(latency, limit.of)
                                                      : bound.window ? measure.value(limit.of)
                                                                     : whole.value;
            Quantity::Unit const unit = limit.max   ? limit.max->unit
                                        : limit.min ? limit.min->unit
                                                    : Quantity::Unit::count;
            ExpectationResult result{Kind::metric, {}, true, {}};
            result.name = fmt::format("{} {}", bound.metric, to_string(limit.of));
            if (limit.min)
                result.name += " >= " + show(limit.min->value, unit);
            if (limit.max)
                result.name += " <= " + show(limit.max->value, unit);
            if (bound.window)
                result.name += fmt::format(" from {} to {}", sim::to_string(bound.window->first),
                                           sim::to_string(bound.window->second));
            result.held = value && (!limit.min || *value >= limit.min->value) &&
                          (!limit.max || *value <= limit.max->value);
            result.detail =
                value ? fmt::format("it was {}", show(*value, unit)) : "nothing was measured";
            result_.expectations.push_back(std::move(result));
        }
    }
}

}  // namespace odradek::kafka
