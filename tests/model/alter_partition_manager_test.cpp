// ISR proposals on their way to the controller.
#include "model/replica/alter_partition_manager.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

constexpr TopicPartition orders_1{orders, 1};

Peer controller() { return {NodeId{0}, static_cast<std::uint8_t>(Channel::alter_partition)}; }

AlterPartitionResponse decided(Error error, std::vector<int> const& isr, int partition_epoch,
                               TopicPartition partition = orders_0)
{
    AlterPartitionResponse response;
    response.partitions.push_back(
        {partition, error, BrokerId{1}, Epoch{0}, brokers(isr), PartitionEpoch{partition_epoch}});
    return response;
}

// A leader alone in sync that has proposed to take 2 in.
void propose_two(Bench& bench, TopicPartition partition = orders_0)
{
    bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms, .partition = partition});
}

std::vector<BrokerId> isr(Bench const& bench) { return bench.partition().leader_role()->isr; }

}  // namespace

TEST_CASE("an accepted proposal is the ISR, at the controller's partition epoch")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    bench.respond(decided(Error::none, {1, 2}, 1));
    CHECK(isr(bench) == brokers({1, 2}));
    CHECK(bench.partition().partition_epoch() == PartitionEpoch{1});
    CHECK_FALSE(bench.partition().leader_role()->pending);
    CHECK(bench.seen<IsrExpanded>()->isr == brokers({1, 2}));
    // The metadata that follows says the same and changes nothing.
    bench.observations.clear();
    bench.apply({.partition_epoch = 1, .isr = {1, 2}});
    CHECK_FALSE(bench.seen<IsrExpanded>());
}

TEST_CASE("an answer with an equal partition epoch completes the proposal, too (KAFKA-12751)")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    bench.respond(decided(Error::none, {1}, 0));
    CHECK_FALSE(bench.partition().leader_role()->pending);
    CHECK(isr(bench) == brokers({1}));
}

TEST_CASE("an ineligible follower is taken back, and proposed again when it fetches again")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    bench.respond(decided(Error::ineligible_replica, {}, -1));
    CHECK_FALSE(bench.partition().leader_role()->pending);
    CHECK_FALSE(bench.partition().leader_role()->find(BrokerId{2})->in_maximal_isr);
    CHECK(bench.sent.empty());
    propose_two(bench);
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("after INVALID_UPDATE_VERSION the proposal counts until metadata comes")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    bench.respond(decided(Error::invalid_update_version, {}, -1));
    CHECK(bench.partition().leader_role()->pending);
    bench.produce(1, BatchSpec{});
    CHECK(bench.log().high_watermark() == Offset{0});
    CHECK(bench.sent.empty());
    CHECK(bench.partition().leader_role()->maximal_isr_size() == 2);
    bench.apply({.partition_epoch = 3, .isr = {1}});
    CHECK_FALSE(bench.partition().leader_role()->pending);
    CHECK(bench.partition().leader_role()->maximal_isr_size() == 1);
}

TEST_CASE("one request at a time; what is proposed meanwhile goes together in the next")
{
    Bench bench(1);
    std::vector<PartitionState> states;
    for (int i = 0; i < 3; ++i)
        states.push_back(state({.partition = {orders, i}, .isr = {1}}));
    bench.apply_all(states);
    for (int i = 0; i < 3; ++i)
        propose_two(bench, {orders, i});
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<AlterPartitionRequest>().partitions.size() == 1);
    bench.respond(decided(Error::none, {1, 2}, 1));
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<AlterPartitionRequest>().partitions.size() == 2);
    // What an answer leaves out goes again.
    bench.respond(decided(Error::none, {1, 2}, 1, orders_1));
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<AlterPartitionRequest>().partitions[0].partition ==
          TopicPartition{orders, 2});
}

TEST_CASE("an error of the whole request: the same proposals again after 50 ms")
{
    for (Error const error : {Error::stale_broker_epoch, Error::not_controller}) {
        CAPTURE(to_string(error));
        Bench bench(1);
        bench.apply({.isr = {1}});
        propose_two(bench);
        AlterPartitionResponse response;
        response.error = error;
        bench.respond(response);
        CHECK(bench.sent.empty());
        bench.pass(49_ms);
        CHECK(bench.sent.empty());
        bench.pass(1_ms);
        REQUIRE(bench.sent.size() == 1);
        CHECK(bench.sent_as<AlterPartitionRequest>().partitions.size() == 1);
    }
}

TEST_CASE("a lost connection: the same proposals again, by the next connection")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    bench.sent.clear();
    bench.disconnect(controller());
    CHECK(bench.sent.empty());
    bench.pass(60_ms);
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<AlterPartitionRequest>().partitions.size() == 1);
}

TEST_CASE("an answer to a proposal that metadata has overtaken is not taken for a newer one "
          "(KAFKA-12686)")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    bench.apply({.partition_epoch = 5, .isr = {1}});
    // The first proposal is still on its way, so a second is not made.
    propose_two(bench);
    CHECK_FALSE(bench.partition().leader_role()->pending);
    CHECK(bench.sent.size() == 1);
    bench.respond(decided(Error::invalid_update_version, {}, -1));
    CHECK_FALSE(bench.partition().leader_role()->pending);
    propose_two(bench);
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<AlterPartitionRequest>().partitions[0].partition_epoch ==
          PartitionEpoch{5});
}

TEST_CASE("an error nobody knows what to do with: the same proposal again")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    propose_two(bench);
    auto const first = bench.sent_as<AlterPartitionRequest>().partitions;
    bench.respond(decided(Error::unknown_server_error, {}, -1));
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<AlterPartitionRequest>().partitions == first);
    bench.respond(decided(Error::none, {1, 2}, 1));
    CHECK(isr(bench) == brokers({1, 2}));
}
