// Whole clusters with a quorum of several controllers.
#include <doctest/doctest.h>

#include "tests/support/model_cluster.h"

using namespace odradek;
using namespace odradek::kafka;
using namespace odradek::kafka::test;

namespace {

std::string controllers(int count, bool combined = false)
{
    return R"(/cluster/controllers={ "mode": "kraft", "count": )" + std::to_string(count) +
           (combined ? R"(, "combined": true })" : " }");
}

std::size_t active(ModelCluster const& cluster)
{
    std::size_t count = 0;
    for (NodeId const node : cluster.is.controllers())
        count += cluster.is.engine().process(node).as<Controller>()->is_active() ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("quorums of one to seven elect one active controller, and brokers find it")
{
    for (int const count : {1, 2, 3, 5, 7}) {
        CAPTURE(count);
        ModelCluster cluster({controllers(count)});
        REQUIRE(cluster.run_until(10, [&] { return cluster.leader() == 1; }));
        CHECK(active(cluster) == 1);
        CHECK(cluster.is.controllers().size() == static_cast<std::size_t>(count));
        CHECK(cluster.is.image().brokers().size() == 3);
    }
}

TEST_CASE("when the active controller dies another goes on with everything that was committed")
{
    ModelCluster cluster({controllers(3)});
    REQUIRE(cluster.run_until(10, [&] { return cluster.leader() == 1; }));
    NodeId const first = *cluster.is.active_controller();
    Offset const end = cluster.is.image().end_offset();
    std::vector<BrokerRegistration> const registered = cluster.is.image().brokers();
    cluster.is.crash(first);
    REQUIRE(cluster.run_until(20, [&] {
        auto const now = cluster.is.active_controller();
        return now && *now != first;
    }));
    CHECK(cluster.is.image().end_offset() >= end);
    CHECK(cluster.is.image().brokers() == registered);
    // The sessions were given anew; nobody is fenced for the failover.
    cluster.run_until(32);
    for (std::int32_t id = 1; id <= 3; ++id)
        CHECK_FALSE(cluster.fenced(id));
    // A broker that dies now is fenced by the new one.
    cluster.is.crash(cluster.broker(1));
    REQUIRE(cluster.run_until(50, [&] { return cluster.leader() != 1; }));
    CHECK(cluster.fenced(1));
}

TEST_CASE("a controller that is cut off stops to be the one, and takes nothing of its own along")
{
    ModelCluster cluster({controllers(3)});
    REQUIRE(cluster.run_until(10, [&] { return cluster.leader() == 1; }));
    NodeId const old = *cluster.is.active_controller();
    for (NodeId const other : cluster.is.controllers())
        if (other != old) {
            cluster.is.cut(old, other);
            cluster.is.cut(other, old);
        }
    REQUIRE(cluster.run_until(20, [&] {
        auto const now = cluster.is.active_controller();
        return now && *now != old;
    }));
    // It steps down by itself when it has not heard from a majority (KAFKA-15489).
    REQUIRE(cluster.run_until(20, [&] { return active(cluster) == 1; }));
    for (NodeId const other : cluster.is.controllers())
        if (other != old) {
            cluster.is.mend(old, other);
            cluster.is.mend(other, old);
        }
    cluster.run_until(40);
    CHECK(active(cluster) == 1);
    Server const& back = *cluster.is.engine().process(old).as<Server>();
    CHECK(back.image().end_offset() + 5 >= cluster.is.image().end_offset());
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}

TEST_CASE("combined nodes are broker and controller in one, with one copy of the metadata log")
{
    ModelCluster cluster({controllers(3, true)});
    REQUIRE(cluster.run_until(12, [&] { return cluster.leader() == 1; }));
    CHECK(cluster.is.controllers() == cluster.is.brokers());
    NodeId const first = *cluster.is.active_controller();
    cluster.is.crash(first);
    REQUIRE(cluster.run_until(30, [&] {
        auto const now = cluster.is.active_controller();
        return now && *now != first && cluster.fenced(cluster.is.broker_id(first).value);
    }));
    cluster.is.start(first);
    CHECK(cluster.finish().verdict == RunResult::Verdict::held);
}
