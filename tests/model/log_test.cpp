#include "model/log/log.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/model/log_shelf.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

TEST_CASE("a leader stamps offsets and its epoch, and followers keep them")
{
    Shelf shelf;
    CHECK(shelf.append({.records = 3}, 4).base_offset == Offset{0});
    auto const second = shelf.append({.records = 2}, 5);
    CHECK(second.base_offset == Offset{3});
    CHECK(second.last_offset == Offset{4});
    CHECK(second.batch->leader_epoch == Epoch{5});
    CHECK(shelf.log.end() == Offset{5});
    CHECK(shelf.log.epochs().entries() ==
          std::vector<EpochEntry>{{Epoch{4}, Offset{0}}, {Epoch{5}, Offset{3}}});

    Shelf other;
    other.log.append_as_follower(other.env, second.batch->stamped(Offset{0}, Epoch{5}),
                                 topic_config(), other.out);
    CHECK(other.log.end() == Offset{2});
    CHECK(other.log.epochs().latest_epoch() == Epoch{5});
}

TEST_CASE("a batch beyond max.message.bytes or the segment is refused")
{
    Shelf shelf;
    TopicConfig topic = topic_config();
    topic.max_message_bytes = 100;
    CHECK(shelf.append({.size_bytes = 100}, 0, topic).error == Error::none);
    CHECK(shelf.append({.size_bytes = 101}, 0, topic).error == Error::message_too_large);
    topic.max_message_bytes = 1000;
    topic.segment_bytes = 100;
    CHECK(shelf.append({.size_bytes = 101}, 0, topic).error == Error::record_list_too_large);
    CHECK(shelf.log.end() == Offset{1});
}

TEST_CASE("a batch sent again is not appended again (KIP-98)")
{
    Shelf shelf;
    shelf.append({.records = 2, .producer = ProducerId{7}, .sequence = 0});
    shelf.append({.records = 2, .producer = ProducerId{7}, .sequence = 2});
    auto const again = shelf.append({.records = 2, .producer = ProducerId{7}, .sequence = 0});
    CHECK(again.error == Error::none);
    CHECK_FALSE(again.batch);
    CHECK(again.base_offset == Offset{0});
    CHECK(again.last_offset == Offset{1});
    CHECK(shelf.log.end() == Offset{4});
    CHECK(shelf.append({.producer = ProducerId{7}, .sequence = 9}).error ==
          Error::out_of_order_sequence_number);
}

TEST_CASE("truncation forgets batches, epochs and what producers wrote in them")
{
    Shelf shelf;
    shelf.append({.producer = ProducerId{7}, .sequence = 0}, 1);
    shelf.append({.producer = ProducerId{7}, .sequence = 1}, 2);
    shelf.append({.producer = ProducerId{7}, .sequence = 2}, 3);
    shelf.log.set_high_watermark(Offset{3});
    shelf.truncate(1);
    CHECK(shelf.log.end() == Offset{1});
    CHECK(shelf.log.high_watermark() == Offset{1});
    CHECK(shelf.log.epochs().latest_epoch() == Epoch{1});
    CHECK(shelf.data().size() == 1);
    CHECK(shelf.append({.producer = ProducerId{7}, .sequence = 2}, 4).error ==
          Error::out_of_order_sequence_number);
    CHECK(shelf.append({.producer = ProducerId{7}, .sequence = 1}, 4).base_offset == Offset{1});
}

TEST_CASE("truncating at or beyond the end still trims an epoch without records (KAFKA-10706)")
{
    Shelf shelf;
    shelf.append({}, 1);
    shelf.log.begin_epoch(Epoch{5}, shelf.out);
    CHECK(shelf.log.epochs().latest_epoch() == Epoch{5});
    CHECK_FALSE(shelf.log.truncate_to(shelf.env, Offset{1}, topic_config(), shelf.out));
    CHECK(shelf.log.epochs().latest_epoch() == Epoch{1});
    CHECK(shelf.log.end() == Offset{1});
}

TEST_CASE("the start of an epoch is on the disk before any record of it (KAFKA-7415)")
{
    Shelf shelf;
    shelf.append({}, 1);
    shelf.log.begin_epoch(Epoch{5}, shelf.out);
    REQUIRE(shelf.out.wishes().size() == 1);
    CHECK(shelf.out.wishes()[0].kind == sim::WishKind::replace);
    shelf.settle();
    auto const& extents = shelf.disk.extents(shelf.log.files().epochs);
    CHECK(whole_file<LeaderEpochCheckpoint>(extents)->text() == "0\n2\n1 0\n5 1\n");
}

TEST_CASE("reading gives whole batches within the limit, the first however large")
{
    Shelf shelf;
    for (int i = 0; i < 5; ++i)
        shelf.append({.records = 10, .size_bytes = 100});
    struct {
        char const* what;
        std::int64_t from, bound;
        std::uint64_t max_bytes;
        bool at_least_one;
        std::vector<std::int64_t> bases;
    } const rows[] = {
        {"all", 0, 50, 1000, false, {0, 10, 20, 30, 40}},
        {"from inside a batch", 15, 50, 1000, false, {10, 20, 30, 40}},
        {"limited", 0, 50, 299, false, {0, 10}},
        {"too small, but one", 20, 50, 99, true, {20}},
        {"too small", 20, 50, 99, false, {}},
        {"bounded", 0, 20, 1000, true, {0, 10}},
        {"not a part of a batch", 0, 15, 1000, true, {0}},
        {"at the bound", 20, 20, 1000, true, {}},
        {"beyond the bound", 30, 20, 1000, true, {}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        std::vector<BatchRef> batches;
        std::uint64_t const bytes = shelf.log.read(shelf.env, Offset{row.from}, Offset{row.bound},
                                                   row.max_bytes, row.at_least_one, batches);
        CHECK(bytes == batches.size() * 100);
        std::vector<std::int64_t> bases;
        for (BatchRef const& one : batches)
            bases.push_back(one->base_offset.value);
        CHECK(bases == row.bases);
    }
    CHECK(shelf.log.bytes_between(Offset{0}, Offset{50}, 150) == 200);
    CHECK(shelf.log.bytes_between(Offset{10}, Offset{30}, 1000) == 200);
}

TEST_CASE("every batch of a long log is found by its offsets")
{
    Shelf shelf;
    for (int i = 0; i < 500; ++i)
        shelf.append({.records = 1 + i % 3});
    LogSegment const& segment = shelf.log.segments().front();
    CHECK(segment.offset_index().entries().size() > 5);
    for (std::size_t i = 0; i < shelf.log.batch_count(); ++i) {
        CHECK(segment.index_of(shelf.log.batch(i)->base_offset) == i);
        CHECK(segment.index_of(shelf.log.batch(i)->last_offset()) == i);
    }
    CHECK(segment.index_of(shelf.log.end()) == shelf.log.batch_count());
}

TEST_CASE("what a process crash leaves in the page cache is read back whole")
{
    Shelf shelf;
    shelf.append({.records = 3, .producer = ProducerId{7}, .sequence = 0}, 2);
    shelf.append({.records = 2, .producer = ProducerId{7}, .sequence = 3}, 4);
    shelf.disk.process_died(shelf.env.now);
    auto const recovery = shelf.reopen(LastShutdown::unclean, 4);
    CHECK(recovery.bytes_dropped == 0);
    CHECK(shelf.log.end() == Offset{5});
    CHECK(shelf.log.high_watermark() == Offset{4});
    CHECK(shelf.log.epochs().entries() ==
          std::vector<EpochEntry>{{Epoch{2}, Offset{0}}, {Epoch{4}, Offset{3}}});
    CHECK(shelf.append({.records = 2, .producer = ProducerId{7}, .sequence = 3}).base_offset ==
          Offset{3});
    CHECK(shelf.log.end() == Offset{5});
}

TEST_CASE("after a power loss the log ends at the first torn batch")
{
    int torn = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        Shelf shelf;
        shelf.chance = sim::Chance(seed);
        shelf.append({.records = 1}, 1);
        shelf.log.flush(shelf.env, shelf.out);
        shelf.settle();
        for (int i = 0; i < 20; ++i)
            shelf.append({.records = 1}, 2);
        shelf.disk.lose_power(shelf.env.now, shelf.chance, sim::PowerLoss::torn_tail);
        auto const& extents = shelf.data();
        REQUIRE_FALSE(extents.empty());
        bool const cut = extents.back().torn();
        std::size_t const whole = extents.size() - (cut ? 1 : 0);
        torn += cut ? 1 : 0;
        auto const recovery = shelf.reopen(LastShutdown::unclean, 21);
        CHECK(recovery.bytes_dropped == (cut ? 100 : 0));
        CHECK(shelf.log.batch_count() == whole);
        CHECK(shelf.log.end() == Offset{static_cast<std::int64_t>(whole)});
        CHECK(shelf.log.high_watermark() == shelf.log.end());
        CHECK(shelf.data().size() == whole);
    }
    CHECK(torn > 0);
}

TEST_CASE("a log that is called clean is trusted: what is torn stays, and the next recovery stops "
          "there")
{
    auto made = std::make_unique<Shelf>();
    for (std::uint64_t seed = 1;; ++seed) {
        REQUIRE(seed < 100);
        made = std::make_unique<Shelf>();
        Shelf& shelf = *made;
        shelf.chance = sim::Chance(seed);
        for (int i = 0; i < 5; ++i)
            shelf.append({.records = 1});
        shelf.disk.lose_power(shelf.env.now, shelf.chance, sim::PowerLoss::torn_tail);
        auto const& extents = shelf.data();
        if (extents.size() > 1 && extents.back().torn())
            break;
    }
    Shelf& shelf = *made;
    std::size_t const whole = shelf.data().size() - 1;
    shelf.reopen(LastShutdown::clean);
    CHECK(shelf.log.batch_count() == whole);
    shelf.append({.records = 1, .first = 100});
    shelf.append({.records = 1, .first = 101});
    CHECK(shelf.data().size() == whole + 3);
    SUBCASE("a cut behind it keeps it")
    {
        shelf.truncate(static_cast<std::int64_t>(whole) + 1);
        CHECK(shelf.data().size() == whole + 2);
        CHECK(shelf.log.batch_count() == whole + 1);
    }
    SUBCASE("a cut before it takes it away")
    {
        shelf.truncate(static_cast<std::int64_t>(whole));
        CHECK(shelf.data().size() == whole);
        shelf.append({.records = 1, .first = 102});
        CHECK(shelf.reopen(LastShutdown::unclean).bytes_dropped == 0);
        CHECK(shelf.log.batch_count() == whole + 1);
    }
    SUBCASE("recovery after a crash drops what is behind it")
    {
        CHECK(shelf.reopen(LastShutdown::unclean).bytes_dropped == 300);
        CHECK(shelf.log.batch_count() == whole);
    }
}

TEST_CASE("an epoch whose records are lost is forgotten with them")
{
    Shelf shelf;
    shelf.append({}, 1);
    shelf.log.flush(shelf.env, shelf.out);
    shelf.settle();
    shelf.append({}, 2);
    shelf.disk.lose_power(shelf.env.now, shelf.chance, sim::PowerLoss::lose_unsynced);
    shelf.reopen(LastShutdown::unclean);
    CHECK(shelf.log.end() == Offset{1});
    CHECK(shelf.log.epochs().entries() == std::vector<EpochEntry>{{Epoch{1}, Offset{0}}});
}

TEST_CASE("the checkpointed high watermark is moved into the log")
{
    Shelf shelf;
    shelf.append({.records = 3});
    shelf.close();
    shelf.reopen(LastShutdown::clean, 99);
    CHECK(shelf.log.high_watermark() == Offset{3});
    shelf.reopen(LastShutdown::clean, -5);
    CHECK(shelf.log.high_watermark() == Offset{0});
}

TEST_CASE("after a clean shutdown only the last batch of a producer is known")
{
    Shelf shelf;
    shelf.append({.producer = ProducerId{7}, .sequence = 0});
    shelf.append({.producer = ProducerId{7}, .sequence = 1});
    shelf.close();
    shelf.reopen(LastShutdown::clean);
    CHECK(shelf.append({.producer = ProducerId{7}, .sequence = 0}).error ==
          Error::out_of_order_sequence_number);
    CHECK(shelf.append({.producer = ProducerId{7}, .sequence = 1}).base_offset == Offset{1});
    CHECK(shelf.log.end() == Offset{2});
}

TEST_CASE("flush.messages flushes every so many records, and never by default")
{
    Shelf shelf;
    TopicConfig topic = topic_config();
    topic.flush_messages = 3;
    auto const waits_for = [&](std::int32_t records, TopicConfig const& config) {
        shelf.append({.records = records}, 0, config);
        return shelf.log.flush_ticket();
    };
    CHECK(waits_for(2, topic) == 0);
    CHECK(waits_for(2, topic) == 1);
    CHECK_FALSE(shelf.log.dirty());
    CHECK(waits_for(2, topic) == 1);
    CHECK(waits_for(2000, topic_config()) == 1);
}

TEST_CASE("a log that starts later keeps its high watermark inside (KAFKA-9491)")
{
    Shelf shelf;
    shelf.append({.records = 10});
    shelf.log.set_high_watermark(Offset{8});
    CHECK(shelf.log.raise_start(Offset{5}, shelf.out));
    CHECK_FALSE(shelf.log.raise_start(Offset{4}, shelf.out));
    CHECK(shelf.log.start() == Offset{5});
    shelf.settle();
    shelf.log.truncate_fully_and_start_at(shelf.env, Offset{40}, topic_config(), shelf.out);
    shelf.settle();
    CHECK(shelf.log.start() == Offset{40});
    CHECK(shelf.log.high_watermark() == Offset{40});
    CHECK(shelf.append({}).base_offset == Offset{40});
}
