#include "model/record_bytes/index_reader.h"

#include <fmt/format.h>

#include "model/record_bytes/crc32c.h"

namespace odradek::kafka {

namespace {

// Numbers of files are added without a check, as Java does.
std::int64_t sum(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::optional<BytesProblem> odd_size(std::string_view bytes, std::uint64_t entry)
{
    if (bytes.size() % entry == 0)
        return std::nullopt;
    return BytesProblem{
        bytes.size() / entry * entry,
        fmt::format("{} bytes are no whole number of entries of {} bytes", bytes.size(), entry)};
}

template <class Entry, class Read>
EntriesInFile<Entry> read_index(std::string_view bytes, Read const& read)
{
    EntriesInFile<Entry> result;
    ByteReader in(bytes);
    while (in.left() >= Entry::bytes) {
        bool zeros = true;
        for (char const c : bytes.substr(in.position(), Entry::bytes))
            zeros = zeros && c == '\0';
        if (zeros && !result.entries.empty())
            break;
        result.entries.push_back(read(in));
    }
    result.problem = odd_size(bytes, Entry::bytes);
    return result;
}

}  // namespace

EntriesInFile<OffsetIndexEntryInFile> read_offset_index(std::string_view bytes,
                                                        std::int64_t base_offset)
{
    return read_index<OffsetIndexEntryInFile>(bytes, [&](ByteReader& in) {
        OffsetIndexEntryInFile entry;
        entry.offset = sum(base_offset, in.i32());
        entry.position = in.i32();
        return entry;
    });
}

EntriesInFile<TimeIndexEntryInFile> read_time_index(std::string_view bytes,
                                                    std::int64_t base_offset)
{
    return read_index<TimeIndexEntryInFile>(bytes, [&](ByteReader& in) {
        TimeIndexEntryInFile entry;
        entry.timestamp = in.i64();
        entry.offset = sum(base_offset, in.i32());
        return entry;
    });
}

EntriesInFile<AbortedTransactionInFile> read_transaction_index(std::string_view bytes)
{
    EntriesInFile<AbortedTransactionInFile> result;
    ByteReader in(bytes);
    while (in.left() >= AbortedTransactionInFile::bytes) {
        AbortedTransactionInFile entry;
        std::uint64_t const begin = in.position();
        entry.version = in.i16();
        entry.producer_id = in.i64();
        entry.first_offset = in.i64();
        entry.last_offset = in.i64();
        entry.last_stable_offset = in.i64();
        if (entry.version > 0) {
            result.problem =
                BytesProblem{begin, fmt::format("version {} of an aborted transaction; the newest "
                                                "is 0",
                                                entry.version)};
            return result;
        }
        result.entries.push_back(entry);
    }
    result.problem = odd_size(bytes, AbortedTransactionInFile::bytes);
    return result;
}

EntriesInFile<ProducerEntryInFile> read_producer_snapshot(std::string_view bytes)
{
    constexpr std::uint64_t entries_at = 6;
    EntriesInFile<ProducerEntryInFile> result;
    ByteReader in(bytes);
    std::int16_t const version = in.i16();
    if (in.good() && version != 1) {
        result.problem =
            BytesProblem{0, fmt::format("a snapshot of version {}; 1 is read here", version)};
        return result;
    }
    std::uint32_t const crc = in.u32();
    std::uint32_t const computed =
        bytes.size() >= entries_at ? crc32c(bytes.substr(entries_at)) : 0;
    if (in.good() && crc != computed) {
        result.problem = BytesProblem{
            2, fmt::format("checksum {} says the header, {} say the bytes", crc, computed)};
        return result;
    }
    std::int32_t const count = in.i32();
    if (in.good() && count < 0)
        in.fail(fmt::format("{} producers", count));
    for (std::int32_t i = 0; i < count && in.good(); ++i) {
        ProducerEntryInFile entry;
        entry.producer_id = in.i64();
        entry.epoch = in.i16();
        entry.last_sequence = in.i32();
        entry.last_offset = in.i64();
        entry.offset_delta = in.i32();
        entry.timestamp = in.i64();
        entry.coordinator_epoch = in.i32();
        entry.current_transaction_first_offset = in.i64();
        if (in.good())
            result.entries.push_back(entry);
    }
    if (in.good() && in.left() != 0)
        in.fail(fmt::format("{} bytes behind the last producer", in.left()));
    result.problem = in.problem();
    return result;
}

std::optional<BytesProblem> offset_index_flaw(std::string_view bytes, std::int64_t base_offset)
{
    auto const read = read_offset_index(bytes, base_offset);
    if (!read.entries.empty() && read.entries.back().offset < base_offset)
        return BytesProblem{0, fmt::format("the last offset is {}, less than the base offset {}",
                                           read.entries.back().offset, base_offset)};
    return read.problem;
}

std::optional<BytesProblem> time_index_flaw(std::string_view bytes, std::int64_t base_offset)
{
    auto const read = read_time_index(bytes, base_offset);
    if (!read.entries.empty()) {
        auto const& first = read.entries.front();
        auto const& last = read.entries.back();
        if (last.timestamp < first.timestamp)
            return BytesProblem{0, fmt::format("the last timestamp is {}, less than the first, {}",
                                               last.timestamp, first.timestamp)};
        if (last.offset < base_offset)
            return BytesProblem{0, fmt::format("the last offset is {}, less than the base offset "
                                               "{}",
                                               last.offset, base_offset)};
    }
    return read.problem;
}

}  // namespace odradek::kafka
