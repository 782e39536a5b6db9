// Content that no process wrote: what a disk shows instead of it.
#pragma once

#include <cstdint>

#include "sim/extent.h"

namespace odradek::sim {

// The extent with one bit turned over, counted from its first byte. `valid` ends there at the
// latest.
Extent with_rotten_bit(Extent const& extent, std::uint64_t bit);

// The first bytes of an append that was cut short because the disk was full: an extent of its own,
// as long as what is there.
Ref<Blob> front_of(Ref<Blob> const& blob, std::uint64_t bytes);

// What was written, where a disk shows something else; else the blob itself.
Ref<Blob> const& as_written(Ref<Blob> const& blob);

}  // namespace odradek::sim
