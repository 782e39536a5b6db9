#include "model/metadata/partition_set.h"

#include <doctest/doctest.h>

#include <set>

using namespace odradek::kafka;

namespace {

TopicPartition partition(int n)
{
    return {TopicId{static_cast<std::uint32_t>(1 + n / 100)}, n % 100};
}

}  // namespace

TEST_CASE("a set of partitions is what a set is, in whatever order it is filled and emptied")
{
    PartitionSet set;
    std::set<TopicPartition> expected;
    std::uint64_t state = 7;
    for (int step = 0; step < 6000; ++step) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        TopicPartition const one = partition(static_cast<int>((state >> 33U) % 1000));
        if ((state >> 60U) < 9) {
            set.insert(one);
            expected.insert(one);
        } else {
            set.erase(one);
            expected.erase(one);
        }
        CHECK(set.contains(one) == (expected.count(one) != 0));
    }
    CHECK(set.size() == expected.size());
    CHECK(set.list() == std::vector<TopicPartition>(expected.begin(), expected.end()));
    for (TopicPartition const one : std::vector<TopicPartition>(set.list()))
        set.erase(one);
    CHECK(set.empty());
    CHECK(set.list().empty());
}

TEST_CASE("a copy of a set of partitions does not see what happens to the other")
{
    PartitionSet before;
    for (int i = 0; i < 500; ++i)
        before.insert(partition(i));
    PartitionSet after = before;
    after.erase(partition(250));
    after.insert(partition(900));
    CHECK(before.size() == 500);
    CHECK(before.contains(partition(250)));
    CHECK_FALSE(before.contains(partition(900)));
    CHECK(after.size() == 500);
    CHECK_FALSE(after.contains(partition(250)));
}
