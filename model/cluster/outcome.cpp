// How a run came out: the state of every client and partition, and what the scenario expected.

#include <algorithm>
#include <map>

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

// Servers, with all that each knows to be committed, and the log of who knows most.
void Cluster::describe_nodes(check::ClusterEnd& end) const
{
    end.settled_for = settling_ ? now() - settle_begin_ : sim::Duration{};
    if (std::optional<NodeId> const active = active_controller())
        end.controller = engine_.name_of_node(*active);
    RaftClient const* most = nullptr;
    for (std::size_t i = 0; i < engine_.node_count(); ++i) {
        NodeId const node{static_cast<std::uint16_t>(i)};
        Server const* const server = engine_.process(node).as<Server>();
        if (server == nullptr)
            continue;
        check::NodeEnd& one = end.nodes.emplace_back();
        one.name = engine_.name_of_node(node);
        one.running = engine_.running(node);
        one.image = server->image();
        if (Broker const* const broker = server->broker()) {
            one.broker = broker->id();
            one.state = fmt::format("is {} and {}, at metadata offset {}",
                                    to_string(broker->lifecycle().state()),
                                    broker->lifecycle().is_fenced() ? "fenced" : "not fenced",
                                    broker->image().end_offset().value);
        }
        if (most == nullptr || server->raft().high_watermark() > most->high_watermark())
            most = &server->raft();
    }
    for (BatchRef const& batch : most->log().batches())
        if (batch->end_offset() <= most->high_watermark())
            end.metadata_log.push_back(batch);
}

check::ClusterEnd Cluster::state() const
{
    check::ClusterEnd end;
    end.time = now();
    describe_nodes(end);
    MetadataImage const& committed = image();
    committed.for_each_partition([&](TopicPartition id, PartitionRegistration const& registration) {
        end.partitions.push_back({id, registration.leader, registration.leader_epoch,
                                  registration.replicas, registration.isr, registration.elr});
    });
    for (NodeId const node : brokers_) {
        Broker const& broker = *engine_.process(node).as<Broker>();
        PartitionTable const& table = broker.replicas().partitions();
        for (std::uint32_t slot = 0; slot < table.slots(); ++slot) {
            Partition const* const partition = table.at(slot);
            PartitionRegistration const* const registration =
                partition != nullptr ? committed.partition(partition->id()) : nullptr;
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
            replica.last_stable_offset = partition->log().last_stable_offset();
            replica.batches.reserve(partition->log().batch_count());
            // What lies wholly before the start is no part of the log any more.
            sim::Disk const& disk = engine_.disk(engine_.host_of(node));
            for (LogSegment const& segment : partition->log().segments())
                for (std::size_t i = 0; i < segment.batches().size(); ++i) {
                    segment.prefetch(i);
                    if (segment.batches()[i].batch->end_offset() > replica.log_start)
                        replica.batches.push_back(segment.as_read(disk, i));
                }
            replica.disagreement = partition->log().disagreement(replica.index_entries);
            end.replicas.push_back(std::move(replica));
        }
    }
    for (NodeId const node : brokers_) {
        if (!engine_.running(node))
            continue;
        Broker const& broker = *engine_.process(node).as<Broker>();
        end.sessions += broker.replicas().sessions().size();
        for (auto const& shard : broker.transactions().shards().entries()) {
            // Who was cut off may not know that another leads.
            auto const topic = image().topic(transaction_state_topic_name);
            PartitionRegistration const* const led =
                topic ? image().partition({topic->id(), shard.partition}) : nullptr;
            if (shard.loading || led == nullptr || led->leader != broker.id())
                continue;
            for (auto const& [id, transaction] : shard.shard.transactions)
                end.transactions.push_back(
                    {broker.id(), id, transaction.is, transaction.pending.has_value()});
        }
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

// -- What was expected
// -------------------------------------------------------------------------------------

namespace {

// After compaction offsets are missing, and not the same ones on every replica.
bool compacted(check::ReplicaEnd const& replica)
{
    Offset next = replica.batches.empty() ? replica.log_end : replica.batches.front()->base_offset;
    for (BatchRef const& batch : replica.batches) {
        if (batch->base_offset != next || batch->kept)
            return true;
        next = batch->end_offset();
    }
    return next != replica.log_end;
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
                 (replica->batches.size() != first->batches.size() && !compacted(*replica) &&
                  !compacted(*first)))
            return false;
    }
    return true;
}

// Does some step delete that topic?
bool deletes(Scenario const& scenario, std::string const& topic)
{
    return std::any_of(scenario.timeline.begin(), scenario.timeline.end(), [&](Step const& step) {
        auto const* gone = std::get_if<DeleteTopicDetails>(&step.action.with);
        return gone != nullptr && gone->topic == topic;
    });
}

}  // namespace

// Is an end state reached; if not, what is missing.
std::optional<std::string> Cluster::missing(std::string const& final_state,
                                            check::ClusterEnd const& end) const
{
    for (Topic const& topic : scenario_->topics)
        if (!image().topic(std::string_view(topic.name)) && !deletes(*scenario_, topic.name))
            return fmt::format("topic {} was never created", topic.name);
    for (check::PartitionEnd const& partition : end.partitions) {
        auto const name = [&] { return names_.partition(partition.partition); };
        if (final_state == "all-partitions-online" && partition.leader == no_broker)
            return fmt::format("{} has no leader (isr {})", name(), sim::print(partition.isr));
        if (final_state == "isr-full" && partition.isr.size() != partition.replicas.size())
            return fmt::format("{} has isr {} of replicas {}", name(), sim::print(partition.isr),
                               sim::print(partition.replicas));
        if (final_state == "reassignments-complete") {
            PartitionRegistration const* const now = image().partition(partition.partition);
            if (now != nullptr && now->reassigning())
                return fmt::format("{} is still on its way: replicas {}, adding {}, removing {}, "
                                   "isr {}",
                                   name(), sim::print(now->replicas), sim::print(now->adding),
                                   sim::print(now->removing), sim::print(now->isr));
        }
        if (final_state == "preferred-leaders" && partition.leader != partition.replicas.front())
            return fmt::format("{} is led by {}, not by its first replica {}", name(),
                               partition.leader.value, partition.replicas.front().value);
        if (final_state == "no-hanging-transactions") {
            check::ReplicaEnd const* const leader =
                end.replica(partition.partition, partition.leader);
            if (leader != nullptr && leader->last_stable_offset < leader->high_watermark)
                return fmt::format("a transaction is open in {}: last stable offset {}, high "
                                   "watermark {}",
                                   name(), leader->last_stable_offset.value,
                                   leader->high_watermark.value);
        }
        if (final_state == "replicas-identical" && !replicas_agree(end, partition.partition))
            return fmt::format("the replicas of {} are not equal", name());
    }
    if (final_state == "lag-zero") {
        std::int64_t const lag = consumer_lag({}).value_or(0);
        if (lag != 0)
            return fmt::format("readers are {} records behind", lag);
    }
    if (final_state == "groups-stable")
        if (auto unstable = unstable_group())
            return unstable;
    if (final_state == "controller-present" && !active_controller())
        return "there is no active controller";
    return std::nullopt;
}

bool Cluster::any_group() const
{
    return std::any_of(scenario_->workloads.begin(), scenario_->workloads.end(),
                       [](Workload const& workload) {
                           auto const* reader = std::get_if<ReaderWorkload>(&workload.is);
                           return reader != nullptr && reader->group.has_value();
                       });
}

// A member that is not settled, or a partition without its one owner; nothing: all is well.
std::optional<std::string> Cluster::unstable_group() const
{
    std::map<std::string, std::pair<std::vector<std::string>, std::vector<TopicPartition>>> groups;
    for (ClientPlan const& plan : plans_) {
        auto const* workload = std::get_if<ReaderWorkload>(&scenario_->workloads[plan.workload].is);
        Reader const* const reader = engine_.process(plan.node).as<Reader>();
        if (workload == nullptr || reader == nullptr || reader->group() == nullptr ||
            reader->finished() || !engine_.running(plan.node))
            continue;
        ConsumerCoordinator const& member = *reader->group();
        if (!member.stable())
            return fmt::format("{} is not a settled member of {}", reader->name(), member.group());
        auto& [topics, owned] = groups[member.group()];
        topics.insert(topics.end(), workload->topics.begin(), workload->topics.end());
        owned.insert(owned.end(), member.assigned().begin(), member.assigned().end());
    }
    for (auto& [group, members] : groups) {
        auto& [topics, owned] = members;
        std::sort(topics.begin(), topics.end());
        topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
        for (std::string const& name : topics) {
            auto const topic = image().topic(std::string_view(name));
            if (!topic)
                continue;
            for (std::int32_t p = 0; p < topic->partition_count(); ++p) {
                auto const owners =
                    std::count(owned.begin(), owned.end(), TopicPartition{topic->id(), p});
                if (owners != 1)
                    return fmt::format("{}-{} has {} owners in {}", name, p, owners, group);
            }
        }
    }
    return std::nullopt;
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
            std::string const nothing =
                state == "lag-zero" && !consumer_lag({})                  ? "there is no reader"
                : state == "groups-stable" && !any_group()                ? "there is no group"
                : state != "controller-present" && end.partitions.empty() ? "there is no partition"
                                                                          : "";
            result_.expectations.push_back({Kind::final_state, state, !lacking,
                                            lacking.value_or(nothing.empty() ? "reached" : nothing),
                                            !nothing.empty()});
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
