#include "tools/log_dump.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "model/record_bytes/byte_reader.h"
#include "model/record_bytes/control_record.h"
#include "model/record_bytes/message_schema.h"

namespace odradek::cli {

namespace {

using namespace kafka;

}  // namespace

std::string decoded_value(RecordInFile const& record, DumpWishes const& wishes)
{
    if (!wishes.metadata_decoder)
        return *record.value;
    MessageInFile const message = read_metadata_record(*record.value);
    if (message.problem)
        return fmt::format("Error at {}, skipping. {}", record.offset, message.problem->what);
    return fmt::format(R"({{"type":"{}","version":{},"data":{}}})", message.type, message.version,
                       message.json);
}

std::string control_text(RecordInFile const& record)
{
    auto const type = control_type_of(record.key.value_or(""));
    if (!type)
        return "controlType: UNKNOWN";
    std::string const value = record.value.value_or("");
    if (*type == ControlType::abort || *type == ControlType::commit) {
        ByteReader in(value);
        in.i16();
        std::int32_t const epoch = in.i32();
        if (!in.good())
            return fmt::format("endTxnMarker: {} of {} bytes, which are too few", to_string(*type),
                               value.size());
        return fmt::format("endTxnMarker: {} coordinatorEpoch: {}", to_string(*type), epoch);
    }
    MessageInFile const message = read_control_record(*type, value);
    if (message.problem)
        return fmt::format("{} that cannot be read: {}", to_string(*type), message.problem->what);
    return fmt::format("{} {}", message.type, message.json);
}

std::vector<IndexMismatch>
offset_index_mismatches(std::vector<OffsetIndexEntryInFile> const& entries, LogFile const& log)
{
    std::vector<IndexMismatch> wrong;
    for (OffsetIndexEntryInFile const& entry : entries) {
        auto const position = static_cast<std::uint64_t>(std::max(entry.position, 0));
        std::string_view const rest =
            std::string_view(log.bytes).substr(std::min<std::uint64_t>(position, log.bytes.size()));
        BatchReader reader(rest);
        auto const batch = reader.next();
        if (!batch)
            wrong.push_back({fmt::format("Index offset: {}, no batch at position {}", entry.offset,
                                         entry.position)});
        else if (batch->last_offset() != entry.offset)
            wrong.push_back({fmt::format("Index offset: {}, log offset: {}", entry.offset,
                                         batch->last_offset())});
    }
    return wrong;
}

std::vector<IndexMismatch> time_index_mismatches(std::vector<TimeIndexEntryInFile> const& entries,
                                                 LogFile const& log)
{
    // By last offset: the latest time of a record in the batch.
    std::map<std::int64_t, std::int64_t> latest;
    BatchReader reader(log.bytes);
    while (auto const batch = reader.next()) {
        std::int64_t time = -1;
        for (RecordInFile const& record : read_records(*batch).records)
            time = std::max(time, record.timestamp);
        latest.emplace(batch->last_offset(), time);
    }
    std::vector<IndexMismatch> wrong;
    std::int64_t before = -1;
    for (TimeIndexEntryInFile const& entry : entries) {
        auto const at = latest.lower_bound(entry.offset);
        if (at == latest.end() || at->first != entry.offset) {
            wrong.push_back({fmt::format("Indexed offset: {}, found log offset: {}", entry.offset,
                                         at == latest.end() ? -1 : at->first)});
        } else {
            if (at->second != entry.timestamp)
                wrong.push_back({fmt::format("Index timestamp: {}, log timestamp: {}",
                                             entry.timestamp, at->second)});
            if (before >= entry.timestamp)
                wrong.push_back(
                    {fmt::format("Index timestamp: {}, Previously indexed timestamp: {}",
                                 entry.timestamp, before)});
        }
        before = entry.timestamp;
    }
    return wrong;
}

}  // namespace odradek::cli
