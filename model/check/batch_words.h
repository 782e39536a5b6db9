// How judges speak of the records of a batch.
#pragma once

#include <cstdint>
#include <string>

#include "model/check/history.h"

namespace odradek::kafka::check {

// The first record that a batch has, or had before compaction left only its header.
RecordId first_record(RecordBatch const& batch);
std::uint64_t records_of(RecordBatch const& batch);
// "payments[0]#9812" or "payments[0]#9812..9826": from the first index to the last.
std::string records_text(RecordBatch const& batch, std::int32_t first, std::int32_t last,
                         Names const& names);
// Of all its records.
std::string records_text(RecordBatch const& batch, Names const& names);

}  // namespace odradek::kafka::check
