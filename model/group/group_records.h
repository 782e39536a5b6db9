// The records of __consumer_offsets: a group's committed offset of a partition, and a classic group
// with its members. Source: org.apache.kafka.coordinator.group.GroupCoordinatorRecordHelpers,
// GroupCoordinatorRecordSerde; OffsetCommitKey.json, OffsetCommitValue.json, GroupMetadataKey.json,
// GroupMetadataValue.json, ConsumerProtocolSubscription.json, ConsumerProtocolAssignment.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/coordinator/coordinator_record.h"
#include "model/group/classic_group.h"

namespace odradek::kafka {

// What a group has committed of a partition.
struct OffsetAndMetadata {
    Offset offset;
    Epoch leader_epoch{no_epoch};
    std::string metadata;
    Instant committed_at;  // By the coordinator's wall clock.

    bool operator==(OffsetAndMetadata const&) const = default;
};

class OffsetCommitValue final : public CoordinatorValue {
public:
    explicit OffsetCommitValue(OffsetAndMetadata value) : is(std::move(value)) {}
    OffsetAndMetadata is;

    std::string bytes() const override;
    std::string text() const override;
};

using TopicNames = std::vector<std::pair<TopicId, std::string>>;

class GroupMetadataValue final : public CoordinatorValue {
public:
    GroupMetadataValue(ClassicGroup::Loaded group, TopicNames topic_names)
        : is(std::move(group)), names(std::move(topic_names))
    {
    }
    ClassicGroup::Loaded is;
    TopicNames names;  // Of what is assigned.

    std::string bytes() const override;
    std::string text() const override;
};

CoordinatorRecord offset_record(std::string const& group, std::string const& topic,
                                std::int32_t partition, OffsetAndMetadata value);
CoordinatorRecord offset_tombstone(std::string const& group, std::string const& topic,
                                   std::int32_t partition);
CoordinatorRecord
group_record(ClassicGroup const& group,
             std::vector<std::pair<std::string, std::vector<TopicPartition>>> const& assignments,
             TopicNames names);
CoordinatorRecord group_tombstone(std::string const& group);

// Null: not of that kind, or a tombstone.
OffsetCommitValue const* offset_of(CoordinatorRecord const& record);
GroupMetadataValue const* group_of(CoordinatorRecord const& record);
// What a key of an offset says; nothing: the key is of a group.
struct OffsetKey {
    std::string group;
    std::string topic;
    std::int32_t partition{0};
};
std::optional<OffsetKey> offset_key_of(CoordinatorRecord const& record);

}  // namespace odradek::kafka
