#include "model/client/partitioner.h"

#include <map>

#include <doctest/doctest.h>

#include "model/murmur2.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {
Env env_with(sim::Chance& chance)
{
    Env env;
    env.self = NodeId{1};
    env.chance = &chance;
    return env;
}
}  // namespace

TEST_CASE("a key goes to murmur2 modulo all partitions")
{
    CHECK(partition_for_key("foobar", 10) == 6);
    CHECK(partition_for_key("abc", 3) == 479470107 % 3);
}

TEST_CASE("weights are the longest queue plus one, minus the own")
{
    struct Row {
        char const* what;
        PartitionLoad load;
        std::vector<std::int64_t> cumulative;
    };
    for (Row const& row : {
             Row{"KIP-794's example", {{0, 1, 2}, {0, 3, 1}, 3}, {4, 5, 8}},
             Row{"all equal", {{0, 1, 2}, {2, 2, 2}, 3}, {}},
             Row{"all equal, one left out", {{0, 2}, {2, 2}, 3}, {1, 2}},
             Row{"one partition", {{0}, {5}, 1}, {}},
             Row{"one left of two", {{1}, {5}, 2}, {1}},
             Row{"none left", {{}, {}, 3}, {}},
         }) {
        CAPTURE(row.what);
        CHECK(cumulative_weights(row.load) == row.cumulative);
    }
}

TEST_CASE("partitions are drawn in proportion to their weights")
{
    sim::Chance chance(3);
    Env const env = env_with(chance);
    StickyPartitioner sticky(16384);
    std::map<std::int32_t, int> drawn;
    for (int i = 0; i < 8000; ++i) {
        sticky.choose(env, {{0, 1, 2}, {0, 3, 1}, 3}, {0, 1, 2}, 3);
        ++drawn[sticky.partition()];
    }
    CHECK(drawn[0] > 3800);
    CHECK(drawn[0] < 4200);
    CHECK(drawn[1] > 850);
    CHECK(drawn[1] < 1150);
    CHECK(drawn[2] > 2800);
    CHECK(drawn[2] < 3200);
}

TEST_CASE("without loads an available partition is drawn, and any when nobody leads one")
{
    sim::Chance chance(3);
    Env const env = env_with(chance);
    StickyPartitioner sticky(16384);
    for (int i = 0; i < 100; ++i) {
        sticky.choose(env, {}, {1, 4}, 6);
        CHECK((sticky.partition() == 1 || sticky.partition() == 4));
    }
    std::map<std::int32_t, int> drawn;
    for (int i = 0; i < 600; ++i) {
        sticky.choose(env, {}, {}, 6);
        ++drawn[sticky.partition()];
    }
    CHECK(drawn.size() == 6);
}

TEST_CASE("a switch is put off while the last batch has room, up to twice the bytes")
{
    sim::Chance chance(3);
    StickyPartitioner sticky(1000);
    sticky.choose(env_with(chance), {}, {0}, 1);
    sticky.count(999);
    CHECK_FALSE(sticky.switches(0, true));
    CHECK(sticky.switches(1, true));
    CHECK_FALSE(sticky.switches(1, false));
    CHECK_FALSE(sticky.switches(1000, false));
    CHECK(sticky.switches(1001, false));
}
