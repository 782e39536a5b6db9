#include <doctest/doctest.h>

#include "model/record_bytes/big_endian.h"
#include "model/record_bytes/crc32c.h"
#include "model/record_bytes/index_reader.h"

using namespace odradek::kafka;

TEST_CASE("an offset index is read until the room that is left")
{
    std::string bytes;
    for (int i : {0, 57, 99}) {
        put_i32(bytes, i);
        put_i32(bytes, i * 100);
    }
    bytes.append(80, '\0');
    auto const read = read_offset_index(bytes, 1000);
    REQUIRE(read.entries.size() == 3);
    CHECK_FALSE(read.problem.has_value());
    CHECK(read.entries[1].offset == 1057);
    CHECK(read.entries[2].position == 9900);
    CHECK_FALSE(offset_index_flaw(bytes, 1000).has_value());
    CHECK(offset_index_flaw(bytes + "x", 1000).has_value());
    std::string back;
    put_i32(back, -5);
    put_i32(back, 0);
    CHECK(offset_index_flaw(back, 1000).has_value());
}

TEST_CASE("a time index is flawed when its time goes back")
{
    std::string bytes;
    for (int i : {5, 9}) {
        put_i64(bytes, i * 1000);
        put_i32(bytes, i);
    }
    auto const read = read_time_index(bytes, 100);
    REQUIRE(read.entries.size() == 2);
    CHECK(read.entries[1].timestamp == 9000);
    CHECK(read.entries[1].offset == 109);
    CHECK_FALSE(time_index_flaw(bytes, 100).has_value());
    put_i64(bytes, 1);
    put_i32(bytes, 10);
    CHECK(time_index_flaw(bytes, 100)->what ==
          "the last timestamp is 1, less than the first, 5000");
}

TEST_CASE("aborted transactions are read, of the version that is known")
{
    std::string bytes;
    put_i16(bytes, 0);
    for (std::int64_t const n : {7, 3, 9, 10})
        put_i64(bytes, n);
    auto const read = read_transaction_index(bytes);
    REQUIRE(read.entries.size() == 1);
    CHECK(read.entries[0].producer_id == 7);
    CHECK(read.entries[0].last_stable_offset == 10);
    bytes[1] = 1;
    CHECK(read_transaction_index(bytes).problem.has_value());
}

TEST_CASE("a snapshot of producers is read when its checksum is right")
{
    std::string entries;
    put_i32(entries, 1);
    put_i64(entries, 4000);
    put_i16(entries, 2);
    put_i32(entries, 3);  // Last sequence, of a batch of 6 records that began before 0.
    put_i64(entries, 99);
    put_i32(entries, 5);
    put_i64(entries, 123456);
    put_i32(entries, 8);
    put_i64(entries, -1);
    std::string bytes;
    put_i16(bytes, 1);
    put_u32(bytes, crc32c(entries));
    bytes += entries;
    auto const read = read_producer_snapshot(bytes);
    CHECK_FALSE(read.problem.has_value());
    REQUIRE(read.entries.size() == 1);
    CHECK(read.entries[0].producer_id == 4000);
    CHECK(read.entries[0].first_sequence() == 2147483646);
    CHECK(read.entries[0].current_transaction_first_offset == -1);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK(read_producer_snapshot(bytes.substr(0, cut)).problem.has_value());
    bytes.back() = 'x';
    CHECK(read_producer_snapshot(bytes).problem->position == 2);
}
