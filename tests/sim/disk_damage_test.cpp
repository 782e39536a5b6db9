// Disks that do worse than fail: bits that rot, flushes that lie, names that are lost, writes that
// are cut short. Every backend is told the same, so first_difference() has nothing to say.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/damage.h"
#include "sim/disk.h"
#include "sim/posix_backend.h"
#include "tests/sim/text_blob.h"
#include "tests/support/temporary_directory.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;
using namespace odradek::sim::test;

namespace {

constexpr Instant start{1'000'000'000};

DiskQuality plain()
{
    DiskQuality quality;
    quality.flush = 2_ms;
    return quality;
}

struct World {
    explicit World(DiskQuality quality = plain()) : disk(HostId{0}, std::move(quality)) {}

    DiskError append(std::string content) { return append(log, std::move(content)); }
    DiskError append(FileId file, std::string content)
    {
        return disk.append(now, chance, file, text(std::move(content))).error;
    }
    // Waits until it is complete.
    void flush() { now = disk.flush(now, chance, log).at; }
    std::string content() const { return text_of(disk.extents(log)); }
    std::string durable() const { return text_of(disk.durable_extents(log)); }
    void lose_power()
    {
        report = disk.lose_power(now, chance);
        CHECK(disk.first_difference() == std::nullopt);
    }
    DiskFault fault() const { return {}; }

    Instant now{start};
    Chance chance{7};
    Disk disk;
    FileId log{disk.open("d0/orders-0/0.log")};
    std::vector<LostBytes> report;
};

int bits_that_differ(std::string const& a, std::string const& b)
{
    int bits = a.size() == b.size() ? 0 : 1000;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        bits += __builtin_popcount(static_cast<unsigned char>(a[i] ^ b[i]));
    return bits;
}

std::string const some = "what was written stands here";

}  // namespace

TEST_CASE("a bit that rots is one bit of what is durable, and whoever reads it finds it torn")
{
    World w;
    w.append(some);
    w.append(some);
    CHECK_FALSE(w.disk.rot(w.now, w.chance, "", false));  // Nothing is on the device yet.
    w.flush();
    auto const rotten = w.disk.rot(w.now, w.chance, "", false);
    REQUIRE(rotten);
    CHECK(rotten->file == w.log);
    CHECK(bits_that_differ(w.content(), some + some) == 1);
    CHECK(w.content()[rotten->byte] != (some + some)[rotten->byte]);
    CHECK(w.disk.first_difference() == std::nullopt);
    std::size_t const bad = rotten->byte / some.size();
    CHECK(w.disk.extents(w.log)[bad].torn());
    CHECK_FALSE(w.disk.extents(w.log)[1 - bad].torn());
    CHECK(w.disk.durable_size(w.now, w.log) ==
          2 * some.size() - (some.size() - rotten->byte % some.size()));
    w.lose_power();
    CHECK(bits_that_differ(w.content(), some + some) == 1);
    CHECK(w.report.empty());
}

TEST_CASE("the page cache hides rot until power is lost")
{
    World w;
    w.append(some);
    w.flush();
    REQUIRE(w.disk.rot(w.now, w.chance, "", true));
    CHECK(w.content() == some);
    CHECK(bits_that_differ(w.durable(), some) == 1);
    CHECK(w.disk.first_difference() == std::nullopt);
    w.append("more");
    w.flush();
    CHECK(w.content() == some + "more");
    CHECK(w.disk.first_difference() == std::nullopt);
    w.lose_power();
    CHECK(bits_that_differ(w.content(), some + "more") == 1);
    REQUIRE(w.report.size() == 1);
    CHECK(w.report[0].lost + w.report[0].kept == some.size() + 4);
}

TEST_CASE("what is cut away takes its rot along")
{
    for (bool const hidden : {false, true}) {
        World w;
        w.append(some);
        w.flush();
        REQUIRE(w.disk.rot(w.now, w.chance, "", hidden));
        w.disk.truncate(w.now, w.chance, w.log, 0);
        CHECK(w.disk.first_difference() == std::nullopt);
        w.append(some);
        w.flush();
        CHECK(w.disk.durable_size(w.now, w.log) == some.size());
        w.lose_power();
        CHECK(w.content() == some);
        // And a cut that is undone brings it back.
        REQUIRE(w.disk.rot(w.now, w.chance, "", hidden));
        w.disk.truncate(w.now, w.chance, w.log, 0);
        w.lose_power();
        CHECK(bits_that_differ(w.content(), some) == 1);
    }
}

TEST_CASE("rot stays below the directory that is named, and every byte can rot")
{
    World w;
    FileId const other = w.disk.open("d1/orders-0/0.log");
    w.append(some);
    w.append(other, some);
    w.flush();
    w.now = w.disk.flush(w.now, w.chance, other).at;
    std::vector<bool> hit(some.size());
    for (int i = 0; i < 500; ++i) {
        auto const rotten = w.disk.rot(w.now, w.chance, "d1", false);
        REQUIRE(rotten);
        CHECK(rotten->file == other);
        hit[rotten->byte] = true;
    }
    CHECK(w.content() == some);
    CHECK(hit == std::vector<bool>(some.size(), true));
    CHECK_FALSE(w.disk.rot(w.now, w.chance, "d", false));
}

TEST_CASE("bits rot in what a machine reads anew, as often as its disk is said to")
{
    DiskQuality quality = plain();
    quality.bit_rot = {1, 4};
    World w(quality);
    for (int i = 0; i < 400; ++i)
        w.append(some);
    w.flush();
    w.lose_power();
    std::size_t torn = 0;
    for (Extent const& extent : w.disk.extents(w.log))
        torn += extent.torn();
    CHECK(torn > 60);
    CHECK(torn < 140);
    REQUIRE(w.report.size() == 1);
    CHECK(w.report[0].lost > 0);
    CHECK(w.report[0].kept + w.report[0].lost == 400 * some.size());
}

TEST_CASE("rot reaches real files as it reaches memory")
{
    odradek::test::TemporaryDirectory const directory;
    PosixStorage storage(DataDirectory::create(directory / "data", {}), {.sync = false});
    Disk disk(HostId{0}, plain(), storage.backend(HostId{0}, "b"));
    Chance chance{7};
    FileId const log = disk.open("log");
    for (int i = 0; i < 5; ++i)
        disk.append(start, chance, log, text(some));
    Instant const later = disk.flush(start, chance, log).at;
    REQUIRE(disk.rot(later, chance, "", false));
    REQUIRE(disk.rot(later, chance, "", true));
    CHECK(disk.first_difference() == std::nullopt);
}

TEST_CASE("a flush that lies completes as if all were well, and a power loss tells")
{
    World w;
    w.append("truth");
    w.flush();
    DiskFault lies;
    lies.flush_lies = {1, 1};
    std::uint32_t const fault = w.disk.add_fault(w.now, lies);
    w.append("lie");
    Completion const said = w.disk.flush(w.now, w.chance, w.log);
    CHECK(said.error == DiskError::none);
    CHECK(said.at == w.now + 2_ms);
    w.now = said.at + 1_s;
    CHECK(w.disk.durable_size(w.now, w.log) == 5);
    Disk honest_later = w.disk;
    w.lose_power();
    CHECK(w.content() == "truth");

    // A flush that does not lie writes what the one before should have.
    Chance chance{7};
    honest_later.remove_fault(w.now, fault);
    Instant const done = honest_later.flush(w.now, chance, w.log).at;
    CHECK(honest_later.durable_size(done, w.log) == 8);
}

TEST_CASE("what a lying flush has not written is written back in time")
{
    World w;
    DiskFault lies;
    lies.flush_lies = {1, 1};
    w.disk.add_fault(w.now, lies);
    w.append("lie");
    w.flush();
    FileId const small = w.disk.open("checkpoint");
    Instant const replaced = w.disk.replace(w.now, w.chance, small, text("new")).at;
    CHECK(w.disk.durable_size(replaced, small) == 0);
    w.now = replaced + 31_s;
    CHECK(w.disk.durable_size(w.now, w.log) == 3);
    CHECK(w.disk.durable_size(w.now, small) == 3);
    w.lose_power();
    CHECK(text_of(w.disk.extents(small)) == "new");
    CHECK(w.content() == "lie");
}

TEST_CASE("a new file is lost with its name unless a flush came after it")
{
    World w;
    DiskFault forgets;
    forgets.loses_names = true;
    w.disk.add_fault(w.now, forgets);
    FileId const first = w.disk.open("d0/first");
    w.append("any flush forces the journal");
    w.flush();
    FileId const second = w.disk.open("d0/second");
    w.append(second, "never flushed");
    w.lose_power();
    CHECK(w.disk.exists(first));
    CHECK(w.disk.size(first) == 0);
    CHECK_FALSE(w.disk.exists(second));
    CHECK_FALSE(w.disk.find("d0/second"));
    CHECK_FALSE(w.disk.backend().exists({HostId{0}, second, "d0/second"}));
    // Its path is free again.
    CHECK(w.disk.open("d0/second") == second);
    CHECK(w.disk.size(second) == 0);
}

TEST_CASE(
    "a new file is found with what was written back of it, and with the models that keep more")
{
    DiskFault forgets;
    forgets.loses_names = true;
    World w;
    w.disk.add_fault(w.now, forgets);
    FileId const file = w.disk.open("d0/new");
    w.append(file, "old enough");
    w.now = w.now + 40_s;
    w.lose_power();
    CHECK(text_of(w.disk.extents(file)) == "old enough");

    FileId const empty = w.disk.open("d0/empty");
    w.disk.lose_power(w.now, w.chance, PowerLoss::keep_all);
    CHECK(w.disk.exists(empty));
    int found = 0;
    for (int i = 0; i < 100; ++i) {
        FileId const drawn = w.disk.open("d0/" + std::to_string(i));
        w.disk.lose_power(w.now, w.chance, PowerLoss::lose_random_unsynced);
        found += w.disk.exists(drawn);
    }
    CHECK(found > 20);
    CHECK(found < 80);
}

TEST_CASE("a full disk takes the front of the append that finds it full, if it is said to")
{
    for (bool const partial : {false, true}) {
        World w;
        DiskFault full;
        full.free_bytes = 10;
        full.short_writes = partial;
        w.disk.add_fault(w.now, full);
        CHECK(w.append("seven b") == DiskError::none);
        CHECK(w.append("five more") == DiskError::no_space);
        CHECK(w.content() == (partial ? "seven bfiv" : "seven b"));
        CHECK(w.disk.used_bytes() == (partial ? 10 : 7));
        CHECK(w.disk.extents(w.log).back().torn() == partial);
        // Now nothing has room.
        CHECK(w.append("many") == DiskError::no_space);
        CHECK(w.content() == (partial ? "seven bfiv" : "seven b"));
        w.flush();
        w.lose_power();
        CHECK(w.content() == (partial ? "seven bfiv" : "seven b"));
        CHECK(w.disk.first_difference() == std::nullopt);
    }
}
