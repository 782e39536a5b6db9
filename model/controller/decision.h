// The controller decides first and applies later: a decision looks at the cluster as it is, and
// says which records follow and what the asker is told once they are committed. Source:
// ControllerResult in Kafka's metadata module.
#pragma once

#include <string>
#include <vector>

#include "model/config.h"
#include "model/metadata/image.h"
#include "model/out.h"
#include "model/switches.h"
#include "model/version.h"

namespace odradek::kafka {

template <class Response>
struct Decision {
    std::vector<MetadataRecord> records;  // One batch: all of them or none.
    Response response;
};

// What a decision may look at.
struct ControllerView {
    MetadataImage const& image;
    ControllerConfig const& config;
    KafkaVersion version;
    ProtocolSwitches const& switches;
    Offset committed_end{0};        // Of the metadata log.
    std::string_view cluster_id{};  // Empty: not asked for.

    // What the log has finalized; before it says anything, what a new cluster would get.
    MetadataVersion metadata_version() const;
    bool elr_enabled() const;  // KIP-966
};

// The value a topic's key has by its own configuration, the cluster's default, or
// `otherwise` (what the node's server.properties say), in that order.
std::string topic_value(MetadataImage const& image, std::string_view topic, std::string_view key,
                        std::string otherwise);

// min.insync.replicas of a topic, at most the number of its replicas. Source:
// ReplicationControlManager.getTopicEffectiveMinIsr.
std::int32_t effective_min_isr(MetadataImage const& image, std::int32_t by_default,
                               std::string_view topic, std::size_t replicas);

// May an election choose a leader from outside the ISR for this topic?
bool unclean_election_enabled(ControllerView const& cluster, std::string_view topic);

// STALE_BROKER_EPOCH when the broker is not registered, or registered in another life.
Error check_broker_epoch(MetadataImage const& image, BrokerId broker, BrokerEpoch epoch);

// "[1, 2, 3]".
std::string text_of(std::vector<BrokerId> const& brokers);

}  // namespace odradek::kafka
