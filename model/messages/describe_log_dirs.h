// DescribeLogDirs (API key 35, KIP-113). What is in a broker's log directories, and how large it
// is. Asked of the broker itself.
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

struct DescribedReplica {
    TopicPartition partition;
    std::uint64_t size{0};       // Bytes of its segments.
    std::int64_t offset_lag{0};  // High watermark - log end, if that is more than nothing.
    bool is_future{false};       // On its way to another directory.

    bool operator==(DescribedReplica const&) const = default;
};
DESCRIBE(DescribedReplica, partition, size, offset_lag, is_future)

struct DescribedLogDir {
    Error error{Error::none};  // KAFKA_STORAGE_ERROR: it is offline.
    std::string log_dir;       // Its path on the disk; empty: the disk itself.
    std::vector<DescribedReplica> replicas;

    bool operator==(DescribedLogDir const&) const = default;
};
DESCRIBE(DescribedLogDir, error, log_dir, replicas)

struct DescribeLogDirsResponse {
    std::vector<DescribedLogDir> log_dirs;

    bool operator==(DescribeLogDirsResponse const&) const = default;
};
DESCRIBE(DescribeLogDirsResponse, log_dirs)

struct DescribeLogDirsRequest {
    using Response = DescribeLogDirsResponse;
    static constexpr int api_key = 35;

    bool operator==(DescribeLogDirsRequest const&) const = default;
};
DESCRIBE_EMPTY(DescribeLogDirsRequest)

}  // namespace odradek::kafka
