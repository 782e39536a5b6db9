#include <doctest/doctest.h>

#include "model/spelling.h"

namespace odradek::kafka {

TEST_CASE("the edit distance counts insertions, deletions, changes and swaps of neighbours")
{
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("at", "att") == 1);
    CHECK(edit_distance("crash", "carsh") == 1);
    CHECK(edit_distance("leader", "leeder") == 1);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("a name is suggested when it is two edits away at most, nearest first, or a prefix")
{
    std::vector<std::string_view> const known{"partition", "partitions", "partitoin",
                                              "isolate",   "at",         "min.insync.replicas"};
    CHECK(nearest_names("partitions", known).front() == "partitions");
    CHECK(nearest_names("partiton", known) ==
          std::vector<std::string_view>{"partition", "partitoin", "partitions"});
    CHECK(nearest_names("partiton", known, 1) == std::vector<std::string_view>{"partition"});
    CHECK(nearest_names("min.insync", known) ==
          std::vector<std::string_view>{"min.insync.replicas"});
    CHECK(nearest_names("xyz", known).empty());
    CHECK(nearest_names("a", known).empty());  // One letter is no evidence.
}

TEST_CASE("lists of names read as English")
{
    CHECK(quoted_list({}) == "");
    CHECK(quoted_list({"a"}) == "\"a\"");
    CHECK(quoted_list({"a", "b", "c"}) == "\"a\", \"b\" or \"c\"");
    CHECK(did_you_mean({}) == "");
    CHECK(did_you_mean({"a", "b"}) == "did you mean \"a\" or \"b\"?");
    CHECK(listed("known", {"a"}) == "known is \"a\"");
    CHECK(listed("known", {"a", "b"}) == "known are \"a\" and \"b\"");
    CHECK(listed("known", {}) == "");
}

}  // namespace odradek::kafka
