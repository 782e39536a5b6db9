#include "model/record.h"

#include <set>

#include <doctest/doctest.h>

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

constexpr std::int64_t ms = 1'000'000;

RecordShape::Description described(std::int64_t cardinality = 0, std::int64_t value = 20)
{
    RecordShape::Description is;
    is.sender = "shop";
    if (cardinality > 0) {
        is.keys = RecordShape::Keys::by_number;
        is.cardinality = static_cast<std::uint64_t>(cardinality);
    }
    is.value_bytes = sim::Constant{value};
    return is;
}

// Records 100 to 104 of client 3, one each millisecond, at offset 50.
RecordBatch five_records(RecordShape::Description is)
{
    RecordBatch batch;
    batch.base_offset = Offset{50};
    batch.leader_epoch = Epoch{2};
    batch.record_count = 5;
    batch.producer_id = ProducerId{7};
    batch.producer_epoch = 0;
    batch.base_sequence = 40;
    batch.base_timestamp = sim::Instant{1'000 * ms};
    batch.max_timestamp = sim::Instant{1'004 * ms};
    batch.client = 3;
    batch.first_number = 100;
    batch.shape = sim::share<RecordShape>(std::move(is));
    batch.times = sim::share<RecordTimes>(
        std::vector<TimeRun>{{0, 1'000}, {1, 1'001}, {2, 1'002}, {3, 1'003}, {4, 1'004}});
    std::uint32_t bytes = static_cast<std::uint32_t>(batch_header_bytes);
    for (std::int32_t i = 0; i < 5; ++i)
        bytes += batch.record_size(i);
    batch.size_bytes = bytes;
    return batch;
}

}  // namespace

TEST_CASE("key and value are functions of sender and number, whatever batch they are in")
{
    RecordBatch const batch = five_records(described(3));
    RecordBatch other = batch;
    other.first_number = 98;
    for (std::int32_t i = 0; i < 3; ++i) {
        CHECK(other.record(i + 2) == batch.record(i));
        CHECK(other.key(i + 2) == batch.key(i));
        CHECK(other.value_text(i + 2) == batch.value_text(i));
    }
    CHECK(batch.key(0) == 1);
    CHECK(batch.key_text(0) == "1");
    CHECK(batch.key(3) == batch.key(0));
    CHECK(batch.value_text(0) == "shop:100 shop:100 sh");
    CHECK(batch.value_text(1) != batch.value_text(0));
}

TEST_CASE("a value that has no room for its sender still tells neighbours apart")
{
    RecordBatch const batch = five_records(described(0, 3));
    CHECK(batch.value_text(0) == "100");
    CHECK(batch.value_text(4) == "104");
}

TEST_CASE("values have exactly the size that was said, of every kind")
{
    for (auto const filling : {RecordShape::Filling::sequence, RecordShape::Filling::letters,
                               RecordShape::Filling::random}) {
        RecordShape::Description is = described();
        is.filling = filling;
        is.value_bytes = sim::Uniform{0, 60};
        RecordShape const shape{is};
        for (std::uint64_t number = 0; number < 300; ++number) {
            std::string bytes = "before ";
            shape.write_value(number, bytes);
            CHECK(bytes.size() - 7 == static_cast<std::size_t>(shape.value_bytes(number)));
        }
    }
}

TEST_CASE("as many values are null as the share says, the same ones each time")
{
    RecordShape::Description is = described();
    is.tombstones = {1, 4};
    is.seed = 5;
    RecordShape const shape{is};
    int tombstones = 0;
    for (std::uint64_t number = 0; number < 10'000; ++number) {
        tombstones += shape.value_bytes(number) == null_bytes ? 1 : 0;
        CHECK(shape.value_bytes(number) == shape.value_bytes(number));
    }
    CHECK(tombstones > 2'300);
    CHECK(tombstones < 2'700);
    is.tombstones = {1, 1};
    CHECK(RecordShape{is}.value_bytes(17) == null_bytes);
}

TEST_CASE("compaction takes records out of a batch and leaves offsets and sequences alone")
{
    RecordBatch const batch = five_records(described(3));
    auto const left = batch.without({0, 2});
    CHECK(left->record_count == 3);
    CHECK(left->base_offset == Offset{50});
    CHECK(left->last_offset() == Offset{54});
    CHECK(left->end_offset() == Offset{55});
    std::vector<std::int32_t> const places{1, 3, 4};
    std::uint32_t bytes = static_cast<std::uint32_t>(batch_header_bytes);
    for (std::int32_t i = 0; i < 3; ++i) {
        std::int32_t const was = places[static_cast<std::size_t>(i)];
        CHECK(left->record(i) == batch.record(was));
        CHECK(left->offset(i) == batch.offset(was));
        CHECK(left->sequence(i) == batch.sequence(was));
        CHECK(left->key_text(i) == batch.key_text(was));
        CHECK(left->value_text(i) == batch.value_text(was));
        CHECK(left->timestamp_ms(i) == batch.timestamp_ms(was));
        bytes += left->record_size(i);
    }
    CHECK(left->size_bytes == bytes);
    CHECK(left->base_timestamp.ms() == 1'001);
    CHECK(left->max_timestamp.ms() == 1'004);
    CHECK(left->base_sequence == 40);

    auto const less = left->without({2});
    CHECK(less->record(1) == batch.record(3));
    CHECK(less->last_offset() == Offset{54});
    CHECK(less->max_timestamp.ms() == 1'003);
}

TEST_CASE("a batch without records is a header that keeps the last offset and sequence")
{
    RecordBatch const batch = five_records(described(3));
    auto const empty = batch.without({0, 1, 2, 3, 4});
    CHECK(empty->record_count == 0);
    CHECK(empty->size_bytes == batch_header_bytes);
    CHECK(empty->last_offset() == Offset{54});
    CHECK(empty->max_timestamp.ms() == 1'004);
}

TEST_CASE("the delete horizon takes the place of the base timestamp once, and sizes follow")
{
    RecordBatch const batch = five_records(described(3));
    sim::Instant const horizon{90'000'000 * ms};
    auto const stamped = batch.without({}, horizon);
    CHECK(stamped->delete_horizon == horizon);
    CHECK(stamped->size_bytes > batch.size_bytes);  // Deltas are far from zero now.
    for (std::int32_t i = 0; i < 5; ++i)
        CHECK(stamped->timestamp_ms(i) == batch.timestamp_ms(i));
    auto const again = stamped->without({}, sim::Instant{99'000'000 * ms});
    CHECK(again->delete_horizon == horizon);
    CHECK(again->size_bytes == stamped->size_bytes);
}

TEST_CASE("records of a batch stamped by the leader bear the time of the append")
{
    RecordBatch batch = five_records(described(3));
    batch.timestamp_type = TimestampType::log_append_time;
    batch.max_timestamp = sim::Instant{2'000 * ms};
    CHECK(batch.timestamp_ms(1) == 2'000);
    CHECK(batch.create_time_ms(1) == 1'001);
    auto const left = batch.without({4});
    CHECK(left->timestamp_ms(0) == 2'000);
    CHECK(left->max_timestamp.ms() == 2'000);
}

TEST_CASE("sequences of records go from 2^31-1 on to 0")
{
    RecordBatch batch = five_records(described());
    batch.base_sequence = 2147483646;
    CHECK(batch.sequence(1) == 2147483647);
    CHECK(batch.sequence(2) == 0);
    batch.base_sequence = -1;
    CHECK(batch.sequence(2) == -1);
}
