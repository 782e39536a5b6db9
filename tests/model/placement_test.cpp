#include "model/controller/placement.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/chance.h"

using namespace odradek;
using namespace odradek::kafka;

namespace {

UsableBroker broker(int id, char const* rack = "", bool fenced = false)
{
    return {BrokerId{id}, rack, fenced};
}

std::vector<std::vector<int>> ids(Placement const& placement)
{
    std::vector<std::vector<int>> lists;
    for (std::vector<BrokerId> const& replicas : placement.replicas) {
        lists.emplace_back();
        for (BrokerId const id : replicas)
            lists.back().push_back(id.value);
    }
    return lists;
}

std::uint64_t zero(std::uint64_t) { return 0; }

Draw dice(sim::Chance& chance)
{
    return [&chance](std::uint64_t n) { return chance.below(sim::Site("test.placement"), 0, n); };
}

using Lists = std::vector<std::vector<int>>;

}  // namespace

TEST_CASE("placement: without racks, stripes start one broker further with each partition")
{
    Placement const placement =
        place_replicas({broker(0), broker(1), broker(2), broker(3)}, 4, 3, zero);
    CHECK(placement.problem.empty());
    CHECK(ids(placement) == Lists{{0, 1, 2}, {1, 2, 3}, {2, 3, 0}, {3, 0, 1}});
}

TEST_CASE("placement: replicas interleave racks, and the leader's rack moves on")
{
    std::vector<UsableBroker> const brokers{broker(0, "a"), broker(1, "a"), broker(2, "b"),
                                            broker(3, "b"), broker(4, "c"), broker(5, "c")};
    CHECK(ids(place_replicas(brokers, 3, 3, zero)) == Lists{{0, 2, 4}, {3, 5, 1}, {4, 0, 2}});
}

TEST_CASE("placement: fenced brokers come last and never lead")
{
    std::vector<UsableBroker> const brokers{broker(0, "", true), broker(1), broker(2)};
    for (std::vector<int> const& replicas : ids(place_replicas(brokers, 6, 3, zero))) {
        CHECK(replicas.back() == 0);
        CHECK(replicas.size() == 3);
    }
    // A rack of fenced brokers still gets a replica: racks come before fencing.
    std::vector<UsableBroker> const racks{broker(0, "a"), broker(1, "a"), broker(2, "b", true)};
    for (std::vector<int> const& replicas : ids(place_replicas(racks, 4, 2, zero))) {
        CHECK(replicas[0] != 2);
        CHECK(replicas[1] == 2);
    }
}

TEST_CASE("placement: what cannot be is refused in Kafka's words")
{
    CHECK(place_replicas({broker(0)}, 1, 0, zero).problem ==
          "Invalid replication factor 0: the replication factor must be positive.");
    CHECK(place_replicas({broker(0, "", true)}, 1, 1, zero).problem ==
          "All brokers are currently fenced.");
    CHECK(place_replicas({broker(0), broker(1)}, 1, 3, zero).problem ==
          "The target replication factor of 3 cannot be reached because only 2 broker(s) are "
          "registered.");
    CHECK(place_replicas({}, 1, 1, zero).problem == "All brokers are currently fenced.");
}

TEST_CASE(
    "placement: whatever is drawn, replicas are distinct and cover the racks; leaders are even")
{
    std::vector<UsableBroker> brokers;
    for (int id = 0; id < 9; ++id)
        brokers.push_back(broker(id, id % 3 == 0 ? "a" : id % 3 == 1 ? "b" : "c", id == 8));
    std::map<int, int> leaders;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        CAPTURE(seed);
        sim::Chance chance(seed);
        for (std::vector<int> const& replicas : ids(place_replicas(brokers, 80, 3, dice(chance)))) {
            std::set<int> const distinct(replicas.begin(), replicas.end());
            CHECK(distinct.size() == 3);
            std::set<int> racks;
            for (int const id : replicas)
                racks.insert(id % 3);
            CHECK(racks.size() == 3);
            CHECK(replicas.front() != 8);
            ++leaders[replicas.front()];
        }
    }
    // A third each for the racks: 444 for each of three brokers, 667 where only two may lead.
    CHECK(leaders.size() == 8);
    for (int id = 0; id < 8; ++id) {
        CAPTURE(id);
        CHECK(leaders[id] > (id % 3 == 2 ? 570 : 380));
        CHECK(leaders[id] < (id % 3 == 2 ? 770 : 510));
    }
}

TEST_CASE("placement: every size of cluster can be filled to its last broker")
{
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        sim::Chance chance(seed);
        for (int size = 1; size <= 7; ++size) {
            std::vector<UsableBroker> brokers;
            for (int id = 0; id < size; ++id)
                brokers.push_back(broker(id,
                                         id % 4 == 3   ? "x"
                                         : id % 2 == 0 ? "y"
                                                       : "",
                                         id > 0 && (seed >> id) % 2 == 1));
            for (int factor = 1; factor <= size; ++factor)
                for (std::vector<int> const& replicas :
                     ids(place_replicas(brokers, 20, factor, dice(chance)))) {
                    std::set<int> const distinct(replicas.begin(), replicas.end());
                    CHECK(static_cast<int>(distinct.size()) == factor);
                }
        }
    }
}
