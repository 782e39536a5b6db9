// A scenario, decoded: what the file says with every unit, selector, condition and default
// resolved. Plain values without JSON types. Made by model/scenario/reader.h; format version 1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/config.h"
#include "model/scenario/action.h"
#include "model/scenario/terms.h"
#include "model/switches.h"
#include "model/version.h"
#include "sim/ratio.h"
#include "sim/time.h"

namespace odradek::kafka {

// ---- The parts of a scenario, in the file's order.

enum class StopOn : std::uint8_t { end, first_violation };

struct Run {
    KafkaVersion kafka{default_version};
    std::optional<std::uint64_t> seed;  // Nothing: "random", drawn by the command line.
    std::int64_t seeds{1};
    sim::Duration duration{};
    sim::Duration settle{};
    std::int64_t max_events{0};
    StopOn stop_on{StopOn::end};

    bool operator==(Run const&) const = default;
};

enum class ControllerMode : std::uint8_t { kraft, zookeeper };

struct ClusterSpec {
    struct Controllers {
        ControllerMode mode{ControllerMode::kraft};
        std::int32_t count{1};
        bool combined{false};
        // How many of them vote from the beginning, with kraft.version 1; nothing: all.
        std::optional<std::int32_t> initial_voters;
        std::vector<std::string> racks;  // Dealt out in order, round and round; empty: no racks.

        bool operator==(Controllers const&) const = default;
    };
    struct Brokers {
        std::int32_t count{0};
        std::int32_t first_id{1};
        std::vector<std::string> racks;

        bool operator==(Brokers const&) const = default;
    };

    Controllers controllers;
    Brokers brokers;
    ConfigMap config;                                     // server.properties of every node.
    std::map<std::int32_t, ConfigMap> broker_config;      // nodeConfig "broker:2".
    std::map<std::int32_t, ConfigMap> controller_config;  // nodeConfig "controller:0".
    ConfigMap features;

    bool operator==(ClusterSpec const&) const = default;

    // `config` with the node's own overrides over it.
    ConfigMap config_of_broker(std::int32_t id) const;
    ConfigMap config_of_controller(std::int32_t index) const;
    std::string rack_of_broker(std::int32_t id) const;  // Empty: none.
    std::string rack_of_controller(std::int32_t index) const;
};

struct LinkRule {
    Selector from;
    Selector to;
    bool symmetric{true};
    LinkSettings is;
    Source source;

    bool operator==(LinkRule const&) const = default;
};

struct Network {
    LinkSettings by_default;  // Complete: latency and so on are always set after reading.
    std::vector<LinkRule> links;

    bool operator==(Network const&) const = default;
};

struct Storage {
    std::string backend{"memory"};
    DiskSettings by_default;                       // Complete but for capacity.
    std::map<std::int32_t, DiskSettings> brokers;  // Node id -> what differs.
    std::map<std::int32_t, DiskSettings> controllers;

    bool operator==(Storage const&) const = default;
};

enum class Arrival : std::uint8_t { steady, poisson };

struct KeySpec {
    enum class Gen : std::uint8_t {
        none,      // Null keys: the sticky partitioner.
        sequence,  // 0, 1, ..., cardinality - 1, again.
        uniform,
        zipf,
    };

    Gen gen{Gen::none};
    std::int64_t cardinality{0};
    std::int64_t s_thousandths{0};  // Zipf's exponent.

    bool operator==(KeySpec const&) const = default;
};

// A distribution of sizes in bytes as the file describes it. Fields that a kind does not use stay
// at their default.
struct SizeSpec {
    enum class Kind : std::uint8_t {
        constant,   // value
        uniform,    // min, max
        lognormal,  // median, p99
    };

    Kind kind{Kind::constant};
    std::int64_t value{0};
    std::int64_t median{0};
    std::int64_t p99{0};
    std::optional<std::int64_t> min;  // Bound of uniform, else a clamp.
    std::optional<std::int64_t> max;  // Bound of uniform, else a clamp.

    bool operator==(SizeSpec const&) const = default;

    static SizeSpec constant(std::int64_t bytes);
    sim::Distribution distribution() const;
};

struct ValueSpec {
    // What stands behind the sender's name and the record's number.
    enum class Gen : std::uint8_t {
        sequence,  // The same again and again.
        letters,   // Random letters, as kafka-producer-perf-test sends.
        random,    // Random bytes.
    };

    Gen gen{Gen::sequence};
    SizeSpec size;
    Probability tombstones;  // Of a value: null.
    // Of every record, in the order of the file; no value: null.
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;

    bool operator==(ValueSpec const&) const = default;
};

// How an application uses a producer with a transactional.id.
struct TransactionsSpec {
    std::int64_t records{100};            // A transaction ends after so many records ...
    std::optional<sim::Duration> within;  // ... or so long after it began.
    Probability abort;                    // That the application ends it with an abort.
    // All clients of the workload have the same transactional.id, and fence each other; else each
    // but the first has "-1", "-2" and so on behind it.
    bool shared_id{false};

    bool operator==(TransactionsSpec const&) const = default;
};

struct ProducerWorkload {
    std::vector<std::string> topics;  // Records go round-robin over them.
    std::optional<Rate>
        rate;  // Per producer; nothing ("unlimited"): as fast as the producer accepts.
    Arrival arrival{Arrival::steady};
    std::optional<std::int64_t> records;  // Per producer; nothing: until `stop`.
    KeySpec key;
    ValueSpec value;
    TransactionsSpec transactions;  // Counts with a transactional.id.
    ConfigMap config;

    bool operator==(ProducerWorkload const&) const = default;
};

// How the members of a group use their consumers.
struct GroupSpec {
    enum class Commit : std::uint8_t { automatic, synchronous, asynchronous, none };
    enum class Pattern : std::uint8_t { at_least_once, at_most_once };

    std::string group;
    Commit commit{Commit::automatic};
    Pattern pattern{Pattern::at_least_once};  // Commits behind its work, or before it.

    bool operator==(GroupSpec const&) const = default;
};

// A consumer: with assign(), outside any group, over all partitions of its topics; or a member of a
// group, with subscribe().
struct ReaderWorkload {
    std::vector<std::string> topics;
    std::optional<DurationSpec> processing;  // Per poll.
    ConfigMap config;
    std::optional<GroupSpec> group;

    bool operator==(ReaderWorkload const&) const = default;
};

enum class OnCrash : std::uint8_t { restart, stay_dead };

struct Workload {
    std::string name;
    std::int32_t count{1};  // Clients `name[0]`, `name[1]`, ...
    std::string rack;
    sim::Duration start{};
    std::optional<sim::Duration>
        stop;  // Nothing: producers at the end of `duration`, readers never.
    OnCrash on_crash{OnCrash::restart};
    std::variant<ProducerWorkload, ReaderWorkload> is;
    Source source;

    bool operator==(Workload const&) const = default;
};

struct Fault {
    DurationSpec every;
    std::optional<std::int64_t> limit;
    Action action;
    Source source;

    bool operator==(Fault const&) const = default;
};

struct Budget {
    std::optional<std::int32_t> brokers_down;
    std::optional<std::int32_t> controllers_down;
    std::optional<std::int32_t> replicas_down_per_partition;
    // While a broker in an ISR has lost power and is not registered again: in-sync replicas of the
    // partition that have not and that no fault touches.
    std::optional<std::int32_t> keep_in_sync;
    bool keep_quorum{false};

    bool operator==(Budget const&) const = default;
};

struct Chaos {
    sim::Duration from{};
    sim::Duration until{};               // The end of `duration` if the file says nothing.
    bool swarm{false};                   // Each seed enables its own subset of `faults`.
    std::optional<DurationSpec> rotate;  // Draw the subset anew after this long.
    std::vector<Fault> faults;
    Budget budget;

    bool operator==(Chaos const&) const = default;
};

struct Allow {
    std::string violation;
    std::optional<std::int64_t> max;
    std::string topic;  // Empty: any.
    std::string because;

    bool operator==(Allow const&) const = default;
};

struct Require {
    std::string violation;
    std::int64_t min{1};
    std::string topic;
    bool in_every_seed{true};  // Else in some seed.

    bool operator==(Require const&) const = default;
};

struct Sometimes {
    std::string name;
    Condition when;
    std::int64_t min{1};
    Source source;

    bool operator==(Sometimes const&) const = default;
};

enum class Statistic : std::uint8_t { avg, min, max, p50, p95, p99, p999, total, last };

std::string_view to_string(Statistic statistic);

struct Bound {
    Statistic of{Statistic::max};
    std::optional<Quantity> min;
    std::optional<Quantity> max;

    bool operator==(Bound const&) const = default;
};

struct MetricBound {
    std::string metric;
    Labels labels;
    std::string workload;  // Empty: all.
    std::optional<std::pair<sim::Duration, sim::Duration>> window;
    std::vector<Bound> bounds;
    Source source;

    bool operator==(MetricBound const&) const = default;
};

// `onlyIf` is settled while reading: what does not apply to this variant is not here.
struct Expect {
    bool all_invariants{true};
    std::vector<std::string> invariants;  // If not all.
    std::vector<std::string> skip;
    std::vector<Allow> allow;
    std::vector<Require> require;
    std::vector<Sometimes> sometimes;
    std::vector<MetricBound> metrics;
    std::vector<std::string> final_states;

    bool operator==(Expect const&) const = default;
};

// A flaw that the museum shows: one change to the file, under which a judge must speak. Without it
// the scenario runs with every fix, and holds.
struct Exhibit {
    enum class Flaw : std::uint8_t { protocol, feature, config, field };

    std::string name;  // "truncation-high-watermark"
    Flaw flaw{Flaw::protocol};
    std::string changed;              // The switch, feature, Kafka key or JSON pointer.
    std::string topic;                // Of a config: the topic's; empty: of all servers.
    std::string value;                // As JSON: "\"off\"", "0".
    std::vector<std::string> judges;  // Invariants, anomalies, final states or bounded metrics.
    std::string ticket;               // "KIP-101", "KAFKA-1211"
    std::string note;
    std::int64_t seeds{20};  // Within so many seeds, from `run.seed` on, it must be caught.
    Source source;           // Of the value.

    bool operator==(Exhibit const&) const = default;

    std::string pointer() const;  // Where in the file the flaw is put.
};

enum class Keep : std::uint8_t { always, on_failure, never };

struct Output {
    std::string dir{"out/{name}/{variant}/{seed}"};
    std::vector<std::string> reports{"text"};
    std::vector<std::string> trace_formats;
    Keep trace_keep{Keep::on_failure};

    bool operator==(Output const&) const = default;
};

struct Scenario {
    std::string name;
    std::string description;
    std::vector<std::string> tags;
    std::string variant;  // "acks=1,min.insync.replicas=2"; empty without a sweep.
    Run run;
    ClusterSpec cluster;
    ProtocolSwitches protocol;
    Network network;
    Storage storage;
    std::vector<Topic> topics;        // Sorted by name.
    std::vector<Workload> workloads;  // Sorted by name.
    std::vector<Step> timeline;       // In the file's order.
    std::optional<Chaos> chaos;
    Expect expect;
    std::vector<Exhibit> exhibits;  // In the file's order.
    Output output;

    bool operator==(Scenario const&) const = default;
};

}  // namespace odradek::kafka
