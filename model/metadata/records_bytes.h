// Records of the metadata log as Kafka's bytes: a frame (version 1, type, version of the record),
// then the record's fields. Control records are messages with a version of their own. Source:
// org.apache.kafka.server.common.serialization.AbstractApiMessageSerde, the schemas under
// metadata/src/main/resources/common/metadata and clients/src/main/resources/common/message.
#pragma once

#include <string>

#include "model/metadata/records.h"

namespace odradek::kafka {

// Key and value: control records have a key.
KeyAndValue bytes_of(MetadataRecord const& record);
bool is_control(MetadataRecord const& record);
// What it takes in a batch, at that place.
std::uint64_t record_bytes_of(MetadataRecord const& record, std::int32_t place);
std::uint64_t record_bytes_of(KeyAndValue const& record, std::int32_t place);

// The records that begin and end a snapshot (KIP-630).
KeyAndValue snapshot_header(sim::Instant last_contained_timestamp);
KeyAndValue snapshot_footer();

// A name under which a node is found; nobody resolves it.
std::string host_of(sim::NodeId node);

}  // namespace odradek::kafka
