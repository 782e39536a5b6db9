// What coordinators write into their partition of an internal topic: records of a key and a value,
// or a tombstone. What they know is the fold of these. Source:
// org.apache.kafka.coordinator.common.runtime.CoordinatorRecord, TransactionLog.
#pragma once

#include <string>
#include <vector>

#include "model/record.h"

namespace odradek::kafka {

// A value as its coordinator reads it, and the bytes that stand for it.
class CoordinatorValue : public sim::Shared {
public:
    virtual std::string bytes() const = 0;
    virtual std::string text() const = 0;  // For the story and for dumps.
};

struct CoordinatorRecord {
    std::string name;                  // What it is of: a transactional id, a group.
    std::string key;                   // Bytes.
    sim::Ref<CoordinatorValue> value;  // Empty: a tombstone.
};

class CoordinatorRecords final : public BatchContents {
public:
    explicit CoordinatorRecords(std::vector<CoordinatorRecord> list);
    std::vector<CoordinatorRecord> records;

    std::uint64_t size() const override { return size_; }
    std::string text() const override;  // One record a line.
    KeyAndValue record(std::int32_t place) const override;

private:
    std::uint64_t size_{0};
};

// A batch of them, not compressed and of no producer; the leader stamps it.
BatchRef make_coordinator_batch(std::vector<CoordinatorRecord> records, sim::Instant timestamp);
// Null when the batch is not of a coordinator.
CoordinatorRecords const* coordinator_records_of(RecordBatch const& batch);

}  // namespace odradek::kafka
