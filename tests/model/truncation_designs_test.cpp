// The published designs of replica truncation, each as it stood: what a follower asks, what a
// leader answers, what is cut.
#include <doctest/doctest.h>

#include <vector>

#include "model/replica/replica_fetcher.h"
#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

constexpr Truncation designs[] = {Truncation::high_watermark,
                                  Truncation::kip_101,
                                  Truncation::kip_279,
                                  Truncation::kip_320_first_try,
                                  Truncation::kip_320_truncating,
                                  Truncation::kip_320};

ProtocolSwitches by(Truncation truncation)
{
    ProtocolSwitches switches;
    switches.truncation = truncation;
    return switches;
}

FetchResponse records(std::vector<BatchRef> batches, std::int64_t high_watermark = 0)
{
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{high_watermark};
    part.log_start_offset = Offset{0};
    part.batches = std::move(batches);
    return response;
}

OffsetsForLeaderEpochResponse epoch_end(std::int64_t end, int epoch = -1, Error error = Error::none)
{
    OffsetsForLeaderEpochResponse response;
    response.partitions.push_back({orders_0, error, Epoch{epoch}, Offset{end}});
    return response;
}

// A follower that has one record of each of these epochs, and its next fetch under way.
void fill(Bench& bench, std::vector<int> const& epochs)
{
    bench.apply({.leader = 1, .epoch = epochs.back()});
    if (!bench.sent.empty() &&
        std::holds_alternative<OffsetsForLeaderEpochRequest>(bench.sent[0].message))
        bench.respond(epoch_end(0));
    std::vector<BatchRef> batches;
    for (std::size_t i = 0; i < epochs.size(); ++i)
        batches.push_back(batch_at(static_cast<std::int64_t>(i), epochs[i]));
    bench.respond(records(batches));
}

// Carries one request of the follower to the leader and the answer back.
bool carry(Bench& from, Bench& to)
{
    if (from.sent.empty())
        return false;
    Message const& message = from.sent[0].message;
    if (auto const* fetch = std::get_if<FetchRequest>(&message)) {
        FetchRequest hasty = *fetch;
        hasty.max_wait = 0_ms;
        from.respond(std::get<FetchResponse>(*to.reply_to(to.fetch(hasty)).message));
    } else if (auto const* epochs = std::get_if<OffsetsForLeaderEpochRequest>(&message)) {
        OffsetsForLeaderEpochResponse response;
        response.partitions.push_back(
            to.end_of_epoch(from.env.self.value, epochs->partitions[0].leader_epoch.value,
                            epochs->partitions[0].current_leader_epoch.value));
        from.respond(response);
    } else {
        return false;
    }
    return true;
}

std::vector<std::uint64_t> content(Bench const& bench)
{
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i < bench.log().batch_count(); ++i)
        numbers.push_back(bench.log().batch(i)->first_number);
    return numbers;
}

// One led by 1 in epoch 1: both have m0, only 1 has m1. Then 2 leads and writes x1 before it is
// followed, then 1 again: a fast fail-over (KIP-279).
void fail_over_twice(Bench& one, Bench& two)
{
    StateSpec spec{.leader = 1, .epoch = 1, .replicas = {1, 2}, .isr = {1, 2}};
    one.apply(spec);
    two.apply(spec);
    one.produce(1, BatchSpec{.first = 100});
    while (two.log().end() == Offset{0} && carry(two, one)) {
    }
    one.produce(1, BatchSpec{.first = 101});
    two.sent.clear();
    two.disconnect({NodeId{1}, static_cast<std::uint8_t>(Channel::replica_fetcher)});
    spec = {.leader = 2, .epoch = 2, .partition_epoch = 1, .replicas = {1, 2}, .isr = {1, 2}};
    two.apply(spec);
    two.produce(1, BatchSpec{.first = 201});
    spec = {.leader = 1, .epoch = 3, .partition_epoch = 2, .replicas = {1, 2}, .isr = {1, 2}};
    one.apply(spec);
    one.produce(1, BatchSpec{.first = 102});
    two.apply(spec);
}

}  // namespace

TEST_CASE("who is fenced names its epoch, who truncates on fetch the epoch of its last record")
{
    for (Truncation const design : designs) {
        CAPTURE(static_cast<int>(design));
        Bench bench(2, broker_config(), by(design));
        fill(bench, {1, 2});
        bench.sent.clear();
        bench.apply({.leader = 3, .epoch = 5, .partition_epoch = 1});
        REQUIRE(bench.sent.size() == 1);
        if (asks_for_epochs(design)) {
            auto const& asked = bench.sent_as<OffsetsForLeaderEpochRequest>().partitions.at(0);
            CHECK(asked.leader_epoch == Epoch{2});
            CHECK(asked.current_leader_epoch == (is_fenced(design) ? Epoch{5} : no_epoch));
            bench.respond(epoch_end(2, 2));
        }
        auto const& fetch = bench.sent_as<FetchRequest>().partitions.at(0);
        CHECK(fetch.current_leader_epoch == (is_fenced(design) ? Epoch{5} : no_epoch));
        CHECK(fetch.last_fetched_epoch == (truncates_on_fetch(design) ? Epoch{2} : no_epoch));
        CHECK(fetch.fetch_offset == (design == Truncation::high_watermark ? Offset{0} : Offset{2}));
    }
}

TEST_CASE("a leader of KIP-101 tells the start of the first larger epoch, one of KIP-279 its own")
{
    for (Truncation const design : {Truncation::kip_101, Truncation::kip_279}) {
        bool const first = design == Truncation::kip_101;
        CAPTURE(first);
        Bench bench(1, broker_config(), by(design));
        bench.apply({.leader = 1, .epoch = 1});
        bench.produce(1, BatchSpec{.records = 3});
        bench.apply({.leader = 1, .epoch = 4, .partition_epoch = 1});
        bench.produce(1, BatchSpec{.records = 2});
        EpochEndOffset const unknown = bench.end_of_epoch(2, 2);
        CHECK(unknown.end_offset == Offset{3});
        CHECK(unknown.leader_epoch == (first ? no_epoch : Epoch{1}));
        CHECK(bench.end_of_epoch(2, 4).end_offset == Offset{5});
        CHECK(bench.end_of_epoch(2, 7).end_offset == no_offset);  // Newer than all it knows.
        CHECK(bench.end_of_epoch(2, 0).end_offset == (first ? no_offset : Offset{0}));
    }
}

TEST_CASE("only the leader says where an epoch ends, and only in the epoch that was named")
{
    Bench bench(1, broker_config(), by(Truncation::kip_320_truncating));
    bench.apply({.leader = 1, .epoch = 4});
    CHECK(bench.end_of_epoch(2, 4, 4).error == Error::none);
    CHECK(bench.end_of_epoch(2, 4, 3).error == Error::fenced_leader_epoch);
    CHECK(bench.end_of_epoch(2, 4, 5).error == Error::unknown_leader_epoch);
    bench.apply({.leader = 2, .epoch = 5, .partition_epoch = 1});
    CHECK(bench.end_of_epoch(3, 4, 5).error == Error::not_leader_or_follower);
}

TEST_CASE("nothing is fetched before the leader has said where the logs part")
{
    Bench bench(2, broker_config(), by(Truncation::kip_279));
    fill(bench, {1, 1, 2});
    bench.apply({.leader = 1, .epoch = 3, .partition_epoch = 1});
    bench.respond(records({}));  // Of the epoch before: not looked at.
    REQUIRE(bench.sent.size() == 1);
    bench.respond(epoch_end(2, 1, Error::not_leader_or_follower));
    CHECK(bench.sent.empty());  // Asked again after the backoff.
    bench.pass(1_s);
    REQUIRE(bench.sent.size() == 1);
    CHECK(bench.sent_as<OffsetsForLeaderEpochRequest>().partitions.at(0).leader_epoch == Epoch{2});
    bench.respond(epoch_end(2, 1));
    CHECK(bench.log().end() == Offset{2});
    CHECK(bench.sent_as<FetchRequest>().partitions.at(0).fetch_offset == Offset{2});
}

TEST_CASE("KIP-279: an epoch unknown here is no place to cut, so the leader is asked again")
{
    Bench bench(2, broker_config(), by(Truncation::kip_279));
    fill(bench, {1, 1, 4, 4});
    bench.apply({.leader = 1, .epoch = 6, .partition_epoch = 1});
    bench.respond(records({}));
    bench.respond(epoch_end(9, 3));  // The leader has epoch 3, we have 1 and 4.
    CHECK(bench.log().end() == Offset{2});
    CHECK(bench.sent_as<OffsetsForLeaderEpochRequest>().partitions.at(0).leader_epoch == Epoch{1});
    bench.respond(epoch_end(1, 1));
    CHECK(bench.log().end() == Offset{1});
    CHECK(bench.sent_as<FetchRequest>().partitions.at(0).fetch_offset == Offset{1});
}

TEST_CASE("a leader that knows nothing of the epoch leaves the high watermark to decide")
{
    Bench bench(2, broker_config(), by(Truncation::kip_279));
    bench.apply({.leader = 1, .epoch = 1});
    bench.respond(records({batch_at(0, 1), batch_at(1, 1), batch_at(2, 1)}, 2));
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
    bench.respond(records({}, 2));
    bench.respond(epoch_end(-1));
    CHECK(bench.log().end() == Offset{2});
}

TEST_CASE(
    "KIP-101 leaves logs forked after a fast fail-over; each design since brings them together")
{
    for (Truncation const design : designs) {
        CAPTURE(static_cast<int>(design));
        Bench one(1, broker_config(), by(design));
        Bench two(2, broker_config(), by(design));
        fail_over_twice(one, two);
        for (int i = 0; i < 6; ++i)
            carry(two, one);
        bool const forked = design == Truncation::kip_101;
        CHECK((content(two) != content(one)) == forked);
        CHECK(content(one) == std::vector<std::uint64_t>{100, 101, 102});
        if (forked)
            CHECK(content(two) == std::vector<std::uint64_t>{100, 201, 102});
    }
}

TEST_CASE("unfenced, a leader serves whoever follows it in whatever epoch; fenced, it refuses")
{
    for (Truncation const design : designs) {
        CAPTURE(static_cast<int>(design));
        // The follower has not heard of epoch 2, in which the same broker leads.
        Bench one(1, broker_config(), by(design));
        Bench two(2, broker_config(), by(design));
        two.apply({.leader = 1, .epoch = 0});
        one.apply({.leader = 1, .epoch = 2, .partition_epoch = 2});
        one.produce(1, BatchSpec{.first = 7});
        for (int i = 0; i < 2; ++i)
            carry(two, one);
        CHECK(two.log().end() == (is_fenced(design) ? Offset{0} : Offset{1}));
        CHECK(two.partition().follower_role()->failed == is_fenced(design));
    }
}

TEST_CASE("an answer about epochs that was asked for in an older epoch does not count (KAFKA-7786)")
{
    for (bool const fixed : {false, true}) {
        CAPTURE(fixed);
        ProtocolSwitches switches = by(Truncation::kip_320_truncating);
        switches.epoch_answer_matches_current = fixed;
        Bench bench(2, broker_config(), switches);
        fill(bench, {1, 1});
        bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
        bench.respond(records({}));
        bench.apply({.leader = 1, .epoch = 3, .partition_epoch = 2});
        REQUIRE(bench.sent.size() == 1);
        bench.respond(epoch_end(-1, -1, Error::fenced_leader_epoch));
        CHECK(bench.partition().follower_role()->failed == !fixed);
        if (fixed)
            CHECK(bench.sent_as<OffsetsForLeaderEpochRequest>()
                      .partitions.at(0)
                      .current_leader_epoch == Epoch{3});
    }
}

TEST_CASE("before KAFKA-7164 who missed epochs of the same leader goes on as if nothing had been")
{
    for (bool const fixed : {false, true}) {
        CAPTURE(fixed);
        ProtocolSwitches switches = by(Truncation::kip_279);
        switches.truncate_in_each_epoch = fixed;
        Bench bench(2, broker_config(), switches);
        fill(bench, {1, 1});
        bench.apply({.leader = 1, .epoch = 3, .partition_epoch = 2});
        CHECK(bench.partition().leader_epoch() == Epoch{3});
        CHECK(bench.partition().follower_role()->truncating == fixed);
    }
}
