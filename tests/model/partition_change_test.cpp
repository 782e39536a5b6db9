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
    MetadataVersion version{25};
    LeaderRecoveryState recovery{LeaderRecoveryState::recovered};
    LeaderRecoveryState target_recovery{LeaderRecoveryState::recovered};
};

std::optional<PartitionChangeRecord> build(Case const& c)
{
    PartitionRegistration const now{brokers({1, 2, 3}), brokers(c.isr),    BrokerId{c.leader},
                                    Epoch{3},           PartitionEpoch{5}, c.recovery};
    PartitionChange const change{
        {TopicId{1}, 0}, now, brokers(c.target), c.target_recovery, c.election};
    ChangeRules rules;
    rules.metadata = c.version;
    return build_change(
               change,
               [&](BrokerId broker) {
                   return std::count(c.alive.begin(), c.alive.end(), broker.value) != 0;
               },
               rules)
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

    shrink.version = {11};
    std::optional<PartitionChangeRecord> const then = build(shrink);
    REQUIRE(then);
    CHECK(then->leader == BrokerId{1});

    Case expand;
    expand.isr = {1, 2};
    expand.version = {11};
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

namespace {

// A partition of replicas 1, 2, 3 with eligible leader replicas and min.insync.replicas 2.
struct Eligibility {
    PartitionRegistration now{brokers({1, 2, 3}), brokers({1, 2, 3}), BrokerId{1}, Epoch{3},
                              PartitionEpoch{5}};
    std::vector<int> alive{1, 2, 3};
    ChangeRules rules{MetadataVersion{25}, true, 2};
    Election election{Election::online};
    BrokerId unclean{no_broker};

    std::optional<PartitionChangeRecord> to(std::vector<int> const& isr)
    {
        PartitionChange change{{TopicId{1}, 0}, now, brokers(isr), now.recovery, election};
        change.unclean_shutdown = unclean;
        return build_change(
                   change,
                   [&](BrokerId broker) {
                       return std::count(alive.begin(), alive.end(), broker.value) != 0;
                   },
                   rules)
            .record;
    }
    // Applies what comes of it.
    PartitionRegistration const& go(std::vector<int> const& isr)
    {
        std::optional<PartitionChangeRecord> const record = to(isr);
        REQUIRE(record);
        now = merge(now, *record);
        return now;
    }
};

using Ids = std::vector<BrokerId>;

}  // namespace

TEST_CASE("ELR: who leaves an ISR that falls below its minimum stays eligible (KIP-966)")
{
    Eligibility partition;
    CHECK(partition.go({1, 2}).elr.empty());
    CHECK(partition.go({1}).elr == brokers({2}));
    partition.alive = {};
    partition.go({});
    CHECK(partition.now.isr.empty());
    CHECK(partition.now.elr == brokers({1, 2}));
    CHECK(partition.now.leader == no_broker);
    CHECK(partition.now.last_known_elr == brokers({1}));
}

TEST_CASE("ELR: an eligible replica leads when the ISR is empty, and leaves the ELR for the ISR")
{
    Eligibility partition;
    partition.go({1, 2});
    partition.go({1});
    partition.alive = {2, 3};
    partition.go({});
    CHECK(partition.now.leader == BrokerId{2});
    CHECK(partition.now.isr == brokers({2}));
    CHECK(partition.now.elr == brokers({1}));
    CHECK(partition.now.recovery == LeaderRecoveryState::recovered);
    CHECK(partition.now.last_known_elr.empty());
    partition.alive = {1, 2, 3};
    CHECK(partition.go({2, 1}).elr.empty());
}

TEST_CASE("ELR: a replica that may have lost records is not eligible, and is not elected")
{
    Eligibility partition;
    partition.go({1, 2});
    partition.go({1});
    partition.unclean = BrokerId{2};
    CHECK(partition.go({1}).elr.empty());
    partition.unclean = BrokerId{1};
    partition.alive = {2, 3};
    partition.go({});
    CHECK(partition.now.leader == no_broker);
    CHECK(partition.now.elr.empty());
    CHECK(partition.now.last_known_elr == brokers({1}));
}

TEST_CASE("ELR: with ISR and ELR empty the last known leader leads uncleanly, once it is alive")
{
    Eligibility partition;
    partition.now.isr = {};
    partition.now.leader = no_broker;
    partition.now.last_known_elr = brokers({1});
    partition.alive = {2, 3};
    CHECK_FALSE(partition.to({}));  // KAFKA-19522
    partition.rules.last_known_leader_must_be_acceptable = false;
    REQUIRE(partition.to({}));
    CHECK(partition.to({})->leader == BrokerId{1});
    partition.rules.last_known_leader_must_be_acceptable = true;
    partition.alive = {1, 2, 3};
    partition.go({});
    CHECK(partition.now.leader == BrokerId{1});
    CHECK(partition.now.isr == brokers({1}));
    CHECK(partition.now.recovery == LeaderRecoveryState::recovering);
    CHECK(partition.now.last_known_elr.empty());
}

TEST_CASE("ELR: an unclean election forgets who was eligible")
{
    Eligibility partition;
    partition.now.isr = {};
    partition.now.leader = no_broker;
    partition.now.elr = brokers({1, 2});
    partition.alive = {3};
    partition.election = Election::unclean;
    partition.go({});
    CHECK(partition.now.leader == BrokerId{3});
    CHECK(partition.now.elr.empty());
}

TEST_CASE("reassignment: it is complete when every target replica is in sync (KAFKA-15665)")
{
    // [1, 2, 3] -> [2, 3, 4], and 3 lags behind.
    PartitionRegistration now{brokers({2, 3, 4, 1}), brokers({1, 2}), BrokerId{1}, Epoch{3},
                              PartitionEpoch{5}};
    now.adding = brokers({4});
    now.removing = brokers({1});
    auto const isr = [&](std::vector<int> const& members, ChangeRules const& rules) {
        PartitionChange const change{{TopicId{1}, 0}, now, brokers(members)};
        return merge(now, *build_change(
                               change, [](BrokerId) { return true; }, rules)
                               .record);
    };
    ChangeRules rules;
    rules.metadata = {25};
    PartitionRegistration const lagging = isr({1, 2, 4}, rules);
    CHECK(lagging.reassigning());
    CHECK(lagging.leader_epoch == Epoch{3});
    PartitionRegistration const done = isr({1, 2, 3, 4}, rules);
    CHECK_FALSE(done.reassigning());
    CHECK(done.replicas == brokers({2, 3, 4}));
    CHECK(done.isr == brokers({2, 3, 4}));
    CHECK(done.leader == BrokerId{2});
    CHECK(done.leader_epoch == Epoch{4});

    rules.complete_with_all_targets = false;
    PartitionRegistration const early = isr({1, 2, 4}, rules);
    CHECK_FALSE(early.reassigning());
    CHECK(early.isr == brokers({2, 4}));
}

TEST_CASE("reassignment: a replica that leaves raises the epoch of a leader that stays")
{
    PartitionRegistration now{brokers({1, 2, 3}), brokers({1, 2, 3}), BrokerId{1}, Epoch{3},
                              PartitionEpoch{5}};
    PartitionChange change{{TopicId{1}, 0}, now, now.isr};
    change.target_removing = brokers({3});
    ChangeRules rules;
    rules.metadata = {25};
    std::optional<PartitionChangeRecord> const record =
        build_change(
            change, [](BrokerId) { return true; }, rules)
            .record;
    REQUIRE(record);
    CHECK(record->leader == BrokerId{1});
    CHECK(record->replicas == brokers({1, 2}));
    CHECK(record->isr == brokers({1, 2}));
    CHECK_FALSE(record->removing_replicas);

    PartitionChange more{{TopicId{1}, 0}, now, now.isr};
    more.target_replicas = brokers({1, 2, 3, 4});
    more.target_adding = brokers({4});
    std::optional<PartitionChangeRecord> const begun =
        build_change(
            more, [](BrokerId) { return true; }, rules)
            .record;
    REQUIRE(begun);
    CHECK_FALSE(begun->leader);
    CHECK(begun->adding_replicas == brokers({4}));
}

TEST_CASE("directories: a replica keeps its own, a new one goes where its broker has only one")
{
    DirectoryId const first{7, 1};
    DirectoryId const only{7, 2};
    PartitionRegistration now{brokers({1, 2}), brokers({1, 2}), BrokerId{1}, Epoch{3},
                              PartitionEpoch{5}};
    now.directories = {first, unassigned_directory};
    ChangeRules rules;
    rules.metadata = {25};
    rules.default_directory = [&](BrokerId) { return only; };
    PartitionChange change{{TopicId{1}, 0}, now, now.isr};
    change.target_replicas = brokers({1, 2, 3});
    change.target_adding = brokers({3});
    auto const alive = [](BrokerId) { return true; };
    CHECK(build_change(change, alive, rules).record->directories ==
          std::vector<DirectoryId>{first, unassigned_directory, only});
    PartitionChange moved{{TopicId{1}, 0}, now, now.isr};
    moved.directory.emplace(BrokerId{2}, only);
    CHECK(build_change(moved, alive, rules).record->directories ==
          std::vector<DirectoryId>{first, only});
    rules.metadata = {16};  // Before KIP-858.
    CHECK_FALSE(build_change(moved, alive, rules).record);
}
