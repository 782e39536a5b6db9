// What is asked of a log beside its records: where it begins and ends, which record is of some time
// (ListOffsets), that it begin later (DeleteRecords), and how large it is (DescribeLogDirs).
#include <doctest/doctest.h>

#include "tests/model/replica_bench.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{ms * 1'000'000}; }

RequestId delete_records(Bench& bench, std::int64_t before, Duration timeout = 60_s)
{
    RequestId id;
    id.connection = 1'000'000 + bench.replies.size();
    DeleteRecordsRequest request;
    request.timeout = timeout;
    request.partitions.push_back({orders_0, Offset{before}});
    bench.manager.on_delete_records(bench.env, id, request, NoLeaders{}, bench.out);
    bench.pass({});
    return id;
}

DeleteRecordsPartitionResponse deleted(Bench const& bench, RequestId id)
{
    return std::get<DeleteRecordsResponse>(*bench.reply_to(id).message).partitions.at(0);
}

// A follower's fetch from the end, which says where its log starts.
void fetch_with_start(Bench& bench, int replica, std::int64_t from, std::int64_t start)
{
    FetchRequest request =
        Bench::fetch_request({.replica = replica, .from = from, .max_wait = 0_ms});
    request.partitions[0].log_start_offset = Offset{start};
    bench.fetch(request);
}

}  // namespace

// -- ListOffsets --------------------------------------------------------------------------------

TEST_CASE("list offsets: a time leads to the first record that is of it or later")
{
    // Small segments, index entries in between, times that go to and fro: the answer is what a look
    // at every record gives.
    PartitionState with = state({.isr = {1}});
    with.topic.segment_bytes = 2000;
    with.topic.index_interval_bytes = 150;
    Bench bench(1);
    bench.apply_all({with});
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < 200; ++i) {
        std::int64_t const ms = 1'000'000 + i * 10 + (i * 7919) % 45;
        bench.produce(
            1,
            BatchSpec{.records = 2, .first = static_cast<std::uint64_t>(2 * i), .time = at_ms(ms)});
        times.push_back(ms);
        times.push_back(ms);
    }
    REQUIRE(bench.log().segments().size() > 5);
    auto const expected = [&](std::int64_t wanted, std::size_t from) -> std::int64_t {
        // Kafka looks in the first segment that has one so late, and only there.
        for (LogSegment const& segment : bench.log().segments()) {
            if (to_millis(segment.largest_timestamp()) < wanted)
                continue;
            for (auto offset = static_cast<std::size_t>(segment.base().value);
                 offset < static_cast<std::size_t>(segment.end().value); ++offset)
                if (times[offset] >= wanted && offset >= from)
                    return static_cast<std::int64_t>(offset);
            return -1;
        }
        return -1;
    };
    for (std::int64_t wanted = 999'990; wanted < 1'002'100; wanted += 3) {
        CAPTURE(wanted);
        auto const told = bench.list_offsets(-1, wanted);
        CHECK(told.error == Error::none);
        CHECK(told.offset.value == expected(wanted, 0));
        CHECK(told.timestamp ==
              (told.offset == no_offset ? -1 : times[static_cast<std::size_t>(told.offset.value)]));
        CHECK(told.leader_epoch == (told.offset == no_offset ? no_epoch : Epoch{0}));
    }
    // What lies before the start of the log is not told.
    delete_records(bench, 101);
    for (std::int64_t wanted = 999'990; wanted < 1'002'100; wanted += 7) {
        CAPTURE(wanted);
        CHECK(bench.list_offsets(-1, wanted).offset.value == expected(wanted, 101));
    }
}

TEST_CASE("list offsets: the latest time is that of the first record that bears it (KAFKA-16310)")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    CHECK(bench.list_offsets(-1, max_timestamp).offset == no_offset);
    bench.produce(1, BatchSpec{.records = 3, .time = at_ms(100)});
    bench.produce(1, BatchSpec{.records = 3, .time = at_ms(300)});
    bench.produce(1, BatchSpec{.records = 3, .time = at_ms(300)});
    bench.produce(1, BatchSpec{.records = 3, .time = at_ms(200)});
    auto const told = bench.list_offsets(-1, max_timestamp);
    CHECK(told.offset == Offset{3});
    CHECK(told.timestamp == 300);
}

TEST_CASE("list offsets: what is not committed is not told by time either")
{
    Bench bench(1);
    bench.apply({.epoch = 1});
    bench.produce(1, BatchSpec{.records = 2, .time = at_ms(100)});
    CHECK(bench.list_offsets(-1, 50).offset == no_offset);
    CHECK(bench.list_offsets(-1, max_timestamp).offset == no_offset);
    CHECK(bench.list_offsets(2, 50).offset == Offset{0});  // Replicas see all.
}

TEST_CASE("list offsets: after an election nothing beyond the high watermark is denied (KIP-207)")
{
    Bench bench(1);
    bench.apply({.epoch = 1, .isr = {1}});
    bench.produce(1, BatchSpec{.records = 2, .time = at_ms(100)});
    bench.apply({.epoch = 2, .partition_epoch = 1});
    bench.produce(1, BatchSpec{.records = 2, .time = at_ms(200)});
    REQUIRE(bench.log().high_watermark() == Offset{2});
    CHECK(bench.list_offsets(-1, 50).offset == Offset{0});
    CHECK(bench.list_offsets(-1, 150).error == Error::none);
    Bench lagging(1);
    lagging.apply({.epoch = 1});
    lagging.produce(1, BatchSpec{.records = 2, .time = at_ms(100)});
    lagging.apply({.epoch = 2, .partition_epoch = 1});
    CHECK(lagging.list_offsets(-1, 50).error == Error::offset_not_available);
    CHECK(lagging.list_offsets(-1, 500).error == Error::offset_not_available);
    CHECK(lagging.list_offsets(-1, max_timestamp).error == Error::offset_not_available);
    CHECK(lagging.list_offsets(-1, earliest_timestamp).error == Error::none);
}

TEST_CASE("list offsets: without tiers the local start is the start, and nothing is tiered")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 2});
    CHECK(bench.list_offsets(-1, earliest_local_timestamp).offset == Offset{0});
    auto const tiered = bench.list_offsets(-1, latest_tiered_timestamp);
    CHECK(tiered.error == Error::none);
    CHECK(tiered.offset == no_offset);
    CHECK(bench.list_offsets(-1, -6).error == Error::unsupported_version);
}

// -- DeleteRecords ------------------------------------------------------------------------------

TEST_CASE("delete records: the log starts later, and only what is committed may go (KIP-107)")
{
    Bench bench(1);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 10});
    auto const some = deleted(bench, delete_records(bench, 4, 0_s));
    CHECK(some.error == Error::request_timed_out);  // 2 and 3 live, and have never fetched.
    CHECK(bench.log().start() == Offset{4});
    BrokerDirectory alone;
    alone.put({BrokerId{1}, NodeId{1}, BrokerEpoch{101}, false, false});
    bench.set_brokers(alone);
    struct Row {
        char const* what;
        std::int64_t before;
        Error error;
        std::int64_t low;
        std::int64_t start;
    };
    for (Row const& row : {
             Row{"as far as before", 4, Error::none, 4, 4},
             Row{"never back", 2, Error::none, 4, 4},
             Row{"inside of the batch", 7, Error::none, 7, 7},
             Row{"beyond the high watermark", 11, Error::offset_out_of_range, -1, 7},
             Row{"no offset", -2, Error::offset_out_of_range, -1, 7},
             Row{"all that is committed", -1, Error::none, 10, 10},
         }) {
        CAPTURE(row.what);
        auto const told = deleted(bench, delete_records(bench, row.before));
        CHECK(told.error == row.error);
        CHECK(told.low_watermark.value == row.low);
        CHECK(bench.log().start().value == row.start);
    }
    CHECK(bench.fetched({.replica = -1, .from = 3}).error == Error::offset_out_of_range);
    PartitionState compacted = state({.partition_epoch = 1, .isr = {1}});
    compacted.topic.cleanup_policy = {true, false};
    bench.apply_all({compacted});
    CHECK(deleted(bench, delete_records(bench, 10)).error == Error::policy_violation);
    bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 2});
    CHECK(deleted(bench, delete_records(bench, 10)).error == Error::not_leader_or_follower);
}

TEST_CASE("delete records: answered when every live replica starts there, and none is waited for "
          "that is fenced")
{
    Bench bench(1);
    bench.apply({});
    bench.produce(1, BatchSpec{.records = 10});
    fetch_with_start(bench, 2, 10, 0);
    fetch_with_start(bench, 3, 10, 0);
    REQUIRE(bench.log().high_watermark() == Offset{10});
    RequestId const asked = delete_records(bench, 5);
    CHECK_FALSE(bench.answered(asked));
    CHECK(
        bench.noted("the low watermark is 0: wait for 2, which starts at 0; 3, which starts at 0"));
    CHECK(bench.manager.delayed_deletes() == 1);
    fetch_with_start(bench, 2, 10, 5);
    CHECK_FALSE(bench.answered(asked));
    fetch_with_start(bench, 3, 10, 5);
    REQUIRE(bench.answered(asked));
    CHECK(deleted(bench, asked).error == Error::none);
    CHECK(deleted(bench, asked).low_watermark == Offset{5});
    CHECK(bench.manager.delayed_deletes() == 0);

    BrokerDirectory fenced = three_brokers();
    fenced.put({BrokerId{3}, NodeId{3}, BrokerEpoch{103}, true, false});
    bench.set_brokers(fenced);
    RequestId const without = delete_records(bench, 8);
    fetch_with_start(bench, 2, 10, 8);
    CHECK(deleted(bench, without).low_watermark == Offset{8});
}

TEST_CASE("delete records: who waits too long is told so, and the records stay deleted")
{
    Bench bench(1);
    bench.apply({});
    bench.produce(1, BatchSpec{.records = 10});
    fetch_with_start(bench, 2, 10, 0);
    fetch_with_start(bench, 3, 10, 0);
    RequestId const asked = delete_records(bench, 5, 2_s);
    bench.pass(1_s);
    CHECK_FALSE(bench.answered(asked));
    // Kafka does not look when a leader is one no more.
    bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 1});
    CHECK_FALSE(bench.answered(asked));
    bench.pass(1_s);
    CHECK(deleted(bench, asked).error == Error::request_timed_out);
    CHECK(bench.log().start() == Offset{5});
}

TEST_CASE("delete records: a follower starts where its leader says, at most at its high watermark")
{
    for (bool const fetches_again : {false, true}) {
        CAPTURE(fetches_again);
        Bench bench(2);
        bench.apply({.leader = 1});
        bench.connect(bench.connected.at(0));
        FetchPartitionResponse part;
        part.partition = orders_0;
        part.batches.push_back(batch_at(0, 0, {.records = 10}));
        part.high_watermark = Offset{fetches_again ? 10 : 3};
        part.log_start_offset = Offset{5};
        FetchResponse response;
        response.partitions.push_back(part);
        bench.respond(response);
        CHECK(bench.log().start() == Offset{fetches_again ? 5 : 0});
        CHECK(bench.seen<LogStartRaised>().has_value() == fetches_again);
        CHECK(bench.sent_as<FetchRequest>().partitions[0].log_start_offset ==
              Offset{fetches_again ? 5 : 0});
    }
}

TEST_CASE("delete records: an empty log begins where its leader's first batch does (KAFKA-6975)")
{
    for (bool const spans : {true, false}) {
        CAPTURE(spans);
        ProtocolSwitches switches;
        switches.first_batch_spans_log_start = spans;
        Bench bench(2, broker_config(), switches);
        bench.apply({.leader = 1});
        bench.connect(bench.connected.at(0));
        FetchPartitionResponse part;
        part.partition = orders_0;
        part.error = Error::offset_out_of_range;
        FetchResponse refused;
        refused.partitions.push_back(part);
        bench.respond(refused);
        ListOffsetsResponse offsets;
        offsets.partitions.push_back({orders_0, Error::none, Offset{20}, Epoch{0}});
        bench.respond(offsets);
        offsets.partitions[0].offset = Offset{7};
        bench.respond(offsets);
        REQUIRE(bench.log().start() == Offset{7});
        part.error = Error::none;
        part.batches.push_back(batch_at(5, 0, {.records = 10}));
        part.high_watermark = Offset{20};
        part.log_start_offset = Offset{7};
        FetchResponse fetched;
        fetched.partitions.push_back(part);
        bench.respond(fetched);
        CHECK(bench.log().end() == Offset{spans ? 15 : 7});
        CHECK(bench.log().start() == Offset{7});
    }
}

TEST_CASE("delete records: where a log starts is known after a crash only once it was checkpointed")
{
    struct Row {
        char const* what;
        bool at_once;
        Duration wait;
        bool known;
    };
    for (Row const& row : {Row{"soon", false, 10_s, false}, Row{"later", false, 100_s, true},
                           Row{"mended", true, 0_s, true}}) {
        CAPTURE(row.what);
        ProtocolSwitches switches;
        switches.log_start_written_at_once = row.at_once;
        Bench bench(1, broker_config(), switches);
        bench.apply({.isr = {1}});
        bench.produce(1, BatchSpec{.records = 10});
        bench.produce(1, BatchSpec{.records = 10});
        delete_records(bench, 12);
        bench.pass(row.wait);
        bench.restart(LastShutdown::unclean);
        CHECK(bench.log().start() == Offset{row.known ? 12 : 0});
        CHECK(bench.log().end() == Offset{20});
    }
}

// -- DescribeLogDirs ----------------------------------------------------------------------------

TEST_CASE("log directories: each replica with its bytes, and nothing of what is offline")
{
    BrokerConfig config = broker_config();
    config.log_dirs = {"d0", "d1"};
    Bench bench(1, config);
    bench.apply({.isr = {1}});
    bench.produce(1, BatchSpec{.records = 10, .size_bytes = 700});
    auto const described = bench.manager.describe_log_dirs();
    REQUIRE(described.log_dirs.size() == 2);
    CHECK(described.log_dirs[0].log_dir == "d0");
    REQUIRE(described.log_dirs[0].replicas.size() == 1);
    CHECK(described.log_dirs[0].replicas[0] == DescribedReplica{orders_0, 700, 0, false});
    CHECK(described.log_dirs[1].replicas.empty());
}
