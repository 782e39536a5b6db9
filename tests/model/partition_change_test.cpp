#include "model/controller/partition_change.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace odradek::kafka;

namespace {

std::vector<BrokerId> brokers(std::vector<int> const& ids)
{
    std::vector<BrokerId> list;
    for (int const id : ids)
        list.push_back(BrokerId{id});
    return list;
}

struct Case {
    std::vector<int> isr{1, 2, 3};
    int leader{1};
    std::vector<int> target{1, 2, 3};
    std::vector<int> alive{1, 2, 3};
    Election election{Election::online};
    KafkaVersion version{4, 0};
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};
    LeaderRecoveryState target_recovery{LeaderRecoveryState::recovered};
};

std::optional<PartitionChangeRecord> build(Case const& c)
{
    PartitionRegistration const now{brokers({1, 2, 3}), brokers(c.isr),    BrokerId{c.leader},
                                    Epoch{3},           PartitionEpoch{5}, c.recovery};
    PartitionChange const change{
        {TopicId{1}, 0}, now, brokers(c.target), c.target_recovery, c.election};
    return build_change(
               change,
               [&](BrokerId broker) {
                   return std::count(c.alive.begin(), c.alive.end(), broker.value) != 0;
               },
               c.version)
        .record;
}

}  // namespace

TEST_CASE("partition change: a change that changes nothing makes no record")
{
    CHECK_FALSE(build({}));
}

TEST_CASE("partition change: an ISR that shrinks raises no leader epoch since 3.6 (KAFKA-15021)")
{
    Case shrink;
    shrink.target = {1, 2};
    std::optional<PartitionChangeRecord> const now = build(shrink);
    REQUIRE(now);
    CHECK(now->isr == brokers({1, 2}));
    CHECK_FALSE(now->leader);

    shrink.version = {3, 5};
    std::optional<PartitionChangeRecord> const then = build(shrink);
    REQUIRE(then);
    CHECK(then->leader == BrokerId{1});

    Case expand;
    expand.isr = {1, 2};
    expand.version = {3, 5};
    REQUIRE(build(expand));
    CHECK_FALSE(build(expand)->leader);
}

TEST_CASE("partition change: the last replica standing stays in the ISR when nobody can lead")
{
    Case last;
    last.isr = {1};
    last.target = {};
    last.alive = {2, 3};
    std::optional<PartitionChangeRecord> const record = build(last);
    REQUIRE(record);
    CHECK(record->leader == no_broker);
    CHECK_FALSE(record->isr);
    CHECK_FALSE(record->recovery);
}

TEST_CASE("partition change: the leader leaves the ISR and the next one is elected in one record")
{
    Case leave;
    leave.target = {2, 3};
    leave.alive = {2, 3};
    std::optional<PartitionChangeRecord> const record = build(leave);
    REQUIRE(record);
    CHECK(record->leader == BrokerId{2});
    CHECK(record->isr == brokers({2, 3}));
}

TEST_CASE("partition change: an unclean leader is alone in the ISR and recovering (KIP-704)")
{
    Case unclean;
    unclean.isr = {1};
    unclean.target = {};
    unclean.alive = {2, 3};
    unclean.election = Election::unclean;
    std::optional<PartitionChangeRecord> const record = build(unclean);
    REQUIRE(record);
    CHECK(record->leader == BrokerId{2});
    CHECK(record->isr == brokers({2}));
    CHECK(record->recovery == LeaderRecoveryState::recovering);

    Case recovered;
    recovered.isr = {1};
    recovered.target = {1};
    recovered.recovery = LeaderRecoveryState::recovering;
    REQUIRE(build(recovered));
    CHECK(build(recovered)->recovery == LeaderRecoveryState::recovered);
    CHECK_FALSE(build(recovered)->leader);
}

TEST_CASE("partition change: the only member comes back and leads in a new epoch")
{
    Case back;
    back.isr = {1};
    back.leader = -1;
    back.target = {1};
    std::optional<PartitionChangeRecord> const record = build(back);
    REQUIRE(record);
    CHECK(record->leader == BrokerId{1});
    CHECK_FALSE(record->isr);
}
