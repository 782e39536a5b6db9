// What the controller decides, as facts (observations.h).
#pragma once

#include <string>
#include <vector>

#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

// A batch of the metadata log is committed. The leader of the quorum says so, once for each batch
// it commits; a later leader may say it again of the last ones. What the batch means follows as
// facts.
struct MetadataCommitted {
    Epoch epoch;  // The leader's.
    Offset from;
    Offset to;  // Exclusive.
};
DESCRIBE(MetadataCommitted, epoch, from, to)

// A registration was accepted (and is in the metadata log, committed).
struct BrokerRegistered {
    BrokerId broker;
    BrokerEpoch broker_epoch;
    std::uint64_t incarnation{0};
    bool fenced{true};
};
DESCRIBE(BrokerRegistered, broker, broker_epoch, incarnation, fenced)

struct BrokerFenced {
    BrokerId broker;
};
DESCRIBE(BrokerFenced, broker)

struct BrokerUnfenced {
    BrokerId broker;
};
DESCRIBE(BrokerUnfenced, broker)

struct TopicCreated {
    TopicId topic;
    std::string name;
    std::int32_t partitions{0};
};
DESCRIBE(TopicCreated, topic, name, partitions)

struct TopicDeleted {
    TopicId topic;
    std::string name;
};
DESCRIBE(TopicDeleted, topic, name)

// One key of a topic's or broker's dynamic configuration; `value` is empty when it was removed.
struct ConfigChanged {
    std::string resource;  // "topic orders", "broker 1", "broker ".
    std::string key;
    std::string value;
};
DESCRIBE(ConfigChanged, resource, key, value)

struct FeatureChanged {
    std::string feature;
    std::int16_t level{0};
};
DESCRIBE(FeatureChanged, feature, level)

struct BrokerUnregistered {
    BrokerId broker;
};
DESCRIBE(BrokerUnregistered, broker)

// Replicas of a partition are being moved (KIP-455). Said again when the target changes on the way.
struct ReassignmentStarted {
    TopicPartition partition;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> adding;
    std::vector<BrokerId> removing;
};
DESCRIBE(ReassignmentStarted, partition, replicas, adding, removing)

struct ReassignmentCompleted {
    TopicPartition partition;
    std::vector<BrokerId> replicas;  // As they are now.
    std::vector<BrokerId> isr;
    bool cancelled{false};  // They are what they were before.
};
DESCRIBE(ReassignmentCompleted, partition, replicas, isr, cancelled)

// A partition's registration changed; the controller has it committed. `leader` may be none.
struct PartitionChanged {
    TopicPartition partition;
    BrokerId leader{no_broker};
    Epoch leader_epoch;
    PartitionEpoch partition_epoch;
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;
    bool leader_changed{false};
    bool unclean{false};  // The leader came from outside ISR and ELR.
    std::vector<BrokerId> elr{};
    std::vector<BrokerId> adding{};
    std::vector<BrokerId> removing{};
    std::int32_t min_isr{1};  // Effective: min.insync.replicas, at most the number of replicas.
    bool elr_enabled{false};
};
DESCRIBE(PartitionChanged, partition, leader, leader_epoch, partition_epoch, replicas, isr,
         leader_changed, unclean, elr, adding, removing, min_isr, elr_enabled)

}  // namespace odradek::kafka
