// What an operator asks of the controller: topics, configurations, reassignments, features; and
// what it does with eligible leader replicas and log directories.
#include <doctest/doctest.h>

#include "tests/model/controller_bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;
using test::brokers;

namespace {

struct Cluster : test::ControllerBench {
    using ControllerBench::ControllerBench;

    // Replicas of each partition of the topic orders.
    TopicPartition create_on(std::vector<std::vector<int>> const& replicas,
                             std::vector<ConfigEntry> configs = {})
    {
        CreateTopicsRequest request;
        request.name = "orders";
        for (std::vector<int> const& list : replicas)
            request.assignment.push_back(brokers(list));
        request.configs = std::move(configs);
        CHECK(ask(request).error == Error::none);
        return {TopicId{1}, 0};
    }
    ReassignmentPartitionResponse reassign(TopicPartition partition,
                                           std::optional<std::vector<int>> const& replicas)
    {
        AlterPartitionReassignmentsRequest request;
        ReassignablePartition& wanted = request.partitions.emplace_back();
        wanted.partition = partition;
        if (replicas)
            wanted.replicas = brokers(*replicas);
        AlterPartitionReassignmentsResponse const response = ask(request);
        REQUIRE(response.partitions.size() == 1);
        return response.partitions[0];
    }
    AlterConfigsResourceResponse configure(std::string resource, AlterableConfig change)
    {
        IncrementalAlterConfigsRequest request;
        request.resources = {{std::move(resource), {std::move(change)}}};
        IncrementalAlterConfigsResponse const response = ask(request);
        REQUIRE(response.resources.size() == 1);
        return response.resources[0];
    }
    // Lets the session of a broker end while the others keep theirs.
    void lose(std::vector<int> const& gone, std::vector<int> const& alive)
    {
        keep_alive(12_s, alive);
        for (int const id : gone)
            CHECK(controller.image().broker(BrokerId{id})->fenced);
    }
};

ControllerOptions with_elr()
{
    ControllerOptions options;
    options.features = feature_levels({4, 0}, {{"eligible.leader.replicas.version", "1"}});
    return options;
}

}  // namespace

// -- Topics -----------------------------------------------------------------------------------

TEST_CASE("controller: a topic that is deleted is gone with its configuration, its name is free")
{
    Cluster cluster;
    cluster.bring_up(3);
    cluster.create_on({{1, 2, 3}}, {{"min.insync.replicas", "2"}});
    DeleteTopicsRequest request;
    request.name = "orders";
    CHECK(cluster.ask(request).error == Error::none);
    CHECK_FALSE(cluster.controller.image().topic("orders"));
    CHECK(cluster.controller.image().topic_configs("orders").empty());
    CHECK(cluster.controller.image().replicas_of(BrokerId{1}).empty());
    CHECK_FALSE(cluster.controller.image().leads_any(BrokerId{1}));
    CHECK(cluster.observed<TopicDeleted>().size() == 1);
    CHECK(cluster.ask(request).error == Error::unknown_topic_or_partition);
    CHECK(cluster.create("orders", 1, 1).error == Error::none);
    CHECK(cluster.controller.image().topic("orders")->id() == TopicId{2});
}

TEST_CASE("controller: a topic gets more partitions, with as many replicas as it has, never fewer")
{
    Cluster cluster;
    cluster.bring_up(3);
    cluster.create_on({{1, 2}, {2, 3}});
    auto const grow = [&](int count, std::vector<std::vector<int>> const& lists = {}) {
        CreatePartitionsRequest request;
        request.name = "orders";
        request.count = count;
        for (std::vector<int> const& list : lists)
            request.assignments.push_back(brokers(list));
        return cluster.ask(request);
    };
    CHECK(grow(2).message == "Topic already has 2 partition(s).");
    CHECK(grow(1).message == "The topic orders currently has 2 partition(s); 1 would not be an "
                             "increase.");
    CHECK(grow(4, {{3, 1}}).error == Error::invalid_replica_assignment);
    CHECK(grow(3, {{3, 1, 2}}).error == Error::invalid_replica_assignment);
    CHECK(grow(3, {{3, 1}}).error == Error::none);
    CHECK(cluster.partition({TopicId{1}, 2}).replicas == brokers({3, 1}));
    CHECK(grow(6).error == Error::none);
    CHECK(cluster.controller.image().topic("orders")->partition_count() == 6);
    CHECK(cluster.partition({TopicId{1}, 5}).replicas.size() == 2);
}

// -- Configurations ---------------------------------------------------------------------------

TEST_CASE("controller: configurations change key by key, all of a resource or none")
{
    Cluster cluster;
    cluster.bring_up(1);
    cluster.create_on({{1}});
    CHECK(cluster.configure("topic orders", {"min.insync.replicas", ConfigOperation::set, "2"})
              .error == Error::none);
    CHECK(cluster.controller.image().topic_configs("orders").at("min.insync.replicas") == "2");
    CHECK(cluster.configure("topic orders", {"min.insync.replicas", ConfigOperation::append, "3"})
              .message == "Can't APPEND to key min.insync.replicas because its type is not LIST.");
    CHECK(cluster.configure("topic orders", {"no.such.key", ConfigOperation::set, "1"}).error ==
          Error::invalid_config);
    CHECK(cluster.configure("topic lost", {"min.insync.replicas", ConfigOperation::set, "1"})
              .message == "The topic 'lost' does not exist.");
    CHECK(
        cluster.configure("broker 9", {"min.insync.replicas", ConfigOperation::set, "1"}).message ==
        "No node with id 9 found.");
    CHECK(
        cluster.configure("broker x", {"min.insync.replicas", ConfigOperation::set, "1"}).message ==
        "Unable to parse broker name as a base 10 number.");
    CHECK(cluster.configure("topic orders", {"min.insync.replicas", ConfigOperation::remove, {}})
              .error == Error::none);
    CHECK(cluster.controller.image().topic_configs("orders").empty());
}

TEST_CASE("controller: unclean elections follow the topic's configuration as it is now")
{
    Cluster cluster;
    cluster.bring_up(2);
    TopicPartition const orders = cluster.create_on({{1, 2}});
    cluster.lose({2}, {1});
    cluster.lose({1}, {});
    CHECK_FALSE(cluster.beat(2).is_fenced);
    CHECK(cluster.partition(orders).leader == no_broker);
    CHECK(cluster
              .configure("topic orders",
                         {"unclean.leader.election.enable", ConfigOperation::set, "true"})
              .error == Error::none);
    cluster.keep_alive(301_s, {2});
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.partition(orders).recovery == LeaderRecoveryState::recovering);
}

// -- Reassignment -----------------------------------------------------------------------------

TEST_CASE("controller: a reassignment adds, waits until all are in sync, and takes away (KIP-455)")
{
    Cluster cluster;
    cluster.bring_up(4);
    TopicPartition const orders = cluster.create_on({{1, 2, 3}});
    CHECK(cluster.reassign(orders, {{2, 3, 4}}).error == Error::none);
    CHECK(cluster.partition(orders).replicas == brokers({2, 3, 4, 1}));
    CHECK(cluster.partition(orders).adding == brokers({4}));
    CHECK(cluster.partition(orders).removing == brokers({1}));
    CHECK(cluster.partition(orders).leader_epoch == Epoch{0});
    CHECK(cluster.controller.image().reassigning().contains(orders));
    ListPartitionReassignmentsResponse const listed =
        cluster.ask(ListPartitionReassignmentsRequest{});
    REQUIRE(listed.partitions.size() == 1);
    CHECK(listed.partitions[0].adding == brokers({4}));

    CHECK(cluster.alter(1, cluster.wish(orders, {1, 2, 3, 4})).error == Error::new_leader_elected);
    CHECK(cluster.partition(orders).replicas == brokers({2, 3, 4}));
    CHECK(cluster.partition(orders).isr == brokers({2, 3, 4}));
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.partition(orders).leader_epoch == Epoch{1});
    CHECK(cluster.controller.image().reassigning().empty());
    CHECK(cluster.ask(ListPartitionReassignmentsRequest{}).partitions.empty());
    CHECK(cluster.observed<ReassignmentStarted>().size() == 1);
    REQUIRE(cluster.observed<ReassignmentCompleted>().size() == 1);
    CHECK_FALSE(cluster.observed<ReassignmentCompleted>()[0].cancelled);
}

TEST_CASE("controller: another order of replicas, and fewer of them, are done at once")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on({{1, 2, 3}});
    CHECK(cluster.reassign(orders, {{3, 2, 1}}).error == Error::none);
    CHECK(cluster.partition(orders).replicas == brokers({3, 2, 1}));
    CHECK(cluster.partition(orders).leader == BrokerId{1});
    CHECK(cluster.partition(orders).leader_epoch == Epoch{0});
    CHECK(cluster.reassign(orders, {{3, 2}}).error == Error::none);
    CHECK(cluster.partition(orders).replicas == brokers({3, 2}));
    CHECK(cluster.partition(orders).leader == BrokerId{3});
    CHECK_FALSE(cluster.partition(orders).reassigning());
}

TEST_CASE("controller: a reassignment is called off, and what cannot be is refused")
{
    Cluster cluster;
    cluster.bring_up(4);
    TopicPartition const orders = cluster.create_on({{1, 2}});
    CHECK(cluster.reassign(orders, {}).error == Error::no_reassignment_in_progress);
    CHECK(cluster.reassign(orders, {{}}).error == Error::invalid_replica_assignment);
    CHECK(cluster.reassign(orders, {{1, 9}}).message ==
          "The manual partition assignment includes broker 9, but no such broker is registered.");
    CHECK(cluster.reassign(orders, {{1, 1}}).error == Error::invalid_replica_assignment);
    CHECK(cluster.reassign({TopicId{1}, 7}, {{1}}).message == "Unable to find partition orders:7.");

    CHECK(cluster.reassign(orders, {{3, 4}}).error == Error::none);
    CHECK(cluster.alter(1, cluster.wish(orders, {1, 2, 3})).error == Error::none);
    CHECK(cluster.partition(orders).reassigning());
    CHECK(cluster.reassign(orders, {}).error == Error::none);
    CHECK(cluster.partition(orders).replicas == brokers({1, 2}));
    CHECK(cluster.partition(orders).isr == brokers({1, 2}));
    CHECK(cluster.partition(orders).leader == BrokerId{1});
    CHECK(cluster.partition(orders).leader_epoch == Epoch{1});
    CHECK(cluster.observed<ReassignmentCompleted>().back().cancelled);
}

TEST_CASE("controller: calling off needs an unclean election where only new replicas are in sync")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on({{1, 2}});
    CHECK(cluster.reassign(orders, {{2, 3}}).error == Error::none);
    CHECK(cluster.alter(1, cluster.wish(orders, {1, 3})).error == Error::none);
    cluster.lose({1}, {2, 3});
    CHECK(cluster.partition(orders).isr == brokers({3}));
    CHECK(cluster.reassign(orders, {}).message ==
          "Unable to revert partition assignment for orders:0 because it would require an unclean "
          "leader election.");
    CHECK(cluster
              .configure("topic orders",
                         {"unclean.leader.election.enable", ConfigOperation::set, "true"})
              .error == Error::none);
    CHECK(cluster.reassign(orders, {}).error == Error::none);
    CHECK(cluster.partition(orders).replicas == brokers({2, 1}));
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.observed<PartitionChanged>().back().unclean);
}

// -- Features and eligible leader replicas ----------------------------------------------------

TEST_CASE("controller: a new cluster writes down its features, and ELR one minimum for all")
{
    Cluster cluster({4, 0}, {}, with_elr());
    cluster.run(1_ms);
    MetadataImage const& image = cluster.controller.image();
    CHECK(to_string(image.metadata_version()) == "4.0-IV3");
    CHECK(image.feature("eligible.leader.replicas.version") == 1);
    CHECK(image.configs("broker ").at("min.insync.replicas") == "1");
    cluster.bring_up(1);
    CHECK(
        cluster.configure("broker 1", {"min.insync.replicas", ConfigOperation::set, "2"}).message ==
        "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    CHECK(cluster.configure("broker ", {"min.insync.replicas", ConfigOperation::remove, {}})
              .message ==
          "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
    cluster.restart();
    cluster.run(1_ms);
    CHECK(cluster.observed<FeatureChanged>().size() == 2);
}

TEST_CASE("controller: features go up and down as Kafka lets them")
{
    ControllerOptions options;
    options.features = feature_levels({4, 0}, {{"metadata.version", "3.9"}});
    Cluster cluster({4, 0}, {}, options);
    cluster.run(1_ms);
    auto const update = [&](std::string feature, int level,
                            UpgradeType type = UpgradeType::upgrade) {
        UpdateFeaturesRequest request;
        request.updates = {{std::move(feature), static_cast<std::int16_t>(level), type}};
        return cluster.ask(request);
    };
    CHECK(update("eligible.leader.replicas.version", 1).error == Error::invalid_update_version);
    CHECK(update("metadata.version", 99).error == Error::invalid_update_version);
    CHECK(update("metadata.version", 25).error == Error::none);
    CHECK(update("eligible.leader.replicas.version", 1).error == Error::none);
    CHECK(cluster.controller.image().configs("broker ").count("min.insync.replicas") == 1);
    CHECK(update("metadata.version", 24).message.find("without setting the upgrade type") !=
          std::string::npos);
    CHECK(update("metadata.version", 24, UpgradeType::safe_downgrade).error == Error::none);
    CHECK(update("metadata.version", 21, UpgradeType::safe_downgrade).message ==
          "Invalid metadata.version 21. Refusing to perform the requested downgrade because it "
          "might delete metadata information.");
    CHECK(update("metadata.version", 25, UpgradeType::safe_downgrade).message ==
          "Invalid update version 25 for feature metadata.version. Can't downgrade to a newer "
          "version.");
}

TEST_CASE("controller: with ELR the last to go need not be the first to come back (KIP-966)")
{
    Cluster cluster({4, 0}, {}, with_elr());
    cluster.run(1_ms);
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on({{1, 2, 3}}, {{"min.insync.replicas", "2"}});
    cluster.lose({3}, {1, 2});
    CHECK(cluster.partition(orders).elr.empty());
    cluster.lose({2}, {1});
    CHECK(cluster.partition(orders).isr == brokers({1}));
    CHECK(cluster.partition(orders).elr == brokers({2}));
    cluster.lose({1}, {});
    CHECK(cluster.partition(orders).isr.empty());
    CHECK(cluster.partition(orders).elr == brokers({1, 2}));
    CHECK(cluster.partition(orders).leader == no_broker);
    CHECK(cluster.partition(orders).last_known_elr == brokers({1}));

    SUBCASE("who never stopped leads again")
    {
        CHECK_FALSE(cluster.beat(2).is_fenced);
        CHECK(cluster.partition(orders).leader == BrokerId{2});
        CHECK(cluster.partition(orders).isr == brokers({2}));
        CHECK(cluster.partition(orders).elr == brokers({1}));
        CHECK_FALSE(cluster.observed<PartitionChanged>().back().unclean);
    }
    SUBCASE("who comes back from an unclean shutdown is not eligible any more (KAFKA-18635)")
    {
        CHECK(cluster.add(2, 2).error == Error::none);
        CHECK(cluster.partition(orders).elr == brokers({1}));
        CHECK_FALSE(cluster.beat(2).is_fenced);
        CHECK(cluster.partition(orders).leader == no_broker);
        CHECK(cluster.add(1, 2).error == Error::none);
        CHECK(cluster.partition(orders).elr.empty());
        // Nobody is left: the one that led last leads, uncleanly.
        CHECK_FALSE(cluster.beat(1).is_fenced);
        CHECK(cluster.partition(orders).leader == BrokerId{1});
        CHECK(cluster.partition(orders).recovery == LeaderRecoveryState::recovering);
        CHECK(cluster.observed<PartitionChanged>().back().unclean);
    }
    SUBCASE("who stopped cleanly stays eligible")
    {
        BrokerRegistrationRequest request;
        request.broker = BrokerId{2};
        request.incarnation = 2;
        request.node = NodeId{2};
        request.previous_broker_epoch = cluster.controller.image().broker(BrokerId{2})->epoch;
        CHECK(cluster.ask(request).error == Error::none);
        CHECK(cluster.partition(orders).elr == brokers({1, 2}));
        CHECK_FALSE(cluster.beat(2).is_fenced);
        CHECK(cluster.partition(orders).leader == BrokerId{2});
    }
    SUBCASE("another minimum forgets who was eligible")
    {
        CHECK(cluster.configure("topic orders", {"min.insync.replicas", ConfigOperation::set, "1"})
                  .error == Error::none);
        CHECK(cluster.partition(orders).elr.empty());
        CHECK(cluster.partition(orders).last_known_elr.empty());
    }
}

TEST_CASE("controller: brokers that fall silent together are fenced one by one (KAFKA-13173)")
{
    for (bool const fixed : {true, false}) {
        Cluster cluster;
        cluster.switches.one_broker_fenced_per_event = fixed;
        cluster.restart();
        cluster.bring_up(3);
        TopicPartition const orders = cluster.create_on({{1, 2, 3}});
        cluster.keep_alive(1_s, {1, 2, 3});
        cluster.lose({1, 2}, {3});
        CHECK(cluster.partition(orders).isr.size() == (fixed ? 1 : 2));
        CHECK((cluster.partition(orders).leader == BrokerId{3}) == fixed);
    }
}

// -- Log directories --------------------------------------------------------------------------

TEST_CASE("controller: a directory that fails takes its replicas out of the ISR (KIP-858)")
{
    Cluster cluster;
    DirectoryId const good{1, 1001};
    DirectoryId const bad{1, 1002};
    for (int id = 1; id <= 2; ++id) {
        BrokerRegistrationRequest request;
        request.broker = BrokerId{id};
        request.incarnation = 1;
        request.node = NodeId{static_cast<std::uint16_t>(id)};
        request.log_dirs =
            id == 1 ? std::vector<DirectoryId>{good, bad} : std::vector<DirectoryId>{{2, 2001}};
        CHECK(cluster.ask(request).error == Error::none);
        CHECK_FALSE(cluster.beat(id).is_fenced);
    }
    TopicPartition const there = cluster.create_on({{1, 2}, {1, 2}});
    TopicPartition const elsewhere{there.topic, 1};
    CHECK(cluster.partition(there).directory_of(BrokerId{1}) == unassigned_directory);
    CHECK(cluster.partition(there).directory_of(BrokerId{2}) == DirectoryId{2, 2001});

    AssignReplicasToDirsRequest assign;
    assign.broker = BrokerId{1};
    assign.broker_epoch = cluster.controller.image().broker(BrokerId{1})->epoch;
    assign.replicas = {{there, bad}, {elsewhere, good}, {{TopicId{9}, 0}, good}};
    AssignReplicasToDirsResponse const answer = cluster.ask(assign);
    REQUIRE(answer.replicas.size() == 3);
    CHECK(answer.replicas[0].error == Error::none);
    CHECK(answer.replicas[2].error == Error::unknown_topic_id);
    CHECK(cluster.partition(there).directory_of(BrokerId{1}) == bad);

    BrokerHeartbeatRequest beat;
    beat.broker = BrokerId{1};
    beat.broker_epoch = assign.broker_epoch;
    beat.current_metadata_offset = cluster.controller.high_watermark() - 1;
    beat.offline_log_dirs = {bad};
    CHECK_FALSE(cluster.ask(beat).is_fenced);
    CHECK(cluster.partition(there).leader == BrokerId{2});
    CHECK(cluster.partition(there).isr == brokers({2}));
    CHECK(cluster.partition(elsewhere).leader == BrokerId{1});
    CHECK(cluster.controller.image().broker(BrokerId{1})->directories ==
          std::vector<DirectoryId>{good});
    // Said again, it changes nothing.
    Offset const end = cluster.controller.image().end_offset();
    cluster.ask(beat);
    CHECK(cluster.controller.image().end_offset() == end);
    // It may be in sync again only with an online directory to lead from.
    CHECK(cluster.alter(2, cluster.wish(there, {1, 2})).error == Error::none);
    cluster.lose({2}, {1});
    CHECK(cluster.partition(there).leader == no_broker);
}

TEST_CASE("controller: a registration is refused for wrong directories and another cluster")
{
    ControllerOptions options;
    options.cluster_id = "ours";
    Cluster cluster({4, 0}, {}, options);
    auto const add = [&](int id, std::vector<DirectoryId> dirs, std::string cluster_id = "ours") {
        BrokerRegistrationRequest request;
        request.broker = BrokerId{id};
        request.incarnation = 1;
        request.node = NodeId{static_cast<std::uint16_t>(id)};
        request.log_dirs = std::move(dirs);
        request.cluster_id = std::move(cluster_id);
        return cluster.ask(request);
    };
    CHECK(add(1, {{1, 500}}).error == Error::none);
    CHECK(add(2, {{1, 500}}).message ==
          "Broker 1 is already registered with directory AAAAAAAAAAEAAAAAAAAB9A");
    CHECK(add(2, {unassigned_directory}).message == "Reserved directory ID in request");
    CHECK(add(2, {{1, 501}, {1, 501}}).message == "Duplicate directory ID in request");
    CHECK(add(2, {{1, 501}}, "theirs").error == Error::inconsistent_cluster_id);
    CHECK(add(2, {{1, 501}}).error == Error::none);
}

TEST_CASE("controller: a broker that is given up leaves every ISR and is forgotten")
{
    Cluster cluster;
    cluster.bring_up(2);
    TopicPartition const orders = cluster.create_on({{1, 2}});
    UnregisterBrokerRequest request;
    request.broker = BrokerId{1};
    CHECK(cluster.ask(request).error == Error::none);
    CHECK(cluster.controller.image().broker(BrokerId{1}) == nullptr);
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.partition(orders).isr == brokers({2}));
    CHECK(cluster.ask(request).error == Error::broker_id_not_registered);
}
