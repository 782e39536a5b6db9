// A broker tells the controller where its replicas are, until the controller has taken it.
#include "model/broker/directory_assignments.h"

#include <doctest/doctest.h>

#include "tests/model/bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

constexpr TopicPartition orders(std::int32_t partition) { return {TopicId{1}, partition}; }
constexpr DirectoryId d0{1, 100};
constexpr DirectoryId d1{1, 101};

// An image in which broker 1 has replicas of the first two partitions of a topic, of three.
MetadataImage image()
{
    std::vector<MetadataRecord> records;
    RegisterBrokerRecord broker;
    broker.broker = BrokerId{1};
    broker.broker_epoch = BrokerEpoch{0};
    records.emplace_back(broker);
    records.emplace_back(TopicRecord{"orders", TopicId{1}});
    for (std::int32_t p = 0; p < 3; ++p) {
        PartitionRecord partition;
        partition.partition = orders(p);
        partition.replicas = {BrokerId{p < 2 ? 1 : 2}};
        partition.isr = partition.replicas;
        partition.leader = partition.replicas.front();
        records.emplace_back(partition);
    }
    MetadataImage made;
    made.apply(*make_metadata_batch(std::move(records), {})->stamped(Offset{0}, Epoch{1}));
    return made;
}

struct Assigner : test::Bench {
    Assigner() : assignments(BrokerId{1})
    {
        assignments.set_controller(env(), NodeId{9}, metadata, out);
        carry_out();
    }
    void assign(std::int32_t partition, DirectoryId directory)
    {
        assignments.assign(orders(partition), directory);
        assignments.send(env(), metadata, out);
        carry_out();
    }
    void connect()
    {
        assignments.on_connected(env(), connects.back(), metadata, out);
        carry_out();
    }
    AssignReplicasToDirsRequest asked() const
    {
        REQUIRE_FALSE(sent.empty());
        return std::get<AssignReplicasToDirsRequest>(sent.back().message);
    }
    void answer(Error error, std::vector<Error> errors = {})
    {
        test::SentRequest const request = sent.back();
        AssignReplicasToDirsResponse response{error, {}};
        std::vector<AssignedReplica> const replicas = asked().replicas;
        for (std::size_t i = 0; i < errors.size(); ++i)
            response.replicas.push_back({replicas[i].partition, replicas[i].directory, errors[i]});
        sent.clear();
        assignments.on_response(env(), request.peer, request.correlation, response, metadata, out);
        carry_out();
    }
    void pass(Duration time)
    {
        Instant const end = now + time;
        while (auto const due = next_timer(end)) {
            now = timers[*due];
            timers.erase(*due);
            assignments.on_timer(env(), *due, metadata, out);
            carry_out();
        }
        now = end;
    }

    MetadataImage metadata{image()};
    DirectoryAssignments assignments;
};

}  // namespace

TEST_CASE("what is waiting goes in one request, with the broker's epoch")
{
    Assigner broker;
    broker.assign(0, d0);
    broker.assign(1, d1);
    broker.assign(1, d0);
    CHECK(broker.sent.empty());
    broker.connect();
    REQUIRE(broker.sent.size() == 1);
    CHECK(broker.asked().broker_epoch == BrokerEpoch{0});
    CHECK(broker.asked().replicas ==
          std::vector<AssignedReplica>{{orders(0), d0}, {orders(1), d0}});
    broker.assign(0, d1);
    CHECK(broker.sent.size() == 1);  // One at a time.
    broker.answer(Error::none, {Error::none, Error::none});
    CHECK(broker.asked().replicas == std::vector<AssignedReplica>{{orders(0), d1}});
    broker.answer(Error::none, {Error::none});
    CHECK(broker.sent.empty());
    CHECK(broker.assignments.waiting() == 0);
}

TEST_CASE("a replica that is not this broker's any more is not told of")
{
    Assigner broker;
    broker.assign(2, d0);
    broker.assign(0, d0);
    broker.connect();
    CHECK(broker.asked().replicas == std::vector<AssignedReplica>{{orders(0), d0}});
}

TEST_CASE("what the controller does not take is told again, later and later")
{
    Assigner broker;
    broker.assign(0, d0);
    broker.connect();
    broker.answer(Error::stale_broker_epoch);
    CHECK(broker.sent.empty());
    broker.pass(97_ms);
    CHECK(broker.sent.empty());
    broker.pass(6_ms);
    REQUIRE(broker.sent.size() == 1);
    broker.answer(Error::stale_broker_epoch);
    broker.pass(190_ms);
    CHECK(broker.sent.empty());
    broker.pass(20_ms);
    REQUIRE(broker.sent.size() == 1);
    // One that is refused by itself goes again, too, and so does one that the answer forgets.
    broker.answer(Error::none, {Error::unknown_topic_id});
    broker.pass(200_ms);
    REQUIRE(broker.sent.size() == 1);
    broker.answer(Error::none);
    broker.pass(200_ms);
    REQUIRE(broker.sent.size() == 1);
    broker.answer(Error::none, {Error::none});
    broker.pass(10_s);
    CHECK(broker.sent.empty());
}

TEST_CASE("a lost connection loses no assignment, and a newer one of the same replica wins")
{
    Assigner broker;
    broker.assign(0, d0);
    broker.connect();
    broker.assignments.assign(orders(0), d1);
    broker.assignments.on_disconnected(broker.env(), broker.connects.back(), broker.metadata,
                                       broker.out);
    broker.sent.clear();
    broker.carry_out();
    broker.pass(200_ms);
    broker.assignments.set_controller(broker.env(), NodeId{9}, broker.metadata, broker.out);
    broker.carry_out();
    broker.connect();
    CHECK(broker.asked().replicas == std::vector<AssignedReplica>{{orders(0), d1}});
}
