// The small files beside a segment, out of bytes that may hold anything: offset index, time index,
// transaction index, snapshot of producer state. Source: OffsetIndex, TimeIndex, TransactionIndex,
// AbortedTxn, ProducerStateManager of org.apache.kafka.storage.internals.log.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/record_bytes/byte_reader.h"

namespace odradek::kafka {

// What a file holds, until something is wrong.
template <class Entry>
struct EntriesInFile {
    std::vector<Entry> entries;
    std::optional<BytesProblem> problem;
};

struct OffsetIndexEntryInFile {
    static constexpr std::uint64_t bytes = 8;
    std::int64_t offset{0};
    std::int32_t position{0};  // Of the batch, in the .log.
};
struct TimeIndexEntryInFile {
    static constexpr std::uint64_t bytes = 12;
    std::int64_t timestamp{0};
    std::int64_t offset{0};
};
struct AbortedTransactionInFile {
    static constexpr std::uint64_t bytes = 34;
    std::int16_t version{0};
    std::int64_t producer_id{0};
    std::int64_t first_offset{0};
    std::int64_t last_offset{0};
    std::int64_t last_stable_offset{0};
};
struct ProducerEntryInFile {
    std::int64_t producer_id{0};
    std::int16_t epoch{0};
    std::int32_t last_sequence{0};
    std::int64_t last_offset{0};  // -1: no batch is remembered.
    std::int32_t offset_delta{0};
    std::int64_t timestamp{0};
    std::int32_t coordinator_epoch{0};
    std::int64_t current_transaction_first_offset{-1};  // -1: none is open.

    std::int32_t first_sequence() const
    {
        return static_cast<std::int32_t>(
            (static_cast<std::uint32_t>(last_sequence) - static_cast<std::uint32_t>(offset_delta)) &
            0x7fffffff);
    }
};

// `base_offset` is what the file's name says. Indexes are files of a size made in advance: entries
// of zeros behind the first one are the room that is left, and not read.
EntriesInFile<OffsetIndexEntryInFile> read_offset_index(std::string_view bytes,
                                                        std::int64_t base_offset);
EntriesInFile<TimeIndexEntryInFile> read_time_index(std::string_view bytes,
                                                    std::int64_t base_offset);
EntriesInFile<AbortedTransactionInFile> read_transaction_index(std::string_view bytes);
EntriesInFile<ProducerEntryInFile> read_producer_snapshot(std::string_view bytes);

// What a broker checks when it starts, to know whether an index must be made anew; nothing: it is
// believed (sanityCheck).
std::optional<BytesProblem> offset_index_flaw(std::string_view bytes, std::int64_t base_offset);
std::optional<BytesProblem> time_index_flaw(std::string_view bytes, std::int64_t base_offset);

}  // namespace odradek::kafka
