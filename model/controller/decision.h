// The controller decides first and applies later: a decision looks at the cluster as it is, and
// says which records follow and what the asker is told once they are committed. Source:
// ControllerResult in Kafka's metadata module.
#pragma once

#include <set>
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
    std::set<TopicPartition> const& leaderless;  // Partitions nobody leads.
};

// May an election choose a leader from outside the ISR for this topic?
bool unclean_election_enabled(ControllerView const& cluster, std::string_view topic);

// STALE_BROKER_EPOCH when the broker is not registered, or registered in another life.
Error check_broker_epoch(MetadataImage const& image, BrokerId broker, BrokerEpoch epoch);

// "[1, 2, 3]".
std::string text_of(std::vector<BrokerId> const& brokers);

}  // namespace odradek::kafka
