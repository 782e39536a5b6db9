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
#include "model/switches.h"
#include "model/version.h"
#include "sim/ratio.h"
#include "sim/time.h"

namespace odradek::sim {
class Distribution;
}

namespace odradek::kafka {

// Where something stands in the file that said it. Equal to every other: not part of a scenario's
// meaning.
struct Source {
    std::string file;
    int line{0};  // From 1; 0: nowhere (a default).
    int column{0};
    std::string pointer;  // JSON Pointer, "/timeline/1/at".

    bool operator==(Source const&) const { return true; }
};

// A probability in parts per billion, 0 to 1,000,000,000.
struct Probability {
    std::int64_t ppb{0};

    auto operator<=>(Probability const&) const = default;

    sim::Ratio ratio() const
    {
        return sim::reduced({static_cast<std::uint64_t>(ppb), 1'000'000'000});
    }
};

// `events` every `per`, exact and reduced: "0.5/s" is {1, 2 s}, "1000/s" is {1, 1 ms}.
struct Rate {
    std::int64_t events{1};
    sim::Duration per{0};

    auto operator<=>(Rate const&) const = default;
};

struct Bandwidth {
    std::int64_t bits_per_second{0};

    auto operator<=>(Bandwidth const&) const = default;
};

// A distribution of durations as the file describes it: comparable and printable; `distribution()`
// gives what the engine draws from. Fields that a kind does not use stay at their default.
struct DurationSpec {
    enum class Kind : std::uint8_t {
        constant,     // value
        uniform,      // min, max
        exponential,  // mean
        normal,       // mean, stddev
        lognormal,    // median, p99
        pareto,       // min, alpha
        empirical,    // values, weights
        mix,          // of, weights
    };

    Kind kind{Kind::constant};
    sim::Duration value{};
    sim::Duration mean{};
    sim::Duration stddev{};
    sim::Duration median{};
    sim::Duration p99{};
    std::int64_t alpha_thousandths{0};
    std::optional<sim::Duration> min;  // Bound of uniform, scale of pareto, else a clamp.
    std::optional<sim::Duration> max;  // Bound of uniform, else a clamp.
    std::vector<sim::Duration> values;
    std::vector<std::uint64_t> weights;  // Integers in the file's proportions.
    std::vector<DurationSpec> of;

    bool operator==(DurationSpec const&) const = default;

    static DurationSpec constant(sim::Duration value);
    sim::Distribution distribution() const;
};

// ---- Selectors: who a step is about. Resolved when the step fires.

enum class SelectorKind : std::uint8_t {
    all,
    brokers,
    controllers,
    zookeepers,
    clients,  // Every one of them.
    majority,
    minority,
    minority_third,
    primaries,  // Drawn or computed when the step fires.
    broker,
    controller,
    zookeeper,  // By index, `*`, or `controller:active`.
    client,     // client:shop, client:shop[1], client:shop[*]
    rack,       // rack:az1
    leader,
    follower,
    isr,
    preferred,  // Of a partition: leader:orders-0
    coordinator,
    txn_coordinator,  // Of a group or transactional id.
    directory,        // directory:1/0
};

struct SelectorTerm {
    SelectorKind kind{SelectorKind::all};
    bool negated{false};                // `!x`: subtracted from what the terms before it gave.
    std::string name;                   // Rack, topic, workload, group or transactional id.
    std::optional<std::int32_t> first;  // Node id, client index or partition; nothing is `*`.
    std::optional<std::int32_t> last;  // End of a range `broker:[1-3]`, inclusive; else as `first`.
    std::optional<std::int32_t> directory;
    bool active{false};                 // `controller:active`
    std::optional<std::int32_t> count;  // `(2)`: that many of them, drawn from the seed.

    bool operator==(SelectorTerm const&) const = default;
};

// A union of terms, left to right. Empty: nobody.
struct Selector {
    std::vector<SelectorTerm> terms;

    bool empty() const { return terms.empty(); }
    bool operator==(Selector const&) const = default;
};

std::string to_string(SelectorTerm const& term);
std::string to_string(Selector const& selector);  // Terms with ", " between.

// ---- Conditions: when something is the case.

enum class Comparison : std::uint8_t { less, less_equal, equal, not_equal, greater_equal, greater };

std::string_view to_string(Comparison comparison);

// A number to compare a metric with: a plain count, or nanoseconds.
struct Quantity {
    enum class Unit : std::uint8_t { count, duration };

    Unit unit{Unit::count};
    std::int64_t value{0};

    auto operator<=>(Quantity const&) const = default;
};

using Labels = std::map<std::string, std::string, std::less<>>;  // topic=orders, partition=0, ...

struct Condition;

struct EventCondition {
    std::string event;      // From model/vocabulary.h.
    Labels where;           // Field -> value as text; all must agree.
    std::int64_t count{1};  // Holds from the count-th matching event on.

    bool operator==(EventCondition const&) const = default;
};

struct MetricCondition {
    std::string metric;  // From model/vocabulary.h.
    Labels labels;
    Comparison op{Comparison::equal};
    Quantity value;
    sim::Duration holds{};  // How long without a break before the condition counts.

    bool operator==(MetricCondition const&) const = default;
};

struct AllOf {
    std::vector<Condition> of;
    bool operator==(AllOf const&) const;
};
struct AnyOf {
    std::vector<Condition> of;
    bool operator==(AnyOf const&) const;
};
// `not`: exactly one inside.
struct NoneOf {
    std::vector<Condition> of;
    bool operator==(NoneOf const&) const;
};

struct Condition {
    std::variant<EventCondition, MetricCondition, AllOf, AnyOf, NoneOf> is;

    // Written out, not defaulted: clang 14 does not survive a defaulted one that is recursive.
    bool operator==(Condition const& other) const;
};

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

// What is said about a link; the rest is inherited (default link, then links[], then active
// faults).
struct LinkSettings {
    std::optional<DurationSpec> latency;  // One way.
    std::optional<Bandwidth> bandwidth;   // Per direction.
    std::optional<Probability> loss;      // Of a packet: costs a retransmission, never a message.
    std::optional<Probability> reset;     // Of a message: its connection is reset.

    bool operator==(LinkSettings const&) const = default;
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

// What a power loss leaves of what was written and not flushed.
enum class PowerLoss : std::uint8_t { keep_all, lose_unsynced, lose_random_unsynced, torn_tail };

std::string_view to_string(PowerLoss model);

struct DiskSettings {
    std::optional<DurationSpec> read;
    std::optional<DurationSpec> write;
    std::optional<DurationSpec> fsync;
    std::optional<Bandwidth> bandwidth;
    std::optional<std::int64_t> capacity_bytes;  // Nothing: unlimited.
    std::optional<PowerLoss> power_loss;
    std::optional<Probability> bit_rot;  // Of what a power loss makes the machine read anew.

    bool operator==(DiskSettings const&) const = default;
};

struct Storage {
    std::string backend{"memory"};
    DiskSettings by_default;                       // Complete but for capacity.
    std::map<std::int32_t, DiskSettings> brokers;  // Node id -> what differs.
    std::map<std::int32_t, DiskSettings> controllers;

    bool operator==(Storage const&) const = default;
};

struct Topic {
    std::string name;  // One topic; ranges are expanded.
    std::int32_t partitions{1};
    std::int32_t replication_factor{1};
    std::map<std::int32_t, std::vector<std::int32_t>>
        assignment;  // Partition -> brokers; else rack-aware.
    ConfigMap config;
    Source source;

    bool operator==(Topic const&) const = default;
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

struct ProducerWorkload {
    std::vector<std::string> topics;  // Records go round-robin over them.
    std::optional<Rate>
        rate;  // Per producer; nothing ("unlimited"): as fast as the producer accepts.
    Arrival arrival{Arrival::steady};
    std::optional<std::int64_t> records;  // Per producer; nothing: until `stop`.
    KeySpec key;
    ValueSpec value;
    ConfigMap config;

    bool operator==(ProducerWorkload const&) const = default;
};

// A consumer with assign(), outside any group, over all partitions of its topics.
struct ReaderWorkload {
    std::vector<std::string> topics;
    std::optional<DurationSpec> processing;  // Per poll.
    ConfigMap config;

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

enum class Verb : std::uint8_t {
    crash,
    restart,
    shutdown,
    pause,
    resume,
    power_loss,
    partition,
    isolate,
    hold,
    heal,
    link,
    disk,
    disk_full,
    disk_corrupt,
    disk_fail,
    disk_wipe,
    clock,
    kill_client,
    create_topic,
    elect_leaders,
    delete_topic,
    add_partitions,
    config,
    reassign,
    update_features,
    unregister_broker,
    add_controller,
    remove_controller,
    set_workload,
    snapshot,
    note,
};

std::string_view to_string(Verb verb);  // As in the file: "power-loss".

struct At {
    sim::Duration at;
    bool operator==(At const&) const = default;
};
struct Every {
    DurationSpec every;
    sim::Duration from{};                // First firing: `from`, then after each `every`.
    std::optional<sim::Duration> until;  // Nothing: the end of `duration`.
    std::optional<std::int64_t> count;

    bool operator==(Every const&) const = default;
};
struct When {
    Condition when;
    std::int64_t count{1};  // How often it may fire, each time the condition becomes true anew.

    bool operator==(When const&) const = default;
};
struct After {
    std::string step;  // Its id; counted from the end of its `for`.
    DurationSpec delay;

    bool operator==(After const&) const = default;
};
using Trigger = std::variant<At, Every, When, After>;

// `with`, one type per verb that has one.
struct NoDetails {
    bool operator==(NoDetails const&) const = default;
};
struct HealDetails {
    std::string step;  // Heal only what this step did; empty: every partition and link fault (of
                       // the target).

    bool operator==(HealDetails const&) const = default;
};
struct PowerLossDetails {
    std::optional<PowerLoss> model;  // Nothing: the disk's own.

    bool operator==(PowerLossDetails const&) const = default;
};
struct LinkDetails {
    LinkSettings is;
    bool operator==(LinkDetails const&) const = default;
};
struct DiskDetails {
    DiskSettings is;
    bool stall{false};           // Nothing completes until the step ends.
    Probability fsync_errors;    // Of a flush: fails with EIO.
    Probability read_errors;     // Of a read: fails with EIO.
    Probability fsync_lies;      // Of a flush: says that it is done, and nothing is durable.
    bool lose_new_files{false};  // A power loss takes new files whose directory nobody flushed.

    bool operator==(DiskDetails const&) const = default;
};
struct DiskCorruptDetails {
    std::int64_t bits{1};  // How many turn over, of all that is durable there.
    bool cached{false};    // The page cache hides them until power is lost.

    bool operator==(DiskCorruptDetails const&) const = default;
};
struct DiskFullDetails {
    std::int64_t free_bytes{0};  // What is left until ENOSPC.
    bool partial{false};         // The append that finds it writes what has room.

    bool operator==(DiskFullDetails const&) const = default;
};
struct ClockDetails {
    sim::Duration step{};  // Added to the clock at once ("skew"); may be negative.
    std::int64_t drift_ppm{0};
    bool freeze{false};

    bool operator==(ClockDetails const&) const = default;
};
struct CreateTopicDetails {
    Topic topic;
    bool operator==(CreateTopicDetails const&) const = default;
};
struct ElectLeadersDetails {
    bool unclean{false};                    // Else preferred.
    std::string topic;                      // Empty: every partition.
    std::optional<std::int32_t> partition;  // Nothing: every partition of the topic.

    bool operator==(ElectLeadersDetails const&) const = default;
};
struct DeleteTopicDetails {
    std::string topic;
    bool operator==(DeleteTopicDetails const&) const = default;
};
struct AddPartitionsDetails {
    std::string topic;
    std::int32_t partitions{0};                          // All together.
    std::vector<std::vector<std::int32_t>> assignments;  // Of the new ones; empty: placed.

    bool operator==(AddPartitionsDetails const&) const = default;
};
// Dynamic configuration of a topic, a broker, or all brokers.
struct ConfigDetails {
    std::string topic;                   // Empty: of brokers.
    std::optional<std::int32_t> broker;  // Nothing: the default of every broker.
    ConfigMap set;
    ConfigMap append;  // To lists.
    ConfigMap subtract;
    std::vector<std::string> remove;

    bool operator==(ConfigDetails const&) const = default;
};
struct ReassignDetails {
    struct Partition {
        std::string topic;
        std::int32_t partition{0};
        std::vector<std::int32_t> replicas;

        bool operator==(Partition const&) const = default;
    };
    std::vector<Partition> partitions;      // As Kafka's reassignment file lists them.
    std::string topic;                      // Else all partitions of a topic, or all there are.
    std::optional<std::int32_t> partition;  // Or this one of the topic.
    bool cancel{false};                     // Else to brokers drawn when the step fires.

    bool operator==(ReassignDetails const&) const = default;
};
struct UpdateFeaturesDetails {
    std::map<std::string, std::int16_t> levels;
    std::string type{"upgrade"};  // Or safe-downgrade, unsafe-downgrade.

    bool operator==(UpdateFeaturesDetails const&) const = default;
};
struct UnregisterBrokerDetails {
    std::int32_t broker{0};
    bool operator==(UnregisterBrokerDetails const&) const = default;
};
struct SetWorkloadDetails {
    std::string workload;
    std::optional<Rate> rate;  // Nothing: unlimited.

    bool operator==(SetWorkloadDetails const&) const = default;
};
struct NoteDetails {
    std::string text;
    bool operator==(NoteDetails const&) const = default;
};

using Details = std::variant<NoDetails, HealDetails, PowerLossDetails, LinkDetails, DiskDetails,
                             DiskFullDetails, DiskCorruptDetails, ClockDetails, CreateTopicDetails,
                             ElectLeadersDetails, DeleteTopicDetails, AddPartitionsDetails,
                             ConfigDetails, ReassignDetails, UpdateFeaturesDetails,
                             UnregisterBrokerDetails, SetWorkloadDetails, NoteDetails>;

// What is done to whom, for how long; shared by timeline steps and chaos faults.
struct Action {
    Verb verb{Verb::note};
    Selector target;
    std::vector<Selector>
        between;           // Of partition and link: sides cut from or changed between each other.
    bool symmetric{true};  // False: only from the first side to the others.
    std::optional<DurationSpec> lasts;  // `for`: the action is undone after it.
    Details with;

    bool operator==(Action const&) const = default;
};

struct Step {
    std::string id;  // Empty: unnamed.
    Trigger trigger;
    Action action;
    Source source;

    bool operator==(Step const&) const = default;
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
