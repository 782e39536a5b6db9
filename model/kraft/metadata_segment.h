// One segment of a metadata log: its file, and the indexes beside it, which nobody here needs to
// find a batch, but which are there as in Kafka, for who looks into the directory. Entries go to
// their files as they are made. Source: LogSegment, KafkaMetadataLog (a UnifiedLog).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/log/segment_index.h"
#include "model/out.h"
#include "model/record.h"

namespace odradek::kafka {

class MetadataSegment {
public:
    // `folder`: of the log, ending in '/'. The file is there or is made.
    MetadataSegment(Env const& env, std::string_view folder, Offset base);
    // A file of the segment that begins at `base`: ".log".
    static std::string path(std::string_view folder, Offset base, std::string_view kind);

    Offset base() const { return base_; }
    sim::FileId file() const { return file_; }  // The .log.
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t extents() const { return extents_; }  // In its file.
    sim::Instant created() const { return created_; }   // By the time of its first batch.

    // The files of its indexes are there from here on, empty.
    void begin(Env const& env, std::string_view folder, Out& out);
    // Into its file, and into its indexes.
    void append(Env const& env, std::string_view folder, BatchRef const& batch, Out& out);
    // It is in the file already.
    void adopt(RecordBatch const& batch);
    // Its last batch goes; cut() cuts the files, once all that is to go is gone.
    void drop_last(RecordBatch const& batch);
    void cut(Env const& env, std::string_view folder, Offset end, Out& out);
    // Makes its indexes anew, from its batches as they come.
    void begin_indexes(Env const& env, std::string_view folder, Out& out);
    void index(Env const& env, std::string_view folder, RecordBatch const& batch,
               std::uint64_t position, Out& out);
    // No record up to here is later than that: the entry that a segment ends with.
    void index_time(Env const& env, std::string_view folder, Out& out);
    // Nothing more is appended: all of it is on disk before the next is begun.
    void close(Env const& env, std::string_view folder, Out& out);
    void remove(Env const& env, std::string_view folder, Out& out) const;

private:
    Offset base_;
    sim::FileId file_;
    std::uint64_t bytes_{0};
    std::uint64_t extents_{0};
    sim::Instant created_;
    SegmentIndex<OffsetIndexEntry> offsets_;
    SegmentIndex<TimeIndexEntry> times_;
    std::uint64_t since_entry_{0};  // Bytes.
    std::int64_t latest_ms_{-1};    // Of its records,
    Offset at_latest_;              // with that batch.
};

}  // namespace odradek::kafka
