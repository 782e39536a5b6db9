// Each protocol rule of the quorum, turned back: the judge that its row names speaks in some seed,
// and with the rule on nobody speaks in any.
#include <doctest/doctest.h>

#include "tests/kraft/quorum_world.h"

namespace odradek::kafka::test {

using namespace sim::literals;

namespace {

using Rule = bool ProtocolSwitches::*;

struct Proof {
    Rule rule;
    std::string_view law;
    QuorumWorld::Options options{};
    std::function<void(QuorumWorld&)> story{};
    std::uint64_t seeds{20};
};

void prove(Proof const& proof)
{
    std::uint64_t caught = 0;
    for (std::uint64_t seed = 1; seed <= proof.seeds; ++seed)
        for (bool const on : {true, false}) {
            if (!on && caught != 0)
                continue;
            QuorumWorld::Options options = proof.options;
            options.seed = seed;
            options.version = {4, 1};
            options.change = [&](RaftConfig& config) {
                if (proof.options.change)
                    proof.options.change(config);
                config.switches.*proof.rule = on;
            };
            QuorumWorld world(options);
            proof.story(world);
            world.laws.finish(world.engine.now(), world.verdicts);
            CAPTURE(seed);
            if (on)
                CHECK(world.broken() == "");
            else
                for (check::Violation const& violation : world.verdicts.violations())
                    if (violation.name == proof.law)
                        caught = seed;
        }
    CAPTURE(std::string(proof.law));
    CHECK(caught != 0);
}

void warm_up(QuorumWorld& world)
{
    world.start_all();
    world.until("a leader that all believe in", [&] { return world.has_consistent_leader(); });
    world.run_for(300_ms);
}

void cut_both(QuorumWorld& world, int a, int b)
{
    world.cut(a, b);
    world.cut(b, a);
}

ReplicaKey key_of(QuorumWorld const& world, int i) { return world.node(i).raft.key(); }

Offset end_of(QuorumWorld const& world, int i) { return world.node(i).raft.log().end_offset(); }

}  // namespace

TEST_CASE("pre-vote off: a voter that is cut off from the leader alone deposes it")
{
    prove({.rule = &ProtocolSwitches::pre_vote,
           .law = "healthy-leader-not-deposed",
           .story = [](QuorumWorld& world) {
               warm_up(world);
               int const leader = world.leader();
               cut_both(world, leader, (leader + 1) % 3);
               world.run_for(8_s);
               world.heal();
               world.run_for(8_s);
           }});
}

TEST_CASE("pre-vote-refused-by-followers off: followers encourage who is cut off")
{
    prove({.rule = &ProtocolSwitches::pre_vote_refused_by_followers,
           .law = "healthy-leader-not-deposed",
           .options = {.habits = {.count_every = Duration{0}}},
           .story = [](QuorumWorld& world) {
               warm_up(world);
               int const leader = world.leader();
               cut_both(world, leader, (leader + 1) % 3);
               world.run_for(8_s);
               world.heal();
               world.run_for(8_s);
           }});
}

TEST_CASE("check-quorum off: a leader that is cut off goes on appending")
{
    prove({.rule = &ProtocolSwitches::check_quorum,
           .law = "deposed-leader-steps-down",
           .story =
               [](QuorumWorld& world) {
                   warm_up(world);
                   world.isolate(world.leader());
                   world.run_for(15_s);
                   world.heal();
                   world.run_for(8_s);
               },
           .seeds = 4});
}

TEST_CASE("check-quorum-not-alone off: the only voter resigns since nobody fetches from it")
{
    prove({.rule = &ProtocolSwitches::check_quorum_not_alone,
           .law = "lone-voter-keeps-leading",
           .options = {.voters = 1},
           .story =
               [](QuorumWorld& world) {
                   warm_up(world);
                   world.run_for(8_s);
               },
           .seeds = 3});
}

TEST_CASE("resigned-after-restart off: an epoch begins twice")
{
    prove({.rule = &ProtocolSwitches::resigned_after_restart,
           .law = "controller-unique-per-epoch",
           .story =
               [](QuorumWorld& world) {
                   warm_up(world);
                   int const leader = world.leader();
                   world.lose_power(leader);
                   world.start(leader);
                   world.run_for(10_s);
               },
           .seeds = 5});
}

TEST_CASE("flush-before-fetch off: what a majority had said to have is gone after a loss of power")
{
    prove({.rule = &ProtocolSwitches::flush_before_fetch,
           .law = "metadata-committed-kept",
           .options = {.flush = 20_ms},
           .story = [](QuorumWorld& world) {
               warm_up(world);
               for (int i = 0; i < 3; ++i)
                   world.lose_power(i);
               world.start_all();
               world.run_for(8_s);
           }});
}

// The figure 8 of Raft, with three voters: A has records that nobody else has; B begins an epoch
// that nobody hears of; A leads again, and C has copied A's old records but not the first one of
// A's new epoch. If A says that they are committed and dies, B is elected by C and cuts them off.
TEST_CASE("commit-in-own-epoch off: records of an earlier epoch are committed and overwritten")
{
    prove({.rule = &ProtocolSwitches::commit_in_own_epoch,
           .law = "metadata-committed-kept",
           .options = {.change = [](RaftConfig& config) { config.fetch_max_bytes = 1; }},
           .story = [](QuorumWorld& world) {
               warm_up(world);
               int const a = world.leader();
               world.isolate(a);
               if (!world.within(10_s, [&] { return world.leader() >= 0 && world.leader() != a; }))
                   return;
               int const b = world.leader();
               int const c = 3 - a - b;
               world.isolate(b);
               world.run_for(6_s);
               world.heal();
               world.isolate(b);
               bool const is_set = world.within(20_s, [&] {
                   auto const* leading = std::get_if<LeaderState>(&world.node(a).raft.state());
                   return leading != nullptr && end_of(world, c) == leading->epoch_start();
               });
               if (is_set) {
                   world.cut(a, c);  // What C fetches now it will not be sent.
                   world.run_for(300_ms);
                   world.crash(a);
                   world.run_for(3_s);  // Until nobody waits for it any more.
               }
               world.heal();
               world.run_for(8_s);
               if (is_set)
                   world.start(a);
               world.run_for(8_s);
           }});
}

TEST_CASE("leader-counts-if-voter off: a leader that is removed counts its own log")
{
    prove({.rule = &ProtocolSwitches::leader_counts_if_voter,
           .law = "majority-reached-hw",
           .options = {.kraft_version = 1},
           .story =
               [](QuorumWorld& world) {
                   warm_up(world);
                   int const leader = world.leader();
                   int const away = (leader + 1) % 3;
                   cut_both(world, away, leader);
                   cut_both(world, away, (leader + 2) % 3);
                   RemoveRaftVoterRequest request;
                   request.voter = key_of(world, leader);
                   // Whoever asks must not be the one that is cut off.
                   int const by = (leader + 2) % 3;
                   world.engine.call(NodeId{static_cast<std::uint16_t>(by)}, "ask",
                                     [&](QuorumNode& node, Env const& env, Out& out) {
                                         node.ask(env, NodeId{static_cast<std::uint16_t>(leader)},
                                                  request, out);
                                     });
                   world.run_for(2_s);
                   world.heal();
                   world.run_for(10_s);
               },
           .seeds = 5});
}

TEST_CASE(
    "unknown-voters-accepted off: a voter that does not know yet that it is one elects nobody")
{
    prove({.rule = &ProtocolSwitches::unknown_voters_accepted,
           .law = "quorum-led-after-settle",
           .options = {.voters = 1, .observers = 2, .kraft_version = 1},
           .story =
               [](QuorumWorld& world) {
                   warm_up(world);
                   AddRaftVoterRequest request;
                   request.voter = key_of(world, 1);
                   request.node = NodeId{1};
                   world.ask(0, request);
                   world.within(2_s, [&] { return world.node(0).raft.voters().size() == 2; });
                   world.crash(0);
                   world.start(0);
                   world.run_for(15_s);
               },
           .seeds = 5});
}

TEST_CASE("voter-directory off: a voter with an empty disk elects who lacks what was committed")
{
    prove({.rule = &ProtocolSwitches::voter_directory,
           .law = "metadata-committed-kept",
           .options = {.kraft_version = 1},
           .story =
               [](QuorumWorld& world) {
                   warm_up(world);
                   int const a = world.leader();
                   int const b = (a + 1) % 3;
                   int const c = (a + 2) % 3;
                   world.isolate(c);
                   world.run_for(500_ms);
                   world.lose_power(b);
                   world.wipe(b);
                   world.heal();
                   world.isolate(a);
                   world.start(b);
                   world.run_for(8_s);
                   world.heal();
                   world.run_for(8_s);
               },
           .seeds = 10});
}

TEST_CASE("snapshot-fsync off: a log begins behind a snapshot that is not there")
{
    prove({.rule = &ProtocolSwitches::snapshot_fsync,
           .law = "snapshot-at-log-start",
           .options = {.habits = {.snapshot_every = 20},
                       .change =
                           [](RaftConfig& config) {
                               config.retention_bytes = 3000;
                               config.segment_bytes = 2000;
                           }},
           .story = [](QuorumWorld& world) {
               warm_up(world);
               int const behind = (world.leader() + 1) % 3;
               Offset const end = end_of(world, behind);
               world.crash(behind);
               world.within(100_s, [&] {
                   return world.leader() >= 0 &&
                          world.node(world.leader()).raft.log().start_offset() > end;
               });
               world.start(behind);
               world.within(10_s, [&] {
                   return world.node(behind).raft.log().start_offset() > end &&
                          end_of(world, behind) > world.node(behind).raft.log().start_offset();
               });
               world.lose_power(behind);
               world.start(behind);
               world.run_for(8_s);
           }});
}

TEST_CASE("flush-before-commit off: what the only voter said to be committed is gone")
{
    prove({.rule = &ProtocolSwitches::flush_before_commit,
           .law = "metadata-committed-kept",
           .options = {.voters = 1, .observers = 1},
           .story = [](QuorumWorld& world) {
               warm_up(world);
               Offset const committed = world.high_watermark(0);
               world.within(1_s, [&] { return world.high_watermark(0) > committed; });
               world.lose_power(0);
               world.start(0);
               world.run_for(8_s);
           }});
}

}  // namespace odradek::kafka::test
