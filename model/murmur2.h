// Kafka's murmur2 (seed 0x9747b28c), by which a keyed record finds its partition.
// Source: org.apache.kafka.common.utils.Utils.murmur2 and its test vectors in UtilsTest.
#pragma once

#include <cstdint>
#include <string_view>

namespace odradek::kafka {

// The 32-bit hash, signed as in Java.
std::int32_t murmur2(std::string_view bytes);

// (murmur2(key) & 0x7fffffff) % partitions, over all partitions, available or not; `partitions` is
// at least 1.
std::int32_t partition_for_key(std::string_view key, std::int32_t partitions);

}  // namespace odradek::kafka
