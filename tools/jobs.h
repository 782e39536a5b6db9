// Many runs at a time, and still everything in order.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace odradek::cli {

// Calls `work(i)` for i in [0, count) on `workers` threads, and `done(i)` on this thread in the
// order of i, each after its work. `tick()` is called on this thread now and then. When `stop` is
// set no more work is begun; what was begun is finished, and `done` is called up to the first that
// was not begun. Returns how many were done. An exception from `work` is passed on to the caller.
std::size_t in_order(std::size_t count, unsigned workers,
                     std::function<void(std::size_t)> const& work,
                     std::function<void(std::size_t)> const& done,
                     std::function<void()> const& tick, std::atomic<bool> const& stop);

}  // namespace odradek::cli
