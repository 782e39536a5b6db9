#include "model/metadata/image.h"

#include <doctest/doctest.h>

#include "sim/ensure.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {

std::vector<BrokerId> brokers(std::initializer_list<int> ids)
{
    std::vector<BrokerId> list;
    for (int const id : ids)
        list.push_back(BrokerId{id});
    return list;
}

BatchRef batch(Offset base, std::vector<MetadataRecord> records, int epoch = 1)
{
    return make_metadata_batch(std::move(records), {})->stamped(base, Epoch{epoch});
}

RegisterBrokerRecord registration(int id, std::int64_t epoch, std::uint64_t incarnation = 7)
{
    RegisterBrokerRecord record;
    record.broker = BrokerId{id};
    record.broker_epoch = BrokerEpoch{epoch};
    record.incarnation = incarnation;
    record.node = sim::NodeId{static_cast<std::uint16_t>(id)};
    return record;
}

PartitionRecord partition(std::uint32_t topic, int index)
{
    PartitionRecord record;
    record.partition = {TopicId{topic}, index};
    record.replicas = brokers({1, 2, 3});
    record.isr = brokers({1, 2, 3});
    record.leader = BrokerId{1};
    return record;
}

PartitionChangeRecord change(std::uint32_t topic, int index)
{
    PartitionChangeRecord record;
    record.partition = {TopicId{topic}, index};
    return record;
}

MetadataImage with_topic(int partitions)
{
    std::vector<MetadataRecord> records{TopicRecord{"orders", TopicId{1}}};
    for (int i = 0; i < partitions; ++i)
        records.push_back(partition(1, i));
    MetadataImage image;
    image.apply(*batch(Offset{0}, std::move(records)));
    return image;
}

}  // namespace

TEST_CASE(
    "image: the partition epoch rises with every change, the leader epoch only with a leader field")
{
    struct Row {
        char const* what;
        std::optional<BrokerId> leader;
        std::optional<std::vector<BrokerId>> isr;
        int leader_epoch;
    };
    Row const rows[] = {
        {"an ISR change leaves the leader epoch alone", {}, brokers({1, 2}), 4},
        {"another leader raises it", BrokerId{2}, {}, 5},
        {"the same leader raises it too", BrokerId{1}, {}, 5},
        {"nobody leading raises it", no_broker, {}, 5},
    };
    for (Row const& row : rows) {
        CAPTURE(row.what);
        PartitionRegistration now{brokers({1, 2, 3}), brokers({1, 2, 3}),
                                  BrokerId{1},        Epoch{4},
                                  PartitionEpoch{9},  LeaderRecoveryState::recovered};
        PartitionChangeRecord record = change(1, 0);
        record.leader = row.leader;
        record.isr = row.isr;
        PartitionRegistration const after = merge(now, record);
        CHECK(after.leader_epoch == Epoch{row.leader_epoch});
        CHECK(after.partition_epoch == PartitionEpoch{10});
        CHECK(after.isr == row.isr.value_or(now.isr));
        CHECK(after.leader == row.leader.value_or(now.leader));
    }
}

TEST_CASE("image: a registration replaces the one before and starts fenced at its own offset")
{
    MetadataImage image;
    image.apply(*batch(Offset{0}, {NoOpRecord{}, registration(2, 1), registration(1, 2)}));
    REQUIRE(image.brokers().size() == 2);
    CHECK(image.brokers()[0].id == BrokerId{1});
    CHECK(image.broker(BrokerId{2})->register_offset == Offset{1});
    CHECK(image.broker(BrokerId{2})->fenced);
    CHECK_FALSE(image.is_active(BrokerId{2}));

    BrokerRegistrationChangeRecord unfence;
    unfence.broker = BrokerId{2};
    unfence.broker_epoch = BrokerEpoch{1};
    unfence.fenced = false;
    image.apply(*batch(Offset{3}, {unfence}));
    CHECK(image.is_active(BrokerId{2}));

    image.apply(*batch(Offset{4}, {registration(2, 4, 8)}));
    CHECK(image.broker(BrokerId{2})->epoch == BrokerEpoch{4});
    CHECK(image.broker(BrokerId{2})->fenced);
    CHECK(image.broker(BrokerId{9}) == nullptr);
}

TEST_CASE("image: a change of a life that is over, a gap and an unknown partition break a law")
{
    MetadataImage image;
    image.apply(*batch(Offset{0}, {registration(1, 0)}));
    BrokerRegistrationChangeRecord stale;
    stale.broker = BrokerId{1};
    stale.broker_epoch = BrokerEpoch{77};
    CHECK_THROWS_AS(image.apply(*batch(Offset{1}, {stale})), sim::BrokenLaw);
    CHECK_THROWS_AS(image.apply(*batch(Offset{5}, {NoOpRecord{}})), sim::BrokenLaw);
    CHECK_THROWS_AS(image.apply(*batch(Offset{1}, {change(1, 0)})), sim::BrokenLaw);
    CHECK(image.end_offset() == Offset{1});  // Nothing of a batch that failed was kept.
}

TEST_CASE("image: topics are found by name and id until they are removed")
{
    MetadataImage image = with_topic(3);
    REQUIRE(image.topic("orders"));
    CHECK(image.topic("orders")->partition_count() == 3);
    CHECK(image.topic(TopicId{1})->name() == "orders");
    CHECK(image.name_of({TopicId{1}, 2}) == "orders-2");
    CHECK(image.partition({TopicId{1}, 3}) == nullptr);
    CHECK(image.next_topic_id() == TopicId{2});
    image.apply(*batch(image.end_offset(), {ConfigRecord{"topic orders", "retention.ms", "5"},
                                            ConfigRecord{"topic orders", "flush.ms", "7"}}));
    CHECK(image.topic_configs("orders").at("retention.ms") == "5");
    image.apply(
        *batch(image.end_offset(), {ConfigRecord{"topic orders", "retention.ms", std::nullopt}}));
    CHECK(image.topic_configs("orders").size() == 1);

    image.apply(*batch(image.end_offset(), {RemoveTopicRecord{TopicId{1}}}));
    CHECK_FALSE(image.topic("orders"));
    CHECK(image.topics().empty());
    CHECK(image.topic_configs("orders").empty());
    CHECK(image.next_topic_id() == TopicId{2});
}

TEST_CASE("image: a copy does not see what happens to the other, whichever chunk it happens in")
{
    MetadataImage const before = with_topic(100);
    MetadataImage after = before;
    for (int const index : {0, 31, 32, 99}) {
        PartitionChangeRecord record = change(1, index);
        record.leader = BrokerId{2};
        after.apply(*batch(after.end_offset(), {record}));
    }
    for (int i = 0; i < 100; ++i) {
        CAPTURE(i);
        bool const changed = i == 0 || i == 31 || i == 32 || i == 99;
        CHECK(before.partition({TopicId{1}, i})->leader == BrokerId{1});
        CHECK(after.partition({TopicId{1}, i})->leader == BrokerId{changed ? 2 : 1});
    }
    CHECK(after.leads_any(BrokerId{2}));
    CHECK_FALSE(before.leads_any(BrokerId{2}));
}

TEST_CASE("image: who applies a remembered batch to the same history shares the image")
{
    BatchRef const first = batch(Offset{0}, {registration(1, 0)});
    BatchRef const second = batch(Offset{1}, {registration(2, 1)});
    MetadataImage controller;
    controller.apply(*first);
    controller.remember_in(*first);
    MetadataImage broker;
    broker.apply(*first);
    CHECK(broker.shares_memory_with(controller));

    controller.apply(*second);
    controller.remember_in(*second);
    broker.apply(*second);
    CHECK(broker.shares_memory_with(controller));

    // Another history that arrives at the same offset does not.
    MetadataImage other;
    other.apply(*batch(Offset{0}, {NoOpRecord{}}));
    other.apply(*second);
    CHECK_FALSE(other.shares_memory_with(controller));
    CHECK_FALSE(other.same_as(controller));
    CHECK(other.brokers().size() == 1);

    MetadataImage::forget_in(*first);
    MetadataImage::forget_in(*second);
    MetadataImage late;
    late.apply(*first);
    late.apply(*second);
    CHECK_FALSE(late.shares_memory_with(controller));
    CHECK(late.same_as(controller));
    CHECK(late.brokers() == controller.brokers());
}

TEST_CASE("image: a delta lists what the batches changed, once and in order")
{
    MetadataImage image;
    MetadataDelta delta;
    image.apply(*batch(Offset{0}, {registration(2, 0), registration(1, 1)}), &delta);
    image.apply(
        *batch(Offset{2}, {TopicRecord{"orders", TopicId{1}}, partition(1, 0), partition(1, 1)}),
        &delta);
    image.apply(*batch(Offset{5}, {change(1, 1), change(1, 0), change(1, 1),
                                   ConfigRecord{"topic orders", "flush.ms", "1"}, NoOpRecord{}}),
                &delta);
    CHECK(delta.from == Offset{0});
    CHECK(delta.to == Offset{10});
    CHECK(delta.brokers == brokers({1, 2}));
    CHECK(delta.topics_created == std::vector<TopicId>{TopicId{1}});
    REQUIRE(delta.partitions.size() == 2);
    CHECK(delta.changes(TopicPartition{TopicId{1}, 1}));
    CHECK_FALSE(delta.changes(TopicPartition{TopicId{1}, 2}));
    CHECK(delta.configs == std::vector<std::string>{"topic orders"});
    CHECK(image.partition({TopicId{1}, 1})->partition_epoch == PartitionEpoch{2});

    MetadataDelta idle;
    image.apply(*batch(Offset{10}, {NoOpRecord{}}), &idle);
    CHECK(idle.empty());
}

TEST_CASE("image: blocks of producer ids are handed out upwards")
{
    MetadataImage image;
    CHECK(image.next_producer_id() == ProducerId{0});
    image.apply(
        *batch(Offset{0}, {ProducerIdsRecord{BrokerId{1}, BrokerEpoch{0}, ProducerId{1000}}}));
    CHECK(image.next_producer_id() == ProducerId{1000});
    CHECK_THROWS_AS(image.apply(*batch(Offset{1}, {ProducerIdsRecord{BrokerId{1}, BrokerEpoch{0},
                                                                     ProducerId{1000}}})),
                    sim::BrokenLaw);
}

TEST_CASE("image: it knows what a broker replicates and leads, and which partitions need a look")
{
    MetadataImage image = with_topic(3);
    CHECK(image.replicas_of(BrokerId{2}).size() == 3);
    CHECK(image.leaderships(BrokerId{1}) == 3);
    CHECK(image.leaderless().empty());
    PartitionChangeRecord moved = change(1, 1);
    moved.replicas = brokers({4, 2, 3});
    moved.adding_replicas = brokers({4});
    PartitionChangeRecord offline = change(1, 2);
    offline.leader = no_broker;
    image.apply(*batch(image.end_offset(), {moved, offline}));
    CHECK(image.replicas_of(BrokerId{1}).list() ==
          std::vector<TopicPartition>{{TopicId{1}, 0}, {TopicId{1}, 2}});
    CHECK(image.replicas_of(BrokerId{4}).size() == 1);
    CHECK(image.leaderships(BrokerId{1}) == 2);
    CHECK(image.leaderless().list() == std::vector<TopicPartition>{{TopicId{1}, 2}});
    CHECK(image.imbalanced().size() == 2);
    CHECK(image.reassigning().contains({TopicId{1}, 1}));
    image.apply(*batch(image.end_offset(), {RemoveTopicRecord{TopicId{1}}}));
    CHECK(image.replicas_of(BrokerId{2}).empty());
    CHECK(image.leaderships(BrokerId{1}) == 0);
    CHECK(image.leaderless().empty());
    CHECK(image.imbalanced().empty());
    CHECK(image.reassigning().empty());
}

TEST_CASE("image: eligible leaders are forgotten topic by topic, and the delta names whose")
{
    MetadataImage image = with_topic(2);
    PartitionChangeRecord elr = change(1, 1);
    elr.isr = brokers({1});
    elr.eligible_leader_replicas = brokers({2});
    image.apply(*batch(image.end_offset(), {elr}));
    MetadataImage other = image;
    MetadataDelta delta;
    other.apply(*batch(other.end_offset(), {ClearElrRecord{"refunds"}}), &delta);
    CHECK(delta.empty());
    CHECK(other.partition({TopicId{1}, 1})->elr == brokers({2}));
    image.apply(*batch(image.end_offset(), {ClearElrRecord{"orders"}}), &delta);
    CHECK(delta.partitions == std::vector<TopicPartition>{{TopicId{1}, 1}});
    CHECK(image.partition({TopicId{1}, 1})->elr.empty());
    CHECK(image.partition({TopicId{1}, 1})->partition_epoch == PartitionEpoch{2});
    CHECK(image.partition({TopicId{1}, 0})->partition_epoch == PartitionEpoch{0});
}

TEST_CASE("image: features stand at their last level, and a registration has its directories")
{
    MetadataImage image;
    RegisterBrokerRecord broker = registration(1, 0);
    broker.log_dirs = {{5, 2}, {5, 1}};
    image.apply(*batch(Offset{0}, {FeatureLevelRecord{"metadata.version", 25},
                                   FeatureLevelRecord{"group.version", 1}, broker}));
    CHECK(image.metadata_version() == MetadataVersion{25});
    CHECK(image.feature("group.version") == 1);
    image.apply(*batch(Offset{3}, {FeatureLevelRecord{"group.version", 0}}));
    CHECK(image.features().size() == 1);
    BrokerRegistration const& registered = *image.broker(BrokerId{1});
    CHECK(registered.has_online_directory({5, 1}));
    CHECK_FALSE(registered.has_online_directory({5, 3}));
    CHECK_FALSE(registered.has_online_directory(lost_directory));
    CHECK(registered.has_online_directory(unassigned_directory));
    CHECK(registered.default_directory() == unassigned_directory);
    BrokerRegistrationChangeRecord failed;
    failed.broker = BrokerId{1};
    failed.broker_epoch = BrokerEpoch{0};
    failed.log_dirs = std::vector<DirectoryId>{{5, 1}};
    image.apply(*batch(Offset{4}, {failed}));
    CHECK(image.broker(BrokerId{1})->default_directory() == DirectoryId{5, 1});
}
