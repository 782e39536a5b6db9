// What a killed process leaves is told from what only damage leaves.
#include "sim/posix_verify.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "sim/posix_backend.h"
#include "sim/posix_journal.h"
#include "tests/sim/text_blob.h"
#include "tests/support/temporary_directory.h"

using namespace odradek::sim;
using namespace odradek::sim::test;
using odradek::test::TemporaryDirectory;

namespace {

namespace fs = std::filesystem;

FileName name(std::uint32_t file, std::string_view path = {})
{
    return {HostId{0}, FileId{file}, path};
}

Extent whole(std::string content)
{
    std::uint64_t const bytes = content.size();
    return {text(std::move(content)), bytes};
}

std::string bytes_of(std::string const& path)
{
    std::string bytes;
    REQUIRE(read_whole_file(path, bytes));
    return bytes;
}

void put(std::string const& path, std::string const& content)
{
    std::ofstream(path, std::ios::binary) << content;
}

// Three steps: files are made and filled; one is cut, one replaced, one removed; one grows.
struct Left {
    explicit Left(bool in_order = true)
    {
        PosixStorage storage(DataDirectory::create(path, {{"backend", "posix"}}), {});
        auto const backend = storage.backend(HostId{0}, "b");
        backend->create(name(0, "t/log"));
        backend->create(name(1, "offsets"));
        backend->create(name(2, "old"));
        backend->append(name(0), whole("abc"));
        backend->append(name(0), whole("defg"));
        backend->settled(Instant{10}, Backend::Why::flushed);
        backend->truncate(name(0), 1, 3);
        backend->replace(name(1), whole("first"));
        backend->remove(name(2));
        backend->settled(Instant{20}, Backend::Why::flushed);
        before_last = bytes_of(path + "/odradek.journal").size();
        backend->append(name(0), whole("hijkl"));
        backend->append(name(0), whole("mn"));
        backend->settled(Instant{30}, Backend::Why::flushed);
        if (in_order)
            storage.finish(Instant{40});
    }

    DataReport report() const { return verify_data(DataDirectory::open(path)); }

    TemporaryDirectory directory;
    std::string path{directory / "data"};
    std::size_t before_last{0};  // Bytes of the journal before its last step.
};

}  // namespace

TEST_CASE("a run that ended in order is good and says how far it came")
{
    Left const left;
    DataReport const report = left.report();
    CHECK(report.good());
    CHECK(report.closed);
    CHECK(report.steps == 3);
    CHECK(report.now == Instant{40});
    CHECK(report.partial.empty());
    CHECK(report.paths == std::vector<std::string>{"b/offsets", "b/t/log"});
    CHECK(report.bytes == 15);
}

TEST_CASE("a run that was killed between two steps is whole to the last")
{
    Left const left(false);
    DataReport const report = left.report();
    CHECK(report.good());
    CHECK_FALSE(report.closed);
    CHECK(report.steps == 3);
    CHECK(report.now == Instant{30});
}

TEST_CASE("a run that was killed inside a step is whole to the one before, and the rest is told")
{
    Left const left(false);
    std::string const log = left.path + "/b/t/log";
    struct Case {
        std::string content;
        std::string partial;
    };
    for (Case const& is : {Case{"abc", "0 of 2 changes"},
                           Case{"abchi", "0 of 2 changes, and 2 of 5 bytes of the next"},
                           Case{"abchijkl", "1 of 2 changes"},
                           Case{"abchijklm", "1 of 2 changes, and 1 of 2 bytes of the next"}}) {
        CAPTURE(is.content);
        put(log, is.content);
        DataReport const report = left.report();
        CHECK(report.good());
        CHECK(report.steps == 2);
        CHECK(report.now == Instant{20});
        REQUIRE(report.partial.size() == 1);
        CHECK(report.partial[0].path == "b/t/log");
        CHECK(report.partial[0].what == is.partial);
    }
    // The journal itself was cut: the step has not begun.
    std::string const journal = bytes_of(left.path + "/odradek.journal");
    for (std::size_t cut = left.before_last; cut < journal.size(); ++cut) {
        put(left.path + "/odradek.journal", journal.substr(0, cut));
        put(log, "abc");
        DataReport const report = left.report();
        CHECK(report.good());
        CHECK(report.steps == 2);
        CHECK(report.cut_entry == cut - left.before_last);
    }
}

TEST_CASE("what no killed process leaves is damage")
{
    auto const damage = [](auto harm) {
        Left const left;
        harm(left.path);
        DataReport const report = left.report();
        CHECK(report.good() == report.damaged.empty());
        std::string text;
        for (DataReport::Remark const& remark : report.damaged)
            text += remark.path + ": " + remark.what + "\n";
        return text;
    };
    CHECK(damage([](std::string const& path) { put(path + "/b/t/log", "abchijKlmn"); }) ==
          "b/t/log: bytes 3 to 8 are not what was written\n");
    CHECK(damage([](std::string const& path) { put(path + "/b/t/log", "abchijklm"); }) ==
          "b/t/log: ends at byte 9 of 10\n");
    CHECK(damage([](std::string const& path) { put(path + "/b/t/log", "abchijklmno"); }) ==
          "b/t/log: has 11 bytes and must have 10\n");
    CHECK(damage([](std::string const& path) { fs::remove(path + "/b/offsets"); }) ==
          "b/offsets: is missing\n");
    CHECK(damage([](std::string const& path) { put(path + "/b/old", ""); }) ==
          "b/old: is there and must not be\n");
    CHECK(damage([](std::string const& path) { put(path + "/b/new", ""); }) ==
          "b/new: is not in the journal\n");
    CHECK(damage([](std::string const& path) {
              std::ofstream(path + "/odradek.journal", std::ios::app) << "more";
          }).starts_with("odradek.journal: bytes "));
}

TEST_CASE("one bit of the journal that is wrong ends what is believed of it")
{
    Left const left;
    std::string const journal = bytes_of(left.path + "/odradek.journal");
    JournalReader whole_reader(journal);
    std::uint64_t entries = 0;
    while (whole_reader.next())
        ++entries;
    CHECK(whole_reader.unread() == 0);
    for (std::size_t bit = 0; bit < journal.size() * 8; bit += 3) {
        std::string wrong = journal;
        wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
        JournalReader reader(wrong);
        while (reader.next()) {
        }
        CHECK(reader.entries() < entries);
        CHECK(reader.position() <= bit / 8);
    }
}
