#include "tests/support/allocations.h"

#include <cstdlib>
#include <new>

namespace {

std::uint64_t count = 0;

void* take(std::size_t size)
{
    ++count;
    if (void* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}

}  // namespace

namespace odradek::test {

std::uint64_t allocations() { return count; }

}  // namespace odradek::test

void* operator new(std::size_t size) { return take(size); }

void* operator new[](std::size_t size) { return take(size); }

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete[](void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
