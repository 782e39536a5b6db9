// What is under way on connections, in lists that share one pool: a network in steady state
// allocates nothing. Places instead of pointers, so that a copy of the pool is the same pool.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/time.h"

namespace odradek::sim {

struct Segment {
    static constexpr std::uint32_t no_handle = 0xffffffff;

    enum class Kind : std::uint8_t {
        syn,
        syn_ack,
        refusal,  // Nobody listens.
        reset,    // An answer from a host that does not know the connection.
        message,
        breaking,  // A message in whose place both ends see a reset.
        doomed,    // A message that the sender gives up to retransmit at `arrival`.
        fin,
    } kind{};
    std::int32_t correlation{0};
    std::uint32_t handle{no_handle};
    std::uint32_t next{0};  // The place behind it in its list.
    Instant departure;      // The process hands it to its kernel.
    Instant left;           // It is on the wire, for the last time.
    Instant arrival;
    std::uint64_t event{0};  // Of its arrival; orders what a hold keeps.
};

// First in, first out.
struct SegmentList {
    static constexpr std::uint32_t nil = 0xffffffff;

    std::uint32_t first{nil};
    std::uint32_t last{nil};

    bool empty() const { return first == nil; }
};

class Segments {
public:
    Segment& operator[](std::uint32_t place) { return pool_[place]; }
    Segment const& operator[](std::uint32_t place) const { return pool_[place]; }

    // A place for the segment, in no list yet.
    std::uint32_t add(Segment const& segment)
    {
        if (free_ == SegmentList::nil) {
            pool_.push_back(segment);
            return static_cast<std::uint32_t>(pool_.size() - 1);
        }
        std::uint32_t const place = std::exchange(free_, pool_[free_].next);
        pool_[place] = segment;
        return place;
    }
    void append(SegmentList& list, std::uint32_t place)
    {
        pool_[place].next = SegmentList::nil;
        if (list.empty())
            list.first = place;
        else
            pool_[list.last].next = place;
        list.last = place;
    }
    std::uint32_t pop(SegmentList& list)
    {
        return std::exchange(list.first, pool_[list.first].next);
    }
    // Gives the place back; its message, if any, has arrived.
    void free(std::uint32_t place) { pool_[place].next = std::exchange(free_, place); }
    // Gives the place back; its message will never arrive.
    void drop(std::uint32_t place)
    {
        if (pool_[place].handle != Segment::no_handle)
            dropped_.push_back(pool_[place].handle);
        free(place);
    }
    void drop_all(SegmentList& list)
    {
        while (!list.empty())
            drop(pop(list));
    }
    // Drops all from the first for which `is_cut` holds; true if there was one.
    template <class IsCut>
    bool cut(SegmentList& list, IsCut is_cut)
    {
        SegmentList kept;
        while (!list.empty() && !is_cut(pool_[list.first]))
            append(kept, pop(list));
        bool const has_cut = !list.empty();
        drop_all(list);
        list = kept;
        return has_cut;
    }

    // Handles of what was dropped since somebody emptied it.
    std::vector<std::uint32_t>& dropped() { return dropped_; }
    std::vector<std::uint32_t> const& dropped() const { return dropped_; }

private:
    std::vector<Segment> pool_;
    std::uint32_t free_{SegmentList::nil};  // A list through Segment::next.
    std::vector<std::uint32_t> dropped_;
};

}  // namespace odradek::sim
