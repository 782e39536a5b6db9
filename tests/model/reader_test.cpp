#include "model/client/reader.h"

#include <memory>

#include <doctest/doctest.h>

#include "tests/model/client_world.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

using World = test::ClientWorld<Reader>;
TopicPartition const orders_0{TopicId{1}, 0};

// A log of batches, each of `records` records, and brokers that serve it from node 1.
struct Log {
    std::vector<BatchRef> batches;
    Offset start{0};
    Offset end{0};

    void append(std::int32_t records)
    {
        auto* batch = new RecordBatch;
        batch->base_offset = end;
        batch->leader_epoch = Epoch{0};
        batch->record_count = records;
        batch->size_bytes = static_cast<std::uint32_t>(61 + 100 * records);
        batch->first_number = static_cast<std::uint64_t>(end.value);
        batches.push_back(BatchRef(batch));
        end += records;
    }
};

struct Brokers {
    Log log;
    std::int32_t partitions{1};
    std::function<std::optional<FetchPartitionResponse>(NodeId, FetchPartition const&)> trouble;

    test::Answer operator()(NodeId node, Message const& message)
    {
        if (std::get_if<MetadataRequest>(&message) != nullptr)
            return {test::metadata_of(2, partitions)};
        if (auto const* list = std::get_if<ListOffsetsRequest>(&message)) {
            ListOffsetsResponse response;
            for (ListOffsetsPartition const& p : list->partitions)
                response.partitions.push_back(
                    {p.partition, Error::none, p.timestamp == -2 ? log.start : log.end, Epoch{0}});
            return {response};
        }
        FetchResponse response;
        for (FetchPartition const& p : std::get<FetchRequest>(message).partitions) {
            if (trouble)
                if (auto answer = trouble(node, p)) {
                    response.partitions.push_back(*answer);
                    continue;
                }
            FetchPartitionResponse answer;
            answer.partition = p.partition;
            answer.high_watermark = log.end;
            if (p.fetch_offset < log.start || p.fetch_offset > log.end)
                answer.error = Error::offset_out_of_range;
            else
                for (BatchRef const& batch : log.batches)
                    if (batch->end_offset() > p.fetch_offset && answer.batches.size() < 3)
                        answer.batches.push_back(batch);
            response.partitions.push_back(answer);
        }
        // Nothing to give: the broker waits (here: for ever).
        bool empty = true;
        for (FetchPartitionResponse const& answer : response.partitions)
            empty = empty && answer.batches.empty() && answer.error == Error::none;
        if (empty)
            return {};
        return {response};
    }
};

World world(std::shared_ptr<Brokers> brokers, ConfigMap const& overrides,
            std::optional<Duration> processing = {})
{
    ReaderWorkload load;
    load.topics = {"orders"};
    if (processing)
        load.processing = DurationSpec::constant(*processing);
    return World(
        Reader(5, "audit[0]", resolve_consumer_config({4, 0}, overrides), load, {},
               {60'000'000'000}, test::nodes(2)),
        1, [brokers](NodeId node, Message const& message) { return (*brokers)(node, message); });
}

// Offsets given out, in order.
std::vector<std::int64_t> offsets(World const& w)
{
    std::vector<std::int64_t> all;
    for (auto const& [at, what] : w.all<RecordsConsumed>())
        for (std::int64_t o = what.from.value; o < what.to.value; ++o)
            all.push_back(o);
    return all;
}

std::vector<std::int64_t> range(std::int64_t from, std::int64_t to)
{
    std::vector<std::int64_t> all;
    for (; from < to; ++from)
        all.push_back(from);
    return all;
}

}  // namespace

TEST_CASE(
    "by duration: the time asked for is so long ago, and without a record the reader waits as "
    "long as for an answer (KIP-1106)")
{
    auto brokers = std::make_shared<Brokers>();
    bool found = false;
    auto w = World(
        Reader(5, "audit[0]",
               resolve_consumer_config({4, 0}, {{"auto.offset.reset", "by_duration:PT10S"},
                                                {"request.timeout.ms", "20000"}}),
               ReaderWorkload{.topics = {"orders"}}, {}, {60'000'000'000}, test::nodes(2)),
        1, [&](NodeId node, Message const& message) -> test::Answer {
            auto const* list = std::get_if<ListOffsetsRequest>(&message);
            if (list == nullptr)
                return (*brokers)(node, message);
            ListOffsetsResponse response;
            response.partitions.push_back({orders_0, Error::none, found ? Offset{3} : no_offset});
            return {response};
        });
    brokers->log.append(5);
    w.start();
    w.run_until({15'000'000'000});
    CHECK(w.requests_of<ListOffsetsRequest>() == 1);
    CHECK_FALSE(w.client.position(orders_0));
    found = true;
    w.run_until({30'000'000'000});
    CHECK(w.requests_of<ListOffsetsRequest>() == 2);
    CHECK(offsets(w) == range(3, 5));
    for (auto const& [at, message] : w.requests)
        if (auto const* list = std::get_if<ListOffsetsRequest>(&message))
            CHECK(list->partitions[0].timestamp == 1'700'000'000'000 + at.ns / 1'000'000 - 10'000);
}

TEST_CASE("a reader gives out every record once, in order, from the earliest")
{
    auto brokers = std::make_shared<Brokers>();
    for (int i = 0; i < 50; ++i)
        brokers->log.append(7 + i % 5);
    World w = world(brokers, {{"auto.offset.reset", "earliest"}});
    w.start();
    w.run_until({10'000'000'000});
    CHECK(offsets(w) == range(0, brokers->log.end.value));
    CHECK(w.client.position(orders_0) == brokers->log.end);
    auto const resets = w.all<OffsetReset>();
    REQUIRE(resets.size() == 1);
    CHECK(resets[0].second.to == Offset{0});
}

TEST_CASE("a reader that starts at the latest sees only what comes after")
{
    auto brokers = std::make_shared<Brokers>();
    brokers->log.append(10);
    World w = world(brokers, {{"auto.offset.reset", "latest"}});
    w.start();
    w.run_until({1'000'000'000});
    CHECK(w.client.position(orders_0) == Offset{10});
    CHECK(offsets(w).empty());
}

TEST_CASE("without a reset policy a reader stops with an error")
{
    auto brokers = std::make_shared<Brokers>();
    World w = world(brokers, {{"auto.offset.reset", "none"}});
    w.start();
    w.run_until({1'000'000'000});
    CHECK(w.client.finished());
    CHECK(w.client.statistics().errors == 1);
    CHECK(w.all<ClientFinished>().size() == 1);
}

TEST_CASE("max.poll.records cuts batches, and polls are as far apart as the processing takes")
{
    auto brokers = std::make_shared<Brokers>();
    for (int i = 0; i < 10; ++i)
        brokers->log.append(10);
    World w = world(brokers, {{"auto.offset.reset", "earliest"}, {"max.poll.records", "7"}}, 20_ms);
    w.start();
    w.run_until({10'000'000'000});
    CHECK(offsets(w) == range(0, 100));
    auto const polls = w.all<RecordsConsumed>();
    CHECK(polls.size() >= 15);
    for (std::size_t i = 1; i < polls.size(); ++i) {
        CHECK(polls[i].first - polls[i - 1].first >= 20_ms);
        CHECK(polls[i].second.to - polls[i].second.from <= 7);
    }
}

TEST_CASE("a position that retention has overtaken is reset by the policy")
{
    auto brokers = std::make_shared<Brokers>();
    for (int i = 0; i < 10; ++i)
        brokers->log.append(10);
    bool once = false;
    brokers->trouble = [&](NodeId,
                           FetchPartition const& p) -> std::optional<FetchPartitionResponse> {
        if (p.fetch_offset == Offset{30} && !once) {
            once = true;
            brokers->log.start = Offset{50};
            FetchPartitionResponse answer;
            answer.partition = p.partition;
            answer.error = Error::offset_out_of_range;
            return answer;
        }
        return std::nullopt;
    };
    World w = world(brokers, {{"auto.offset.reset", "earliest"}});
    w.start();
    w.run_until({10'000'000'000});
    std::vector<std::int64_t> expected = range(0, 30);
    for (std::int64_t const o : range(50, 100))
        expected.push_back(o);
    CHECK(offsets(w) == expected);
    REQUIRE(w.all<OffsetReset>().size() == 2);
    CHECK(w.all<OffsetReset>()[1].second.reason == "position out of range");
}

TEST_CASE("a reader follows a leader hint at once, and otherwise asks for metadata")
{
    for (bool const hint : {true, false}) {
        CAPTURE(hint);
        auto brokers = std::make_shared<Brokers>();
        brokers->log.append(10);
        int refused = 0;
        brokers->trouble = [&](NodeId node,
                               FetchPartition const& p) -> std::optional<FetchPartitionResponse> {
            if (node == NodeId{2} || (!hint && refused > 0))
                return std::nullopt;
            ++refused;
            FetchPartitionResponse answer;
            answer.partition = p.partition;
            answer.error = Error::not_leader_or_follower;
            if (hint)
                answer.current_leader = LeaderHint{BrokerId{2}, Epoch{1}};
            return answer;
        };
        World w = world(brokers, {{"auto.offset.reset", "earliest"}});
        w.start();
        w.run_until({5'000'000'000});
        CHECK(refused == 1);
        CHECK(offsets(w) == range(0, 10));
        CHECK(w.requests_of<MetadataRequest>() == 2);
        Instant const read = w.all<RecordsConsumed>()[0].first;
        if (hint)
            CHECK(read < Instant{20'000'000});
        else
            CHECK(read > Instant{60'000'000});
    }
}

TEST_CASE("a batch that ends before the position is not given out")
{
    auto brokers = std::make_shared<Brokers>();
    for (int i = 0; i < 6; ++i)
        brokers->log.append(10);
    brokers->trouble = [&](NodeId,
                           FetchPartition const& p) -> std::optional<FetchPartitionResponse> {
        if (p.fetch_offset != Offset{30})
            return std::nullopt;
        FetchPartitionResponse answer;
        answer.partition = p.partition;
        answer.high_watermark = Offset{60};
        answer.batches = {brokers->log.batches[2], brokers->log.batches[3]};
        return answer;
    };
    World w = world(brokers, {{"auto.offset.reset", "earliest"}});
    w.start();
    w.run_until({5'000'000'000});
    CHECK(offsets(w) == range(0, 60));
    for (auto const& [at, what] : w.all<RecordsConsumed>())
        CHECK(what.batches.front()->end_offset() > what.from);
}

TEST_CASE("a topic that does not exist yet is asked for until it does")
{
    auto brokers = std::make_shared<Brokers>();
    brokers->log.append(10);
    int asked = 0;
    ReaderWorkload load;
    load.topics = {"orders"};
    World w(Reader(5, "audit[0]",
                   resolve_consumer_config({4, 0}, {{"auto.offset.reset", "earliest"}}), load, {},
                   {60'000'000'000}, test::nodes(2)),
            1, [&](NodeId node, Message const& message) -> test::Answer {
                if (std::get_if<MetadataRequest>(&message) != nullptr && ++asked < 4) {
                    MetadataResponse response = test::metadata_of(2, 0);
                    response.topics[0].error = Error::unknown_topic_or_partition;
                    return {response};
                }
                return (*brokers)(node, message);
            });
    w.start();
    w.run_until({5'000'000'000});
    CHECK(offsets(w) == range(0, 10));
}

TEST_CASE("a connection that breaks loses nothing")
{
    auto brokers = std::make_shared<Brokers>();
    for (int i = 0; i < 40; ++i)
        brokers->log.append(10);
    World w = world(brokers, {{"auto.offset.reset", "earliest"}}, 3_ms);
    w.start();
    for (int i = 0; i < 10; ++i) {
        w.run_until(w.now + 17_ms);
        w.disconnect(NodeId{1});
    }
    w.run_until({20'000'000'000});
    CHECK(offsets(w) == range(0, 400));
}

TEST_CASE("there is one fetch under way per leader")
{
    auto brokers = std::make_shared<Brokers>();
    brokers->partitions = 4;
    World w = world(brokers, {{"auto.offset.reset", "latest"}});
    w.start();
    w.run_until({1'000'000'000});
    // Two leaders of two partitions each, and no data: each has been asked once, for both.
    CHECK(w.requests_of<FetchRequest>() == 2);
    for (auto const& [at, message] : w.requests)
        if (auto const* fetch = std::get_if<FetchRequest>(&message))
            CHECK(fetch->partitions.size() == 2);
}

TEST_CASE("a reader stops at its time, and when asked to")
{
    auto brokers = std::make_shared<Brokers>();
    World w = world(brokers, {});
    w.start();
    w.run_until({59'999'999'999});
    CHECK_FALSE(w.client.finished());
    w.run_until({60'000'000'000});
    CHECK(w.client.finished());

    World again = world(brokers, {});
    again.start();
    again.run_until({1'000'000'000});
    again.with([&](Env const& env, Out& out) { again.client.on_shutdown(env, out); });
    CHECK(again.exited);
    CHECK(again.client.finished());
}
