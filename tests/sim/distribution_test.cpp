#include "sim/distribution.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/ensure.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;

namespace {

// Words that begin with the given one: mix64 undone.
Words words_beginning_with(std::uint64_t word)
{
    auto const undo_shift = [](std::uint64_t z, int shift) {
        return z ^ z >> shift ^ (2 * shift < 64 ? z >> 2 * shift : 0);
    };
    word = undo_shift(word, 31) * 0x319642b2d24d8ec3;
    word = undo_shift(word, 27) * 0x96de1b173f119089;
    return Words(undo_shift(word, 30) - 0x9e3779b97f4a7c15);
}

std::int64_t at(Distribution const& distribution, std::uint64_t word)
{
    Words words = words_beginning_with(word);
    return distribution.sample(words);
}

// Words over all halvings of both ends, with several mantissas in each.
std::vector<std::uint64_t> many_words()
{
    std::vector<std::uint64_t> result;
    Words random(99);
    for (int bit = 0; bit < 63; ++bit) {
        for (int i = 0; i < 200; ++i) {
            std::uint64_t const low = (1ull << bit) | (random.next() & ((1ull << bit) - 1));
            result.push_back(low);
            result.push_back(~low);
        }
    }
    return result;
}

struct Moments {
    long double mean, stddev;
    std::int64_t median, p99, least, greatest;
};

Moments moments_of(Distribution const& distribution, std::uint64_t seed,
                   std::size_t count = 400'000)
{
    Words words(seed);
    std::vector<std::int64_t> values(count);
    long double sum = 0;
    for (std::int64_t& value : values) {
        value = distribution.sample(words);
        sum += static_cast<long double>(value);
    }
    long double const mean = sum / static_cast<long double>(count);
    long double squares = 0;
    for (std::int64_t const value : values)
        squares +=
            (static_cast<long double>(value) - mean) * (static_cast<long double>(value) - mean);
    std::sort(values.begin(), values.end());
    return {mean,
            std::sqrt(squares / static_cast<long double>(count)),
            values[count / 2],
            values[count * 99 / 100],
            values.front(),
            values.back()};
}

}  // namespace

TEST_CASE("splitmix64 gives its published words")
{
    Words words(1234567);
    for (std::uint64_t const expected :
         {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u,
          16408922859458223821u})
        CHECK(words.next() == expected);
    Words zero(0);
    CHECK(zero.next() == 0xe220a8397b1dcdaf);
    CHECK(zero.next() == 0x6e789e6aa1b965f4);
    CHECK(zero.next() == 0x06c45d188009454f);
    CHECK(Words::at(1234567, 0) == 6457827717110365317u);
    CHECK(Words::at(1234567, 4) == 16408922859458223821u);
}

TEST_CASE("a bounded word is unbiased for every bound, those near 2^64 too")
{
    // With a bound of 3 * 2^62 a plain product would give every third value twice as often.
    Words words(5);
    std::uint64_t const n = 3ull << 62;
    std::array<int, 3> residues{};
    for (int i = 0; i < 90'000; ++i) {
        std::uint64_t const value = words.below(n);
        REQUIRE(value < n);
        ++residues[value % 3];
    }
    for (int const count : residues)
        CHECK(std::abs(count - 30'000) < 800);  // 5.6 sigma.
    CHECK(words.below(1) == 0);
}

TEST_CASE("an exponential sample is the logarithm of its word, in every halving")
{
    std::int64_t const mean = std::int64_t{1} << 46;
    Distribution const exponential = Exponential{mean};
    for (std::uint64_t const word : many_words()) {
        CAPTURE(word);
        long double const exact =
            -std::log(static_cast<long double>(word) / 18446744073709551616.0L) *
            static_cast<long double>(mean);
        REQUIRE(std::abs(static_cast<long double>(at(exponential, word)) - exact) < 2.6L);
    }
    CHECK(at(exponential, 0) == exponential.highest());
    CHECK(at(exponential, UINT64_MAX) == 0);
}

TEST_CASE("a normal sample is the quantile of its word, in every halving of both tails")
{
    std::int64_t const unit = std::int64_t{1} << 44;
    Distribution const normal = Normal{.mean = 0, .stddev = unit};
    for (std::uint64_t const word : many_words()) {
        CAPTURE(word);
        bool const upper = word >> 63 != 0;
        std::uint64_t const tail_word = upper ? ~word : word;
        long double const z =
            static_cast<long double>(at(normal, word)) / static_cast<long double>(unit);
        if (tail_word > 1)
            REQUIRE((z > 0) == upper);
        long double const tail = std::erfc(std::abs(z) / std::sqrt(2.0L)) / 2;
        long double const density = std::exp(-z * z / 2) / std::sqrt(2 * 3.14159265358979323846L);
        long double const exact = static_cast<long double>(tail_word) / 18446744073709551616.0L;
        REQUIRE(std::abs(tail - exact) / density < 3e-7L);
    }
    CHECK(std::abs(at(normal, 1ull << 63)) < 1'000);  // Within 6e-11 of the middle.
    CHECK(normal.lowest() == -normal.highest());
    CHECK(static_cast<long double>(normal.highest()) / static_cast<long double>(unit) ==
          doctest::Approx(9.08).epsilon(0.001));
}

TEST_CASE("a pareto sample is the power of its word, and saturates")
{
    std::int64_t const min = std::int64_t{1} << 30;
    for (std::int64_t const alpha_milli : {500, 1'160, 2'000, 20'000}) {
        Distribution const pareto = Pareto{.min = min, .alpha_milli = alpha_milli};
        for (std::uint64_t const word : many_words()) {
            CAPTURE(word);
            long double const exponent = 1'000.0L / static_cast<long double>(alpha_milli);
            long double const exact =
                static_cast<long double>(min) *
                std::pow(18446744073709551616.0L / static_cast<long double>(word), exponent);
            if (exact > 9.2e18L)
                REQUIRE(at(pareto, word) > 9'100'000'000'000'000'000);
            else
                REQUIRE(std::abs(static_cast<long double>(at(pareto, word)) / exact - 1) < 1e-9L);
        }
        CHECK(pareto.lowest() == min);
    }
    CHECK(Distribution(Pareto{.min = 1, .alpha_milli = 1}).highest() ==
          std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("a lognormal sample is the power of a normal one")
{
    Distribution const lognormal = Lognormal{.median = 300_ms, .p99 = 1200_ms};
    Distribution const normal = Normal{.mean = 0, .stddev = std::int64_t{1} << 44};
    long double const sigma = std::log(4.0L) / 2.3263478740408411L;
    for (std::uint64_t const word : many_words()) {
        CAPTURE(word);
        long double const z = static_cast<long double>(at(normal, word)) / 17592186044416.0L;
        long double const exact = 300e6L * std::exp(sigma * z);
        REQUIRE(std::abs(static_cast<long double>(at(lognormal, word)) - exact) <
                0.51L + exact * 1e-11L);
    }
}

TEST_CASE("moments and tails are those of the mathematical distribution")
{
    for (std::uint64_t const seed : {1, 2, 3}) {
        CAPTURE(seed);
        {
            Moments const m = moments_of(Exponential{1_s}, seed);
            CHECK(m.mean == doctest::Approx(1e9).epsilon(0.008));
            CHECK(m.stddev == doctest::Approx(1e9).epsilon(0.012));
            CHECK(m.median == doctest::Approx(0.693147e9).epsilon(0.009));
            CHECK(m.p99 == doctest::Approx(4.60517e9).epsilon(0.02));
            CHECK(m.greatest > 10'000'000'000);
        }
        {
            Moments const m = moments_of(Normal{.mean = 5_s, .stddev = 1_s}, seed);
            CHECK(m.mean == doctest::Approx(5e9).epsilon(0.0016));
            CHECK(m.stddev == doctest::Approx(1e9).epsilon(0.006));
            CHECK(m.median == doctest::Approx(5e9).epsilon(0.002));
            CHECK(m.p99 == doctest::Approx(7.326348e9).epsilon(0.004));
        }
        {
            Moments const m = moments_of(Lognormal{.median = 300_us, .p99 = 1200_us}, seed);
            CHECK(m.median == doctest::Approx(300e3).epsilon(0.006));
            CHECK(m.p99 == doctest::Approx(1200e3).epsilon(0.02));
            CHECK(m.mean == doctest::Approx(300e3 * std::exp(0.17756)).epsilon(0.006));
        }
        {
            Moments const m = moments_of(Pareto{.min = 1_ms, .alpha_milli = 3'000}, seed);
            CHECK(m.least >= 1'000'000);
            CHECK(m.mean == doctest::Approx(1.5e6).epsilon(0.008));
            CHECK(m.median == doctest::Approx(1.259921e6).epsilon(0.004));
            CHECK(m.p99 == doctest::Approx(4.641589e6).epsilon(0.02));
        }
        {
            Moments const m = moments_of(Uniform{.min = -5, .max = 4}, seed);
            CHECK(m.least == -5);
            CHECK(m.greatest == 4);
            CHECK(std::abs(m.mean + 0.5L) < 0.025L);
            CHECK(m.stddev == doctest::Approx(2.872281).epsilon(0.006));
        }
    }
}

TEST_CASE("small means are as exact as rounding allows")
{
    // The nearest integer of an exponential of mean 1: P(0) = 1 - e^-0.5.
    Words words(8);
    Distribution const one = Exponential{1};
    int zeros = 0;
    for (int i = 0; i < 100'000; ++i)
        zeros += one.sample(words) == 0;
    CHECK(std::abs(zeros - 39'347) < 800);
}

TEST_CASE("an empirical distribution gives each value its weight")
{
    Distribution const empirical =
        Empirical{.values = {10_ms, 20_ms, 70_ms, 90_ms}, .weights = {1, 2, 0, 5}};
    CHECK(empirical.lowest() == 10'000'000);
    CHECK(empirical.highest() == 90'000'000);
    Words words(3);
    std::map<std::int64_t, int> counts;
    for (int i = 0; i < 80'000; ++i)
        ++counts[empirical.sample(words) / 1'000'000];
    CHECK(counts.size() == 3);
    CHECK(std::abs(counts[10] - 10'000) < 500);
    CHECK(std::abs(counts[20] - 20'000) < 650);
    CHECK(std::abs(counts[90] - 50'000) < 720);
    CHECK(Distribution(Empirical{.values = {1, 2}, .weights = {}}) ==
          Distribution(Empirical{.values = {1, 2}, .weights = {1, 1}}));
}

TEST_CASE("a mix takes each part by its weight, and parts may be mixes")
{
    Distribution const inner = Mix{{{1, Distribution(2_ms)}, {3, Distribution(3_ms)}}};
    Distribution const mix = Mix{{{9, Distribution(1_ms)}, {1, inner}, {0, Distribution(1_s)}}};
    CHECK(mix.lowest() == 1'000'000);
    CHECK(mix.highest() == 3'000'000);
    Words words(4);
    std::map<std::int64_t, int> counts;
    for (int i = 0; i < 80'000; ++i)
        ++counts[mix.sample(words) / 1'000'000];
    CHECK(std::abs(counts[1] - 72'000) < 480);
    CHECK(std::abs(counts[2] - 2'000) < 250);
    CHECK(std::abs(counts[3] - 6'000) < 420);
}

TEST_CASE("zipf gives each rank its probability, for exponents on both sides of one")
{
    for (std::int64_t const cardinality : {2, 3, 10, 1'000}) {
        for (std::int64_t const s_milli :
             {0, 1, 500, 990, 999, 1'000, 1'001, 1'100, 2'000, 5'000, 20'000}) {
            CAPTURE(cardinality);
            CAPTURE(s_milli);
            Distribution const zipf = Zipf{.cardinality = cardinality, .s_milli = s_milli};
            int const draws = 100'000;
            std::vector<int> counts(static_cast<std::size_t>(cardinality));
            Words words(static_cast<std::uint64_t>(cardinality * 100'000 + s_milli));
            for (int i = 0; i < draws; ++i) {
                std::int64_t const rank = zipf.sample(words);
                REQUIRE(rank >= 0);
                REQUIRE(rank < cardinality);
                ++counts[static_cast<std::size_t>(rank)];
            }
            double const s = static_cast<double>(s_milli) / 1000;
            double total = 0;
            for (std::int64_t k = 1; k <= cardinality; ++k)
                total += std::pow(static_cast<double>(k), -s);
            // Chi square over the ranks that are expected at least ten times, the others together.
            double chi = 0;
            int cells = 0;
            double rest_expected = draws;
            int rest_count = draws;
            for (std::int64_t k = 1; k <= cardinality; ++k) {
                double const expected = draws * std::pow(static_cast<double>(k), -s) / total;
                if (expected < 10)
                    break;
                int const count = counts[static_cast<std::size_t>(k - 1)];
                chi += (count - expected) * (count - expected) / expected;
                rest_expected -= expected;
                rest_count -= count;
                ++cells;
            }
            if (rest_expected > 10) {
                chi += (rest_count - rest_expected) * (rest_count - rest_expected) / rest_expected;
                ++cells;
            }
            double const freedom = std::max(cells - 1, 1);
            CHECK(chi < freedom + 5 * std::sqrt(2 * freedom) + 5);
        }
    }
}

TEST_CASE("zipf over two billion keys still has its head and reaches its tail")
{
    Distribution const zipf = Zipf{.cardinality = std::int64_t{1} << 31, .s_milli = 990};
    double total = 0;  // Euler and Maclaurin beyond the first thousand.
    for (int k = 1; k < 1'000; ++k)
        total += std::pow(k, -0.99);
    double const n = 2147483648.0;
    total += (std::pow(n, 0.01) - std::pow(1000.0, 0.01)) / 0.01 + 0.5 * std::pow(1000.0, -0.99);
    Words words(6);
    int head = 0;
    int tail = 0;
    for (int i = 0; i < 100'000; ++i) {
        std::int64_t const rank = zipf.sample(words);
        REQUIRE(rank >= 0);
        REQUIRE(rank < std::int64_t{1} << 31);
        head += rank == 0;
        tail += rank >= std::int64_t{1} << 30;
    }
    CHECK(std::abs(head - 100'000 / total) < 5 * std::sqrt(100'000 / total));
    double const tail_share = (std::pow(n, 0.01) - std::pow(n / 2, 0.01)) / 0.01 / total;
    CHECK(std::abs(tail - 100'000 * tail_share) < 5 * std::sqrt(100'000 * tail_share));
}

TEST_CASE("clamps move what is outside to the bound")
{
    Distribution const normal = Normal{.mean = 1_ms, .stddev = 1_ms};
    CHECK(normal.lowest() < 0);
    Distribution const clamped = normal.at_least(0).at_most(2_ms);
    CHECK(clamped.lowest() == 0);
    CHECK(clamped.highest() == 2'000'000);
    Words words(7);
    int at_bottom = 0;
    for (int i = 0; i < 10'000; ++i) {
        std::int64_t const value = clamped.sample(words);
        REQUIRE(value >= 0);
        REQUIRE(value <= 2'000'000);
        at_bottom += value == 0;
    }
    CHECK(std::abs(at_bottom - 1'587) < 200);
    CHECK(clamped.min() == 0);
    CHECK(clamped.max() == 2'000'000);
    CHECK(clamped.at_least(1_ms).at_least(0) == clamped);
    CHECK(Distribution(Uniform{1, 10}).at_least(50).is_constant());
    CHECK(Distribution(Uniform{1, 10}).at_least(50).lowest() == 50);
    CHECK_THROWS_AS(clamped.at_least(3_ms), BrokenLaw);
}

TEST_CASE("what has one possible value is a constant and takes no word")
{
    for (Distribution const& distribution :
         {Distribution(), Distribution(5_ms), Distribution(Uniform{7, 7}),
          Distribution(Exponential{0}), Distribution(Normal{.mean = 3, .stddev = 0}),
          Distribution(Lognormal{.median = 9, .p99 = 9}),
          Distribution(Zipf{.cardinality = 1, .s_milli = 1'000}),
          Distribution(Empirical{.values = {4, 5}, .weights = {0, 2}}),
          Distribution(Mix{{{1, Distribution(6)}, {2, Distribution(6)}}})}) {
        CAPTURE(to_string(distribution));
        CHECK(distribution.is_constant());
        Words words(1);
        CHECK(distribution.sample(words) == distribution.lowest());
        CHECK(words.next() == Words(1).next());
    }
}

TEST_CASE("extreme parameters neither overflow nor leave their bounds")
{
    std::int64_t const most = std::numeric_limits<std::int64_t>::max();
    std::int64_t const least = std::numeric_limits<std::int64_t>::min();
    for (Distribution const& distribution :
         {Distribution(Uniform{least, most}), Distribution(Uniform{least, least + 1}),
          Distribution(Exponential{most}), Distribution(Exponential{1}),
          Distribution(Normal{.mean = most, .stddev = most}),
          Distribution(Normal{.mean = least, .stddev = 1}),
          Distribution(Lognormal{.median = 1, .p99 = most}),
          Distribution(Lognormal{.median = most - 1, .p99 = most}),
          Distribution(Pareto{.min = most, .alpha_milli = 1}),
          Distribution(Pareto{.min = 1, .alpha_milli = 1'000'000}),
          Distribution(Zipf{.cardinality = std::int64_t{1} << 31, .s_milli = 0}),
          Distribution(Zipf{.cardinality = std::int64_t{1} << 31, .s_milli = 20'000})}) {
        CAPTURE(to_string(distribution, Unit::number));
        CHECK(distribution.lowest() <= distribution.highest());
        Words words(2);
        for (int i = 0; i < 2'000; ++i) {
            std::int64_t const value = distribution.sample(words);
            REQUIRE(value >= distribution.lowest());
            REQUIRE(value <= distribution.highest());
        }
    }
}

TEST_CASE("parameters that make no distribution break a law")
{
    CHECK_THROWS_AS(Distribution(Uniform{2, 1}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Exponential{-1}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Normal{.mean = 0, .stddev = -1}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Lognormal{.median = 0, .p99 = 1}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Lognormal{.median = 2, .p99 = 1}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Pareto{.min = 0, .alpha_milli = 1'000}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Pareto{.min = 1, .alpha_milli = 0}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Empirical{}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Empirical{.values = {1, 2}, .weights = {1}}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Empirical{.values = {1}, .weights = {0}}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Zipf{.cardinality = 0, .s_milli = 1'000}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Zipf{.cardinality = 1, .s_milli = -1}), BrokenLaw);
    CHECK_THROWS_AS(Distribution(Mix{}), BrokenLaw);
}

TEST_CASE("the same words give the same samples on every machine")
{
    Words words(2026);
    std::vector<std::int64_t> samples;
    for (Distribution const& distribution :
         {Distribution(Uniform{0, 999'999}), Distribution(Exponential{1_ms}),
          Distribution(Normal{.mean = 1_s, .stddev = 1_ms}),
          Distribution(Lognormal{.median = 300_us, .p99 = 1200_us}),
          Distribution(Pareto{.min = 1_ms, .alpha_milli = 1'160}),
          Distribution(Empirical{.values = {1, 2, 3}, .weights = {5, 3, 2}}),
          Distribution(Zipf{.cardinality = 1'000, .s_milli = 1'100}),
          Distribution(
              Mix{{{1, Distribution(Uniform{0, 9})}, {1, Distribution(Exponential{1_s})}}})}) {
        for (int i = 0; i < 3; ++i)
            samples.push_back(distribution.sample(words));
    }
    std::string text;
    for (std::int64_t const sample : samples)
        text += std::to_string(sample) + " ";
    CHECK(text == "857854 471627 667344 955098 233693 319649 1001674766 1000857974 999573428 "
                  "193180 232773 647980 2680006 2989944 1462750 1 1 1 29 21 32 375973437 4 6 ");
}

TEST_CASE("a distribution prints as a person would say it")
{
    CHECK(to_string(Distribution(250_ms)) == "250 ms");
    CHECK(to_string(Distribution(Lognormal{.median = 300_us, .p99 = 1200_us})) ==
          "lognormal(median 300 us, p99 1.2 ms)");
    CHECK(
        to_string(Distribution(Normal{.mean = 1_ms, .stddev = 500_us}).at_least(0).at_most(1_s)) ==
        "normal(mean 1 ms, stddev 500 us) at least 0 ns at most 1 s");
    CHECK(to_string(Distribution(Pareto{.min = 1_ms, .alpha_milli = 1'160})) ==
          "pareto(min 1 ms, alpha 1.16)");
    CHECK(to_string(Distribution(Zipf{.cardinality = 1'000, .s_milli = 2'000}), Unit::number) ==
          "zipf(cardinality 1000, s 2)");
    CHECK(to_string(Distribution(Uniform{1, 6}), Unit::number) == "uniform(min 1, max 6)");
    CHECK(to_string(Distribution(Empirical{.values = {1_ms, 5_ms}, .weights = {9, 1}})) ==
          "empirical(9 x 1 ms, 1 x 5 ms)");
    CHECK(to_string(
              Distribution(Mix{{{9, Distribution(1_ms)}, {1, Distribution(Exponential{1_s})}}})) ==
          "mix(9 x 1 ms, 1 x exponential(mean 1 s))");
}

TEST_CASE("a distribution is equal to one made from its own shape, and to no other")
{
    std::vector<Distribution> const all = {
        Distribution(1_ms),
        Distribution(Uniform{1, 2}),
        Distribution(Uniform{1, 3}),
        Distribution(Exponential{1_ms}),
        Distribution(Normal{.mean = 1, .stddev = 2}),
        Distribution(Lognormal{.median = 1, .p99 = 2}),
        Distribution(Pareto{.min = 1, .alpha_milli = 2}),
        Distribution(Empirical{.values = {1, 2}, .weights = {3, 4}}),
        Distribution(Empirical{.values = {1, 2}, .weights = {4, 3}}),
        Distribution(Zipf{.cardinality = 1, .s_milli = 2}),
        Distribution(Mix{{{1, Distribution(1_ms)}}}),
        Distribution(Mix{{{1, Distribution(2_ms)}}}),
    };
    for (std::size_t i = 0; i < all.size(); ++i) {
        Distribution const again =
            std::visit([](auto const& shape) { return Distribution(shape); }, all[i].shape());
        CHECK(again == all[i]);
        CHECK_FALSE(all[i].at_least(0) == all[i]);
        for (std::size_t j = 0; j < all.size(); ++j)
            CHECK((all[i] == all[j]) == (i == j));
    }
}
