// How a run came out: metrics, the state of every partition, and what the scenario expected.

#include <algorithm>

#include <fmt/format.h>

#include "model/client/perf_report.h"
#include "model/cluster/cluster.h"
#include "model/cluster/counting.h"
#include "model/vocabulary.h"

namespace odradek::kafka {

void count(RunResult& result, Observation const& observation)
{
    if (auto const* change = std::get_if<PartitionChanged>(&observation)) {
        if (change->leader_changed && change->leader != no_broker) {
            ++result.elections;
            if (change->unclean)
                ++result.unclean_elections;
        }
    } else if (auto const* truncated = std::get_if<LogTruncated>(&observation)) {
        if (truncated->to < truncated->from)
            ++result.truncations;
    }
}

char const* to_string(RunResult::Verdict verdict)
{
    switch (verdict) {
    case RunResult::Verdict::held:
        return "held";
    case RunResult::Verdict::violated:
        return "violated";
    case RunResult::Verdict::inconclusive:
        return "inconclusive";
    }
    return "?";
}

check::ClusterEnd Cluster::state() const
{
    check::ClusterEnd end;
    end.time = now();
    image().for_each_partition([&](TopicPartition id, PartitionRegistration const& registration) {
        end.partitions.push_back({id, registration.leader, registration.leader_epoch,
                                  registration.replicas, registration.isr});
    });
    for (NodeId const node : brokers_) {
        Broker const& broker = *engine_.process(node).as<Broker>();
        PartitionTable const& table = broker.replicas().partitions();
        for (std::uint32_t slot = 0; slot < table.slots(); ++slot) {
            Partition const* const partition = table.at(slot);
            PartitionRegistration const* const registration =
                partition != nullptr ? image().partition(partition->id()) : nullptr;
            if (registration == nullptr)
                continue;
            check::ReplicaEnd replica;
            replica.partition = partition->id();
            replica.broker = broker.id();
            replica.running = engine_.running(node);
            replica.assigned = registration->has_replica(broker.id());
            replica.leads = partition->is_leader();
            replica.leader_epoch = partition->leader_epoch();
            replica.log_start = partition->log().start();
            replica.log_end = partition->log().end();
            replica.high_watermark = partition->log().high_watermark();
            replica.batches.reserve(partition->log().batch_count());
            for (std::size_t i = 0; i < partition->log().batch_count(); ++i)
                replica.batches.push_back(partition->log().batch(i));
            end.replicas.push_back(std::move(replica));
        }
    }
    for (NodeId const node : brokers_) {
        if (!engine_.running(node))
            continue;
        Broker const& broker = *engine_.process(node).as<Broker>();
        end.sessions += broker.replicas().sessions().size();
        for (ReplicaManager::Untold& untold : broker.replicas().untold())
            end.untold.push_back(
                {broker.id(), untold.replica, untold.partition, std::move(untold.what)});
    }
    std::sort(end.replicas.begin(), end.replicas.end(), [](auto const& a, auto const& b) {
        return std::pair(a.partition, a.broker) < std::pair(b.partition, b.broker);
    });
    return end;
}

void Cluster::collect_clients()
{
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        Process const& process = engine_.process(plans_[i].node);
        ClientResult client;
        client.name = engine_.name_of_node(plans_[i].node);
        client.workload = scenario_->workloads[plans_[i].workload].name;
        if (Producer const* producer = process.as<Producer>()) {
            ProducerStatistics const& statistics = producer->statistics();
            client.producer = true;
            client.records_sent = statistics.records_accepted;
            client.records_acknowledged = statistics.records_acknowledged;
            client.records_failed = statistics.records_failed;
            client.records_unknown = statistics.records_unknown;
            client.produce_requests = statistics.produce_requests;
            LatencyHistogram const& latency = statistics.latency;
            auto const percentile = [&](std::uint64_t numerator, std::uint64_t denominator) {
                return static_cast<std::int64_t>(latency.percentile_us({numerator, denominator}));
            };
            if (latency.count() != 0)
                client.latency_avg_us =
                    static_cast<std::int64_t>(latency.sum_us() / latency.count());
            client.latency_p50_us = percentile(50, 100);
            client.latency_p95_us = percentile(95, 100);
            client.latency_p99_us = percentile(99, 100);
            client.latency_p999_us = percentile(999, 1000);
            client.latency_max_us = static_cast<std::int64_t>(latency.max_us());
            client.perf_lines = perf_lines(scenario_->run.kafka, statistics);
        } else if (Reader const* reader = process.as<Reader>())
            client.records_consumed = reader->statistics().records;
        result_.clients.push_back(std::move(client));
    }
}

void Cluster::collect_partitions(check::ClusterEnd const& end)
{
    for (check::PartitionEnd const& partition : end.partitions) {
        PartitionResult result;
        result.name = names_.partition(partition.partition);
        result.controller = partition;
        if (check::ReplicaEnd const* const leader =
                end.replica(partition.partition, partition.leader)) {
            result.high_watermark = leader->high_watermark.value;
            result.log_end = leader->log_end.value;
        }
        result_.partitions.push_back(std::move(result));
    }
}

// -- Metrics
// -----------------------------------------------------------------------------------------------

namespace {

bool names_it(Labels const& labels, std::string_view label, std::string const& value)
{
    auto const found = labels.find(label);
    return found == labels.end() || found->second == value;
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

// -- What was expected
// -------------------------------------------------------------------------------------

namespace {

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

bool replicas_agree(check::ClusterEnd const& end, TopicPartition partition)
{
    auto const [begin, last] = end.replicas_of(partition);
    check::ReplicaEnd const* first = nullptr;
    for (check::ReplicaEnd const* replica = begin; replica != last; ++replica) {
        if (!replica->assigned)
            continue;
        if (first == nullptr)
            first = replica;
        else if (replica->log_end != first->log_end ||
                 replica->batches.size() != first->batches.size())
            return false;
    }
    return true;
}

}  // namespace

// Is an end state reached; if not, what is missing.
std::optional<std::string> Cluster::missing(std::string const& final_state,
                                            check::ClusterEnd const& end) const
{
    for (Topic const& topic : scenario_->topics)
        if (!image().topic(std::string_view(topic.name)))
            return fmt::format("topic {} was never created", topic.name);
    for (check::PartitionEnd const& partition : end.partitions) {
        auto const name = [&] { return names_.partition(partition.partition); };
        if (final_state == "all-partitions-online" && partition.leader == no_broker)
            return fmt::format("{} has no leader (isr {})", name(), sim::print(partition.isr));
        if (final_state == "isr-full" && partition.isr.size() != partition.replicas.size())
            return fmt::format("{} has isr {} of replicas {}", name(), sim::print(partition.isr),
                               sim::print(partition.replicas));
        if (final_state == "preferred-leaders" && partition.leader != partition.replicas.front())
            return fmt::format("{} is led by {}, not by its first replica {}", name(),
                               partition.leader.value, partition.replicas.front().value);
        if (final_state == "replicas-identical" && !replicas_agree(end, partition.partition))
            return fmt::format("the replicas of {} are not equal", name());
    }
    if (final_state == "lag-zero") {
        std::int64_t const lag = consumer_lag({}).value_or(0);
        if (lag != 0)
            return fmt::format("readers are {} records behind", lag);
    }
    if (final_state == "controller-present" &&
        !engine_.process(controllers_.front()).as<Controller>()->is_active())
        return "there is no active controller";
    return std::nullopt;
}

void Cluster::judge_metrics()
{
    using Kind = ExpectationResult::Kind;
    for (MetricBound const& bound : scenario_->expect.metrics) {
        LatencyHistogram latency;
        bool const is_latency = bound.metric == "produce.ack.latency";
        for (ClientPlan const& plan : plans_) {
            Producer const* producer = engine_.process(plan.node).as<Producer>();
            std::string const& workload = scenario_->workloads[plan.workload].name;
            if (producer != nullptr && (bound.workload.empty() || bound.workload == workload) &&
                names_it(bound.labels, "client", producer->name()))
                latency.add(producer->statistics().latency);
        }
        Labels labels = bound.labels;
        if (!bound.workload.empty())
            labels["workload"] = bound.workload;
        for (Bound const& limit : bound.bounds) {
            std::optional<std::int64_t> const value = is_latency
                                                          ? latency_statistic(latency, limit.of)
                                                          : metric_value(bound.metric, labels);
            Quantity::Unit const unit = limit.max   ? limit.max->unit
                                        : limit.min ? limit.min->unit
                                                    : Quantity::Unit::count;
            ExpectationResult result{Kind::metric, {}, true, {}};
            result.name = fmt::format("{} {}", bound.metric, to_string(limit.of));
            if (limit.min)
                result.name += " >= " + show(limit.min->value, unit);
            if (limit.max)
                result.name += " <= " + show(limit.max->value, unit);
            result.held = value && (!limit.min || *value >= limit.min->value) &&
                          (!limit.max || *value <= limit.max->value);
            result.detail =
                value ? fmt::format("it was {}", show(*value, unit)) : "nothing was measured";
            result_.expectations.push_back(std::move(result));
        }
    }
}

void Cluster::judge_expectations(check::ClusterEnd const& end)
{
    using Kind = ExpectationResult::Kind;
    Expect const& expect = scenario_->expect;
    auto const about = [&](check::Violation const& violation, std::string const& name,
                           std::string const& topic) {
        return violation.name == name &&
               (topic.empty() || names_.topic(violation.partition.topic) == topic);
    };
    result_.expected.assign(result_.violations.size(), false);
    auto const tally = [&](std::string const& name, std::string const& topic) {
        std::uint64_t found = 0;
        for (std::size_t i = 0; i < result_.violations.size(); ++i)
            if (about(result_.violations[i], name, topic)) {
                found += result_.violations[i].count;
                result_.expected[i] = true;
            }
        return found;
    };
    bool ok = true;
    for (Require const& require : expect.require) {
        std::uint64_t const found = tally(require.violation, require.topic);
        bool const held =
            found >= static_cast<std::uint64_t>(require.min) || !require.in_every_seed;
        result_.expectations.push_back(
            {Kind::require, require.violation, held,
             fmt::format("{} found, at least {} required{}", found, require.min,
                         require.in_every_seed ? "" : " in some seed")});
    }
    for (Allow const& allow : expect.allow) {
        std::uint64_t const found = tally(allow.violation, allow.topic);
        bool const held = !allow.max || found <= static_cast<std::uint64_t>(*allow.max);
        result_.expectations.push_back(
            {Kind::allow, allow.violation, held,
             fmt::format("{} found; allowed because {}", found, allow.because)});
    }
    for (std::size_t i = 0; i < expect.sometimes.size(); ++i)
        result_.expectations.push_back(
            {Kind::sometimes, expect.sometimes[i].name,
             sometimes_seen_[i] >= static_cast<std::uint64_t>(expect.sometimes[i].min),
             fmt::format("seen {}", sometimes_seen_[i])});
    judge_metrics();
    if (result_.inconclusive_because.empty())
        for (std::string const& state : expect.final_states) {
            std::optional<std::string> const lacking = missing(state, end);
            result_.expectations.push_back(
                {Kind::final_state, state, !lacking, lacking.value_or("reached")});
        }
    for (ExpectationResult const& expectation : result_.expectations)
        ok = ok && (expectation.held || expectation.kind == Kind::sometimes);
    for (bool const expected : result_.expected)
        ok = ok && expected;
    if (!ok)
        result_.verdict = RunResult::Verdict::violated;
    else if (!result_.inconclusive_because.empty())
        result_.verdict = RunResult::Verdict::inconclusive;
}

}  // namespace odradek::kafka
