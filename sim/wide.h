// 128-bit integers for products that do not fit in 64 bits; both compilers have them on every
// 64-bit machine.
#pragma once

namespace odradek::sim {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 UnsignedWide;

}  // namespace odradek::sim
