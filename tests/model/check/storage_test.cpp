#include <doctest/doctest.h>

#include "tests/model/check/court.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::check::test;
using namespace odradek::sim::literals;

namespace {

LogRecovered recovered(int broker, std::int64_t end, std::int64_t recovery_point = 0)
{
    return {BrokerId{broker}, orders, Offset{end}, Offset{0}, 0, {}, Offset{recovery_point}};
}

SegmentDeleted deleted(DeletionReason reason, sim::Duration age, sim::Duration retention,
                       std::int64_t to, std::int64_t high_watermark)
{
    sim::Instant const wall = sim::Instant{} + 10'000_s;
    return {BrokerId{1}, orders,     reason,
            Offset{0},   Offset{to}, wall - age,
            wall,        retention,  Offset{high_watermark}};
}

}  // namespace

TEST_CASE("a recovered log that lacks what was flushed is found")
{
    Court court;
    court.see(LogFlushed{BrokerId{1}, orders, Offset{10}});
    court.see(recovered(1, 10));
    court.see(recovered(2, 3));
    CHECK(court.said().empty());
    court.see(recovered(1, 9));
    CHECK(court.said() == "flushed-kept 1");
    CHECK(court.first() == "orders-0: the log of broker-1 ends at 9 after its recovery, but "
                           "everything before 10 had been flushed");
}

TEST_CASE("what was cut since it was flushed need not be there again")
{
    Court court;
    court.see(LogFlushed{BrokerId{1}, orders, Offset{10}});
    court.see(LogTruncated{BrokerId{1}, orders, Offset{12}, Offset{4}, Offset{4}});
    court.see(recovered(1, 4));
    court.see(LogFlushed{BrokerId{2}, orders, Offset{10}});
    court.see(ReplicaDeleted{BrokerId{2}, orders});
    court.see(recovered(2, 0));
    CHECK(court.said().empty());
}

TEST_CASE("a recovery point ahead of the log is found (KAFKA-10101)")
{
    Court court;
    court.see(recovered(1, 10, 10));
    CHECK(court.said().empty());
    court.see(recovered(1, 7, 10));
    CHECK(court.said() == "recovery-point-durable 1");
}

TEST_CASE(
    "a log that is read back and does not know an epoch of its records is found (KAFKA-16541)")
{
    LogRecovered back = recovered(1, 3);
    back.batches = {stored(0, 0, 0), stored(1, 1, 1), stored(2, 2, 1)};
    back.epochs = {{Epoch{0}, Offset{0}}, {Epoch{1}, Offset{1}}};
    Court court;
    court.see(back);
    CHECK(court.said().empty());
    // Records were deleted up to 2, in the middle of an epoch: what lies before is not asked for.
    LogRecovered deleted = back;
    deleted.epochs = {{Epoch{1}, Offset{2}}};
    deleted.log_start = Offset{2};
    court.see(deleted);
    CHECK(court.said().empty());
    // The same when a crash brings back where the log started before.
    Court crashed;
    LogStartRaised raised;
    raised.broker = BrokerId{1};
    raised.partition = back.partition;
    raised.to = Offset{2};
    crashed.see(raised);
    deleted.log_start = Offset{0};
    crashed.see(deleted);
    CHECK(crashed.said().find("leader-epochs-recovered") == std::string::npos);
    // It begins too late: of the batch at 1 nobody knows where its epoch began.
    back.epochs[1].start = Offset{2};
    court.see(back);
    CHECK(court.said() == "leader-epochs-recovered 1");
    CHECK(court.first() == "orders-0: broker-1 has read back its log, with a batch of epoch 1 at "
                           "offset 1, and does not know where that epoch began");
}

TEST_CASE("a log that takes more after its disk has refused something is found (KAFKA-10778)")
{
    Court court;
    court.see(AppendFailed{BrokerId{1}, orders});
    court.see(RecordsAppended{BrokerId{2}, orders, true, stored(0, 0)});
    CHECK(court.said().empty());
    SUBCASE("in the same life")
    {
        court.see(RecordsAppended{BrokerId{1}, orders, false, stored(0, 0)});
        CHECK(court.said() == "nothing-behind-failed-append 1");
    }
    SUBCASE("not in the next")
    {
        court.see(recovered(1, 0));
        court.see(RecordsAppended{BrokerId{1}, orders, false, stored(0, 0)});
        CHECK(court.said().empty());
    }
}

TEST_CASE("a cut may be found with the recovery point of before, and then no more")
{
    Court court;
    court.see(LogTruncated{BrokerId{1}, orders, Offset{10}, Offset{7}, Offset{7}});
    court.see(recovered(1, 7, 10));
    CHECK(court.said().empty());
    court.see(recovered(1, 7, 10));
    CHECK(court.said() == "recovery-point-durable 1");
}

TEST_CASE("what retention deleted before anybody read it is not lost")
{
    Court court;
    court.sent(batch(0, 3));
    court.acknowledged(batch(0, 3), 0);
    court.sent(batch(3, 3));
    court.acknowledged(batch(3, 3), 3);
    std::int64_t high_watermark = 6;
    Offset log_start{3};
    std::string missing = "unseen 3";
    SUBCASE("the leader has deleted it") {}
    SUBCASE("only a follower has, and the leader's log lacks it all the same")
    {
        log_start = Offset{0};
        missing = "unseen 6";
    }
    SUBCASE("it was not committed when it was deleted (KAFKA-5634)")
    {
        high_watermark = 2;
        missing = "retention-below-hw 1, unseen 6";
    }
    court.see(deleted(DeletionReason::time, 61_s, 60_s, 3, high_watermark));
    court.ends_with(1, {}, log_start.value);
    court.end.replicas.back().log_start = court.end.replicas.back().log_end = log_start;
    court.finish();
    CHECK(court.said() == missing);
}

TEST_CASE("retention that takes what is too young, or not committed, is found")
{
    Court court;
    court.see(deleted(DeletionReason::time, 61_s, 60_s, 10, 10));
    court.see(deleted(DeletionReason::size, 1_s, 60_s, 10, 10));
    CHECK(court.said().empty());
    SUBCASE("too young")
    {
        court.see(deleted(DeletionReason::time, 60_s, 60_s, 10, 10));
        CHECK(court.said() == "retention-not-early 1");
    }
    SUBCASE("not committed (KAFKA-5634)")
    {
        court.see(deleted(DeletionReason::size, 1_s, 60_s, 11, 10));
        CHECK(court.said() == "retention-below-hw 1");
        CHECK(court.first() == "orders-0: broker-1 deletes the segment from 0 to 11 "
                               "(retention.bytes), but its high watermark was 10");
    }
}

TEST_CASE("a replica whose indexes do not agree with its log is found at the end")
{
    Court court;
    court.sent(batch(0, 3));
    court.ends_with(1, {stored(0, 0, 0, 3)}, 3);
    court.end.replicas.back().index_entries = 7;
    SUBCASE("they agree")
    {
        court.finish();
        CHECK(court.said().empty());
    }
    SUBCASE("they do not")
    {
        court.end.replicas.back().disagreement = "0.index has offset 3 at byte 350";
        court.finish();
        CHECK(court.said() == "indexes-agree 1");
        CHECK(court.first() == "orders-0, broker-1: 0.index has offset 3 at byte 350");
    }
    CHECK(court.exercised("indexes-agree") == 7);
}
