// A broker's cleaner: which log it takes, when, how far it has come after a restart, and what it
// does when the log goes.
#include <algorithm>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/model/keyed_batch.h"
#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
namespace sim = odradek::sim;

namespace {

PartitionState compacted(TopicPartition id = orders_0, int partition_epoch = 0)
{
    PartitionState made = state({.partition = id, .partition_epoch = partition_epoch, .isr = {1}});
    made.topic.cleanup_policy = {true, false};
    made.topic.segment_bytes = 400;
    return made;
}

struct CleaningBench : Bench {
    explicit CleaningBench(BrokerConfig const& config = broker_config()) : Bench(1, config) {}
    std::uint64_t next_number{0};

    ProducePartitionResponse put(std::vector<std::uint32_t> keys, TopicPartition id = orders_0)
    {
        return produced(produce(1, {{id, keyed({.keys = std::move(keys)}, next_number)}}));
    }
    // Reads and flushes take a tenth of a second.
    void run(int tenths)
    {
        for (int i = 0; i < tenths; ++i) {
            pass(milliseconds(100));
            for (sim::FileId const file : std::exchange(reads, {}))
                manager.on_flushed(env, file, out);
            tell_flushed();
        }
    }
    bool there(std::string const& ending) const
    {
        for (std::uint32_t i = 0; i < disk.file_count(); ++i)
            if (sim::FileId const file{i}; disk.exists(file) && disk.path(file).ends_with(ending))
                return true;
        return false;
    }
};

}  // namespace

TEST_CASE("a compacted topic is cleaned every log.cleaner.backoff.ms, and its checkpoint says so")
{
    CleaningBench bench;
    bench.apply_all({compacted()});
    bench.run(1);  // It has looked.
    for (std::uint32_t i = 0; i < 30; ++i)
        CHECK(bench.put({i % 3}).error == Error::none);
    std::size_t const before = bench.log().batch_count();
    bench.run(20);
    CHECK_FALSE(bench.seen<LogCompacted>());
    bench.run(250);
    REQUIRE(bench.seen<LogCompacted>());
    CHECK(bench.log().batch_count() < before);
    CHECK(bench.log().cleaned_to() == bench.log().segments().back().base());
    CHECK_FALSE(bench.there(".cleaned"));
    CHECK_FALSE(bench.there(".swap"));
    Offset const cleaned = *bench.log().cleaned_to();
    bench.restart(LastShutdown::unclean);
    CHECK(bench.log().cleaned_to() == cleaned);
}

TEST_CASE("the dirtiest log comes first")
{
    constexpr TopicPartition other{orders, 1};
    CleaningBench bench;
    bench.apply_all({compacted(), compacted(other)});
    for (std::uint32_t i = 0; i < 30; ++i)
        bench.put({i % 3});
    bench.run(270);
    // One is half clean now, the other all dirty.
    for (std::uint32_t i = 0; i < 30; ++i) {
        bench.put({i % 3});
        bench.put({i}, other);
    }
    bench.observations.clear();
    bench.run(170);
    auto const first = std::find_if(
        bench.observations.begin(), bench.observations.end(),
        [](Observation const& fact) { return std::holds_alternative<LogCompacted>(fact); });
    REQUIRE(first != bench.observations.end());
    CHECK(std::get<LogCompacted>(*first).partition == other);
}

TEST_CASE("a broker without a compacted topic has no timer for it")
{
    CleaningBench bench;
    bench.apply({.isr = {1}});
    bench.run(20);
    CHECK(bench.timers.count(timer(TimerKind::log_cleaner, 0)) == 0);
    TopicConfig topic = topic_config();
    topic.cleanup_policy.compacts = true;
    bench.manager.on_topic_config(bench.env, orders, topic, bench.out);
    bench.run(1);
    CHECK(bench.timers.count(timer(TimerKind::log_cleaner, 0)) == 1);
    bench.manager.on_topic_config(bench.env, orders, topic_config(), bench.out);
    bench.run(200);
    CHECK(bench.timers.count(timer(TimerKind::log_cleaner, 0)) == 0);
}

TEST_CASE("what was written so far goes with the log that was being cleaned")
{
    CleaningBench bench;
    bench.apply_all({compacted()});
    for (std::uint32_t i = 0; i < 30; ++i)
        bench.put({i % 3});
    int tenths = 0;
    while (!bench.there(".cleaned")) {
        REQUIRE(++tenths < 300);
        bench.run(1);
    }
    bench.manager.apply(bench.env, {}, {orders_0}, bench.out);
    bench.run(300);
    CHECK_FALSE(bench.there(".cleaned"));
    CHECK(bench.manager.partition(orders_0) == nullptr);
}

TEST_CASE("log.cleaner.io.max.bytes.per.second slows cleaning down")
{
    auto const tenths_for = [](std::int64_t rate) {
        BrokerConfig config = broker_config();
        config.log_cleaner_io_max_bytes_per_second = rate;
        CleaningBench bench(config);
        bench.apply_all({compacted()});
        for (std::uint32_t i = 0; i < 60; ++i)
            bench.put({i % 3});
        int tenths = 0;
        while (!bench.log().cleaned_to()) {
            REQUIRE(++tenths < 2000);
            bench.run(1);
        }
        return tenths;
    };
    CHECK(tenths_for(200) > tenths_for(0) + 100);
}

TEST_CASE("a producer that sends a record without a key to a compacted topic is refused")
{
    CleaningBench bench;
    bench.apply_all({compacted()});
    CHECK(bench.produced(bench.produce(1, BatchSpec{})).error == Error::invalid_record);
    CHECK(bench.log().end() == Offset{0});
}
