// One record of format v2 as bytes. Source: org.apache.kafka.common.record.DefaultRecord.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/record_shape.h"

namespace odradek::kafka {

// As it stands behind the header of its batch: length, attributes, deltas, key, value,
// headers.
void write_record(std::int32_t offset_delta, std::int64_t timestamp_delta_ms,
                  std::optional<std::string> const& key, std::optional<std::string> const& value,
                  std::vector<RecordHeader> const& headers, std::string& bytes);

}  // namespace odradek::kafka
