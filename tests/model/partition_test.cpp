// Rules of one replica: who leads what from where, the high watermark, the in-sync replicas,
// truncation.
#include "model/replica/partition.h"

#include <doctest/doctest.h>

#include <vector>

#include "model/replica/high_watermark.h"
#include "model/replica/isr.h"
#include "model/replica/truncation.h"
#include "tests/model/replica_bench.h"

using namespace odradek::kafka;
using namespace odradek::kafka::test;
using namespace odradek::sim::literals;
namespace sim = odradek::sim;

// -- Arithmetic -------------------------------------------------------------------------------
TEST_CASE("the high watermark waits for who is in sync, proposed to be, or about to be")
{
    using Followers = std::vector<FollowerStanding>;
    struct {
        char const* what;
        Followers followers;
        std::int64_t candidate;
    } const rows[] = {
        {"alone", {}, 10},
        {"in sync and behind", {{Offset{7}, true}}, 7},
        {"the slowest counts", {{Offset{7}, true}, {Offset{5}, true}}, 5},
        {"out of sync and far behind", {{Offset{3}, false, false, true}}, 10},
        {"about to join holds it", {{Offset{9}, false, true, true}}, 9},
        {"caught up but may not join (KAFKA-15021)", {{Offset{9}, false, true, false}}, 10},
        {"never heard of", {{no_offset, true}}, -1},
        {"ahead of the leader does not raise it", {{Offset{12}, true}}, 10},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        CHECK(high_watermark_candidate(Offset{10}, row.followers) == Offset{row.candidate});
    }
}

TEST_CASE("below min.insync.replicas the high watermark stands still (KAFKA-15583)")
{
    CHECK(high_watermark_may_advance(2, 2));
    CHECK_FALSE(high_watermark_may_advance(1, 2));
    CHECK(effective_min_isr(3, 2) == 2);
    CHECK(effective_min_isr(1, 3) == 1);
}

TEST_CASE("who reached the end that the leader had at the last fetch was caught up then")
{
    RemoteReplica replica;
    Instant const start = Instant{} + 100_s;
    replica.on_fetch(Offset{0}, Offset{0}, Offset{10}, start, BrokerEpoch{5});
    CHECK(replica.last_caught_up == long_ago);
    // One round behind a leader that never stops.
    replica.on_fetch(Offset{10}, Offset{0}, Offset{20}, start + 5_s, BrokerEpoch{5});
    CHECK(replica.last_caught_up == start);
    CHECK(is_caught_up(replica, Offset{20}, start + 30_s, 30_s));
    CHECK_FALSE(is_caught_up(replica, Offset{20}, start + 30_s + 1_ms, 30_s));
    CHECK(is_caught_up(replica, Offset{10}, start + 99_s, 30_s));
    // At the end.
    replica.on_fetch(Offset{20}, Offset{0}, Offset{20}, start + 6_s, BrokerEpoch{5});
    CHECK(replica.last_caught_up == start + 6_s);
}

TEST_CASE("only a broker that serves, in the life that fetched, may join the in-sync replicas")
{
    BrokerEntry const good{BrokerId{2}, NodeId{2}, BrokerEpoch{7}, false, false};
    RemoteReplica heard;
    heard.broker_epoch = BrokerEpoch{7};
    RemoteReplica old_protocol;
    old_protocol.broker_epoch = no_broker_epoch;
    BrokerEntry fenced = good;
    fenced.fenced = true;
    BrokerEntry stopping = good;
    stopping.in_controlled_shutdown = true;
    BrokerEntry reborn = good;
    reborn.broker_epoch = BrokerEpoch{8};

    CHECK(isr_ineligibility(heard, &good) == Ineligible::none);
    CHECK(isr_ineligibility(old_protocol, &good) == Ineligible::none);
    CHECK(isr_ineligibility(heard, nullptr) == Ineligible::not_registered);
    CHECK(isr_ineligibility(heard, &fenced) == Ineligible::fenced);           // KIP-841
    CHECK(isr_ineligibility(heard, &stopping) == Ineligible::shutting_down);  // KIP-841
    CHECK(isr_ineligibility(RemoteReplica{}, &good) == Ineligible::never_fetched);
    CHECK(isr_ineligibility(heard, &reborn) == Ineligible::other_life);  // KIP-903
}

TEST_CASE("the bar to join is the high watermark and the start of the epoch (KAFKA-7128)")
{
    CHECK(reaches_isr_bar(Offset{5}, Offset{5}, Offset{3}));
    CHECK_FALSE(reaches_isr_bar(Offset{4}, Offset{5}, Offset{3}));
    // A new leader's high watermark may be behind the truth.
    CHECK_FALSE(reaches_isr_bar(Offset{4}, Offset{0}, Offset{5}));
}

TEST_CASE("only a refusal that proves the proposal was not applied is taken back (KIP-497)")
{
    CHECK(after_refusal(Error::ineligible_replica) == AfterRefusal::revert);
    CHECK(after_refusal(Error::operation_not_attempted) == AfterRefusal::revert);
    CHECK(after_refusal(Error::fenced_leader_epoch) == AfterRefusal::stay_pending);
    CHECK(after_refusal(Error::invalid_update_version) == AfterRefusal::stay_pending);
    CHECK(after_refusal(Error::invalid_request) == AfterRefusal::stay_pending);
    CHECK(after_refusal(Error::unknown_topic_id) == AfterRefusal::stay_pending);
    CHECK(after_refusal(Error::new_leader_elected) == AfterRefusal::stay_pending);
    CHECK(after_refusal(Error::not_controller) == AfterRefusal::resend);
    CHECK(after_refusal(Error::unknown_server_error) == AfterRefusal::resend);
}

TEST_CASE("a follower cuts where both sides agree an epoch ends (KIP-279)")
{
    // Ours: epoch 1 at 0..9, epoch 3 from 10 on; the log ends at 20.
    LeaderEpochCache const ours({{Epoch{1}, Offset{0}}, {Epoch{3}, Offset{10}}});
    struct {
        char const* what;
        EpochAndOffset leader;
        std::int64_t to;
        bool complete{true};
    } const rows[] = {
        {"same epoch, the leader's is shorter", {Epoch{3}, Offset{15}}, 15},
        {"same epoch, ours is shorter", {Epoch{1}, Offset{12}}, 10},
        {"an epoch we do not know: the end of our largest below it",
         {Epoch{2}, Offset{14}},
         10,
         false},
        {"older than all of ours: the leader's end", {Epoch{0}, Offset{4}}, 0},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        CHECK(truncation_point(row.leader, ours, Offset{20}) ==
              TruncationPoint{Offset{row.to}, row.complete});
    }
    CHECK(truncation_point({Epoch{0}, Offset{4}}, LeaderEpochCache{}, Offset{20}).offset ==
          Offset{4});
    // An answer as of KIP-101 has no epoch.
    CHECK(truncation_point({no_epoch, Offset{13}}, ours, Offset{20}).offset == Offset{13});
}

// -- The leader -------------------------------------------------------------------------------
TEST_CASE("a leader notes its epoch at its log end and tells who it is")
{
    Bench bench(1);
    bench.apply({.leader = 2, .epoch = 3});
    bench.apply({.leader = 1, .epoch = 4, .partition_epoch = 1});
    auto const became = bench.seen<BecameLeader>();
    REQUIRE(became);
    CHECK(became->leader_epoch == Epoch{4});
    CHECK(bench.log().epochs().latest_epoch() == Epoch{4});
    CHECK(bench.noted("orders-0: lead from epoch 4 on"));
}

TEST_CASE("metadata older than the partition epoch is not applied")
{
    Bench bench(1);
    bench.apply({.leader = 1, .epoch = 4, .partition_epoch = 6});
    bench.apply({.leader = 2, .epoch = 3, .partition_epoch = 5});
    CHECK(bench.partition().is_leader());
    CHECK(bench.partition().leader_epoch() == Epoch{4});
}

TEST_CASE("the high watermark follows the slowest in-sync replica")
{
    Bench bench(1);
    bench.apply({});
    bench.produce(1, BatchSpec{.records = 5});
    CHECK(bench.log().high_watermark() == Offset{0});
    bench.fetch({.replica = 2, .from = 5});
    CHECK(bench.log().high_watermark() == Offset{0});
    bench.fetch({.replica = 3, .from = 3});
    CHECK(bench.log().high_watermark() == Offset{3});
    bench.fetch({.replica = 3, .from = 5});
    CHECK(bench.log().high_watermark() == Offset{5});
    auto const moved = bench.seen<HighWatermarkAdvanced>();
    REQUIRE(moved);
    CHECK(moved->from == Offset{3});
    CHECK(moved->to == Offset{5});
    CHECK(moved->as_leader);
}

TEST_CASE("a follower learns of the high watermark one fetch late")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{});
    CHECK(bench.fetched({.replica = 2, .from = 0}).high_watermark == Offset{0});
    auto const id = bench.fetch({.replica = 2, .from = 1});
    CHECK(bench.log().high_watermark() == Offset{1});
    bench.pass(500_ms);
    auto const reply = std::get<FetchResponse>(*bench.reply_to(id).message);
    CHECK(reply.partitions[0].high_watermark == Offset{1});
}

TEST_CASE("an ISR below min.insync.replicas freezes the high watermark (KAFKA-15583)")
{
    Bench bench(1);
    bench.apply({.isr = {1}, .min_isr = 2});
    bench.produce(1, BatchSpec{});
    CHECK(bench.log().end() == Offset{1});
    CHECK(bench.log().high_watermark() == Offset{0});
    bench.apply({.partition_epoch = 1, .isr = {1, 2}, .min_isr = 2});
    CHECK(bench.log().high_watermark() == Offset{0});
    bench.fetch({.replica = 2, .from = 1});
    CHECK(bench.log().high_watermark() == Offset{1});
}

TEST_CASE(
    "a follower that has caught up is proposed, and counts before the controller answers (KIP-497)")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1}});
    bench.produce(1, BatchSpec{});
    CHECK(bench.log().high_watermark() == Offset{1});
    bench.fetch({.replica = 2, .from = 1, .max_wait = 0_ms});
    auto const& request = bench.sent_as<AlterPartitionRequest>();
    REQUIRE(request.partitions.size() == 1);
    CHECK(request.broker_epoch == BrokerEpoch{101});
    CHECK(request.partitions[0].new_isr ==
          std::vector<IsrMember>{{BrokerId{1}, BrokerEpoch{101}}, {BrokerId{2}, BrokerEpoch{102}}});
    // The controller may have said yes already: a record the other lacks is not committed.
    bench.produce(1, BatchSpec{});
    CHECK(bench.log().end() == Offset{2});
    CHECK(bench.log().high_watermark() == Offset{1});
    CHECK(bench.partition().leader_role()->isr == brokers({1}));
    CHECK(bench.partition().leader_role()->maximal_isr() == brokers({1, 2}));
}

TEST_CASE("a follower below the start of the epoch may not join, whatever the high watermark "
          "(KAFKA-7128)")
{
    Bench bench(1);
    bench.apply({.epoch = 1, .isr = {1, 3}});
    bench.produce(1, BatchSpec{.records = 4});
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1, .isr = {1, 3}});
    CHECK(bench.log().high_watermark() == Offset{0});
    bench.fetch({.replica = 2, .from = 3, .epoch = 2, .max_wait = 0_ms});
    CHECK(bench.sent.empty());
    bench.fetch({.replica = 2, .from = 4, .epoch = 2, .max_wait = 0_ms});
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("a fenced follower is not proposed for the ISR (KIP-841)")
{
    Bench bench(1);
    BrokerDirectory directory = three_brokers();
    directory.put({BrokerId{2}, NodeId{2}, BrokerEpoch{102}, true, false});
    bench.set_brokers(directory);
    bench.apply({.replicas = {1, 2}, .isr = {1}});
    bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
    CHECK(bench.sent.empty());
    CHECK(bench.noted("fenced"));
    bench.set_brokers(three_brokers());
    bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
    CHECK(bench.sent.size() == 1);
}

TEST_CASE("a life of a broker that is over does not move its position (KIP-903, KAFKA-15221)")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{});
    BrokerDirectory directory = three_brokers();
    directory.put({BrokerId{2}, NodeId{2}, BrokerEpoch{150}, false, false});
    bench.set_brokers(directory);
    auto const answer = bench.fetched({.replica = 2, .from = 1, .broker_epoch = 102});
    CHECK(answer.error == Error::not_leader_or_follower);
    CHECK(bench.log().high_watermark() == Offset{0});
    CHECK(bench.partition().leader_role()->find(BrokerId{2})->log_end == no_offset);
}

TEST_CASE("a follower that stays behind for replica.lag.time.max.ms is proposed to leave")
{
    Bench bench(1);
    bench.apply({});
    bench.produce(1, BatchSpec{.records = 5});
    bench.fetch({.replica = 2, .from = 5, .max_wait = 0_ms});
    bench.fetch({.replica = 3, .from = 2, .max_wait = 0_ms});
    bench.pass(29_s);
    CHECK(bench.sent.empty());
    bench.pass(17_s);  // The check comes every 15 s.
    auto const& request = bench.sent_as<AlterPartitionRequest>();
    REQUIRE(request.partitions.size() == 1);
    CHECK(request.partitions[0].new_isr ==
          std::vector<IsrMember>{{BrokerId{1}, BrokerEpoch{101}}, {BrokerId{2}, BrokerEpoch{102}}});
    CHECK(bench.noted("3 caught up last"));
    // A proposed shrink does not count until it is decided.
    CHECK(bench.partition().leader_role()->maximal_isr_size() == 3);
    CHECK(bench.log().high_watermark() == Offset{2});
    AlterPartitionResponse response;
    response.partitions.push_back(
        {orders_0, Error::none, BrokerId{1}, Epoch{0}, brokers({1, 2}), PartitionEpoch{1}});
    bench.respond(response);
    CHECK(bench.log().high_watermark() == Offset{5});  // KAFKA-13091
    CHECK(bench.seen<IsrShrunk>()->isr == brokers({1, 2}));
    CHECK(bench.partition().partition_epoch() == PartitionEpoch{1});
}

TEST_CASE("a follower at the leader's end stays in sync however long nothing was fetched")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    bench.fetch({.replica = 2, .from = 0, .max_wait = 0_ms});
    bench.pass(600_s);
    CHECK(bench.sent.empty());
}

TEST_CASE(
    "what followers reported to an earlier leadership is forgotten, to the same leadership kept")
{
    Bench bench(1);
    bench.apply({.replicas = {1, 2}, .isr = {1, 2}});
    bench.produce(1, BatchSpec{.records = 3});
    bench.fetch({.replica = 2, .from = 3, .max_wait = 0_ms});
    bench.apply({.leader = 1, .epoch = 1, .partition_epoch = 1, .replicas = {1, 2}, .isr = {1, 2}});
    CHECK(bench.partition().leader_role()->find(BrokerId{2})->log_end == Offset{3});
    bench.apply({.leader = 2, .epoch = 2, .partition_epoch = 2, .replicas = {1, 2}, .isr = {1, 2}});
    bench.apply({.leader = 1, .epoch = 3, .partition_epoch = 3, .replicas = {1, 2}, .isr = {1, 2}});
    CHECK(bench.partition().leader_role()->find(BrokerId{2})->log_end == no_offset);
    CHECK(bench.partition().leader_role()->epoch_start == Offset{3});
}

// -- The follower -----------------------------------------------------------------------------
TEST_CASE("a follower asks with its end, its leader epoch and the epoch of its last record")
{
    Bench bench(2);
    bench.apply({.leader = 1, .epoch = 4});
    auto const& request = bench.sent_as<FetchRequest>();
    CHECK(request.replica == BrokerId{2});
    CHECK(request.replica_epoch == BrokerEpoch{102});
    REQUIRE(request.partitions.size() == 1);
    CHECK(request.partitions[0].current_leader_epoch == Epoch{4});
    CHECK(request.partitions[0].last_fetched_epoch == no_epoch);
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{1};
    part.log_start_offset = Offset{0};
    part.batches = {batch_at(0, 2, {.records = 2}), batch_at(2, 4)};
    bench.respond(response);
    CHECK(bench.log().end() == Offset{3});
    CHECK(bench.log().high_watermark() == Offset{1});
    CHECK(bench.sent_as<FetchRequest>().partitions[0].fetch_offset == Offset{3});
    CHECK(bench.sent_as<FetchRequest>().partitions[0].last_fetched_epoch == Epoch{4});
    // An empty answer does not make it forget (KAFKA-15510).
    part.batches.clear();
    bench.respond(response);
    CHECK(bench.sent_as<FetchRequest>().partitions[0].last_fetched_epoch == Epoch{4});
}

TEST_CASE("an answer that says where the logs part is taken for nothing else (KAFKA-14704)")
{
    Bench bench(2);
    bench.apply({.leader = 2, .epoch = 1});
    bench.produce(1, BatchSpec{.records = 2});
    bench.produce(1, BatchSpec{.records = 3});
    bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{9};
    part.diverging_epoch = EpochAndOffset{Epoch{1}, Offset{2}};
    part.batches = {batch_at(5, 2)};
    bench.respond(response);
    CHECK(bench.log().end() == Offset{2});
    CHECK(bench.log().high_watermark() == Offset{0});
    auto const cut = bench.seen<LogTruncated>();
    REQUIRE(cut);
    CHECK(cut->from == Offset{5});
    CHECK(cut->to == Offset{2});
    CHECK(bench.sent_as<FetchRequest>().partitions[0].fetch_offset == Offset{2});
    CHECK(bench.noted("orders-0: truncate from 5 to 2"));
}

TEST_CASE("before KIP-101 a follower cuts to its own high watermark without asking")
{
    for (Truncation const rule : {Truncation::high_watermark, Truncation::kip_320}) {
        bool const old = rule == Truncation::high_watermark;
        CAPTURE(old);
        Bench bench(2, broker_config(), {rule});
        bench.apply({.leader = 1, .epoch = 1});
        FetchResponse response;
        auto& part = response.partitions.emplace_back();
        part.partition = orders_0;
        part.high_watermark = Offset{1};
        part.log_start_offset = Offset{0};
        part.batches = {batch_at(0, 1), batch_at(1, 1), batch_at(2, 1)};
        bench.respond(response);
        // The same leader in a new epoch is enough.
        bench.apply({.leader = 1, .epoch = 2, .partition_epoch = 1});
        CHECK(bench.log().end() == Offset{old ? 1 : 3});
        bench.apply({.leader = 3, .epoch = 3, .partition_epoch = 2});
        CHECK(bench.sent_as<FetchRequest>(1).partitions[0].last_fetched_epoch ==
              Epoch{old ? -1 : 1});
    }
}

TEST_CASE("a batch of a later epoch than the follower's own is left alone (KAFKA-18723)")
{
    Bench bench(2);
    bench.apply({.leader = 1, .epoch = 1});
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{0};
    part.batches = {batch_at(0, 1), batch_at(1, 2)};
    bench.respond(response);
    CHECK(bench.log().end() == Offset{1});
}

TEST_CASE("a follower's high watermark stays inside its log and may go back")
{
    Bench bench(2);
    bench.apply({.leader = 1});
    FetchResponse response;
    auto& part = response.partitions.emplace_back();
    part.partition = orders_0;
    part.high_watermark = Offset{9};
    part.batches = {batch_at(0, 0, {.records = 4})};
    bench.respond(response);
    CHECK(bench.log().high_watermark() == Offset{4});
    part.batches.clear();
    part.high_watermark = Offset{2};
    bench.respond(response);
    CHECK(bench.log().high_watermark() == Offset{2});
}
