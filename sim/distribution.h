// Distributions of integers (mostly of nanoseconds), sampled with integers only: the same word
// gives the same value with every compiler, library and machine. One word makes one value, by
// inverting the distribution function, except that mix takes one more and zipf and bounded draws
// may reject a word.
//
// Accuracy: logarithms and powers are within 2^-45 of their value, the normal quantile within 3e-7
// standard deviations, the tails end at probability 2^-64; results are rounded to the nearest
// integer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sim/time.h"
#include "sim/words.h"

namespace odradek::sim {

// A parameter or a value: a plain integer, or a duration in nanoseconds.
struct Amount {
    std::int64_t value{0};

    constexpr Amount() = default;
    constexpr Amount(std::int64_t number) : value(number) {}
    constexpr Amount(Duration duration) : value(duration.ns) {}
    bool operator==(Amount const&) const = default;
};

// The shapes. What each demands of its parameters is a law (ENSURE) of Distribution's constructors;
// whoever reads parameters from a user checks them first.

struct Constant {
    Amount value;
    bool operator==(Constant const&) const = default;
};

// Every integer from min to max, both included, equally likely. min <= max.
struct Uniform {
    Amount min, max;
    bool operator==(Uniform const&) const = default;
};

// mean >= 0. At most 44.4 means.
struct Exponential {
    Amount mean;
    bool operator==(Exponential const&) const = default;
};

// stddev >= 0. At most 9.1 standard deviations from the mean; without at_least() it may be
// negative.
struct Normal {
    Amount mean, stddev;
    bool operator==(Normal const&) const = default;
};

// 1 <= median <= p99: half of the values are below the median, 99 in 100 below p99.
struct Lognormal {
    Amount median, p99;
    bool operator==(Lognormal const&) const = default;
};

// P(X > x) = (min / x)^alpha. min >= 1, alpha in thousandths (1160 is 1.16), 1 <= alpha_milli <=
// 1,000,000.
struct Pareto {
    Amount min;
    std::int64_t alpha_milli{0};
    bool operator==(Pareto const&) const = default;
};

// One of the values, value i with probability weights[i] / sum. No weights: all equally likely. At
// least one value; weights sum to 1..2^63-1.
struct Empirical {
    std::vector<Amount> values;
    std::vector<std::uint64_t> weights;
    bool operator==(Empirical const&) const = default;
};

// Ranks for keys, from 0 to cardinality - 1: rank r with probability proportional to (r + 1)^-s.
// 1 <= cardinality <= 2^31; s in thousandths (990 is 0.99), 0 <= s_milli <= 20,000.
struct Zipf {
    std::int64_t cardinality{0};
    std::int64_t s_milli{0};
    bool operator==(Zipf const&) const = default;
};

struct MixPart;

// One of several distributions, part i with probability weight / sum. At least one part; the
// weights sum to 1..2^63-1.
struct Mix {
    std::vector<MixPart> of;
    bool operator==(Mix const&) const;
};

// A distribution: a value, cheap to copy, ready to be sampled.
class Distribution {
public:
    using Shape = std::variant<Constant, Uniform, Exponential, Normal, Lognormal, Pareto, Empirical,
                               Zipf, Mix>;

    Distribution() : Distribution(Constant{}) {}
    Distribution(Amount value) : Distribution(Constant{value}) {}
    Distribution(Duration value) : Distribution(Constant{value}) {}
    Distribution(Constant shape);
    Distribution(Uniform shape);
    Distribution(Exponential shape);
    Distribution(Normal shape);
    Distribution(Lognormal shape);
    Distribution(Pareto shape);
    Distribution(Empirical shape);
    Distribution(Zipf shape);
    Distribution(Mix shape);

    // The same, with values below (above) the bound moved to it. A second bound of a kind replaces
    // the first. The lower bound is not above the upper one.
    Distribution at_least(Amount min) const;
    Distribution at_most(Amount max) const;

    // One value. Takes no word if is_constant().
    std::int64_t sample(Words& words) const;

    // True if only one value is possible.
    bool is_constant() const { return lowest_ == highest_; }

    // The least and the greatest possible value, after the clamps.
    std::int64_t lowest() const { return lowest_; }
    std::int64_t highest() const { return highest_; }

    Shape shape() const;                                      // The parameters, without the clamps.
    std::optional<std::int64_t> min() const { return min_; }  // As given to at_least().
    std::optional<std::int64_t> max() const { return max_; }  // As given to at_most().

    // Same shape, parameters and clamps.
    bool operator==(Distribution const& other) const;

private:
    enum class Kind : std::uint8_t {
        constant,
        uniform,
        exponential,
        normal,
        lognormal,
        pareto,
        empirical,
        zipf,
        mix,
    };
    struct Table;

    Distribution(Kind kind, std::int64_t a, std::int64_t b) : kind_(kind), a_(a), b_(b) {}
    void set_bounds(std::int64_t lowest, std::int64_t highest);
    void clamp();
    std::int64_t draw(Words& words) const;
    std::int64_t at_word(std::uint64_t word) const;

    Kind kind_;
    std::int64_t a_;          // First parameter.
    std::int64_t b_;          // Second parameter.
    std::int64_t slope_{0};   // Prepared from both, where sampling wants it.
    std::int64_t start_{0};   // log2 of the first parameter, times 2^54, where sampling wants it.
    std::int64_t lowest_{0};  // Of the values after the clamps.
    std::int64_t highest_{0};
    std::int64_t lowest_unclamped_{0};
    std::int64_t highest_unclamped_{0};
    std::optional<std::int64_t> min_;
    std::optional<std::int64_t> max_;
    std::shared_ptr<Table const>
        table_;  // Empirical, zipf, mix. Never changed, so copies share it.
};

struct MixPart {
    std::uint64_t weight{1};
    Distribution is;
    bool operator==(MixPart const&) const = default;
};

// How a distribution's numbers read.
enum class Unit : std::uint8_t { duration, number };

// "lognormal(median 300 us, p99 1.2 ms) at least 100 us", as the story and a resolved scenario show
// it.
std::string to_string(Distribution const& distribution, Unit unit = Unit::duration);

}  // namespace odradek::sim
