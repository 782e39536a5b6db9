// Sizes of record format v2 (KIP-98): exactly for what is in a batch, from above for what a
// producer asks the buffer pool for. Source: org.apache.kafka.common.record.DefaultRecord,
// DefaultRecordBatch, AbstractRecords, utils.ByteUtils.
#pragma once

#include <cstdint>

namespace odradek::kafka {

inline constexpr std::uint64_t batch_header_bytes = 61;

// A zig-zag varint of up to 64 bits.
constexpr std::uint32_t varint_bytes(std::int64_t value)
{
    std::uint64_t rest =
        (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    std::uint32_t bytes = 1;
    while ((rest >>= 7) != 0)
        ++bytes;
    return bytes;
}

// Key or value with its length; -1 is null.
constexpr std::uint32_t field_bytes(std::int32_t length)
{
    return length < 0 ? varint_bytes(-1)
                      : varint_bytes(length) + static_cast<std::uint32_t>(length);
}

// A record in a batch: length, attributes, timestamp delta, offset delta, key, value, and
// `header_bytes` for the count of headers and the headers.
constexpr std::uint32_t record_bytes(std::int32_t offset_delta, std::int64_t timestamp_delta_ms,
                                     std::int32_t key_bytes, std::int32_t value_bytes,
                                     std::uint32_t header_bytes = 1)
{
    std::uint32_t const body = 1 + varint_bytes(timestamp_delta_ms) + varint_bytes(offset_delta) +
                               field_bytes(key_bytes) + field_bytes(value_bytes) + header_bytes;
    return varint_bytes(body) + body;
}

// The most that a batch of this one record can take: what a new batch asks the buffer pool for when
// that is more than batch.size, and what max.request.size bounds.
constexpr std::uint32_t single_record_batch_bound(std::int32_t key_bytes, std::int32_t value_bytes,
                                                  std::uint32_t header_bytes = 1)
{
    constexpr std::uint32_t record_overhead_max = 21;
    return static_cast<std::uint32_t>(batch_header_bytes) + record_overhead_max +
           field_bytes(key_bytes) + field_bytes(value_bytes) + header_bytes;
}

}  // namespace odradek::kafka
