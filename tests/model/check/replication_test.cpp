// The white-box laws of replication: each speaks when it is broken, and only then.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a partition that lives as it should gives nobody anything to say")
{
    Court court;
    court.elected(1, {1, 2, 3}, {1, 2, 3});
    court.leads(1, 0, 0);
    for (std::int32_t broker = 1; broker <= 3; ++broker)
        court.appended(broker, stored(0, 0), broker == 1);
    court.high_watermark(1, 0, 1);
    court.high_watermark(2, 0, 1, false);
    court.sent(batch(0));
    court.acknowledged(batch(0), 0);
    court.elected(2, {1, 2, 3}, {2, 3});
    court.leads(2, 1, 1);
    court.appended(2, stored(1, 1, 1), true);
    court.appended(3, stored(1, 1, 1));
    court.high_watermark(2, 1, 2);
    court.appended(1, stored(1, 1, 1));
    court.sent(batch(1));
    court.acknowledged(batch(1), 1);
    for (std::int32_t broker = 1; broker <= 3; ++broker)
        court.ends_with(broker, {stored(0, 0), stored(1, 1, 1)}, 2);
    court.finish();
    CHECK(court.said() == "");
    for (char const* law :
         {"leader-epoch-unique", "isr-contains-leader", "hw-monotonic", "committed-prefix-agree",
          "leader-has-committed", "replicas-identical-after-settle"}) {
        CAPTURE(law);
        CHECK(court.exercised(law) > 0);
    }
}

TEST_CASE("leader-epoch-unique: two brokers lead in one epoch")
{
    Court court;
    court.leads(1, 4, 0);
    court.leads(1, 4, 0);  // The same broker, told again.
    court.leads(2, 5, 0);
    CHECK(court.said() == "");
    court.leads(3, 5, 0);
    CHECK(court.said() == "leader-epoch-unique 1");
    CHECK(has(court.first(), "broker-3 became leader in epoch 5, which broker-2 has led since"));
}

TEST_CASE("isr-contains-leader: the leader outside its ISR, a member outside the replicas")
{
    Court court;
    court.elected(1, {1, 2, 3}, {1, 2});
    court.elected(-1, {1, 2, 3}, {2});  // Nobody leads: nothing to hold.
    CHECK(court.said() == "");
    court.elected(1, {1, 2, 3}, {2, 3});
    CHECK(court.said() == "isr-contains-leader 1");
    court.elected(1, {1, 2}, {1, 3});
    CHECK(court.said() == "isr-contains-leader 2");
}

TEST_CASE("hw-monotonic: a leader's goes back; a follower's and a new leader's may")
{
    Court court;
    for (std::int64_t offset = 0; offset < 9; ++offset) {
        court.appended(1, stored(static_cast<std::uint64_t>(offset), offset), true);
        court.appended(2, stored(static_cast<std::uint64_t>(offset), offset));
    }
    court.high_watermark(1, 0, 9);
    court.high_watermark(2, 0, 5, false);
    court.high_watermark(2, 5, 3, false);
    court.high_watermark(2, 3, 6);  // Leads now, and begins where it stood as a follower.
    CHECK(court.said() == "");
    court.high_watermark(2, 6, 4);
    CHECK(court.said() == "hw-monotonic 1");
    CHECK(has(court.first(), "went back from 6 to 4"));
}

TEST_CASE("committed-prefix-agree: two replicas have different batches below their high watermarks")
{
    Court court;
    court.appended(1, stored(0, 0), true);
    court.appended(2, stored(0, 0));
    court.appended(1, stored(1, 1, 0), true);
    court.appended(2, stored(1, 1, 3));  // Of another epoch.
    court.high_watermark(1, 0, 2);
    court.high_watermark(2, 0, 1, false);
    CHECK(court.said() == "");  // Up to here they agree.
    court.high_watermark(2, 1, 2, false);
    CHECK(court.said() == "committed-prefix-agree 1");
    CHECK(has(court.first(), "broker-2 has 1..1 of epoch 3"));
}

TEST_CASE("committed-prefix-agree: a replica that truncates and fetches anew is compared anew")
{
    Court court;
    court.appended(1, stored(0, 0), true);
    court.appended(2, stored(0, 0));
    court.high_watermark(1, 0, 1);
    court.high_watermark(2, 0, 1, false);
    court.truncated(2, 1, 0);
    court.high_watermark(2, 1, 0, false);
    court.appended(2, stored(9, 0, 1));
    court.high_watermark(2, 0, 1, false);
    CHECK(court.said() == "committed-prefix-agree 1");
}

TEST_CASE("committed-prefix-agree: a disk gives back what was cut away: compared anew")
{
    Court court;
    court.appended(1, stored(0, 0), true);
    court.appended(2, stored(0, 0));
    court.appended(2, stored(8, 1));
    court.truncated(2, 2, 1);
    court.appended(1, stored(1, 1, 1), true);
    court.appended(2, stored(1, 1, 1));
    court.high_watermark(1, 0, 2);
    court.high_watermark(2, 0, 2, false);
    court.recovered(2, {stored(0, 0), stored(1, 1, 1)});  // As it was: nothing to say.
    court.high_watermark(2, 0, 2, false);
    CHECK(court.said() == "");
    court.recovered(2, {stored(0, 0), stored(8, 1)});  // As it was before the cut.
    court.high_watermark(2, 0, 1, false);
    CHECK(court.said() == "");
    court.high_watermark(2, 1, 2, false);
    CHECK(court.said() == "committed-prefix-agree 1");
}

TEST_CASE("leader-has-committed: a leader is elected without what was acknowledged with acks=all")
{
    Court court;
    court.sent(batch(0, 3));
    court.appended(1, stored(0, 0, 0, 3), true);
    court.acknowledged(batch(0, 3), 0);
    court.leads(2, 1, 3);
    CHECK(court.said() == "");
    court.leads(3, 2, 2);
    CHECK(court.said() == "leader-has-committed 3");
    CHECK(has(court.first(),
              "broker-3 was elected leader of orders-0 (epoch 2) with log end 2, but "
              "offset 0 (payments[0]#0)"));
    court.leads(1, 3, 0);
    CHECK(court.said() == "leader-has-committed 3");  // Said once.
}

TEST_CASE("leader-has-committed: a leader whose log is long enough, but has something else there")
{
    Court court;
    court.sent(batch(0));
    court.appended(1, stored(0, 0, 0), true);
    court.appended(2, stored(5, 0, 1));
    court.appended(2, stored(6, 1, 1));
    court.acknowledged(batch(0), 0);
    court.leads(2, 2, 2);
    CHECK(court.said() == "leader-has-committed 1");
}

TEST_CASE("leader-has-committed: acks=1 promises nothing, nor does an unclean election")
{
    SUBCASE("acks=1")
    {
        Court court;
        court.sent(batch(0));
        court.acknowledged(batch(0), 0, 1);
        court.leads(2, 1, 0);
        CHECK(court.said() == "");
        CHECK(court.exercised("leader-has-committed") == 0);
    }
    SUBCASE("an unclean election")
    {
        Court court;
        court.sent(batch(0));
        court.acknowledged(batch(0), 0);
        court.elected(2, {1, 2}, {2}, true);
        court.leads(2, 1, 0);
        court.leads(2, 2, 0);  // What it gave up is given up for good.
        CHECK(court.said() == "");
    }
    SUBCASE("an unclean election whose leader crashes before it leads, and is elected again from "
            "its ISR")
    {
        Court court;
        court.sent(batch(0));
        court.acknowledged(batch(0), 0);
        court.elected(2, {1, 2}, {2}, true);
        court.elected(-1, {1, 2}, {2});
        court.elected(2, {1, 2}, {2});
        court.leads(2, 3, 0);
        CHECK(court.said() == "");
        // After that the promise holds again.
        court.sent(batch(1));
        court.acknowledged(batch(1), 1);
        court.elected(1, {1, 2}, {1});
        court.leads(1, 4, 0);
        CHECK(court.said() == "leader-has-committed 1");
    }
}

TEST_CASE(
    "an unclean leader with another history gives up what was committed, also below its log end")
{
    Court court;
    court.appended(1, stored(0, 0), true);
    court.appended(2, stored(0, 0));
    court.appended(1, stored(1, 1, 2), true);
    court.appended(2, stored(8, 1, 1));
    court.appended(2, stored(9, 2, 1));
    court.high_watermark(1, 0, 2);
    court.elected(2, {1, 2}, {2}, true);
    court.leads(2, 3, 3);
    court.high_watermark(2, 0, 3);
    CHECK(court.said() == "");
    // Who has the old history below its own high watermark now is wrong.
    court.appended(3, stored(0, 0));
    court.appended(3, stored(1, 1, 2));
    court.high_watermark(3, 0, 2, false);
    CHECK(court.said() == "committed-prefix-agree 1");
}

TEST_CASE(
    "replicas-identical-after-settle: another batch, a shorter log, a replica that is not there")
{
    SUBCASE("another batch")
    {
        Court court;
        court.ends_with(1, {stored(0, 0), stored(1, 1)}, 0);
        court.ends_with(2, {stored(0, 0), stored(1, 1, 4)}, 0);
        court.finish();
        CHECK(court.said() == "replicas-identical-after-settle 1");
        CHECK(has(court.first(), "broker-1 has 1..1 of epoch 0"));
    }
    SUBCASE("a shorter log")
    {
        Court court;
        court.ends_with(1, {stored(0, 0), stored(1, 1)}, 0);
        court.ends_with(2, {stored(0, 0)}, 0);
        court.finish();
        CHECK(court.said() == "replicas-identical-after-settle 1");
        CHECK(has(court.first(), "broker-1 ends at 2, that of broker-2 at 1"));
    }
    SUBCASE("a replica that its broker does not have")
    {
        Court court;
        court.ends_with(1, {stored(0, 0)}, 0);
        court.end.partitions.front().replicas.push_back(BrokerId{2});
        court.finish();
        CHECK(court.said() == "replicas-identical-after-settle 1");
        CHECK(has(court.first(), "broker-2 has no replica"));
    }
    SUBCASE("a copy on a broker that is no replica any more does not count")
    {
        Court court;
        court.ends_with(1, {stored(0, 0)}, 0);
        court.ends_with(2, {}, 0);
        court.end.partitions.front().replicas.pop_back();
        court.end.replicas.back().assigned = false;
        court.finish();
        CHECK(court.said() == "");
    }
}

}  // namespace odradek::kafka::check::test
