#include <algorithm>

#include <doctest/doctest.h>

#include "model/record_bytes/batch_reader.h"
#include "model/record_bytes/batch_writer.h"
#include "model/record_bytes/control_record.h"
#include "model/record_bytes/crc32c.h"
#include "tests/model/record_bytes/made_batches.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {

std::string bytes_of(RecordBatch const& batch)
{
    std::string bytes;
    batch.write_to(bytes);
    return bytes;
}

BatchInFile first_of(std::string const& file)
{
    BatchReader reader(file);
    auto batch = reader.next();
    REQUIRE(batch.has_value());
    return *batch;
}

std::string hex(std::string_view bytes)
{
    std::string text;
    for (char const c : bytes) {
        char const* const digits = "0123456789abcdef";
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

}  // namespace

TEST_CASE("the checksum is Castagnoli's")
{
    // RFC 3720, B.4.
    CHECK(crc32c("123456789") == 0xe3069283);
    CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);
    CHECK(crc32c("") == 0);
}

TEST_CASE("a batch is written byte for byte as Kafka's format says")
{
    RecordShape::Description shape;
    shape.sender = "a";
    shape.keys = RecordShape::Keys::by_number;
    shape.cardinality = 10;
    shape.value_bytes = sim::Constant{4};
    shape.headers = {{"h", "x"}};
    RecordBatch batch;
    batch.base_offset = Offset{5};
    batch.leader_epoch = Epoch{2};
    batch.record_count = 1;
    batch.producer_id = ProducerId{258};
    batch.producer_epoch = 3;
    batch.base_sequence = 7;
    batch.base_timestamp = sim::Instant{std::int64_t{1000} * 1'000'000};
    batch.max_timestamp = batch.base_timestamp;
    batch.first_number = 3;
    batch.shape = sim::share<RecordShape>(shape);
    auto const whole = batch.recompressed(Codec::none);
    std::string const bytes = bytes_of(*whole);
    CHECK(hex(bytes.substr(0, 17)) == "0000000000000005"
                                      "00000041"
                                      "00000002"
                                      "02");
    CHECK(hex(bytes.substr(21, 40)) == "0000"
                                       "00000000"
                                       "00000000000003e8"
                                       "00000000000003e8"
                                       "0000000000000102"
                                       "0003"
                                       "00000007"
                                       "00000001");
    // Length 15, no attributes, deltas 0, key "3", value "a:3 ", one header "h" = "x".
    CHECK(hex(bytes.substr(61)) == "1e"
                                   "00"
                                   "00"
                                   "00"
                                   "0233"
                                   "08613a3320"
                                   "02"
                                   "0268"
                                   "0278");
    CHECK(first_of(bytes).crc == crc32c(std::string_view(bytes).substr(21)));
}

TEST_CASE("what is written can be read: every codec, every kind of record and header")
{
    for (test::MadeBatch const& made : test::batches_of_all_kinds()) {
        CAPTURE(made.what);
        RecordBatch const& batch = *made.batch;
        std::string const bytes = bytes_of(batch);
        REQUIRE(bytes.size() == batch.size_bytes);
        BatchInFile const read = first_of(bytes);
        CHECK_FALSE(read.problem.has_value());
        CHECK(read.bytes.size() == batch.size_bytes);
        CHECK(read.base_offset == batch.base_offset.value);
        CHECK(read.last_offset() == batch.last_offset().value);
        CHECK(read.leader_epoch == batch.leader_epoch.value);
        CHECK(read.count == batch.record_count);
        CHECK(read.codec() == batch.codec);
        CHECK(read.timestamp_type() == batch.timestamp_type);
        CHECK(read.transactional() == batch.transactional);
        CHECK(read.control() == batch.control);
        CHECK(read.has_delete_horizon() == batch.delete_horizon.has_value());
        if (batch.delete_horizon)
            CHECK(read.base_timestamp == batch.delete_horizon->ms());
        CHECK(read.max_timestamp == batch.max_timestamp.ms());
        CHECK(read.producer_id == batch.producer_id.value);
        CHECK(read.producer_epoch == batch.producer_epoch);
        CHECK(read.base_sequence == batch.base_sequence);
        RecordsInFile const records = read_records(read);
        CHECK_FALSE(records.problem.has_value());
        REQUIRE(records.records.size() == static_cast<std::size_t>(batch.record_count));
        if (!batch.synthetic())
            continue;
        for (std::int32_t place = 0; place < batch.record_count; ++place) {
            RecordInFile const& record = records.records[static_cast<std::size_t>(place)];
            REQUIRE(record.offset == batch.offset(place).value);
            REQUIRE(record.timestamp == batch.timestamp_ms(place));
            REQUIRE(record.sequence == batch.sequence(place));
            REQUIRE(record.key.value_or("") == batch.key_text(place));
            REQUIRE(record.key.has_value() == batch.key(place).has_value());
            REQUIRE(record.value.value_or("") == batch.value_text(place));
            REQUIRE(record.value.has_value() == !batch.tombstone(place));
            std::vector<RecordHeader> const& headers = batch.shape->headers();
            REQUIRE(record.headers.size() == headers.size());
            for (std::size_t i = 0; i < headers.size(); ++i) {
                REQUIRE(record.headers[i].key == headers[i].key);
                REQUIRE(record.headers[i].value == headers[i].value);
            }
        }
    }
}

TEST_CASE("a marker says how its transaction ended and which coordinator said so")
{
    auto const batch = make_end_transaction_batch(ProducerId{1}, 0, true, 9, {});
    std::string const bytes = bytes_of(*batch);
    CHECK(bytes.size() == 78);  // As EndTransactionMarker's schema has it.
    auto const records = read_records(first_of(bytes));
    REQUIRE(records.records.size() == 1);
    CHECK(control_type_of(*records.records[0].key) == ControlType::commit);
    CHECK(hex(*records.records[0].value) == "0000"
                                            "00000009");
}

TEST_CASE("a batch of any size that says nothing of its records is filled to it")
{
    for (std::int32_t records : {1, 2, 5})
        for (std::uint32_t size = 61 + 7 * 5; size < 400; ++size) {
            RecordBatch batch;
            batch.record_count = records;
            batch.size_bytes = size;
            std::string const bytes = bytes_of(batch);
            REQUIRE(bytes.size() == size);
            auto const read = read_records(first_of(bytes));
            REQUIRE_FALSE(read.problem.has_value());
            REQUIRE(read.records.size() == static_cast<std::size_t>(records));
        }
}

TEST_CASE("the reader stops where a batch is torn, and says where")
{
    std::string file;
    for (std::int64_t offset : {0, 10, 20})
        file += bytes_of(test::made({.base_offset = offset}));
    std::size_t const one = file.size() / 3;
    for (std::size_t cut = 0; cut <= file.size(); ++cut) {
        BatchReader reader(std::string_view(file).substr(0, cut));
        std::size_t batches = 0;
        while (auto const batch = reader.next()) {
            ++batches;
            REQUIRE_FALSE(batch->problem.has_value());
        }
        REQUIRE(batches == cut / one);
        REQUIRE(reader.position() == batches * one);
        REQUIRE(reader.problem().has_value() == (cut % one != 0));
    }
}

TEST_CASE("a bit that has turned anywhere behind the epoch is found")
{
    std::string const good = bytes_of(test::made({.records = 3, .codec = Codec::lz4}));
    for (std::size_t byte = 16; byte < good.size(); ++byte)
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[byte] = static_cast<char>(bad[byte] ^ (1 << bit));
            REQUIRE(first_of(bad).problem.has_value());
            read_records(first_of(bad));
        }
}

TEST_CASE("what is wrong is said with its place")
{
    std::string const good = bytes_of(test::made({.records = 2, .cardinality = 0}));
    auto const with = [&](std::size_t at, std::string_view bytes) {
        std::string bad = good;
        bad.replace(at, bytes.size(), bytes);
        return bad;
    };
    struct Row {
        char const* what;
        std::string file;
        std::uint64_t position;
        char const* said;
    };
    std::string const zero(1, '\0');
    for (Row const& row : {
             Row{"magic 1", with(16, "\x01"), 16,
                 "magic 1: a message set of Kafka 0.10 and 0.10.x, which is not read here; Kafka "
                 "3.0 and later write magic 2"},
             Row{"magic 9", with(16, "\x09"), 16, "magic 9; the newest is 2"},
         }) {
        CAPTURE(row.what);
        auto const batch = first_of(row.file);
        REQUIRE(batch.problem.has_value());
        CHECK(batch.problem->position == row.position);
        CHECK(batch.problem->what == row.said);
    }
    for (Row const& row : {
             Row{"a codec that is none", with(22, "\x07"), 21, "no codec has the id 7"},
             Row{"fewer records than counted", with(57, std::string("\0\0\0\3", 4)), good.size(),
                 "2 records, where the header counts 3"},
             Row{"more than counted", with(57, std::string("\0\0\0\1", 4)), 170,
                 "109 bytes behind the last of 1 records"},
             Row{"a count below zero", with(57, "\xff\xff\xff\xff"), 57, "a count of -1 records"},
             Row{"a length beyond the end", with(61, "\xfe\x7f"), 63,
                 "a record of 8191 bytes, where 216 are left"},
             Row{"a compressed batch that is none", with(22, "\x04"), 61,
                 "not a zstd stream: Unknown frame descriptor"},
         }) {
        CAPTURE(row.what);
        auto const records = read_records(first_of(row.file));
        REQUIRE(records.problem.has_value());
        CHECK(records.problem->position == row.position);
        CHECK(records.problem->what == row.said);
    }
    BatchReader reader(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0\0\2\0\0", 19));
    CHECK_FALSE(reader.next().has_value());
    CHECK(reader.problem() == BytesProblem{8, "a batch of 5 bytes; the least is 14"});
}
