#include "model/record_bytes/batch_writer.h"

#include <algorithm>

#include "model/record_bytes/big_endian.h"
#include "model/record_bytes/compression.h"
#include "model/record_bytes/crc32c.h"
#include "model/record_bytes/record_writer.h"
#include "sim/ensure.h"

namespace odradek::kafka {

namespace {

constexpr std::int64_t no_timestamp = -1;
constexpr std::uint64_t log_overhead = 12;  // Base offset and length, which the length leaves out.
constexpr std::uint64_t crc_at = 17;
constexpr std::uint64_t attributes_at = 21;

std::int16_t attributes_of(RecordBatch const& batch)
{
    return static_cast<std::int16_t>(
        static_cast<int>(batch.codec) |
        (batch.timestamp_type == TimestampType::log_append_time ? 0x08 : 0) |
        (batch.transactional ? 0x10 : 0) | (batch.control ? 0x20 : 0) |
        (batch.delete_horizon ? 0x40 : 0));
}

// A batch that says nothing of what its records look like (they exist in tests only): null keys,
// and values of dots such that the batch has the size it says.
std::string records_of_no_shape(RecordBatch const& batch)
{
    std::string bytes;
    std::uint64_t const room =
        batch.size_bytes - std::min<std::uint64_t>(batch.size_bytes, batch_header_bytes);
    for (std::int32_t place = 0; place + 1 < batch.record_count; ++place)
        write_record(batch.offset_delta(place), 0, std::nullopt, std::nullopt, {}, bytes);
    std::string last;
    std::int32_t const delta = batch.offset_delta(batch.record_count - 1);
    std::uint64_t const free = room - std::min<std::uint64_t>(room, bytes.size());
    for (std::uint64_t value = free;; --value) {
        last.clear();
        write_record(delta, 0, std::nullopt, std::string(value, '.'), {}, last);
        if (last.size() <= free || value == 0)
            break;
    }
    // A length has one size too many here and there: then it takes a byte more than it needs.
    if (last.size() + 1 == free) {
        std::size_t end = 0;
        while ((static_cast<unsigned char>(last[end]) & 0x80) != 0)
            ++end;
        last[end] = static_cast<char>(static_cast<unsigned char>(last[end]) | 0x80);
        last.insert(end + 1, 1, '\0');
    }
    return bytes + last;
}

std::string records_of(RecordBatch const& batch)
{
    std::string bytes;
    std::int64_t const base_ms = batch.delete_horizon.value_or(batch.base_timestamp).ms();
    if (batch.synthetic() && !batch.shape && batch.record_count > 0)
        return records_of_no_shape(batch);
    for (std::int32_t place = 0; place < batch.record_count; ++place) {
        std::optional<std::string> key;
        std::optional<std::string> value;
        std::vector<RecordHeader> const* headers = nullptr;
        static std::vector<RecordHeader> const none{};
        if (batch.synthetic()) {
            if (batch.key(place))
                key = batch.key_text(place);
            if (!batch.tombstone(place))
                value = batch.value_text(place);
            headers = &batch.shape->headers();
        } else {
            KeyAndValue content = batch.contents->record(place);
            key = std::move(content.key);
            value = std::move(content.value);
            headers = &none;
        }
        write_record(batch.offset_delta(place), batch.create_time_ms(place) - base_ms, key, value,
                     *headers, bytes);
    }
    return bytes;
}

}  // namespace

void write_batch(RecordBatch const& batch, std::string& bytes)
{
    std::size_t const begin = bytes.size();
    put_i64(bytes, batch.base_offset.value);
    put_i32(bytes, static_cast<std::int32_t>(batch.size_bytes - log_overhead));
    put_i32(bytes, batch.leader_epoch.value);
    put_i8(bytes, 2);   // magic
    put_u32(bytes, 0);  // crc, below
    put_i16(bytes, attributes_of(batch));
    put_i32(bytes, batch.last_offset_delta());
    put_i64(bytes, batch.record_count == 0
                       ? no_timestamp
                       : batch.delete_horizon.value_or(batch.base_timestamp).ms());
    put_i64(bytes, batch.max_timestamp.ms());
    put_i64(bytes, batch.producer_id.value);
    put_i16(bytes, batch.producer_epoch);
    put_i32(bytes, batch.base_sequence);
    put_i32(bytes, batch.record_count);
    std::string const records = records_of(batch);
    if (batch.codec == Codec::none)
        bytes += records;
    else
        compress(batch.codec, records, batch.size_bytes - batch_header_bytes, bytes);
    ENSURE(bytes.size() - begin == batch.size_bytes, "a batch has as many bytes as it says");
    std::string_view const guarded = std::string_view(bytes).substr(begin + attributes_at);
    std::string crc;
    put_u32(crc, crc32c(guarded));
    bytes.replace(begin + crc_at, crc.size(), crc);
}

}  // namespace odradek::kafka
