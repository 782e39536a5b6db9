// Fetch sessions (KIP-227) at the leader, at the follower, and both together.
#include "model/replica/fetch_sessions.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

constexpr TopicPartition orders_1{orders, 1};

BrokerConfig with_sessions(std::int32_t slots = 1000)
{
    BrokerConfig config = broker_config();
    config.max_incremental_fetch_sessions = slots;
    return config;
}

// A fetch by broker 2 that is answered at once, whatever there is.
FetchRequest ask(std::int32_t session, std::int32_t epoch,
                 std::vector<FetchPartition> partitions = {},
                 std::vector<TopicPartition> forgotten = {})
{
    FetchRequest request = Bench::fetch_request({.max_wait = 0_ms});
    request.session = session;
    request.session_epoch = epoch;
    request.partitions = std::move(partitions);
    request.forgotten = std::move(forgotten);
    return request;
}
FetchPartition at(std::int64_t offset, TopicPartition partition = orders_0, int epoch = 0)
{
    FetchPartition asked;
    asked.partition = partition;
    asked.current_leader_epoch = Epoch{epoch};
    asked.fetch_offset = Offset{offset};
    asked.log_start_offset = Offset{0};
    return asked;
}

FetchResponse answered(Bench& bench, FetchRequest const& request)
{
    return std::get<FetchResponse>(*bench.reply_to(bench.fetch(request)).message);
}

void lead_two(Bench& bench)
{
    bench.apply_all({state({.leader = 1}), state({.partition = orders_1, .leader = 1})});
}

std::vector<std::int32_t> numbers(FetchResponse const& response)
{
    std::vector<std::int32_t> list;
    for (FetchPartitionResponse const& part : response.partitions)
        list.push_back(part.partition.partition);
    return list;
}

using Numbers = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("a full fetch begins a session, and what follows tells and is told only what is new")
{
    Bench bench(1, with_sessions());
    lead_two(bench);
    FetchResponse const first = answered(bench, ask(0, 0, {at(0), at(0, orders_1)}));
    CHECK(first.session > 0);
    CHECK(numbers(first) == Numbers{0, 1});
    FetchResponse const idle = answered(bench, ask(first.session, 1));
    CHECK(idle.session == first.session);
    CHECK(idle.partitions.empty());

    bench.produce(1, BatchSpec{});
    FetchResponse const news = answered(bench, ask(first.session, 2));
    CHECK(numbers(news) == Numbers{0});
    CHECK(news.partitions[0].batches.size() == 1);
    // Asked from the same offset again, it is given again.
    CHECK(numbers(answered(bench, ask(first.session, 3))) == Numbers{0});
    // Its own progress is the follower's: the high watermark waits for broker 3.
    CHECK(answered(bench, ask(first.session, 4, {at(1)})).partitions.empty());
    CHECK(bench.manager.untold().empty());
}

TEST_CASE("a high watermark that moved is told in the session's next answer")
{
    Bench bench(1, with_sessions());
    bench.apply({.leader = 1, .replicas = {1, 2}, .isr = {1, 2}});
    std::int32_t const session = answered(bench, ask(0, 0, {at(0)})).session;
    bench.produce(1, BatchSpec{});
    CHECK(numbers(answered(bench, ask(session, 1))) == Numbers{0});
    FetchResponse const progress = answered(bench, ask(session, 2, {at(1)}));
    // As in Kafka, the answer was read before the position in the request moved it.
    CHECK(progress.partitions.empty());
    FetchResponse const told = answered(bench, ask(session, 3));
    REQUIRE(numbers(told) == Numbers{0});
    CHECK(told.partitions[0].high_watermark == Offset{1});
    CHECK(answered(bench, ask(session, 4)).partitions.empty());
    CHECK(bench.manager.untold().empty());
}

TEST_CASE("an error is told again and again, and so is what comes after it")
{
    Bench bench(1, with_sessions());
    lead_two(bench);
    std::int32_t const session = answered(bench, ask(0, 0, {at(0), at(0, orders_1)})).session;
    FetchResponse const ahead = answered(bench, ask(session, 1, {at(5)}));
    REQUIRE(numbers(ahead) == Numbers{0});
    CHECK(ahead.partitions[0].error == Error::offset_out_of_range);
    CHECK(numbers(answered(bench, ask(session, 2))) == Numbers{0});
    FetchResponse const mended = answered(bench, ask(session, 3, {at(0)}));
    REQUIRE(numbers(mended) == Numbers{0});
    CHECK(mended.partitions[0].error == Error::none);
    CHECK(answered(bench, ask(session, 4)).partitions.empty());
}

TEST_CASE("a session remembers the epochs of its partitions (KAFKA-9338)")
{
    Bench bench(1, with_sessions());
    bench.apply({.leader = 1, .epoch = 3});
    std::int32_t const session = answered(bench, ask(0, 0, {at(0, orders_0, 3)})).session;
    CHECK(answered(bench, ask(session, 1)).partitions.empty());
    bench.apply({.leader = 1, .epoch = 4, .partition_epoch = 1});
    FetchResponse const fenced = answered(bench, ask(session, 2));
    REQUIRE(numbers(fenced) == Numbers{0});
    CHECK(fenced.partitions[0].error == Error::fenced_leader_epoch);
}

TEST_CASE("what is forgotten is not told, and a session of nothing is closed")
{
    Bench bench(1, with_sessions());
    lead_two(bench);
    std::int32_t const session = answered(bench, ask(0, 0, {at(0), at(0, orders_1)})).session;
    CHECK(answered(bench, ask(session, 1, {}, {orders_0})).session == session);
    bench.produce(1, BatchSpec{});
    CHECK(answered(bench, ask(session, 2)).partitions.empty());
    CHECK(answered(bench, ask(session, 3, {}, {orders_1})).session == no_fetch_session);
    CHECK(bench.manager.sessions().size() == 0);
    CHECK(answered(bench, ask(session, 4)).error == Error::fetch_session_id_not_found);
}

TEST_CASE("a session that is not known, or is at another epoch, is refused as a whole")
{
    Bench bench(1, with_sessions());
    lead_two(bench);
    CHECK(answered(bench, ask(77, 1)).error == Error::fetch_session_id_not_found);
    std::int32_t const session = answered(bench, ask(0, 0, {at(0)})).session;
    FetchResponse const early = answered(bench, ask(session, 2));
    CHECK(early.error == Error::invalid_fetch_session_epoch);
    CHECK(early.partitions.empty());
    // It is still there for who has the right epoch, until a full fetch takes its place.
    CHECK(answered(bench, ask(session, 1)).error == Error::none);
    std::int32_t const other = answered(bench, ask(session, 0, {at(0)})).session;
    CHECK(other != session);
    CHECK(bench.manager.sessions().size() == 1);
}

TEST_CASE("after the largest epoch of a session comes 1")
{
    CHECK(next_session_epoch(0) == 1);
    CHECK(next_session_epoch(INT32_MAX) == 1);
    CHECK(next_session_epoch(final_session_epoch) == final_session_epoch);
}

TEST_CASE("a follower's session takes the place of a consumer's, not the other way round")
{
    Bench bench(1, with_sessions(1));
    lead_two(bench);
    FetchRequest consumer = ask(0, 0, {at(0)});
    consumer.replica = no_broker;
    std::int32_t const first = answered(bench, consumer).session;
    CHECK(first != no_fetch_session);
    std::int32_t const second = answered(bench, ask(0, 0, {at(0)})).session;
    CHECK(second != no_fetch_session);
    CHECK(bench.manager.sessions().size() == 1);
    CHECK(answered(bench, consumer).session == no_fetch_session);
    // Unused for two minutes, it makes room for anybody.
    bench.pass(121_s);
    CHECK(answered(bench, consumer).session != no_fetch_session);
    CHECK(answered(bench, ask(second, 1)).error == Error::fetch_session_id_not_found);
}

TEST_CASE("a fetch that waits in a session is answered when something happens to its partitions")
{
    Bench bench(1, with_sessions());
    lead_two(bench);
    std::int32_t const session = answered(bench, ask(0, 0, {at(0), at(0, orders_1)})).session;
    FetchRequest waiting = ask(session, 1);
    waiting.max_wait = 500_ms;
    RequestId const id = bench.fetch(waiting);
    CHECK_FALSE(bench.answered(id));
    bench.produce(1, {{orders_1, batch({})}});
    REQUIRE(bench.answered(id));
    CHECK(numbers(std::get<FetchResponse>(*bench.reply_to(id).message)) == Numbers{1});

    waiting.session_epoch = 2;
    waiting.partitions = {at(1, orders_1)};
    RequestId const in_vain = bench.fetch(waiting);
    bench.pass(499_ms);
    CHECK_FALSE(bench.answered(in_vain));
    bench.pass(1_ms);
    CHECK(std::get<FetchResponse>(*bench.reply_to(in_vain).message).partitions.empty());

    waiting.session_epoch = 3;
    waiting.partitions = {};
    RequestId const deposed = bench.fetch(waiting);
    bench.apply({.leader = 3, .epoch = 1, .partition_epoch = 1});
    REQUIRE(bench.answered(deposed));
    CHECK(std::get<FetchResponse>(*bench.reply_to(deposed).message).partitions[0].error ==
          Error::fenced_leader_epoch);
}

TEST_CASE("the position of a follower at rest counts as fetched whenever its session fetches")
{
    Bench bench(1, with_sessions());
    lead_two(bench);
    std::int32_t const session = answered(bench, ask(0, 0, {at(0), at(0, orders_1)})).session;
    std::int32_t epoch = 0;
    for (int i = 0; i < 8; ++i) {
        bench.pass(10_s);
        CHECK(answered(bench, ask(session, ++epoch)).partitions.empty());
    }
    // From here on it does not fetch any more, and there is something to fetch.
    bench.produce(1, BatchSpec{});
    bench.pass(29_s);
    CHECK(bench.partition().leader_role()->find(BrokerId{2})->in_maximal_isr);
    CHECK(bench.env.wall - bench.partition().leader_role()->find(BrokerId{2})->last_caught_up ==
          29_s);
}

TEST_CASE("a follower names in a session only what is new, and all of it when the session is lost")
{
    Bench bench(3, with_sessions());
    bench.apply_all({state({.leader = 1}), state({.partition = orders_1, .leader = 1})});
    CHECK(bench.sent_as<FetchRequest>().session_epoch == 0);
    CHECK(bench.sent_as<FetchRequest>().partitions.size() == 2);
    FetchResponse answer;
    answer.session = 9;
    FetchPartitionResponse& part = answer.partitions.emplace_back();
    part.partition = orders_1;
    part.high_watermark = Offset{0};
    part.batches.push_back(batch_at(0, 0));
    bench.respond(answer);
    {
        auto const& next = bench.sent_as<FetchRequest>();
        CHECK(next.session == 9);
        CHECK(next.session_epoch == 1);
        REQUIRE(next.partitions.size() == 1);
        CHECK(next.partitions[0].partition == orders_1);
        CHECK(next.partitions[0].fetch_offset == Offset{1});
    }
    answer.partitions.clear();
    bench.respond(answer);
    CHECK(bench.sent_as<FetchRequest>().partitions.empty());
    CHECK(bench.sent_as<FetchRequest>().session_epoch == 2);
    // An epoch of the partition is news; another leader makes it be forgotten.
    bench.apply({.partition = orders_1, .leader = 1, .epoch = 1, .partition_epoch = 1});
    bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 1});
    bench.respond(answer);
    REQUIRE(bench.sent.size() == 2);
    {
        auto const& next = bench.sent_as<FetchRequest>(1);
        CHECK(next.session_epoch == 3);
        REQUIRE(next.partitions.size() == 1);
        CHECK(next.partitions[0].current_leader_epoch == Epoch{1});
        CHECK(next.forgotten == std::vector<TopicPartition>{orders_0});
    }
    bench.sent.erase(bench.sent.begin());
    FetchResponse refused;
    refused.error = Error::fetch_session_id_not_found;
    bench.respond(refused);
    CHECK(bench.sent_as<FetchRequest>().session == no_fetch_session);
    CHECK(bench.sent_as<FetchRequest>().session_epoch == initial_session_epoch);
    CHECK(bench.sent_as<FetchRequest>().partitions.size() == 1);
}

TEST_CASE("a partition that backs off leaves the session and comes back to it")
{
    Bench bench(3, with_sessions());
    bench.apply_all({state({.leader = 1}), state({.partition = orders_1, .leader = 1})});
    FetchResponse answer;
    answer.session = 9;
    FetchPartitionResponse& part = answer.partitions.emplace_back();
    part.partition = orders_0;
    part.error = Error::unknown_leader_epoch;
    bench.respond(answer);
    CHECK(bench.sent_as<FetchRequest>().forgotten == std::vector<TopicPartition>{orders_0});
    bench.pass(1_s);
    answer.partitions.clear();
    bench.respond(answer);
    CHECK(bench.sent_as<FetchRequest>().forgotten.empty());
    REQUIRE(bench.sent_as<FetchRequest>().partitions.size() == 1);
    CHECK(bench.sent_as<FetchRequest>().partitions[0].partition == orders_0);
}
