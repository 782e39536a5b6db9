// Metadata (API key 3). Who leads what, as the broker asked knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/messages/tagged.h"
#include "model/record.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct MetadataBroker {
    BrokerId broker;
    sim::NodeId node;  // Its address.
    std::string rack;

    bool operator==(MetadataBroker const&) const = default;
};
DESCRIBE(MetadataBroker, broker, node, rack)

struct MetadataPartition {
    Error error{Error::none};  // LEADER_NOT_AVAILABLE when nobody leads.
    std::int32_t partition{0};
    BrokerId leader{no_broker};
    Epoch leader_epoch{no_epoch};
    std::vector<BrokerId> replicas;
    std::vector<BrokerId> isr;

    bool operator==(MetadataPartition const&) const = default;
};
DESCRIBE(MetadataPartition, error, partition, leader, leader_epoch, replicas, isr)

struct MetadataTopic {
    Error error{Error::none};
    std::string name;
    TopicId topic;
    std::vector<MetadataPartition> partitions;

    bool operator==(MetadataTopic const&) const = default;
};
DESCRIBE(MetadataTopic, error, name, topic, partitions)

struct MetadataResponse {
    std::vector<MetadataBroker> brokers;  // Those not fenced.
    std::vector<MetadataTopic> topics;
    // The finalized transaction.version, to who asked. Unlike Kafka, where finalized features come
    // with ApiVersions, when a connection opens.
    Tagged<std::int16_t> transaction_version{};

    bool operator==(MetadataResponse const&) const = default;
};
DESCRIBE(MetadataResponse, brokers, topics, transaction_version)

struct MetadataRequest {
    using Response = MetadataResponse;
    static constexpr int api_key = 3;

    std::vector<std::string> topics;
    Tagged<bool> wants_features{};

    bool operator==(MetadataRequest const&) const = default;
};
DESCRIBE(MetadataRequest, topics, wants_features)

}  // namespace odradek::kafka
