// What both purgatories need: entries that are named safely after they are gone, lists of who waits for a
// partition, and one timer for all deadlines.
// Source: kafka.server.DelayedOperationPurgatory; unlike Kafka's, nothing is ever purged by a reaper:
// what is over is dropped where it is met.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "model/out.h"

namespace odradek::kafka {

// Names one entry of a Slab; stays harmless after the entry is gone.
struct WaitId {
    std::uint32_t index{0};
    std::uint32_t generation{0};

    bool operator==(WaitId const&) const = default;
};

// Entries in one vector; a freed place is used again, its room kept.
template <class T>
class Slab {
public:
    WaitId add()
    {
        ++size_;
        if (free_.empty()) {
            entries_.emplace_back();
            return {static_cast<std::uint32_t>(entries_.size() - 1), entries_.back().generation};
        }
        std::uint32_t const index = free_.back();
        free_.pop_back();
        return {index, entries_[index].generation};
    }
    T& operator[](WaitId id) { return entries_[id.index].value; }
    // Null when it is gone.
    T* find(WaitId id)
    {
        Entry& entry = entries_[id.index];
        return entry.generation == id.generation ? &entry.value : nullptr;
    }
    void remove(WaitId id)
    {
        --size_;
        ++entries_[id.index].generation;
        free_.push_back(id.index);
    }
    std::size_t size() const { return size_; }

private:
    struct Entry {
        T value{};
        std::uint32_t generation{0};
    };
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> free_;
    std::size_t size_{0};
};

// A queue in ascending order of `key`, into which nearly everything comes at the end.
template <class T, auto Key>
class SortedFifo {
public:
    bool empty() const { return first_ == items_.size(); }
    T const& front() const { return items_[first_]; }
    void add(T item)
    {
        auto const begin = items_.begin() + static_cast<std::ptrdiff_t>(first_);
        auto place = items_.end();
        while (place != begin && item.*Key < (*std::prev(place)).*Key)
            --place;
        items_.insert(place, std::move(item));
    }
    void pop()
    {
        if (++first_ == items_.size()) {
            items_.clear();
            first_ = 0;
        } else if (first_ >= 64 && first_ * 2 >= items_.size()) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
    }

private:
    std::vector<T> items_;
    std::size_t first_{0};  // Those before it have been taken out.
};

// Deadlines, served by one timer. It is armed for the first of them and may come for one that is gone.
class Deadlines {
public:
    explicit Deadlines(TimerKind kind) : kind_(kind) {}

    void add(Env const& env, Instant at, WaitId id, Out& out)
    {
        entries_.add({at, id});
        arm(env, out);
    }
    // The next entry that is due; false when none is.
    bool take_due(Env const& env, WaitId& id)
    {
        if (entries_.empty() || env.now < entries_.front().at)
            return false;
        id = entries_.front().id;
        entries_.pop();
        return true;
    }
    // Forgets what is gone at the front.
    template <class T>
    void drop_gone(Slab<T>& slab)
    {
        while (!entries_.empty() && slab.find(entries_.front().id) == nullptr)
            entries_.pop();
    }
    void on_timer(Env const& env, Out& out)
    {
        armed_ = Instant::never();
        arm(env, out);
    }

private:
    struct Entry {
        Instant at;
        WaitId id;
    };
    void arm(Env const& env, Out& out)
    {
        if (entries_.empty() || entries_.front().at >= armed_)
            return;
        armed_ = entries_.front().at;
        out.arm(timer(kind_), armed_ - env.now);
    }

    TimerKind kind_;
    SortedFifo<Entry, &Entry::at> entries_;
    Instant armed_{Instant::never()};
};

}  // namespace odradek::kafka
