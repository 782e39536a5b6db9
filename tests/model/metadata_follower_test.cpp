#include "model/server/metadata_follower.h"

#include <doctest/doctest.h>

#include "model/broker/metadata_requests.h"
#include "tests/model/bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

BatchRef batch(std::int64_t base, int epoch, std::vector<MetadataRecord> records = {NoOpRecord{}})
{
    return make_metadata_batch(std::move(records), {})->stamped(Offset{base}, Epoch{epoch});
}

RegisterBrokerRecord registration(int id, bool fenced = false)
{
    RegisterBrokerRecord record;
    record.broker = BrokerId{id};
    record.broker_epoch = BrokerEpoch{id};
    record.node = NodeId{static_cast<std::uint16_t>(id)};
    record.fenced = fenced;
    return record;
}

MetadataFollower::Config config()
{
    MetadataFollower::Config config;
    config.broker = BrokerId{1};
    config.controller = NodeId{9};
    return config;
}

// A follower on a bench; the test is the controller.
struct Follower : test::Bench {
    Follower() : follower(config()) { start(); }

    void start()
    {
        timers.clear();
        sent.clear();
        exited = false;
        follower = MetadataFollower(config());
        follower.start(env(), out);
        carry_out();
        follower.on_connected(env(), connects.back(), out);
        carry_out();
    }
    FetchPartition wanted() const
    {
        REQUIRE_FALSE(sent.empty());
        return std::get<FetchRequest>(sent.back().message).partitions[0];
    }
    std::optional<MetadataDelta> answer(FetchPartitionResponse partition)
    {
        REQUIRE_FALSE(sent.empty());
        test::SentRequest const request = sent.back();
        FetchResponse response;
        response.partitions.push_back(std::move(partition));
        std::optional<MetadataDelta> delta =
            follower.on_response(env(), request.peer, request.correlation, response, out);
        carry_out();
        return delta;
    }
    std::optional<MetadataDelta> bring(int epoch, std::int64_t high_watermark,
                                       std::vector<BatchRef> batches)
    {
        FetchPartitionResponse partition;
        partition.current_leader = LeaderHint{BrokerId{3000}, Epoch{epoch}};
        partition.high_watermark = Offset{high_watermark};
        partition.batches = std::move(batches);
        return answer(std::move(partition));
    }
    std::optional<MetadataDelta> refuse(Error error, int epoch)
    {
        FetchPartitionResponse partition;
        partition.error = error;
        partition.current_leader = LeaderHint{BrokerId{3000}, Epoch{epoch}};
        return answer(std::move(partition));
    }
    void run(Duration length)
    {
        Instant const end = now + length;
        while (std::optional<Timer> const due = next_timer(end)) {
            now = timers[*due];
            timers.erase(*due);
            follower.on_timer(env(), *due, out);
            carry_out();
        }
        now = end;
    }

    MetadataFollower follower;
};

}  // namespace

TEST_CASE("metadata follower: it learns the epoch by being fenced, then reads on without a pause")
{
    Follower broker;
    CHECK(broker.wanted().current_leader_epoch == no_epoch);
    CHECK(broker.wanted().fetch_offset == Offset{0});
    broker.refuse(Error::fenced_leader_epoch, 4);
    CHECK(broker.wanted().current_leader_epoch == Epoch{4});
    std::optional<MetadataDelta> const delta =
        broker.bring(4, 3, {batch(0, 1), batch(1, 4, {registration(1), registration(2)})});
    REQUIRE(delta);
    CHECK(delta->from == Offset{0});
    CHECK(delta->to == Offset{3});
    CHECK(delta->brokers.size() == 2);
    CHECK(broker.follower.last_applied() == Offset{2});
    CHECK(broker.follower.image().brokers().size() == 2);
    CHECK(broker.wanted().fetch_offset == Offset{3});
    CHECK(broker.wanted().last_fetched_epoch == Epoch{4});
}

TEST_CASE("metadata follower: only what is committed is applied; nothing is flushed")
{
    Follower broker;
    broker.refuse(Error::fenced_leader_epoch, 1);
    CHECK_FALSE(broker.bring(1, -1, {batch(0, 1)}));
    CHECK(broker.follower.last_applied() == no_offset);
    CHECK(broker.follower.log().end_offset() == Offset{1});
    std::optional<MetadataDelta> const delta = broker.bring(1, 1, {batch(1, 1)});
    REQUIRE(delta);
    CHECK(delta->to == Offset{1});
    CHECK(broker.follower.last_applied() == Offset{0});
    CHECK(broker.disk.durable_size(broker.now, broker.follower.log().file()) == 0);
}

TEST_CASE(
    "metadata follower: what was fetched already and what is of a later epoch is not appended")
{
    Follower broker;
    broker.refuse(Error::fenced_leader_epoch, 1);
    broker.bring(1, 2, {batch(0, 1), batch(1, 1)});
    FetchPartitionResponse odd;
    odd.high_watermark = Offset{9};
    odd.batches = {batch(1, 1), batch(2, 7)};
    CHECK_FALSE(broker.answer(odd));
    CHECK(broker.follower.log().end_offset() == Offset{2});
    CHECK(broker.follower.epoch() == Epoch{1});
}

TEST_CASE(
    "metadata follower: a restart begins with its own copy, applied as far as the controller says")
{
    Follower broker;
    broker.refuse(Error::fenced_leader_epoch, 2);
    broker.bring(2, 2, {batch(0, 1), batch(1, 2, {registration(1)})});
    broker.start();
    CHECK(broker.follower.log().end_offset() == Offset{2});
    CHECK(broker.follower.image().brokers().empty());
    CHECK(broker.wanted().fetch_offset == Offset{2});
    CHECK(broker.wanted().current_leader_epoch == Epoch{2});
    std::optional<MetadataDelta> const delta = broker.bring(2, 3, {batch(2, 2)});
    REQUIRE(delta);
    CHECK(delta->from == Offset{0});
    CHECK(broker.follower.image().brokers().size() == 1);

    broker.disk.lose_power(broker.now, broker.chance, sim::PowerLoss::lose_unsynced);
    broker.start();
    CHECK(broker.wanted().fetch_offset == Offset{0});
}

TEST_CASE("metadata follower: it cuts its copy where the controller's log parts from it (KIP-595)")
{
    struct Row {
        char const* what;
        EpochAndOffset diverging;
        std::int64_t end;
    };
    // Own copy: epoch 1 [0, 2), epoch 2 [2, 3), epoch 4 [3, 5); nothing known to be committed.
    Row const rows[] = {
        {"the same epoch ends earlier there", {Epoch{4}, Offset{4}}, 4},
        {"the same epoch ends earlier here", {Epoch{2}, Offset{4}}, 3},
        {"an epoch that is not known here", {Epoch{3}, Offset{4}}, 3},
        {"nothing in common", {Epoch{0}, Offset{0}}, 0},
    };
    for (Row const& row : rows) {
        CAPTURE(row.what);
        Follower broker;
        broker.refuse(Error::fenced_leader_epoch, 5);
        broker.bring(5, -1, {batch(0, 1), batch(1, 1), batch(2, 2), batch(3, 4), batch(4, 4)});
        FetchPartitionResponse parted;
        parted.high_watermark = Offset{5};
        parted.diverging_epoch = row.diverging;
        CHECK_FALSE(broker.answer(parted));
        CHECK(broker.follower.log().end_offset() == Offset{row.end});
        CHECK(broker.wanted().fetch_offset == Offset{row.end});
        // Also on disk; and a high watermark that came with it counts for nothing.
        CHECK(broker.disk.extents(broker.follower.log().file()).size() ==
              static_cast<std::size_t>(row.end));
        CHECK(broker.follower.last_applied() == no_offset);
    }
}

TEST_CASE("metadata follower: to undo what was committed is fatal (KAFKA-12460)")
{
    Follower broker;
    broker.refuse(Error::fenced_leader_epoch, 1);
    broker.bring(1, 2, {batch(0, 1), batch(1, 1)});
    FetchPartitionResponse parted;
    parted.diverging_epoch = EpochAndOffset{Epoch{1}, Offset{1}};
    broker.answer(parted);
    CHECK(broker.exited);
    CHECK(broker.follower.log().end_offset() == Offset{2});
}

TEST_CASE("metadata follower: errors wait 20 ms, lost connections come back, silence ends them")
{
    Follower broker;
    std::size_t const before = broker.sent.size();
    broker.refuse(Error::unknown_leader_epoch, -1);
    CHECK(broker.sent.size() == before);
    broker.run(20_ms);
    CHECK(broker.sent.size() == before + 1);

    std::size_t const connects = broker.connects.size();
    broker.run(2_s);  // The request has had no answer.
    broker.run(60_ms);
    CHECK(broker.connects.size() == connects + 1);
    broker.follower.on_connected(broker.env(), broker.connects.back(), broker.out);
    broker.carry_out();
    CHECK(broker.sent.size() == before + 2);
}

TEST_CASE("metadata requests: a client hears of live brokers, topics it asked for, and who leads")
{
    MetadataImage image;
    PartitionRecord led;
    led.partition = {TopicId{1}, 0};
    led.replicas = {BrokerId{1}, BrokerId{2}};
    led.isr = {BrokerId{1}};
    led.leader = BrokerId{1};
    led.leader_epoch = Epoch{3};
    PartitionRecord offline = led;
    offline.partition.partition = 1;
    offline.leader = no_broker;
    PartitionRecord led_by_fenced = led;
    led_by_fenced.partition.partition = 2;
    led_by_fenced.leader = BrokerId{2};
    image.apply(*batch(0, 1,
                       {registration(1), registration(2, true), TopicRecord{"orders", TopicId{1}},
                        led, offline, led_by_fenced}));
    MetadataRequest request;
    request.topics = {"orders", "nowhere"};
    MetadataResponse const response = answer_metadata(image, request);
    REQUIRE(response.brokers.size() == 1);
    CHECK(response.brokers[0].broker == BrokerId{1});
    REQUIRE(response.topics.size() == 2);
    MetadataTopic const& orders = response.topics[0];
    CHECK(orders.error == Error::none);
    REQUIRE(orders.partitions.size() == 3);
    CHECK(orders.partitions[0].leader == BrokerId{1});
    CHECK(orders.partitions[0].leader_epoch == Epoch{3});
    CHECK(orders.partitions[0].error == Error::none);
    CHECK(orders.partitions[1].error == Error::leader_not_available);
    CHECK(orders.partitions[2].error == Error::leader_not_available);
    CHECK(orders.partitions[2].leader == no_broker);
    CHECK(response.topics[1].error == Error::unknown_topic_or_partition);
    CHECK(answer_metadata(image, {}).topics.empty());
}
