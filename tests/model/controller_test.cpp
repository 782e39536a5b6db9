#include <doctest/doctest.h>

#include "tests/model/controller_bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;
using test::brokers;
using Cluster = test::ControllerBench;

// -- Leadership and the log -------------------------------------------------------------------

TEST_CASE("controller: a standby answers NOT_CONTROLLER to whatever it is asked")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    cluster.depose();
    CHECK_FALSE(cluster.controller.is_active());
    CHECK(cluster.ask(BrokerRegistrationRequest{}).error == Error::not_controller);
    CHECK(cluster.ask(BrokerHeartbeatRequest{}).error == Error::not_controller);
    CHECK(cluster.ask(CreateTopicsRequest{}).error == Error::not_controller);
    CHECK(cluster.ask(AlterPartitionRequest{}).error == Error::not_controller);
    CHECK(cluster.ask(AllocateProducerIdsRequest{}).error == Error::not_controller);
    ElectLeadersRequest request;
    request.partitions = {orders};
    CHECK(cluster.ask(request).partitions[0].error == Error::not_controller);
    // It decides nothing by itself either: nobody is fenced, and no no-op is written.
    std::size_t const length = cluster.log.size();
    cluster.run(20_s);
    CHECK(cluster.log.size() == length);
    CHECK(cluster.appended.empty());
}

TEST_CASE("controller: nobody is answered before it is committed")
{
    Cluster cluster;
    cluster.hold_commits = true;
    BrokerRegistrationRequest request;
    request.broker = BrokerId{1};
    request.incarnation = 1;
    std::int32_t const asked = cluster.send(request);
    // What is read from the undecided waits for it, too.
    BrokerHeartbeatRequest stale;
    stale.broker = BrokerId{2};
    std::int32_t const read = cluster.send(stale);
    CHECK(cluster.replies.count(asked) == 0);
    CHECK(cluster.replies.count(read) == 0);
    CHECK(cluster.observed<BrokerRegistered>().empty());
    CHECK(cluster.controller.image().broker(BrokerId{1}) == nullptr);
    CHECK(cluster.controller.decided().broker(BrokerId{1}) != nullptr);

    cluster.commit();
    CHECK(cluster.replies.count(asked) == 1);
    CHECK(cluster.replies.count(read) == 1);
    CHECK(cluster.observed<BrokerRegistered>().size() == 1);
    CHECK(cluster.controller.image().broker(BrokerId{1}) != nullptr);
}

TEST_CASE("controller: one that is deposed forgets what is not committed, and tells who waits")
{
    Cluster cluster;
    cluster.bring_up(1);
    cluster.hold_commits = true;
    CreateTopicsRequest request;
    request.name = "orders";
    std::int32_t const asked = cluster.send(request);
    CHECK(cluster.controller.decided().topic("orders"));
    cluster.depose();
    REQUIRE(cluster.replies.count(asked) == 1);
    CHECK(std::get<CreateTopicsResponse>(cluster.replies[asked]).error == Error::not_controller);
    CHECK_FALSE(cluster.controller.decided().topic("orders"));

    // Elected again it decides on what is committed: the topic id is free.
    cluster.hold_commits = false;
    cluster.epoch = cluster.epoch.next().next();
    cluster.elect();
    CHECK(cluster.create("payments", 1, 1).error == Error::none);
    CHECK(cluster.controller.image().topic("payments")->id() == TopicId{1});
}

TEST_CASE("controller: a batch that the quorum appends has its place between the decisions")
{
    Cluster cluster;
    cluster.bring_up(1);
    BatchRef const voters =
        make_metadata_batch({LeaderChangeMessage{BrokerId{3000}, {BrokerId{3000}}}}, cluster.now)
            ->stamped(cluster.controller.decided().end_offset(), cluster.epoch);
    cluster.controller.on_appended_by_quorum(voters);
    cluster.appended.push_back(voters);
    CHECK(cluster.create("orders", 1, 1).error == Error::none);
    CHECK(cluster.log.back()->base_offset == voters->end_offset());
}

TEST_CASE("controller: a restart replays its log and leads a new epoch")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    PartitionRegistration const before = cluster.partition(orders);
    Offset const end = cluster.controller.high_watermark();
    cluster.restart();
    CHECK(cluster.controller.epoch() == Epoch{2});
    CHECK(cluster.partition(orders) == before);
    CHECK(cluster.controller.high_watermark() == end + 1);
    CHECK(cluster.controller.image().broker(BrokerId{2})->active());
}

TEST_CASE(
    "controller: an idle log grows by a no-op every metadata.max.idle.interval.ms, or not at all")
{
    Cluster idle;
    idle.run(5_s);
    CHECK(idle.controller.high_watermark() == Offset{11});
    Cluster off({4, 0}, {{"metadata.max.idle.interval.ms", "0"}});
    off.run(5_s);
    CHECK(off.controller.high_watermark() == Offset{1});
}

// -- Registration and sessions ----------------------------------------------------------------

TEST_CASE("controller: another life of a broker is refused while the first one has a session")
{
    Cluster cluster;
    CHECK(cluster.add(1, 10).error == Error::none);
    CHECK(cluster.add(1, 11).error == Error::none);  // Still fenced: no session to protect.
    BrokerEpoch const epoch = cluster.controller.image().broker(BrokerId{1})->epoch;
    cluster.beat(1);
    CHECK(cluster.add(1, 12).error == Error::duplicate_broker_registration);
    // The same life again keeps its epoch and stays unfenced (KAFKA-16952).
    BrokerRegistrationResponse const again = cluster.add(1, 11);
    CHECK(again.error == Error::none);
    CHECK(again.broker_epoch == epoch);
    CHECK(cluster.controller.image().is_active(BrokerId{1}));

    cluster.run(11_s);
    CHECK_FALSE(cluster.controller.image().is_active(BrokerId{1}));
    BrokerRegistrationResponse const next = cluster.add(1, 12);
    CHECK(next.error == Error::none);
    CHECK(next.broker_epoch > epoch);
}

TEST_CASE("controller: a broker is unfenced when it has read its own registration (KAFKA-13959)")
{
    Cluster cluster;
    cluster.add(1);
    Offset const registered = cluster.controller.image().broker(BrokerId{1})->register_offset;
    BrokerHeartbeatResponse const behind = cluster.beat(1, false, false, registered - 1);
    CHECK(behind.is_fenced);
    CHECK_FALSE(behind.is_caught_up);
    BrokerHeartbeatResponse const not_ready = cluster.beat(1, true, false, registered);
    CHECK(not_ready.is_fenced);
    CHECK(not_ready.is_caught_up);
    cluster.run(10_s);  // The log has run on; what counts is the registration.
    BrokerHeartbeatResponse const ready = cluster.beat(1, false, false, registered);
    CHECK_FALSE(ready.is_fenced);
    CHECK(cluster.observed<BrokerUnfenced>().size() == 1);
}

TEST_CASE("controller: a heartbeat of a life that is over is STALE_BROKER_EPOCH")
{
    Cluster cluster;
    BrokerHeartbeatRequest request;
    request.broker = BrokerId{1};
    request.broker_epoch = BrokerEpoch{1};
    CHECK(cluster.ask(request).error == Error::stale_broker_epoch);
    cluster.add(1, 1);
    request.broker_epoch = cluster.controller.image().broker(BrokerId{1})->epoch;
    CHECK(cluster.ask(request).error == Error::none);
    cluster.add(1, 2);
    CHECK(cluster.ask(request).error == Error::stale_broker_epoch);
}

TEST_CASE(
    "controller: a silent broker is fenced by the check after its session, in time before 4.0")
{
    for (KafkaVersion const version : {KafkaVersion{3, 9}, KafkaVersion{4, 0}}) {
        Cluster cluster(version);
        cluster.run(100_ms);
        cluster.bring_up(1);
        Instant const last = cluster.now;
        cluster.run(8900_ms);
        CHECK(cluster.observed<BrokerFenced>().empty());
        // Checks fall on every eighth of the session since the controller took over: the ninth is
        // the first after 9.15 s.
        cluster.run(last + 9100_ms - cluster.now);
        bool const in_time = version < KafkaVersion{4, 0};
        CHECK(cluster.observed<BrokerFenced>().size() == (in_time ? 1 : 0));
        cluster.run(Instant{} + 10150_ms - cluster.now);
        CHECK(cluster.observed<BrokerFenced>().size() == 1);
        CHECK(cluster.noted("fence broker 1: silent for"));
    }
}

TEST_CASE(
    "controller: of two silent brokers the second is fenced on what the first left (KAFKA-13173)")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    cluster.keep_alive(12_s, {3});
    CHECK(cluster.observed<BrokerFenced>().size() == 2);
    CHECK(cluster.partition(orders).leader == BrokerId{3});
    CHECK(cluster.partition(orders).isr == brokers({3}));
    // Two changes, one after the other: each raised the partition epoch.
    CHECK(cluster.partition(orders).partition_epoch == PartitionEpoch{2});
}

TEST_CASE("controller: after a restart everybody has a full session")
{
    Cluster cluster;
    cluster.bring_up(1);
    cluster.run(8_s);
    cluster.restart();
    cluster.run(8_s);
    CHECK(cluster.controller.image().is_active(BrokerId{1}));
    cluster.run(3_s);
    CHECK_FALSE(cluster.controller.image().is_active(BrokerId{1}));
}

TEST_CASE("controller: a new life takes its former life out of every ISR since 4.0 (KAFKA-18106)")
{
    for (KafkaVersion const version : {KafkaVersion{3, 9}, KafkaVersion{4, 0}}) {
        Cluster cluster(version);
        cluster.bring_up(3);
        TopicPartition const orders = cluster.create_on_123();
        // Its session is over, and the check that will fence it has not come yet.
        cluster.keep_alive(8_s, {2, 3});
        cluster.now = cluster.now + 1500_ms;
        CHECK(cluster.add(1, 2).error == Error::none);
        bool const since_4 = version >= KafkaVersion{4, 0};
        CHECK(cluster.partition(orders).in_isr(BrokerId{1}) == !since_4);
        CHECK(cluster.partition(orders).leader == BrokerId{since_4 ? 2 : 1});
    }
}

// -- Controlled shutdown ----------------------------------------------------------------------

TEST_CASE("controller: a controlled shutdown moves leaderships, and waits until all have read so")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    BrokerHeartbeatResponse const first = cluster.beat(1, false, true);
    CHECK_FALSE(first.should_shut_down);
    CHECK_FALSE(first.is_fenced);
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.partition(orders).isr == brokers({2, 3}));
    CHECK(cluster.controller.image().broker(BrokerId{1})->in_controlled_shutdown);
    Offset const moved = cluster.controller.high_watermark() - 1;

    CHECK_FALSE(cluster.beat(1, false, true).should_shut_down);
    cluster.beat(2, false, false, moved);
    cluster.beat(3, false, false, moved - 1);
    CHECK_FALSE(cluster.beat(1, false, true).should_shut_down);
    cluster.beat(3, false, false, moved);
    CHECK(cluster.beat(1, false, true).should_shut_down);
    CHECK(cluster.controller.image().broker(BrokerId{1})->fenced);
}

TEST_CASE("controller: a broker that leads nothing, or is fenced, may stop at once")
{
    Cluster cluster;
    cluster.bring_up(2);
    CHECK(cluster.beat(2, false, true).should_shut_down);
    CHECK(cluster.controller.image().broker(BrokerId{2})->fenced);
    cluster.add(3);
    CHECK(cluster.beat(3, true, true).should_shut_down);
}

// -- Topics -----------------------------------------------------------------------------------

TEST_CASE("controller: topics get distinct live replicas, leaders first in line, ids in order")
{
    Cluster cluster;
    cluster.bring_up(4);
    CHECK(cluster.create("orders", 8, 3, {{"min.insync.replicas", "2"}}).error == Error::none);
    CHECK(cluster.create("payments", -1, -1).error == Error::none);
    TopicView const orders = *cluster.controller.image().topic("orders");
    CHECK(orders.partition_count() == 8);
    for (int i = 0; i < 8; ++i) {
        PartitionRegistration const& partition = orders.partition(i);
        CHECK(partition.replicas.size() == 3);
        CHECK(partition.isr == partition.replicas);
        CHECK(partition.has_preferred_leader());
        CHECK(partition.leader_epoch == Epoch{0});
    }
    CHECK(cluster.controller.image().topic_configs("orders").at("min.insync.replicas") == "2");
    TopicView const payments = *cluster.controller.image().topic("payments");
    CHECK(payments.id() == TopicId{2});
    CHECK(payments.partition_count() == 1);
    REQUIRE(cluster.observed<TopicCreated>().size() == 2);
    CHECK(cluster.observed<TopicCreated>()[0].partitions == 8);
}

TEST_CASE("controller: a topic that cannot be is refused with Kafka's code and words")
{
    Cluster cluster;
    cluster.bring_up(2);
    cluster.add(3);  // Fenced.
    CHECK(cluster.create("my.topic", 1, 1).error == Error::none);
    struct Row {
        char const* name;
        int partitions, factor;
        std::vector<std::vector<BrokerId>> assignment;
        std::vector<ConfigEntry> configs;
        Error error;
        char const* message;
    };
    std::vector<Row> const rows = {
        {"",
         1,
         1,
         {},
         {},
         Error::invalid_topic_exception,
         "Topic name is invalid: the empty string is not allowed"},
        {"..",
         1,
         1,
         {},
         {},
         Error::invalid_topic_exception,
         "Topic name is invalid: '..' is not allowed"},
        {"a b",
         1,
         1,
         {},
         {},
         Error::invalid_topic_exception,
         "Topic name is invalid: 'a b' contains one or more characters other than ASCII "
         "alphanumerics, "
         "'.', '_' and '-'"},
        {"my.topic", 1, 1, {}, {}, Error::topic_already_exists, "Topic 'my.topic' already exists."},
        {"my_topic",
         1,
         1,
         {},
         {},
         Error::invalid_topic_exception,
         "Topic 'my_topic' collides with existing topic: my.topic"},
        {"t",
         0,
         1,
         {},
         {},
         Error::invalid_partitions,
         "Number of partitions was set to an invalid non-positive value."},
        {"t",
         1,
         0,
         {},
         {},
         Error::invalid_replication_factor,
         "Replication factor must be larger than 0, or -1 to use the default value."},
        {"t",
         1,
         4,
         {},
         {},
         Error::invalid_replication_factor,
         "Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot "
         "be "
         "reached because only 3 broker(s) are registered."},
        {"t",
         10000,
         1,
         {},
         {},
         Error::policy_violation,
         "Unable to perform excessively large batch operation."},
        {"t",
         1,
         -1,
         {{BrokerId{1}}},
         {},
         Error::invalid_request,
         "A manual partition assignment was specified, but numPartitions was not set to -1."},
        {"t",
         -1,
         1,
         {{BrokerId{1}}},
         {},
         Error::invalid_request,
         "A manual partition assignment was specified, but replication factor was not set to -1."},
        {"t",
         -1,
         -1,
         {{BrokerId{9}}},
         {},
         Error::invalid_replica_assignment,
         "The manual partition assignment includes broker 9, but no such broker is registered."},
        {"t",
         -1,
         -1,
         {{BrokerId{1}, BrokerId{1}}},
         {},
         Error::invalid_replica_assignment,
         "The manual partition assignment includes the broker 1 more than once."},
        {"t",
         -1,
         -1,
         {{BrokerId{1}}, {BrokerId{1}, BrokerId{2}}},
         {},
         Error::invalid_replica_assignment,
         "The manual partition assignment includes a partition with 2 replica(s), but this is not "
         "consistent with previous partitions, which have 1 replica(s)."},
        {"t",
         -1,
         -1,
         {{BrokerId{3}}},
         {},
         Error::invalid_replica_assignment,
         "All brokers specified in the manual partition assignment for partition 0 are fenced or "
         "in "
         "controlled shutdown."},
    };
    for (Row const& row : rows) {
        CreateTopicsRequest request;
        request.name = row.name;
        request.partitions = row.partitions;
        request.replication_factor = static_cast<std::int16_t>(row.factor);
        request.assignment = row.assignment;
        request.configs = row.configs;
        CreateTopicsResponse const response = cluster.ask(request);
        CAPTURE(row.message);
        CHECK(response.error == row.error);
        CHECK(response.message == row.message);
    }
    CHECK(cluster.create("t", 1, 1, {{"no.such.key", "1"}}).error == Error::invalid_config);
    CHECK(cluster.create(std::string(250, 'x'), 1, 1).error == Error::invalid_topic_exception);
    CHECK(cluster.controller.image().topics().size() == 1);
}

TEST_CASE("controller: replicas on fenced brokers are placed but not in the ISR")
{
    Cluster cluster;
    cluster.bring_up(1);
    cluster.add(2);
    CHECK(cluster.create("orders", 1, 2).error == Error::none);
    CHECK(cluster.partition({TopicId{1}, 0}).replicas == brokers({1, 2}));
    CHECK(cluster.partition({TopicId{1}, 0}).isr == brokers({1}));
}

// -- Elections --------------------------------------------------------------------------------

TEST_CASE(
    "controller: the last replica standing stays alone in the ISR, and only it may lead again")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    CHECK(cluster.alter(1, cluster.wish(orders, {1})).error == Error::none);
    cluster.keep_alive(12_s, {2, 3});
    CHECK(cluster.partition(orders).leader == no_broker);
    CHECK(cluster.partition(orders).isr == brokers({1}));
    CHECK(cluster.noted("nobody in the ISR is alive, nobody leads"));
    cluster.keep_alive(310_s, {2, 3});
    CHECK(cluster.partition(orders).leader == no_broker);

    Epoch const offline = cluster.partition(orders).leader_epoch;
    cluster.add(1, 2);
    cluster.beat(1);
    CHECK(cluster.partition(orders).leader == BrokerId{1});
    CHECK(cluster.partition(orders).leader_epoch == offline.next());
    CHECK_FALSE(cluster.observed<PartitionChanged>().back().unclean);
}

TEST_CASE("controller: a topic that allows it gets an unclean leader, alone and recovering")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders =
        cluster.create_on_123({{"unclean.leader.election.enable", "true"}});
    CHECK(cluster.alter(1, cluster.wish(orders, {1})).error == Error::none);
    cluster.keep_alive(12_s, {2, 3});
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.partition(orders).isr == brokers({2}));
    CHECK(cluster.partition(orders).recovery == LeaderRecoveryState::recovering);
    CHECK(cluster.observed<PartitionChanged>().back().unclean);
    CHECK(cluster.noted("2 is alive but not in the ISR: chosen uncleanly"));

    // Until it says that it has recovered, nobody may join it (KIP-704).
    AlterPartitionPartition wanted = cluster.wish(orders, {2, 3});
    wanted.recovery = LeaderRecoveryState::recovering;
    CHECK(cluster.alter(2, wanted).error == Error::invalid_request);
    wanted.recovery = LeaderRecoveryState::recovered;
    CHECK(cluster.alter(2, wanted).error == Error::none);
    CHECK(cluster.partition(orders).recovery == LeaderRecoveryState::recovered);
}

TEST_CASE("controller: an unclean election happens on request where nobody leads (KIP-460)")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    CHECK(cluster.alter(1, cluster.wish(orders, {1})).error == Error::none);
    cluster.keep_alive(12_s, {2, 3});
    ElectLeadersRequest request;
    request.unclean = true;
    request.partitions = {orders, {TopicId{9}, 0}};
    ElectLeadersResponse const response = cluster.ask(request);
    CHECK(response.partitions[0].error == Error::none);
    CHECK(response.partitions[1].error == Error::unknown_topic_or_partition);
    CHECK(cluster.partition(orders).leader == BrokerId{2});
    CHECK(cluster.ask(request).partitions[0].error == Error::election_not_needed);
}

TEST_CASE("controller: a preferred election gives leadership back, on request or by itself")
{
    ControllerOptions options;
    options.leader_imbalance_check_interval = 300_s;
    for (bool const by_itself : {false, true}) {
        Cluster cluster({4, 0}, {}, by_itself ? options : ControllerOptions{});
        cluster.bring_up(3);
        TopicPartition const orders = cluster.create_on_123();
        cluster.keep_alive(12_s, {2, 3});
        CHECK(cluster.partition(orders).leader == BrokerId{2});
        ElectLeadersRequest request;
        request.partitions = {orders};
        CHECK(cluster.ask(request).partitions[0].error == Error::preferred_leader_not_available);
        cluster.add(1, 2);
        cluster.beat(1);
        CHECK(cluster.alter(2, cluster.wish(orders, {1, 2, 3})).error == Error::none);
        CHECK(cluster.partition(orders).leader == BrokerId{2});
        if (by_itself)
            cluster.keep_alive(300_s, {1, 2, 3});
        else
            CHECK(cluster.ask(request).partitions[0].error == Error::none);
        CHECK(cluster.partition(orders).leader == BrokerId{1});
        CHECK(cluster.partition(orders).leader_epoch == Epoch{2});
    }
}

// -- AlterPartition ---------------------------------------------------------------------------

TEST_CASE("controller: an ISR change is checked in Kafka's order, the first broken rule answers")
{
    Cluster cluster;
    cluster.bring_up(4);
    TopicPartition const orders = cluster.create_on_123();
    cluster.alter(1, cluster.wish(orders, {1, 2}));
    cluster.alter(1, cluster.wish(orders, {1, 2, 3}));
    cluster.beat(2, true);  // Fences itself: leaves the ISR.
    REQUIRE(cluster.partition(orders).isr == brokers({1, 3}));
    REQUIRE(cluster.partition(orders).partition_epoch == PartitionEpoch{3});

    using Edit = void (*)(AlterPartitionPartition&);
    struct Row {
        char const* what;
        int sender;
        std::vector<int> isr;
        Edit edit;
        Error error;
    };
    Row const rows[] = {
        {"unknown topic",
         1,
         {1},
         [](auto& w) { w.partition.topic = TopicId{9}; },
         Error::unknown_topic_id},
        {"unknown partition",
         1,
         {1},
         [](auto& w) { w.partition.partition = 1; },
         Error::unknown_topic_or_partition},
        {"leader epoch ahead (KAFKA-14154)",
         2,
         {9},
         [](auto& w) {
             w.leader_epoch = Epoch{1};
             w.partition_epoch = PartitionEpoch{0};
         },
         Error::not_controller},
        {"partition epoch ahead (KAFKA-14154)",
         2,
         {9},
         [](auto& w) {
             w.leader_epoch = Epoch{-1};
             w.partition_epoch = PartitionEpoch{4};
         },
         Error::not_controller},
        {"leader epoch behind",
         3,
         {9},
         [](auto& w) { w.leader_epoch = Epoch{-1}; },
         Error::fenced_leader_epoch},
        {"sender does not lead",
         3,
         {9},
         [](auto& w) { w.partition_epoch = PartitionEpoch{0}; },
         Error::invalid_request},
        {"partition epoch behind",
         1,
         {9},
         [](auto& w) { w.partition_epoch = PartitionEpoch{2}; },
         Error::invalid_update_version},
        {"not a replica", 1, {1, 4}, [](auto&) {}, Error::invalid_request},
        {"twice the same", 1, {1, 1}, [](auto&) {}, Error::invalid_request},
        {"without the leader", 1, {3}, [](auto&) {}, Error::invalid_request},
        {"recovering again",
         1,
         {1},
         [](auto& w) { w.recovery = LeaderRecoveryState::recovering; },
         Error::invalid_request},
        {"a fenced member (KIP-841)", 1, {1, 2, 3}, [](auto&) {}, Error::ineligible_replica},
        {"a member in another life (KIP-903)",
         1,
         {1, 3},
         [](auto& w) { w.new_isr[1].broker_epoch = BrokerEpoch{1}; },
         Error::ineligible_replica},
    };
    for (Row const& row : rows) {
        CAPTURE(row.what);
        AlterPartitionPartition wanted = cluster.wish(orders, row.isr);
        row.edit(wanted);
        CHECK(cluster.alter(row.sender, wanted).error == row.error);
        CHECK(cluster.partition(orders).partition_epoch == PartitionEpoch{3});
    }
    AlterPartitionRequest stale;
    stale.broker = BrokerId{1};
    stale.broker_epoch = BrokerEpoch{0};
    stale.partitions = {cluster.wish(orders, {1})};
    CHECK(cluster.ask(stale).error == Error::stale_broker_epoch);
}

TEST_CASE("controller: a shutting down broker may not join an ISR (KAFKA-13916)")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    CreateTopicsRequest other;
    other.name = "other";
    other.assignment = {{BrokerId{2}}};
    CHECK(cluster.ask(other).error == Error::none);
    CHECK_FALSE(cluster.beat(2, false, true).should_shut_down);  // It still leads "other".
    CHECK(cluster.partition(orders).isr == brokers({1, 3}));
    CHECK(cluster.alter(1, cluster.wish(orders, {1, 2, 3})).error == Error::ineligible_replica);
    CHECK(cluster.noted("2 is shutting down, INELIGIBLE_REPLICA"));
}

TEST_CASE("controller: an ISR change that is accepted raises the partition epoch only")
{
    Cluster cluster;
    cluster.bring_up(3);
    TopicPartition const orders = cluster.create_on_123();
    AlterPartitionPartitionResponse const shrunk = cluster.alter(1, cluster.wish(orders, {1, 3}));
    CHECK(shrunk.error == Error::none);
    CHECK(shrunk.isr == brokers({1, 3}));
    CHECK(shrunk.leader_epoch == Epoch{0});
    CHECK(shrunk.partition_epoch == PartitionEpoch{1});
    // What is so already is answered with the same epoch and leaves no record (KAFKA-12751).
    Offset const end = cluster.controller.decided().end_offset();
    AlterPartitionPartitionResponse const again = cluster.alter(1, cluster.wish(orders, {1, 3}));
    CHECK(again.error == Error::none);
    CHECK(again.partition_epoch == PartitionEpoch{1});
    CHECK(cluster.controller.decided().end_offset() == end);
}

TEST_CASE(
    "controller: producer ids come in blocks of a thousand, to registered lives only (KIP-730)")
{
    Cluster cluster;
    cluster.bring_up(1);
    AllocateProducerIdsRequest request;
    request.broker = BrokerId{1};
    request.broker_epoch = cluster.controller.image().broker(BrokerId{1})->epoch;
    CHECK(cluster.ask(request).first == ProducerId{0});
    cluster.restart();
    AllocateProducerIdsResponse const second = cluster.ask(request);
    CHECK(second.first == ProducerId{1000});
    CHECK(second.count == 1000);
    request.broker_epoch = BrokerEpoch{77};
    CHECK(cluster.ask(request).error == Error::stale_broker_epoch);
}

TEST_CASE("controller: what is not for it ends the connection")
{
    Cluster cluster;
    std::int32_t const id = cluster.send(MetadataRequest{});
    CHECK(cluster.hung_up == std::vector<std::int32_t>{id});
}
