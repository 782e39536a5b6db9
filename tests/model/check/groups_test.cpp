// Who owns a partition, what a group has committed, and what became of the records.
#include <doctest/doctest.h>

#include "tests/model/check/court.h"

namespace odradek::kafka::check::test {

namespace {

void has(Court& court, std::uint32_t client, std::int32_t generation,
         std::vector<TopicPartition> owned, bool at_most_once = false)
{
    court.see(
        PartitionsAssigned{client, "billing", generation, "member", owned, owned, at_most_once});
}

void gives_back(Court& court, std::uint32_t client, std::int32_t generation)
{
    court.see(PartitionsRevoked{client, "billing", generation, {orders}});
}

void commits(Court& court, std::int64_t offset)
{
    court.see(OffsetCommitted{BrokerId{1}, "billing", "member", 1, orders, Offset{offset}, false});
}

void acknowledged(Court& court, std::int64_t offset)
{
    court.see(OffsetsAcknowledged{0, "billing", 1, {{orders, Offset{offset}}}, false});
}

void goes_on(Court& court, std::int64_t offset)
{
    court.see(PositionFromCommitted{0, "billing", orders, Offset{offset}});
}

void works_on(Court& court, std::int64_t from, std::int64_t to, std::uint32_t client = 0)
{
    court.see(RecordsProcessed{client, "billing", orders, Offset{from}, Offset{to}});
}

void is_now(Court& court, GroupState state, std::int32_t generation)
{
    GroupStateChanged change;
    change.broker = BrokerId{1};
    change.group = "billing";
    change.generation = generation;
    change.to = state;
    court.see(change);
}

}  // namespace

TEST_CASE("group-single-owner: two members do not own a partition in one generation")
{
    for (std::int32_t const generation : {1, 2}) {
        CAPTURE(generation);
        Court court;
        has(court, 0, 1, {orders});
        has(court, 1, generation, {orders});
        CHECK(court.said() == (generation == 1 ? "group-single-owner 1" : ""));
    }
}

TEST_CASE("group-single-owner: who gives a partition back has it until then")
{
    Court court;
    has(court, 0, 1, {orders});
    SUBCASE("another has got it in the same generation")
    {
        has(court, 1, 2, {orders});
        gives_back(court, 0, 2);
        CHECK(court.said() == "group-single-owner 1");
    }
    SUBCASE("another gets it in the next one")
    {
        gives_back(court, 0, 2);
        has(court, 1, 3, {orders});
        CHECK(court.said() == "");
    }
}

TEST_CASE("committed-offset-monotonic: neither a commit nor where a member goes on is behind")
{
    Court court;
    has(court, 0, 1, {orders});
    SUBCASE("a commit")
    {
        commits(court, 10);
        commits(court, 9);
        CHECK(court.said() == "committed-offset-monotonic 1");
    }
    SUBCASE("a position")
    {
        acknowledged(court, 10);
        goes_on(court, 10);
        CHECK(court.said() == "");
        goes_on(court, 9);
        CHECK(court.said() == "committed-offset-monotonic 1");
    }
    SUBCASE("nothing is found of a commit that was acknowledged")
    {
        acknowledged(court, 10);
        OffsetReset reset;
        reset.partition = orders;
        reset.to = Offset{0};
        reset.reason = "nothing is committed";
        court.see(reset);
        CHECK(court.said() == "committed-offset-monotonic 1");
    }
    SUBCASE("a group that nobody was in may have forgotten it")
    {
        acknowledged(court, 10);
        is_now(court, GroupState::empty, 2);
        goes_on(court, 0);
        CHECK(court.said() == "");
    }
}

TEST_CASE("lost-processing: what is committed was worked on")
{
    Court court;
    has(court, 0, 1, {orders});
    goes_on(court, 5);
    works_on(court, 5, 10);
    commits(court, 10);
    CHECK(court.said() == "");
    commits(court, 12);
    CHECK(court.said() == "lost-processing 2");
}

TEST_CASE("double-processing: by the pattern at most once nothing is worked on twice")
{
    for (bool const at_most_once : {true, false}) {
        CAPTURE(at_most_once);
        Court court;
        has(court, 0, 1, {orders}, at_most_once);
        works_on(court, 0, 10);
        works_on(court, 10, 12, 1);
        CHECK(court.said() == "");
        works_on(court, 11, 13, 1);
        CHECK(court.said() == (at_most_once ? "double-processing 2" : ""));
    }
}

TEST_CASE("group-owns-all: a stable group leaves nothing to nobody")
{
    for (bool const owned : {true, false}) {
        CAPTURE(owned);
        Court court;
        has(court, 0, 1, {orders});
        is_now(court, GroupState::stable, 2);
        has(court, 0, 2, owned ? std::vector{orders} : std::vector{refunds});
        court.ends_with(1, {}, 0);
        court.see_after(sim::Duration{30'000'000'000}, ClientFinished{1});
        court.finish();
        CHECK(court.exercised("group-owns-all") == 1);
        CHECK(court.said() == (owned ? "" : "group-owns-all 1"));
    }
}

}  // namespace odradek::kafka::check::test
