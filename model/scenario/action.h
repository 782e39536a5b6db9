// What can be done to a cluster, to whom and when: the steps of a timeline, and what chaos draws
// from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/scenario/terms.h"

namespace odradek::kafka {

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
    delete_records,
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
// Everything before an offset is deleted, of some partitions of a topic or of a list of them.
struct DeleteRecordsDetails {
    static constexpr std::int64_t to_high_watermark = -1;
    struct Partition {
        std::string topic;
        std::int32_t partition{0};
        std::int64_t before{to_high_watermark};

        bool operator==(Partition const&) const = default;
    };
    std::vector<Partition> list;           // As the file of kafka-delete-records has it.
    std::string topic;                     // Else this topic's,
    std::vector<std::int32_t> partitions;  // these; empty: all.
    std::int64_t before{to_high_watermark};

    bool operator==(DeleteRecordsDetails const&) const = default;
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

using Details =
    std::variant<NoDetails, HealDetails, PowerLossDetails, LinkDetails, DiskDetails,
                 DiskFullDetails, DiskCorruptDetails, ClockDetails, CreateTopicDetails,
                 ElectLeadersDetails, DeleteTopicDetails, DeleteRecordsDetails,
                 AddPartitionsDetails, ConfigDetails, ReassignDetails, UpdateFeaturesDetails,
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

}  // namespace odradek::kafka
