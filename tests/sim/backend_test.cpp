// What every storage backend must do. A new one is one more row of `kinds`.
#include "sim/backend.h"

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "sim/ensure.h"
#include "sim/memory_backend.h"
#include "tests/sim/text_blob.h"

using namespace odradek::sim;
using namespace odradek::sim::test;

namespace {

struct Kind {
    char const* name;
    std::unique_ptr<Backend> (*make)();
};

Kind const kinds[] = {
    {"memory", [] { return std::unique_ptr<Backend>(std::make_unique<MemoryBackend>()); }},
};

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
