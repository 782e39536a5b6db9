#include "model/client/producer.h"

#include <deque>
#include <memory>
#include <tuple>

#include <doctest/doctest.h>

#include "sim/words.h"
#include "tests/model/client_world.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::sim::literals;

namespace {

using World = test::ClientWorld<Producer>;

ProducerConfig config() { return resolve_producer_config({4, 0}, {}); }

ProducerWorkload workload(std::int64_t records, std::optional<Rate> rate, std::int32_t value = 100)
{
    ProducerWorkload load;
    load.topics = {"orders"};
    load.rate = rate;
    load.records = records;
    load.value.size = SizeSpec::constant(value);
    return load;
}

// Brokers that keep what they get and check sequences as Kafka's do (at most five batches
// remembered).
struct Brokers {
    struct Producers {
        std::int16_t epoch{-1};
        std::int32_t last_sequence{-1};
        std::deque<std::pair<std::int32_t, std::int64_t>> recent;  // Base sequence, offset.
    };
    std::int32_t brokers{3};
    std::int32_t partitions{3};
    std::map<std::int32_t, std::vector<std::uint64_t>> logs;  // Record numbers.
    std::map<std::int32_t, Producers> producers;
    std::set<std::uint64_t> kept;
    bool check_sequences{true};
    // Asked for every partition of a produce request: what goes wrong.
    std::function<void(ProducePartition const&, bool& keep, Error& error, bool& disconnect,
                       bool& silent)>
        trouble;

    test::Answer operator()(NodeId, Message const& message)
    {
        if (std::get_if<MetadataRequest>(&message) != nullptr)
            return {metadata_of(brokers, partitions)};
        if (std::get_if<InitProducerIdRequest>(&message) != nullptr)
            return {InitProducerIdResponse{Error::none, ProducerId{7}, 0}};
        auto const& produce = std::get<ProduceRequest>(message);
        ProduceResponse response;
        bool disconnect = false, silent = false;
        for (ProducePartition const& part : produce.partitions) {
            bool keep = true;
            Error error = Error::none;
            if (trouble)
                trouble(part, keep, error, disconnect, silent);
            std::int64_t offset = -1;
            if (keep)
                offset = append(part, error);
            ProducePartitionResponse answer;
            answer.partition = part.partition;
            answer.error = error;
            answer.log_start_offset = Offset{0};
            if (error == Error::none)
                answer.base_offset = Offset{offset};
            response.partitions.push_back(answer);
        }
        if (disconnect)
            return {std::nullopt, true};
        if (silent || produce.acks == 0)
            return {};
        return {response};
    }
    std::int64_t append(ProducePartition const& part, Error& error)
    {
        RecordBatch const& batch = *part.batch;
        std::vector<std::uint64_t>& log = logs[part.partition.partition];
        auto const offset = static_cast<std::int64_t>(log.size());
        if (check_sequences && batch.base_sequence >= 0) {
            Producers& state = producers[part.partition.partition];
            if (batch.producer_epoch == state.epoch)
                for (auto const& [sequence, at] : state.recent)
                    if (sequence == batch.base_sequence)
                        return at;
            bool const in_order = batch.producer_epoch > state.epoch
                                      ? batch.base_sequence == 0
                                      : batch.producer_epoch == state.epoch &&
                                            batch.base_sequence == state.last_sequence + 1;
            if (!in_order) {
                error = batch.producer_epoch < state.epoch ? Error::invalid_producer_epoch
                                                           : Error::out_of_order_sequence_number;
                return -1;
            }
            if (batch.producer_epoch > state.epoch)
                state.recent.clear();
            state.epoch = batch.producer_epoch;
            state.last_sequence = batch.base_sequence + batch.record_count - 1;
            state.recent.emplace_back(batch.base_sequence, offset);
            if (state.recent.size() > 5)
                state.recent.pop_front();
        }
        for (std::int32_t i = 0; i < batch.record_count; ++i) {
            log.push_back(batch.record(i).number);
            kept.insert(batch.record(i).number);
        }
        return offset;
    }
    static MetadataResponse metadata_of(std::int32_t brokers, std::int32_t partitions)
    {
        return test::metadata_of(brokers, partitions);
    }
};

World world(ProducerConfig const& c, ProducerWorkload const& load, std::shared_ptr<Brokers> brokers,
            std::uint64_t seed = 1, Instant stop = {3'600'000'000'000})
{
    return World(
        Producer(4, "shop[0]", c, load, {}, stop, test::nodes(3)), seed,
        [brokers](NodeId node, Message const& message) { return (*brokers)(node, message); });
}

// What a run looks like from outside, without what only a wake-up can see.
std::vector<std::string> history(World const& w)
{
    std::vector<std::string> lines;
    auto const line = [&](Instant at, char const* what, TopicPartition partition,
                          BatchRef const& b) {
        lines.push_back(fmt::format("{} {} p{} {}+{} {} bytes seq {} ts {} {}", at.ns, what,
                                    partition.partition, b->first_number, b->record_count,
                                    b->size_bytes, b->base_sequence, b->base_timestamp.ns,
                                    b->max_timestamp.ns));
    };
    for (test::Seen const& seen : w.seen) {
        if (auto const* sent = std::get_if<RecordsSent>(&seen.what))
            line(seen.at, "sent", sent->partition, sent->batch);
        if (auto const* acked = std::get_if<RecordsAcknowledged>(&seen.what))
            line(seen.at, "acked", acked->partition, acked->batch);
        if (auto const* failed = std::get_if<RecordsFailed>(&seen.what))
            line(seen.at, failed->definite ? "failed" : "unknown", failed->partition,
                 failed->batch);
    }
    return lines;
}

}  // namespace

TEST_CASE("every record is sent, kept once and in order, and acknowledged")
{
    auto brokers = std::make_shared<Brokers>();
    World w = world(config(), workload(10'000, Rate{1, 100_us}), brokers);
    w.start();
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    CHECK(w.client.statistics().records_acknowledged == 10'000);
    CHECK(w.client.statistics().latency.count() == 10'000);
    CHECK(brokers->kept.size() == 10'000);
    std::size_t in_logs = 0;
    for (auto const& [partition, log] : brokers->logs) {
        in_logs += log.size();
        CHECK(std::is_sorted(log.begin(), log.end()));
    }
    CHECK(in_logs == 10'000);
    CHECK(w.all<ClientFinished>().size() == 1);
}

TEST_CASE("records that only join a batch cost no event")
{
    auto brokers = std::make_shared<Brokers>();
    World w = world(config(), workload(100'000, Rate{1, 100_us}), brokers);
    w.start();
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    // 51 records a batch (linger.ms 5): one wake-up and one answer for each.
    CHECK(w.handlers < 3 * 100'000 / 51 + 100);
}

TEST_CASE("looking ahead makes no difference: the same run as with an event for every record")
{
    struct Row {
        char const* what;
        Rate rate;
        Arrival arrival;
        KeySpec key;
        std::int32_t value;
        std::map<std::string, std::string, std::less<>> config;
        std::int64_t records;
        bool trouble;
    };
    KeySpec const none{};
    KeySpec const uniform{KeySpec::Gen::uniform, 50, 0};
    KeySpec const zipf{KeySpec::Gen::zipf, 1000, 990};
    KeySpec const sequence{KeySpec::Gen::sequence, 7, 0};
    for (Row const& row : {
             Row{"steady", {1, 100_us}, Arrival::steady, none, 100, {}, 3000, false},
             Row{"linger 0",
                 {1, 1_ms},
                 Arrival::steady,
                 none,
                 100,
                 {{"linger.ms", "0"}},
                 1500,
                 false},
             Row{"linger 0, busy",
                 {1, 50_us},
                 Arrival::steady,
                 uniform,
                 300,
                 {{"linger.ms", "0"}},
                 3000,
                 false},
             // 61 + 10 * 109 bytes: the tenth record fills its batch to the last byte.
             Row{"batches that fill exactly",
                 {1, 1_ms},
                 Arrival::steady,
                 none,
                 100,
                 {{"batch.size", "1151"}, {"linger.ms", "50"}},
                 2000,
                 false},
             Row{"large records", {7, 1_ms}, Arrival::steady, none, 5000, {}, 2000, false},
             Row{"poisson", {3, 1_ms}, Arrival::poisson, none, 200, {}, 3000, false},
             Row{"keys", {1, 130_us}, Arrival::steady, uniform, 120, {}, 3000, false},
             Row{"zipf, poisson",
                 {11, 1_ms},
                 Arrival::poisson,
                 zipf,
                 700,
                 {{"linger.ms", "20"}},
                 3000,
                 false},
             Row{"sequence, one in flight",
                 {5, 1_ms},
                 Arrival::steady,
                 sequence,
                 700,
                 {{"max.in.flight.requests.per.connection", "1"}},
                 3000,
                 false},
             Row{"memory runs out",
                 {40, 1_ms},
                 Arrival::steady,
                 none,
                 900,
                 {{"buffer.memory", "65536"}},
                 8000,
                 false},
             Row{"memory runs out, keys",
                 {40, 1_ms},
                 Arrival::steady,
                 zipf,
                 900,
                 {{"buffer.memory", "70000"}, {"linger.ms", "50"}},
                 8000,
                 false},
             Row{"trouble", {2, 1_ms}, Arrival::steady, none, 400, {}, 6000, true},
             Row{"trouble, keys, poisson",
                 {9, 1_ms},
                 Arrival::poisson,
                 uniform,
                 400,
                 {},
                 6000,
                 true},
             Row{"trouble, acks 1",
                 {9, 1_ms},
                 Arrival::steady,
                 uniform,
                 400,
                 {{"acks", "1"}, {"enable.idempotence", "false"}},
                 6000,
                 true},
             Row{"trouble, short of memory and time",
                 {20, 1_ms},
                 Arrival::steady,
                 none,
                 400,
                 {{"buffer.memory", "100000"},
                  {"delivery.timeout.ms", "400"},
                  {"request.timeout.ms", "200"},
                  {"max.block.ms", "30"}},
                 8000,
                 true},
             Row{"acks 0",
                 {9, 1_ms},
                 Arrival::steady,
                 none,
                 400,
                 {{"acks", "0"}, {"enable.idempotence", "false"}},
                 3000,
                 false},
         }) {
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            CAPTURE(row.what);
            CAPTURE(seed);
            std::vector<std::string> histories[2];
            std::uint64_t handlers[2];
            for (bool const every : {false, true}) {
                auto brokers = std::make_shared<Brokers>();
                auto words = std::make_shared<sim::Words>(seed * 77);
                if (row.trouble)
                    brokers->trouble = [words](ProducePartition const&, bool& keep, Error& error,
                                               bool& disconnect, bool& silent) {
                        switch (words->below(60)) {
                        case 0:
                            disconnect = true;
                            break;
                        case 1:
                            keep = false;
                            disconnect = true;
                            break;
                        case 2:
                            keep = false;
                            error = Error::not_enough_replicas;
                            break;
                        case 3:
                            error = Error::not_enough_replicas_after_append;
                            break;
                        case 4:
                            keep = false;
                            error = Error::not_leader_or_follower;
                            break;
                        case 5:
                            silent = words->below(4) == 0;
                            break;
                        default:
                            break;
                        }
                    };
                ProducerWorkload load = workload(row.records, row.rate, row.value);
                load.arrival = row.arrival;
                load.key = row.key;
                World w = world(resolve_producer_config({4, 0}, row.config), load, brokers, seed);
                w.latency = Duration{1'234'567};
                w.client.wake_for_every_record(every);
                w.start();
                w.run_until({500'000'000'000});
                CHECK(w.client.finished());
                histories[every] = history(w);
                handlers[every] = w.handlers;
            }
            REQUIRE(histories[0].size() > 5);
            for (std::size_t i = 0; i < std::min(histories[0].size(), histories[1].size()); ++i)
                REQUIRE(histories[0][i] == histories[1][i]);
            CHECK(histories[0].size() == histories[1].size());
            CHECK(handlers[0] <= handlers[1]);
        }
    }
}

TEST_CASE("every record has exactly one outcome, and what is called failed for sure is in no log")
{
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        auto brokers = std::make_shared<Brokers>();
        auto words = std::make_shared<sim::Words>(seed);
        bool const idempotent = seed % 3 != 0;
        brokers->trouble = [words](ProducePartition const&, bool& keep, Error& error,
                                   bool& disconnect, bool& silent) {
            switch (words->below(14)) {
            case 0:
                disconnect = true;
                break;
            case 1:
                keep = false;
                disconnect = true;
                break;
            case 2:
                keep = false;
                error = Error::not_enough_replicas;
                break;
            case 3:
                error = Error::not_enough_replicas_after_append;
                break;
            case 4:
                error = Error::not_leader_or_follower;
                break;
            case 5:
                silent = words->below(6) == 0;
                break;
            case 6:
                keep = false;
                error = words->below(9) == 0 ? Error::invalid_record : Error::none;
                keep = error == Error::none;
                break;
            case 7:
                error = words->below(9) == 0 ? Error::unknown_server_error : Error::none;
                break;
            default:
                break;
            }
        };
        ConfigMap overrides{{"delivery.timeout.ms", "3000"},
                            {"request.timeout.ms", "1000"},
                            {"buffer.memory", "200000"},
                            {"max.block.ms", "100"}};
        if (!idempotent) {
            overrides["enable.idempotence"] = "false";
            overrides["retries"] = "3";
        }
        ProducerWorkload load = workload(4000, Rate{3, 1_ms}, 300);
        if (seed % 2 == 0)
            load.key = {KeySpec::Gen::uniform, 100, 0};
        World w = world(resolve_producer_config({4, 0}, overrides), load, brokers, seed);
        w.start();
        // Now and then the network breaks from outside.
        for (int i = 0; i < 20; ++i) {
            w.run_until(w.now + 100_ms);
            w.disconnect(NodeId{static_cast<std::uint16_t>(1 + words->below(3))});
        }
        w.run_until({200'000'000'000});
        REQUIRE(w.client.finished());

        std::map<std::uint64_t, int> sent, outcomes;
        auto const count = [](std::map<std::uint64_t, int>& counts, BatchRef const& batch) {
            for (std::int32_t i = 0; i < batch->record_count; ++i)
                ++counts[batch->record(i).number];
        };
        std::uint64_t unknown = 0;
        for (test::Seen const& seen : w.seen) {
            if (auto const* s = std::get_if<RecordsSent>(&seen.what))
                count(sent, s->batch);
            if (auto const* acked = std::get_if<RecordsAcknowledged>(&seen.what)) {
                count(outcomes, acked->batch);
                for (std::int32_t i = 0; i < acked->batch->record_count; ++i) {
                    CHECK(sent.contains(acked->batch->record(i).number));
                    CHECK(brokers->kept.contains(acked->batch->record(i).number));
                }
            }
            if (auto const* failed = std::get_if<RecordsFailed>(&seen.what)) {
                count(outcomes, failed->batch);
                unknown += failed->definite ? 0 : 1;
                if (failed->definite)
                    for (std::int32_t i = 0; i < failed->batch->record_count; ++i)
                        CHECK_FALSE(brokers->kept.contains(failed->batch->record(i).number));
            }
        }
        CHECK(outcomes.size() == 4000);
        for (auto const& outcome : outcomes) {
            CAPTURE(outcome.first);
            REQUIRE(outcome.second == 1);
        }
        for (auto const& [number, times] : sent)
            REQUIRE(times == 1);
        ProducerStatistics const& statistics = w.client.statistics();
        CHECK(statistics.records_acknowledged + statistics.records_failed +
                  statistics.records_unknown ==
              4000);
    }
}

TEST_CASE("the idempotent producer neither duplicates nor reorders through disconnections")
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        auto brokers = std::make_shared<Brokers>();
        auto words = std::make_shared<sim::Words>(seed);
        brokers->trouble = [words](ProducePartition const&, bool& keep, Error& error,
                                   bool& disconnect, bool&) {
            std::uint64_t const what = words->below(12);
            disconnect = what < 2;
            keep = what != 0 && what != 2;
            if (what == 2)
                error = Error::not_enough_replicas;
        };
        World w = world(config(), workload(5000, Rate{5, 1_ms}, 400), brokers, seed);
        w.start();
        w.run_until({400'000'000'000});
        REQUIRE(w.client.finished());
        CHECK(w.client.statistics().records_acknowledged == 5000);
        for (auto const& [partition, log] : brokers->logs) {
            CHECK(std::is_sorted(log.begin(), log.end()));
            CHECK(std::adjacent_find(log.begin(), log.end()) == log.end());
        }
    }
}

TEST_CASE("without idempotence a lost answer makes a duplicate")
{
    auto brokers = std::make_shared<Brokers>();
    int produced = 0;
    brokers->trouble = [&](ProducePartition const&, bool&, Error&, bool& disconnect, bool&) {
        disconnect = ++produced == 3;
    };
    ProducerConfig const c =
        resolve_producer_config({4, 0}, {{"enable.idempotence", "false"}, {"acks", "1"}});
    World w = world(c, workload(1000, Rate{1, 1_ms}), brokers);
    w.start();
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    std::size_t in_logs = 0;
    for (auto const& [partition, log] : brokers->logs)
        in_logs += log.size();
    CHECK(in_logs > 1000);
    CHECK(brokers->kept.size() == 1000);
}

TEST_CASE("a hint of the new leader is followed at once, without the backoff (KIP-951)")
{
    auto brokers = std::make_shared<Brokers>();
    brokers->partitions = 1;
    bool refused = false;
    Instant refused_at, sent_again_at;
    World* pointer = nullptr;
    World w(Producer(4, "shop[0]", config(), workload(1, Rate{1, 1_ms}), {}, {60'000'000'000},
                     test::nodes(3)),
            1, [&](NodeId node, Message const& message) -> test::Answer {
                if (auto const* produce = std::get_if<ProduceRequest>(&message)) {
                    if (!refused) {
                        refused = true;
                        refused_at = pointer->now;
                        ProducePartitionResponse answer;
                        answer.partition = produce->partitions[0].partition;
                        answer.error = Error::not_leader_or_follower;
                        answer.current_leader = LeaderHint{BrokerId{2}, Epoch{1}};
                        return {ProduceResponse{{answer}}};
                    }
                    CHECK(node == NodeId{2});
                    sent_again_at = pointer->now;
                }
                return (*brokers)(node, message);
            });
    pointer = &w;
    w.start();
    w.run_until({20'000'000'000});
    CHECK(w.client.finished());
    CHECK(w.client.statistics().records_acknowledged == 1);
    CHECK(sent_again_at - refused_at < 20_ms);
}

TEST_CASE("a batch that waited for delivery.timeout.ms unsent has failed for sure")
{
    auto brokers = std::make_shared<Brokers>();
    ProducerConfig const c = resolve_producer_config(
        {4, 0}, {{"delivery.timeout.ms", "2000"}, {"request.timeout.ms", "1000"}});
    World w = world(c, workload(10, Rate{1, 1_ms}), brokers);
    w.start();
    w.run_until({1'000'000});
    w.step({2'000'000'000});
    // Metadata and producer id are there; then the brokers go before a batch is sent.
    w.run_until({2'500'000});
    w.down = {NodeId{1}, NodeId{2}, NodeId{3}};
    for (std::uint16_t n = 1; n <= 3; ++n)
        w.disconnect(NodeId{n});
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    auto const failed = w.all<RecordsFailed>();
    REQUIRE_FALSE(failed.empty());
    for (auto const& [at, what] : failed)
        CHECK(what.definite);
}

TEST_CASE("send() fails after max.block.ms when its topic is unknown")
{
    ProducerConfig const c = resolve_producer_config({4, 0}, {{"max.block.ms", "700"}});
    World w(Producer(4, "shop[0]", c, workload(2, Rate{1, 100_ms}), {}, {60'000'000'000},
                     test::nodes(1)),
            1, [&](NodeId, Message const& message) -> test::Answer {
                if (std::get_if<MetadataRequest>(&message) == nullptr)
                    return {InitProducerIdResponse{Error::none, ProducerId{1}, 0}};
                MetadataResponse response = test::metadata_of(1, 0);
                response.topics[0].error = Error::unknown_topic_or_partition;
                return {response};
            });
    w.start();
    w.run_until({5'000'000'000});
    CHECK(w.client.finished());
    auto const failed = w.all<RecordsFailed>();
    REQUIRE(failed.size() == 2);
    CHECK(failed[0].first == Instant{700'000'000});
    CHECK(failed[1].first == Instant{1'400'000'000});
    CHECK(failed[0].second.definite);
    CHECK(failed[0].second.batch->first_number == 0);
    // Asked again and again, with growing pauses.
    CHECK(w.requests_of<MetadataRequest>() >= 3);
    CHECK(w.requests_of<MetadataRequest>() <= 9);
}

TEST_CASE("a batch that is too large for the broker is split and sent in parts")
{
    auto brokers = std::make_shared<Brokers>();
    brokers->partitions = 1;
    brokers->trouble = [](ProducePartition const& part, bool& keep, Error& error, bool&, bool&) {
        if (part.batch->size_bytes > 20'000) {
            keep = false;
            error = Error::message_too_large;
        }
    };
    ProducerConfig c =
        resolve_producer_config({4, 0}, {{"batch.size", "16384"}, {"linger.ms", "50"}});
    World w = world(c, workload(300, Rate{10, 1_ms}, 1000), brokers);
    w.start();
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    CHECK(brokers->logs[0].size() == 300);
    CHECK(std::is_sorted(brokers->logs[0].begin(), brokers->logs[0].end()));
}

TEST_CASE("a restarted client goes on with new numbers and a new producer")
{
    auto brokers = std::make_shared<Brokers>();
    brokers->check_sequences = false;
    World w = world(config(), workload(1000, Rate{1, 1_ms}), brokers);
    w.start();
    w.run_until({300'500'000});
    std::uint64_t const next = w.client.next_number();
    CHECK(next > 290);
    CHECK(next <= 301);
    w.now = {2'000'000'000};
    w.start();
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    CHECK(w.client.next_number() == 1000);
    std::set<std::uint64_t> sent;
    for (auto const& [at, what] : w.all<RecordsSent>())
        for (std::int32_t i = 0; i < what.batch->record_count; ++i)
            CHECK(sent.insert(what.batch->record(i).number).second);
    CHECK(w.requests_of<InitProducerIdRequest>() == 2);
}

TEST_CASE("an unlimited producer is held back by buffer.memory, and stops when told")
{
    auto brokers = std::make_shared<Brokers>();
    ProducerWorkload load = workload(0, std::nullopt, 1000);
    load.records.reset();
    World w = world(config(), load, brokers, 1, {200'000'000});
    w.start();
    w.run_until({30'000'000'000});
    CHECK(w.client.finished());
    ProducerStatistics const& statistics = w.client.statistics();
    CHECK(statistics.records_acknowledged == w.client.next_number());
    CHECK(statistics.records_acknowledged > 10'000);
    CHECK(statistics.records_acknowledged <= 200'000);
}

TEST_CASE("a change of rate counts from now on")
{
    auto brokers = std::make_shared<Brokers>();
    ProducerWorkload load = workload(0, Rate{1, 10_ms});
    load.records.reset();
    World w = world(config(), load, brokers, 1, {3'000'000'000});
    w.start();
    w.run_until({1'000'000'000});
    CHECK(w.client.next_number() <= 101);
    w.with([&](Env const& env, Out& out) { w.client.set_rate(env, Rate{1, 1_ms}, out); });
    w.run_until({30'000'000'000});
    CHECK(w.client.next_number() >= 100 + 1999);
    CHECK(w.client.next_number() <= 101 + 2000);
}

TEST_CASE("closing flushes what is there and exits")
{
    auto brokers = std::make_shared<Brokers>();
    World w = world(resolve_producer_config({4, 0}, {{"linger.ms", "60000"}}),
                    workload(100'000, Rate{1, 1_ms}), brokers);
    w.start();
    w.run_until({20'000'000});
    w.with([&](Env const& env, Out& out) { w.client.on_shutdown(env, out); });
    w.run_until({1'000'000'000});
    CHECK(w.exited);
    CHECK(w.client.statistics().records_acknowledged == w.client.next_number());
    CHECK(w.client.next_number() >= 20);
}
