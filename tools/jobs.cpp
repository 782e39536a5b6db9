#include "tools/jobs.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace odradek::cli {

namespace {

struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t next{0};             // To be begun.
    std::size_t delivered{0};        // Told to `done`.
    std::set<std::size_t> finished;  // And not delivered yet.
    unsigned working{0};
    std::exception_ptr failure;
};

}  // namespace

std::size_t in_order(std::size_t count, unsigned workers,
                     std::function<void(std::size_t)> const& work,
                     std::function<void(std::size_t)> const& done,
                     std::function<void()> const& tick, std::atomic<bool> const& stop)
{
    Shared shared;
    // A story waits in memory for its turn, so nobody runs far ahead of the slowest.
    std::size_t const lead = std::size_t{workers} * 4;
    auto const labour = [&] {
        std::unique_lock lock(shared.mutex);
        for (;;) {
            shared.changed.wait(lock, [&] {
                return shared.next >= count || stop || shared.failure ||
                       shared.next < shared.delivered + lead;
            });
            if (shared.next >= count || stop || shared.failure)
                break;
            std::size_t const mine = shared.next++;
            lock.unlock();
            std::exception_ptr failure;
            try {
                work(mine);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            if (failure && !shared.failure)
                shared.failure = failure;
            shared.finished.insert(mine);
            shared.changed.notify_all();
        }
        --shared.working;
        shared.changed.notify_all();
    };
    shared.working = static_cast<unsigned>(std::min<std::size_t>(std::max(workers, 1U), count));
    std::vector<std::thread> threads;
    for (unsigned i = shared.working; i != 0; --i)
        threads.emplace_back(labour);

    std::unique_lock lock(shared.mutex);
    for (;;) {
        while (!shared.failure && shared.finished.erase(shared.delivered) != 0) {
            std::size_t const index = shared.delivered;
            lock.unlock();
            std::exception_ptr failure;
            try {
                done(index);
            } catch (...) {
                failure = std::current_exception();
            }
            lock.lock();
            if (failure && !shared.failure)
                shared.failure = failure;
            ++shared.delivered;
            shared.changed.notify_all();
        }
        if (shared.working == 0 && (shared.failure || shared.finished.count(shared.delivered) == 0))
            break;
        shared.changed.wait_for(lock, std::chrono::milliseconds(100));
        lock.unlock();
        tick();
        lock.lock();
        // A worker that waits for room must see an interrupt too.
        if (stop)
            shared.changed.notify_all();
    }
    lock.unlock();
    for (std::thread& thread : threads)
        thread.join();
    if (shared.failure)
        std::rethrow_exception(shared.failure);
    return shared.delivered;
}

}  // namespace odradek::cli
