// The partitions of internal topics that a broker leads, as its coordinators use them, while
// handlers run. Source: org.apache.kafka.coordinator.common.runtime.{PartitionWriter,
// CoordinatorLoader}.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/record.h"
#include "model/types.h"
#include "sim/time.h"

namespace odradek::kafka {

class InternalLogs {
public:
    virtual ~InternalLogs() = default;
    // As the leader, with acks=all. How it ended comes later, with that ticket; also when it is
    // known at once.
    virtual void append(TopicPartition partition, BatchRef batch, sim::Duration timeout,
                        std::uint64_t ticket) = 0;
    // From the start of the log to its end, committed or not; nothing when there is no such log
    // here.
    virtual std::optional<std::vector<BatchRef>> read(TopicPartition partition) const = 0;
    // Is all of it committed that was there when this broker became the leader?
    virtual bool committed(TopicPartition partition) const = 0;
};

}  // namespace odradek::kafka
