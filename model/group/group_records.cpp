#include "model/group/group_records.h"

#include <fmt/format.h>

#include "model/record_bytes/big_endian.h"

namespace odradek::kafka {

namespace {

constexpr std::int16_t offset_key_version = 1;
constexpr std::int16_t group_key_version = 2;
constexpr std::int16_t offset_value_version = 3;
constexpr std::int16_t group_value_version = 3;
constexpr std::int16_t subscription_version = 3;
constexpr std::int16_t assignment_version = 0;

void put_string(std::string& bytes, std::string const& text)
{
    put_i16(bytes, static_cast<std::int16_t>(text.size()));
    bytes += text;
}
void put_nullable(std::string& bytes, std::string const& text)
{
    if (text.empty())
        put_i16(bytes, -1);
    else
        put_string(bytes, text);
}
void put_content(std::string& bytes, std::string const& content)
{
    put_i32(bytes, static_cast<std::int32_t>(content.size()));
    bytes += content;
}

std::string name_in(TopicNames const& names, TopicId id)
{
    for (auto const& [known, name] : names)
        if (known == id)
            return name;
    return {};
}

// Partitions by topic, as both messages of the consumer protocol have them.
void put_partitions(std::string& bytes, std::vector<TopicPartition> const& partitions,
                    TopicNames const& names)
{
    std::vector<std::pair<TopicId, std::vector<std::int32_t>>> topics;
    for (TopicPartition const partition : partitions) {
        if (topics.empty() || topics.back().first != partition.topic)
            topics.emplace_back(partition.topic, std::vector<std::int32_t>{});
        topics.back().second.push_back(partition.partition);
    }
    put_i32(bytes, static_cast<std::int32_t>(topics.size()));
    for (auto const& [id, numbers] : topics) {
        put_string(bytes, name_in(names, id));
        put_i32(bytes, static_cast<std::int32_t>(numbers.size()));
        for (std::int32_t const number : numbers)
            put_i32(bytes, number);
    }
}

std::string subscription_bytes(ConsumerSubscription const& subscription, TopicNames const& names)
{
    std::string bytes;
    put_i16(bytes, subscription_version);
    put_i32(bytes, static_cast<std::int32_t>(subscription.topics.size()));
    for (std::string const& topic : subscription.topics)
        put_string(bytes, topic);
    put_i32(bytes, -1);  // UserData
    put_partitions(bytes, subscription.owned, names);
    put_i32(bytes, subscription.generation);
    put_nullable(bytes, subscription.rack);
    return bytes;
}

std::string assignment_bytes(std::vector<TopicPartition> const& partitions, TopicNames const& names)
{
    if (partitions.empty())
        return {};
    std::string bytes;
    put_i16(bytes, assignment_version);
    put_partitions(bytes, partitions, names);
    put_i32(bytes, -1);  // UserData
    return bytes;
}

std::string offset_key(std::string const& group, std::string const& topic, std::int32_t partition)
{
    std::string key;
    put_i16(key, offset_key_version);
    put_string(key, group);
    put_string(key, topic);
    put_i32(key, partition);
    return key;
}

std::string group_key(std::string const& group)
{
    std::string key;
    put_i16(key, group_key_version);
    put_string(key, group);
    return key;
}

std::uint32_t number_at(std::string const& bytes, std::size_t at, std::size_t count)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < count; ++i)
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

}  // namespace

std::string OffsetCommitValue::bytes() const
{
    std::string bytes;
    put_i16(bytes, offset_value_version);
    put_i64(bytes, is.offset.value);
    put_i32(bytes, is.leader_epoch.value);
    put_string(bytes, is.metadata);
    put_i64(bytes, is.committed_at.ns / 1'000'000);
    return bytes;
}

std::string OffsetCommitValue::text() const
{
    return fmt::format("offset {}, leader epoch {}", is.offset.value, is.leader_epoch.value);
}

std::string GroupMetadataValue::bytes() const
{
    std::string bytes;
    put_i16(bytes, group_value_version);
    put_string(bytes, is.protocol_type);
    put_i32(bytes, is.generation);
    put_nullable(bytes, is.protocol);
    put_nullable(bytes, is.leader);
    put_i64(bytes, is.state_since.ns / 1'000'000);
    put_i32(bytes, static_cast<std::int32_t>(is.members.size()));
    for (ClassicMember const& member : is.members) {
        put_string(bytes, member.id);
        put_nullable(bytes, member.instance);
        put_string(bytes, member.client_id);
        put_string(bytes, member.host);
        put_i32(bytes, static_cast<std::int32_t>(member.rebalance_timeout.ns / 1'000'000));
        put_i32(bytes, static_cast<std::int32_t>(member.session_timeout.ns / 1'000'000));
        ConsumerSubscription const* const metadata = member.metadata(is.protocol);
        put_content(bytes,
                    metadata == nullptr ? std::string{} : subscription_bytes(*metadata, names));
        put_content(bytes, assignment_bytes(member.assignment, names));
    }
    return bytes;
}

std::string GroupMetadataValue::text() const
{
    return fmt::format("generation {}, {} members, assignor {}", is.generation, is.members.size(),
                       is.protocol.empty() ? "-" : is.protocol);
}

CoordinatorRecord offset_record(std::string const& group, std::string const& topic,
                                std::int32_t partition, OffsetAndMetadata value)
{
    return {group, offset_key(group, topic, partition),
            sim::share<OffsetCommitValue>(std::move(value))};
}

CoordinatorRecord offset_tombstone(std::string const& group, std::string const& topic,
                                   std::int32_t partition)
{
    return {group, offset_key(group, topic, partition), {}};
}

CoordinatorRecord
group_record(ClassicGroup const& group,
             std::vector<std::pair<std::string, std::vector<TopicPartition>>> const& assignments,
             TopicNames names)
{
    ClassicGroup::Loaded is;
    is.protocol_type = group.protocol_type();
    is.generation = group.generation();
    is.protocol = group.protocol();
    is.leader = group.leader();
    is.state_since = group.state_since();
    for (auto const& [id, member] : group.members()) {
        ClassicMember& written = is.members.emplace_back(member);
        // Only what the chosen assignor needs is kept.
        std::erase_if(written.protocols, [&group](GroupProtocol const& protocol) {
            return protocol.name != group.protocol();
        });
        written.awaiting_join.reset();
        written.awaiting_sync.reset();
        written.is_new = false;
        written.assignment.clear();
        for (auto const& [member_id, partitions] : assignments)
            if (member_id == id)
                written.assignment = partitions;
    }
    return {group.id(), group_key(group.id()),
            sim::share<GroupMetadataValue>(std::move(is), std::move(names))};
}

CoordinatorRecord group_tombstone(std::string const& group)
{
    return {group, group_key(group), {}};
}

OffsetCommitValue const* offset_of(CoordinatorRecord const& record)
{
    return dynamic_cast<OffsetCommitValue const*>(record.value.get());
}

GroupMetadataValue const* group_of(CoordinatorRecord const& record)
{
    return dynamic_cast<GroupMetadataValue const*>(record.value.get());
}

std::optional<OffsetKey> offset_key_of(CoordinatorRecord const& record)
{
    std::string const& key = record.key;
    if (key.size() < 4 || number_at(key, 0, 2) != offset_key_version)
        return std::nullopt;
    OffsetKey text;
    std::size_t const group = number_at(key, 2, 2);
    text.group = key.substr(4, group);
    std::size_t const topic = number_at(key, 4 + group, 2);
    text.topic = key.substr(6 + group, topic);
    text.partition = static_cast<std::int32_t>(number_at(key, 6 + group + topic, 4));
    return text;
}

}  // namespace odradek::kafka
