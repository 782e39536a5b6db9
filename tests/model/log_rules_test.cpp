// Rules of one log that a switch turns back, and what is read where bits have rotted.
#include <vector>

#include <doctest/doctest.h>

#include "model/log/log.h"
#include "tests/model/log_shelf.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

namespace {

TopicConfig small_segments()
{
    TopicConfig topic = topic_config();
    topic.segment_bytes = 1000;
    return topic;
}

// A log of so many batches of ten records, 100 bytes each.
void fill(Shelf& shelf, int batches, TopicConfig const& topic, int epoch = 0)
{
    for (int i = 0; i < batches; ++i)
        shelf.append({.records = 10}, epoch, topic);
}

std::vector<BatchRef> read(Shelf& shelf, std::int64_t from, Offset bound)
{
    std::vector<BatchRef> batches;
    shelf.log.read(shelf.env, Offset{from}, bound, 100'000, true, batches);
    return batches;
}

ProtocolSwitches without(bool ProtocolSwitches::*fix)
{
    ProtocolSwitches switches;
    switches.*fix = false;
    return switches;
}

}  // namespace

TEST_CASE("nobody reads above the high watermark, though a segment begins there (KAFKA-9196)")
{
    TopicConfig const topic = small_segments();
    for (bool const fixed : {true, false}) {
        CAPTURE(fixed);
        Shelf shelf;
        if (!fixed)
            shelf.log.follow(without(&ProtocolSwitches::high_watermark_follows_roll));
        fill(shelf, 10, topic);
        shelf.log.set_high_watermark(Offset{100});
        fill(shelf, 1, topic);
        REQUIRE(shelf.log.segments().size() == 2);
        CHECK(read(shelf, 100, shelf.log.high_watermark()).empty() == fixed);
        // Whatever moves it puts it right.
        shelf.log.set_high_watermark(Offset{110});
        CHECK(read(shelf, 110, shelf.log.high_watermark()).empty());
    }
}

TEST_CASE("a log that begins anew has its high watermark there (KAFKA-9491)")
{
    TopicConfig const topic = topic_config();
    for (bool const fixed : {true, false}) {
        CAPTURE(fixed);
        Shelf shelf;
        if (!fixed)
            shelf.log.follow(without(&ProtocolSwitches::high_watermark_follows_full_cut));
        fill(shelf, 2, topic);
        shelf.log.set_high_watermark(Offset{10});
        shelf.log.truncate_fully_and_start_at(shelf.env, Offset{50}, topic, shelf.out);
        CHECK(shelf.log.start() == Offset{50});
        CHECK(shelf.log.high_watermark() == Offset{fixed ? 50 : 10});
    }
}

TEST_CASE("a producer is remembered when retention has taken all that it wrote (KAFKA-7190)")
{
    TopicConfig topic = topic_config();
    topic.retention = 10_s;
    for (bool const fixed : {true, false}) {
        CAPTURE(fixed);
        Shelf shelf;
        if (!fixed)
            shelf.log.follow(without(&ProtocolSwitches::producers_outlive_records));
        shelf.append({.records = 1, .producer = ProducerId{7}, .sequence = 0}, 0, topic);
        shelf.log.set_high_watermark(Offset{1});
        shelf.env.wall = shelf.env.wall + 60_s;
        REQUIRE(shelf.retain(topic).size() == 1);
        CHECK((shelf.log.producers().find(ProducerId{7}) != nullptr) == fixed);
    }
}

TEST_CASE("epochs that are cut are on the disk before they take the old ones' place (KAFKA-16541)")
{
    TopicConfig const topic = topic_config();
    for (bool const fixed : {true, false}) {
        CAPTURE(fixed);
        Shelf shelf;
        if (!fixed)
            shelf.log.follow(without(&ProtocolSwitches::leader_epochs_fsynced));
        fill(shelf, 2, topic, 0);
        fill(shelf, 2, topic, 1);
        shelf.flush();
        shelf.truncate(20);
        REQUIRE(shelf.log.epochs().entries().size() == 1);
        // Any flush forces the journal, and with it the cut of the file.
        shelf.disk.flush(shelf.env.now, shelf.chance, shelf.log.segments().back().file());
        shelf.disk.lose_power(shelf.env.now + 1_s, shelf.chance, sim::PowerLoss::lose_unsynced);
        sim::FileId const epochs = shelf.log.files().epochs;
        CHECK((whole_file<LeaderEpochCheckpoint>(shelf.env.read(epochs)) != nullptr) == fixed);
        // Empty is not malformed.
        CHECK_FALSE(Log::epochs_unreadable(shelf.env, shelf.log.files()));
    }
}

TEST_CASE("a leader-epoch-checkpoint in which a bit has rotted is malformed")
{
    Shelf shelf;
    fill(shelf, 1, topic_config());
    CHECK_FALSE(Log::epochs_unreadable(shelf.env, shelf.log.files()));
    shelf.disk.settle(shelf.env.now + 60_s);
    while (!Log::epochs_unreadable(shelf.env, shelf.log.files()))
        REQUIRE(shelf.disk.rot(shelf.env.now + 60_s, shelf.chance, "orders-0", false));
}

TEST_CASE("what a full disk has refused is not in the log, and a part of it stays in the file")
{
    TopicConfig const topic = topic_config();
    Shelf shelf;
    fill(shelf, 3, topic);
    sim::DiskFault full;
    full.free_bytes = 40;
    full.short_writes = true;
    std::uint32_t const fault = shelf.disk.add_fault(shelf.env.now, full);
    fill(shelf, 1, topic);
    CHECK(shelf.log.end() == Offset{40});
    CHECK(shelf.log.forget_refused(shelf.env, shelf.out));
    CHECK(shelf.log.end() == Offset{30});
    CHECK(shelf.log.size_bytes() == 340);
    CHECK_FALSE(shelf.log.forget_refused(shelf.env, shelf.out));
    shelf.disk.remove_fault(shelf.env.now, fault);
    // What comes now lies behind the part, and is in the log of a process that goes on.
    fill(shelf, 1, topic);
    CHECK(shelf.log.end() == Offset{40});
    CHECK(read(shelf, 30, Offset{40}).size() == 1);
    // The next recovery ends the log at the part.
    shelf.reopen(LastShutdown::unclean);
    CHECK(shelf.log.end() == Offset{30});
}

TEST_CASE("a reader is given a batch as the disk has it, rotten bits and all")
{
    Shelf shelf;
    fill(shelf, 3, topic_config());
    shelf.flush();
    sim::Instant const later = shelf.env.now + 60_s;
    std::size_t damaged = 0;
    while (damaged == 0) {
        REQUIRE(shelf.disk.rot(later, shelf.chance, "orders-0", false));
        damaged = 0;
        for (BatchRef const& batch : read(shelf, 0, Offset{30}))
            damaged += batch->damaged ? 1 : 0;
    }
    CHECK(damaged == 1);
    // After an orderly shutdown nobody checks: it is in the log as it is.
    Shelf& again = shelf;
    again.reopen(LastShutdown::clean, 30);
    CHECK(again.log.end() == Offset{30});
    std::size_t still = 0;
    for (BatchRef const& batch : read(again, 0, Offset{30}))
        still += batch->damaged ? 1 : 0;
    CHECK(still == 1);
}
