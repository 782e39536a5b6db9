#include "sim/chance.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "sim/ensure.h"

namespace odradek::sim {
namespace {

constexpr std::size_t askers_at_first = 16;
constexpr std::uint64_t factorial_max = 20;  // 20! is the largest below 2^63.

constexpr std::uint64_t factorial(std::uint64_t n) { return n < 2 ? 1 : n * factorial(n - 1); }

}  // namespace

Chance::Chance(std::uint64_t seed)
    : seed_(seed), start_(Words::at(seed, 0)), askers_(askers_at_first)
{
}

// Hash of (seed, site, actor): the start of the words of which word number `ordinal` starts a
// decision.
std::uint64_t Chance::start_of(Site site, Actor actor) const
{
    return mix64(mix64(start_ + site.key) + actor);
}

std::uint64_t Chance::word(std::uint64_t seed, Site site, Actor actor, std::uint64_t ordinal)
{
    return Words(Words::at(Chance(seed).start_of(site, actor), ordinal)).next();
}

// Where this asker is, or the empty place where it would be.
std::size_t Chance::place_of(Site site, Actor actor) const
{
    std::size_t const mask = askers_.size() - 1;
    // The upper half of the product depends on all bits below it.
    std::uint64_t const hash = (site.key ^ actor * 0x9e3779b97f4a7c15) * 0xd6e8feb86659fd93;
    std::size_t at = static_cast<std::size_t>(hash >> 32) & mask;
    while (askers_[at].ordinal != 0 && (askers_[at].site != site.key || askers_[at].actor != actor))
        at = (at + 1) & mask;
    return at;
}

Chance::Asker& Chance::asker(Site site, Actor actor)
{
    Asker& found = askers_[place_of(site, actor)];
    if (found.ordinal != 0)
        return found;
    if ((askers_count_ + 1) * 2 > askers_.size())
        grow();
    ++askers_count_;
    Asker& fresh = askers_[place_of(site, actor)];
    fresh = {site.key, actor, start_of(site, actor), 0};
    return fresh;
}

void Chance::grow()
{
    std::vector<Asker> old(askers_.size() * 2);
    old.swap(askers_);
    for (Asker const& asker : old) {
        if (asker.ordinal == 0)
            continue;
        // place_of() needs only the key of a site.
        Site site("");
        site.key = asker.site;
        askers_[place_of(site, asker.actor)] = asker;
    }
}

std::uint64_t Chance::asked(Site site, Actor actor) const
{
    return askers_[place_of(site, actor)].ordinal;
}

std::uint64_t Chance::below(Site site, Actor actor, std::uint64_t n)
{
    ENSURE(n >= 1 && n <= std::uint64_t{1} << 63, "one of 1 to 2^63 numbers is asked for");
    if (n == 1)
        return 0;
    Asker& self = asker(site, actor);
    std::uint64_t const ordinal = self.ordinal++;
    Words words(Words::at(self.start, ordinal));
    std::uint64_t const drawn = words.below(n);
    if (!taped_)
        return drawn;
    return static_cast<std::uint64_t>(settle(site, actor, ordinal, static_cast<std::int64_t>(drawn),
                                             0, static_cast<std::int64_t>(n - 1)));
}

bool Chance::happens(Site site, Actor actor, Ratio probability)
{
    ENSURE(probability.denominator >= 1, "a probability has a denominator");
    if (probability.is_never())
        return false;
    if (probability.is_always())
        return true;
    Asker& self = asker(site, actor);
    std::uint64_t const ordinal = self.ordinal++;
    Words words(Words::at(self.start, ordinal));
    bool const drawn = words.below(probability.denominator) < probability.numerator;
    return taped_ ? settle(site, actor, ordinal, drawn, 0, 1) != 0 : drawn;
}

std::int64_t Chance::sample_int(Site site, Actor actor, Distribution const& distribution)
{
    if (distribution.is_constant())
        return distribution.lowest();
    Asker& self = asker(site, actor);
    std::uint64_t const ordinal = self.ordinal++;
    Words words(Words::at(self.start, ordinal));
    std::int64_t const drawn = distribution.sample(words);
    if (!taped_)
        return drawn;
    return settle(site, actor, ordinal, drawn, distribution.lowest(), distribution.highest());
}

Chance::Order Chance::draw_order(Site site, Actor actor, std::uint64_t count)
{
    bool const by_rank = count <= factorial_max;
    std::uint64_t const orders = by_rank ? factorial(count) : std::uint64_t{1} << 63;
    std::uint64_t const rank = below(site, actor, orders);
    return {rank, by_rank, Words(rank)};
}

std::uint64_t Chance::Order::next(std::uint64_t left)
{
    if (!by_rank)
        return rank == 0 ? 0 : words.below(left);
    std::uint64_t const index = rank % left;
    rank /= left;
    return index;
}

namespace {

template <class Entry>
auto key_of(Entry const& entry)
{
    return std::tuple(entry.site, entry.actor, entry.ordinal);
}

}  // namespace

// The final value of a decision while recording or overriding.
std::int64_t Chance::settle(Site site, Actor actor, std::uint64_t ordinal, std::int64_t drawn,
                            std::int64_t lowest, std::int64_t highest)
{
    std::tuple const wanted(site.key, actor, ordinal);
    auto const found = std::lower_bound(
        overrides_.begin(), overrides_.end(), wanted,
        [](Override const& entry, auto const& key) { return key_of(entry) < key; });
    std::int64_t value = drawn;
    if (found != overrides_.end() && key_of(*found) == wanted) {
        value = found->value;
        if (value < lowest || value > highest)
            throw BadTape(fmt::format("the tape answers {} to {} of actor {}, ordinal {}; "
                                      "possible is {} to {}",
                                      value, site.name, actor, ordinal, lowest, highest));
    }
    if (recording_)
        recorded_.push_back({site, actor, ordinal, value});
    return value;
}

void Chance::record(bool on)
{
    recording_ = on;
    taped_ = recording_ || !overrides_.empty();
}

void Chance::override(Decision const& decision)
{
    Override fresh{decision.site.key, decision.actor, decision.ordinal, decision.value,
                   std::string(decision.site.name)};
    auto const at = std::lower_bound(
        overrides_.begin(), overrides_.end(), fresh,
        [](Override const& a, Override const& b) { return key_of(a) < key_of(b); });
    if (at != overrides_.end() && key_of(*at) == key_of(fresh))
        *at = std::move(fresh);
    else
        overrides_.insert(at, std::move(fresh));
    taped_ = true;
}

void Chance::clear_overrides()
{
    overrides_.clear();
    taped_ = recording_;
}

std::vector<Decision> Chance::unmet() const
{
    std::vector<Decision> result;
    for (Override const& entry : overrides_) {
        Site const site(entry.name);
        if (entry.ordinal >= asked(site, entry.actor))
            result.push_back({site, entry.actor, entry.ordinal, entry.value});
    }
    return result;
}

}  // namespace odradek::sim
