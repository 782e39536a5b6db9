// The timers of one process. Arming again only moves the deadline: the event already in the agenda
// is kept when it comes early enough and is put back when it comes, so a deadline that is pushed
// away again and again costs nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/node.h"
#include "sim/time.h"

namespace odradek::sim {

class Timers {
public:
    struct Slot {
        Timer timer;
        bool armed{false};
        bool pending{false};  // An event with this generation is in the agenda ...
        std::uint32_t generation{0};
        Instant scheduled;  // ... for this moment of world time.
        Instant deadline;   // On the process's own clock.
    };

    // The slot of a timer, made if it is new. Slots keep their number.
    std::uint32_t slot_of(Timer timer)
    {
        std::uint64_t const key = key_of(timer);
        auto const at = place_of(key);
        if (at != index_.end() && at->key == key)
            return at->slot;
        std::uint32_t const slot = static_cast<std::uint32_t>(slots_.size());
        index_.insert(at, Entry{key, slot});
        slots_.push_back(Slot{});
        slots_.back().timer = timer;
        return slot;
    }
    void cancel(Timer timer)
    {
        std::optional<std::uint32_t> const slot = find(timer);
        if (slot)
            slots_[*slot].armed = false;
    }
    Slot& operator[](std::uint32_t slot) { return slots_[slot]; }
    std::size_t size() const { return slots_.size(); }
    // The process is gone: no event of it counts any more.
    void forget_all()
    {
        for (Slot& slot : slots_) {
            slot.armed = false;
            slot.pending = false;
            ++slot.generation;
        }
    }

private:
    struct Entry {
        std::uint64_t key;
        std::uint32_t slot;
    };
    std::vector<Entry>::const_iterator place_of(std::uint64_t key) const
    {
        return std::lower_bound(index_.begin(), index_.end(), key,
                                [](Entry const& entry, std::uint64_t k) { return entry.key < k; });
    }
    std::optional<std::uint32_t> find(Timer timer) const
    {
        std::uint64_t const key = key_of(timer);
        auto const at = place_of(key);
        if (at == index_.end() || at->key != key)
            return std::nullopt;
        return at->slot;
    }
    static std::uint64_t key_of(Timer timer)
    {
        return std::uint64_t{timer.kind} << 32 | timer.index;
    }
    std::vector<Entry> index_;  // By key.
    std::vector<Slot> slots_;
};

}  // namespace odradek::sim
