// The follower side: whom it fetches from, when it waits, and how two brokers come to the same log.
#include "model/replica/replica_fetcher.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

constexpr TopicPartition orders_1{orders, 1};

Peer peer(int node)
{
    return {NodeId{static_cast<std::uint16_t>(node)},
            static_cast<std::uint8_t>(Channel::replica_fetcher)};
}

FetchResponse answer(Error error, TopicPartition partition = orders_0)
{
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = partition;
    part.error = error;
    part.high_watermark = Offset{0};
    return response;
}

// Carries one request of the follower to the leader and the answer back. False when it waits there.
bool carry(Bench& from, Bench& to)
{
    if (from.sent.empty())
        return false;
    RequestId id;
    if (auto const* fetch = std::get_if<FetchRequest>(&from.sent[0].message)) {
        FetchRequest hasty = *fetch;
        hasty.max_wait = 0_ms;
        id = to.fetch(hasty);
        from.respond(std::get<FetchResponse>(*to.reply_to(id).message));
    } else if (auto const* offsets = std::get_if<ListOffsetsRequest>(&from.sent[0].message)) {
        ListOffsetsResponse response;
        response.partitions.push_back(
            to.list_offsets(from.env.self.value, offsets->partitions[0].timestamp,
                            offsets->partitions[0].current_leader_epoch.value));
        from.respond(response);
    } else {
        return false;
    }
    return true;
}

std::vector<std::pair<std::int64_t, std::uint64_t>> content(Bench const& bench)
{
    std::vector<std::pair<std::int64_t, std::uint64_t>> records;
    for (std::size_t i = 0; i < bench.log().batch_count(); ++i)
        records.emplace_back(bench.log().batch(i)->base_offset.value,
                             bench.log().batch(i)->first_number);
    return records;
}

}  // namespace

TEST_CASE("one connection and one request for all partitions of a leader")
{
    Bench bench(3);
    bench.apply_all({state({.leader = 1}), state({.partition = orders_1, .leader = 1}),
                     state({.partition = {orders, 2}, .leader = 2})});
    REQUIRE(bench.sent.size() == 2);
    CHECK(bench.sent[0].peer == peer(1));
    CHECK(bench.sent_as<FetchRequest>(0).partitions.size() == 2);
    CHECK(bench.sent[1].peer == peer(2));
    CHECK(bench.sent_as<FetchRequest>(1).partitions.size() == 1);
    CHECK(bench.sent_as<FetchRequest>(0).max_wait == 500_ms);
}

TEST_CASE("a partition that comes while a fetch is under way is asked for in the next one")
{
    Bench bench(3);
    bench.apply({.leader = 1});
    bench.apply({.partition = orders_1, .leader = 1});
    REQUIRE(bench.sent.size() == 1);
    bench.respond(answer(Error::none));
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<FetchRequest>().partitions.size() == 2);
}

TEST_CASE("after a lost connection the leader's partitions wait replica.fetch.backoff.ms")
{
    Bench bench(2);
    bench.apply({.leader = 1});
    bench.sent.clear();
    bench.disconnect(peer(1));
    bench.pass(999_ms);
    CHECK(bench.sent.empty());
    CHECK(bench.connected.size() == 1);
    bench.pass(1_ms);
    CHECK(bench.connected.size() == 2);
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("a leader that does not answer within replica.socket.timeout.ms is left and tried again")
{
    Bench bench(2);
    bench.apply({.leader = 1});
    bench.sent.clear();
    bench.pass(30_s);
    CHECK(bench.noted("no answer from the leader 1"));
    CHECK(bench.sent.empty());
    bench.pass(1_s);
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("a partition with an error backs off alone")
{
    for (Error const error : {Error::not_leader_or_follower, Error::unknown_leader_epoch,
                              Error::unknown_topic_id, Error::kafka_storage_error}) {
        CAPTURE(to_string(error));
        Bench bench(3);
        bench.apply_all({state({.leader = 1}), state({.partition = orders_1, .leader = 1})});
        FetchResponse response = answer(error);
        response.partitions.push_back(answer(Error::none, orders_1).partitions[0]);
        bench.respond(response);
        REQUIRE(bench.sent_as<FetchRequest>().partitions.size() == 1);
        CHECK(bench.sent_as<FetchRequest>().partitions[0].partition == orders_1);
        bench.pass(1_s);
        bench.respond(answer(Error::none, orders_1));
        CHECK(bench.sent_as<FetchRequest>().partitions.size() == 2);
    }
}

TEST_CASE("fenced in its own epoch, a follower waits for metadata and not for time")
{
    Bench bench(2);
    bench.apply({.leader = 1, .epoch = 1});
    bench.respond(answer(Error::fenced_leader_epoch));
    bench.pass(600_s);
    CHECK(bench.sent.empty());
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<FetchRequest>().partitions[0].current_leader_epoch == Epoch{2});
}

TEST_CASE("an answer to a fetch in an older epoch is not used (KAFKA-7786)")
{
    Bench bench(2);
    bench.apply({.leader = 1, .epoch = 1});
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
    bench.respond(answer(Error::fenced_leader_epoch));
    CHECK_FALSE(bench.partition().follower_role()->failed);
    CHECK(bench.sent_as<FetchRequest>().partitions[0].current_leader_epoch == Epoch{2});
    bench.apply({.leader = 1, .epoch = 3, .partition_epoch = 2});
    FetchResponse old = answer(Error::none);
    old.partitions[0].batches = {batch_at(0, 2)};
    bench.respond(old);
    CHECK(bench.log().end() == Offset{0});
}

TEST_CASE("an answer that comes after becoming leader changes nothing (KAFKA-13207)")
{
    Bench bench(2);
    bench.apply({.leader = 1, .epoch = 1});
    auto const request = bench.take_sent();
    bench.apply({.leader = 2, .epoch = 2, .partition_epoch = 1});
    FetchResponse late = answer(Error::none);
    late.partitions[0].diverging_epoch = EpochAndOffset{Epoch{0}, Offset{0}};
    late.partitions[0].batches = {batch_at(0, 1)};
    bench.manager.on_response(bench.env, request.peer, request.correlation, late, bench.out);
    CHECK(bench.log().end() == Offset{0});
    CHECK(bench.out.wishes().empty());
}

TEST_CASE("a follower without a leader fetches from nobody")
{
    Bench bench(2);
    bench.apply({.leader = -1, .epoch = 1});
    CHECK(bench.connected.empty());
    CHECK(bench.noted("nobody leads in epoch 1"));
    bench.apply({.leader = 3, .epoch = 2, .partition_epoch = 1});
    CHECK(bench.sent.at(0).peer == peer(3));
}

TEST_CASE("a leader whose address is not known yet is fetched from when it is")
{
    Bench bench(2);
    bench.set_brokers({});
    bench.apply({.leader = 1});
    CHECK(bench.connected.empty());
    bench.set_brokers(three_brokers());
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("a partition that got records lets the others go first")
{
    Bench bench(3);
    bench.apply_all({state({.leader = 1}), state({.partition = orders_1, .leader = 1})});
    FetchResponse response = answer(Error::none);
    response.partitions[0].batches = {batch_at(0, 0)};
    response.partitions.push_back(answer(Error::none, orders_1).partitions[0]);
    bench.respond(response);
    CHECK(bench.sent_as<FetchRequest>().partitions[0].partition == orders_1);
    CHECK(bench.sent_as<FetchRequest>().partitions[1].partition == orders_0);
}

TEST_CASE("a follower ahead of its leader asks for the end and cuts there")
{
    Bench bench(2);
    bench.apply({.leader = 2, .epoch = 1, .isr = {2}});
    bench.produce(1, BatchSpec{.records = 2});
    bench.produce(1, BatchSpec{.records = 3});
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
    bench.respond(answer(Error::offset_out_of_range));
    auto const& asked = bench.sent_as<ListOffsetsRequest>();
    CHECK(asked.replica == BrokerId{2});
    CHECK(asked.partitions[0].timestamp == -1);
    CHECK(asked.partitions[0].current_leader_epoch == Epoch{2});
    ListOffsetsResponse end;
    end.partitions.push_back({orders_0, Error::none, Offset{2}, Epoch{2}});
    bench.respond(end);
    CHECK(bench.log().end() == Offset{2});
    CHECK(bench.sent_as<FetchRequest>().partitions[0].fetch_offset == Offset{2});
}

TEST_CASE("out of range, but the leader has grown meanwhile: the log is kept (KAFKA-2143)")
{
    Bench bench(2);
    bench.apply({.leader = 2, .epoch = 1, .isr = {2}});
    bench.produce(1, BatchSpec{.records = 5});
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
    bench.respond(answer(Error::offset_out_of_range));
    ListOffsetsResponse offsets;
    offsets.partitions.push_back({orders_0, Error::none, Offset{9}, Epoch{2}});
    bench.respond(offsets);
    CHECK(bench.sent_as<ListOffsetsRequest>().partitions[0].timestamp == -2);
    SUBCASE("the leader starts before our end")
    {
        offsets.partitions[0].offset = Offset{0};
        bench.respond(offsets);
        CHECK(bench.log().end() == Offset{5});
    }
    SUBCASE("the leader starts after our end")
    {
        offsets.partitions[0].offset = Offset{7};
        bench.respond(offsets);
        CHECK(bench.log().start() == Offset{7});
        CHECK(bench.log().batch_count() == 0);
    }
    CHECK(bench.sent_as<FetchRequest>().partitions[0].fetch_offset == bench.log().end());
}

TEST_CASE("two brokers that led one after the other end with the same log (KIP-279)")
{
    // 1 leads epoch 1: m0 reaches both, m1 only 1. 2 leads epoch 2: x1. 1 leads epoch 3.
    StateSpec spec{.leader = 1, .epoch = 1, .replicas = {1, 2}, .isr = {1, 2}};
    Bench one(1);
    Bench two(2);
    auto const lead = [&](int leader, int epoch) {
        spec.leader = leader;
        spec.epoch = epoch;
        spec.partition_epoch = epoch;
        one.apply(spec);
        two.apply(spec);
    };
    lead(1, 1);
    one.produce(1, BatchSpec{.first = 100});
    REQUIRE(carry(two, one));
    one.produce(1, BatchSpec{.first = 101});
    lead(2, 2);
    two.produce(1, BatchSpec{.first = 201});
    one.sent.clear();
    two.sent.clear();
    lead(1, 3);
    CHECK(content(two) == decltype(content(two)){{0, 100}, {1, 201}});
    for (int i = 0; i < 6 && carry(two, one); ++i) {
    }
    CHECK(content(one) == decltype(content(one)){{0, 100}, {1, 101}});
    CHECK(content(two) == content(one));
    one.produce(1, BatchSpec{.first = 102});
    for (int i = 0; i < 3; ++i)
        carry(two, one);
    CHECK(content(two) == content(one));
    CHECK(two.log().epochs().entries() == one.log().epochs().entries());
    CHECK(one.log().high_watermark() == Offset{3});
}

TEST_CASE("before KIP-101 a restart of the follower loses an acknowledged record (KAFKA-1211)")
{
    for (Truncation const rule : {Truncation::high_watermark, Truncation::kip_320}) {
        bool const old = rule == Truncation::high_watermark;
        CAPTURE(old);
        StateSpec spec{.leader = 1, .epoch = 1, .replicas = {1, 2}, .isr = {1, 2}};
        Bench one(1, broker_config(), {rule});
        Bench two(2, broker_config(), {rule});
        one.apply(spec);
        two.apply(spec);
        auto const acked = one.produce(-1, BatchSpec{.first = 7});
        carry(two, one);
        // The next fetch moves the leader's high watermark; its answer is lost with the follower.
        CHECK(one.log().high_watermark() == Offset{0});
        one.fetch(two.sent_as<FetchRequest>());
        CHECK(one.produced(acked).error == Error::none);
        two.restart(LastShutdown::unclean);
        two.apply(spec);
        // The leader crashes before the follower fetches again.
        spec = {.leader = 2, .epoch = 2, .partition_epoch = 1, .replicas = {1, 2}, .isr = {2}};
        two.apply(spec);
        CHECK(two.log().end() == Offset{old ? 0 : 1});
    }
}
