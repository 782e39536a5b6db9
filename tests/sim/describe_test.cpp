#include "sim/describe.h"

#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/property.h"
#include "sim/ref.h"

namespace odradek::sim {
namespace describe_test {

enum class Colour : std::uint8_t { red, green };
char const* to_string(Colour colour) { return colour == Colour::red ? "red" : "green"; }
enum class Bare : std::uint16_t { one = 1 };

struct Stamp : Shared {
    explicit Stamp(int v) : value(v) {}
    int value;
};
template <class Visit>
constexpr void describe_fields(Stamp const& stamp, Visit&& visit)
{
    visit("value", stamp.value);
}

struct Parcel {
    std::uint64_t id{7};
    std::string from{"Praha"};
    Colour colour{Colour::green};
    Bare bare{Bare::one};
    std::vector<NodeId> path{NodeId{1}, NodeId{2}};
    std::optional<Duration> late{};
    bool fragile{true};
    Ref<Stamp> stamp{};
    Instant posted{Instant{1'500'000'000}};
};
DESCRIBE(Parcel, id, from, colour, bare, path, late, fragile, stamp, posted)

struct Nothing {};
DESCRIBE_EMPTY(Nothing)

Digest digest_of(Parcel const& parcel)
{
    Digest digest;
    add_to(digest, parcel);
    return digest;
}

TEST_CASE("a described struct is printed with the names of its fields")
{
    Parcel parcel;
    CHECK(print(parcel) ==
          "{id 7, from Praha, colour green, bare 1, path [1, 2], late -, fragile true, stamp -, "
          "posted 1.500000 s}");
    parcel.late = Duration{2'000'000};
    parcel.stamp = share<Stamp>(3);
    CHECK(print(parcel).find("late 2 ms, fragile true, stamp {value 3}") != std::string::npos);
    CHECK(print(Nothing{}) == "{}");
    CHECK(std::string(describe_name(&parcel)) == "Parcel");
}

TEST_CASE("every field counts in the digest, absent is not zero")
{
    Digest const plain = digest_of({});
    CHECK(digest_of({}) == plain);
    Parcel parcel;
    SUBCASE("id") { parcel.id = 8; }
    SUBCASE("from") { parcel.from = "Brno"; }
    SUBCASE("colour") { parcel.colour = Colour::red; }
    SUBCASE("path") { parcel.path.pop_back(); }
    SUBCASE("late") { parcel.late = Duration{}; }
    SUBCASE("fragile") { parcel.fragile = false; }
    SUBCASE("stamp") { parcel.stamp = share<Stamp>(0); }
    SUBCASE("posted") { parcel.posted = {}; }
    CHECK(digest_of(parcel) != plain);
    CHECK(plain.text().size() == 32);
}

TEST_CASE("the size on the wire is the sum of the fields")
{
    // id, from, colour, bare, path, late, fragile, stamp, posted
    CHECK(wire_size(Parcel{}) == 8 + (2 + 5) + 1 + 2 + (4 + 2 * 2) + 4 + 1 + 4 + 8);
    CHECK(wire_size(Nothing{}) == 0);
}

TEST_CASE("a digest tells order, lengths and texts apart")
{
    auto const of = [](auto... words) {
        Digest digest;
        (digest.add(words), ...);
        return digest.text();
    };
    using Text = std::string_view;
    CHECK(of(Text("ab"), Text("c")) != of(Text("a"), Text("bc")));
    CHECK(of(Text("")) != Digest{}.text());
    CHECK(of(std::uint64_t{1}, std::uint64_t{2}) != of(std::uint64_t{2}, std::uint64_t{1}));
    CHECK(of(std::uint64_t{0}) != of(std::uint64_t{0}, std::uint64_t{0}));
    CHECK(of(Text("12345678")) != of(Text("123456780")));
    // It never changes: recorded runs are compared by it.
    CHECK(of(std::uint64_t{1}, Text("odradek")) == "cd4979fbc1eac3ae70a7e57030031b39");
}

TEST_CASE("shared things live as long as somebody holds them")
{
    struct Counted : Shared {
        explicit Counted(int& n) : living(n) { ++living; }
        ~Counted() override { --living; }
        int& living;
    };
    int living = 0;
    {
        Ref<Counted> a(new Counted(living));
        Ref<Counted> b = a;
        Ref<Shared> base = a;
        a = {};
        CHECK_FALSE(a);
        CHECK(living == 1);
        b = std::move(b);
        CHECK(base.get() == b.get());
        Ref<Shared> moved = std::move(b);
        base = moved;
        moved = {};
        CHECK(living == 1);
        Counted copy = static_cast<Counted const&>(*base);  // Counts its own references.
        ++living;  // The copy's destructor will take it away.
    }
    CHECK(living == 0);
}

TEST_CASE("a property says whether it was ever put to the test")
{
    Property always{.name = "in-order", .kind = PropertyKind::always, .law = "letters keep order"};
    CHECK(always.vacuous());
    CHECK(always.holds());
    always.look(true);
    CHECK_FALSE(always.vacuous());
    CHECK(always.holds());
    always.look(false);
    CHECK_FALSE(always.holds());
    CHECK(always.exercised == 2);

    Property sometimes{.name = "late", .kind = PropertyKind::sometimes, .law = "a letter is late"};
    CHECK_FALSE(sometimes.holds());
    sometimes.look(false);
    CHECK_FALSE(sometimes.holds());
    sometimes.look(true);
    CHECK(sometimes.holds());
    CHECK(sometimes.seen == 1);

    // Only the last look counts: what matters is the end.
    Property eventually{.name = "empty", .kind = PropertyKind::eventually, .law = "none is kept"};
    eventually.look(false);
    CHECK_FALSE(eventually.holds());
    eventually.look(true);
    CHECK(eventually.holds());
}

TEST_CASE("marks count by name, in the order first hit")
{
    Marks marks;
    marks.hit("fetch");
    marks.hit("append");
    marks.hit("fetch");
    CHECK(marks.count("fetch") == 2);
    CHECK(marks.count("append") == 1);
    CHECK(marks.count("other") == 0);
    CHECK(marks.all()[0].name == "fetch");
}

}  // namespace describe_test
}  // namespace odradek::sim
