// What every storage backend must do. A new one is one more row of `kinds`.
#include "sim/backend.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sim/ensure.h"
#include "sim/memory_backend.h"
#include "sim/plugin_backend.h"
#include "sim/posix_backend.h"
#include "tests/sim/text_blob.h"
#include "tests/support/temporary_directory.h"

using namespace odradek::sim;
using namespace odradek::sim::test;
using odradek::test::TemporaryDirectory;

namespace {

// A backend and the place that it needs, if it needs one.
struct Made {
    std::unique_ptr<TemporaryDirectory> directory;
    std::unique_ptr<Storage> storage;
    std::unique_ptr<Backend> backend;

    Backend* operator->() const { return backend.get(); }
    Backend& operator*() const { return *backend; }
};

Made in(std::unique_ptr<Storage> (*make)(DataDirectory directory))
{
    Made made{std::make_unique<TemporaryDirectory>(), nullptr, nullptr};
    made.storage = make(DataDirectory::create(made.directory->path(), {}));
    made.backend = made.storage->backend(HostId{3}, "broker-1");
    return made;
}

// What the build has made, below its directory; empty when the test does not know where that is.
std::string built(std::string const& path)
{
    char const* const build = std::getenv("ODRADEK_BUILD");
    std::string const file = std::string(build != nullptr ? build : "") + "/" + path;
    return build != nullptr && std::filesystem::exists(file) ? file : std::string{};
}

std::string map_backend() { return built("tests/libmap_backend.so"); }
std::string lmdb_backend() { return built("sim/backends/libodradek_lmdb.so"); }

// What is synced is the matter of posix_backend_test.cpp; here thousands of steps would wait for
// the machine's disk.
std::unique_ptr<Storage> posix(DataDirectory directory)
{
    return std::make_unique<PosixStorage>(std::move(directory),
                                          PosixStorage::Options{.sync = false});
}

// Whose limits are met at every step.
std::unique_ptr<Storage> narrow_posix(DataDirectory directory)
{
    return std::make_unique<PosixStorage>(
        std::move(directory),
        PosixStorage::Options{.sync = false, .descriptors_max = 1, .pending_max = 64});
}

struct Kind {
    char const* name;
    Made (*make)();
};

std::vector<Kind> all_kinds()
{
    std::vector<Kind> all{
        {"memory",
         [] {
             return Made{nullptr, nullptr, std::make_unique<MemoryBackend>()};
         }},
        {"posix", [] { return in(posix); }},
        {"posix", [] { return in(narrow_posix); }},
    };
    if (!map_backend().empty())
        all.push_back({"map", [] {
                           return in([](DataDirectory directory) -> std::unique_ptr<Storage> {
                               return std::make_unique<PluginStorage>(load_backend(map_backend()),
                                                                      std::move(directory), true);
                           });
                       }});
    if (!lmdb_backend().empty())
        all.push_back({"lmdb", [] {
                           return in([](DataDirectory directory) -> std::unique_ptr<Storage> {
                               return std::make_unique<PluginStorage>(load_backend(lmdb_backend()),
                                                                      std::move(directory), false);
                           });
                       }});
    return all;
}

std::vector<Kind> const kinds = all_kinds();

FileName const orders{HostId{3}, FileId{0}, "orders/0.log"};
FileName const offsets{HostId{3}, FileId{1}, "offsets"};

Extent whole(std::string content)
{
    std::uint64_t const bytes = content.size();
    return {text(std::move(content)), bytes};
}

std::string content(Backend const& backend, FileName const& file)
{
    std::string bytes;
    backend.read(file, bytes);
    return bytes;
}

}  // namespace

TEST_CASE("a backend says its name and is well at first")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        CHECK(backend->name() == kind.name);
        CHECK(backend->failure().empty());
    }
}

TEST_CASE("a file exists from its creation on and is empty")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        CHECK_FALSE(backend->exists(orders));
        CHECK(backend->size(orders) == 0);
        backend->create(offsets);
        CHECK(backend->exists(offsets));
        CHECK_FALSE(backend->exists(orders));
        CHECK(content(*backend, offsets).empty());
    }
}

TEST_CASE("extents follow each other, and files do not mix")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->create(offsets);
        backend->append(orders, whole("abc"));
        backend->append(offsets, whole("1"));
        backend->append(orders, whole("defg"));
        CHECK(content(*backend, orders) == "abcdefg");
        CHECK(backend->size(orders) == 7);
        CHECK(content(*backend, offsets) == "1");
    }
}

TEST_CASE("reading adds to what the caller already has")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->append(orders, whole("abc"));
        std::string bytes = "before ";
        backend->read(orders, bytes);
        CHECK(bytes == "before abc");
    }
}

TEST_CASE("bytes may have any value")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        std::string every;
        for (int byte = 0; byte < 256; ++byte)
            every += static_cast<char>(byte);
        backend->create(orders);
        backend->append(orders, whole(every));
        CHECK(content(*backend, orders) == every);
    }
}

TEST_CASE("a torn extent takes its full length, with zeros for what is missing")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->append(orders, whole("abc"));
        backend->append(orders, {text("defg"), 2});
        backend->append(orders, {text("hi"), 0});
        backend->append(orders, whole("jk"));
        CHECK(content(*backend, orders) == std::string("abcde\0\0\0\0jk", 11));
        CHECK(backend->size(orders) == 11);

        // Cut in front of the torn ones and written anew: nothing of them is left.
        backend->truncate(orders, 1, 3);
        backend->append(orders, whole("DEFG"));
        CHECK(content(*backend, orders) == "abcDEFG");
    }
}

TEST_CASE("a cut file ends where it was cut and can grow again")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->append(orders, whole("abc"));
        backend->append(orders, whole("defg"));
        backend->append(orders, whole("hi"));
        backend->truncate(orders, 1, 3);
        CHECK(content(*backend, orders) == "abc");
        CHECK(backend->size(orders) == 3);
        backend->append(orders, whole("XY"));
        CHECK(content(*backend, orders) == "abcXY");
        backend->truncate(orders, 0, 0);
        CHECK(backend->exists(orders));
        CHECK(backend->size(orders) == 0);
    }
}

TEST_CASE("a replacement leaves nothing of the old content")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(offsets);
        backend->replace(offsets, whole("first, and long"));
        backend->append(offsets, {text("torn"), 1});
        backend->replace(offsets, whole("second"));
        CHECK(content(*backend, offsets) == "second");
        CHECK(backend->size(offsets) == 6);
        backend->append(offsets, whole("+"));
        CHECK(content(*backend, offsets) == "second+");
    }
}

TEST_CASE("a removed file is gone and can be created again, empty")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->append(orders, {text("abc"), 1});
        backend->remove(orders);
        CHECK_FALSE(backend->exists(orders));
        CHECK(backend->size(orders) == 0);
        CHECK(content(*backend, orders).empty());
        backend->create(orders);
        CHECK(backend->exists(orders));
        backend->append(orders, whole("xyz"));
        CHECK(content(*backend, orders) == "xyz");
    }
}

TEST_CASE("a renamed file keeps its content, and its old path is free")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->append(orders, whole("abc"));
        backend->settled(Instant{1}, Backend::Why::flushed);
        backend->rename(orders, "orders.deleted/0.log");
        FileName const renamed{orders.host, orders.file, "orders.deleted/0.log"};
        FileName const another{HostId{3}, FileId{2}, orders.path};
        backend->create(another);
        backend->append(another, whole("new"));
        backend->append(renamed, whole("d"));
        CHECK(content(*backend, renamed) == "abcd");
        CHECK(content(*backend, another) == "new");
        backend->settled(Instant{2}, Backend::Why::flushed);
        backend->remove(renamed);
        backend->settled(Instant{3}, Backend::Why::flushed);
        CHECK(content(*backend, another) == "new");
        CHECK_FALSE(backend->exists(renamed));
    }
}

TEST_CASE("the clone of a backend goes its own way, or there is none")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        auto const backend = kind.make();
        backend->create(orders);
        backend->append(orders, whole("abc"));
        backend->append(orders, {text("def"), 1});
        auto const clone = backend->clone();
        CHECK((clone != nullptr) == backend->can_clone());
        if (clone == nullptr)
            continue;
        CHECK(clone->name() == backend->name());
        CHECK(content(*clone, orders) == content(*backend, orders));
        clone->truncate(orders, 0, 0);
        clone->create(offsets);
        backend->append(orders, whole("g"));
        CHECK(content(*clone, orders).empty());
        CHECK(content(*backend, orders) == std::string("abcd\0\0g", 7));
        CHECK_FALSE(backend->exists(offsets));
    }
}

TEST_CASE("the memory backend makes no bytes and copies no blob")
{
    MemoryBackend backend;
    backend.create(orders);
    Ref<Blob> const blob = text("abc");
    backend.append(orders, {blob, 3});
    backend.append(orders, {blob, 1});
    CHECK(backend.extents(orders) == std::vector<Extent>{{blob, 3}, {blob, 1}});
}

TEST_CASE("the memory backend is told only of files that exist")
{
    MemoryBackend backend;
    CHECK_THROWS_AS(backend.append(orders, whole("abc")), BrokenLaw);
    backend.create(orders);
    CHECK_THROWS_AS(backend.create(orders), BrokenLaw);
    CHECK_THROWS_AS(backend.truncate(orders, 1, 3), BrokenLaw);
}

namespace {

// A row of numbers, the same everywhere.
class Numbers {
public:
    explicit Numbers(std::uint64_t seed) : state_(seed) {}
    std::uint64_t below(std::uint64_t n)
    {
        state_ = state_ * 6364136223846793005 + 1442695040888963407;
        return (state_ >> 33) % n;
    }

private:
    std::uint64_t state_;
};

// The same random changes, told to a memory backend and to another one.
struct Twins {
    Twins(Kind const& kind, std::uint64_t seed) : other(kind.make()), numbers(seed) {}

    static constexpr std::uint32_t files = 5;

    template <class Change>
    void both(std::uint32_t file, Change change)
    {
        std::string const name = paths[file];
        change(static_cast<Backend&>(memory), FileName{HostId{3}, FileId{file}, name});
        change(*other, FileName{HostId{3}, FileId{file}, name});
    }

    Extent extent()
    {
        std::string content(numbers.below(4) == 0 ? numbers.below(9000) : numbers.below(40), '\0');
        for (char& byte : content)
            byte = static_cast<char>(numbers.below(256));
        std::uint64_t const valid =
            numbers.below(5) == 0 ? numbers.below(content.size() + 1) : content.size();
        return {text(std::move(content)), valid};
    }

    void step()
    {
        auto const file = static_cast<std::uint32_t>(numbers.below(files));
        FileName const name{HostId{3}, FileId{file}, {}};
        if (!memory.exists(name)) {
            both(file, [](Backend& backend, FileName const& is) { backend.create(is); });
            return;
        }
        std::uint64_t const what = numbers.below(20);
        if (what < 12) {
            Extent const more = extent();
            both(file, [&](Backend& backend, FileName const& is) { backend.append(is, more); });
        } else if (what < 15) {
            std::vector<Extent> const has = memory.extents(name);
            std::size_t const kept = numbers.below(has.size() + 1);
            std::uint64_t bytes = 0;
            for (std::size_t i = 0; i < kept; ++i)
                bytes += has[i].blob->size();
            both(file,
                 [&](Backend& backend, FileName const& is) { backend.truncate(is, kept, bytes); });
        } else if (what < 16) {
            std::string const path = "d1/" + std::to_string(renamed++);
            both(file, [&](Backend& backend, FileName const& is) { backend.rename(is, path); });
            paths[file] = path;
        } else if (what < 18) {
            Extent const content = extent();
            both(file, [&](Backend& backend, FileName const& is) { backend.replace(is, content); });
        } else {
            both(file, [](Backend& backend, FileName const& is) { backend.remove(is); });
        }
    }

    void settle()
    {
        now = now + Duration{1000};
        other->settled(now, Backend::Why::flushed);
    }

    bool agree() const
    {
        for (std::uint32_t file = 0; file < files; ++file) {
            FileName const name{HostId{3}, FileId{file}, {}};
            if (memory.exists(name) != other->exists(name) ||
                memory.size(name) != other->size(name) ||
                content(memory, name) != content(*other, name))
                return false;
        }
        return true;
    }

    std::string paths[files] = {"t-0/0.log", "t-0/1.log", "t-1/0.log", "t-1/1.log", "offsets"};
    int renamed{0};
    MemoryBackend memory;
    Made other;
    Numbers numbers;
    Instant now{};
};

}  // namespace

TEST_CASE("after any row of changes a backend answers as memory does, byte for byte")
{
    for (Kind const& kind : kinds) {
        CAPTURE(kind.name);
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            CAPTURE(seed);
            Twins twins(kind, seed);
            for (int step = 0; step < 250; ++step) {
                twins.step();
                if (twins.numbers.below(4) == 0)
                    twins.settle();
                if (twins.numbers.below(10) == 0)
                    REQUIRE(twins.agree());
            }
            twins.settle();
            CHECK(twins.agree());
            CHECK(twins.other->failure().empty());
        }
    }
}

TEST_CASE("the shared libraries of this build were tested too")
{
    // Run by hand, the test does not know where they are.
    if (std::getenv("ODRADEK_BUILD") != nullptr)
        CHECK_FALSE(map_backend().empty());
}

TEST_CASE("a library that is no backend of this version is refused with the reason")
{
    if (map_backend().empty())
        return;
    auto const why = [](std::string const& library) {
        try {
            load_backend(library);
        } catch (StorageError const& error) {
            return error.message;
        }
        return std::string("it was taken");
    };
    auto const of = [&](std::string const& kind) { return why(built("tests/lib" + kind + ".so")); };
    CHECK(why("/nowhere/lib.so") == "does not exist");
    CHECK(why(built("build.ninja")).starts_with("cannot be loaded: "));
    CHECK(of("map_backend_nameless") ==
          "is no storage backend: it has no function odradek_backend_entry");
    CHECK(of("map_backend_of_old") ==
          "does not offer version 1 of the interface, the only one that this build knows");
    CHECK(of("map_backend_of_new") ==
          "offers version 2 of the interface; this build knows version 1");
    CHECK(of("map_backend_short") == "has a table of 24 bytes; version 1 has 120");
    CHECK(why(map_backend()) == "it was taken");
}

TEST_CASE("a library that cannot use its directory says why")
{
    if (map_backend().empty())
        return;
    TemporaryDirectory const directory;
    std::string why;
    try {
        PluginStorage const storage(load_backend(map_backend()),
                                    DataDirectory::create(directory / "refused", {}), true);
    } catch (StorageError const& error) {
        why = error.message;
    }
    CHECK(why == "cannot be used by the backend map: it is refused");
}

TEST_CASE("when a library fails the reason is kept, and nothing more is told")
{
    if (map_backend().empty())
        return;
    TemporaryDirectory const directory;
    PluginStorage storage(load_backend(built("tests/libmap_backend_full.so")),
                          DataDirectory::create(directory / "d", {}), true);
    auto const backend = storage.backend(HostId{3}, "broker-1");
    backend->create(orders);
    backend->append(orders, whole("abc"));
    CHECK(backend->failure().empty());
    backend->append(orders, whole(std::string(2000, 'x')));
    CHECK(storage.failure() == directory / "d: map: the map is full");
    backend->append(orders, whole("def"));
    CHECK(content(*backend, orders) == "abc");
}
