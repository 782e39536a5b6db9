#include "sim/chance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/ensure.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

constexpr Site latency("network.latency");
constexpr Site loss("network.loss");
constexpr Site order("test.order");

Distribution const link_latency = Lognormal{.median = 300_us, .p99 = 1200_us};

}  // namespace

TEST_CASE("a site's key is the FNV-1a hash of its name")
{
    static_assert(Site("").key == 0xcbf29ce484222325);
    static_assert(Site("a").key == 0xaf63dc4c8601ec8c);
    static_assert(Site("foobar").key == 0x85944171f73967e8);
    CHECK(latency.key != loss.key);
}

TEST_CASE("a decision is a function of seed, site, actor and ordinal, the same on every machine")
{
    CHECK(Chance::word(0, latency, 0, 0) == 15073090040858816551u);
    CHECK(Chance::word(1, latency, 0, 0) == 14957871142622209637u);
    CHECK(Chance::word(1, loss, 0, 0) == 12399335971216167079u);
    CHECK(Chance::word(1, latency, 1, 0) == 5460432622685272518u);
    CHECK(Chance::word(1, latency, 1, 1) == 3267920271307940084u);

    Chance chance(1);
    for (std::uint64_t ordinal = 0; ordinal < 100; ++ordinal) {
        std::uint64_t const drawn = chance.below(latency, 1, std::uint64_t{1} << 63);
        CHECK(drawn == Chance::word(1, latency, 1, ordinal) >> 1);
    }
}

TEST_CASE("a question more in one place moves no answer in another")
{
    Chance quiet(42);
    Chance busy(42);
    std::vector<std::int64_t> expected;
    std::vector<std::int64_t> answers;
    for (std::uint64_t i = 0; i < 1'000; ++i) {
        Actor const link = i % 7;
        expected.push_back(quiet.sample(latency, link, link_latency).ns);

        busy.happens(loss, link, {1, 3});
        busy.below(latency, 1'000 + i, 10);
        answers.push_back(busy.sample(latency, link, link_latency).ns);
        busy.below(order, link, 100);
    }
    CHECK(answers == expected);
}

TEST_CASE("seeds, sites, actors and ordinals that differ by one give unrelated answers")
{
    // Of each pair of neighbours: equal answers among 16 must come up once in 16, and each answer
    // equally often.
    struct Row {
        char const* what;
        std::uint64_t (*answer)(std::uint64_t i);
    };
    for (Row const& row : {
             Row{"seed", [](std::uint64_t i) { return Chance::word(i, latency, 3, 0); }},
             Row{"site",
                 [](std::uint64_t i) {
                     return Chance::word(7, Site("site." + std::to_string(i)), 3, 0);
                 }},
             Row{"actor", [](std::uint64_t i) { return Chance::word(7, latency, i, 0); }},
             Row{"high actor",
                 [](std::uint64_t i) { return Chance::word(7, latency, i << 32, 0); }},
             Row{"ordinal", [](std::uint64_t i) { return Chance::word(7, latency, 3, i); }},
         }) {
        CAPTURE(row.what);
        constexpr int count = 64'000;
        for (int const shift : {0, 31, 60}) {
            CAPTURE(shift);
            std::array<int, 16> counts{};
            int equal = 0;
            std::uint64_t before = 16;
            for (std::uint64_t i = 0; i < count; ++i) {
                std::uint64_t const answer = row.answer(i) >> shift & 15;
                ++counts[answer];
                equal += answer == before;
                before = answer;
            }
            double chi = 0;
            for (int const n : counts)
                chi += (n - count / 16.0) * (n - count / 16.0) / (count / 16.0);
            CHECK(chi < 45);                            // 15 degrees of freedom; p is about 1e-4.
            CHECK(std::abs(equal - count / 16) < 300);  // 5 sigma.
        }
    }
}

TEST_CASE("a question that cannot go both ways counts nothing and is not recorded")
{
    Chance chance(1);
    chance.record(true);
    CHECK_FALSE(chance.happens(loss, 1, {0, 100}));
    CHECK(chance.happens(loss, 1, {100, 100}));
    CHECK(chance.below(loss, 1, 1) == 0);
    CHECK(chance.sample(loss, 1, Distribution(5_ms)) == 5_ms);
    std::vector<int> one = {9};
    CHECK(chance.pick(loss, 1, one) == 9);
    chance.shuffle(loss, 1, one);
    CHECK(chance.asked(loss, 1) == 0);
    CHECK(chance.recorded().empty());

    chance.happens(loss, 1, {1, 100});
    CHECK(chance.asked(loss, 1) == 1);
    CHECK(chance.recorded().size() == 1);
}

TEST_CASE("a probability is met as often as it says")
{
    Chance chance(5);
    int lost = 0;
    int rare = 0;
    for (int i = 0; i < 200'000; ++i) {
        lost += chance.happens(loss, 1, {2, 100});
        rare += chance.one_in(order, 1, 1'000);
    }
    CHECK(std::abs(lost - 4'000) < 330);
    CHECK(std::abs(rare - 200) < 75);
}

TEST_CASE("many askers keep their own ordinals, through every growth of the table")
{
    Chance chance(3);
    for (std::uint64_t round = 0; round < 3; ++round) {
        for (Actor actor = 0; actor < 5'000; ++actor)
            REQUIRE(chance.below(latency, actor << 20, std::uint64_t{1} << 63) ==
                    Chance::word(3, latency, actor << 20, round) >> 1);
    }
    CHECK(chance.asked(latency, 4'999u << 20) == 3);
    CHECK(chance.asked(loss, 1) == 0);
}

TEST_CASE("a copy goes on alone, with the same answers")
{
    Chance chance(11);
    for (int i = 0; i < 10; ++i)
        chance.below(latency, 1, 100);
    Chance copy = chance;
    std::vector<std::uint64_t> answers;
    for (int i = 0; i < 50; ++i)
        answers.push_back(chance.below(latency, static_cast<Actor>(i % 3), 1'000'000));
    for (int i = 0; i < 50; ++i)
        CHECK(copy.below(latency, static_cast<Actor>(i % 3), 1'000'000) ==
              answers[static_cast<std::size_t>(i)]);
}

TEST_CASE("recording keeps every decision with its value and changes none")
{
    Chance plain(8);
    Chance taped(8);
    taped.record(true);
    for (Chance* chance : {&plain, &taped}) {
        chance->below(latency, 4, 10);
        chance->sample(latency, 4, link_latency);
        chance->happens(loss, 4, {1, 2});
    }
    std::vector<Decision> const& tape = taped.recorded();
    REQUIRE(tape.size() == 3);
    Chance again(8);
    CHECK(tape[0] ==
          Decision{latency, 4, 0, static_cast<std::int64_t>(again.below(latency, 4, 10))});
    CHECK(tape[1] == Decision{latency, 4, 1, again.sample(latency, 4, link_latency).ns});
    CHECK(tape[2] == Decision{loss, 4, 0, again.happens(loss, 4, {1, 2})});
    CHECK(tape[1].site.name == "network.latency");
    CHECK(plain.recorded().empty());
    CHECK(plain.asked(latency, 4) == taped.asked(latency, 4));

    taped.record(false);
    taped.below(latency, 4, 10);
    CHECK(tape.size() == 3);
    taped.clear_recorded();
    CHECK(taped.recorded().empty());
}

TEST_CASE("an override replaces one decision and moves no other")
{
    Chance plain(9);
    Chance taped(9);
    {
        std::string const name = "network.latency";  // A tape's names need not outlive the call.
        taped.override({Site(name), 2, 3, 777'000});
    }
    for (std::uint64_t ordinal = 0; ordinal < 8; ++ordinal) {
        for (Actor link = 1; link <= 3; ++link) {
            Duration const drawn = plain.sample(latency, link, link_latency);
            Duration const answer = taped.sample(latency, link, link_latency);
            if (link == 2 && ordinal == 3)
                CHECK(answer == 777_us);
            else
                CHECK(answer == drawn);
        }
    }
    CHECK(taped.unmet().empty());
}

TEST_CASE("a tape made of all recorded decisions replays them under any seed")
{
    auto const ask = [](Chance& chance) {
        std::vector<std::int64_t> answers;
        for (std::uint64_t i = 0; i < 200; ++i) {
            answers.push_back(chance.sample(latency, i % 5, link_latency).ns);
            answers.push_back(chance.happens(loss, i % 3, {1, 10}));
            std::vector<std::int64_t> items(i % 30);
            std::iota(items.begin(), items.end(), 0);
            chance.shuffle(order, 0, items);
            answers.insert(answers.end(), items.begin(), items.end());
            if (!items.empty())
                answers.push_back(chance.pick(order, 1, items));
        }
        return answers;
    };
    Chance first(100);
    first.record(true);
    std::vector<std::int64_t> const answers = ask(first);
    Chance second(200);
    for (Decision const& decision : first.recorded())
        second.override(decision);
    CHECK(ask(second) == answers);
    CHECK(second.unmet().empty());
    second.clear_overrides();
    Chance third(200);
    CHECK(ask(third) != answers);
}

TEST_CASE("an override that no question can have is refused when it is asked")
{
    struct Row {
        char const* what;
        std::int64_t value;
        bool fits;
    };
    for (Row const& row : {Row{"least", 0, true}, Row{"greatest", 9, true}, Row{"above", 10, false},
                           Row{"below", -1, false}}) {
        CAPTURE(row.what);
        Chance chance(1);
        chance.override({latency, 1, 0, row.value});
        if (row.fits)
            CHECK(chance.below(latency, 1, 10) == static_cast<std::uint64_t>(row.value));
        else
            CHECK_THROWS_AS(chance.below(latency, 1, 10), BadTape);
    }
    Chance chance(1);
    chance.override({loss, 1, 0, 2});
    CHECK_THROWS_WITH_AS(
        chance.happens(loss, 1, {1, 2}),
        "the tape answers 2 to network.loss of actor 1, ordinal 0; possible is 0 to 1", BadTape);
    chance.override({latency, 1, 0, 4'000'000});
    CHECK_THROWS_AS(chance.sample(latency, 1, Distribution(Uniform{1_ms, 2_ms})), BadTape);
}

TEST_CASE("the last override of a decision wins, and one that is never asked is told")
{
    Chance chance(1);
    chance.override({latency, 1, 0, 3});
    chance.override({latency, 1, 0, 4});
    chance.override({latency, 1, 5, 1});
    chance.override({Site("network.typo"), 1, 0, 1});
    CHECK(chance.below(latency, 1, 10) == 4);
    std::vector<Decision> const unmet = chance.unmet();
    REQUIRE(unmet.size() == 2);
    std::set<std::string> names;
    for (Decision const& decision : unmet)
        names.emplace(decision.site.name);
    CHECK(names == std::set<std::string>{"network.latency", "network.typo"});
}

TEST_CASE("a shuffle gives every order equally often, as one decision")
{
    Chance chance(21);
    std::vector<int> counts(24);
    for (int i = 0; i < 24'000; ++i) {
        std::array<int, 4> items = {0, 1, 2, 3};
        chance.shuffle(order, 1, items);
        int rank = 0;
        std::array<int, 4> digits = items;
        int index = 0;
        std::array<int, 4> sorted = {0, 1, 2, 3};
        do {
            if (sorted == digits)
                rank = index;
            ++index;
        } while (std::next_permutation(sorted.begin(), sorted.end()));
        ++counts[static_cast<std::size_t>(rank)];
    }
    CHECK(chance.asked(order, 1) == 24'000);
    for (int const count : counts)
        CHECK(std::abs(count - 1'000) < 160);
}

TEST_CASE("the value 0 of a shuffle leaves the items alone, few or many")
{
    for (int const count : {2, 20, 21, 100}) {
        CAPTURE(count);
        std::vector<int> items(static_cast<std::size_t>(count));
        std::iota(items.begin(), items.end(), 0);
        std::vector<int> const before = items;

        Chance chance(33);
        chance.override({order, 1, 0, 0});
        chance.shuffle(order, 1, items);
        CHECK(items == before);

        chance.shuffle(order, 1, items);
        if (count > 2)
            CHECK(items != before);
        std::sort(items.begin(), items.end());
        CHECK(items == before);
    }
}

TEST_CASE("losses combine as independent ones")
{
    CHECK(either({1, 2}, {1, 2}) == Ratio{3, 4});
    CHECK(either({0, 5}, {2, 100}) == Ratio{1, 50});
    CHECK(either({1, 1}, {1, 3}) == Ratio{1, 1});
    CHECK(either({1, 3}, {1, 4}) == Ratio{1, 2});
    Ratio const big = either({1, 4'000'000'007}, {1, 4'000'000'009});
    CHECK(static_cast<double>(big.numerator) / static_cast<double>(big.denominator) ==
          doctest::Approx(5e-10).epsilon(1e-6));
}
