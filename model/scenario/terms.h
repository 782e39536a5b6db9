// What a scenario is told in, wherever it stands in the file: rates, distributions, selectors,
// conditions, and how a link, a disk or a topic is. Plain values with every unit resolved.
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

// ---- Links and disks

// What is said about a link; the rest is inherited (default link, then links[], then active
// faults).
struct LinkSettings {
    std::optional<DurationSpec> latency;  // One way.
    std::optional<Bandwidth> bandwidth;   // Per direction.
    std::optional<Probability> loss;      // Of a packet: costs a retransmission, never a message.
    std::optional<Probability> reset;     // Of a message: its connection is reset.

    bool operator==(LinkSettings const&) const = default;
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

// ---- Topics

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

}  // namespace odradek::kafka
