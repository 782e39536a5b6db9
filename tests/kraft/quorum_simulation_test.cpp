// What Kafka's RaftEventSimulationTest promises of the metadata quorum, in a world with disks that
// lose what was not flushed. Each promise over several sizes and a number of seeds.
#include <doctest/doctest.h>

#include "tests/kraft/quorum_world.h"

namespace odradek::kafka::test {

using namespace sim::literals;

namespace {

struct Size {
    int voters;
    int observers;
};

// Every size with every seed, with pre-votes (4.0) and without (3.9).
template <class Body>
void sweep(std::vector<Size> const& sizes, std::uint64_t seeds, Body&& body)
{
    for (KafkaVersion const version : {KafkaVersion{4, 1}, KafkaVersion{3, 9}})
        for (Size const size : sizes)
            for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
                QuorumWorld::Options options;
                options.voters = size.voters;
                options.observers = size.observers;
                options.seed = seed;
                options.version = version;
                CAPTURE(to_string(version));
                CAPTURE(size.voters);
                CAPTURE(size.observers);
                CAPTURE(seed);
                body(options);
            }
}

// Begun, led, and something is committed.
struct Warm : QuorumWorld {
    explicit Warm(Options options) : QuorumWorld(std::move(options))
    {
        start_all();
        until("a leader that all believe in", [&] { return has_consistent_leader(); });
        until("the high watermark is 10", [&] { return any_reached(Offset{10}); });
    }
};

Offset plus(Offset offset, std::int64_t n) { return offset + n; }

}  // namespace

TEST_CASE("an initial leader is elected and everybody sees what it commits")
{
    sweep({{1, 0}, {2, 1}, {3, 2}, {5, 3}, {7, 0}}, 4, [](QuorumWorld::Options const& options) {
        QuorumWorld world(options);
        world.start_all();
        world.until("a leader that all believe in", [&] { return world.has_consistent_leader(); });
        world.until("all have 10 committed", [&] { return world.all_reached(Offset{10}); });
        world.check();
    });
}

TEST_CASE("a new leader is elected after the old one fails, and the old one catches up")
{
    for (bool const graceful : {true, false})
        sweep({{3, 1}, {4, 0}, {5, 2}, {7, 0}}, 3, [&](QuorumWorld::Options const& options) {
            Warm world(options);
            int const old = world.leader();
            if (graceful)
                world.stop(old);
            else
                world.lose_power(old);
            Offset const target = plus(world.highest(), 20);
            world.until("the others go on",
                        [&] { return !world.running(old) && world.all_reached(target); });
            world.start(old);
            Offset const more = plus(world.highest(), 10);
            world.until("all, the old leader too, go on",
                        [&] { return world.running(old) && world.all_reached(more); });
            world.check();
        });
}

TEST_CASE("the quorum recovers after all nodes lost power, with a majority of them")
{
    sweep({{1, 0}, {2, 0}, {3, 1}, {5, 1}, {7, 1}}, 3, [](QuorumWorld::Options const& options) {
        Warm world(options);
        Offset const before = world.highest();
        for (int i = 0; i < world.size(); ++i)
            world.lose_power(i);
        for (int i = 0; i < options.voters / 2 + 1; ++i)
            world.start(i);
        world.until("a majority goes on",
                    [&] { return world.leader() >= 0 && world.all_reached(plus(before, 10)); });
        world.check();
    });
}

TEST_CASE("a new leader is elected after the old one is cut off, and the old one steps down")
{
    sweep({{3, 1}, {5, 2}, {7, 0}}, 3, [](QuorumWorld::Options const& options) {
        Warm world(options);
        int const old = world.leader();
        world.isolate(old);
        world.until("the others go on", [&] {
            return world.leader() != old && world.all_reached(Offset{40}, world.all_but(old));
        });
        world.until(
            "the old leader leads no more", [&] { return !world.node(old).raft.is_leader(); }, 5_s);
        world.run_for(5_s);
        world.heal();
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

// The leader can be heard but hears nothing, or the other way round, or one of its followers is
// out of its reach but not out of that of the others.
TEST_CASE("the quorum makes progress when links fail in one direction only")
{
    for (int const way : {0, 1, 2})
        sweep({{3, 0}, {5, 1}}, 3, [&](QuorumWorld::Options const& options) {
            Warm world(options);
            int const old = world.leader();
            int const other = (old + 1) % options.voters;
            if (way == 2) {
                world.cut(old, other);
                world.cut(other, old);
            } else
                for (int const peer : world.all_but(old))
                    way == 0 ? world.cut(old, peer) : world.cut(peer, old);
            Offset const target = plus(world.highest(), 100);
            world.until("somebody goes on", [&] { return world.any_reached(target); });
            world.heal();
            Offset const more = plus(world.highest(), 10);
            world.until("all go on", [&] { return world.all_reached(more); });
            world.check();
        });
}

TEST_CASE("the quorum makes progress if a majority is reachable")
{
    sweep({{5, 0}, {5, 2}, {7, 0}}, 3, [](QuorumWorld::Options const& options) {
        Warm world(options);
        std::set<int> minority, majority;
        for (int i = 0; i < options.voters; ++i)
            (i < options.voters / 2 ? minority : majority).insert(i);
        for (int const a : minority)
            for (int const b : majority) {
                world.cut(a, b);
                world.cut(b, a);
            }
        Offset const target = plus(world.longest(), 50);
        world.until("the majority goes on", [&] { return world.any_reached(target, majority); });
        CHECK_FALSE(world.any_reached(target, minority));
        world.heal();
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

TEST_CASE("the quorum makes progress after leaders fail back to back")
{
    sweep({{3, 0}, {5, 2}}, 4, [](QuorumWorld::Options const& options) {
        Warm world(options);
        int const first = world.leader();
        world.isolate(first);
        world.until("another leads",
                    [&] { return world.leader() >= 0 && world.leader() != first; });
        int const second = world.leader();
        world.heal();
        world.isolate(second);
        Offset const target = plus(world.highest(), 10);
        world.until("somebody goes on", [&] { return world.any_reached(target); });
        world.heal();
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

TEST_CASE("leaders that lose power one after the other lose nothing that was committed")
{
    sweep({{3, 1}, {5, 0}}, 4, [](QuorumWorld::Options const& options) {
        Warm world(options);
        for (int round = 0; round < 4; ++round) {
            int const old = world.leader();
            world.lose_power(old);
            Offset const target = plus(world.highest(), 10);
            world.until("the others go on", [&] { return world.any_reached(target); });
            world.start(old);
        }
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

TEST_CASE(
    "a voter that is empty after losing its disk is filled again and loses the others nothing")
{
    sweep({{3, 0}, {5, 2}}, 3, [](QuorumWorld::Options const& options) {
        Warm world(options);
        int const lost = static_cast<int>(options.seed) % options.voters;
        world.lose_power(lost);
        world.wipe(lost);
        world.until("somebody else leads",
                    [&] { return world.leader() != lost && world.has_consistent_leader(); });
        Offset const before = world.highest();
        world.start(lost);
        world.until("all go on", [&] { return world.all_reached(plus(before, 10)); });
        world.check();
    });
}

// With pre-votes those who still follow may refuse for a while (KAFKA-20895), and it may be elected
// again itself.
TEST_CASE("who resigns names its successors, and a leader of a later epoch is found soon")
{
    sweep({{3, 0}, {5, 1}}, 4, [](QuorumWorld::Options const& options) {
        Warm world(options);
        Epoch const epoch = world.newest_epoch();
        world.engine.call(
            NodeId{static_cast<std::uint16_t>(world.leader())}, "resign",
            [](QuorumNode& node, Env const& env, Out& out) { node.resign(env, out); });
        world.until(
            "a later epoch is led",
            [&] { return world.newest_epoch() > epoch && world.has_consistent_leader(); }, 6_s);
        world.check();
    });
}

TEST_CASE("who is far behind is given a snapshot, and logs are cut behind snapshots")
{
    sweep({{3, 1}, {5, 0}}, 3, [](QuorumWorld::Options options) {
        options.habits.snapshot_every = 20;
        options.change = [](RaftConfig& config) {
            config.retention_bytes = 4000;
            config.segment_bytes = 3000;
            config.fetch_max_bytes = 150;  // A snapshot comes in pieces.
        };
        Warm world(options);
        int const behind = (world.leader() + 1) % options.voters;
        world.crash(behind);
        world.until(
            "the log of the leader begins later",
            [&] {
                return world.leader() >= 0 && world.node(world.leader()).raft.log().start_offset() >
                                                  world.node(behind).raft.log().end_offset();
            },
            200_s);
        world.start(behind);
        Offset const target = plus(world.highest(), 50);
        world.until("all go on", [&] { return world.all_reached(target); });
        CHECK(world.node(behind).snapshots_loaded > 0);
        CHECK(world.exercised("snapshot-at-log-start") > 0);
        // All of it again from the disks.
        for (int i = 0; i < world.size(); ++i)
            world.lose_power(i);
        world.start_all();
        Offset const more = plus(target, 10);
        world.until("all go on after a loss of power", [&] { return world.all_reached(more); });
        world.check();
    });
}

TEST_CASE("a leader whose disk stalls is deposed, and follows when its disk goes on")
{
    sweep({{3, 0}, {5, 1}}, 3, [](QuorumWorld::Options options) {
        options.habits.count_every = 50_ms;  // Fetches wait for the next number.
        Warm world(options);
        int const old = world.leader();
        sim::HostId const host = world.engine.host_of(NodeId{static_cast<std::uint16_t>(old)});
        sim::DiskFault stall;
        stall.stalled = true;
        std::uint32_t const fault = world.engine.disk(host).add_fault(world.engine.now(), stall);
        Offset const target = plus(world.highest(), 30);
        world.until("the others go on",
                    [&] { return world.leader() != old && world.any_reached(target); });
        // Longer than the judge allows it to append: fetches parked before prove nothing after.
        world.run_for(15_s);
        world.engine.remove_disk_fault(host, fault);
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

// Anything may break; then all is healed.
TEST_CASE("crashes, losses of power and cuts at random lose nothing that was committed")
{
    sweep({{3, 1}, {5, 1}}, 6, [](QuorumWorld::Options options) {
        options.habits.snapshot_every = 40;
        QuorumWorld world(options);
        world.start_all();
        sim::Chance dice(options.seed + 1000);
        static constexpr sim::Site site("test.chaos");
        auto const draw = [&](std::uint64_t n) { return static_cast<int>(dice.below(site, 0, n)); };
        for (int round = 0; round < 40; ++round) {
            int const i = draw(static_cast<std::uint64_t>(world.size()));
            switch (draw(7)) {
            case 0:
                if (world.running(i))
                    world.crash(i);
                break;
            case 1:
                if (world.running(i))
                    world.lose_power(i);
                break;
            case 2:
                world.isolate(i);
                break;
            case 3:
                world.cut(i, (i + 1) % world.size());
                break;
            case 4:
                world.heal();
                break;
            default:
                for (int j = 0; j < world.size(); ++j)
                    if (!world.running(j))
                        world.start(j);
            }
            world.run_for(Duration{draw(1500) * 1'000'000LL});
        }
        world.heal();
        for (int j = 0; j < world.size(); ++j)
            if (!world.running(j))
                world.start(j);
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

// -- KIP-853 -------------------------------------------------------------------------------------

namespace {

QuorumWorld::Options dynamic(QuorumWorld::Options options)
{
    options.kraft_version = 1;
    return options;
}

ReplicaKey key_of(QuorumWorld const& world, int i) { return world.node(i).raft.key(); }

// Asks the leader until it says yes.
template <class Request>
void change_voters(QuorumWorld& world, int i)
{
    for (int attempt = 0; attempt < 20; ++attempt) {
        int const leads = world.leader();
        if (leads < 0) {
            world.run_for(200_ms);
            continue;
        }
        Request request;
        request.voter = key_of(world, i);
        if constexpr (requires { request.node; })
            request.node = NodeId{static_cast<std::uint16_t>(i)};
        int const by = leads == 0 ? world.size() - 1 : 0;
        world.ask(leads, request);
        if (world.within(3_s, [&] { return world.node(by).answer().has_value(); })) {
            auto const* response =
                std::get_if<typename Request::Response>(&*world.node(by).answer());
            if (response != nullptr &&
                (response->error == Error::none || response->error == Error::duplicate_voter ||
                 response->error == Error::voter_not_found))
                return;
        }
        world.run_for(300_ms);
    }
    FAIL("the voters were not changed");
}

}  // namespace

TEST_CASE("voters are added one by one, and then count")
{
    sweep({{1, 2}, {3, 2}}, 3, [](QuorumWorld::Options const& options) {
        Warm world(dynamic(options));
        for (int i = options.voters; i < world.size(); ++i) {
            world.until("it has caught up", [&] { return world.all_reached(Offset{10}); });
            change_voters<AddRaftVoterRequest>(world, i);
        }
        auto const voters = static_cast<std::size_t>(options.voters + options.observers);
        world.until("all know all voters", [&] {
            for (int i = 0; i < world.size(); ++i)
                if (world.node(i).raft.voters().size() != voters)
                    return false;
            return true;
        });
        // A majority of the new ones is needed, and enough.
        int const old = world.leader();
        world.lose_power(old);
        Offset const target = plus(world.highest(), 20);
        world.until("the others go on", [&] { return world.any_reached(target); });
        world.start(old);
        Offset const more = plus(world.highest(), 10);
        world.until("all go on", [&] { return world.all_reached(more); });
        world.check();
    });
}

TEST_CASE("a voter is removed; a leader that removes itself leads until that is committed")
{
    for (bool const leader : {false, true})
        sweep({{3, 0}, {5, 1}}, 3, [&](QuorumWorld::Options const& options) {
            Warm world(dynamic(options));
            int const old = world.leader();
            int const gone = leader ? old : (old + 1) % options.voters;
            change_voters<RemoveRaftVoterRequest>(world, gone);
            world.until("another leads, and without it", [&] {
                return world.leader() >= 0 && (!leader || world.leader() != old) &&
                       world.node(world.leader()).raft.voters().size() ==
                           static_cast<std::size_t>(options.voters - 1);
            });
            Offset const more = plus(world.highest(), 10);
            world.until("all go on, the removed one as observer",
                        [&] { return world.all_reached(more); });
            CHECK_FALSE(world.node(gone).raft.is_voter());
            world.check();
        });
}

TEST_CASE("voters are added and removed while nodes lose power")
{
    sweep({{3, 2}}, 4, [](QuorumWorld::Options options) {
        options.habits.snapshot_every = 30;
        Warm world(dynamic(options));
        for (int i = 3; i < 5; ++i) {
            int const down = (i + static_cast<int>(options.seed)) % 3;
            change_voters<AddRaftVoterRequest>(world, i);
            world.lose_power(down);
            world.run_for(1_s);
            world.start(down);
            world.run_for(3_s);
        }
        change_voters<RemoveRaftVoterRequest>(world, 0);
        world.run_for(2_s);
        change_voters<RemoveRaftVoterRequest>(world, 1);
        Offset const more = plus(world.highest(), 10);
        world.until("all go on with three voters", [&] {
            return world.all_reached(more) && world.leader() >= 0 &&
                   world.node(world.leader()).raft.voters().size() == 3;
        });
        world.check();
    });
}

TEST_CASE("a voter that has lost its disk is another one, and votes no more")
{
    sweep({{3, 0}}, 3, [](QuorumWorld::Options const& options) {
        Warm world(dynamic(options));
        int const lost = (world.leader() + 1) % 3;
        ReplicaKey const before = key_of(world, lost);
        world.lose_power(lost);
        world.wipe(lost);
        world.start(lost);
        Offset const more = plus(world.highest(), 20);
        world.until("all go on", [&] { return world.all_reached(more); });
        CHECK(key_of(world, lost).directory != before.directory);
        CHECK_FALSE(world.node(lost).raft.is_voter());
        world.check();
    });
}

}  // namespace odradek::kafka::test
