#include "model/transaction/transaction_log.h"

#include <fmt/format.h>

#include "model/record_bytes/big_endian.h"

namespace odradek::kafka {

namespace {

void put_string(std::string& bytes, std::string const& text)
{
    put_i16(bytes, static_cast<std::int16_t>(text.size()));
    bytes += text;
}

void put_compact_string(std::string& bytes, std::string const& text)
{
    put_unsigned_varint(bytes, text.size() + 1);
    bytes += text;
}

// A field behind all others that only newer readers know.
void put_tagged(std::string& bytes, std::uint64_t tag, std::string const& value)
{
    put_unsigned_varint(bytes, tag);
    put_unsigned_varint(bytes, value.size());
    bytes += value;
}

constexpr std::int64_t no_time = -1;

std::int64_t millis(sim::Instant wall) { return wall == sim::Instant{} ? no_time : wall.ms(); }

}  // namespace

std::string TransactionLogValue::name_of(TopicId topic) const
{
    for (auto const& [id, name] : names)
        if (id == topic)
            return name;
    return fmt::format("topic {}", topic.value);
}

std::string TransactionLogValue::bytes() const
{
    std::string bytes;
    put_i16(bytes, flexible_ ? 1 : 0);
    put_i64(bytes, is.producer_id.value);
    put_i16(bytes, is.producer_epoch);
    put_i32(bytes, static_cast<std::int32_t>(is.timeout.ms()));
    put_i8(bytes, static_cast<std::int8_t>(is.state));
    // By topic, in order.
    std::vector<std::pair<TopicId, std::vector<std::int32_t>>> topics;
    for (TopicPartition const partition : is.partitions) {
        if (topics.empty() || topics.back().first != partition.topic)
            topics.push_back({partition.topic, {}});
        topics.back().second.push_back(partition.partition);
    }
    bool const none = is.partitions.empty() && (is.state == TransactionState::empty);  // Null then.
    if (flexible_)
        put_unsigned_varint(bytes, none ? 0 : topics.size() + 1);
    else
        put_i32(bytes, none ? -1 : static_cast<std::int32_t>(topics.size()));
    for (auto const& [topic, partitions] : topics) {
        if (flexible_) {
            put_compact_string(bytes, name_of(topic));
            put_unsigned_varint(bytes, partitions.size() + 1);
        } else {
            put_string(bytes, name_of(topic));
            put_i32(bytes, static_cast<std::int32_t>(partitions.size()));
        }
        for (std::int32_t const partition : partitions)
            put_i32(bytes, partition);
        if (flexible_)
            put_unsigned_varint(bytes, 0);
    }
    put_i64(bytes, millis(is.last_update));
    put_i64(bytes, millis(is.start));
    if (!flexible_)
        return bytes;
    std::string tagged;
    std::uint64_t count = 0;
    std::string number;
    auto const add = [&](std::uint64_t tag) {
        put_tagged(tagged, tag, number);
        ++count;
        number.clear();
    };
    if (is.previous_producer_id != no_producer) {
        put_i64(number, is.previous_producer_id.value);
        add(0);
    }
    if (is.next_producer_id != no_producer) {
        put_i64(number, is.next_producer_id.value);
        add(1);
    }
    if (is.client_version != TransactionVersion::tv0) {
        put_i16(number, static_cast<std::int16_t>(is.client_version));
        add(2);
    }
    put_unsigned_varint(bytes, count);
    return bytes + tagged;
}

std::string TransactionLogValue::text() const
{
    std::string list;
    for (TopicPartition const partition : is.partitions)
        list += fmt::format("{}{}-{}", list.empty() ? "" : ",", name_of(partition.topic),
                            partition.partition);
    return fmt::format("{} producer {} epoch {} partitions [{}]", to_string(is.state),
                       is.producer_id.value, is.producer_epoch, list);
}

std::string transaction_log_key(std::string const& transactional_id)
{
    std::string key;
    put_i16(key, 0);  // Version.
    put_string(key, transactional_id);
    return key;
}

TransactionLogValue const* transaction_of(CoordinatorRecord const& record)
{
    return dynamic_cast<TransactionLogValue const*>(record.value.get());
}

}  // namespace odradek::kafka
