// kafka-dump-log --format json: the same as values. Keys and values of records are given as text
// where they are UTF-8, and always as base64.
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "model/record_bytes/control_record.h"
#include "model/record_bytes/message_schema.h"
#include "tools/json_text.h"
#include "tools/log_dump.h"

namespace odradek::cli {

namespace {

using namespace kafka;
using Json = nlohmann::ordered_json;

std::string base64(std::string_view bytes)
{
    constexpr char const* digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group =
                group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

Json problem_json(std::optional<BytesProblem> const& problem)
{
    return problem ? Json{{"position", problem->position}, {"what", problem->what}} : Json(nullptr);
}

Json bytes_json(std::optional<std::string> const& bytes)
{
    return bytes ? Json(base64(*bytes)) : Json(nullptr);
}

Json record_json(BatchInFile const& batch, RecordInFile const& record, DumpWishes const& wishes)
{
    Json json{{"offset", record.offset},
              {"timestamp", record.timestamp},
              {"sequence", record.sequence},
              {"keySize", record.key ? static_cast<std::int64_t>(record.key->size()) : -1},
              {"valueSize", record.value ? static_cast<std::int64_t>(record.value->size()) : -1}};
    Json headers = Json::array();
    for (HeaderInFile const& header : record.headers)
        headers.push_back({{"key", header.key}, {"value", bytes_json(header.value)}});
    json["headers"] = std::move(headers);
    if (batch.control()) {
        json["control"] = control_text(record);
    } else if (wishes.contents) {
        json["key"] = bytes_json(record.key);
        json["value"] = bytes_json(record.value);
        if (wishes.metadata_decoder && record.value) {
            MessageInFile const message = read_metadata_record(*record.value);
            if (message.problem)
                json["metadata"] = {{"problem", problem_json(message.problem)}};
            else
                json["metadata"] = {{"type", message.type},
                                    {"version", message.version},
                                    {"data", Json::parse(message.json)}};
        }
    }
    return json;
}

Json batch_json(BatchInFile const& batch, DumpWishes const& wishes, bool& good)
{
    auto const codec = batch.codec();
    Json json{{"baseOffset", batch.base_offset},
              {"lastOffset", batch.last_offset()},
              {"count", batch.count},
              {"baseSequence", batch.base_sequence},
              {"lastSequence", batch.last_sequence()},
              {"producerId", batch.producer_id},
              {"producerEpoch", batch.producer_epoch},
              {"partitionLeaderEpoch", batch.leader_epoch},
              {"isTransactional", batch.transactional()},
              {"isControl", batch.control()},
              {"deleteHorizonMs",
               batch.has_delete_horizon() ? Json(batch.base_timestamp) : Json(nullptr)},
              {"position", batch.position},
              {"timestampType", to_string(batch.timestamp_type())},
              {"maxTimestamp", batch.max_timestamp},
              {"size", batch.bytes.size()},
              {"magic", batch.magic},
              {"compresscodec", codec ? Json(to_string(*codec)) : Json(batch.codec_id())},
              {"crc", batch.crc},
              {"isvalid", !batch.problem},
              {"problem", problem_json(batch.problem)}};
    good = good && !batch.problem;
    if (wishes.deep) {
        RecordsInFile const records = read_records(batch);
        Json list = Json::array();
        for (RecordInFile const& record : records.records)
            list.push_back(record_json(batch, record, wishes));
        json["records"] = std::move(list);
        json["recordsProblem"] = problem_json(records.problem);
        good = good && !records.problem;
    }
    return json;
}

Json mismatches_json(std::vector<IndexMismatch> const& wrong)
{
    Json list = Json::array();
    for (IndexMismatch const& mismatch : wrong)
        list.push_back(mismatch.what);
    return list;
}

}  // namespace

bool dump_json(LogFiles const& files, LogFile const& file, DumpWishes const& wishes,
               std::string& text)
{
    bool good = true;
    Json json{{"file", file.path}, {"kind", file.suffix()}, {"bytes", file.bytes.size()}};
    std::int64_t const base = file.base_offset().value_or(0);
    Json list = Json::array();
    std::string const kind = file.suffix();
    if (kind == "log" || kind == "checkpoint") {
        BatchReader reader(file.bytes);
        while (reader.position() < wishes.max_bytes) {
            auto const batch = reader.next();
            if (!batch)
                break;
            list.push_back(batch_json(*batch, wishes, good));
        }
        json["batches"] = std::move(list);
        json["invalidBytesAtEnd"] = reader.problem() ? reader.left() : 0;
        json["problem"] = problem_json(reader.problem());
        good = good && !reader.problem();
    } else if (kind == "index") {
        auto const read = read_offset_index(file.bytes, base);
        for (auto const& entry : read.entries)
            list.push_back({{"offset", entry.offset}, {"position", entry.position}});
        json["entries"] = std::move(list);
        json["problem"] = problem_json(offset_index_flaw(file.bytes, base));
        if (auto const log = files.beside(file, "log"))
            json["mismatches"] = mismatches_json(offset_index_mismatches(read.entries, *log));
        good = json["problem"].is_null() && json.value("mismatches", Json::array()).empty();
    } else if (kind == "timeindex") {
        auto const read = read_time_index(file.bytes, base);
        for (auto const& entry : read.entries)
            list.push_back({{"timestamp", entry.timestamp}, {"offset", entry.offset}});
        json["entries"] = std::move(list);
        json["problem"] = problem_json(time_index_flaw(file.bytes, base));
        if (auto const log = files.beside(file, "log"))
            json["mismatches"] = mismatches_json(time_index_mismatches(read.entries, *log));
        good = json["problem"].is_null() && json.value("mismatches", Json::array()).empty();
    } else if (kind == "txnindex") {
        auto const read = read_transaction_index(file.bytes);
        for (auto const& entry : read.entries)
            list.push_back({{"version", entry.version},
                            {"producerId", entry.producer_id},
                            {"firstOffset", entry.first_offset},
                            {"lastOffset", entry.last_offset},
                            {"lastStableOffset", entry.last_stable_offset}});
        json["entries"] = std::move(list);
        json["problem"] = problem_json(read.problem);
        good = !read.problem;
    } else if (kind == "snapshot") {
        auto const read = read_producer_snapshot(file.bytes);
        for (auto const& entry : read.entries)
            list.push_back({{"producerId", entry.producer_id},
                            {"producerEpoch", entry.epoch},
                            {"firstSequence", entry.first_sequence()},
                            {"lastSequence", entry.last_sequence},
                            {"lastOffset", entry.last_offset},
                            {"offsetDelta", entry.offset_delta},
                            {"timestamp", entry.timestamp},
                            {"coordinatorEpoch", entry.coordinator_epoch},
                            {"currentTxnFirstOffset", entry.current_transaction_first_offset}});
        json["entries"] = std::move(list);
        json["problem"] = problem_json(read.problem);
        good = !read.problem;
    } else {
        json["problem"] = "unknown kind of file";
    }
    text = dump(json);
    return good;
}

}  // namespace odradek::cli
