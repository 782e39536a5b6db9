// Assignors, held against what Kafka's own tests expect: RangeAssignorTest, RoundRobinAssignorTest,
// AbstractStickyAssignorTest, StickyAssignorTest, CooperativeStickyAssignorTest.
#include "model/assignors/assignor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

namespace odradek::kafka {

namespace {

std::vector<std::string> split(std::string const& text, char at)
{
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);)
        if (!part.empty())
            parts.push_back(part);
    return parts;
}

// A member: which topics, which rack, what it owns ("t1-0 t1-1"), since which generation.
struct M {
    std::string topics;
    std::string rack = "";
    std::string owned = "";
    std::int32_t generation = -1;
    std::string instance = "";
    std::string id = "";
};

// "t1:6 t2:7", partitions dealt to brokers in these racks ("a b c"; "-" is none).
struct Case {
    std::string topics;
    std::vector<M> members;
    std::vector<std::string> expected;
    int replication = 0;
    std::string racks = "";
};

struct Built {
    AssignorInput input;
    std::vector<std::size_t> place;  // Of a member of the case, in the input.

    std::string name(TopicPartition partition) const
    {
        for (AssignableTopic const& topic : input.topics)
            if (topic.id == partition.topic)
                return topic.name + "-" + std::to_string(partition.partition);
        return "?";
    }
    TopicPartition partition(std::string const& text) const
    {
        auto const dash = text.rfind('-');
        for (AssignableTopic const& topic : input.topics)
            if (topic.name == text.substr(0, dash))
                return {topic.id, std::stoi(text.substr(dash + 1))};
        return {TopicId{999}, 0};
    }
};

Built build(Case const& row)
{
    Built built;
    std::vector<std::string> const racks = split(row.racks, ' ');
    int next = 0;
    std::uint32_t id = 1;
    for (std::string const& text : split(row.topics, ' ')) {
        auto const colon = text.find(':');
        AssignableTopic topic;
        topic.name = text.substr(0, colon);
        topic.id = TopicId{id++};
        topic.partitions = std::stoi(text.substr(colon + 1));
        for (std::int32_t p = 0; p < topic.partitions && !racks.empty(); ++p) {
            std::vector<std::string>& of = topic.racks.emplace_back();
            for (int r = 0; r < row.replication; ++r) {
                std::string const& rack =
                    racks[static_cast<std::size_t>(p + r + next) % racks.size()];
                of.push_back(rack == "-" ? "" : rack);
            }
        }
        next += topic.partitions;
        built.input.topics.push_back(topic);
    }
    std::sort(built.input.topics.begin(), built.input.topics.end(),
              [](auto const& a, auto const& b) { return a.name < b.name; });
    std::vector<std::pair<std::string, std::size_t>> order;
    for (std::size_t i = 0; i < row.members.size(); ++i)
        order.emplace_back(
            row.members[i].id.empty() ? "consumer" + std::to_string(i) : row.members[i].id, i);
    std::sort(order.begin(), order.end());
    built.place.resize(order.size());
    for (auto const& [name, i] : order) {
        M const& member = row.members[i];
        built.place[i] = built.input.members.size();
        Subscriber subscriber;
        subscriber.member = name;
        if (!member.instance.empty())
            subscriber.instance = member.instance;
        subscriber.topics = split(member.topics, ' ');
        for (std::string const& owned : split(member.owned, ' '))
            subscriber.owned.push_back(built.partition(owned));
        subscriber.generation = member.generation;
        subscriber.rack = member.rack;
        built.input.members.push_back(subscriber);
    }
    return built;
}

std::vector<std::string> text_of(Built const& built, Assignment const& assignment)
{
    std::vector<std::string> texts;
    for (std::size_t const place : built.place) {
        std::vector<std::string> names;
        for (TopicPartition const partition : assignment[place])
            names.push_back(built.name(partition));
        std::sort(names.begin(), names.end());
        std::string text;
        for (std::string const& name : names)
            text += (text.empty() ? "" : " ") + name;
        texts.push_back(text);
    }
    return texts;
}

void check(AssignorName assignor, std::vector<Case> const& rows)
{
    for (Case const& row : rows) {
        Built const built = build(row);
        CAPTURE(row.topics);
        CAPTURE(row.expected);
        CHECK(text_of(built, assign(assignor, built.input)) == row.expected);
    }
}

}  // namespace

TEST_CASE("range gives each subscriber of a topic consecutive partitions, the first ones one more")
{
    check(AssignorName::range,
          {{"", {{""}}, {""}},
           {"", {{"topic1"}}, {""}},
           {"topic1:3", {{"topic1"}}, {"topic1-0 topic1-1 topic1-2"}},
           {"other:3 topic1:3", {{"topic1"}}, {"topic1-0 topic1-1 topic1-2"}},
           {"topic1:1 topic2:2", {{"topic1 topic2"}}, {"topic1-0 topic2-0 topic2-1"}},
           {"topic1:1", {{"topic1"}, {"topic1"}}, {"topic1-0", ""}},
           {"topic1:2", {{"topic1"}, {"topic1"}}, {"topic1-0", "topic1-1"}},
           {"topic1:3 topic2:2",
            {{"topic1"}, {"topic1 topic2"}, {"topic1"}},
            {"topic1-0", "topic1-1 topic2-0 topic2-1", "topic1-2"}},
           {"topic1:3 topic2:3",
            {{"topic1 topic2"}, {"topic1 topic2"}},
            {"topic1-0 topic1-1 topic2-0 topic2-1", "topic1-2 topic2-2"}},
           {"t:7", {{"t"}, {"t"}, {"t"}}, {"t-0 t-1 t-2", "t-3 t-4", "t-5 t-6"}}});
}

TEST_CASE("static members come first, in the order of their instances (KIP-345)")
{
    M low{"topic1 topic2", "", "", -1, "instance1", "consumer-b"};
    M high{"topic1 topic2", "", "", -1, "instance2", "consumer-a"};
    M dynamic{"topic1 topic2", "", "", -1, "", "consumer-a"};
    check(AssignorName::range, {{"topic1:3 topic2:3",
                                 {low, high},
                                 {"topic1-0 topic1-1 topic2-0 topic2-1", "topic1-2 topic2-2"}},
                                {"topic1:3 topic2:3",
                                 {low, dynamic},
                                 {"topic1-0 topic1-1 topic2-0 topic2-1", "topic1-2 topic2-2"}},
                                {"topic1:5 topic2:4",
                                 {{"topic1 topic2", "", "", -1, "instance1"},
                                  {"topic1 topic2", "", "", -1, "instance2"},
                                  {"topic1 topic2", "", "", -1, "instance3"},
                                  {"topic1 topic2"}},
                                 {"topic1-0 topic1-1 topic2-0", "topic1-2 topic2-1",
                                  "topic1-3 topic2-2", "topic1-4 topic2-3"}}});
}

TEST_CASE("range looks for near partitions, and keeps topics aligned that look alike (KIP-881)")
{
    std::string const all = "t1 t2 t3";
    std::vector<M> const abc{{all, "a"}, {all, "b"}, {all, "c"}};
    std::vector<M> const def{{all, "d"}, {all, "e"}, {all, "f"}};
    std::vector<M> const none{{all}, {all}, {all}};
    std::vector<M> const unequal{{all, "a"}, {all, "b"}, {"t1 t3", "c"}};
    std::vector<std::string> const plain{"t1-0 t1-1 t2-0 t2-1 t2-2 t3-0",
                                         "t1-2 t1-3 t2-3 t2-4 t3-1", "t1-4 t1-5 t2-5 t2-6"};
    std::string const six = "t1:6 t2:7 t3:2";
    std::string const five = "t1:5 t2:5 t3:5";
    check(AssignorName::range,
          {{six, abc, plain, 3, "- - -"},
           {six, none, plain, 3, "a b c"},
           {six, abc, plain, 3, "a b c"},
           {six, def, plain, 3, "a b c"},
           {six,
            abc,
            {"t1-0 t1-3 t2-0 t2-3 t2-6", "t1-1 t1-4 t2-1 t2-4 t3-0", "t1-2 t1-5 t2-2 t2-5 t3-1"},
            1,
            "a b c"},
           {six,
            abc,
            {"t1-0 t1-2 t2-0 t2-2 t2-3 t3-1", "t1-1 t1-3 t2-1 t2-4 t3-0", "t1-4 t1-5 t2-5 t2-6"},
            2,
            "a b c"},
           {six, abc, plain, 3, "a b"},
           {six,
            unequal,
            {"t1-0 t1-3 t2-0 t2-2 t2-3 t2-6", "t1-1 t1-4 t2-1 t2-4 t2-5 t3-0", "t1-2 t1-5 t3-1"},
            1,
            "a b c"},
           {six,
            unequal,
            {"t1-0 t1-2 t2-0 t2-2 t2-3 t2-5 t3-1", "t1-1 t1-3 t2-1 t2-4 t2-6 t3-0", "t1-4 t1-5"},
            2,
            "a b c"},
           {five,
            abc,
            {"t1-0 t1-1 t2-0 t2-1 t3-0 t3-1", "t1-2 t1-3 t2-2 t2-3 t3-2 t3-3", "t1-4 t2-4 t3-4"},
            1,
            "a b c"},
           {five,
            abc,
            {"t1-0 t1-1 t2-0 t2-1 t3-0 t3-1", "t1-2 t1-3 t2-2 t2-3 t3-2 t3-3", "t1-4 t2-4 t3-4"},
            2,
            "a b c"},
           {five,
            unequal,
            {"t1-0 t1-1 t2-0 t2-1 t2-4 t3-0 t3-1", "t1-2 t1-3 t2-2 t2-3 t3-2 t3-3", "t1-4 t3-4"},
            1,
            "a b c"},
           {five,
            unequal,
            {"t1-2 t2-0 t2-1 t2-3 t3-2", "t1-0 t1-3 t2-2 t2-4 t3-0 t3-3", "t1-1 t1-4 t3-1 t3-4"},
            2,
            "a b c"}});
    std::string const four = "t1 t2 t3 t4";
    std::string const co = "t1:6 t2:6 t3:2 t4:2";
    std::vector<M> const pairs{{"t1 t2", "a"}, {"t1 t2", "b"}, {"t3 t4", "b"}, {"t3 t4", "a"}};
    std::vector<M> const everything{{four, "a"}, {four, "b"}, {four, "b"}, {four, "a"}};
    check(AssignorName::range, {{co,
                                 pairs,
                                 {"t1-0 t1-1 t1-2 t2-0 t2-1 t2-2", "t1-3 t1-4 t1-5 t2-3 t2-4 t2-5",
                                  "t3-0 t4-0", "t3-1 t4-1"},
                                 2,
                                 "a b"},
                                {co,
                                 pairs,
                                 {"t1-0 t1-2 t1-4 t2-0 t2-2 t2-4", "t1-1 t1-3 t1-5 t2-1 t2-3 t2-5",
                                  "t3-1 t4-1", "t3-0 t4-0"},
                                 1,
                                 "a b"},
                                {co,
                                 everything,
                                 {"t1-0 t1-2 t2-0 t2-2 t3-0 t4-0", "t1-1 t1-3 t2-1 t2-3 t3-1 t4-1",
                                  "t1-5 t2-5", "t1-4 t2-4"},
                                 1,
                                 "a b"},
                                {co,
                                 everything,
                                 {"t1-0 t1-3 t2-0 t2-3 t3-0 t4-0", "t1-1 t1-4 t2-1 t2-4 t3-1 t4-1",
                                  "t1-2 t2-2", "t1-5 t2-5"},
                                 1,
                                 "a b c"}});
}

TEST_CASE("round robin deals all partitions out in turn, past who does not subscribe")
{
    check(AssignorName::roundrobin,
          {{"", {{"t"}}, {""}},
           {"t:2", {{"t"}, {"t"}}, {"t-0", "t-1"}},
           {"t:1", {{"t"}, {"t"}}, {"t-0", ""}},
           {"t0:3 t1:3", {{"t0 t1"}, {"t0 t1"}}, {"t0-0 t0-2 t1-1", "t0-1 t1-0 t1-2"}},
           {"topic1:3 topic2:2",
            {{"topic1"}, {"topic1 topic2"}, {"topic1"}},
            {"topic1-0", "topic1-1 topic2-0 topic2-1", "topic1-2"}},
           {"t0:1 t1:2 t2:3",
            {{"t0"}, {"t0 t1"}, {"t0 t1 t2"}},
            {"t0-0", "t1-0", "t1-1 t2-0 t2-1 t2-2"}}});
}

TEST_CASE("sticky: with the same subscriptions partitions are dealt out up to quotas")
{
    std::string const both = "topic1 topic2";
    check(AssignorName::sticky,
          {{"", {{""}}, {""}},
           {"topic:0", {{"topic"}}, {""}},
           {"topic:3", {{"topic"}}, {"topic-0 topic-1 topic-2"}},
           {"topic1:1 topic2:2", {{both}}, {"topic1-0 topic2-0 topic2-1"}},
           {"topic:1", {{"topic"}, {"topic"}}, {"topic-0", ""}},
           {"topic:2", {{"topic"}, {"topic"}}, {"topic-0", "topic-1"}},
           {"topic1:3 topic2:3",
            {{both}, {both}},
            {"topic1-0 topic1-2 topic2-1", "topic1-1 topic2-0 topic2-2"}},
           {"topic1:3 topic2:4",
            {{both}, {both}},
            {"topic1-0 topic1-2 topic2-1 topic2-3", "topic1-1 topic2-0 topic2-2"}},
           {"t0:2 t1:2 t2:2 t3:2",
            {{"t0 t1 t2 t3"}, {"t0 t1 t2 t3"}, {"t0 t1 t2 t3"}},
            {"t0-0 t1-1 t3-0", "t0-1 t2-0 t3-1", "t1-0 t2-1"}}});
}

TEST_CASE("sticky: who has the least keeps it, who has the most gives the rest away")
{
    std::string const both = "topic1 topic2";
    check(AssignorName::sticky,
          {{"topic1:2 topic2:3",
            {{both, "", "topic1-0 topic2-1", 1}, {both, "", "topic1-1 topic2-2", 1}},
            {"topic1-0 topic2-0 topic2-1", "topic1-1 topic2-2"}},
           // Kafka's test has the second member keep both: Java's hash order decides.
           {"topic1:2 topic2:2",
            {{both, "", "topic1-0 topic2-0", 1}, {both, "", "topic1-1 topic2-1", 1}, {both}},
            {"topic1-0 topic2-0", "topic1-1", "topic2-1"}},
           {"topic1:2 topic2:3",
            {{both, "", "topic1-0", 1}, {both, "", "topic1-1", 1}, {both, "", "", 1}},
            {"topic1-0 topic2-1", "topic1-1 topic2-2", "topic2-0"}},
           {"topic:3",
            {{"topic", "", "topic-0 topic-1 topic-2", 1}, {"topic", "", "", 1}},
            {"topic-0 topic-1", "topic-2"}},
           {"topic1:3 topic2:4",
            {{both, "", "topic1-0 topic1-2 topic2-1 topic2-3", 1},
             {both, "", "topic1-1 topic2-0 topic2-2", 1},
             {both, "", "", 1},
             {both, "", "", 1}},
            {"topic1-0 topic2-1", "topic1-1 topic2-0", "topic1-2 topic2-3", "topic2-2"}},
           // What two claim for one generation is nobody's; for two, the later one's.
           {"topic:3",
            {{"topic", "", "topic-0 topic-1", 1},
             {"topic", "", "topic-0 topic-2", 1},
             {"topic", "", "topic-1", 1}},
            {"topic-0", "topic-2", "topic-1"}},
           {"topic:3",
            {{"topic", "", "topic-0 topic-1", 1},
             {"topic", "", "topic-1 topic-2", 2},
             {"topic", "", "", 2}},
            {"topic-0", "topic-1", "topic-2"}}});
}

TEST_CASE("sticky: near partitions are dealt out first, within quotas (KIP-881)")
{
    std::string const all = "t1 t2 t3";
    std::vector<M> const abc{{all, "a"}, {all, "b"}, {all, "c"}};
    std::vector<std::string> const plain{"t1-0 t1-3 t2-0 t2-3 t2-6", "t1-1 t1-4 t2-1 t2-4 t3-0",
                                         "t1-2 t1-5 t2-2 t2-5 t3-1"};
    std::string const six = "t1:6 t2:7 t3:2";
    std::vector<M> const unequal{{all, "a"}, {all, "b"}, {"t1 t3", "c"}};
    std::vector<std::string> const uneven{"t1-5 t2-0 t2-2 t2-4 t2-6", "t1-3 t2-1 t2-3 t2-5 t3-0",
                                          "t1-0 t1-1 t1-2 t1-4 t3-1"};
    check(AssignorName::sticky,
          {{six, abc, plain, 3, "- - -"},
           {six, abc, plain, 3, "a b c"},
           {six, abc, plain, 1, "a b c"},
           {six, abc, plain, 2, "a b c"},
           {six, abc, plain, 3, "a b"},
           {six, unequal, uneven, 3, "a b c"},
           {six, unequal, uneven, 4, "a b c d"},
           {six,
            unequal,
            {"t1-3 t2-0 t2-2 t2-3 t2-6", "t1-4 t2-1 t2-4 t2-5 t3-0", "t1-0 t1-1 t1-2 t1-5 t3-1"},
            1,
            "a b c"},
           {six,
            unequal,
            {"t1-3 t2-0 t2-2 t2-5 t2-6", "t1-0 t2-1 t2-3 t2-4 t3-0", "t1-1 t1-2 t1-4 t1-5 t3-1"},
            2,
            "a b c"},
           {six, unequal, uneven, 3, "a b"}});
    std::string const one = "t1-0 t1-1 t1-2 t1-3 t1-4";
    std::string const two = "t1-5 t2-0 t2-1 t2-2 t2-3";
    std::string const three = "t2-4 t2-5 t2-6 t3-0 t3-1";
    check(AssignorName::cooperative_sticky,
          {{six,
            {{all, "a", one}, {all, "b", two}, {all, "c", three}},
            {"t1-0 t1-3", "t2-1", "t2-5 t3-1"},
            1,
            "a b c"},
           {six,
            {{all, "a", one}, {all, "b", two}, {"t1 t3", "c", three}},
            {"t1-3", "t2-1", "t3-1"},
            1,
            "a b c"}});
}

TEST_CASE("sticky: with different subscriptions the least loaded comes first")
{
    check(AssignorName::sticky,
          {{"topic1:3 topic2:2",
            {{"topic1"}, {"topic1 topic2"}, {"topic1"}},
            {"topic1-0 topic1-2", "topic2-0 topic2-1", "topic1-1"}},
           {"t0:1 t1:2 t2:3",
            {{"t0"}, {"t0 t1"}, {"t0 t1 t2"}},
            {"t0-0", "t1-0 t1-1", "t2-0 t2-1 t2-2"}},
           {"t0:1 t1:2 t2:3",
            {{"t0 t1", "", "t1-0 t1-1", 1}, {"t0 t1 t2", "", "t2-0 t2-1 t2-2", 1}},
            {"t0-0 t1-0 t1-1", "t2-0 t2-1 t2-2"}},
           {"topic1:2 topic2:1 topic3:2 topic4:1 topic5:2",
            {{"topic1 topic2 topic3 topic4 topic5"},
             {"topic1 topic3 topic5"},
             {"topic1 topic3 topic5"},
             {"topic1 topic2 topic3 topic4 topic5"}},
            {"topic2-0 topic3-0", "topic1-0 topic3-1", "topic1-1 topic5-0", "topic4-0 topic5-1"}}});
}

TEST_CASE("cooperative sticky keeps back what must be revoked first (KIP-429)")
{
    check(AssignorName::cooperative_sticky,
          {{"t0:4", {{"t0", "", "t0-0 t0-1 t0-2 t0-3", 1}, {"t0", "", "", -1}}, {"t0-0 t0-1", ""}},
           {"t0:4", {{"t0", "", "t0-0 t0-1", 2}, {"t0", "", "", 2}}, {"t0-0 t0-1", "t0-2 t0-3"}},
           {"t0:2 t1:2 t2:2 t3:2",
            {{"t0 t1 t2 t3", "", "t0-0 t1-1 t3-0", 1},
             {"t0 t1 t2 t3", "", "t0-1 t2-0 t3-1", 1},
             {"t0 t1 t2 t3", "", "t1-0 t2-1", 1},
             {"t0 t1 t2 t3"}},
            {"t0-0 t3-0", "t0-1 t2-0", "t1-0 t2-1", ""}},
           // Claimed twice for one generation: handed to nobody in this round.
           {"topic:3",
            {{"topic", "", "topic-0 topic-1", 1},
             {"topic", "", "topic-0 topic-2", 1},
             {"topic", "", "", 1}},
            {"topic-1", "topic-2", ""}}});
}

TEST_CASE("without KAFKA-12984 a partition that two claim is given to both")
{
    Built built =
        build({"topic:2", {{"topic", "", "topic-0", 1}, {"topic", "", "topic-0", 2}}, {}});
    built.input.later_claim_wins = false;
    auto const texts = text_of(built, assign(AssignorName::cooperative_sticky, built.input));
    CHECK(texts[0].find("topic-0") != std::string::npos);
    CHECK(texts[1].find("topic-0") != std::string::npos);
}

namespace {

// A small generator of its own: the same cases on every machine.
struct Random {
    std::uint64_t state;
    int below(int n)
    {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<int>((state >> 33) % static_cast<std::uint64_t>(n));
    }
};

AssignorInput random_input(Random& random, bool same, bool racks)
{
    AssignorInput input;
    int const topics = 1 + random.below(6);
    for (int t = 0; t < topics; ++t) {
        AssignableTopic topic;
        topic.name = "t" + std::to_string(t);
        topic.id = TopicId{static_cast<std::uint32_t>(t + 1)};
        topic.partitions = 1 + random.below(9);
        if (racks)
            for (int p = 0; p < topic.partitions; ++p)
                topic.racks.push_back({std::string(1, static_cast<char>('a' + random.below(3)))});
        input.topics.push_back(topic);
    }
    int const members = 1 + random.below(8);
    for (int m = 0; m < members; ++m) {
        Subscriber member;
        member.member = "m" + std::to_string(m);
        if (racks && random.below(4) != 0)
            member.rack = std::string(1, static_cast<char>('a' + random.below(3)));
        for (AssignableTopic const& topic : input.topics)
            if (same || random.below(2) == 0)
                member.topics.push_back(topic.name);
        if (member.topics.empty())
            member.topics.push_back("t0");
        input.members.push_back(member);
    }
    return input;
}

void check_valid(AssignorInput const& input, Assignment const& assignment, bool complete)
{
    std::map<TopicPartition, int> owners;
    for (std::size_t m = 0; m < assignment.size(); ++m)
        for (TopicPartition const partition : assignment[m]) {
            ++owners[partition];
            std::string const& name = input.topics[partition.topic.value - 1].name;
            auto const& topics = input.members[m].topics;
            CHECK(std::find(topics.begin(), topics.end(), name) != topics.end());
        }
    for (auto const& [partition, count] : owners)
        CHECK(count == 1);
    for (AssignableTopic const& topic : input.topics) {
        bool const wanted =
            std::any_of(input.members.begin(), input.members.end(), [&](Subscriber const& member) {
                return std::find(member.topics.begin(), member.topics.end(), topic.name) !=
                       member.topics.end();
            });
        for (int p = 0; p < topic.partitions && complete && wanted; ++p)
            CHECK(owners.count({topic.id, p}) == 1);
    }
}

}  // namespace

TEST_CASE("whatever the members are, every partition has one owner who subscribes to it")
{
    Random random{1};
    for (int i = 0; i < 300; ++i) {
        CAPTURE(i);
        AssignorInput input = random_input(random, i % 2 == 0, i % 3 == 0);
        check_valid(input, assign_range(input), true);
        check_valid(input, assign_round_robin(input), true);
        StickyAssignment first = assign_sticky(input);
        check_valid(input, first.members, true);
        if (i % 2 == 0) {
            std::size_t least = SIZE_MAX;
            std::size_t most = 0;
            for (auto const& mine : first.members) {
                least = std::min(least, mine.size());
                most = std::max(most, mine.size());
            }
            CHECK(most - least <= 1);
        }
        // Somebody leaves: the others keep what they had, as far as balance allows.
        for (std::size_t m = 0; m < input.members.size(); ++m) {
            input.members[m].owned = first.members[m];
            input.members[m].generation = 1;
        }
        if (input.members.size() > 1)
            input.members.pop_back();
        StickyAssignment const second = assign_sticky(input);
        check_valid(input, second.members, true);
        Assignment const round = assign_cooperative_sticky(input);
        check_valid(input, round, false);
        if (i % 6 == 2)  // Same subscriptions, no racks.
            for (std::size_t m = 0; m < input.members.size(); ++m)
                for (TopicPartition const kept : input.members[m].owned)
                    CHECK(std::find(second.members[m].begin(), second.members[m].end(), kept) !=
                          second.members[m].end());
        // The rounds of a cooperative group come to rest.
        AssignorInput next = input;
        Assignment now = round;
        bool settled = false;
        for (int rounds = 0; rounds < 3 && !settled; ++rounds) {
            for (std::size_t m = 0; m < next.members.size(); ++m) {
                next.members[m].owned = now[m];
                next.members[m].generation = rounds + 2;
            }
            Assignment const then = assign_cooperative_sticky(next);
            settled = true;
            for (std::size_t m = 0; m < now.size(); ++m)
                settled &= std::set<TopicPartition>(then[m].begin(), then[m].end()) ==
                           std::set<TopicPartition>(now[m].begin(), now[m].end());
            now = then;
        }
        check_valid(next, now, true);
    }
}

}  // namespace odradek::kafka
