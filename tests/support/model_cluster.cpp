#include "tests/support/model_cluster.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "model/scenario/reader.h"

namespace odradek::kafka::test {

namespace {

constexpr std::string_view base = R"({
  "version": 1, "name": "test",
  "run": { "duration": "60s", "settle": "30s" },
  "cluster": { "brokers": { "count": 3, "racks": ["a", "b", "c"] } },
  "topics": { "orders": { "assignment": { "0": [1, 2, 3] },
                          "config": { "min.insync.replicas": 2 } } },
  "workloads": {
    "payments": { "type": "producer", "topic": "orders", "rate": "100/s", "start": "5s",
                  "config": { "acks": "all" } },
    "audit": { "type": "reader", "topics": ["orders"], "start": "5s",
               "config": { "auto.offset.reset": "earliest" } }
  },
  "timeline": [],
  "expect": { "invariants": "all" }
})";

sim::Instant at(double seconds)
{
    return sim::Instant{} + sim::Duration{static_cast<std::int64_t>(seconds * 1e6) * 1000};
}

std::vector<std::int32_t> ids(std::vector<BrokerId> const& brokers)
{
    std::vector<std::int32_t> list;
    for (BrokerId const id : brokers)
        list.push_back(id.value);
    return list;
}

}  // namespace

Scenario make_scenario(std::vector<std::string> const& set)
{
    ReadOptions options;
    options.set = set;
    ReadResult const read = read_scenario(base, "test.json", options);
    if (read.has_errors() || read.variants.size() != 1)
        throw std::runtime_error(render(read.diagnostics));
    return read.variants.front();
}

ModelCluster::ModelCluster(std::vector<std::string> const& set, std::uint64_t seed)
    : is(std::make_shared<Scenario const>(make_scenario(set)), seed)
{
}

NodeId ModelCluster::broker(std::int32_t id) const { return is.broker_node(BrokerId{id}).value(); }

NodeId ModelCluster::client(std::string_view name) const
{
    for (NodeId const node : is.clients())
        if (is.engine().name_of_node(node) == name)
            return node;
    throw std::runtime_error("no client is called " + std::string(name));
}

PartitionRegistration const& ModelCluster::registration(std::string_view partition) const
{
    std::size_t const dash = partition.rfind('-');
    std::int32_t number = 0;
    std::from_chars(partition.data() + dash + 1, partition.data() + partition.size(), number);
    static PartitionRegistration const none{};
    auto const topic = is.image().topic(partition.substr(0, dash));
    if (!topic)
        return none;
    PartitionRegistration const* const found = is.image().partition({topic->id(), number});
    return found == nullptr ? none : *found;
}

std::int32_t ModelCluster::leader(std::string_view partition) const
{
    return registration(partition).leader.value;
}

std::vector<std::int32_t> ModelCluster::isr(std::string_view partition) const
{
    std::vector<std::int32_t> list = ids(registration(partition).isr);
    std::sort(list.begin(), list.end());
    return list;
}

std::vector<std::int32_t> ModelCluster::replicas(std::string_view partition) const
{
    return ids(registration(partition).replicas);
}

std::vector<std::int32_t> ModelCluster::followers(std::string_view partition) const
{
    std::vector<std::int32_t> list = replicas(partition);
    std::erase(list, leader(partition));
    return list;
}

std::int32_t ModelCluster::epoch(std::string_view partition) const
{
    return registration(partition).leader_epoch.value;
}

bool ModelCluster::fenced(std::int32_t id) const
{
    BrokerRegistration const* broker = is.image().broker(BrokerId{id});
    return broker == nullptr || broker->fenced;
}

Partition const* ModelCluster::replica(std::int32_t id, std::string_view partition) const
{
    std::size_t const dash = partition.rfind('-');
    std::int32_t number = 0;
    std::from_chars(partition.data() + dash + 1, partition.data() + partition.size(), number);
    TopicPartition const wanted{is.names().topic_id(std::string(partition.substr(0, dash))),
                                number};
    return is.broker(BrokerId{id}).replicas().partition(wanted);
}

Producer const& ModelCluster::producer(std::string_view name) const
{
    return *is.engine().process(client(name)).as<Producer>();
}

Reader const& ModelCluster::reader(std::string_view name) const
{
    return *is.engine().process(client(name)).as<Reader>();
}

void ModelCluster::run_until(double seconds) { is.run_until(at(seconds)); }

bool ModelCluster::run_until(double seconds, std::function<bool()> const& is_so)
{
    while (!is_so()) {
        if (is.over() || is.now() >= at(seconds))
            return false;
        is.step();
    }
    return true;
}

void ModelCluster::listen()
{
    story_ = std::make_shared<std::string>();
    is.listen([text = story_](sim::StoryEvent const& event) { *text += sim::story_lines(event); });
}

check::Violation const* find_violation(RunResult const& result, std::string_view name)
{
    for (check::Violation const& violation : result.violations)
        if (violation.name == name)
            return &violation;
    return nullptr;
}

sim::Property const& find_law(RunResult const& result, std::string_view name)
{
    for (sim::Property const& law : result.properties)
        if (law.name == name)
            return law;
    throw std::runtime_error("no law is called " + std::string(name));
}

ExpectationResult const* find_expectation(RunResult const& result, std::string_view name)
{
    for (ExpectationResult const& expectation : result.expectations)
        if (expectation.name == name)
            return &expectation;
    return nullptr;
}

}  // namespace odradek::kafka::test
