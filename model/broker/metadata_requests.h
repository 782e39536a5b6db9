// A client asks a broker who leads what; the broker answers from its own image, which may be old.
// Source: KRaftMetadataCache, KafkaApis.handleTopicMetadataRequest.
#pragma once

#include "model/messages/metadata.h"
#include "model/metadata/image.h"

namespace odradek::kafka {

// Brokers that are fenced are not listed. A topic that is not known is UNKNOWN_TOPIC_OR_PARTITION;
// a partition that nobody leads, or whose leader is not listed, is LEADER_NOT_AVAILABLE. No topics
// asked: none answered.
MetadataResponse answer_metadata(MetadataImage const& image, MetadataRequest const& request);

}  // namespace odradek::kafka
