// Throttled replication: the rate over Kafka's sampled windows, who is held back on which side.
#include "model/replica/replication_quota.h"

#include <doctest/doctest.h>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

Instant at(Duration since) { return Instant{} + 1000_s + since; }

}  // namespace

TEST_CASE("a list of throttled replicas says which partitions are this broker's")
{
    struct {
        char const* list;
        ThrottledPartitions on_1;
    } const rows[] = {
        {"", {}},
        {"*", {true, {}}},
        {"0:1,3:1", {false, {0, 3}}},
        {"3:1, 0:1 ,2:2", {false, {0, 3}}},
        {"0:2", {}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.list);
        CHECK(throttled_on(BrokerId{1}, row.list) == row.on_1);
    }
}

TEST_CASE("only what is on the list is throttled")
{
    ReplicationQuota quota(1000, 11, 1_s);
    CHECK_FALSE(quota.any_throttled());
    quota.set_throttled(TopicId{2}, {false, {1}});
    quota.set_throttled(TopicId{1}, {true, {}});
    CHECK(quota.is_throttled({TopicId{1}, 7}));
    CHECK(quota.is_throttled({TopicId{2}, 1}));
    CHECK_FALSE(quota.is_throttled({TopicId{2}, 0}));
    CHECK_FALSE(quota.is_throttled({TopicId{3}, 0}));
    quota.set_throttled(TopicId{1}, {});
    CHECK_FALSE(quota.is_throttled({TopicId{1}, 7}));
}

TEST_CASE("a rate is what the windows hold over the time since the oldest of them, at least one "
          "window")
{
    ReplicationQuota quota(1000, 11, 1_s);
    CHECK_FALSE(quota.exceeded(at(0_s)));
    quota.record(at(0_s), 1000);
    CHECK_FALSE(quota.exceeded(at(0_s)));  // 1000 bytes in one second: as much as is allowed.
    quota.record(at(100_ms), 1);
    CHECK(quota.exceeded(at(100_ms)));
    CHECK(quota.exceeded(at(1000_ms)));
    CHECK_FALSE(quota.exceeded(at(1001_ms)));
}

TEST_CASE("bytes are forgotten when their window is eleven windows old")
{
    ReplicationQuota quota(1000, 11, 1_s);
    quota.record(at(0_s), 100'000);
    CHECK(quota.exceeded(at(10_s)));
    CHECK_FALSE(quota.exceeded(at(11_s)));
    CHECK_FALSE(quota.exceeded(at(12_s)));
}

TEST_CASE("copying that stops whenever it may not goes at the rate that is allowed")
{
    ReplicationQuota quota(10'000, 11, 1_s);
    std::int64_t bytes = 0;
    for (int ms = 0; ms < 100'000; ms += 10)
        if (!quota.exceeded(at(milliseconds(ms)))) {
            quota.record(at(milliseconds(ms)), 1500);
            bytes += 1500;
        }
    CHECK(bytes > 950'000);
    CHECK(bytes < 1'050'000);
}

TEST_CASE("a leader holds back a throttled follower that is not in sync, and no other")
{
    BrokerConfig config = broker_config();
    config.leader_replication_throttled_rate = 1000;
    config.replication_quota_window_num = 11;
    config.replication_quota_window_size = 1_s;
    Bench leader(1, config);
    leader.apply({.isr = {1, 2}});
    leader.manager.set_throttled(orders, {false, {0}}, {});
    leader.produce(1, {.records = 1, .size_bytes = 5000});
    CHECK(leader.fetched({.replica = 3, .from = 0, .max_wait = {}}).batches.size() == 1);
    CHECK(leader.fetched({.replica = 3, .from = 0, .max_wait = {}}).batches.empty());
    CHECK(leader.fetched({.replica = 2, .from = 0, .max_wait = {}}).batches.size() == 1);
    SUBCASE("it waits, and is not woken by more records")
    {
        RequestId const waiting = leader.fetch({.replica = 3, .from = 0});
        leader.produce(1, {.records = 1, .first = 1});
        CHECK_FALSE(leader.answered(waiting));
        leader.pass(500_ms);
        CHECK(leader.answered(waiting));
    }
    SUBCASE("until the rate is down again")
    {
        leader.pass(12_s);
        CHECK(leader.fetched({.replica = 3, .from = 0, .max_wait = {}}).batches.size() == 1);
    }
    SUBCASE("or the throttle is gone")
    {
        leader.manager.set_throttled(orders, {}, {});
        CHECK(leader.fetched({.replica = 3, .from = 0, .max_wait = {}}).batches.size() == 1);
    }
}

TEST_CASE("a throttled follower does not ask while it has had too much, unless it has caught up")
{
    BrokerConfig config = broker_config();
    config.follower_replication_throttled_rate = 1000;
    config.replication_quota_window_num = 11;
    config.replication_quota_window_size = 1_s;
    Bench follower(2, config);
    follower.manager.set_throttled(orders, {}, {true, {}});
    follower.apply({.isr = {1, 3}});
    auto const answer = [&](std::int64_t base, std::int64_t high_watermark) {
        FetchResponse response;
        FetchPartitionResponse& part = response.partitions.emplace_back();
        part.partition = orders_0;
        part.high_watermark = Offset{high_watermark};
        part.log_start_offset = Offset{0};
        part.batches.push_back(batch_at(base, 0, {.size_bytes = 5000}));
        follower.respond(response);
    };
    answer(0, 10);
    CHECK(follower.sent.empty());
    follower.pass(3_s);
    CHECK(follower.sent.empty());
    follower.pass(4_s);
    REQUIRE(follower.sent.size() == 1);
    answer(1, 2);
    CHECK(follower.sent.size() == 1);
}
