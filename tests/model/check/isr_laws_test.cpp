// The white-box laws of what is in sync: each speaks when it is broken, and only then.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

// Broker 1 leads in epoch 0 and has two records; 2 has both, 3 the first one.
void two_of_three_have_it(Court& court, std::vector<std::int32_t> const& isr)
{
    court.elected(1, {1, 2, 3}, isr);
    court.leads(1, 0, 0);
    court.appended(1, stored(0, 0), true);
    court.appended(1, stored(1, 1), true);
    court.appended(2, stored(0, 0));
    court.appended(2, stored(1, 1));
    court.appended(3, stored(0, 0));
}

void counts(Court& court, std::int32_t broker, std::int32_t epoch,
            std::vector<std::int32_t> const& isr)
{
    MaximalIsr maximal{BrokerId{broker}, orders, Epoch{epoch}, PartitionEpoch{0}, {}};
    for (std::int32_t const id : isr)
        maximal.isr.push_back(BrokerId{id});
    court.see(maximal);
}

void recovered(Court& court, std::int32_t broker, std::int64_t log_end)
{
    court.see(LogRecovered{BrokerId{broker}, orders, Offset{log_end}, Offset{0}, 0});
}

}  // namespace

TEST_CASE("isr-has-committed: a leader's high watermark passes what a member has")
{
    Court court;
    two_of_three_have_it(court, {1, 2, 3});
    court.high_watermark(1, 0, 1);
    CHECK(court.said() == "");
    CHECK(court.exercised("isr-has-committed") == 2);
    court.high_watermark(1, 1, 2);
    CHECK(court.said() == "isr-has-committed 1");
    CHECK(has(court.first(), "has broker-3, whose log ends at 1, but broker-1 had its high "
                             "watermark at 2"));
}

TEST_CASE("isr-has-committed: who joins lacks a record, or has another one in its place")
{
    Court court;
    two_of_three_have_it(court, {1, 2});
    court.high_watermark(1, 0, 2);
    CHECK(court.said() == "");
    court.elected(1, {1, 2, 3}, {1, 2, 3});
    CHECK(court.said() == "isr-has-committed 1");

    Court other;
    two_of_three_have_it(other, {1, 2});
    other.appended(3, stored(9, 1, 7));
    other.high_watermark(1, 0, 2);
    CHECK(other.said() == "");
    other.elected(1, {1, 2, 3}, {1, 2, 3});
    CHECK(has(other.first(), "broker-3, which has another record at offset 1, of epoch 7"));
}

TEST_CASE("isr-has-committed: a member truncates what is committed; others may")
{
    Court court;
    two_of_three_have_it(court, {1, 2});
    court.high_watermark(1, 0, 2);
    court.truncated(3, 1, 0);
    CHECK(court.said() == "");
    court.truncated(2, 2, 1);
    CHECK(court.said() == "isr-has-committed 1");
    CHECK(has(court.first(), "truncates its log from 2 to 1"));
}

TEST_CASE("isr-has-committed: what an unclean leader lacks is given up")
{
    Court court;
    two_of_three_have_it(court, {1, 2});
    court.high_watermark(1, 0, 2);
    court.elected(3, {1, 2, 3}, {3}, true);
    court.leads(3, 1, 1);
    court.truncated(2, 2, 1);
    court.elected(3, {1, 2, 3}, {2, 3});
    CHECK(court.said() == "");
}

TEST_CASE("isr-has-committed: a broker that lost its tail counts from when it is registered anew")
{
    Court court;
    two_of_three_have_it(court, {1, 2});
    court.high_watermark(1, 0, 2);
    recovered(court, 2, 0);
    court.appended(1, stored(2, 2), true);
    court.high_watermark(1, 2, 3);  // By what its former life had told; nobody knows better.
    CHECK(court.said() == "");
    court.elected(1, {1, 2, 3}, {1});
    court.see(BrokerRegistered{BrokerId{2}, BrokerEpoch{9}});
    court.elected(1, {1, 2, 3}, {1, 2});
    CHECK(court.said() == "isr-has-committed 1");
}

TEST_CASE("isr-within-maximal: the controller counts one whom the leader does not")
{
    Court court;
    court.elected(1, {1, 2, 3}, {1, 2});
    court.leads(1, 0, 0);
    counts(court, 1, 0, {1, 2});
    counts(court, 1, 0, {1, 2, 3});  // Proposed.
    court.elected(1, {1, 2, 3}, {1, 2, 3});
    CHECK(court.said() == "");
    counts(court, 1, 0, {1, 2});
    CHECK(court.said() == "isr-within-maximal 1");
}

TEST_CASE("offset-epoch-unique: a leader gives an offset twice in its epoch")
{
    Court court;
    court.appended(1, stored(0, 0, 1), true);
    court.appended(1, stored(1, 1, 1), true);
    court.appended(2, stored(2, 1, 2), true);  // Another epoch.
    CHECK(court.said() == "");
    court.appended(1, stored(3, 1, 1), true);
    CHECK(court.said() == "offset-epoch-unique 1");
    CHECK(has(court.first(), "gives offset 1 to payments[0]#3 in epoch 1"));
}

TEST_CASE("log-offsets-ordered: a high watermark beyond the end of the log")
{
    Court court;
    court.appended(1, stored(0, 0), true);
    court.high_watermark(1, 0, 1);
    CHECK(court.said() == "");
    court.high_watermark(1, 1, 2);
    CHECK(has(court.said(), "log-offsets-ordered 1"));
}

TEST_CASE("uncommitted-read: a client was given what a later leader does not have")
{
    Court court;
    two_of_three_have_it(court, {1, 2, 3});
    court.sent(batch(0));
    court.sent(batch(1));
    court.polled({stored(0, 0), stored(1, 1)});
    court.elected(2, {1, 2, 3}, {2, 3});
    court.leads(2, 1, 2);
    CHECK(court.said() == "");
    court.elected(3, {1, 2, 3}, {3});
    court.leads(3, 2, 1);
    CHECK(court.said() == "uncommitted-read 1");
    CHECK(has(court.first(), "does not have payments[0]#1 at offset 1, which a client was given"));
}

TEST_CASE("hw-regress: the leader tells an end before one that was seen; a deposed one may")
{
    Court court;
    auto const elected = [&](std::int32_t broker, std::int32_t epoch) {
        PartitionChanged change;
        change.partition = orders;
        change.leader = BrokerId{broker};
        change.leader_epoch = Epoch{epoch};
        change.replicas = change.isr = {BrokerId{1}, BrokerId{2}, BrokerId{3}};
        change.leader_changed = true;
        court.see(change);
    };
    auto const told = [&](std::int32_t broker, std::int32_t epoch, std::int64_t end) {
        court.see(LatestOffsetTold{BrokerId{broker}, orders, Epoch{epoch}, Offset{end}});
    };
    elected(1, 0);
    told(1, 0, 5);
    court.sent(batch(6));
    court.polled({stored(6, 6)});
    elected(2, 1);
    told(1, 0, 6);  // It does not know yet.
    told(2, 1, 7);
    CHECK(court.said() == "");
    elected(3, 2);
    told(3, 2, 6);
    CHECK(court.said() == "hw-regress 1");
    CHECK(has(court.first(), "tells a client that the end is 6, but clients have seen it at 7"));
}

}  // namespace odradek::kafka::check::test
