#include <doctest/doctest.h>

#include "model/scenario/selector.h"

namespace odradek::kafka {

TEST_CASE("selectors are read and written back the same")
{
    for (char const* text : {"all",
                             "brokers",
                             "controllers",
                             "clients",
                             "majority",
                             "minority",
                             "minority-third",
                             "primaries",
                             "zookeepers",
                             "broker:3",
                             "broker:*",
                             "broker:*(2)",
                             "broker:[1-3]",
                             "broker:[1-3](2)",
                             "!broker:3",
                             "controller:0",
                             "controller:active",
                             "zk:1",
                             "client:*",
                             "client:shop",
                             "client:shop[1]",
                             "client:shop[0-2]",
                             "client:shop(1)",
                             "rack:az1",
                             "leader:orders-0",
                             "leader:my-topic.v1_x-12",
                             "follower:orders-*",
                             "isr:o-[0-3]",
                             "preferred:orders-0",
                             "coordinator:billing",
                             "txn-coordinator:biller-1",
                             "directory:1/0",
                             "brokers(2)"}) {
        CAPTURE(text);
        auto const term = parse_selector_term(text);
        CHECK(term.problem == "");
        REQUIRE(term.value);
        CHECK(to_string(*term.value) == text);
    }
}

TEST_CASE("the parts of a selector land in their fields")
{
    SelectorTerm const brokers = parse_selector_term("!broker:[2-4](1)").value.value();
    CHECK(brokers.negated);
    CHECK(brokers.kind == SelectorKind::broker);
    CHECK(brokers.first == 2);
    CHECK(brokers.last == 4);
    CHECK(brokers.count == 1);

    SelectorTerm const leader = parse_selector_term("leader:orders-eu-7").value.value();
    CHECK(leader.name == "orders-eu");
    CHECK(leader.first == 7);

    SelectorTerm const readers = parse_selector_term("client:readers[*](1)").value.value();
    CHECK(readers.name == "readers");
    CHECK_FALSE(readers.first);
    CHECK(readers.count == 1);

    CHECK(parse_selector_term("controller:active").value->active);
    CHECK(parse_selector_term("directory:1/2").value->directory == 2);
}

TEST_CASE("what is no selector is refused with a hint")
{
    for (char const* text : {"",
                             "!",
                             "leeder:orders-0",
                             "broker",
                             "broker:",
                             "broker:x",
                             "broker:-1",
                             "broker:[3-1]",
                             "broker:[1]",
                             "all:1",
                             "leader:orders",
                             "leader:-0",
                             "rack:",
                             "rack:a b",
                             "client:shop[",
                             "client:shop[x]",
                             "broker:*(0)",
                             "broker:*(x)",
                             "directory:1",
                             "broker:99999999999"}) {
        CAPTURE(text);
        auto const term = parse_selector_term(text);
        CHECK_FALSE(term.value);
        CHECK_FALSE(term.problem.empty());
        CHECK_FALSE(term.suggestion.empty());
    }
}

TEST_CASE("ranges of names are expanded")
{
    using Names = std::vector<std::string>;
    CHECK(expand_range("orders").value == Names{"orders"});
    CHECK(expand_range("t-[0-2]").value == Names{"t-0", "t-1", "t-2"});
    CHECK(expand_range("t[9-11]x").value == Names{"t9x", "t10x", "t11x"});
    for (char const* text :
         {"t-[", "t-[0-", "t-[2-1]", "t-[a-b]", "t-[0-1]-[0-1]", "t-[0-99999999]"}) {
        CAPTURE(text);
        CHECK_FALSE(expand_range(text).value);
    }
}

}  // namespace odradek::kafka
