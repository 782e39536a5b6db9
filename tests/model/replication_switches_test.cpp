// Each fix of replication that can be turned off, in one replica: with it and without it. What it
// is good for in a cluster, the scenarios show.
#include <doctest/doctest.h>

#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;

namespace {

// One switch off, or all on.
struct With {
    bool fixed;
    ProtocolSwitches switches;
};
std::vector<With> both(bool ProtocolSwitches::*field, Truncation truncation = Truncation::kip_320)
{
    std::vector<With> rows(2);
    for (bool const fixed : {false, true}) {
        With& row = rows[fixed ? 1 : 0];
        row.fixed = fixed;
        row.switches.truncation = truncation;
        row.switches.*field = fixed;
    }
    return rows;
}

FetchResponse answer(std::vector<BatchRef> batches, std::int64_t high_watermark,
                     std::optional<EpochAndOffset> diverging = {})
{
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{high_watermark};
    part.log_start_offset = Offset{0};
    part.batches = std::move(batches);
    part.diverging_epoch = diverging;
    return response;
}

FetchResponse refusal(Error error)
{
    FetchResponse response = answer({}, 0);
    response.partitions[0].error = error;
    return response;
}

ListOffsetsResponse end_of_leader(std::int64_t offset)
{
    ListOffsetsResponse response;
    response.partitions.push_back({orders_0, Error::none, Offset{offset}, Epoch{0}});
    return response;
}

AlterPartitionResponse decided(std::vector<int> const& isr, int partition_epoch)
{
    AlterPartitionResponse response;
    response.partitions.push_back({orders_0, Error::none, BrokerId{1}, Epoch{0}, brokers(isr),
                                   PartitionEpoch{partition_epoch}});
    return response;
}

// A follower of 1 in epoch 1 with these records, a fetch under way.
void follow(Bench& bench, std::vector<BatchRef> batches, std::int64_t high_watermark)
{
    bench.apply({.leader = 1, .epoch = 1});
    bench.respond(answer(std::move(batches), high_watermark));
}

}  // namespace

TEST_CASE("epoch-start-persisted: an epoch without a record is known, or not")
{
    for (With const& row : both(&ProtocolSwitches::epoch_start_persisted)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.leader = 1, .epoch = 4});
        CHECK(bench.log().epochs().latest_epoch().has_value() == fixed);
        bench.produce(1, BatchSpec{});
        CHECK(bench.log().epochs().latest_epoch() == Epoch{4});
    }
}

TEST_CASE("trim-epoch-cache-at-end: an epoch that the leader does not know goes, or stays")
{
    for (With const& row : both(&ProtocolSwitches::trim_epoch_cache_at_end)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        bench.apply({.leader = 2, .epoch = 3});
        bench.apply({.leader = 1, .epoch = 4, .partition_epoch = 1});
        bench.respond(answer({}, 0, EpochAndOffset{Epoch{2}, Offset{0}}));
        CHECK(bench.sent_as<FetchRequest>().partitions[0].last_fetched_epoch ==
              (fixed ? no_epoch : Epoch{3}));
    }
}

TEST_CASE(
    "no-position-from-diverging-fetch, no-position-from-failed-fetch: not counted, or counted")
{
    auto const high_watermark = [](ProtocolSwitches const& switches,
                                   Bench::FetchSpec const& fetch) {
        Bench bench(1, broker_config(), switches);
        bench.apply({.leader = 1, .epoch = 2, .replicas = {1, 2}, .isr = {1, 2}});
        bench.produce(1, BatchSpec{.records = 2});
        bench.fetch(fetch);
        return bench.log().high_watermark();
    };
    for (With const& row : both(&ProtocolSwitches::no_position_from_diverging_fetch))
        CHECK(high_watermark(row.switches, {.from = 2, .epoch = 2, .last_epoch = 1}) ==
              Offset{row.fixed ? 0 : 2});
    for (With const& row : both(&ProtocolSwitches::no_position_from_failed_fetch))
        CHECK(high_watermark(row.switches, {.from = 9, .epoch = 2}) == Offset{row.fixed ? 0 : 2});
}

TEST_CASE("no-high-watermark-while-diverging: the log is cut first, or the high watermark raised")
{
    for (With const& row : both(&ProtocolSwitches::no_high_watermark_while_diverging)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        follow(bench, {batch_at(0, 1), batch_at(1, 1)}, 1);
        bench.respond(answer({}, 9, EpochAndOffset{Epoch{1}, Offset{1}}));
        CHECK(bench.log().end() == Offset{1});
        CHECK(bench.seen<HighWatermarkAdvanced>()->to == Offset{fixed ? 1 : 2});
    }
}

TEST_CASE("last-fetched-epoch-kept: an answer without records changes nothing, or forgets")
{
    for (With const& row : both(&ProtocolSwitches::last_fetched_epoch_kept)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        follow(bench, {batch_at(0, 1)}, 1);
        CHECK(bench.sent_as<FetchRequest>().partitions[0].last_fetched_epoch == Epoch{1});
        bench.respond(answer({}, 1));
        CHECK(bench.sent_as<FetchRequest>().partitions[0].last_fetched_epoch ==
              (fixed ? Epoch{1} : no_epoch));
    }
}

TEST_CASE("recheck-before-truncating: who leads now does not cut its log on an old word, or does")
{
    for (With const& row : both(&ProtocolSwitches::recheck_before_truncating)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        follow(bench, {batch_at(0, 1), batch_at(1, 1)}, 2);
        bench.apply_all({state({.leader = 2, .epoch = 2, .partition_epoch = 1}),
                         state({.partition = {orders, 1}, .leader = 1})});
        bench.respond(answer({}, 0, EpochAndOffset{Epoch{1}, Offset{1}}));
        CHECK(bench.log().end() == Offset{fixed ? 2 : 1});
    }
}

TEST_CASE("append-only-own-epoch: records of a later epoch are left alone, or taken")
{
    for (With const& row : both(&ProtocolSwitches::append_only_own_epoch)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        follow(bench, {batch_at(0, 1), batch_at(1, 2)}, 0);
        CHECK(bench.log().end() == Offset{fixed ? 1 : 2});
    }
}

TEST_CASE("recover-epoch-zero: a log of epoch 0 knows it after a crash, or is cut")
{
    for (With const& row : both(&ProtocolSwitches::recover_epoch_zero)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        bench.apply({.leader = 1, .epoch = 0});
        bench.respond(answer({batch_at(0, 0), batch_at(1, 0)}, 1));
        bench.restart(LastShutdown::unclean);
        CHECK(bench.log().epochs().latest_epoch().has_value() == fixed);
        bench.apply({.leader = 1, .epoch = 0});
        CHECK(bench.log().end() == Offset{fixed ? 2 : 0});  // No high watermark was checkpointed.
    }
}

TEST_CASE("out-of-range-keeps-log: a leader that has outgrown us is followed, or we start over")
{
    for (With const& row : both(&ProtocolSwitches::out_of_range_keeps_log)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        follow(bench, {batch_at(0, 1), batch_at(1, 1)}, 0);
        bench.respond(refusal(Error::offset_out_of_range));
        bench.respond(end_of_leader(5));
        bench.respond(end_of_leader(0));  // Its start.
        CHECK(bench.log().end() == Offset{fixed ? 2 : 0});
    }
}

TEST_CASE("follower-ahead-not-fatal: what is too much is cut, or the broker halts")
{
    for (With const& row : both(&ProtocolSwitches::follower_ahead_not_fatal)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(2, broker_config(), switches);
        follow(bench, {batch_at(0, 1), batch_at(1, 1)}, 0);
        bench.respond(refusal(Error::offset_out_of_range));
        bench.respond(end_of_leader(1));
        CHECK(bench.log().end() == Offset{fixed ? 1 : 2});
        CHECK(bench.noted("halt") == !fixed);
    }
}

TEST_CASE("isr-join-at-epoch-start, isr-join-at-high-watermark: two bars, or one")
{
    for (With const& row : both(&ProtocolSwitches::isr_join_at_epoch_start)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.epoch = 1, .isr = {1, 3}});
        bench.produce(1, BatchSpec{.records = 4});
        bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1, .isr = {1, 3}});
        bench.fetch({.replica = 2, .from = 3, .epoch = 2, .max_wait = 0_ms});
        CHECK(bench.sent.empty() == fixed);
    }
    for (With const& row : both(&ProtocolSwitches::isr_join_at_high_watermark)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.replicas = {1, 2}, .isr = {1}});
        bench.produce(1, BatchSpec{.records = 4});
        bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
        CHECK(bench.sent.empty() == fixed);
    }
}

TEST_CASE("hw-by-maximal-isr: a replica that is proposed holds the high watermark, or does not")
{
    for (With const& row : both(&ProtocolSwitches::high_watermark_by_maximal_isr)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.replicas = {1, 2}, .isr = {1}});
        bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
        REQUIRE(bench.partition().leader_role()->pending);
        bench.pass(31_s);  // It counts as caught up no more, and the controller has not answered.
        bench.produce(1, BatchSpec{});
        CHECK(bench.log().high_watermark() == Offset{fixed ? 0 : 1});
    }
}

TEST_CASE("isr-change-pending-till-answered: the next change waits, or is forgotten unsent")
{
    for (With const& row : both(&ProtocolSwitches::isr_change_pending_till_answered)) {
        bool const fixed = row.fixed;
        Bench bench(1, broker_config(), row.switches);
        bench.apply({.isr = {1}});
        bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
        bench.apply({.partition_epoch = 1, .isr = {1}});  // Metadata ends what is in flight.
        bench.fetch({.replica = 3, .from = 0, .max_wait = 0_ms});
        CHECK(bench.partition().leader_role()->pending.has_value() == !fixed);
        bench.respond(decided({1, 2}, 2));
        CHECK(bench.sent.empty());
        bench.fetch({.replica = 3, .from = 0, .max_wait = 0_ms});
        CHECK(bench.partition().leader_role()->pending.has_value());
        CHECK(bench.sent.empty() == !fixed);  // In flight for ever.
    }
}

TEST_CASE(
    "equal-epoch-completes-isr-change: an answer that changes nothing ends it, or nothing does")
{
    for (With const& row : both(&ProtocolSwitches::equal_epoch_completes_isr_change)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.replicas = {1, 2}, .isr = {1}});
        bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
        bench.respond(decided({1, 2}, 0));
        CHECK(bench.partition().leader_role()->pending.has_value() == !fixed);
    }
}

TEST_CASE("hw-after-isr-change: a smaller ISR moves the high watermark, or the next fetch does")
{
    for (With const& row : both(&ProtocolSwitches::high_watermark_after_isr_change)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
        bench.produce(1, BatchSpec{});
        bench.pass(46_s);
        bench.respond(decided({1}, 1));
        CHECK(bench.log().high_watermark() == Offset{fixed ? 1 : 0});
    }
}

TEST_CASE("leader-checks-eligibility: who is fenced is not proposed, or is")
{
    for (With const& row : both(&ProtocolSwitches::leader_checks_eligibility)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        BrokerDirectory directory = three_brokers();
        directory.put({BrokerId{2}, NodeId{2}, BrokerEpoch{102}, true, false});
        bench.set_brokers(directory);
        bench.apply({.replicas = {1, 2}, .isr = {1}});
        bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
        CHECK(bench.sent.empty() == fixed);
    }
}

TEST_CASE("leader-checks-broker-epoch: a fetch names the life of its broker, or nothing does")
{
    for (With const& row : both(&ProtocolSwitches::leader_checks_broker_epoch)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench two(2, broker_config(), switches);
        two.apply({.leader = 1});
        BrokerEpoch const said = two.sent_as<FetchRequest>().replica_epoch;
        CHECK(said == (fixed ? BrokerEpoch{102} : no_broker_epoch));
        Bench one(1, broker_config(), switches);
        one.apply({.replicas = {1, 2}, .isr = {1}});
        one.fetch({.replica = 2,
                   .from = 0,
                   .broker_epoch = static_cast<int>(said.value),
                   .max_wait = 0_ms});
        CHECK(one.sent_as<AlterPartitionRequest>().partitions[0].new_isr[1].broker_epoch == said);
    }
}

TEST_CASE("isr-change-from-one-snapshot: a member is named in the life that fetched, or in another")
{
    for (With const& row : both(&ProtocolSwitches::isr_change_from_one_snapshot)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        // The proposal for the second partition waits for the answer to that for the first.
        bench.apply_all({state({.isr = {1}}), state({.partition = {orders, 1}, .isr = {1}})});
        bench.fetch({.replica = 2, .max_wait = 0_ms});
        bench.fetch({.replica = 2, .max_wait = 0_ms, .partition = {orders, 1}});
        BrokerDirectory directory = three_brokers();
        directory.put({BrokerId{2}, NodeId{2}, BrokerEpoch{150}, false, false});
        bench.set_brokers(directory);
        bench.respond(decided({1, 2}, 1));
        CHECK(bench.sent_as<AlterPartitionRequest>().partitions[0].new_isr[1].broker_epoch ==
              BrokerEpoch{fixed ? 102 : 150});
    }
}

TEST_CASE("hw-stands-below-min-isr: the high watermark stands, or goes on with the leader alone")
{
    for (With const& row : both(&ProtocolSwitches::high_watermark_stands_below_min_isr)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.isr = {1}, .min_isr = 2});
        bench.produce(1, BatchSpec{});
        CHECK(bench.log().high_watermark() == Offset{fixed ? 0 : 1});
    }
}

TEST_CASE("hw-ignores-ineligible: who is shutting down holds nothing up, or does")
{
    for (With const& row : both(&ProtocolSwitches::high_watermark_ignores_ineligible)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
        bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
        BrokerDirectory directory = three_brokers();
        directory.put({BrokerId{2}, NodeId{2}, BrokerEpoch{102}, false, true});
        bench.set_brokers(directory);
        bench.apply({.partition_epoch = 1, .replicas = {1, 2}, .isr = {1}});
        bench.produce(1, BatchSpec{});
        CHECK(bench.log().high_watermark() == Offset{fixed ? 1 : 0});
    }
}

TEST_CASE("demoted-while-shutting-down: metadata makes a follower of who leaves, or not")
{
    for (With const& row : both(&ProtocolSwitches::demoted_while_shutting_down)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.leader = 1});
        bench.manager.set_shutting_down();
        bench.apply({.leader = 2, .epoch = 1, .partition_epoch = 1, .isr = {2, 3}});
        CHECK(bench.partition().is_leader() == !fixed);
    }
}

TEST_CASE("latest-offset-waits-for-epoch-start: an end that may go back is not told, or is")
{
    for (With const& row : both(&ProtocolSwitches::latest_offset_waits_for_epoch_start)) {
        bool const fixed = row.fixed;
        ProtocolSwitches const& switches = row.switches;
        Bench bench(1, broker_config(), switches);
        bench.apply({.epoch = 1});
        bench.produce(1, BatchSpec{});
        bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
        auto const told = bench.list_offsets(-1, -1);
        CHECK(told.error == (fixed ? Error::offset_not_available : Error::none));
        CHECK(bench.seen<LatestOffsetTold>().has_value() == !fixed);
    }
}
