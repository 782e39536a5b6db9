// A program of its own, because it counts every allocation: in steady state the engine makes none.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <doctest/doctest.h>

#include "tests/support/token_ring.h"

namespace {
std::uint64_t allocations = 0;

void* allocate(std::size_t size)
{
    ++allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace odradek::sim {
namespace {

using namespace literals;

TEST_CASE("in steady state 100,000 events allocate nothing")
{
    // No laps on disk: a file that grows is not a steady state.
    ring::Engine engine = ring::build(1, 7, {.persists = false, .hold = 50_us},
                                      {.latency = Lognormal{200_us, 2_ms}, .loss = {1, 100}});
    CHECK(allocations > 0);
    engine.run({.events = 100'000});
    std::uint64_t const before = allocations;
    CHECK(engine.run({.events = 100'000}) == Stop::events_used_up);
    CHECK(allocations - before == 0);
    CHECK(engine.process(NodeId{0}).lap() > 5'000);
}

}  // namespace
}  // namespace odradek::sim
