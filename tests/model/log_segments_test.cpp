// A log over several segments: when one is full, what its files hold, what recovery reads again,
// what retention takes.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "model/log/log.h"
#include "model/log/producer_snapshot.h"
#include "model/record_bytes/crc32c.h"
#include "tests/model/log_shelf.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

namespace {

TopicConfig small_segments(std::int64_t bytes = 1000)
{
    TopicConfig topic = topic_config();
    topic.segment_bytes = bytes;
    return topic;
}

std::vector<std::int64_t> bases(Log const& log)
{
    std::vector<std::int64_t> all;
    for (LogSegment const& segment : log.segments())
        all.push_back(segment.base().value);
    return all;
}

std::string bytes_of(Shelf const& shelf, std::string const& name)
{
    std::string bytes;
    auto const file = shelf.disk.find("orders-0/" + name);
    REQUIRE(file);
    for (sim::Extent const& extent : shelf.disk.extents(*file))
        extent.write_to(bytes);
    return bytes;
}

bool listed(Shelf const& shelf, std::string const& name)
{
    return shelf.disk.find("orders-0/" + name).has_value();
}

}  // namespace

TEST_CASE("a segment takes batches up to segment.bytes, and the next begins at the end of the log")
{
    Shelf shelf;
    for (int i = 0; i < 25; ++i)
        shelf.append({.records = 2}, 0, small_segments());
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0, 20, 40});
    CHECK(shelf.log.segments()[0].size_bytes() == 1000);
    CHECK(shelf.log.end() == Offset{50});
    CHECK(listed(shelf, "00000000000000000020.log"));
    CHECK(listed(shelf, "00000000000000000020.snapshot"));
    CHECK(listed(shelf, "00000000000000000000.timeindex"));
}

TEST_CASE("a segment is as old as the time between its first batch and the one to be appended")
{
    Shelf shelf;
    TopicConfig topic = topic_config();
    topic.segment = 10_s;
    shelf.append({.time = Instant{} + 100_s}, 0, topic);
    shelf.append({.time = Instant{} + 110_s}, 0, topic);
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0});
    shelf.append({.time = Instant{} + 111_s}, 0, topic);
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0, 2});
    // The broker's clock has no say: a record from the past does not make a segment old.
    shelf.env.wall = shelf.env.wall + 1000_s;
    shelf.append({.time = Instant{} + 100_s}, 0, topic);
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0, 2});
}

TEST_CASE("segment.jitter.ms makes segments roll earlier, each at a moment of its own")
{
    std::vector<std::size_t> rolls;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Shelf shelf;
        shelf.chance = sim::Chance(seed);
        TopicConfig topic = topic_config();
        topic.segment = 100_s;
        topic.segment_jitter = 50_s;
        shelf.log = shelf.open(topic);
        std::size_t n = 0;
        while (shelf.log.segments().size() == 1)
            shelf.append(
                {.time = Instant{} + Duration{static_cast<std::int64_t>(++n) * 1'000'000'000}}, 0,
                topic);
        CHECK(n > 50);
        CHECK(n <= 102);
        rolls.push_back(n);
    }
    std::sort(rolls.begin(), rolls.end());
    CHECK(rolls.front() < rolls.back());
}

TEST_CASE("a full index rolls a segment")
{
    Shelf shelf;
    TopicConfig topic = topic_config();
    topic.index_interval_bytes = 0;
    topic.segment_index_bytes = 80;  // 10 offsets, or 6 times of which the last is kept free.
    for (int i = 0; i < 30; ++i)
        shelf.append({.time = Instant{} + Duration{(i + 1) * 1'000'000'000LL}}, 0, topic);
    CHECK(shelf.log.segments()[0].time_index().entries().size() == 5);
    CHECK(bases(shelf.log)[1] == 6);
}

TEST_CASE(
    "the offset index has an entry for each index.interval.bytes, with the last offset of the "
    "batch that begins there")
{
    Shelf shelf;
    TopicConfig topic = small_segments(1500);
    topic.index_interval_bytes = 250;
    for (int i = 0; i < 16; ++i)
        shelf.append({.records = 2, .time = Instant{} + Duration{(i + 1) * 1'000'000LL}}, 0, topic);
    CHECK(shelf.log.segments()[0].offset_index().entries() ==
          std::vector<OffsetIndexEntry>{{7, 300}, {13, 600}, {19, 900}, {25, 1200}});
    // Big-endian pairs of four bytes, once the segment is closed.
    CHECK(bytes_of(shelf, "00000000000000000000.index") ==
          std::string(
              "\0\0\0\7\0\0\1\x2c\0\0\0\r\0\0\2\x58\0\0\0\x13\0\0\3\x84\0\0\0\x19\0\0\4\xb0", 32));
    auto const& times = shelf.log.segments()[0].time_index().entries();
    CHECK(times == std::vector<TimeIndexEntry>{{4, 7}, {7, 13}, {10, 19}, {13, 25}, {15, 29}});
    CHECK(bytes_of(shelf, "00000000000000000000.timeindex").substr(0, 12) ==
          std::string("\0\0\0\0\0\0\0\4\0\0\0\7", 12));
}

TEST_CASE("a read stays in one segment, and goes on in the next where the first has nothing")
{
    Shelf shelf;
    for (int i = 0; i < 25; ++i)
        shelf.append({.records = 2}, 0, small_segments());
    std::vector<BatchRef> batches;
    CHECK(shelf.log.read(shelf.env, Offset{15}, Offset{50}, 5000, true, batches) == 300);
    CHECK(batches.front()->base_offset == Offset{14});
    CHECK(batches.back()->last_offset() == Offset{19});
    batches.clear();
    shelf.log.read(shelf.env, Offset{20}, Offset{50}, 5000, true, batches);
    CHECK(batches.size() == 10);
    CHECK(shelf.log.bytes_between(Offset{15}, Offset{50}, 100'000) == 1800);
}

TEST_CASE("a rolled segment is flushed in the background, and the recovery point is behind it then")
{
    Shelf shelf;
    for (int i = 0; i < 15; ++i)
        shelf.append({.records = 2}, 0, small_segments());
    CHECK(shelf.log.recovery_point() == Offset{0});
    CHECK(shelf.armed(TimerKind::log_rolled) ==
          std::vector<std::uint32_t>{shelf.log.segments()[1].file().value});
    shelf.log.flush_rolled(shelf.env, shelf.out);
    shelf.settle();
    CHECK(shelf.notices == std::vector<sim::FileId>{shelf.log.segments()[0].file()});
    shelf.tell_flushed();
    CHECK(shelf.log.recovery_point() == Offset{20});
    CHECK(shelf.log.dirty());
    shelf.disk.lose_power(shelf.env.now, shelf.chance, sim::PowerLoss::lose_unsynced);
    auto const recovery = shelf.reopen(LastShutdown::unclean, {.recovery_point = Offset{20}});
    CHECK(recovery.segments_recovered == 1);
    CHECK(shelf.log.end() == Offset{20});
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0, 20});
}

TEST_CASE(
    "nobody waits for a flush in the background, nor is one asked for when retention was first")
{
    Shelf shelf;
    TopicConfig topic = small_segments();
    for (int i = 0; i < 15; ++i)
        shelf.append({}, 0, topic);
    CHECK(shelf.log.segments().size() == 2);
    shelf.log.flush_rolled(shelf.env, shelf.out);
    shelf.settle();
    CHECK(shelf.log.flush_ticket() == shelf.log.flushes_done());
    shelf.tell_flushed();
    shelf.log.set_high_watermark(Offset{15});
    topic.retention = 1_s;
    shelf.env.wall = shelf.env.wall + 100_s;
    CHECK(shelf.retain(topic).size() == 2);
    shelf.log.flush_rolled(shelf.env, shelf.out);
    shelf.settle();
    CHECK(shelf.notices.empty());
    topic.flush_messages = 1;
    shelf.append({}, 0, topic);
    CHECK(shelf.log.flush_ticket() > shelf.log.flushes_done());
    shelf.tell_flushed();
    CHECK(shelf.log.flush_ticket() == shelf.log.flushes_done());
}

TEST_CASE("recovery reads the segments from the recovery point on, and of a clean log nothing")
{
    Shelf shelf;
    for (int i = 0; i < 45; ++i)
        shelf.append({.records = 2}, 0, small_segments());
    auto const to_recover = [&](LastShutdown last, std::int64_t point) {
        return Log::to_recover(shelf.env, shelf.files(), last, {.recovery_point = Offset{point}})
            .size();
    };
    CHECK(to_recover(LastShutdown::clean, 0) == 0);
    CHECK(to_recover(LastShutdown::unclean, 0) == 5);
    CHECK(to_recover(LastShutdown::unclean, 40) == 3);
    CHECK(to_recover(LastShutdown::unclean, 45) == 3);
    CHECK(to_recover(LastShutdown::unclean, 90) == 1);
    CHECK(shelf.reopen(LastShutdown::unclean, {.recovery_point = Offset{40}}).segments_recovered ==
          3);
    CHECK(shelf.log.batch_count() == 45);
    CHECK(shelf.log.recovery_point() == Offset{40});
}

TEST_CASE("what lies behind a segment that had to be cut is deleted")
{
    for (std::uint64_t seed = 1;; ++seed) {
        REQUIRE(seed < 200);
        Shelf shelf;
        shelf.chance = sim::Chance(seed);
        for (int i = 0; i < 25; ++i)
            shelf.append({.records = 2}, 0, small_segments());
        // The last segment is durable, the first is torn.
        shelf.log.segments();
        shelf.disk.flush(shelf.env.now, shelf.chance, shelf.log.segments()[2].file());
        shelf.disk.lose_power(shelf.env.now, shelf.chance, sim::PowerLoss::torn_tail);
        auto const& first =
            shelf.disk.extents(*shelf.disk.find("orders-0/00000000000000000000.log"));
        if (first.empty() || !first.back().torn())
            continue;
        std::size_t const whole = first.size() - 1;
        auto const recovery = shelf.reopen(LastShutdown::unclean, Log::Checkpoints{});
        CHECK(recovery.why == std::string("a torn batch"));
        CHECK(shelf.log.end() == Offset{static_cast<std::int64_t>(whole) * 2});
        CHECK(bases(shelf.log) == std::vector<std::int64_t>{0});
        CHECK(listed(shelf, "00000000000000000040.log.deleted"));
        CHECK_FALSE(listed(shelf, "00000000000000000040.log"));
        break;
    }
}

TEST_CASE("a segment that lost whole batches leaves a hole, unless recovery stops at a gap")
{
    auto const recovered = [](bool mended, bool compacts, std::int64_t recovery_point) {
        Shelf shelf;
        TopicConfig topic = small_segments();
        for (int i = 0; i < 25; ++i)
            shelf.append({.records = 2}, 0, topic);
        topic.cleanup_policy.compacts = compacts;
        sim::FileId const first = shelf.log.segments()[0].file();
        shelf.disk.truncate(shelf.env.now, shelf.chance, first,
                            shelf.disk.extents(first).size() - 3);
        ProtocolSwitches switches;
        switches.recovery_stops_at_a_gap = mended;
        shelf.reopen(LastShutdown::unclean, {.recovery_point = Offset{recovery_point}}, topic,
                     switches);
        return shelf.log.end();
    };
    CHECK(recovered(false, false, 0) == Offset{50});
    CHECK(recovered(true, false, 0) == Offset{14});
    // Compaction leaves such gaps too, and below the recovery point nothing is looked at.
    CHECK(recovered(true, true, 0) == Offset{50});
    CHECK(recovered(true, false, 45) == Offset{50});
}

TEST_CASE("what recovery has read is no more durable than before (KAFKA-10101)")
{
    for (bool const fix : {true, false}) {
        CAPTURE(fix);
        Shelf shelf;
        for (int i = 0; i < 5; ++i)
            shelf.append({});
        ProtocolSwitches switches;
        switches.recovery_point_after_flush = fix;
        shelf.reopen(LastShutdown::unclean, Log::Checkpoints{}, topic_config(), switches);
        CHECK(shelf.log.recovery_point() == Offset{fix ? 0 : 5});
    }
}

TEST_CASE("an index that is not in order is made anew, and so is one that is not there")
{
    Shelf shelf;
    TopicConfig topic = small_segments(1500);
    topic.index_interval_bytes = 250;
    for (int i = 0; i < 30; ++i)
        shelf.append({.time = Instant{} + Duration{(i + 1) * 1'000'000LL}}, 0, topic);
    shelf.close();
    auto const before = shelf.log.segments()[0].time_index().entries();
    SUBCASE("it is not there")
    {
        shelf.disk.remove(shelf.env.now, shelf.chance,
                          *shelf.disk.find("orders-0/00000000000000000000.timeindex"));
    }
    SUBCASE("it holds something else")
    {
        auto const file = *shelf.disk.find("orders-0/00000000000000000000.index");
        shelf.disk.truncate(shelf.env.now, shelf.chance, file, 0);
        shelf.disk.append(shelf.env.now, shelf.chance, file,
                          sim::share<IndexPage<OffsetIndexEntry>>(
                              std::vector<OffsetIndexEntry>{{9, 900}, {3, 300}}));
    }
    shelf.reopen(LastShutdown::clean, Log::Checkpoints{}, topic);
    CHECK(shelf.log.segments()[0].time_index().entries().back() == before.back());
    CHECK(shelf.log.segments()[0].offset_index().entries().front().position == 300);
}

TEST_CASE("an index that does not agree with the log is found, entry by entry")
{
    Shelf shelf;
    TopicConfig topic = small_segments(1500);
    topic.index_interval_bytes = 250;
    for (int i = 0; i < 30; ++i)
        shelf.append({.time = Instant{} + Duration{(i + 1) * 1'000'000LL}}, 0, topic);
    shelf.close();
    std::uint64_t compared = 0;
    CHECK(shelf.log.disagreement(compared).empty());
    CHECK(compared > 8);
    auto const replaced = [&](char const* name, sim::Ref<sim::Blob> page) {
        auto const file = *shelf.disk.find(std::string("orders-0/00000000000000000000") + name);
        shelf.disk.truncate(shelf.env.now, shelf.chance, file, 0);
        shelf.disk.append(shelf.env.now, shelf.chance, file, std::move(page));
        shelf.reopen(LastShutdown::clean, Log::Checkpoints{}, topic);
        return shelf.log.disagreement(compared);
    };
    using Offsets = std::vector<OffsetIndexEntry>;
    auto const offsets = [](Offsets entries) {
        return sim::share<IndexPage<OffsetIndexEntry>>(std::move(entries));
    };
    CHECK(replaced(".index", offsets({{3, 350}})) ==
          "00000000000000000000.index has offset 3 at byte 350, and no batch begins there");
    CHECK(replaced(".index", offsets({{3, 400}})) ==
          "00000000000000000000.index has offset 3 at byte 400, the batch there ends with 4");
    CHECK(replaced(".index", offsets({{3, 300}})).empty());
    CHECK(replaced(".timeindex",
                   sim::share<IndexPage<TimeIndexEntry>>(std::vector<TimeIndexEntry>{{3, 5}})) ==
          "00000000000000000000.timeindex says that nothing up to offset 5 is later than 3 ms, but "
          "the latest there is 6 ms");
}

TEST_CASE("producers are remembered from the newest snapshot that is whole, and what follows it")
{
    Shelf shelf;
    for (int i = 0; i < 25; ++i)
        shelf.append({.producer = ProducerId{7}, .sequence = i}, 0, small_segments());
    auto const& remembered = [&] { return *shelf.log.producers().find(ProducerId{7}); };
    CHECK(remembered().count == 5);
    SUBCASE("one of a segment's beginning")
    {
        shelf.truncate(22);
        CHECK(remembered().last()->last_sequence == 21);
        CHECK(remembered().count == 3);  // The last of the snapshot at 20, and two behind it.
    }
    SUBCASE("one that is not whole is deleted, and the one before is taken")
    {
        auto const file = *shelf.disk.find("orders-0/00000000000000000020.snapshot");
        shelf.disk.truncate(shelf.env.now, shelf.chance, file, 0);
        shelf.truncate(22);
        CHECK(remembered().last()->last_sequence == 21);
        CHECK(remembered().count == 5);
        CHECK_FALSE(listed(shelf, "00000000000000000020.snapshot"));
    }
    SUBCASE("one of the end, after an orderly shutdown")
    {
        shelf.close();
        CHECK(listed(shelf, "00000000000000000025.snapshot"));
        shelf.reopen(LastShutdown::clean, Log::Checkpoints{});
        CHECK(remembered().count == 1);
        CHECK(remembered().last()->last_sequence == 24);
    }
}

TEST_CASE("a snapshot of producers has Kafka's bytes")
{
    CHECK(crc32c("123456789") == 0xe3069283u);
    ProducerEntry entry;
    entry.producer_id = ProducerId{258};
    entry.epoch = 3;
    entry.last_timestamp = Instant{} + 5_s;
    entry.count = 1;
    entry.batches[0] = {10, 14, Offset{100}, Offset{104}};
    ProducerSnapshot const snapshot({entry});
    std::string bytes;
    snapshot.write_to(bytes);
    CHECK(bytes.size() == snapshot.size());
    std::string const body("\0\0\0\1\0\0\0\0\0\0\1\2\0\3\0\0\0\x0e\0\0\0\0\0\0\0\x68\0\0\0\4"
                           "\0\0\0\0\0\0\x13\x88\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
                           50);
    CHECK(bytes.substr(6) == body);
    std::uint32_t const crc = crc32c(body);
    CHECK(bytes.substr(0, 6) ==
          std::string({0, 1, static_cast<char>(crc >> 24), static_cast<char>(crc >> 16 & 0xff),
                       static_cast<char>(crc >> 8 & 0xff), static_cast<char>(crc & 0xff)}));
}

TEST_CASE("retention by time takes whole segments from the oldest on, below the high watermark")
{
    Shelf shelf;
    TopicConfig topic = small_segments();
    topic.retention = 60_s;
    for (int i = 0; i < 35; ++i)
        shelf.append({.time = Instant{} + Duration{(1000 + i) * 1'000'000'000LL}}, 0, topic);
    REQUIRE(bases(shelf.log) == std::vector<std::int64_t>{0, 10, 20, 30});
    shelf.log.set_high_watermark(Offset{25});
    shelf.env.wall = Instant{} + 1070_s;
    auto deleted = shelf.retain(topic);
    REQUIRE(deleted.size() == 1);  // Its latest record is 61 s old; that of the next one 51 s.
    CHECK(deleted[0].reason == DeletionReason::time);
    CHECK(deleted[0].end == Offset{10});
    CHECK(shelf.log.start() == Offset{10});
    CHECK(listed(shelf, "00000000000000000000.log.deleted"));
    CHECK(shelf.armed(TimerKind::log_file_delete).size() == 2);
    SUBCASE("what is not committed stays, however old (KAFKA-5634)")
    {
        shelf.env.wall = Instant{} + 5000_s;
        CHECK(shelf.retain(topic).size() == 1);
        CHECK(shelf.log.start() == Offset{20});
    }
    SUBCASE("without that rule the log starts beyond its high watermark of before")
    {
        shelf.env.wall = Instant{} + 5000_s;
        ProtocolSwitches switches;
        switches.retention_below_high_watermark = false;
        CHECK(shelf.retain(topic, switches).size() == 3);
        CHECK(shelf.log.start() == Offset{35});
    }
    SUBCASE("the active segment is rolled first when all of it is old enough")
    {
        shelf.log.set_high_watermark(Offset{35});
        shelf.env.wall = Instant{} + 5000_s;
        CHECK(shelf.retain(topic).size() == 3);
        CHECK(bases(shelf.log) == std::vector<std::int64_t>{35});
        CHECK(shelf.append({}, 0, topic).base_offset == Offset{35});
    }
    SUBCASE("a file called deleted is removed at the next start")
    {
        shelf.reopen(LastShutdown::unclean, Log::Checkpoints{});
        CHECK_FALSE(listed(shelf, "00000000000000000000.log.deleted"));
        CHECK(shelf.log.start() == Offset{10});
    }
}

TEST_CASE("an empty log is not deleted, however old it is")
{
    Shelf shelf;
    TopicConfig topic = small_segments();
    topic.retention = 60_s;
    shelf.env.wall = shelf.env.wall + 5000_s;
    CHECK(shelf.retain(topic).empty());
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0});
}

TEST_CASE("a flush that was under way says nothing of what was cut meanwhile")
{
    Shelf shelf;
    for (int i = 0; i < 5; ++i)
        shelf.append({});
    shelf.log.flush(shelf.env, shelf.out);
    shelf.settle();
    shelf.truncate(2);
    for (int i = 0; i < 5; ++i)
        shelf.append({});
    shelf.tell_flushed();
    CHECK(shelf.log.recovery_point() == Offset{2});
    CHECK(shelf.log.dirty());
}

TEST_CASE("retention by size keeps at least retention.bytes")
{
    Shelf shelf;
    TopicConfig topic = small_segments();
    for (int i = 0; i < 35; ++i)
        shelf.append({}, 0, topic);
    shelf.log.set_high_watermark(Offset{35});
    topic.retention_bytes = 1500;
    auto const deleted = shelf.retain(topic);
    REQUIRE(deleted.size() == 2);
    CHECK(deleted[0].reason == DeletionReason::size);
    CHECK(shelf.log.size_bytes() == 1500);
    CHECK(shelf.retain(topic).empty());
}

TEST_CASE("segments that lie wholly before the log start are deleted, whatever the retention")
{
    Shelf shelf;
    TopicConfig topic = small_segments();
    topic.retention = Duration::forever();
    for (int i = 0; i < 35; ++i)
        shelf.append({}, 0, topic);
    shelf.log.set_high_watermark(Offset{35});
    shelf.log.raise_start(Offset{25}, shelf.out);
    auto const deleted = shelf.retain(topic);
    REQUIRE(deleted.size() == 2);
    CHECK(deleted[1].reason == DeletionReason::log_start);
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{20, 30});
    CHECK(shelf.log.start() == Offset{25});
    SUBCASE("the checkpoint says where it starts in the next life")
    {
        shelf.close();
        shelf.reopen(LastShutdown::clean, {.log_start = Offset{25}});
        CHECK(shelf.log.start() == Offset{25});
    }
    SUBCASE("a log that ends before where it should start begins anew there")
    {
        shelf.disk.lose_power(shelf.env.now, shelf.chance, sim::PowerLoss::lose_unsynced);
        shelf.reopen(LastShutdown::unclean, {.log_start = Offset{50}});
        CHECK(shelf.log.start() == Offset{50});
        CHECK(shelf.log.end() == Offset{50});
        CHECK(shelf.append({}, 0, topic).base_offset == Offset{50});
    }
}

TEST_CASE("a cut takes the segments behind it and the entries of the indexes")
{
    Shelf shelf;
    TopicConfig topic = small_segments(1500);
    topic.index_interval_bytes = 250;
    for (int i = 0; i < 40; ++i)
        shelf.append({.time = Instant{} + Duration{(i + 1) * 1'000'000LL}}, 0, topic);
    REQUIRE(bases(shelf.log) == std::vector<std::int64_t>{0, 15, 30});
    shelf.truncate(8, topic);
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0});
    CHECK(shelf.log.segments()[0].offset_index().entries().back().relative_offset < 8);
    CHECK(shelf.log.segments()[0].offset_of_largest_timestamp() == Offset{7});
    CHECK(listed(shelf, "00000000000000000015.log.deleted"));
    CHECK_FALSE(listed(shelf, "00000000000000000015.snapshot"));
    for (int i = 0; i < 20; ++i)
        shelf.append({.time = Instant{} + Duration{(i + 100) * 1'000'000LL}}, 0, topic);
    CHECK(bases(shelf.log) == std::vector<std::int64_t>{0, 15});
    shelf.truncate(3, topic);
    CHECK(listed(shelf, "00000000000000000015.log.deleted"));
}
