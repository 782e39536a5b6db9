// Requests as a broker answers them: produce, fetch, list offsets; waiting; start and shutdown.
#include "model/replica/replica_manager.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

namespace {

constexpr TopicPartition orders_1{orders, 1};

FetchResponse fetch_response(Bench const& bench, RequestId id)
{
    return std::get<FetchResponse>(*bench.reply_to(id).message);
}

}  // namespace

// -- Produce ----------------------------------------------------------------------------------
TEST_CASE("acks=1 is answered after the leader's append, acks=all when all in sync have it")
{
    Bench bench(1);
    bench.apply({});
    auto const one = bench.produce(1, BatchSpec{.records = 2});
    CHECK(bench.produced(one).error == Error::none);
    CHECK(bench.produced(one).base_offset == Offset{0});
    auto const all = bench.produce(-1, BatchSpec{.records = 3});
    CHECK_FALSE(bench.answered(all));
    bench.fetch({.replica = 2, .from = 5});
    CHECK_FALSE(bench.answered(all));
    bench.fetch({.replica = 3, .from = 5});
    CHECK(bench.produced(all).error == Error::none);
    CHECK(bench.produced(all).base_offset == Offset{2});
    CHECK(bench.manager.delayed_produces() == 0);
}

TEST_CASE("acks=all with nobody else in sync is answered at once")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    CHECK(bench.produced(bench.produce(-1, BatchSpec{})).error == Error::none);
    CHECK(bench.log().high_watermark() == Offset{1});
}

TEST_CASE("acks=0 gets no answer, and a closed connection when it fails")
{
    Bench bench(1);
    bench.apply({});
    auto const done = bench.reply_to(bench.produce(0, BatchSpec{}));
    CHECK_FALSE(done.message);
    CHECK_FALSE(done.hung_up);
    bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 1});
    CHECK(bench.reply_to(bench.produce(0, BatchSpec{})).hung_up);
}

TEST_CASE("other acks than -1, 0 and 1 are refused")
{
    Bench bench(1);
    bench.apply({});
    CHECK(bench.produced(bench.produce(2, BatchSpec{})).error == Error::invalid_required_acks);
    CHECK(bench.log().end() == Offset{0});
}

TEST_CASE("too few in sync: acks=all is refused before the append, acks=1 is not")
{
    Bench bench(1);
    bench.apply({.isr = {1}, .min_isr = 2});
    CHECK(bench.produced(bench.produce(-1, BatchSpec{})).error == Error::not_enough_replicas);
    CHECK(bench.log().end() == Offset{0});
    CHECK(bench.noted("fewer than min.insync.replicas 2"));
    CHECK(bench.produced(bench.produce(1, BatchSpec{})).error == Error::none);
    CHECK(bench.log().end() == Offset{1});
}

TEST_CASE("min.insync.replicas counts no more than there are replicas")
{
    Bench bench(1);
    bench.apply({.replicas = {1}, .isr = {1}, .min_isr = 3});
    CHECK(bench.produced(bench.produce(-1, BatchSpec{})).error == Error::none);
}

TEST_CASE("an ISR that falls below min.insync.replicas leaves a waiting produce to its timeout")
{
    Bench bench(1);
    bench.apply({.isr = {1, 2}});
    auto const id = bench.produce(-1, BatchSpec{});
    bench.manager.on_topic_config(bench.env, orders, topic_config(3), bench.out);
    bench.fetch({.replica = 2, .from = 1, .max_wait = 0_ms});
    CHECK(bench.log().high_watermark() == Offset{0});  // KAFKA-15583
    CHECK_FALSE(bench.answered(id));
    bench.pass(30_s);
    CHECK(bench.produced(id).error == Error::request_timed_out);
}

TEST_CASE("replicated, but in too few when it is decided: NOT_ENOUGH_REPLICAS_AFTER_APPEND")
{
    Bench bench(1);
    PartitionState registration = state({.isr = {1, 2}});
    registration.topic.flush_messages = 1;
    bench.apply_all({registration});
    auto const id = bench.produce(-1, BatchSpec{});
    bench.fetch({.replica = 2, .from = 1, .max_wait = 0_ms});
    CHECK(bench.log().high_watermark() == Offset{1});
    CHECK_FALSE(bench.answered(id));  // Its flush is not done.
    bench.manager.on_topic_config(bench.env, orders, topic_config(3), bench.out);
    bench.tell_flushed();
    CHECK(bench.produced(id).error == Error::not_enough_replicas_after_append);
    CHECK(bench.produced(id).base_offset == no_offset);
    CHECK(bench.log().end() == Offset{1});
}

TEST_CASE("an acks=all produce that is not replicated in time stays in the log (REQUEST_TIMED_OUT)")
{
    Bench bench(1);
    bench.apply({});
    auto const id = bench.produce(-1, BatchSpec{}, 10_s);
    bench.pass(9999_ms);
    CHECK_FALSE(bench.answered(id));
    bench.pass(1_ms);
    CHECK(bench.produced(id).error == Error::request_timed_out);
    CHECK(bench.produced(id).base_offset == no_offset);
    CHECK(bench.log().end() == Offset{1});
    CHECK(bench.manager.delayed_produces() == 0);
}

TEST_CASE("a produce waits for each of its partitions, and times out only for those that are late")
{
    Bench bench(1);
    bench.apply_all({state({}), state({.partition = orders_1})});
    auto const id = bench.produce(-1, {{orders_0, batch({})}, {orders_1, batch({})}}, 10_s);
    for (int replica : {2, 3})
        bench.fetch({.replica = replica, .from = 1, .max_wait = 0_ms});
    CHECK_FALSE(bench.answered(id));
    bench.pass(10_s);
    CHECK(bench.produced(id, 0).error == Error::none);
    CHECK(bench.produced(id, 1).error == Error::request_timed_out);
}

TEST_CASE("a leader that loses its leadership answers who waits, and says who leads (KIP-951)")
{
    Bench bench(1);
    bench.apply({});
    auto const waits = bench.produce(-1, BatchSpec{});
    bench.apply({.leader = 3, .epoch = 1, .partition_epoch = 1});
    CHECK(bench.produced(waits).error == Error::not_leader_or_follower);
    CHECK(bench.produced(waits).current_leader == LeaderHint{BrokerId{3}, Epoch{1}});
    auto const later = bench.produce(-1, BatchSpec{});
    CHECK(bench.produced(later).error == Error::not_leader_or_follower);
    CHECK(bench.produced(later).current_leader == LeaderHint{BrokerId{3}, Epoch{1}});
}

TEST_CASE("a partition nobody knows is told apart from one led elsewhere")
{
    struct Elsewhere final : Leaders {
        std::optional<LeaderHint> leader_of(TopicPartition) const override
        {
            return LeaderHint{BrokerId{3}, Epoch{8}};
        }
    };
    Bench bench(1);
    CHECK(bench.produced(bench.produce(1, BatchSpec{})).error == Error::unknown_topic_or_partition);
    ProduceRequest request;
    request.partitions.push_back({orders_0, batch({})});
    RequestId const id{77, 0, 0, NodeId{9}};
    bench.manager.on_produce(bench.env, id, request, Elsewhere{}, bench.out);
    auto const& response = std::get<ProduceResponse>(bench.out.messages().at(0));
    CHECK(response.partitions[0].error == Error::not_leader_or_follower);
    CHECK(response.partitions[0].current_leader == LeaderHint{BrokerId{3}, Epoch{8}});
}

TEST_CASE("an idempotent retry waits for the high watermark as its first copy does")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    BatchSpec const spec{.records = 2, .producer = ProducerId{5}, .sequence = 0};
    auto const first = bench.produce(-1, spec);
    auto const other = bench.produce(-1, BatchSpec{});
    auto const again = bench.produce(-1, spec);
    CHECK(bench.log().end() == Offset{3});
    CHECK_FALSE(bench.answered(again));
    bench.fetch({.replica = 2, .from = 2, .max_wait = 0_ms});
    CHECK(bench.produced(first).base_offset == Offset{0});
    CHECK(bench.produced(again).base_offset == Offset{0});
    CHECK_FALSE(bench.answered(other));
}

TEST_CASE("with flush.messages an acks=all produce waits for the flush, too")
{
    Bench bench(1);
    PartitionState registration = state({.replicas = {1, 2}, .isr = {1, 2}});
    registration.topic.flush_messages = 1;
    bench.apply_all({registration});
    auto const id = bench.produce(-1, BatchSpec{});
    bench.fetch({.replica = 2, .from = 1, .max_wait = 0_ms});
    CHECK(bench.log().high_watermark() == Offset{1});
    CHECK_FALSE(bench.answered(id));
    bench.tell_flushed();
    CHECK(bench.produced(id).error == Error::none);
}

// -- Fetch ------------------------------------------------------------------------------------
TEST_CASE("a follower's fetch waits for an append to one of its partitions, and only of those")
{
    Bench bench(1);
    bench.apply_all({state({}), state({.partition = orders_1})});
    auto const id = bench.fetch({.replica = 2, .from = 0});
    CHECK_FALSE(bench.answered(id));
    bench.produce(1, {{orders_1, batch({})}});
    CHECK_FALSE(bench.answered(id));
    bench.produce(1, BatchSpec{.records = 2});
    auto const response = fetch_response(bench, id);
    REQUIRE(response.partitions.size() == 1);
    CHECK(response.partitions[0].batches.size() == 1);
    CHECK(bench.manager.delayed_fetches() == 0);
}

TEST_CASE("a fetch that finds nothing is answered empty when max_wait is over")
{
    Bench bench(1);
    bench.apply({});
    auto const first = bench.fetch({.replica = 2, .from = 0, .max_wait = 500_ms});
    bench.pass(200_ms);
    auto const second = bench.fetch({.replica = 3, .from = 0, .max_wait = 500_ms});
    bench.pass(299_ms);
    CHECK_FALSE(bench.answered(first));
    bench.pass(1_ms);
    CHECK(fetch_response(bench, first).partitions[0].batches.empty());
    CHECK_FALSE(bench.answered(second));
    bench.pass(200_ms);
    CHECK(bench.answered(second));
}

TEST_CASE("a later fetch with less patience is answered first")
{
    Bench bench(1);
    bench.apply({});
    auto const patient = bench.fetch({.replica = 2, .from = 0, .max_wait = 10_s});
    auto const hasty = bench.fetch({.replica = 3, .from = 0, .max_wait = 100_ms});
    bench.pass(100_ms);
    CHECK(bench.answered(hasty));
    CHECK_FALSE(bench.answered(patient));
    bench.pass(9900_ms);
    CHECK(bench.answered(patient));
}

TEST_CASE("min_bytes are added up over the partitions of a fetch")
{
    Bench bench(1);
    bench.apply_all({state({}), state({.partition = orders_1})});
    FetchRequest request = Bench::fetch_request({.replica = 2, .min_bytes = 250});
    request.partitions.push_back(request.partitions[0]);
    request.partitions[1].partition = orders_1;
    auto const id = bench.fetch(request);
    bench.produce(1, BatchSpec{.size_bytes = 100});
    bench.produce(1, {{orders_1, batch({.size_bytes = 100})}});
    CHECK_FALSE(bench.answered(id));
    bench.produce(1, BatchSpec{.size_bytes = 100});
    auto const response = fetch_response(bench, id);
    CHECK(response.partitions[0].batches.size() == 2);
    CHECK(response.partitions[1].batches.size() == 1);
}

TEST_CASE("a consumer reads up to the high watermark and is woken by it, not by the append")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    auto const id = bench.fetch({.replica = -1, .from = 0});
    bench.produce(1, BatchSpec{});
    bench.produce(1, BatchSpec{});
    CHECK_FALSE(bench.answered(id));
    bench.fetch({.replica = 2, .from = 1, .max_wait = 0_ms});
    auto const response = fetch_response(bench, id);
    CHECK(response.partitions[0].batches.size() == 1);
    CHECK(response.partitions[0].high_watermark == Offset{1});
}

TEST_CASE("a follower's fetch is not answered because the high watermark moved (KAFKA-9952)")
{
    Bench bench(1);
    bench.apply({});
    bench.produce(1, BatchSpec{});
    auto const two = bench.fetch({.replica = 2, .from = 1});
    bench.fetch({.replica = 3, .from = 1, .max_wait = 0_ms});
    CHECK(bench.log().high_watermark() == Offset{1});
    CHECK_FALSE(bench.answered(two));
}

TEST_CASE("epochs are compared before anything else (KIP-320)")
{
    Bench bench(1);
    bench.apply({.epoch = 5});
    CHECK(bench.fetched({.replica = 2, .epoch = 4}).error == Error::fenced_leader_epoch);
    CHECK(bench.fetched({.replica = 2, .epoch = 6}).error == Error::unknown_leader_epoch);
    CHECK(bench.fetched({.replica = -1, .epoch = 4}).error == Error::fenced_leader_epoch);
    CHECK(bench.fetched({.replica = 2, .epoch = 4}).current_leader ==
          LeaderHint{BrokerId{1}, Epoch{5}});
    // A consumer that knows no epoch is not checked.
    CHECK(bench.fetched({.replica = -1, .epoch = -1, .max_wait = 0_ms}).error == Error::none);
    // A node that is no replica: its epoch is right, so it is its metadata that is ahead
    // (KAFKA-13837).
    CHECK(bench.fetched({.replica = 7, .epoch = 5}).error == Error::unknown_leader_epoch);
    CHECK(bench.fetched({.replica = 7, .epoch = -1}).error == Error::not_leader_or_follower);
}

TEST_CASE("a fetch that waits is answered when the epoch changes under it")
{
    Bench bench(1);
    bench.apply({.epoch = 5});
    auto const follower = bench.fetch({.replica = 2, .epoch = 5});
    auto const consumer = bench.fetch({.replica = -1, .epoch = 5});
    bench.apply({.leader = 2, .epoch = 6, .partition_epoch = 1});
    CHECK(fetch_response(bench, follower).partitions[0].error == Error::fenced_leader_epoch);
    CHECK(fetch_response(bench, consumer).partitions[0].error == Error::fenced_leader_epoch);
}

TEST_CASE("a consumer may read from a follower, up to the follower's high watermark (KIP-392)")
{
    Bench bench(2);
    bench.apply({.leader = 1});
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{1};
    part.batches = {batch_at(0, 0), batch_at(1, 0)};
    auto const waits = bench.fetch({.replica = -1, .from = 0});
    bench.respond(response);
    CHECK(fetch_response(bench, waits).partitions[0].batches.size() == 1);
    CHECK(bench.fetched({.replica = 3, .from = 0}).error == Error::not_leader_or_follower);
}

TEST_CASE("a leader tells a follower where their logs part, and does not count its position "
          "(KAFKA-13141)")
{
    Bench bench(1);
    bench.apply({.epoch = 1, .replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{.records = 4});
    bench.apply({.epoch = 3, .partition_epoch = 1, .replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{.records = 2});
    // The follower has 6 records, the last of an epoch 2 that is not known here.
    auto const answer = bench.fetched({.replica = 2, .from = 6, .epoch = 3, .last_epoch = 2});
    CHECK(answer.error == Error::none);
    CHECK(answer.diverging_epoch == EpochAndOffset{Epoch{1}, Offset{4}});
    CHECK(answer.batches.empty());
    CHECK(bench.log().high_watermark() == Offset{0});
    // The same epoch, but longer than here.
    auto const longer = bench.fetched({.replica = 2, .from = 5, .epoch = 3, .last_epoch = 1});
    CHECK(longer.diverging_epoch == EpochAndOffset{Epoch{1}, Offset{4}});
    auto const fine = bench.fetched({.replica = 2, .from = 4, .epoch = 3, .last_epoch = 1});
    CHECK_FALSE(fine.diverging_epoch);
    CHECK(fine.batches.size() == 1);
    CHECK(bench.log().high_watermark() == Offset{4});
}

TEST_CASE("offsets outside of the log are out of range, between bound and end they are empty")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{.records = 3});
    CHECK(bench.fetched({.replica = -1, .from = 4}).error == Error::offset_out_of_range);
    CHECK(bench.fetched({.replica = 2, .from = 4}).error == Error::offset_out_of_range);
    // KAFKA-8400: a read that failed moves nothing.
    CHECK(bench.partition().leader_role()->find(BrokerId{2})->log_end == no_offset);
    auto const between = bench.fetched({.replica = -1, .from = 3});
    CHECK(between.error == Error::none);
    CHECK(between.batches.empty());
}

TEST_CASE("a response holds no more than asked for, but at least one batch (KIP-74)")
{
    Bench bench(1);
    bench.apply_all({state({}), state({.partition = orders_1})});
    for (int i = 0; i < 3; ++i) {
        bench.produce(1, BatchSpec{.size_bytes = 100});
        bench.produce(1, {{orders_1, batch({.size_bytes = 100})}});
    }
    FetchRequest request = Bench::fetch_request({.replica = 2, .max_bytes = 200});
    request.partitions.push_back(request.partitions[0]);
    request.partitions[1].partition = orders_1;
    request.max_bytes = 350;
    auto const response = fetch_response(bench, bench.fetch(request));
    CHECK(response.partitions[0].batches.size() == 2);
    CHECK(response.partitions[1].batches.size() == 1);
    request.max_bytes = 1;
    auto const tiny = fetch_response(bench, bench.fetch(request));
    CHECK(tiny.partitions[0].batches.size() == 1);
    CHECK(tiny.partitions[1].batches.empty());
}

// -- ListOffsets ------------------------------------------------------------------------------
TEST_CASE("the end is the high watermark for consumers and the log end for replicas")
{
    Bench bench(1);
    bench.apply({.epoch = 2});
    bench.produce(1, BatchSpec{.records = 4});
    CHECK(bench.list_offsets(-1, -1).offset == Offset{0});
    CHECK(bench.list_offsets(2, -1).offset == Offset{4});
    CHECK(bench.list_offsets(-1, -2).offset == Offset{0});
    CHECK(bench.list_offsets(-1, -1, 1).error == Error::fenced_leader_epoch);
    CHECK(bench.list_offsets(-1, -1, 3).error == Error::unknown_leader_epoch);
    bench.apply({.leader = 2, .epoch = 3, .partition_epoch = 1});
    CHECK(bench.list_offsets(-1, -1).error == Error::not_leader_or_follower);
}

TEST_CASE("a new leader tells no end before its high watermark reaches its epoch (KIP-207)")
{
    Bench bench(1);
    bench.apply({.epoch = 1, .replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{.records = 4});
    bench.apply({.epoch = 2, .partition_epoch = 1, .replicas = {1, 2}, .isr = {1, 2}});
    CHECK(bench.list_offsets(-1, -1).error == Error::offset_not_available);
    CHECK(bench.list_offsets(-1, -2).error == Error::none);
    CHECK(bench.list_offsets(2, -1).offset == Offset{4});
    bench.fetch({.replica = 2, .from = 4, .epoch = 2, .max_wait = 0_ms});
    CHECK(bench.list_offsets(-1, -1).offset == Offset{4});
}

// -- Start and shutdown -----------------------------------------------------------------------
TEST_CASE("a broker that starts again has its logs, and the high watermark of the last checkpoint")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 3});
    bench.pass(5_s);
    bench.produce(1, BatchSpec{.records = 2});
    CHECK(bench.log().high_watermark() == Offset{5});
    bench.restart(LastShutdown::unclean);
    auto const recovered = bench.seen<LogRecovered>();
    REQUIRE(recovered);
    CHECK(recovered->partition == orders_0);
    CHECK(recovered->log_end == Offset{5});
    CHECK(recovered->high_watermark == Offset{3});
    CHECK(bench.noted("orders-0: read back 2 batches after an unclean shutdown: log end 5, high "
                      "watermark 3 (checkpointed 3)"));
    bench.apply({.epoch = 1, .partition_epoch = 1, .isr = {1}});
    CHECK(bench.log().high_watermark() == Offset{5});
    CHECK(bench.produced(bench.produce(1, BatchSpec{})).base_offset == Offset{5});
}

TEST_CASE("a clean shutdown flushes the logs and keeps the high watermarks")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 3});
    bench.manager.on_shutdown(bench.env, bench.out);
    bench.apply({.partition_epoch = 1, .isr = {1}});  // Carries the wishes out.
    bench.disk.lose_power(bench.env.now, bench.chance, sim::PowerLoss::lose_unsynced);
    bench.restart(LastShutdown::clean);
    CHECK(bench.log().end() == Offset{3});
    CHECK(bench.log().high_watermark() == Offset{3});
}

TEST_CASE("by default a power loss takes what was acknowledged but never flushed")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(-1, BatchSpec{.records = 3});
    bench.pass(6_s);
    bench.disk.lose_power(bench.env.now, bench.chance, sim::PowerLoss::lose_unsynced);
    bench.restart(LastShutdown::unclean);
    CHECK(bench.log().end() == Offset{0});
    CHECK(bench.log().high_watermark() == Offset{0});
}

TEST_CASE("logs are opened when what is behind their recovery points has come from the device")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 3, .size_bytes = 300});
    bench.produce(1, BatchSpec{.records = 3, .size_bytes = 200});
    SUBCASE("all of it, after a crash")
    {
        bench.restart(LastShutdown::unclean);
        CHECK(bench.bytes_read == 500);
        CHECK(bench.waited_for_reads);
    }
    SUBCASE("nothing, after an orderly shutdown")
    {
        bench.manager.on_shutdown(bench.env, bench.out);
        bench.pass(0_ms);
        bench.restart(LastShutdown::clean);
        CHECK(bench.bytes_read == 0);
        CHECK_FALSE(bench.waited_for_reads);
    }
    CHECK(bench.log().end() == Offset{6});
}

TEST_CASE("a cut below the recovery point is checkpointed at once (LogManager.truncateTo)")
{
    Bench bench(1);
    PartitionState follower = state({.leader = 2, .replicas = {1, 2}, .isr = {1, 2}});
    follower.topic.flush_messages = 1;
    bench.apply_all({follower});
    FetchResponse response;
    response.partitions.push_back({.partition = orders_0});
    response.partitions.back().batches = {batch_at(0, 0), batch_at(1, 0)};
    bench.respond(response);
    bench.tell_flushed();
    CHECK(bench.log().recovery_point() == Offset{2});
    bench.pass(31_s);
    auto const checkpoint = [&] {
        auto const* file = whole_file<OffsetCheckpoint>(
            bench.disk.extents(*bench.disk.find("recovery-point-offset-checkpoint")));
        REQUIRE(file != nullptr);
        return file->entries.at(0).offset;
    };
    CHECK(checkpoint() == Offset{2});
    while (bench.sent.size() > 1)
        bench.take_sent();  // They had no answer in time.
    response.partitions.back().batches.clear();
    response.partitions.back().diverging_epoch = EpochAndOffset{Epoch{0}, Offset{1}};
    bench.respond(response);
    REQUIRE(bench.log().end() == Offset{1});
    bench.pass(0_ms);
    CHECK(checkpoint() == Offset{1});
}

TEST_CASE("the checkpoint of recovery points forgets a replica with its log")
{
    Bench bench(1);
    PartitionState follower = state({.leader = 2, .replicas = {1, 2}, .isr = {1, 2}});
    follower.topic.flush_messages = 1;
    bench.apply_all({follower});
    FetchResponse response;
    response.partitions.push_back({.partition = orders_0});
    response.partitions.back().batches = {batch_at(0, 0), batch_at(1, 0)};
    bench.respond(response);
    bench.tell_flushed();
    bench.pass(61_s);
    auto const entries = [&] {
        auto const* file = whole_file<OffsetCheckpoint>(
            bench.disk.extents(*bench.disk.find("recovery-point-offset-checkpoint")));
        REQUIRE(file != nullptr);
        return file->entries.size();
    };
    REQUIRE(entries() == 1);
    bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 1, .replicas = {2, 3}, .isr = {2, 3}});
    bench.pass(0_ms);
    CHECK(entries() == 0);
}

TEST_CASE("nothing is appended to a log that is being closed")
{
    Bench bench(1);
    bench.apply({.leader = 2, .replicas = {1, 2}, .isr = {1, 2}});
    REQUIRE(bench.sent.size() == 1);
    bench.manager.on_shutdown(bench.env, bench.out);
    FetchResponse response;
    response.partitions.push_back({.partition = orders_0});
    response.partitions.back().batches = {batch_at(0, 0)};
    bench.respond(response);
    CHECK(bench.log().end() == Offset{0});
}

TEST_CASE("checkpoints of idle partitions are written once")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.pass(100_s);
    int const written = bench.replacements;
    bench.pass(60_s);
    CHECK(bench.replacements == written);
    bench.produce(1, BatchSpec{});
    bench.pass(6_s);
    CHECK(bench.replacements == written + 1);
}

TEST_CASE("a replica that is placed elsewhere is deleted, and its readers are told")
{
    Bench bench(1);
    bench.apply({});
    bench.produce(1, BatchSpec{});
    auto const produce = bench.produce(-1, BatchSpec{});
    auto const fetch = bench.fetch({.replica = 2, .from = 2});
    bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 1, .replicas = {2, 3}, .isr = {2, 3}});
    CHECK(bench.manager.partition(orders_0) == nullptr);
    CHECK(bench.produced(produce).error == Error::unknown_topic_or_partition);
    CHECK(fetch_response(bench, fetch).partitions[0].error == Error::unknown_topic_id);
    bench.pass(59_s);
    CHECK_FALSE(bench.disk.find("orders-0/00000000000000000000.log"));
    CHECK(bench.disk.find("orders-0.1-delete/00000000000000000000.log"));
    bench.pass(6_s);
    CHECK_FALSE(bench.disk.find("orders-0.1-delete/00000000000000000000.log"));
    bench.restart(LastShutdown::unclean);
    CHECK(bench.manager.partition(orders_0) == nullptr);
}

TEST_CASE("a topic of the same name finds nothing of the old one (KIP-516)")
{
    constexpr TopicPartition again{TopicId{2}, 0};
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 3});
    SUBCASE("deleted and made again in one delta")
    {
        bench.manager.apply(bench.env, {state({.partition = again, .isr = {1}})}, {orders_0},
                            bench.out);
        bench.pass(0_ms);
        bench.apply({.partition = again, .partition_epoch = 1, .isr = {1}});
    }
    SUBCASE("deleted while the broker was down")
    {
        bench.restart(LastShutdown::unclean);
        CHECK(bench.log().end() == Offset{3});
        bench.apply({.partition = again, .isr = {1}});
    }
    SUBCASE("deleted and made again in one input")
    {
        bench.manager.apply(bench.env, {}, {orders_0}, bench.out);
        bench.apply({.partition = again, .isr = {1}});
        bench.pass(100_s);
    }
    SUBCASE("deleted, later made again")
    {
        bench.manager.apply(bench.env, {}, {orders_0}, bench.out);
        bench.pass(100_s);
        bench.apply({.partition = again, .isr = {1}});
    }
    CHECK(bench.manager.partition(orders_0) == nullptr);
    CHECK(bench.log(again).end() == Offset{0});
    CHECK(bench.produced(bench.produce(1, {{again, batch({})}})).base_offset == Offset{0});
    bench.restart(LastShutdown::unclean);
    CHECK(bench.log(again).end() == Offset{1});
}

TEST_CASE("replicas on the disk that metadata places nowhere are deleted at start")
{
    Bench bench(1);
    bench.apply_all({state({.isr = {1}}), state({.partition = orders_1, .isr = {1}})});
    bench.restart(LastShutdown::unclean);
    bench.apply({.epoch = 1, .partition_epoch = 1, .isr = {1}});
    bench.manager.delete_strays(bench.env, bench.out);
    CHECK(bench.manager.partition(orders_0) != nullptr);
    CHECK(bench.manager.partition(orders_1) == nullptr);
}
