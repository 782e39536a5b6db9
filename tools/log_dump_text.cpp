// kafka-dump-log's lines, as Kafka's DumpLogSegments prints them.
#include <cstdio>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "tools/log_dump.h"

namespace odradek::cli {

namespace {

using namespace kafka;

char const* truth(bool is) { return is ? "true" : "false"; }

void print_batch(BatchInFile const& batch)
{
    if (batch.magic >= 2)
        fmt::print("baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} "
                   "producerId: {} producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} "
                   "isControl: {} deleteHorizonMs: {}",
                   batch.base_offset, batch.last_offset(), batch.count, batch.base_sequence,
                   batch.last_sequence(), batch.producer_id, batch.producer_epoch,
                   batch.leader_epoch, truth(batch.transactional()), truth(batch.control()),
                   batch.has_delete_horizon()
                       ? fmt::format("OptionalLong[{}]", batch.base_timestamp)
                       : "OptionalLong.empty");
    else
        fmt::print("offset: {}", batch.base_offset);
    auto const codec = batch.codec();
    fmt::print(" position: {} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}\n",
               batch.position, to_string(batch.timestamp_type()), batch.max_timestamp,
               batch.bytes.size(), batch.magic,
               codec ? to_string(*codec) : fmt::format("unknown({})", batch.codec_id()).c_str(),
               batch.crc, truth(!batch.problem));
}

void print_record(BatchInFile const& batch, RecordInFile const& record, DumpWishes const& wishes)
{
    std::string line = "|";
    if (!wishes.skip_metadata) {
        std::vector<std::string> keys;
        for (HeaderInFile const& header : record.headers)
            keys.push_back(header.key);
        line += fmt::format(
            " offset: {} {}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [{}]",
            record.offset, to_string(batch.timestamp_type()), record.timestamp,
            record.key ? static_cast<std::int64_t>(record.key->size()) : -1,
            record.value ? static_cast<std::int64_t>(record.value->size()) : -1, record.sequence,
            fmt::join(keys, ","));
        if (batch.control())
            line += " " + control_text(record);
    }
    if (wishes.contents && !batch.control()) {
        if (record.key && !wishes.metadata_decoder)
            line += " key: " + *record.key;
        if (record.value)
            line += " payload: " + decoded_value(record, wishes);
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stdout);
}

void complain(LogFile const& file, BytesProblem const& problem)
{
    fmt::print(stderr, "{}: at byte {}: {}\n", file.path, problem.position, problem.what);
}

bool dump_log(LogFile const& file, DumpWishes const& wishes)
{
    if (file.suffix() == "checkpoint") {
        std::string const name = file.name();
        auto const end = file.base_offset();
        std::size_t const dash = name.find('-');
        if (name == "bootstrap.checkpoint")
            fmt::print("KRaft bootstrap snapshot\n");
        else if (end && dash != std::string::npos)
            fmt::print("Snapshot end offset: {}, epoch: {}\n", *end,
                       LogFile{name.substr(dash + 1), {}}.base_offset().value_or(-1));
    } else {
        fmt::print("Log starting offset: {}\n", file.base_offset().value_or(0));
    }
    bool good = true;
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    std::int64_t last = -1;
    BatchReader reader(file.bytes);
    while (reader.position() < wishes.max_bytes) {
        auto const batch = reader.next();
        if (!batch || reader.position() > wishes.max_bytes)
            break;
        print_batch(*batch);
        if (batch->problem) {
            complain(file, *batch->problem);
            good = false;
        }
        if (!wishes.deep)
            continue;
        RecordsInFile const records = read_records(*batch);
        for (RecordInFile const& record : records.records) {
            if (last != -1 && record.offset != last + 1)
                gaps.emplace_back(last, record.offset);
            last = record.offset;
            print_record(*batch, record, wishes);
        }
        if (records.problem) {
            complain(file, *records.problem);
            good = false;
        }
    }
    if (reader.left() > 0 && wishes.max_bytes == DumpWishes{}.max_bytes) {
        fmt::print("Found {} invalid bytes at the end of {}\n", reader.left(), file.name());
        if (reader.problem())
            complain(file, *reader.problem());
        good = false;
    }
    if (!gaps.empty()) {
        fmt::print(stderr, "Non-consecutive offsets in {}\n", file.path);
        for (auto const& [first, second] : gaps)
            fmt::print(stderr, "  {} is followed by {}\n", first, second);
    }
    return good;
}

bool sane(LogFile const& file, std::optional<BytesProblem> const& flaw)
{
    if (flaw)
        complain(file, *flaw);
    else
        fmt::print("{} passed sanity check.\n", file.path);
    return !flaw;
}

bool said(LogFile const& file, char const* about, std::vector<IndexMismatch> const& wrong)
{
    if (wrong.empty())
        return true;
    fmt::print(stderr, "{} :{}\n", about, file.path);
    for (IndexMismatch const& mismatch : wrong)
        fmt::print(stderr, "  {}\n", mismatch.what);
    return false;
}

// What was read of an index, against the .log beside it.
template <class Read, class Mismatches>
bool compared(LogFiles const& files, LogFile const& file, Read const& read, char const* words,
              Mismatches const& mismatches)
{
    if (read.problem)
        complain(file, *read.problem);
    auto const log = files.beside(file, "log");
    if (!log) {
        fmt::print(stderr, "{}: no .log beside it to compare with\n", file.path);
        return !read.problem;
    }
    return said(file, words, mismatches(read.entries, *log)) && !read.problem;
}

bool dump_offset_index(LogFiles const& files, LogFile const& file, DumpWishes const& wishes)
{
    std::int64_t const base = file.base_offset().value_or(0);
    auto const read = read_offset_index(file.bytes, base);
    if (read.entries.empty()) {
        fmt::print("{} is empty.\n", file.path);
        return true;
    }
    if (wishes.sanity_only)
        return sane(file, offset_index_flaw(file.bytes, base));
    if (!wishes.verify_only)
        for (OffsetIndexEntryInFile const& entry : read.entries)
            fmt::print("offset: {} position: {}\n", entry.offset, entry.position);
    return compared(files, file, read, "Mismatches in", offset_index_mismatches);
}

bool dump_time_index(LogFiles const& files, LogFile const& file, DumpWishes const& wishes)
{
    std::int64_t const base = file.base_offset().value_or(0);
    if (wishes.sanity_only)
        return sane(file, time_index_flaw(file.bytes, base));
    auto const read = read_time_index(file.bytes, base);
    if (!wishes.verify_only)
        for (TimeIndexEntryInFile const& entry : read.entries)
            fmt::print("timestamp: {} offset: {}\n", entry.timestamp, entry.offset);
    return compared(files, file, read, "Found timestamp mismatch in", time_index_mismatches);
}

bool dump_transaction_index(LogFile const& file)
{
    auto const read = read_transaction_index(file.bytes);
    for (AbortedTransactionInFile const& entry : read.entries)
        fmt::print("version: {} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: "
                   "{}\n",
                   entry.version, entry.producer_id, entry.first_offset, entry.last_offset,
                   entry.last_stable_offset);
    if (read.problem)
        complain(file, *read.problem);
    return !read.problem;
}

bool dump_producers(LogFile const& file)
{
    auto const read = read_producer_snapshot(file.bytes);
    for (ProducerEntryInFile const& entry : read.entries) {
        std::int64_t const open = entry.current_transaction_first_offset;
        fmt::print(
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} "
            "lastTimestamp: {} ",
            entry.producer_id, entry.epoch, entry.coordinator_epoch,
            open < 0 ? "OptionalLong.empty" : fmt::format("OptionalLong[{}]", open),
            entry.timestamp);
        if (entry.last_offset >= 0)
            fmt::print("firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} "
                       "timestamp: {}",
                       entry.first_sequence(), entry.last_sequence, entry.last_offset,
                       entry.offset_delta, entry.timestamp);
        fmt::print("\n");
    }
    if (read.problem)
        complain(file, *read.problem);
    return !read.problem;
}

}  // namespace

bool dump_text(LogFiles const& files, LogFile const& file, DumpWishes const& wishes)
{
    fmt::print("Dumping {}\n", file.path);
    std::string const suffix = file.suffix();
    if (suffix == "log" || suffix == "checkpoint")
        return dump_log(file, wishes);
    if (suffix == "index")
        return dump_offset_index(files, file, wishes);
    if (suffix == "timeindex")
        return dump_time_index(files, file, wishes);
    if (suffix == "txnindex")
        return dump_transaction_index(file);
    if (suffix == "snapshot")
        return dump_producers(file);
    fmt::print(stderr, "Ignoring unknown file {}\n", file.path);
    return true;
}

}  // namespace odradek::cli
