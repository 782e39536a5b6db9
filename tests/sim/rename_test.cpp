// Files that get another name: content swapped by way of directory entries.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/backend.h"
#include "sim/disk.h"
#include "sim/ensure.h"
#include "sim/memory_backend.h"
#include "tests/sim/text_blob.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;
using namespace odradek::sim::test;

namespace {

constexpr Instant start{1'000'000'000};

// A file with its content flushed.
FileId flushed(Disk& disk, Chance& chance, char const* path, char const* content)
{
    FileId const file = disk.open(path);
    disk.append(start, chance, file, text(content));
    disk.flush(start, chance, file);
    return file;
}

// Every file that is there, as "path=content ".
std::string listing(Disk const& disk)
{
    std::set<std::string> files;
    for (std::uint32_t i = 0; i < disk.file_count(); ++i)
        if (FileId const file{i}; disk.exists(file)) {
            bool const is_new =
                files.insert(disk.path(file) + "=" + text_of(disk.extents(file))).second;
            CHECK(is_new);
            CHECK(disk.find(disk.path(file)) == file);
        }
    std::string all;
    for (std::string const& file : files)
        all += file + " ";
    return all;
}

}  // namespace

TEST_CASE("a renamed file keeps its number and its content, and its old path is free")
{
    Disk disk(HostId{0}, {});
    Chance chance{1};
    FileId const file = flushed(disk, chance, "0.cleaned", "new");
    disk.rename(start, chance, file, "0.log");
    CHECK(disk.find("0.log") == file);
    CHECK(disk.find("0.cleaned") == std::nullopt);
    CHECK(disk.path(file) == "0.log");
    CHECK(disk.open("0.cleaned") != file);
    CHECK(listing(disk) == "0.cleaned= 0.log=new ");
    CHECK(disk.first_difference() == std::nullopt);
}

TEST_CASE("a file cannot take the path of another, but that of one that was removed")
{
    Disk disk(HostId{0}, {});
    Chance chance{1};
    FileId const old = flushed(disk, chance, "0.log", "old");
    FileId const cleaned = flushed(disk, chance, "0.swap", "new");
    CHECK_THROWS_AS(disk.rename(start, chance, cleaned, "0.log"), BrokenLaw);
    disk.remove(start, chance, old);
    disk.rename(start, chance, cleaned, "0.log");
    CHECK(listing(disk) == "0.log=new ");
    CHECK(disk.open("0.log") == cleaned);
}

TEST_CASE("a renaming that is not durable is undone by a power loss")
{
    Disk disk(HostId{0}, {.power_loss = PowerLoss::lose_unsynced});
    Chance chance{1};
    FileId const file = flushed(disk, chance, "0.swap", "new");
    FileId const other = flushed(disk, chance, "other", "x");
    disk.rename(start + 1_s, chance, file, "0.log");
    std::string expected = "0.swap=new other=x ";
    Instant lost = start + 10_s;
    SUBCASE("and by nothing else") {}
    SUBCASE("it is durable after a flush of any file")
    {
        disk.append(start + 1_s, chance, other, text("y"));
        disk.flush(start + 1_s, chance, other);
        expected = "0.log=new other=xy ";
    }
    SUBCASE("it is durable once written back")
    {
        lost = start + 32_s;
        expected = "0.log=new other=x ";
    }
    SUBCASE("it is durable once a new file has the old path")
    {
        disk.open("0.swap");
        expected = "0.log=new 0.swap= other=x ";
    }
    disk.lose_power(lost, chance, {});
    CHECK(listing(disk) == expected);
    CHECK(disk.first_difference() == std::nullopt);
}

TEST_CASE("what was appended before a renaming need not be durable with it")
{
    Disk disk(HostId{0}, {.write_back = Duration::forever()});
    Chance chance{1};
    FileId const file = flushed(disk, chance, "0.log", "kept ");
    FileId const other = disk.open("other");
    disk.append(start, chance, file, text("lost"));
    disk.rename(start, chance, file, "0.log.deleted");
    disk.append(start, chance, other, text("x"));
    disk.flush(start, chance, other);
    disk.lose_power(start + 1_s, chance, PowerLoss::lose_unsynced);
    CHECK(listing(disk) == "0.log.deleted=kept  other=x ");
    CHECK(disk.first_difference() == std::nullopt);
}

TEST_CASE("a swap by renaming is found begun, halfway or done, in its order and never otherwise")
{
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Disk disk(HostId{0}, {.power_loss = PowerLoss::lose_random_unsynced});
        Chance chance{seed};
        FileId const old = flushed(disk, chance, "0.log", "old");
        FileId const cleaned = flushed(disk, chance, "0.swap", "new");
        disk.rename(start + 1_s, chance, old, "0.log.deleted");
        disk.rename(start + 1_s, chance, cleaned, "0.log");
        disk.remove(start + 1_s, chance, old);
        disk.append(start + 1_s, chance, cleaned, text("er"));
        disk.lose_power(start + 1_s, chance, {});
        CHECK(disk.first_difference() == std::nullopt);
        seen.insert(listing(disk));
    }
    CHECK(seen == std::set<std::string>{
                      "0.log=old 0.swap=new ",
                      "0.log.deleted=old 0.swap=new ",
                      "0.log.deleted=old 0.log=new ",
                      "0.log=new ",
                      "0.log.deleted=old 0.log=newer ",
                      "0.log=newer ",
                  });
}

TEST_CASE("a renaming costs what a write does, and an error of writing makes it change nothing")
{
    DiskQuality quality;
    quality.write = 10_us;
    Disk disk(HostId{0}, quality);
    Chance chance{1};
    FileId const file = flushed(disk, chance, "a", "x");
    CHECK(disk.rename(start + 1_s, chance, file, "b").at == start + 1_s + 10_us);
    disk.add_fault(start + 1_s, {.write_errors = {1, 1}});
    CHECK(disk.rename(start + 1_s, chance, file, "c").error == DiskError::io_error);
    CHECK(disk.path(file) == "b");
}
