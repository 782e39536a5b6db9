#include "sim/disk.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "sim/backend.h"
#include "sim/ensure.h"
#include "sim/memory_backend.h"
#include "tests/sim/text_blob.h"

using namespace odradek::sim;
using namespace odradek::sim::literals;
using namespace odradek::sim::test;

namespace {

constexpr Instant start{1'000'000'000};

DiskQuality plain()
{
    DiskQuality quality;
    quality.read = 100_us;
    quality.write = 10_us;
    quality.flush = 2_ms;
    return quality;
}

// A disk with one file, and its verbs.
struct OneFile {
    explicit OneFile(DiskQuality quality = plain()) : disk(HostId{0}, std::move(quality)) {}

    Completion append(Instant now, std::string content)
    {
        return disk.append(now, chance, log, text(std::move(content)));
    }
    Completion flush(Instant now) { return disk.flush(now, chance, log); }
    Completion cut(Instant now, std::size_t extents)
    {
        return disk.truncate(now, chance, log, extents);
    }
    Completion replace(Instant now, std::string content)
    {
        return disk.replace(now, chance, log, text(std::move(content)));
    }
    std::string content() const { return text_of(disk.extents(log)); }
    std::string after_power_loss(Instant now)
    {
        report = disk.lose_power(now, chance);
        CHECK(disk.first_difference() == std::nullopt);
        return content();
    }

    Chance chance{7};
    Disk disk;
    FileId log{disk.open("orders-0/0.log")};
    std::vector<LostBytes> report;
};

// Remembers what it was told.
class Recorder final : public Backend {
public:
    explicit Recorder(std::vector<std::string>& told) : told_(told) {}
    std::string_view name() const override { return "recorder"; }
    void create(FileName const& file) override { say("create", file); }
    void append(FileName const& file, Extent const& extent) override
    {
        say("append " + text_of({extent}), file);
    }
    void truncate(FileName const& file, std::size_t extents, std::uint64_t bytes) override
    {
        say("cut to " + std::to_string(extents) + "=" + std::to_string(bytes), file);
    }
    void replace(FileName const& file, Extent const& extent) override
    {
        say("replace " + text_of({extent}), file);
    }
    void remove(FileName const& file) override { say("remove", file); }
    void rename(FileName const& file, std::string_view path) override
    {
        say("rename to " + std::string(path), file);
    }
    bool exists(FileName const&) const override { return true; }
    std::uint64_t size(FileName const&) const override { return 0; }
    void read(FileName const&, std::string&) const override {}
    std::string_view failure() const override { return "keeps nothing"; }

private:
    void say(std::string what, FileName const& file)
    {
        told_.push_back(std::to_string(file.host.value) + ":" + std::string(file.path) + " " +
                        what);
    }
    std::vector<std::string>& told_;
};

}  // namespace

// -- Files ----------------------------------------------------------------------------------------

TEST_CASE("a path keeps its number, also when the file was removed and made again")
{
    OneFile one;
    FileId const other = one.disk.open("a");
    CHECK(one.disk.open("orders-0/0.log") == one.log);
    CHECK(other != one.log);
    CHECK(one.disk.find("a") == other);
    CHECK(one.disk.find("b") == std::nullopt);
    CHECK(one.disk.path(other) == "a");

    one.append(start, "abc");
    one.disk.remove(start, one.chance, one.log);
    CHECK(one.disk.find("orders-0/0.log") == std::nullopt);
    CHECK_FALSE(one.disk.exists(one.log));
    CHECK(one.disk.size(one.log) == 0);
    CHECK(one.disk.open("orders-0/0.log") == one.log);
    CHECK(one.disk.exists(one.log));
    CHECK(one.disk.size(one.log) == 0);
    CHECK(one.disk.file_count() == 2);
}

TEST_CASE("a removed file cannot be written")
{
    OneFile one;
    one.disk.remove(start, one.chance, one.log);
    CHECK_THROWS_AS(one.append(start, "abc"), BrokenLaw);
}

// -- Time -----------------------------------------------------------------------------------------

TEST_CASE("flushes asked for while one is under way are done together after it")
{
    OneFile one;
    one.append(start, "abc");
    CHECK(one.flush(start).at == start + 2_ms);
    for (int i = 0; i < 50; ++i) {
        FileId const other = one.disk.open("other-" + std::to_string(i));
        one.disk.append(start, one.chance, other, text("x"));
        CHECK(one.disk.flush(start + 1_ms, one.chance, other).at == start + 4_ms);
    }
    // The commit after theirs.
    CHECK(one.flush(start + 3_ms).at == start + 6_ms);
    // So a disk that was slow is not slow for long once it is well.
    std::uint32_t const slow = one.disk.add_fault(start + 1_s, {.flush = Distribution(1_s)});
    for (int i = 0; i < 50; ++i)
        one.flush(start + 1_s);
    one.disk.remove_fault(start + 1_s, slow);
    CHECK(one.flush(start + 3_s).at == start + 3_s + 2_ms);
}

TEST_CASE("an append costs a write, a flush waits for the flush before it")
{
    OneFile one;
    CHECK(one.append(start, "abc").at == start + 10_us);
    CHECK(one.append(start, "def").at == start + 10_us);
    CHECK(one.flush(start).at == start + 2_ms);
    FileId const other = one.disk.open("other");
    CHECK(one.disk.flush(start + 1_ms, one.chance, other).at == start + 4_ms);
    CHECK(one.flush(start + 10_ms).at == start + 12_ms);
}

TEST_CASE("reads and flushes share the bandwidth, appends do not use it")
{
    DiskQuality quality = plain();
    quality.bandwidth = 1'000'000;  // 1 byte in 1 us
    OneFile one(quality);
    CHECK(one.append(start, std::string(5'000, 'x')).at == start + 10_us);
    // 5 ms for the bytes, 2 ms for the flush.
    CHECK(one.flush(start).at == start + 7_ms);
    // 1 ms for the bytes after those 5 ms; it does not wait for the flush itself.
    CHECK(one.disk.read(start, one.chance, one.log, 1'000).at == start + 6'100_us);
    // Nothing new to move: only the flush, after the first one.
    CHECK(one.flush(start).at == start + 9_ms);
    CHECK(one.disk.read(start + 1_s, one.chance, one.log, 1).at == start + 1_s + 101_us);
}

TEST_CASE("a flush does not move what the kernel has written back or what was cut away")
{
    DiskQuality quality = plain();
    quality.bandwidth = 1'000'000;
    OneFile one(quality);
    one.append(start, std::string(5'000, 'x'));
    one.append(start + 20_s, std::string(1'000, 'y'));
    one.append(start + 20_s, std::string(3'000, 'z'));
    one.cut(start + 20_s, 2);
    CHECK(one.flush(start + 30_s).at == start + 30_s + 3_ms);
}

TEST_CASE("a latency is drawn for each operation, in the bounds of its distribution")
{
    DiskQuality quality = plain();
    quality.write = Uniform{1_us, 1000_us};
    OneFile one(quality);
    std::vector<std::int64_t> seen;
    for (int i = 0; i < 50; ++i) {
        Duration const latency = one.append(start, "x").at - start;
        CHECK(latency >= 1_us);
        CHECK(latency <= 1000_us);
        seen.push_back(latency.ns);
    }
    CHECK(std::vector<std::int64_t>(50, seen[0]) != seen);
}

TEST_CASE("another file's appends do not move a file's draws")
{
    DiskQuality quality = plain();
    quality.write = Uniform{1_us, 1000_us};
    OneFile alone(quality);
    OneFile shared(quality);
    FileId const other = shared.disk.open("other");
    for (int i = 0; i < 20; ++i) {
        shared.disk.append(start, shared.chance, other, text("x"));
        CHECK(alone.append(start, "x").at == shared.append(start, "x").at);
    }
}

// -- What survives --------------------------------------------------------------------------------

TEST_CASE("a process crash keeps everything written")
{
    OneFile one;
    one.append(start, "abc");
    one.disk.process_died(start);
    CHECK(one.content() == "abc");
}

TEST_CASE("a flush that was under way when the process died still completes")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    one.disk.process_died(start);
    CHECK(one.after_power_loss(start + 2_ms) == "abc");
}

TEST_CASE("a power loss keeps what a flush had covered at its beginning, once it was complete")
{
    OneFile one;
    one.append(start, "abc");
    Instant const done = one.flush(start).at;
    one.append(start + 1_us, "def");
    CHECK(one.disk.durable_size(done - 1_ns, one.log) == 0);
    CHECK(one.disk.durable_size(done, one.log) == 3);
    Disk early = one.disk;
    Chance chance{1};
    early.lose_power(done - 1_ns, chance);
    CHECK(early.size(one.log) == 0);
    CHECK(one.after_power_loss(done) == "abc");
    CHECK(one.report == std::vector<LostBytes>{{one.log, 3, 3, 0}});
}

TEST_CASE("bytes older than the write-back age are durable under every model")
{
    for (PowerLoss const model : {PowerLoss::keep_all, PowerLoss::lose_unsynced,
                                  PowerLoss::lose_random_unsynced, PowerLoss::torn_tail}) {
        CAPTURE(to_string(model));
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            OneFile one;
            one.chance = Chance{seed};
            one.disk.set_power_loss(model);
            one.append(start, "abc");
            one.append(start + 1_ns, "def");
            CHECK(one.disk.durable_size(start + 30_s, one.log) == 3);
            std::string const content = one.after_power_loss(start + 30_s);
            CHECK(content.substr(0, 3) == "abc");
        }
    }
}

TEST_CASE("with write-back of for ever only a flush makes durable")
{
    DiskQuality quality = plain();
    quality.write_back = Duration::forever();
    OneFile one(quality);
    one.append(start, "abc");
    CHECK(one.after_power_loss(start + 1'000'000_s).empty());
}

TEST_CASE("losing at random keeps every prefix sometimes, and never anything else")
{
    std::vector<int> seen(4);
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        OneFile one;
        one.chance = Chance{seed};
        one.disk.set_power_loss(PowerLoss::lose_random_unsynced);
        one.append(start, "ab");
        one.flush(start);
        for (char const* more : {"cd", "ef", "gh"})
            one.append(start + 1_s, more);
        std::string const content = one.after_power_loss(start + 1_s);
        REQUIRE(content.size() % 2 == 0);
        REQUIRE(content.size() >= 2);
        CHECK(content == std::string("abcdefgh").substr(0, content.size()));
        ++seen[content.size() / 2 - 1];
    }
    for (int const count : seen)
        CHECK(count > 20);
}

TEST_CASE("a torn tail is torn inside its last extent, which then takes its full length")
{
    bool torn = false;
    bool none = false;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        OneFile one;
        one.chance = Chance{seed};
        one.append(start, "abcd");
        one.append(start, "efgh");
        auto const report = one.disk.lose_power(start, one.chance, PowerLoss::torn_tail);
        CHECK(one.disk.first_difference() == std::nullopt);
        std::vector<Extent> const& extents = one.disk.extents(one.log);
        if (extents.empty()) {
            none = true;
            continue;
        }
        CHECK(extents.back().torn());
        CHECK(extents.back().valid >= 1);
        if (extents.size() == 2)
            CHECK_FALSE(extents.front().torn());
        CHECK(one.disk.size(one.log) == 4 * extents.size());
        REQUIRE(report.size() == 1);
        CHECK(report[0].kept + report[0].lost == 8);
        CHECK(one.disk.durable_size(start, one.log) == report[0].kept);
        torn = true;
    }
    CHECK(torn);
    CHECK(none);
}

TEST_CASE("what is durable is never torn")
{
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        OneFile one;
        one.chance = Chance{seed};
        one.disk.set_power_loss(PowerLoss::torn_tail);
        one.append(start, "abcd");
        one.flush(start);
        CHECK(one.after_power_loss(start + 2_ms) == "abcd");
        CHECK(one.report.empty());
    }
}

TEST_CASE("keep-all keeps everything, as the page cache had it")
{
    OneFile one;
    one.disk.set_power_loss(PowerLoss::keep_all);
    one.append(start, "abc");
    one.append(start, "def");
    one.cut(start, 1);
    CHECK(one.after_power_loss(start) == "abc");
    CHECK(one.report.empty());
}

TEST_CASE("a cut that was not flushed is undone, and nothing appended after it survives it")
{
    OneFile one;
    one.append(start, "abc");
    one.append(start, "old tail");
    one.flush(start);
    one.cut(start + 1_s, 1);
    one.append(start + 1_s, "new");
    CHECK(one.content() == "abcnew");
    CHECK(one.after_power_loss(start + 1_s) == "abcold tail");
    CHECK(one.report == std::vector<LostBytes>{{one.log, 11, 3, 8}});

    one.cut(start + 2_s, 1);
    one.flush(start + 2_s);
    one.append(start + 3_s, "new");
    CHECK(one.after_power_loss(start + 3_s) == "abc");
}

TEST_CASE("after a power loss the file can be written and flushed as before")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    one.append(start, "lost");
    CHECK(one.after_power_loss(start + 1_s) == "abc");
    // The flush of before the power loss, complete or not, has nothing to do with these.
    one.append(start + 1_s, "def");
    one.append(start + 32_s, "ghi");
    CHECK(one.after_power_loss(start + 32_s) == "abcdef");
    CHECK(one.disk.used_bytes() == 6);
}

TEST_CASE("a flush under way at a power loss makes nothing durable later")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    CHECK(one.after_power_loss(start + 1_ms).empty());
    one.append(start + 1_ms, "def");
    CHECK(one.after_power_loss(start + 3_ms).empty());
}

TEST_CASE("a power loss takes away what the device still had to do")
{
    DiskQuality quality = plain();
    quality.bandwidth = 1'000;  // 1 byte in 1 ms
    OneFile one(quality);
    one.append(start, std::string(60'000, 'x'));
    CHECK(one.flush(start).at == start + 60_s + 2_ms);
    one.after_power_loss(start + 1_s);
    CHECK(one.flush(start + 1_s).at == start + 1_s + 2_ms);
    one.append(start + 2_s, "x");
    CHECK(one.disk.read(start + 2_s, one.chance, one.log, 1).at == start + 2_s + 1_ms + 100_us);
}

TEST_CASE("a replacement is whole: the old content before it is complete, the new one afterwards")
{
    OneFile one;
    one.replace(start, "one");
    Completion const done = one.replace(start + 1_s, "two");
    // Write, flush of the file, flush of the directory.
    CHECK(done.at == start + 1_s + 10_us + 4_ms);
    CHECK(one.content() == "two");
    Disk early = one.disk;
    Chance chance{1};
    early.lose_power(done.at - 1_ns, chance);
    CHECK(text_of(early.extents(one.log)) == "one");
    CHECK(one.after_power_loss(done.at) == "two");
}

TEST_CASE("a replacement under way is found old or new where the model draws, never torn")
{
    int renamed = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        OneFile one;
        one.chance = Chance{seed};
        one.disk.set_power_loss(PowerLoss::torn_tail);
        one.replace(start, "one");
        one.replace(start + 1_s, "two");
        std::string const content = one.after_power_loss(start + 1_s);
        CHECK((content == "one" || content == "two"));
        renamed += content == "two" ? 1 : 0;
    }
    CHECK(renamed > 20);
    CHECK(renamed < 80);
}

TEST_CASE("a flush tells the backend first who has left a path, then who has taken it")
{
    std::vector<std::string> told;
    Disk disk(HostId{4}, plain(), std::make_unique<Recorder>(told));
    Chance chance{7};
    FileId const old = disk.open("0.log");
    FileId const cleaned = disk.open("0.swap");
    disk.rename(start, chance, old, "0.deleted");
    disk.rename(start, chance, cleaned, "0.log");
    told.clear();
    disk.flush(start, chance, cleaned);
    disk.settle(start + 1_s);
    REQUIRE(told.size() == 2);
    CHECK(told[0].ends_with("rename to 0.deleted"));
    CHECK(told[1].ends_with("rename to 0.log"));
}

TEST_CASE("a replacement is not renamed by write-back while its flush takes longer")
{
    DiskQuality quality = plain();
    quality.flush = 60_s;
    OneFile one(quality);
    one.replace(start, "one");  // Complete after 120 s.
    one.append(start, "+");     // Old enough after 30 s, but of the new file.
    CHECK(one.disk.durable_size(start + 31_s, one.log) == 0);
    Disk early = one.disk;
    Chance chance{1};
    early.lose_power(start + 31_s, chance);
    CHECK(early.size(one.log) == 0);
    CHECK(one.after_power_loss(start + 121_s) == "one+");
}

TEST_CASE("a removal that was neither flushed nor written back is undone")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    one.disk.remove(start + 1_s, one.chance, one.log);
    CHECK(one.disk.used_bytes() == 0);
    Disk later = one.disk;
    CHECK(one.after_power_loss(start + 2_s) == "abc");
    CHECK(one.disk.exists(one.log));
    CHECK(one.disk.used_bytes() == 3);
    CHECK(one.report == std::vector<LostBytes>{{one.log, 3, 0, 3}});

    later.lose_power(start + 31_s, one.chance);
    CHECK_FALSE(later.exists(one.log));
    CHECK(later.first_difference() == std::nullopt);
}

TEST_CASE("making a removed file again makes its removal durable")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    one.disk.remove(start + 1_s, one.chance, one.log);
    one.disk.open("orders-0/0.log");
    one.append(start + 1_s, "def");
    CHECK(one.after_power_loss(start + 1_s).empty());
    CHECK(one.disk.exists(one.log));
}

// -- Errors ---------------------------------------------------------------------------------------

TEST_CASE("an empty disk in the place of the one before: no file is there, and none comes back")
{
    OneFile one;
    FileId const other = one.disk.open("other");
    one.append(start, "abc");
    one.flush(start);
    one.disk.append(start, one.chance, other, text("def"));
    one.disk.lose_power(start + 1_s, one.chance);
    one.disk.wipe();
    CHECK_FALSE(one.disk.exists(one.log));
    CHECK_FALSE(one.disk.exists(other));
    CHECK(one.disk.used_bytes() == 0);
    CHECK_FALSE(one.disk.first_difference());
    one.disk.lose_power(start + 2_s, one.chance);
    CHECK_FALSE(one.disk.find(one.disk.path(one.log)));
    CHECK(one.disk.open(one.disk.path(one.log)) == one.log);
    one.append(start + 3_s, "new");
    one.flush(start + 3_s);
    CHECK(one.after_power_loss(start + 4_s) == "new");
}

TEST_CASE("a disk takes exactly its capacity, and cutting or removing makes room again")
{
    DiskQuality quality = plain();
    quality.capacity = 10;
    OneFile one(quality);
    CHECK(one.append(start, "12345").error == DiskError::none);
    CHECK(one.append(start, "123456").error == DiskError::no_space);
    CHECK(one.content() == "12345");
    CHECK(one.append(start, "67890").error == DiskError::none);
    CHECK(one.disk.used_bytes() == 10);
    CHECK(one.append(start, "x").error == DiskError::no_space);
    CHECK(one.replace(start, "x").error == DiskError::no_space);
    CHECK(one.content() == "1234567890");
    CHECK(one.cut(start, 1).error == DiskError::none);
    CHECK(one.append(start, "abcde").error == DiskError::none);
    CHECK(one.disk.remove(start, one.chance, one.log).error == DiskError::none);
    FileId const other = one.disk.open("other");
    CHECK(one.disk.append(start, one.chance, other, text("0123456789")).error == DiskError::none);
}

TEST_CASE("a replacement needs room for the old and the new content")
{
    DiskQuality quality = plain();
    quality.capacity = 10;
    OneFile one(quality);
    CHECK(one.replace(start, "123456").error == DiskError::none);
    CHECK(one.replace(start, "12345").error == DiskError::no_space);
    CHECK(one.replace(start, "1234").error == DiskError::none);
    CHECK(one.disk.used_bytes() == 4);
}

TEST_CASE("a full disk refuses appends until the fault is gone, with what was left to use")
{
    OneFile one;
    one.append(start, "abc");
    std::uint32_t const full = one.disk.add_fault(start, {.full = true});
    CHECK(one.append(start, "x").error == DiskError::no_space);
    CHECK(one.cut(start, 0).error == DiskError::none);
    CHECK(one.append(start, "x").error == DiskError::no_space);
    one.disk.remove_fault(start, full);
    CHECK(one.append(start, "x").error == DiskError::none);

    one.disk.add_fault(start, {.free_bytes = 4});
    CHECK(one.append(start, "yyyyy").error == DiskError::no_space);
    CHECK(one.append(start, "yyyy").error == DiskError::none);
    CHECK(one.append(start, "z").error == DiskError::no_space);
    one.cut(start, 0);
    CHECK(one.append(start, "zzzzz").error == DiskError::none);
}

TEST_CASE("what a failed flush should have written can be read but is never written")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    one.append(start + 1_s, "def");
    std::uint32_t const fault = one.disk.add_fault(start + 1_s, {.flush_errors = {1, 1}});
    CHECK(one.flush(start + 1_s).error == DiskError::flush_failed);
    one.disk.remove_fault(start + 2_s, fault);
    CHECK(one.content() == "abcdef");

    Disk unflushed = one.disk;
    Chance chance{1};
    unflushed.lose_power(start + 2_s, chance);
    CHECK(text_of(unflushed.extents(one.log)) == "abc");

    // The next flush succeeds, and yet.
    one.append(start + 2_s, "ghi");
    CHECK(one.flush(start + 2_s).error == DiskError::none);
    CHECK(one.content() == "abcdefghi");
    CHECK(one.disk.durable_size(start + 3_s, one.log) == 6);
    CHECK(one.after_power_loss(start + 3_s) == "abc...ghi");
    CHECK(one.disk.extents(one.log)[1].valid == 0);
    CHECK(one.report == std::vector<LostBytes>{{one.log, 6, 3, 0}});
    CHECK(one.disk.durable_size(start + 3_s, one.log) == 6);
}

TEST_CASE("a failed flush takes nothing from a flush already under way")
{
    OneFile one;
    one.append(start, "abc");
    one.flush(start);
    one.disk.add_fault(start, {.flush_errors = {1, 1}});
    one.append(start, "def");
    one.flush(start);
    CHECK(one.after_power_loss(start + 2_ms) == "abc");
}

TEST_CASE("a lost extent that is cut away does no harm")
{
    OneFile one;
    one.append(start, "abc");
    std::uint32_t const fault = one.disk.add_fault(start, {.flush_errors = {1, 1}});
    one.flush(start);
    one.disk.remove_fault(start, fault);
    one.flush(start);
    CHECK(one.disk.durable_size(start + 1_s, one.log) == 0);
    one.cut(start + 1_s, 0);
    one.append(start + 1_s, "ABC");
    one.flush(start + 1_s);
    CHECK(one.disk.durable_size(start + 2_s, one.log) == 3);
    CHECK(one.after_power_loss(start + 2_s) == "ABC");
}

TEST_CASE("a replacement whose flush fails changes nothing")
{
    OneFile one;
    one.replace(start, "one");
    one.disk.add_fault(start + 1_s, {.flush_errors = {1, 1}});
    CHECK(one.replace(start + 1_s, "two").error == DiskError::flush_failed);
    CHECK(one.content() == "one");
    CHECK(one.after_power_loss(start + 60_s) == "one");
}

TEST_CASE("read and write errors hit their own operations and change nothing")
{
    OneFile one;
    one.append(start, "abc");
    std::uint32_t const reads = one.disk.add_fault(start, {.read_errors = {1, 1}});
    CHECK(one.disk.read(start, one.chance, one.log, 3).error == DiskError::io_error);
    CHECK(one.append(start, "d").error == DiskError::none);
    CHECK(one.flush(start).error == DiskError::none);
    one.disk.remove_fault(start, reads);
    CHECK(one.disk.read(start, one.chance, one.log, 3).error == DiskError::none);

    one.disk.add_fault(start, {.write_errors = {1, 1}});
    CHECK(one.append(start, "e").error == DiskError::io_error);
    CHECK(one.cut(start, 0).error == DiskError::io_error);
    CHECK(one.replace(start, "e").error == DiskError::io_error);
    CHECK(one.disk.remove(start, one.chance, one.log).error == DiskError::io_error);
    CHECK(one.content() == "abcd");
    CHECK(one.flush(start).error == DiskError::none);
}

TEST_CASE("errors of a probability hit about that share of the operations")
{
    OneFile one;
    one.disk.add_fault(start, {.write_errors = {1, 4}});
    int failed = 0;
    for (int i = 0; i < 400; ++i)
        failed += one.append(start, "x").error == DiskError::io_error ? 1 : 0;
    CHECK(failed > 60);
    CHECK(failed < 140);
    CHECK(one.disk.size(one.log) == static_cast<std::uint64_t>(400 - failed));
}

TEST_CASE("a disk that is gone fails everything at once and writes nothing back")
{
    OneFile one;
    one.append(start, "abc");
    std::uint32_t const gone = one.disk.add_fault(start, {.gone = true});
    CHECK(one.append(start, "d").error == DiskError::gone);
    CHECK(one.append(start, "d").at == start);
    CHECK(one.flush(start).error == DiskError::gone);
    CHECK(one.cut(start, 0).error == DiskError::gone);
    CHECK(one.replace(start, "d").error == DiskError::gone);
    CHECK(one.disk.read(start, one.chance, one.log, 1).error == DiskError::gone);
    CHECK(one.disk.remove(start, one.chance, one.log).error == DiskError::gone);
    CHECK(one.disk.durable_size(start + 100_s, one.log) == 0);
    Disk lost = one.disk;
    Chance chance{1};
    lost.lose_power(start + 100_s, chance);
    CHECK(lost.size(one.log) == 0);

    one.disk.remove_fault(start + 100_s, gone);
    CHECK(one.content() == "abc");
    CHECK(one.disk.durable_size(start + 100_s, one.log) == 3);
}

TEST_CASE("one directory can be gone, and the files beside it are none the wiser")
{
    OneFile one;
    FileId const other = one.disk.open("d1/file");
    FileId const alike = one.disk.open("d11/file");
    one.disk.append(start, one.chance, other, text("abc"));
    std::uint32_t const gone = one.disk.add_fault(start, {.under = "d1", .gone = true});
    CHECK_FALSE(one.disk.answers(other));
    CHECK(one.disk.answers(one.log));
    CHECK(one.disk.append(start, one.chance, other, text("d")).error == DiskError::gone);
    CHECK(one.disk.flush(start, one.chance, other).error == DiskError::gone);
    CHECK(one.disk.replace(start, one.chance, other, text("d")).error == DiskError::gone);
    CHECK(one.disk.read(start, one.chance, other, 1).error == DiskError::gone);
    CHECK(one.append(start, "e").error == DiskError::none);
    CHECK(one.disk.append(start, one.chance, alike, text("f")).error == DiskError::none);
    // Nothing of it is written back, until it is there again.
    CHECK(one.disk.durable_size(start + 100_s, other) == 0);
    CHECK(one.disk.durable_size(start + 100_s, one.log) == 1);
    one.disk.settle(start + 100_s);
    one.disk.remove_fault(start + 100_s, gone);
    CHECK(one.disk.answers(other));
    CHECK(one.disk.durable_size(start + 100_s, other) == 0);
    CHECK(one.disk.durable_size(start + 200_s, other) == 3);
}

TEST_CASE("errors of a directory hit its own files")
{
    OneFile one;
    FileId const other = one.disk.open("d1/file");
    one.disk.add_fault(start, {.under = "d1", .write_errors = {1, 1}, .flush_errors = {1, 1}});
    CHECK(one.append(start, "a").error == DiskError::none);
    CHECK(one.flush(start).error == DiskError::none);
    CHECK(one.disk.append(start, one.chance, other, text("a")).error == DiskError::io_error);
    CHECK(one.disk.flush(start, one.chance, other).error == DiskError::flush_failed);
}

// -- Faults together ------------------------------------------------------------------------------

TEST_CASE("operations begun during a stall are held, and go on in order when the last stall ends")
{
    OneFile one;
    one.append(start, "abc");
    Instant const before = one.flush(start).at;
    std::uint32_t const stall = one.disk.add_fault(start, {.stalled = true});
    std::uint32_t const second = one.disk.add_fault(start, {.stalled = true});
    Completion const append = one.append(start, "def");
    Completion const flush = one.flush(start + 1_ms);
    Completion const other = one.disk.flush(start + 1_ms, one.chance, one.disk.open("other"));
    CHECK(append.at == Instant::never());
    CHECK(append.held != 0);
    CHECK(flush.at == Instant::never());
    CHECK(flush.held != append.held);
    CHECK(one.content() == "abcdef");

    // What was promised before the stall holds; nothing else becomes durable, however old.
    CHECK(one.disk.durable_size(before, one.log) == 3);
    CHECK(one.disk.durable_size(start + 100_s, one.log) == 3);

    CHECK(one.disk.remove_fault(start + 50_s, stall).empty());
    Instant const end = start + 100_s;
    std::vector<Resumed> const resumed = one.disk.remove_fault(end, second);
    REQUIRE(resumed.size() == 3);
    CHECK(resumed[0].completion.held == append.held);
    CHECK(resumed[0].completion.at == end + 10_us);
    CHECK(resumed[1].file == one.log);
    CHECK(resumed[1].completion.held == flush.held);
    CHECK(resumed[1].completion.at == end + 2_ms);
    CHECK(resumed[2].completion.held == other.held);
    CHECK(resumed[2].completion.at == end + 4_ms);
    CHECK(one.flush(end + 1_s).held == 0);
}

TEST_CASE("a power loss during a stall forgets what was held")
{
    OneFile one;
    std::uint32_t const stall = one.disk.add_fault(start, {.stalled = true});
    one.append(start, "abc");
    one.flush(start);
    CHECK(one.after_power_loss(start + 1_s).empty());
    CHECK(one.disk.remove_fault(start + 2_s, stall).empty());
    CHECK(one.after_power_loss(start + 100_s).empty());
}

TEST_CASE("what was held by a stall fails if the device is gone when it ends")
{
    OneFile one;
    std::uint32_t const stall = one.disk.add_fault(start, {.stalled = true});
    one.append(start, "abc");
    one.flush(start);
    one.disk.add_fault(start + 1_s, {.gone = true});
    std::vector<Resumed> const resumed = one.disk.remove_fault(start + 2_s, stall);
    REQUIRE(resumed.size() == 2);
    CHECK(resumed[1].completion.error == DiskError::gone);
    CHECK(one.after_power_loss(start + 100_s).empty());
}

TEST_CASE("the latest distribution and the least bandwidth of several faults count")
{
    DiskQuality quality = plain();
    quality.bandwidth = 1'000'000'000;
    OneFile one(quality);
    one.append(start, std::string(1'000, 'x'));
    std::uint32_t const a = one.disk.add_fault(start, {.read = 1_ms, .bandwidth = 1'000'000});
    std::uint32_t const b = one.disk.add_fault(start, {.read = 5_ms, .bandwidth = 2'000'000});
    CHECK(one.disk.read(start, one.chance, one.log, 1'000).at == start + 6_ms);
    one.disk.remove_fault(start, b);
    CHECK(one.disk.read(start + 1_s, one.chance, one.log, 1'000).at == start + 1_s + 2_ms);
    one.disk.remove_fault(start, a);
    CHECK(one.disk.read(start + 2_s, one.chance, one.log, 1'000).at == start + 2_s + 101_us);
    CHECK_THROWS_AS(one.disk.remove_fault(start, a), BrokenLaw);
}

// -- The backend ----------------------------------------------------------------------------------

TEST_CASE("the backend is told in the order in which things become durable")
{
    std::vector<std::string> told;
    Disk disk(HostId{4}, plain(), std::make_unique<Recorder>(told));
    Chance chance{1};
    FileId const a = disk.open("a");
    FileId const b = disk.open("b");
    FileId const c = disk.open("c");
    disk.append(start, chance, a, text("one"));
    disk.append(start, chance, a, text("two"));
    disk.append(start, chance, b, text("bee"));
    disk.replace(start + 1_s, chance, c, text("sea"));
    disk.flush(start + 2_s, chance, b);
    disk.truncate(start + 3_s, chance, a, 1);
    disk.append(start + 4_s, chance, b, text("late"));
    disk.append(start + 5_s, chance, c, text("old"));
    disk.replace(start + 6_s, chance, c, text("new"));
    disk.settle(start + 35_s);
    CHECK(told == std::vector<std::string>{
                      "4:a create",
                      "4:b create",
                      "4:c create",
                      "4:c replace sea",
                      "4:b append bee",
                      "4:c replace new",
                      "4:a append one",
                      "4:b append late",
                  });
}

TEST_CASE("a flush of any file makes the cuts and removals before it durable")
{
    Disk disk(HostId{4}, plain());
    Chance chance{1};
    FileId const log = disk.open("log");
    FileId const other = disk.open("other");
    FileId const gone = disk.open("gone");
    for (char const* word : {"one", "two", "three"})
        disk.append(start, chance, log, text(word));
    disk.append(start, chance, gone, text("gone"));
    disk.flush(start, chance, log);
    disk.flush(start, chance, gone);
    disk.append(start + 1_s, chance, log, text("four"));
    disk.truncate(start + 1_s, chance, log, 1);
    disk.append(start + 1_s, chance, log, text("new"));
    disk.remove(start + 1_s, chance, gone);
    SUBCASE("a small file that is replaced does it too")
    {
        disk.replace(start + 2_s, chance, other, text("x"));
    }
    SUBCASE("a flush") { disk.flush(start + 2_s, chance, other); }
    disk.truncate(start + 3_s, chance, log, 0);
    disk.lose_power(start + 4_s, chance, PowerLoss::lose_unsynced);
    CHECK(text_of(disk.extents(log)) == "one");
    CHECK_FALSE(disk.exists(gone));
}

TEST_CASE("a file replaced after a cut is not found new where the cut is undone")
{
    int undone = 0;
    int both = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Disk disk(HostId{4}, plain());
        Chance chance{seed};
        FileId const log = disk.open("log");
        FileId const epochs = disk.open("epochs");
        disk.append(start, chance, log, text("old"));
        disk.replace(start, chance, epochs, text("1"));
        disk.flush(start, chance, log);
        disk.truncate(start + 1_s, chance, log, 0);
        disk.replace(start + 1_s, chance, epochs, text("2"));
        disk.lose_power(start + 1_s, chance, PowerLoss::lose_random_unsynced);
        bool const is_new = text_of(disk.extents(epochs)) == "2";
        bool const is_cut = disk.extents(log).empty();
        CHECK_FALSE((is_new && !is_cut));
        undone += is_cut ? 0 : 1;
        both += is_new ? 1 : 0;
    }
    CHECK(undone > 10);
    CHECK(both > 10);
}

TEST_CASE("the disk decides the same over every backend")
{
    std::vector<std::string> told;
    DiskQuality quality = plain();
    quality.flush = Uniform{1_us, 10_ms};
    quality.power_loss = PowerLoss::torn_tail;
    Disk memory(HostId{0}, quality);
    Disk recorder(HostId{0}, quality, std::make_unique<Recorder>(told));
    Chance one{5};
    Chance two{5};
    FileId const log = memory.open("log");
    recorder.open("log");
    for (int round = 0; round < 50; ++round) {
        Instant const now = start + round * 1_s;
        Ref<Blob> const blob = text("some content");
        CHECK(memory.append(now, one, log, blob).at == recorder.append(now, two, log, blob).at);
        if (round % 7 == 3)
            CHECK(memory.flush(now, one, log).at == recorder.flush(now, two, log).at);
        if (round % 11 == 10)
            CHECK(memory.lose_power(now, one) == recorder.lose_power(now, two));
        CHECK(memory.extents(log) == recorder.extents(log));
    }
}

// -- Copies ---------------------------------------------------------------------------------------

TEST_CASE("a copy taken with a flush under way goes on as the original would, and on its own")
{
    DiskQuality quality = plain();
    quality.flush = Uniform{1_us, 10_ms};
    quality.power_loss = PowerLoss::lose_random_unsynced;
    OneFile one(quality);
    for (int i = 0; i < 20; ++i)
        one.append(start + i * 1_s, "xyz");
    one.flush(start + 20_s);
    OneFile copy = one;
    for (int i = 0; i < 5; ++i) {
        CHECK(one.append(start + 20_s, "abc").at == copy.append(start + 20_s, "abc").at);
        CHECK(one.flush(start + 20_s).at == copy.flush(start + 20_s).at);
    }
    OneFile third = copy;
    CHECK(one.after_power_loss(start + 20_s + 8_ms) == copy.after_power_loss(start + 20_s + 8_ms));
    CHECK(one.report == copy.report);

    // The third has seen no power loss.
    CHECK(third.content().size() == 75);
    CHECK(third.disk.first_difference() == std::nullopt);
    one.cut(start + 21_s, 0);
    one.flush(start + 21_s);
    one.disk.settle(start + 30_s);
    CHECK(copy.disk.durable_size(start + 30_s, copy.log) == copy.content().size());
    CHECK(copy.disk.first_difference() == std::nullopt);
    CHECK(third.disk.durable_size(start + 100_s, third.log) == 75);
}

TEST_CASE("a disk over a backend that cannot be copied says so when it is copied")
{
    std::vector<std::string> told;
    Disk disk(HostId{0}, plain(), std::make_unique<Recorder>(told));
    CHECK_FALSE(disk.backend().can_clone());
    CHECK_THROWS_AS(Disk(std::as_const(disk)), BrokenLaw);
}
