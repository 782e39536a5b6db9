#include "sim/distribution.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sim/distribution_tables.h"
#include "sim/ensure.h"
#include "sim/wide.h"

// Fixed-point numbers carry the number of their fraction bits in their name: x_q56 is x times 2^56.

namespace odradek::sim {
namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ln2_q56 = 49'946'518'145'322'874;
constexpr std::uint64_t ln2_q64 = 12'786'308'645'202'655'660u;
constexpr std::int64_t one_over_ln2_q62 = 6'653'256'548'922'161'246;
constexpr std::int64_t one_over_ln2_z99_q56 = 44'686'839'288'715'816;  // z99: P(Z > z99) = 1 / 100.
constexpr std::int64_t one_q56 = std::int64_t{1} << 56;

constexpr std::int64_t times(std::int64_t a, std::int64_t b, int fraction_bits)
{
    return static_cast<std::int64_t>(static_cast<Wide>(a) * b >> fraction_bits);
}

// -ln(word / 2^64), for word >= 1: from 0 to 44.37. A table of 256 logarithms and four terms of the
// series d - d^2 (1/2 - d/3 + d^2/4), each with as many bits as it needs.
std::int64_t minus_ln_q56(std::uint64_t word)
{
    int const zeros = __builtin_clzll(word);
    std::uint64_t const mantissa_q63 = word << zeros;
    std::size_t const at = mantissa_q63 >> 55 & 255;
    UnsignedWide const product = static_cast<UnsignedWide>(mantissa_q63) * tables::inverse[at];
    std::int64_t const d_q63 =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(product >> 64) - (1ull << 63));
    std::int64_t const d_q40 = d_q63 >> 23;  // Below 2^-9 either way.
    std::int64_t const d2_q80 = d_q40 * d_q40;
    std::int64_t const third_q32 = d_q40 * 0x55555555 >> 40;
    std::int64_t const factor_q32 = (std::int64_t{1} << 31) - third_q32 + (d2_q80 >> 50);
    std::int64_t const bend_q56 = (d2_q80 >> 30) * factor_q32 >> 26;
    return (zeros + 1) * ln2_q56 - tables::ln[at] - (d_q63 >> 7) + bend_q56;
}

// 2^exponent rounded, for exponents between -512 and 512; at most 2^63 - 1. A table of 256 powers
// and four terms of the series x + x^2 (1/2 + x/6 + x^2/24).
std::int64_t power_of_two(std::int64_t exponent_q54)
{
    std::int64_t const exponent = exponent_q54 >> 54;
    if (exponent >= 63)
        return int64_max;
    if (exponent < -1)
        return 0;
    std::uint64_t const bits = static_cast<std::uint64_t>(exponent_q54);
    std::uint64_t const power_q62 = tables::power[bits >> 46 & 255];
    std::uint64_t const x_q72 =
        static_cast<std::uint64_t>(static_cast<UnsignedWide>(bits << 18) * ln2_q64 >> 64);
    std::uint64_t const x_q40 = x_q72 >> 32;  // Below 2^-8.5.
    std::uint64_t const x2_q80 = x_q40 * x_q40;
    std::uint64_t const sixth_q32 = x_q40 * 0x2aaaaaab >> 40;
    std::uint64_t const factor_q32 = (1ull << 31) + sixth_q32 + ((x2_q80 >> 48) * 2'731 >> 16);
    std::uint64_t const rise_q62 = (x_q72 >> 10) + ((x2_q80 >> 31) * factor_q32 >> 19);
    UnsignedWide const risen = static_cast<UnsignedWide>(power_q62 << 1) * (rise_q62 << 1);
    std::uint64_t const mantissa_q62 = power_q62 + static_cast<std::uint64_t>(risen >> 64);
    return static_cast<std::int64_t>(
        ((mantissa_q62 >> (61 - std::min<std::int64_t>(exponent, 61))
                              << std::max<std::int64_t>(exponent - 61, 0)) +
         1) >>
        1);
}

// The standard normal value below which a share of word / 2^64 lies: from -9.1 to 9.1. A cubic
// between two of 16 points in each halving of the tail, with the exact slopes.
std::int64_t normal_q40(std::uint64_t word)
{
    std::uint64_t const upper = 0 - (word >> 63);  // All ones or none, so that nothing is guessed.
    std::uint64_t const tail = std::max<std::uint64_t>(word ^ upper, 1);
    int const zeros = __builtin_clzll(tail);  // From 1.
    std::uint64_t const mantissa_q63 = tail << zeros;
    std::size_t const at = static_cast<std::size_t>(zeros - 1) * 17 +
                           static_cast<std::size_t>(mantissa_q63 >> 59 & 15);
    std::int64_t const t_q32 = static_cast<std::int64_t>(mantissa_q63 << 5 >> 32);
    std::int64_t const z0_q40 = std::int64_t{tables::tail_z[at]} << 13;
    std::int64_t const z1_q40 = std::int64_t{tables::tail_z[at + 1]} << 13;
    std::int64_t const slope0_q40 = std::int64_t{tables::tail_slope[at]} << 9;
    std::int64_t const slope1_q40 = std::int64_t{tables::tail_slope[at + 1]} << 9;
    std::int64_t const rise_q40 = z1_q40 - z0_q40;
    std::int64_t z_q40 = slope0_q40 + slope1_q40 - 2 * rise_q40;
    z_q40 = (z_q40 * t_q32 >> 32) + 3 * rise_q40 - 2 * slope0_q40 - slope1_q40;
    z_q40 = (z_q40 * t_q32 >> 32) + slope0_q40;
    z_q40 = times(z_q40, t_q32, 32) + z0_q40;
    std::int64_t const sign = ~static_cast<std::int64_t>(upper);  // The lower tail is negative.
    return (z_q40 ^ sign) - sign;
}

std::int64_t saturated(Wide value)
{
    if (value > int64_max)
        return int64_max;
    if (value < std::numeric_limits<std::int64_t>::min())
        return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(value);
}

// 2^exponent rounded, for any exponent.
std::int64_t clamped_power(Wide exponent_q56)
{
    Wide const limit = static_cast<Wide>(64) * one_q56;
    return power_of_two(
        static_cast<std::int64_t>(std::clamp<Wide>(exponent_q56, -limit, limit) >> 2));
}

// log2(n), for n >= 1.
std::int64_t log2_q56_of(std::int64_t n)
{
    std::int64_t const ln = 64 * ln2_q56 - minus_ln_q56(static_cast<std::uint64_t>(n));
    return times(ln, one_over_ln2_q62, 62);
}

std::vector<std::uint64_t> running_sums(std::vector<std::uint64_t> const& weights)
{
    std::vector<std::uint64_t> sums;
    sums.reserve(weights.size());
    UnsignedWide sum = 0;
    for (std::uint64_t const weight : weights) {
        sum += weight;
        ENSURE(sum <= static_cast<UnsignedWide>(int64_max), "weights sum to at most 2^63 - 1");
        sums.push_back(static_cast<std::uint64_t>(sum));
    }
    ENSURE(sum > 0, "some weight is positive");
    return sums;
}

// Ranks with probability proportional to (r + 1)^-s, by rejection from the integral of x^-s over [k
// - 1/2, k + 1/2]. Hoermann, Derflinger: Rejection-Inversion to Generate Variates from Monotone
// Discrete Distributions, 1996. Instead of the integral H = (x^e - 1) / e with e = 1 - s, it draws
// the power T = x^e (for s = 1 the logarithm), which is H in other units.
class ZipfSampler {
public:
    ZipfSampler() = default;
    ZipfSampler(std::int64_t cardinality, std::int64_t s_milli) : count_(cardinality)
    {
        std::int64_t const e_milli = 1'000 - s_milli;
        is_log_ = e_milli == 0;
        s_q56_ = static_cast<std::int64_t>((static_cast<Wide>(s_milli) << 56) / 1'000);
        e_q56_ = static_cast<std::int64_t>((static_cast<Wide>(e_milli) << 56) / 1'000);
        if (!is_log_)
            one_over_e_q50_ = static_cast<std::int64_t>((static_cast<Wide>(1'000) << 50) / e_milli);
        if (is_log_) {
            scale_ = 56;
        } else if (e_milli < 0) {
            scale_ = 56;  // T is at most 1.5^e - e, below 20.
        } else {
            std::int64_t const bits =
                log2_q56(x_q32(count_) + half) * static_cast<Wide>(e_q56_) >> 112;
            scale_ = static_cast<int>(60 - bits);
        }
        first_ = unit_at(x_q32(1) + half) - weight_at(1);
        std::int64_t const last = unit_at(x_q32(count_) + half);
        falling_ = last < first_;
        width_ = static_cast<std::uint64_t>(falling_ ? first_ - last : last - first_);
        std::int64_t const sure = unit_at(x_q32(2) + half) - weight_at(2);
        sure_q32_ =
            static_cast<std::int64_t>(x_q32(2)) - static_cast<std::int64_t>(position_of(sure));
    }

    std::int64_t draw(Words& words) const
    {
        for (;;) {
            std::int64_t const step = static_cast<std::int64_t>(words.below(width_));
            std::int64_t const unit = falling_ ? first_ - step : first_ + step;
            std::uint64_t const x = position_of(unit);
            std::int64_t const k =
                std::clamp<std::int64_t>(static_cast<std::int64_t>((x + half) >> 32), 1, count_);
            if (static_cast<std::int64_t>(x_q32(k) - x) <= sure_q32_)
                return k - 1;
            std::int64_t const bound = unit_at(x_q32(k) + half) - weight_at(k);
            if (falling_ ? unit <= bound : unit >= bound)
                return k - 1;
        }
    }

private:
    static constexpr std::uint64_t half = 1ull << 31;

    static std::uint64_t x_q32(std::int64_t k) { return static_cast<std::uint64_t>(k) << 32; }
    static std::int64_t ln_q56(std::uint64_t x_q32) { return 32 * ln2_q56 - minus_ln_q56(x_q32); }
    static std::int64_t log2_q56(std::uint64_t x_q32)
    {
        return times(ln_q56(x_q32), one_over_ln2_q62, 62);
    }
    // 2^exponent in units of 2^-scale_.
    std::int64_t units(Wide exponent_q56) const
    {
        return clamped_power(exponent_q56 + (static_cast<Wide>(scale_) << 56));
    }

    // T (or the logarithm) at x, in units of 2^-scale_.
    std::int64_t unit_at(std::uint64_t x) const
    {
        if (is_log_)
            return ln_q56(x);
        return units(static_cast<Wide>(log2_q56(x)) * e_q56_ >> 56);
    }
    // e * k^-s (or 1 / k): the weight of k in the same units.
    std::int64_t weight_at(std::int64_t k) const
    {
        Wide const power = static_cast<Wide>(log2_q56(x_q32(k))) * s_q56_ >> 56;
        std::int64_t const weight = units(-power);
        return is_log_ ? weight : times(weight, e_q56_, 56);
    }
    // The x whose T this is, times 2^32.
    std::uint64_t position_of(std::int64_t unit) const
    {
        Wide exponent_q56;
        if (is_log_) {
            exponent_q56 = static_cast<Wide>(unit) * one_over_ln2_q62 >> 62;
        } else {
            std::uint64_t const positive =
                static_cast<std::uint64_t>(std::max<std::int64_t>(unit, 1));
            std::int64_t const ln = (64 - scale_) * ln2_q56 - minus_ln_q56(positive);
            Wide const log2 = static_cast<Wide>(ln) * one_over_ln2_q62 >> 62;
            exponent_q56 = log2 * one_over_e_q50_ >> 50;
        }
        return static_cast<std::uint64_t>(
            clamped_power(exponent_q56 + 32 * static_cast<Wide>(one_q56)));
    }

    std::int64_t count_{1};
    std::int64_t s_q56_{0};
    std::int64_t e_q56_{0};
    std::int64_t one_over_e_q50_{0};
    std::int64_t first_{0};     // T at the near end of rank 0.
    std::uint64_t width_{1};    // From there to the far end of the last rank.
    std::int64_t sure_q32_{0};  // An x this close below its k needs no further test.
    int scale_{0};
    bool is_log_{false};
    bool falling_{false};
};

}  // namespace

bool Mix::operator==(Mix const& other) const { return of == other.of; }

struct Distribution::Table {
    std::vector<std::int64_t> values;  // Empirical.
    std::vector<Distribution> parts;   // Mix.
    std::vector<std::uint64_t> sums;   // Running sums of the weights of either.
    ZipfSampler zipf;

    std::vector<std::uint64_t> weights() const
    {
        std::vector<std::uint64_t> result(sums.size());
        std::adjacent_difference(sums.begin(), sums.end(), result.begin());
        return result;
    }
    std::size_t draw_index(Words& words) const
    {
        std::uint64_t const at = words.below(sums.back());
        return static_cast<std::size_t>(std::upper_bound(sums.begin(), sums.end(), at) -
                                        sums.begin());
    }
    bool operator==(Table const& other) const
    {
        return values == other.values && parts == other.parts && sums == other.sums;
    }
};

Distribution::Distribution(Constant shape) : Distribution(Kind::constant, shape.value.value, 0)
{
    set_bounds(a_, a_);
}

Distribution::Distribution(Uniform shape)
    : Distribution(Kind::uniform, shape.min.value, shape.max.value)
{
    ENSURE(a_ <= b_, "uniform: min <= max");
    set_bounds(a_, b_);
}

Distribution::Distribution(Exponential shape) : Distribution(Kind::exponential, shape.mean.value, 0)
{
    ENSURE(a_ >= 0, "exponential: mean >= 0");
    set_bounds(0, at_word(0));
}

Distribution::Distribution(Normal shape)
    : Distribution(Kind::normal, shape.mean.value, shape.stddev.value)
{
    ENSURE(b_ >= 0, "normal: stddev >= 0");
    set_bounds(at_word(0), at_word(UINT64_MAX));
}

Distribution::Distribution(Lognormal shape)
    : Distribution(Kind::lognormal, shape.median.value, shape.p99.value)
{
    ENSURE(a_ >= 1, "lognormal: median >= 1");
    ENSURE(a_ <= b_, "lognormal: median <= p99");
    std::int64_t const ln_q56 =
        minus_ln_q56(static_cast<std::uint64_t>(a_)) - minus_ln_q56(static_cast<std::uint64_t>(b_));
    slope_ = times(ln_q56, one_over_ln2_z99_q56, 56);
    start_ = log2_q56_of(a_) >> 2;
    set_bounds(at_word(0), at_word(UINT64_MAX));
}

Distribution::Distribution(Pareto shape)
    : Distribution(Kind::pareto, shape.min.value, shape.alpha_milli)
{
    ENSURE(a_ >= 1, "pareto: min >= 1");
    ENSURE(b_ >= 1 && b_ <= 1'000'000, "pareto: alpha is 0.001 to 1000");
    slope_ = static_cast<std::int64_t>(static_cast<Wide>(one_over_ln2_q62) * 1'000 / b_ >> 10);
    start_ = log2_q56_of(a_) >> 2;
    set_bounds(a_, at_word(0));
}

Distribution::Distribution(Empirical shape) : Distribution(Kind::empirical, 0, 0)
{
    ENSURE(!shape.values.empty(), "empirical: at least one value");
    if (shape.weights.empty())
        shape.weights.assign(shape.values.size(), 1);
    ENSURE(shape.weights.size() == shape.values.size(), "empirical: one weight for each value");
    auto table = std::make_shared<Table>();
    table->sums = running_sums(shape.weights);
    std::int64_t lowest = int64_max;
    std::int64_t highest = std::numeric_limits<std::int64_t>::min();
    for (std::size_t i = 0; i < shape.values.size(); ++i) {
        std::int64_t const value = shape.values[i].value;
        table->values.push_back(value);
        if (shape.weights[i] == 0)
            continue;
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
    }
    table_ = std::move(table);
    set_bounds(lowest, highest);
}

Distribution::Distribution(Zipf shape) : Distribution(Kind::zipf, shape.cardinality, shape.s_milli)
{
    ENSURE(a_ >= 1 && a_ <= std::int64_t{1} << 31, "zipf: cardinality is 1 to 2^31");
    ENSURE(b_ >= 0 && b_ <= 20'000, "zipf: s is 0 to 20");
    auto table = std::make_shared<Table>();
    table->zipf = ZipfSampler(a_, b_);
    table_ = std::move(table);
    set_bounds(0, a_ - 1);
}

Distribution::Distribution(Mix shape) : Distribution(Kind::mix, 0, 0)
{
    ENSURE(!shape.of.empty(), "mix: at least one part");
    auto table = std::make_shared<Table>();
    std::vector<std::uint64_t> weights;
    std::int64_t lowest = int64_max;
    std::int64_t highest = std::numeric_limits<std::int64_t>::min();
    for (MixPart const& part : shape.of) {
        weights.push_back(part.weight);
        table->parts.push_back(part.is);
        if (part.weight == 0)
            continue;
        lowest = std::min(lowest, part.is.lowest());
        highest = std::max(highest, part.is.highest());
    }
    table->sums = running_sums(weights);
    table_ = std::move(table);
    set_bounds(lowest, highest);
}

void Distribution::set_bounds(std::int64_t lowest, std::int64_t highest)
{
    lowest_unclamped_ = lowest;
    highest_unclamped_ = highest;
    clamp();
}

void Distribution::clamp()
{
    std::int64_t const min = min_.value_or(std::numeric_limits<std::int64_t>::min());
    std::int64_t const max = max_.value_or(int64_max);
    ENSURE(min <= max, "a distribution's lower bound is not above its upper bound");
    lowest_ = std::clamp(lowest_unclamped_, min, max);
    highest_ = std::clamp(highest_unclamped_, min, max);
}

Distribution Distribution::at_least(Amount min) const
{
    Distribution result = *this;
    result.min_ = min.value;
    result.clamp();
    return result;
}

Distribution Distribution::at_most(Amount max) const
{
    Distribution result = *this;
    result.max_ = max.value;
    result.clamp();
    return result;
}

std::int64_t Distribution::sample(Words& words) const
{
    if (is_constant())
        return lowest_;
    std::int64_t const value = draw(words);
    return std::min(std::max(value, lowest_), highest_);
}

// The value that a word stands for, of the shapes that take exactly one.
std::int64_t Distribution::at_word(std::uint64_t word) const
{
    switch (kind_) {
    case Kind::exponential: {
        Wide const value = static_cast<Wide>(minus_ln_q56(std::max<std::uint64_t>(word, 1))) * a_;
        return saturated((value + one_q56 / 2) >> 56);
    }
    case Kind::normal: {
        Wide const offset = static_cast<Wide>(normal_q40(word)) * b_;
        return saturated(a_ + ((offset + (std::int64_t{1} << 39)) >> 40));
    }
    case Kind::lognormal:
        return power_of_two(start_ + times(normal_q40(word), slope_, 42));
    case Kind::pareto: {
        std::int64_t const depth_q56 = minus_ln_q56(std::max<std::uint64_t>(word, 1));
        Wide const rise_q56 = static_cast<Wide>(depth_q56) * slope_ >> 52;
        return clamped_power(rise_q56 + static_cast<Wide>(start_) * 4);
    }
    default:
        return 0;
    }
}

std::int64_t Distribution::draw(Words& words) const
{
    switch (kind_) {
    case Kind::constant:
        return a_;
    case Kind::uniform: {
        std::uint64_t const count =
            static_cast<std::uint64_t>(b_) - static_cast<std::uint64_t>(a_) + 1;
        std::uint64_t const step = count == 0 ? words.next() : words.below(count);
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(a_) + step);
    }
    case Kind::exponential:
    case Kind::normal:
    case Kind::lognormal:
    case Kind::pareto:
        return at_word(words.next());
    case Kind::empirical:
        return table_->values[table_->draw_index(words)];
    case Kind::zipf:
        return table_->zipf.draw(words);
    case Kind::mix: {
        std::size_t const part = table_->draw_index(words);
        return table_->parts[part].sample(words);
    }
    }
    return 0;
}

Distribution::Shape Distribution::shape() const
{
    switch (kind_) {
    case Kind::constant:
        return Constant{a_};
    case Kind::uniform:
        return Uniform{a_, b_};
    case Kind::exponential:
        return Exponential{a_};
    case Kind::normal:
        return Normal{a_, b_};
    case Kind::lognormal:
        return Lognormal{a_, b_};
    case Kind::pareto:
        return Pareto{a_, b_};
    case Kind::zipf:
        return Zipf{a_, b_};
    case Kind::empirical: {
        Empirical shape;
        shape.values.assign(table_->values.begin(), table_->values.end());
        shape.weights = table_->weights();
        return shape;
    }
    case Kind::mix: {
        Mix shape;
        std::vector<std::uint64_t> const weights = table_->weights();
        for (std::size_t i = 0; i < weights.size(); ++i)
            shape.of.push_back({weights[i], table_->parts[i]});
        return shape;
    }
    }
    return Constant{};
}

bool Distribution::operator==(Distribution const& other) const
{
    if (kind_ != other.kind_ || a_ != other.a_ || b_ != other.b_ || min_ != other.min_ ||
        max_ != other.max_)
        return false;
    return table_ == other.table_ || *table_ == *other.table_;
}

namespace {

// 1160 is "1.16", 2000 is "2".
std::string thousandths(std::int64_t milli)
{
    std::string text = fmt::format("{}.{:03}", milli / 1'000, milli % 1'000);
    while (text.back() == '0')
        text.pop_back();
    if (text.back() == '.')
        text.pop_back();
    return text;
}

struct Printer {
    Unit unit;

    std::string operator()(Amount amount) const
    {
        return unit == Unit::duration ? to_string(Duration{amount.value})
                                      : fmt::to_string(amount.value);
    }
    std::string operator()(Constant const& shape) const { return (*this)(shape.value); }
    std::string operator()(Uniform const& shape) const
    {
        return fmt::format("uniform(min {}, max {})", (*this)(shape.min), (*this)(shape.max));
    }
    std::string operator()(Exponential const& shape) const
    {
        return fmt::format("exponential(mean {})", (*this)(shape.mean));
    }
    std::string operator()(Normal const& shape) const
    {
        return fmt::format("normal(mean {}, stddev {})", (*this)(shape.mean),
                           (*this)(shape.stddev));
    }
    std::string operator()(Lognormal const& shape) const
    {
        return fmt::format("lognormal(median {}, p99 {})", (*this)(shape.median),
                           (*this)(shape.p99));
    }
    std::string operator()(Pareto const& shape) const
    {
        return fmt::format("pareto(min {}, alpha {})", (*this)(shape.min),
                           thousandths(shape.alpha_milli));
    }
    std::string operator()(Zipf const& shape) const
    {
        return fmt::format("zipf(cardinality {}, s {})", shape.cardinality,
                           thousandths(shape.s_milli));
    }
    std::string operator()(Empirical const& shape) const
    {
        std::string text = "empirical(";
        for (std::size_t i = 0; i < shape.values.size(); ++i)
            text += fmt::format("{}{} x {}", i == 0 ? "" : ", ", shape.weights[i],
                                (*this)(shape.values[i]));
        return text + ")";
    }
    std::string operator()(Mix const& shape) const
    {
        std::string text = "mix(";
        for (std::size_t i = 0; i < shape.of.size(); ++i)
            text += fmt::format("{}{} x {}", i == 0 ? "" : ", ", shape.of[i].weight,
                                to_string(shape.of[i].is, unit));
        return text + ")";
    }
};

}  // namespace

std::string to_string(Distribution const& distribution, Unit unit)
{
    Printer const print{unit};
    std::string text = std::visit(print, distribution.shape());
    if (distribution.min())
        text += " at least " + print(Amount(*distribution.min()));
    if (distribution.max())
        text += " at most " + print(Amount(*distribution.max()));
    return text;
}

}  // namespace odradek::sim
