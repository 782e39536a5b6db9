#include <doctest/doctest.h>

#include "tests/model/check/court.h"
#include "tests/model/keyed_batch.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check::test;
using namespace odradek::sim::literals;

namespace {

// One record with that key at that offset; its number is the offset too.
BatchRef record(std::int64_t offset, std::uint32_t key, bool tombstone = false)
{
    RecordBatch made;
    made.record_count = 1;
    made.size_bytes = 100;
    made.first_number = static_cast<std::uint64_t>(offset);
    made.shape = kafka::test::keyed_shape(tombstone);
    made.keys = sim::share<RecordKeys>(std::vector<std::uint32_t>{key});
    return sim::share<RecordBatch>(made)->stamped(Offset{offset}, Epoch{0});
}

BatchRef with_horizon(BatchRef const& batch, sim::Instant horizon)
{
    return batch->without({}, horizon);
}

// What is in the log of broker 1.
void append(Court& court, std::vector<BatchRef> const& batches)
{
    for (BatchRef const& batch : batches)
        court.see(RecordsAppended{BrokerId{1}, orders, true, batch});
}

LogCompacted compacted(std::int64_t to, std::vector<BatchRef> batches, std::int64_t high_watermark,
                       sim::Instant wall = sim::Instant{} + 1000_s)
{
    return {BrokerId{1}, orders, Offset{0}, Offset{to}, batches, Offset{to}, Offset{high_watermark},
            wall};
}

}  // namespace

TEST_CASE("compaction may take what has a later committed record of its key")
{
    Court court;
    append(court, {record(0, 1), record(1, 2), record(2, 1), record(3, 9)});
    court.see(compacted(3, {record(1, 2), record(2, 1)}, 4));
    CHECK(court.said().empty());
}

TEST_CASE("a key whose latest record compaction took is found")
{
    Court court;
    append(court, {record(0, 1), record(1, 2), record(2, 1), record(3, 9)});
    court.see(compacted(3, {record(2, 1)}, 4));
    CHECK(court.said() == "compaction-keeps-latest 1");
    CHECK(court.first() == "orders-0: broker-1 has compacted from 0 to 3: payments[0]#1 at 1 is "
                           "gone, and no later record of its key is committed");
}

TEST_CASE("a later record that is not committed is none (KAFKA-13194)")
{
    Court court;
    append(court, {record(0, 1), record(1, 2), record(2, 1), record(3, 9)});
    court.see(compacted(3, {record(1, 2), record(2, 1)}, 2));
    CHECK(court.said() == "compaction-below-high-watermark 1, compaction-keeps-latest 1");
}

TEST_CASE("a tombstone goes when its time is over, and what it deleted has gone before")
{
    sim::Instant const horizon = sim::Instant{} + 500_s;
    Court court;
    append(court, {record(0, 1), with_horizon(record(1, 1, true), horizon), record(2, 9)});
    SUBCASE("both at once")
    {
        court.see(compacted(2, {}, 3));
        CHECK(court.said().empty());
    }
    SUBCASE("before its time")
    {
        court.see(compacted(2, {}, 3, sim::Instant{} + 499_s));
        CHECK(court.said() == "compaction-keeps-latest 1");
    }
    SUBCASE("what it deleted stays")
    {
        court.see(compacted(2, {record(0, 1)}, 3));
        CHECK(court.said() == "compaction-keeps-latest 1");
        CHECK(court.first() == "orders-0: broker-1 has compacted from 0 to 2: the tombstone "
                               "payments[0]#1 at 1 is gone, and what it deleted is still there, at "
                               "0");
    }
}

TEST_CASE("compaction moves nothing and makes nothing up")
{
    Court court;
    append(court, {record(0, 1), record(1, 2), record(2, 1), record(3, 9)});
    court.see(compacted(3, {record(0, 1), record(1, 7), record(2, 1)}, 4));
    CHECK(court.said().empty());  // The same sender's same number: keys are the shape's business.
    court.see(compacted(3, {stored(5, 0), record(1, 2), record(2, 1)}, 4));
    CHECK(court.said() == "compaction-keeps-latest 1");
}

TEST_CASE("an acknowledged record that a later one of its key has replaced is not lost")
{
    auto const run = [](bool later_is_there) {
        Court court;
        append(court, {record(0, 1), record(1, 2), record(2, 1)});
        for (BatchRef const& batch : {record(0, 1), record(1, 2), record(2, 1)}) {
            court.sent(batch);
            if (batch->base_offset != Offset{2} || later_is_there)
                court.acknowledged(batch, batch->base_offset.value);
        }
        court.see(compacted(1, {}, 3));
        court.polled({record(1, 2)});
        if (later_is_there)
            court.polled({record(2, 1)});
        court.finish();
        return court.said();
    };
    CHECK(run(true).empty());
    CHECK(run(false) == "lost-write 1");
}
