// A topic's id as files and tools show it. Kafka draws one; ours follows from the topic's number,
// so that bytes can be made by whoever knows the number. Source: org.apache.kafka.common.Uuid.
#pragma once

#include "model/directory_id.h"
#include "model/types.h"
#include "sim/words.h"

namespace odradek::kafka {

constexpr DirectoryId uuid_of(TopicId topic)
{
    if (topic == metadata_topic)
        return {0, 1};  // Uuid.METADATA_TOPIC_ID.
    std::uint64_t const most = sim::mix64(topic.value * 2 + 1);
    std::uint64_t const least = sim::mix64(topic.value * 2 + 2);
    // Version 4 and the variant of RFC 4122, and no text that begins with a dash.
    return {(most & 0x7fffffffffff0fff) | 0x4000,
            (least & 0x3fffffffffffffff) | 0x8000000000000000};
}

}  // namespace odradek::kafka
