#include "model/client/accumulator.h"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "model/record_size.h"
#include "tests/model/client_world.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

Arrivals::Record next_of(Arrivals& arrivals, sim::Env const& env)
{
    Arrivals::Record record;
    REQUIRE(arrivals.peek(env, 0, record));
    return record;
}

// An accumulator for one topic of which everything is known.
struct Bench {
    explicit Bench(ConfigMap const& overrides, std::int32_t value = 1000,
                   std::int32_t partitions = 2, KeySpec key = {})
        : config(resolve_producer_config({4, 0}, overrides)),
          accumulator(config, 1),
          arrivals(workload(value, key), Instant::never())
    {
        view.update(test::metadata_of(2, partitions));
        accumulator.learn(0, *view.topic("orders"));
        arrivals.begin({});
        env.self = NodeId{1};
        env.chance = &chance;
    }
    static ProducerWorkload workload(std::int32_t value, KeySpec key)
    {
        ProducerWorkload load;
        load.topics = {"orders"};
        load.rate = Rate{1, 1_ms};
        load.value.size = SizeSpec::constant(value);
        load.key = key;
        return load;
    }
    Accumulator::Appended append()
    {
        Arrivals::Record const record = next_of(arrivals, env);
        arrivals.take();
        return accumulator.append(env, view, arrivals, record, record.due, record.due);
    }
    std::uint32_t queue() const
    {
        for (std::uint32_t i = 0; i < accumulator.queues().size(); ++i)
            if (!accumulator.queues()[i].batches.empty())
                return i;
        return 0;
    }
    ProducerConfig config;
    sim::Chance chance{1};
    Env env;
    ClusterView view;
    Accumulator accumulator;
    Arrivals arrivals;
};

}  // namespace

TEST_CASE("a varint takes seven bits a byte, after zig-zag")
{
    CHECK(varint_bytes(0) == 1);
    CHECK(varint_bytes(-1) == 1);
    CHECK(varint_bytes(63) == 1);
    CHECK(varint_bytes(64) == 2);
    CHECK(varint_bytes(-64) == 1);
    CHECK(varint_bytes(-65) == 2);
    CHECK(varint_bytes(8191) == 2);
    CHECK(varint_bytes(8192) == 3);
    CHECK(varint_bytes(INT64_MAX) == 10);
    CHECK(varint_bytes(INT64_MIN) == 10);
}

TEST_CASE("a record's size follows format v2")
{
    // Length 1, attributes 1, timestamp delta 1, offset delta 1, null key 1, value 1 + 10,
    // headers 1.
    CHECK(record_bytes(0, 0, -1, 10) == 17);
    // Value and whole record need two bytes of length.
    CHECK(record_bytes(0, 0, -1, 100) == 1 + 1 + 1 + 1 + 2 + 100 + 1 + 2);
    CHECK(record_bytes(64, 0, -1, 10) == 18);
    CHECK(record_bytes(0, 64, -1, 10) == 18);
    CHECK(record_bytes(0, 0, 3, 10) == 20);
    CHECK(single_record_batch_bound(-1, 10) == 61 + 21 + 1 + 11 + 1);
}

TEST_CASE("a batch takes records until the next one does not fit")
{
    Bench bench(ConfigMap{{"batch.size", "5000"}});
    CHECK(bench.append() == Accumulator::Appended::opened);
    for (int i = 0; i < 3; ++i)
        CHECK(bench.append() == Accumulator::Appended::joined);
    std::uint32_t const first = bench.queue();
    CHECK_FALSE(bench.accumulator.full(bench.accumulator.queues()[first]));
    CHECK(bench.accumulator.pool()[bench.accumulator.queues()[first].batches.front()].size_bytes ==
          61 + 4 * record_bytes(0, 0, -1, 1000));
    CHECK(bench.append() == Accumulator::Appended::opened);
    CHECK(bench.accumulator.full(bench.accumulator.queues()[first]));
}

TEST_CASE("a record larger than batch.size has a batch of its own")
{
    Bench bench(ConfigMap{{"batch.size", "500"}}, 1000, 1);
    CHECK(bench.append() == Accumulator::Appended::opened);
    CHECK(bench.append() == Accumulator::Appended::opened);
    CHECK(bench.accumulator.queues()[0].batches.size() == 2);
    CHECK(bench.accumulator.memory_free() ==
          33554432 - 2 * static_cast<std::int64_t>(single_record_batch_bound(-1, 1000)));
}

TEST_CASE("a batch is ready when it is full, has lingered, or lingering is off")
{
    Bench bench(ConfigMap{{"batch.size", "5000"}, {"linger.ms", "7"}}, 1000, 1);
    Accumulator::Queue& queue = bench.accumulator.queues()[0];
    CHECK(bench.accumulator.ready_at(queue, false) == Instant::never());
    bench.append();
    CHECK(bench.accumulator.ready_at(queue, false) == Instant{7'000'000});
    CHECK(bench.accumulator.ready_at(queue, true) == Instant{});
    for (int i = 0; i < 4; ++i)
        bench.append();
    CHECK(bench.accumulator.ready_at(queue, false) == Instant{});
}

TEST_CASE("memory is taken by the batch and given back when its records have their outcome")
{
    Bench bench(ConfigMap{{"batch.size", "5000"}, {"buffer.memory", "10000"}}, 1000, 1);
    for (int i = 0; i < 8; ++i)
        CHECK(bench.append() != Accumulator::Appended::no_memory);
    CHECK(bench.accumulator.memory_free() == 0);
    Arrivals::Record const record = next_of(bench.arrivals, bench.env);
    CHECK(bench.accumulator.append(bench.env, bench.view, bench.arrivals, record, record.due,
                                   record.due) == Accumulator::Appended::no_memory);
    BatchId const id = bench.accumulator.queues()[0].batches.front();
    bench.accumulator.queues()[0].batches.pop_front();
    bench.accumulator.settle(id);
    CHECK(bench.accumulator.memory_free() == 5000);
    CHECK(bench.append() == Accumulator::Appended::opened);
}

TEST_CASE("a retry waits for its backoff, unless the leader has changed")
{
    Bench bench(ConfigMap{{"linger.ms", "0"}}, 1000, 1);
    bench.append();
    Accumulator::Queue& queue = bench.accumulator.queues()[0];
    BatchId const id = queue.batches.front();
    ProducerBatch& batch = bench.accumulator.pool()[id];
    batch.learn_leader_epoch(Epoch{3});
    queue.batches.pop_front();
    bench.env.now = {1'000'000'000};
    bench.accumulator.put_back(bench.env, id, false);
    Instant const ready = bench.accumulator.ready_at(queue, true);
    CHECK(ready >= bench.env.now + 80_ms);
    CHECK(ready <= bench.env.now + 120_ms);
    batch.learn_leader_epoch(Epoch{3});
    CHECK(bench.accumulator.ready_at(queue, true) == ready);
    batch.learn_leader_epoch(Epoch{4});
    CHECK(bench.accumulator.ready_at(queue, true) == bench.env.now);
}

TEST_CASE("a batch with a sequence goes back to its place among the others")
{
    Bench bench(ConfigMap{{"batch.size", "1"}}, 100, 1);
    for (int i = 0; i < 4; ++i)
        bench.append();
    Accumulator::Queue& queue = bench.accumulator.queues()[0];
    std::vector<BatchId> ids(queue.batches.begin(), queue.batches.end());
    for (std::int32_t i = 0; i < 3; ++i)
        bench.accumulator.pool()[ids[static_cast<std::size_t>(i)]].set_producer(ProducerId{1}, 0,
                                                                                i);
    for (int i = 0; i < 3; ++i)
        queue.batches.pop_front();
    for (std::size_t const i : {1, 0, 2})
        bench.accumulator.put_back(bench.env, ids[i], true);
    CHECK(std::vector<BatchId>(queue.batches.begin(), queue.batches.end()) == ids);
}

TEST_CASE("batches expire in the order in which they were opened")
{
    Bench bench(ConfigMap{{"batch.size", "1"}}, 100, 1);
    for (int i = 0; i < 3; ++i)
        bench.append();
    std::vector<BatchId> const ids(bench.accumulator.queues()[0].batches.begin(),
                                   bench.accumulator.queues()[0].batches.end());
    CHECK(bench.accumulator.oldest() == ids[0]);
    bench.accumulator.settle(ids[1]);
    CHECK(bench.accumulator.oldest() == ids[0]);
    bench.accumulator.settle(ids[0]);
    CHECK(bench.accumulator.oldest() == ids[2]);
    bench.accumulator.settle(ids[2]);
    CHECK_FALSE(bench.accumulator.oldest());
}

TEST_CASE(
    "records without keys stay with a partition for at least batch.size and at most twice that")
{
    Bench bench(ConfigMap{{"batch.size", "5000"}}, 1000, 2);
    std::map<std::uint64_t, std::uint32_t> where;
    for (int i = 0; i < 400; ++i)
        bench.append();
    for (std::uint32_t q = 0; q < 2; ++q)
        for (BatchId const id : bench.accumulator.queues()[q].batches) {
            ProducerBatch const& batch = bench.accumulator.pool()[id];
            for (std::int32_t i = 0; i < batch.records; ++i)
                where[batch.number(i)] = q;
        }
    REQUIRE(where.size() == 400);
    int stay = 1, switches = 0, longest = 0;
    for (std::uint64_t n = 1; n < 400; ++n) {
        if (where[n] == where[n - 1]) {
            ++stay;
        } else {
            ++switches;
            CHECK(stay >= 4);
            stay = 1;
        }
        longest = std::max(longest, stay);
    }
    CHECK(switches > 10);
}

TEST_CASE("a batch of consecutive numbers keeps nothing for a record, others four bytes")
{
    Bench plain(ConfigMap{}, 10, 1);
    for (int i = 0; i < 100; ++i)
        plain.append();
    ProducerBatch& batch = plain.accumulator.pool()[plain.accumulator.queues()[0].batches[0]];
    CHECK(batch.deltas.empty());
    CHECK(batch.arrivals.empty());
    CHECK_FALSE(batch.freeze(3)->numbers);
    CHECK(batch.freeze(3)->record(99) == RecordId{3, 99});

    Bench keyed(ConfigMap{}, 10, 2, {KeySpec::Gen::uniform, 100, 0});
    for (int i = 0; i < 100; ++i)
        keyed.append();
    std::set<std::uint64_t> numbers;
    for (Accumulator::Queue const& queue : keyed.accumulator.queues()) {
        ProducerBatch& some = keyed.accumulator.pool()[queue.batches[0]];
        CHECK(some.deltas.size() == static_cast<std::size_t>(some.records));
        BatchRef const wire = some.freeze(3);
        for (std::int32_t i = 0; i < some.records; ++i)
            CHECK(numbers.insert(wire->record(i).number).second);
    }
    CHECK(numbers.size() == 100);
}

TEST_CASE("a batch is as large as its records, with keys that were drawn, tombstones and times")
{
    ProducerWorkload load = Bench::workload(0, {KeySpec::Gen::zipf, 1000, 1100});
    load.value.size.kind = SizeSpec::Kind::uniform;
    load.value.size.min = 0;
    load.value.size.max = 300;
    load.value.tombstones.ppb = 200'000'000;
    load.value.headers = {{"trace", "0123456789"}, {"null", std::nullopt}};
    Bench bench(ConfigMap{});
    bench.arrivals = Arrivals(load, Instant::never(), "shop");
    bench.arrivals.begin({});
    for (int i = 0; i < 500; ++i)
        bench.append();
    int tombstones = 0;
    std::set<std::uint64_t> keys;
    std::map<std::string, std::uint64_t> text_of_key;
    for (Accumulator::Queue const& queue : bench.accumulator.queues())
        for (BatchId const id : queue.batches) {
            BatchRef const batch = bench.accumulator.pool()[id].freeze(3);
            std::uint64_t bytes = batch_header_bytes;
            for (std::int32_t place = 0; place < batch->record_count; ++place) {
                bytes += batch->record_size(place);
                tombstones += batch->tombstone(place) ? 1 : 0;
                keys.insert(*batch->key(place));
                CHECK(
                    text_of_key.emplace(batch->key_text(place), *batch->key(place)).first->second ==
                    *batch->key(place));
                // A record each millisecond from 0 on.
                CHECK(batch->timestamp_ms(place) ==
                      static_cast<std::int64_t>(batch->record(place).number));
            }
            CHECK(batch->size_bytes == bytes);
        }
    CHECK(tombstones > 60);
    CHECK(tombstones < 140);
    CHECK(keys.size() > 50);
    CHECK(text_of_key.size() == keys.size());
}
