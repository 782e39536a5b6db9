// Writes batches of all kinds as a segment (first argument), and what a reader must find in them as
// lines of JSON (second): tests/model/record_bytes/independent_reader_test.py compares.
#include <fstream>
#include <string>

#include <fmt/core.h>

#include "tests/model/record_bytes/made_batches.h"

namespace {

using namespace odradek::kafka;

std::string hex(std::optional<std::string> const& bytes)
{
    if (!bytes)
        return "null";
    std::string text = "\"";
    for (char const c : *bytes)
        text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text + "\"";
}

std::string record_line(RecordBatch const& batch, std::int32_t place)
{
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::string headers;
    if (batch.synthetic()) {
        if (batch.key(place))
            key = batch.key_text(place);
        if (!batch.tombstone(place))
            value = batch.value_text(place);
        for (RecordHeader const& header : batch.shape->headers())
            headers += fmt::format("{}[{},{}]", headers.empty() ? "" : ",", hex(header.key),
                                   hex(header.value));
    } else {
        KeyAndValue const content = batch.contents->record(place);
        key = content.key;
        value = content.value;
    }
    return fmt::format(R"({{"offset":{},"timestamp":{},"key":{},"value":{},"headers":[{}]}})",
                       batch.offset(place).value, batch.timestamp_ms(place), hex(key), hex(value),
                       headers);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3)
        return 64;
    std::ofstream segment(argv[1], std::ios::binary);
    std::ofstream expected(argv[2], std::ios::binary);
    for (test::MadeBatch const& made : test::batches_of_all_kinds()) {
        std::string bytes;
        made.batch->write_to(bytes);
        segment << bytes;
        std::string records;
        for (std::int32_t place = 0; place < made.batch->record_count; ++place)
            records += (place > 0 ? "," : "") + record_line(*made.batch, place);
        expected << fmt::format(
            R"({{"what":"{}","codec":{},"transactional":{},"control":{},"producerId":{},)"
            R"("baseSequence":{},"baseOffset":{},"lastOffset":{},"records":[{}]}})"
            "\n",
            made.what, static_cast<int>(made.batch->codec), made.batch->transactional,
            made.batch->control, made.batch->producer_id.value, made.batch->base_sequence,
            made.batch->base_offset.value, made.batch->last_offset().value, records);
    }
    return segment && expected ? 0 : 74;
}
