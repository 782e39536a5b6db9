// DeleteRecords (API key 21, KIP-107). Everything before an offset is deleted: the leader's log
// starts there from now on, followers take that over from its fetch responses. Answered when every
// live replica starts there. Asked of each partition's leader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/errors.h"
#include "model/types.h"
#include "sim/describe.h"
#include "sim/time.h"

namespace odradek::kafka {

// In the place of an offset: the leader's high watermark.
inline constexpr Offset delete_to_high_watermark{-1};

struct DeleteRecordsPartitionResponse {
    TopicPartition partition;
    Error error{Error::none};
    Offset low_watermark{no_offset};  // The least log start of the live replicas; -1 on error.

    bool operator==(DeleteRecordsPartitionResponse const&) const = default;
};
DESCRIBE(DeleteRecordsPartitionResponse, partition, error, low_watermark)

struct DeleteRecordsResponse {
    std::vector<DeleteRecordsPartitionResponse> partitions;

    bool operator==(DeleteRecordsResponse const&) const = default;
};
DESCRIBE(DeleteRecordsResponse, partitions)

struct DeleteRecordsPartition {
    TopicPartition partition;
    Offset offset;  // The first that stays.

    bool operator==(DeleteRecordsPartition const&) const = default;
};
DESCRIBE(DeleteRecordsPartition, partition, offset)

struct DeleteRecordsRequest {
    using Response = DeleteRecordsResponse;
    static constexpr int api_key = 21;

    sim::Duration timeout{60'000'000'000};  // How long replicas may be waited for.
    std::vector<DeleteRecordsPartition> partitions;

    bool operator==(DeleteRecordsRequest const&) const = default;
};
DESCRIBE(DeleteRecordsRequest, timeout, partitions)

}  // namespace odradek::kafka
