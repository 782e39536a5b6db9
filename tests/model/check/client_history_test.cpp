// What clients were told, judged by Jepsen's rules. Rows "Jepsen 6" and so on are cases of its own
// tests (jepsen.tests.kafka-test), told in our words.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("what was sent, acknowledged and read gives nobody anything to say")
{
    Court court;
    court.sent(batch(0, 10));
    court.acknowledged(batch(0, 10), 0);
    court.sent(batch(10, 5));
    court.acknowledged(batch(10, 5), 10);
    court.polled({stored(0, 0, 0, 10), stored(10, 10, 0, 5)});
    court.polled({stored(0, 0, 0, 10)});  // Twice the same is no duplicate: it is at one offset.
    court.ends_with(1, {stored(0, 0, 0, 10), stored(10, 10, 0, 5)}, 15);
    court.finish();
    CHECK(court.said() == "");
    for (char const* law :
         {"lost-write", "unseen", "duplicate", "inconsistent-offsets", "phantom-read"}) {
        CAPTURE(law);
        CHECK(court.exercised(law) > 0);
    }
}

TEST_CASE("a law that nothing put to the test is vacuous")
{
    Court court;
    court.finish();
    for (sim::Property const& law : court.judges.properties()) {
        CAPTURE(law.name);
        CHECK(law.vacuous());
    }
}

TEST_CASE("inconsistent-offsets: two records were told for one offset (Jepsen 6)")
{
    Court court;
    court.sent(batch(641));
    court.sent(batch(645, 1, 1));
    court.acknowledged(batch(641), 537);
    CHECK(court.said() == "");
    court.acknowledged(batch(645, 1, 1), 537);
    CHECK(court.said() == "inconsistent-offsets 1");
    CHECK(has(court.first(), "orders-0 offset 537 held payments[0]#641"));
    CHECK(has(court.first(), "payments[1]#645"));
}

TEST_CASE("inconsistent-offsets: batches that overlap in part, the later one before or behind")
{
    for (std::int64_t const offset : {8, 12}) {
        CAPTURE(offset);
        Court court;
        court.sent(batch(0, 5));
        court.sent(batch(100, 5, 1));
        court.acknowledged(batch(0, 5), 10);
        court.polled({stored(100, offset, 1, 5, 1)});
        CHECK(court.said() == "inconsistent-offsets 3");  // The offsets that both hold.
    }
    Court beside;
    beside.sent(batch(0, 5));
    beside.sent(batch(100, 5, 1));
    beside.sent(batch(200, 5, 1));
    beside.acknowledged(batch(0, 5), 10);
    beside.polled({stored(100, 5, 0, 5, 1)});
    beside.polled({stored(200, 15, 0, 5, 1)});
    CHECK(beside.said() == "");
}

TEST_CASE("duplicate: one record was told for two offsets (Jepsen 30)")
{
    Court court;
    court.sent(batch(0));
    court.sent(batch(1));
    court.acknowledged(batch(0), 1);
    court.failed(batch(1), false);  // Nobody knows.
    court.polled({stored(1, 2), stored(0, 3)});
    CHECK(court.said() == "duplicate 1");
    CHECK(has(court.first(), "payments[0]#0 is in orders-0 at offset 1 and again at offset 3"));
}

TEST_CASE("phantom-read: nobody sent it")
{
    Court court;
    court.polled({stored(7, 0)});
    CHECK(court.said() == "phantom-read 1");
    CHECK(has(court.first(), "nobody sent it"));
}

TEST_CASE(
    "phantom-read: its send had failed for certain, before or without being sent (Jepsen 9, G1a)")
{
    SUBCASE("refused by the broker")
    {
        Court court;
        court.sent(batch(2));
        court.failed(batch(2), true);
        court.polled({stored(2, 0)});
        CHECK(court.said() == "phantom-read 1");
        CHECK(has(court.first(), "failed for certain"));
    }
    SUBCASE("given up before it was ever sent")
    {
        Court court;
        court.failed(batch(2), true);
        court.polled({stored(2, 0)});
        CHECK(court.said() == "phantom-read 1");
        CHECK(has(court.first(), "failed for certain"));
    }
    SUBCASE("a failure that leaves it open is none")
    {
        Court court;
        court.sent(batch(2));
        court.failed(batch(2), false);
        court.polled({stored(2, 0)});
        CHECK(court.said() == "");
    }
}

TEST_CASE("lost-write: acknowledged, below what was read, and read by nobody")
{
    Court court;
    court.sent(batch(0, 2));
    court.sent(batch(2, 3));
    court.sent(batch(5, 1));
    court.acknowledged(batch(0, 2), 0);
    court.acknowledged(batch(2, 3), 2, 1);
    court.acknowledged(batch(5, 1), 5);
    court.polled({stored(0, 0, 0, 2)});
    court.polled({stored(5, 5)});
    court.finish();
    CHECK(court.said() == "lost-write 3");
    CHECK(has(court.first(), "payments[0]#2..4 was acknowledged (acks=1)"));
    CHECK(has(court.first(), "orders-0 offset 2"));
}

TEST_CASE("lost-write: a send with an unknown end may be missing, and a definite failure must")
{
    Court court;
    court.sent(batch(0));
    court.sent(batch(1));
    court.sent(batch(2));
    court.failed(batch(0), false);
    court.failed(batch(1), true);
    court.acknowledged(batch(2), 2);
    court.polled({stored(2, 2)});
    court.finish();
    CHECK(court.said() == "");
}

TEST_CASE("unseen: acknowledged above all that was read, or at an offset nobody was told")
{
    Court court;
    court.sent(batch(0));
    court.sent(batch(1, 4));
    court.sent(batch(5, 2));
    court.acknowledged(batch(0), 0);
    court.polled({stored(0, 0)});
    court.acknowledged(batch(1, 4), 1);
    court.acknowledged(batch(5, 2), -1, 0);
    court.finish();
    CHECK(court.said() == "unseen 6");
}

TEST_CASE("the final read counts as a read, up to the high watermark of the leader")
{
    Court court;
    court.sent(batch(0));
    court.sent(batch(1));
    court.acknowledged(batch(0), 0);
    court.acknowledged(batch(1), 1);
    court.ends_with(1, {stored(0, 0), stored(1, 1)}, 1);
    court.ends_with(2, {stored(0, 0), stored(1, 1)}, 1);
    court.finish();
    CHECK(court.said() == "unseen 1");
    CHECK(has(court.first(), "payments[0]#1"));
}

TEST_CASE("of a batch that a poll cut in two only the part given out was read")
{
    Court court;
    court.sent(batch(0, 10));
    court.acknowledged(batch(0, 10), 0);
    court.polled({stored(0, 0, 0, 10)}, 0, 4);
    SUBCASE("the rest never came: not below what was read, so unseen")
    {
        court.finish();
        CHECK(court.said() == "unseen 6");
    }
    SUBCASE("the rest never came, but what follows did: lost")
    {
        court.sent(batch(10, 2));
        court.acknowledged(batch(10, 2), 10);
        court.polled({stored(10, 10, 0, 2)});
        court.finish();
        CHECK(court.said() == "lost-write 6");
        CHECK(has(court.first(), "payments[0]#4..9"));
    }
    SUBCASE("the rest came with the next poll")
    {
        court.polled({stored(0, 0, 0, 10)}, 4, 10);
        court.finish();
        CHECK(court.said() == "");
    }
    SUBCASE("a poll that gives nothing of a batch has not read it")
    {
        court.sent(batch(10, 2));
        court.acknowledged(batch(10, 2), 10);
        court.polled({stored(0, 0, 0, 10), stored(10, 10, 0, 2)}, 4, 10);
        court.finish();
        CHECK(court.said() == "unseen 2");
    }
}

TEST_CASE("a batch that was split lives on in its parts")
{
    Court court;
    court.sent(batch(0, 10));
    court.see(ProduceError{0, orders, Error::message_too_large});
    court.sent(batch(0, 6));
    court.sent(batch(6, 4));
    court.acknowledged(batch(0, 6), 0);
    SUBCASE("all is well")
    {
        court.acknowledged(batch(6, 4), 6);
        court.polled({stored(0, 0, 0, 6), stored(6, 6, 0, 4)});
        court.finish();
        CHECK(court.said() == "");
    }
    SUBCASE("the first part is lost: its six records, not ten")
    {
        court.acknowledged(batch(6, 4), 6);
        court.polled({stored(6, 6, 0, 4)});
        court.finish();
        CHECK(court.said() == "lost-write 6");
        CHECK(has(court.first(), "payments[0]#0..5"));
    }
    SUBCASE("a part that failed for certain must not be read, the other may")
    {
        court.failed(batch(6, 4), true);
        court.polled({stored(0, 0, 0, 6)});
        CHECK(court.said() == "");
        court.polled({stored(6, 6, 0, 4)});
        CHECK(court.said() == "phantom-read 4");
    }
}

TEST_CASE("partitions are judged by themselves")
{
    Court court;
    court.sent(batch(0), orders);
    court.sent(batch(1), refunds);
    court.acknowledged(batch(0), 0, -1, orders);
    court.acknowledged(batch(1), 0, -1, refunds);
    court.polled({stored(0, 0)});
    court.finish();
    CHECK(court.said() == "unseen 1");
    CHECK(has(court.first(), "refunds-0"));
}

TEST_CASE("a lost record's life is told: who had it, who was elected without it, who cut it off")
{
    Court court;
    court.sent(batch(0));
    court.appended(1, stored(0, 0), true);
    court.acknowledged(batch(0), 0, 1);
    court.elected(2, {1, 2, 3}, {2, 3});
    court.leads(2, 1, 0);
    court.truncated(1, 1, 0);
    court.sent(batch(1));
    court.acknowledged(batch(1), 0, 1);
    court.polled({stored(1, 0, 1)});
    court.finish();
    REQUIRE(court.judges.violations().size() >= 1);
    Violation const* lost = nullptr;
    for (Violation const& violation : court.judges.violations())
        if (violation.name == "lost-write")
            lost = &violation;
    REQUIRE(lost != nullptr);
    REQUIRE(lost->because.size() == 4);
    CHECK(has(lost->because[0], "broker-1 appends payments[0]#0 to orders-0 at offset 0"));
    CHECK(has(lost->because[1], "is told that it is written (acks=1); it is on broker-1"));
    CHECK(
        has(lost->because[2], "broker-2 becomes leader of orders-0 (epoch 1), its log ends at 0"));
    CHECK(has(lost->because[3], "broker-1 truncates its log"));
}

TEST_CASE("a law that is skipped says nothing, and one that is wanted alone is alone")
{
    for (bool const skip : {true, false}) {
        CAPTURE(skip);
        Judges::Options options;
        if (skip)
            options.skip = {"phantom-read"};
        else {
            options.all = false;
            options.only = {"duplicate"};
        }
        Court court(options);
        court.polled({stored(7, 0)});
        court.polled({stored(7, 3)});
        CHECK(court.said() == "duplicate 1");
        CHECK(court.exercised("phantom-read") == 2);
    }
}

TEST_CASE("copied judges judge on by themselves")
{
    Court court;
    court.sent(batch(0));
    court.acknowledged(batch(0), 4);
    Court copy = court;
    copy.polled({stored(0, 9)});
    CHECK(copy.said() == "duplicate 1");
    CHECK(court.said() == "");
    court.polled({stored(0, 4)});
    court.finish();
    CHECK(court.said() == "");
}

}  // namespace odradek::kafka::check::test
