// Records of the metadata log (KIP-500, KIP-631). Decided by the controller, applied by everybody
// in the same order. Numbers are Kafka's record types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "model/record.h"
#include "model/types.h"
#include "sim/digest.h"

namespace odradek::kafka {

// The versions of a feature that a node's software understands (KIP-584).
struct SupportedFeature {
    std::string name;
    std::int16_t min{0};
    std::int16_t max{0};

    bool operator==(SupportedFeature const&) const = default;
};
DESCRIBE(SupportedFeature, name, min, max)

// 0. A broker's new incarnation; it starts fenced. Its broker epoch is this record's offset.
struct RegisterBrokerRecord {
    static constexpr int type = 0;
    BrokerId broker;
    std::uint64_t incarnation{0};
    BrokerEpoch broker_epoch{no_broker_epoch};
    sim::NodeId node;  // Where it listens.
    std::string rack;
    bool fenced{true};
    bool in_controlled_shutdown{false};
    std::vector<DirectoryId> log_dirs{};       // Online ones (KIP-858).
    std::vector<SupportedFeature> features{};  // What its software understands.

    bool operator==(RegisterBrokerRecord const&) const = default;
};
DESCRIBE(RegisterBrokerRecord, broker, incarnation, broker_epoch, node, rack, fenced,
         in_controlled_shutdown, log_dirs, features)

// 1.
struct UnregisterBrokerRecord {
    static constexpr int type = 1;
    BrokerId broker;
    BrokerEpoch broker_epoch{no_broker_epoch};

    bool operator==(UnregisterBrokerRecord const&) const = default;
};
DESCRIBE(UnregisterBrokerRecord, broker, broker_epoch)

// 2.
struct TopicRecord {
    static constexpr int type = 2;
    std::string name;
    TopicId topic;

    bool operator==(TopicRecord const&) const = default;
};
DESCRIBE(TopicRecord, name, topic)

// Is the leader sure of its log? After an unclean election it is recovering (KIP-704).
enum class LeaderRecoveryState : std::int8_t { recovered = 0, recovering = 1 };
inline std::string to_string(LeaderRecoveryState state)
{
    return state == LeaderRecoveryState::recovered ? "RECOVERED" : "RECOVERING";
}

// 3. A new partition.
struct PartitionRecord {
    static constexpr int type = 3;
    TopicPartition partition;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    BrokerId leader{no_broker};
    Epoch leader_epoch{0};
    PartitionEpoch partition_epoch{0};
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};
    std::vector<BrokerId> adding_replicas{};  // While it is being reassigned (KIP-455).
    std::vector<BrokerId> removing_replicas{};
    std::vector<BrokerId> eligible_leader_replicas{};  // KIP-966
    std::vector<BrokerId> last_known_elr{};            // The last leader, while there is none.
    std::vector<DirectoryId> directories{};            // By replica; empty: all migrating.

    bool operator==(PartitionRecord const&) const = default;
};
DESCRIBE(PartitionRecord, partition, replicas, isr, leader, leader_epoch, partition_epoch, recovery,
         adding_replicas, removing_replicas, eligible_leader_replicas, last_known_elr, directories)

// 4. One key of a topic's or broker's dynamic configuration; no value removes it.
struct ConfigRecord {
    static constexpr int type = 4;
    std::string resource;  // "topic orders", "broker 1", "broker " for the cluster-wide default.
    std::string key;
    std::optional<std::string> value;

    bool operator==(ConfigRecord const&) const = default;
};
DESCRIBE(ConfigRecord, resource, key, value)

// 5. What changed of a partition; absent fields did not. A leader field, even the same leader,
// raises the leader epoch by one; every such record raises the partition epoch by one.
struct PartitionChangeRecord {
    static constexpr int type = 5;
    TopicPartition partition;
    std::optional<std::vector<BrokerId>> isr;
    std::optional<BrokerId> leader;  // no_broker: nobody leads.
    std::optional<std::vector<BrokerId>> replicas;
    std::optional<LeaderRecoveryState> recovery;
    std::optional<std::vector<BrokerId>> adding_replicas{};
    std::optional<std::vector<BrokerId>> removing_replicas{};
    std::optional<std::vector<BrokerId>> eligible_leader_replicas{};
    std::optional<std::vector<BrokerId>> last_known_elr{};
    std::optional<std::vector<DirectoryId>> directories{};

    bool operator==(PartitionChangeRecord const&) const = default;
};
DESCRIBE(PartitionChangeRecord, partition, isr, leader, replicas, recovery, adding_replicas,
         removing_replicas, eligible_leader_replicas, last_known_elr, directories)

// 9.
struct RemoveTopicRecord {
    static constexpr int type = 9;
    TopicId topic;

    bool operator==(RemoveTopicRecord const&) const = default;
};
DESCRIBE(RemoveTopicRecord, topic)

// 12. A feature is finalized at a level; 0 removes it (KIP-584).
struct FeatureLevelRecord {
    static constexpr int type = 12;
    std::string name;
    std::int16_t level{0};

    bool operator==(FeatureLevelRecord const&) const = default;
};
DESCRIBE(FeatureLevelRecord, name, level)

// 15. A block of producer ids was handed to a broker (KIP-730).
struct ProducerIdsRecord {
    static constexpr int type = 15;
    BrokerId broker;
    BrokerEpoch broker_epoch{no_broker_epoch};
    ProducerId next{0};

    bool operator==(ProducerIdsRecord const&) const = default;
};
DESCRIBE(ProducerIdsRecord, broker, broker_epoch, next)

// 17. Fencing, unfencing, controlled shutdown.
struct BrokerRegistrationChangeRecord {
    static constexpr int type = 17;
    BrokerId broker;
    BrokerEpoch broker_epoch{no_broker_epoch};
    std::optional<bool> fenced;
    std::optional<bool> in_controlled_shutdown;
    std::optional<std::vector<DirectoryId>> log_dirs{};  // Those still online.

    bool operator==(BrokerRegistrationChangeRecord const&) const = default;
};
DESCRIBE(BrokerRegistrationChangeRecord, broker, broker_epoch, fenced, in_controlled_shutdown,
         log_dirs)

// 20. Written by an idle controller every metadata.max.idle.interval.ms, so that observers see it
// live.
struct NoOpRecord {
    static constexpr int type = 20;

    bool operator==(NoOpRecord const&) const = default;
};
DESCRIBE_EMPTY(NoOpRecord)

// 28. The eligible leader replicas of a topic, or of every one, are forgotten: min.insync.replicas
// has changed, and what made them eligible was the old one (KIP-966).
struct ClearElrRecord {
    static constexpr int type = 28;
    std::string topic;  // Empty: every topic.

    bool operator==(ClearElrRecord const&) const = default;
};
DESCRIBE(ClearElrRecord, topic)

// Control record of type 2 (KIP-595): the first record of every epoch says who leads it. It takes
// an offset and changes nothing of the image.
struct LeaderChangeMessage {
    static constexpr int control_type = 2;
    BrokerId leader;
    std::vector<BrokerId> voters;
    std::vector<BrokerId> granting_voters;

    bool operator==(LeaderChangeMessage const&) const = default;
};
DESCRIBE(LeaderChangeMessage, leader, voters, granting_voters)

// Control record of type 5 (KIP-853): 1 once voters can be changed.
struct KRaftVersionRecord {
    static constexpr int control_type = 5;
    std::int16_t kraft_version{0};

    bool operator==(KRaftVersionRecord const&) const = default;
};
DESCRIBE(KRaftVersionRecord, kraft_version)

// A voter of the metadata quorum: who, where it listens, which kraft.versions it can do.
struct Voter {
    ReplicaKey key;
    sim::NodeId node;
    std::int16_t min_kraft_version{0};
    std::int16_t max_kraft_version{1};

    bool operator==(Voter const&) const = default;
};
DESCRIBE(Voter, key, node, min_kraft_version, max_kraft_version)

// Control record of type 6 (KIP-853): the voters from here on, ascending by id. It counts as soon
// as it is in a log, committed or not.
struct VotersRecord {
    static constexpr int control_type = 6;
    std::vector<Voter> voters;

    bool operator==(VotersRecord const&) const = default;
};
DESCRIBE(VotersRecord, voters)

using MetadataRecord =
    std::variant<RegisterBrokerRecord, UnregisterBrokerRecord, TopicRecord, PartitionRecord,
                 ConfigRecord, PartitionChangeRecord, RemoveTopicRecord, ProducerIdsRecord,
                 BrokerRegistrationChangeRecord, NoOpRecord, LeaderChangeMessage,
                 FeatureLevelRecord, ClearElrRecord, KRaftVersionRecord, VotersRecord>;

// One batch of the metadata log: applied as a whole or not at all. Record i has the batch's base
// offset + i.
class MetadataRecords final : public BatchContents {
public:
    explicit MetadataRecords(std::vector<MetadataRecord> list);
    std::vector<MetadataRecord> records;
    sim::Digest digest;  // Of the records, made once.

    // What came of applying this batch, for the next one who applies it to the same history (see
    // MetadataImage::apply). It can be empty at any time; nobody can tell but by the clock on the
    // wall.
    mutable sim::Ref<sim::Shared> applied;

    std::uint64_t size() const override;
    std::string text() const override;  // One record a line.
    KeyAndValue record(std::int32_t place) const override;
};

std::string to_string(MetadataRecord const& record);

// A batch of the metadata log, not yet placed in it: the controller stamps base offset and epoch.
BatchRef make_metadata_batch(std::vector<MetadataRecord> records, sim::Instant timestamp);

// The records of a batch of the metadata log (its contents must be MetadataRecords).
std::vector<MetadataRecord> const& metadata_records_of(RecordBatch const& batch);

}  // namespace odradek::kafka
