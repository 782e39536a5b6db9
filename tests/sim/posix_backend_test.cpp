// The backend of real files: where they lie, what is synced, and what is refused.
#include "sim/posix_backend.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "sim/chance.h"
#include "sim/disk.h"
#include "tests/sim/text_blob.h"
#include "tests/support/temporary_directory.h"

using namespace odradek::sim;
using namespace odradek::sim::test;
using odradek::test::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;

Extent whole(std::string content)
{
    std::uint64_t const bytes = content.size();
    return {text(std::move(content)), bytes};
}

std::string bytes_of(std::string const& path)
{
    std::string bytes;
    return read_whole_file(path, bytes) ? bytes : "(none)";
}

void put(std::string const& path, std::string const& content) { std::ofstream(path) << content; }

FileName name(std::uint32_t file, std::string_view path) { return {HostId{0}, FileId{file}, path}; }

std::unique_ptr<PosixStorage> storage_in(std::string const& path,
                                         PosixStorage::Options options = {})
{
    return std::make_unique<PosixStorage>(DataDirectory::create(path, {{"seed", "7"}}), options);
}

std::string refusal(std::string const& path)
{
    try {
        DataDirectory::create(path, {});
    } catch (StorageError const& error) {
        return error.message;
    }
    return "it was taken";
}

}  // namespace

TEST_CASE("a file lies under its host's name and holds what became durable, no more")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data");
    auto const one = storage->backend(HostId{0}, "broker-1");
    auto const two = storage->backend(HostId{1}, "broker-2");
    one->create(name(0, "orders-0/00000000000000000000.log"));
    two->create({HostId{1}, FileId{0}, "orders-0/00000000000000000000.log"});
    one->append(name(0, {}), whole("abc"));
    one->append(name(0, {}), {text("defg"), 2});
    one->settled(Instant{5}, Backend::Why::flushed);
    std::string const log = "/orders-0/00000000000000000000.log";
    CHECK(bytes_of(directory / "data/broker-1" + log) == std::string("abcde\0\0", 7));
    CHECK(bytes_of(directory / "data/broker-2" + log).empty());

    one->truncate(name(0, {}), 1, 3);
    one->append(name(0, {}), whole("XY"));
    one->replace({HostId{0}, FileId{0}, {}}, whole("new"));
    two->remove({HostId{1}, FileId{0}, {}});
    one->settled(Instant{6}, Backend::Why::flushed);
    CHECK(bytes_of(directory / "data/broker-1" + log) == "new");
    CHECK(bytes_of(directory / "data/broker-2" + log) == "(none)");
    CHECK(storage->failure().empty());
}

TEST_CASE("a step syncs each file that it changed once, its directories and the journal")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data");
    auto const backend = storage->backend(HostId{0}, "b");
    backend->create(name(0, "t/log"));
    backend->create(name(1, "t/index"));
    backend->settled(Instant{1}, Backend::Why::flushed);
    std::uint64_t const before = storage->counts().syncs;
    for (int i = 0; i < 100; ++i) {
        backend->append(name(0, {}), whole("more"));
        backend->append(name(1, {}), whole("8 bytes."));
    }
    backend->settled(Instant{2}, Backend::Why::flushed);
    CHECK(storage->counts().syncs - before == 3);
    // Nothing was said since.
    backend->settled(Instant{3}, Backend::Why::flushed);
    CHECK(storage->counts().syncs - before == 3);
    CHECK(storage->counts().steps == 2);

    auto const lazy = storage_in(directory / "lazy", {.sync = false});
    auto const unsynced = lazy->backend(HostId{0}, "b");
    unsynced->create(name(0, "t/log"));
    unsynced->append(name(0, {}), whole("more"));
    unsynced->settled(Instant{1}, Backend::Why::flushed);
    lazy->finish(Instant{2});
    CHECK(lazy->counts().syncs == 0);
    CHECK(bytes_of(directory / "lazy/b/t/log") == "more");
}

TEST_CASE("what is written back waits for the next flush, or until it is much")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data", {.pending_max = 100});
    auto const backend = storage->backend(HostId{0}, "b");
    backend->create(name(0, "log"));
    backend->settled(Instant{1}, Backend::Why::flushed);
    std::uint64_t const before = storage->counts().syncs;
    for (int i = 0; i < 33; ++i) {
        backend->append(name(0, {}), whole("abc"));
        backend->settled(Instant{2}, Backend::Why::written_back);
    }
    CHECK(bytes_of(directory / "data/b/log").empty());
    backend->append(name(0, {}), whole("abc"));
    CHECK(bytes_of(directory / "data/b/log").size() == 102);
    CHECK(storage->counts().writes == 1);
    backend->settled(Instant{3}, Backend::Why::written_back);
    // The journal goes ahead of the files.
    CHECK(storage->counts().syncs - before == 1);
    backend->settled(Instant{4}, Backend::Why::flushed);
    CHECK(storage->counts().syncs - before == 3);
    CHECK(storage->counts().steps == 2);
}

TEST_CASE("appends that follow each other are one write")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data");
    auto const backend = storage->backend(HostId{0}, "b");
    backend->create(name(0, "log"));
    for (int i = 0; i < 50; ++i)
        backend->append(name(0, {}), whole("abc"));
    backend->settled(Instant{1}, Backend::Why::flushed);
    CHECK(storage->counts().writes == 1);
}

TEST_CASE("more files than may be open at a time are no trouble")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data", {.sync = false, .descriptors_max = 3});
    auto const backend = storage->backend(HostId{0}, "b");
    constexpr std::uint32_t files = 2000;
    for (std::uint32_t i = 0; i < files; ++i)
        backend->create(name(i, "t-" + std::to_string(i % 50) + "/" + std::to_string(i)));
    for (int round = 0; round < 2; ++round)
        for (std::uint32_t i = 0; i < files; ++i)
            backend->append(name(i, {}), whole(std::to_string(i)));
    backend->settled(Instant{1}, Backend::Why::flushed);
    storage->finish(Instant{1});
    CHECK(storage->failure().empty());
    std::size_t wrong = 0;
    for (std::uint32_t i = 0; i < files; ++i) {
        std::string const number = std::to_string(i);
        wrong += bytes_of(directory / "data/b/t-" + std::to_string(i % 50) + "/" + number) !=
                 number + number;
    }
    CHECK(wrong == 0);
}

TEST_CASE("what goes wrong on this machine is said once and ends the writing")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data");
    auto const backend = storage->backend(HostId{0}, "b");
    std::string const endless(300, 'x');
    backend->create(name(0, "good"));
    backend->create(name(1, endless));
    backend->append(name(1, {}), whole("abc"));
    backend->settled(Instant{1}, Backend::Why::flushed);
    std::string const why =
        directory / "data/b/" + endless + ": cannot be made: File name too long";
    CHECK(storage->failure() == why);
    backend->append(name(0, {}), whole("later"));
    backend->replace(name(1, {}), whole("later"));
    backend->settled(Instant{2}, Backend::Why::flushed);
    storage->finish(Instant{3});
    CHECK(storage->failure() == why);
    CHECK(backend->failure() == why);
    CHECK(bytes_of(directory / "data/b/good").empty());
}

TEST_CASE("a directory is taken only when it is new or empty")
{
    TemporaryDirectory const directory;
    put(directory / "file", "mine");
    CHECK(refusal(directory / "file") == "is no directory");

    fs::create_directory(directory / "foreign");
    put(directory / "foreign/thesis.txt", "years of work");
    CHECK(refusal(directory / "foreign") ==
          "is not empty and holds no data of ours, so it is left alone");
    CHECK(std::distance(fs::directory_iterator(directory / "foreign"), {}) == 1);

    CHECK(refusal(directory / "new/and/deep") == "it was taken");
    fs::create_directory(directory / "empty");
    CHECK(refusal(directory / "empty") == "it was taken");
    // Somebody was killed before the marker was there.
    fs::remove(directory / "empty/odradek.meta");
    put(directory / "empty/odradek.meta.tmp", "half a mar");
    CHECK(refusal(directory / "empty") == "it was taken");
}

TEST_CASE("files of an earlier run are never overwritten, and who made them is told")
{
    TemporaryDirectory const directory;
    DataDirectory::create(directory / "data", {{"scenario", "quiet"}, {"seed", "7"}});
    CHECK(refusal(directory / "data") ==
          "holds the files of an earlier run (scenario quiet, seed 7)");
}

TEST_CASE("one process at a time uses a directory")
{
    TemporaryDirectory const directory;
    {
        auto const storage = storage_in(directory / "data");
        CHECK(refusal(directory / "data").starts_with("is in use by process "));
        CHECK_THROWS_AS(DataDirectory::open(directory / "data"), StorageError);
    }
    CHECK(DataDirectory::open(directory / "data").fact("seed") == "7");
}

TEST_CASE("a directory of another format, or of nobody, is not opened")
{
    TemporaryDirectory const directory;
    auto const why = [&](std::string const& path) {
        try {
            DataDirectory::open(directory / path);
        } catch (StorageError const& error) {
            return error.message;
        }
        return std::string("it was opened");
    };
    CHECK(why("nowhere") == "does not exist");
    fs::create_directory(directory / "plain");
    CHECK(why("plain") == "holds no odradek.meta, so it is no data of ours");
    put(directory / "plain/odradek.meta", "odradek data\nformat=2\n");
    CHECK(why("plain") == "is of format 2; this build reads format 1");
    put(directory / "plain/odradek.meta", "odradek data\nformat=\n");
    CHECK(why("plain") == "does not say the format of its directory");
    put(directory / "plain/odradek.meta", "something else");
    CHECK(why("plain") == "is no marker of a data directory of ours");
}

TEST_CASE("a disk over real files is the disk over memory, power losses included")
{
    TemporaryDirectory const directory;
    auto const storage = storage_in(directory / "data", {.sync = false});
    DiskQuality quality;
    quality.flush = Duration{1'000'000};
    quality.write_back = Duration{20'000'000};
    quality.power_loss = PowerLoss::torn_tail;
    Disk on_posix(HostId{0}, quality, storage->backend(HostId{0}, "broker-0"));
    Disk on_memory(HostId{0}, quality);
    Chance chance(11);
    Chance same(11);
    Instant now{};
    for (std::uint64_t step = 0; step < 1500; ++step) {
        now = now + Duration{700'000};
        std::uint64_t const what = step * 0x9e3779b97f4a7c15 >> 11;
        std::string const path = "t-" + std::to_string(what % 4) + "/log";
        FileId const file = on_posix.open(path);
        REQUIRE(on_memory.open(path) == file);
        auto const both = [&](auto operation) {
            operation(on_posix, chance);
            operation(on_memory, same);
        };
        Ref<Blob> const blob = text(std::string(1 + what % 97, static_cast<char>('a' + what % 26)));
        switch (what / 4 % 16) {
        case 0:
            both([&](Disk& disk, Chance& dice) { disk.replace(now, dice, file, blob); });
            break;
        case 1:
            both([&](Disk& disk, Chance& dice) {
                disk.truncate(now, dice, file, disk.extents(file).size() / 2);
            });
            break;
        case 2:
            both([&](Disk& disk, Chance& dice) { disk.remove(now, dice, file); });
            break;
        case 3:
            both([&](Disk& disk, Chance& dice) { disk.lose_power(now, dice); });
            break;
        case 4:
        case 5:
            both([&](Disk& disk, Chance& dice) { disk.flush(now, dice, file); });
            break;
        default:
            both([&](Disk& disk, Chance& dice) { disk.append(now, dice, file, blob); });
        }
        if (step % 50 == 0)
            REQUIRE(on_posix.first_difference() == std::nullopt);
    }
    on_posix.unmount(now);
    on_memory.unmount(now);
    storage->finish(now);
    for (std::uint32_t file = 0; file < on_memory.file_count(); ++file) {
        FileId const id{file};
        REQUIRE(on_posix.extents(id) == on_memory.extents(id));
        if (!on_memory.exists(id))
            continue;
        std::string bytes;
        for (Extent const& extent : on_memory.extents(id))
            extent.write_to(bytes);
        // Unmounting wrote all that a process could read.
        CHECK(bytes_of(directory / "data/broker-0/" + on_memory.path(id)) == bytes);
    }
    CHECK(storage->failure().empty());
}
