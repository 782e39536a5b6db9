// OffsetFetch (API key 9; KIP-447, KIP-709): where a group goes on. OffsetDelete (API key 47;
// KIP-496): it shall not know any more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/messages/offset_commit.h"
#include "model/types.h"
#include "sim/describe.h"

namespace odradek::kafka {

struct FetchedOffset {
    TopicPartition partition;
    Offset offset{no_offset};  // -1: nothing was committed.
    Epoch leader_epoch{no_epoch};
    std::string metadata;
    Error error{Error::none};

    bool operator==(FetchedOffset const&) const = default;
};
DESCRIBE(FetchedOffset, partition, offset, leader_epoch, metadata, error)

struct OffsetFetchResponse {
    Error error{Error::none};
    std::vector<FetchedOffset> partitions;

    bool operator==(OffsetFetchResponse const&) const = default;
};
DESCRIBE(OffsetFetchResponse, error, partitions)

struct OffsetFetchRequest {
    using Response = OffsetFetchResponse;
    static constexpr int api_key = 9;

    std::string group;
    // UNSTABLE_OFFSET_COMMIT for what an open transaction is about to commit.
    bool require_stable{false};
    bool all{false};  // Of every partition that the group has committed.
    std::vector<TopicPartition> partitions;

    bool operator==(OffsetFetchRequest const&) const = default;
};
DESCRIBE(OffsetFetchRequest, group, require_stable, all, partitions)

struct OffsetDeleteResponse {
    Error error{Error::none};
    std::vector<CommittedPartition> partitions;

    bool operator==(OffsetDeleteResponse const&) const = default;
};
DESCRIBE(OffsetDeleteResponse, error, partitions)

struct OffsetDeleteRequest {
    using Response = OffsetDeleteResponse;
    static constexpr int api_key = 47;

    std::string group;
    std::vector<TopicPartition> partitions;

    bool operator==(OffsetDeleteRequest const&) const = default;
};
DESCRIBE(OffsetDeleteRequest, group, partitions)

}  // namespace odradek::kafka
