// Chance is keyed, not streamed: a decision is a pure function of (seed, site, actor, ordinal), so
// a new question in one place moves no answer in another, and any one answer can be replaced by a
// tape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/distribution.h"
#include "sim/ratio.h"
#include "sim/time.h"
#include "sim/words.h"

namespace odradek::sim {

// Which question is asked: `constexpr Site latency("network.latency");`. The name is what a tape
// and a report say, and it must outlive every Chance that is asked with it (a literal does).
// Renaming a site changes its answers.
struct Site {
    std::string_view name;
    std::uint64_t key;  // FNV-1a, 64 bits, of the name.

    explicit constexpr Site(std::string_view site_name) : name(site_name), key(key_of(site_name)) {}

    static constexpr std::uint64_t key_of(std::string_view name)
    {
        std::uint64_t hash = 0xcbf29ce484222325;
        for (char const c : name)
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        return hash;
    }
    constexpr bool operator==(Site const& other) const { return key == other.key; }
};

// Who asks: a node, a link, a disk; the asker chooses a number that is its own for the site.
using Actor = std::uint64_t;

// One answer. What `value` means depends on the question: the number of below(), 0 or 1 of
// happens(), the index of pick(), nanoseconds of sample(), the rank of the permutation of
// shuffle().
struct Decision {
    Site site;
    Actor actor{0};
    std::uint64_t ordinal{0};  // How often this actor had asked this site before.
    std::int64_t value{0};

    bool operator==(Decision const&) const = default;
};

// A tape that does not fit: it gives a question a value that the question cannot have. The tape is
// wrong, or it was made for another scenario or build.
struct BadTape : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The dice of one world; a value, copied with it.
//
// Every question below is one decision and counts one ordinal of its (site, actor) -- except a
// question that cannot go both ways (below(1), probability 0 or 1, a constant, a list of one): it
// draws nothing, counts nothing, is not recorded and cannot be overridden. So a fault of
// probability 0 is the same as no fault.
//
// Asking costs a table look-up and some multiplications, and allocates only when a (site, actor)
// asks for the first time (or while recording).
class Chance {
public:
    explicit Chance(std::uint64_t seed);

    std::uint64_t seed() const { return seed_; }

    // Uniform in [0, n). 1 <= n <= 2^63.
    std::uint64_t below(Site site, Actor actor, std::uint64_t n);

    // True with the given probability.
    bool happens(Site site, Actor actor, Ratio probability);

    // True once in n. n >= 1.
    bool one_in(Site site, Actor actor, std::uint64_t n) { return happens(site, actor, {1, n}); }

    // A length of time. May be negative if the distribution may.
    Duration sample(Site site, Actor actor, Distribution const& distribution)
    {
        return {sample_int(site, actor, distribution)};
    }
    std::int64_t sample_int(Site site, Actor actor, Distribution const& distribution);

    // One of the items, all equally likely. At least one item.
    template <class Items>
    auto& pick(Site site, Actor actor, Items& items)
    {
        return items[static_cast<std::size_t>(
            below(site, actor, static_cast<std::uint64_t>(items.size())))];
    }

    // Puts the items in any order, as one decision. Up to 20 items the value is the rank of the
    // order among all n! (each equally likely); beyond, it is 63 bits from which the order is made.
    // 0 leaves the items alone.
    template <class Items>
    void shuffle(Site site, Actor actor, Items& items)
    {
        Order order = draw_order(site, actor, static_cast<std::uint64_t>(items.size()));
        for (std::uint64_t left = items.size(); left > 1; --left) {
            using std::swap;
            std::uint64_t const at = items.size() - left;
            std::uint64_t const from = at + order.next(left);
            if (from != at)
                swap(items[static_cast<std::size_t>(at)], items[static_cast<std::size_t>(from)]);
        }
    }

    // Keeps every decision from now on, with its final value, in the order of asking. Changes no
    // answer.
    void record(bool on);
    std::vector<Decision> const& recorded() const { return recorded_; }
    void clear_recorded() { recorded_.clear(); }

    // Replaces the value of one decision and moves no other. Only the site's key counts; its name
    // may be gone after the call. Twice the same decision: the last one wins. Throws BadTape when
    // the question is asked and cannot have this value.
    void override(Decision const& decision);
    void clear_overrides();

    // Overrides whose question has not been asked yet: at the end of a run, the part of the tape
    // that had no effect. Names live as long as this Chance.
    std::vector<Decision> unmet() const;

    // How often this actor has asked this site: the ordinal of its next decision.
    std::uint64_t asked(Site site, Actor actor) const;

    // The first raw word of a decision, as a pure function. Public for the test vectors.
    static std::uint64_t word(std::uint64_t seed, Site site, Actor actor, std::uint64_t ordinal);

private:
    // What one (site, actor) has asked. `start` caches the hash of (seed, site, actor).
    struct Asker {
        std::uint64_t site;
        Actor actor;
        std::uint64_t start;
        std::uint64_t ordinal;  // The next one; an entry in use has asked at least once.
    };
    struct Override {
        std::uint64_t site;
        Actor actor;
        std::uint64_t ordinal;
        std::int64_t value;
        std::string name;
    };
    // The order that a shuffle's value stands for: each step chooses one of those left.
    struct Order {
        std::uint64_t rank;
        bool by_rank;  // Up to 20 items: the digits of the rank. Else words made from it.
        Words words;

        std::uint64_t next(std::uint64_t left);
    };

    std::uint64_t start_of(Site site, Actor actor) const;
    std::size_t place_of(Site site, Actor actor) const;
    Asker& asker(Site site, Actor actor);
    void grow();
    std::int64_t settle(Site site, Actor actor, std::uint64_t ordinal, std::int64_t drawn,
                        std::int64_t lowest, std::int64_t highest);
    Order draw_order(Site site, Actor actor, std::uint64_t count);

    std::uint64_t seed_;
    std::uint64_t start_;  // Hash of the seed.
    std::vector<Asker>
        askers_;  // Open addressing, a power of two; looked up in, never walked in order.
    std::size_t askers_count_{0};
    bool taped_{false};  // Recording, or overrides exist: the slow path.
    bool recording_{false};
    std::vector<Decision> recorded_;
    std::vector<Override> overrides_;  // Sorted by (site, actor, ordinal).
};

}  // namespace odradek::sim
