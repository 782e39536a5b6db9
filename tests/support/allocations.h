// Counts what operator new hands out, for tests that promise steady state allocates nothing.
#pragma once

#include <cstdint>

namespace odradek::test {

// Allocations of this program so far.
std::uint64_t allocations();

}  // namespace odradek::test
