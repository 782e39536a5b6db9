// Batches out of bytes that may hold anything: a segment of a log, written by us or by any Kafka.
// Never crashes, never believes a length, and says what is wrong and where. Source:
// org.apache.kafka.common.record.FileLogInputStream, DefaultRecordBatch, DefaultRecord.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/codec.h"
#include "model/record_bytes/byte_reader.h"

namespace odradek::kafka {

// A batch of a file, as its header says. Its records are read by read_records().
struct BatchInFile {
    std::uint64_t position{0};  // In the file.
    std::string_view bytes;     // The whole batch.
    std::int64_t base_offset{0};
    std::int32_t leader_epoch{-1};
    std::int8_t magic{2};
    std::uint32_t crc{0};
    std::int16_t attributes{0};
    std::int32_t last_offset_delta{0};
    std::int64_t base_timestamp{-1};
    std::int64_t max_timestamp{-1};
    std::int64_t producer_id{-1};
    std::int16_t producer_epoch{-1};
    std::int32_t base_sequence{-1};
    std::int32_t count{0};
    // Why Kafka would not take it: its size, its checksum, its magic. The fields above are what
    // the bytes say all the same.
    std::optional<BytesProblem> problem;

    std::int64_t last_offset() const { return base_offset + last_offset_delta; }
    std::int32_t last_sequence() const;
    int codec_id() const { return attributes & 0x07; }
    std::optional<Codec> codec() const;
    TimestampType timestamp_type() const
    {
        return (attributes & 0x08) != 0 ? TimestampType::log_append_time
                                        : TimestampType::create_time;
    }
    bool transactional() const { return (attributes & 0x10) != 0; }
    bool control() const { return (attributes & 0x20) != 0; }
    bool has_delete_horizon() const { return (attributes & 0x40) != 0; }
};

// Walks over the batches of a file. Ends where the file ends, where less than a batch is left (the
// torn tail of a crash), and where a length cannot be one.
class BatchReader {
public:
    explicit BatchReader(std::string_view file) : file_(file) {}
    std::optional<BatchInFile> next();

    // Bytes of whole batches before this point.
    std::uint64_t position() const { return at_; }
    std::uint64_t left() const { return file_.size() - at_; }
    // Why it ended before the end of the file; nothing at the end.
    std::optional<BytesProblem> const& problem() const { return problem_; }

private:
    std::string_view file_;
    std::uint64_t at_{0};
    std::optional<BytesProblem> problem_;
};

struct HeaderInFile {
    std::string key;
    std::optional<std::string> value;
};

struct RecordInFile {
    std::int64_t offset{0};
    std::int64_t timestamp{0};  // As consumers see it.
    std::int32_t sequence{-1};
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<HeaderInFile> headers;
};

struct RecordsInFile {
    std::vector<RecordInFile> records;  // Until something is wrong.
    // Positions are in the file, or, of a compressed batch, in what was decompressed.
    std::optional<BytesProblem> problem;
};

// More than this does not come out of one batch: Kafka's largest message, generously.
inline constexpr std::uint64_t decompressed_bytes_max = std::uint64_t{1} << 30;

RecordsInFile read_records(BatchInFile const& batch,
                           std::uint64_t bytes_max = decompressed_bytes_max);

}  // namespace odradek::kafka
