// What kafka-dump-log says of one file, as values: the text and the JSON are made from it. Facts
// from Kafka's DumpLogSegments.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/record_bytes/batch_reader.h"
#include "model/record_bytes/index_reader.h"
#include "tools/log_files.h"

namespace odradek::cli {

struct DumpWishes {
    bool deep{false};           // Records too ...
    bool contents{false};       // ... and their keys and values.
    bool skip_metadata{false};  // Of records.
    bool metadata_decoder{false};
    bool verify_only{false};                     // Of indexes: say what is wrong, print no entry.
    bool sanity_only{false};                     // Of indexes: what a broker checks when it starts.
    std::uint64_t max_bytes{~std::uint64_t{0}};  // Of batches.
};

// Prints it as Kafka's tool does, problems on stderr; false when something was wrong.
bool dump_text(LogFiles const& files, LogFile const& file, DumpWishes const& wishes);

// One object for a file; false as above.
bool dump_json(LogFiles const& files, LogFile const& file, DumpWishes const& wishes,
               std::string& json);

// A record's value by the decoder that was asked for: JSON text of a metadata record, or as it is.
std::string decoded_value(kafka::RecordInFile const& record, DumpWishes const& wishes);
// Of a control batch: " endTxnMarker: COMMIT coordinatorEpoch: 3" and its like, without the blank.
std::string control_text(kafka::RecordInFile const& record);

// An index entry that the log beside it does not bear out.
struct IndexMismatch {
    std::string what;
    bool operator==(IndexMismatch const&) const = default;
};
std::vector<IndexMismatch>
offset_index_mismatches(std::vector<kafka::OffsetIndexEntryInFile> const& entries,
                        LogFile const& log);
std::vector<IndexMismatch>
time_index_mismatches(std::vector<kafka::TimeIndexEntryInFile> const& entries, LogFile const& log);

}  // namespace odradek::cli
