// Batches as bytes: format v2, exactly as Kafka writes it. Source:
// org.apache.kafka.common.record.DefaultRecordBatch, DefaultRecord, MemoryRecordsBuilder.
#pragma once

#include <string>

#include "model/record.h"

namespace odradek::kafka {

// Appends batch.size_bytes bytes.
void write_batch(RecordBatch const& batch, std::string& bytes);

}  // namespace odradek::kafka
