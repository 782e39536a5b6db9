// Kafka's vocabulary as types. An offset is either the position of a record or an exclusive end
// (log end, high watermark): names say which.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "model/directory_id.h"
#include "sim/describe.h"
#include "sim/id.h"

namespace odradek::kafka {

// Kafka's node id of a broker or controller; -1 is none.
using BrokerId = sim::Id<struct BrokerTag, std::int32_t>;
inline constexpr BrokerId no_broker{-1};

// Leader epoch of a partition, or of the metadata log; -1 is unknown.
using Epoch = sim::Id<struct EpochTag, std::int32_t>;
inline constexpr Epoch no_epoch{-1};

// Version of a partition's registration (KIP-497); -1 is unknown.
using PartitionEpoch = sim::Id<struct PartitionEpochTag, std::int32_t>;

// Identity of one life of a broker as the controller registered it (KIP-380, KIP-631); -1 is none.
using BrokerEpoch = sim::Id<struct BrokerEpochTag, std::int64_t>;
inline constexpr BrokerEpoch no_broker_epoch{-1};

// A topic's id. Kafka's is a random UUID; ours is the number of the topic in order of creation, 0
// for the metadata log, and uuid_text() derives the 22 characters a person sees.
using TopicId = sim::Id<struct TopicTag, std::uint32_t>;
inline constexpr TopicId metadata_topic{0};
inline constexpr char const* metadata_topic_name = "__cluster_metadata";

using ProducerId = sim::Id<struct ProducerTag, std::int64_t>;
inline constexpr ProducerId no_producer{-1};

// A position in a partition's log. Differences are plain numbers; two offsets are never added.
struct Offset {
    std::int64_t value{0};

    constexpr auto operator<=>(Offset const&) const = default;
    constexpr Offset& operator+=(std::int64_t n)
    {
        value += n;
        return *this;
    }
};
constexpr Offset operator+(Offset a, std::int64_t n) { return {a.value + n}; }
constexpr Offset operator-(Offset a, std::int64_t n) { return {a.value - n}; }
constexpr std::int64_t operator-(Offset a, Offset b) { return a.value - b.value; }
inline constexpr Offset no_offset{-1};
inline std::string to_string(Offset offset) { return std::to_string(offset.value); }
DESCRIBE(Offset, value)

struct TopicPartition {
    TopicId topic;
    std::int32_t partition{0};

    constexpr auto operator<=>(TopicPartition const&) const = default;
};
DESCRIBE(TopicPartition, topic, partition)

// How far a log goes: compared by epoch first, then by offset; that is the whole "is it behind"
// rule.
struct EpochAndOffset {
    Epoch epoch{no_epoch};
    Offset end_offset{no_offset};

    constexpr auto operator<=>(EpochAndOffset const&) const = default;
};
DESCRIBE(EpochAndOffset, epoch, end_offset)

// Who replicates the metadata log (KIP-853): a node and the directory that its log is in. Under
// kraft.version 0 nobody says a directory (0), and the id alone counts.
struct ReplicaKey {
    BrokerId id{no_broker};
    DirectoryId directory{migrating_directory};

    constexpr auto operator<=>(ReplicaKey const&) const = default;
};
DESCRIBE(ReplicaKey, id, directory)

// The cluster that a request is meant for: Kafka's is a UUID; 0 is for anybody.
using ClusterId = sim::Id<struct ClusterTag, std::uint64_t>;
inline constexpr ClusterId any_cluster{0};

// One record, for ever: who sent it and which of that sender's records it is, from 0.
struct RecordId {
    std::uint32_t client{0};  // Index of the client process among the cluster's clients.
    std::uint64_t number{0};

    constexpr auto operator<=>(RecordId const&) const = default;
};
DESCRIBE(RecordId, client, number)

}  // namespace odradek::kafka
