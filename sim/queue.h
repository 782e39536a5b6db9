// The events that have not happened yet, in the total order (time, seq). A multi-level bucket queue
// (a radix heap with base-128 digits of the time) under a short sorted front: taking and scheduling
// cost about the same from ten to a million pending events. After Ahuja, Mehlhorn, Orlin, Tarjan:
// Faster Algorithms for the Shortest Path Problem, 1990. Measured against a binary heap by
// tools/bench/queue_bench.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/ensure.h"
#include "sim/event.h"
#include "sim/time.h"

namespace odradek::sim {

// A value: a copy goes on independently. In steady state nothing allocates.
//
// Three laws carry it:
//
// 1. The front is sorted. Every event in a slot is at or after `end_`, every event in the front is
//    before it (or at it, if the front is the first part of a crowd of one moment). A push before
//    `end_` goes into the front.
// 2. The digit of level 0 is the lowest `unit_` bits of a time; each further level has 7 bits more.
//    An event in a slot is at the highest level at which its time differs from `base_`, in the slot
//    of that digit. So the first slot of the lowest level holds the next events, and all events of
//    one moment are in one slot.
// 3. A slot keeps the order of pushes, so equal times need no comparison of seq.
//
// When the front is empty, the first slot is sorted into it if it is short, or else spread over
// lower levels, its earliest time being the new base. `unit_` follows the density of events, so
// that most slots are sorted at once; it moves no event in the order.
class Queue {
public:
    Queue();

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

    // Schedules an event and returns the seq it got, one more than the last. `cause` is the seq of
    // the event whose handling schedules this one, 0 if none; `event.seq` and `event.cause_delta`
    // are filled in here. Not before the time of the last event taken; before a time only looked at
    // is fine.
    std::uint64_t push(Event event, std::uint64_t cause = 0)
    {
        ENSURE(event.time >= last_, "no event is scheduled before the last one taken");
        ENSURE(cause < next_seq_, "an event is scheduled after its cause");
        event.seq = next_seq_++;
        std::uint64_t const delta = cause == 0 ? 0 : event.seq - cause;
        event.cause_delta =
            delta < cause_delta_max ? static_cast<std::uint32_t>(delta) : cause_delta_max;
        ++size_;
        if (moment(event) < end_)
            insert_into_front(event);
        else
            append(event);
        return event.seq;
    }

    // The time of the next event; never() if there is none. Changes nothing.
    Instant next_time() const;

    // The next event; not on an empty queue. Valid until the next push or pop.
    Event const& peek()
    {
        ENSURE(size_ > 0, "only a queue with events is looked at");
        if (front_begin_ == front_end_)
            refill();
        return front_[front_begin_];
    }

    // Takes the next event; not on an empty queue.
    Event pop()
    {
        Event const& next = peek();
        ++front_begin_;
        --size_;
        last_ = next.time;
        return next;
    }

    // The seq that the next push gives.
    std::uint64_t next_seq() const { return next_seq_; }

    // The time of the last event taken; nothing may be scheduled before it.
    Instant last_time() const { return last_; }

private:
    static constexpr unsigned digit_bits = 7;
    static constexpr unsigned digits = 1u << digit_bits;
    static constexpr unsigned levels = 2 + (62 - 1) / digit_bits;
    static constexpr unsigned words = digits / 64;
    static constexpr std::uint32_t block_events = 16;
    static constexpr std::uint32_t batch_max = 64;  // Events sorted into the front at once.
    static constexpr std::uint32_t batch_min = 8;   // Fewer are filled up from following slots.
    static constexpr std::uint32_t front_margin = 32;
    static constexpr std::uint32_t front_capacity = batch_max + 2 * front_margin;
    static constexpr std::uint32_t no_block = UINT32_MAX;

    // A list of blocks, each full but the last.
    struct Slot {
        std::uint32_t head{0};
        std::uint32_t tail{0};
        std::uint32_t count{0};
        std::uint64_t min{UINT64_MAX};  // The earliest time in it.
    };
    struct Place {
        unsigned level;
        unsigned digit;
    };
    struct Batch;

    static std::uint64_t moment_of(Instant time) { return static_cast<std::uint64_t>(time.ns); }
    static std::uint64_t moment(Event const& event) { return moment_of(event.time); }
    Slot& slot_at(Place place) { return slots_[place.level * digits + place.digit]; }
    Slot const& slot_at(Place place) const { return slots_[place.level * digits + place.digit]; }

    void append(Event const& event)
    {
        std::uint64_t const time = moment(event);
        unsigned const top = 63u - static_cast<unsigned>(__builtin_clzll((time ^ base_) | 1));
        unsigned const level = level_of_[top];
        unsigned const digit = static_cast<unsigned>(time >> shift_of_[level]) % digits;
        Slot& slot = slots_[level * digits + digit];
        std::uint32_t const at = slot.count % block_events;
        if (at == 0)
            add_block(slot, {level, digit});
        blocks_[slot.tail * std::size_t{block_events} + at] = event;
        ++slot.count;
        slot.min = std::min(slot.min, time);
    }

    void add_block(Slot& slot, Place place);
    void grow();
    Place first_place() const;
    void leave(Place place);
    void append_all(Slot const& from);
    void take(Place place, std::uint32_t count, Batch& batch);
    void sort_into_front(Batch const& batch);
    void refill();
    void insert_into_front(Event const& event);
    void settle(std::uint64_t base, unsigned unit);
    void set_unit(unsigned unit);
    void follow_density();

    std::size_t size_{0};
    std::uint64_t next_seq_{1};
    Instant last_{};
    std::uint64_t base_{0};
    std::uint64_t end_{0};
    std::uint32_t front_begin_{front_margin};
    std::uint32_t front_end_{front_margin};
    std::uint32_t free_{no_block};  // A list through `next_`.
    std::uint32_t levels_in_use_{0};
    unsigned unit_{0};                 // log2 of the width of a slot of level 1: 1 to digit_bits.
    std::uint64_t measured_span_{0};   // Time covered by batches since `unit_` was considered last.
    std::uint64_t measured_count_{0};  // Events in those batches.
    std::array<std::uint8_t, 64> level_of_{};      // By the highest bit that differs from the base.
    std::array<std::uint8_t, levels> shift_of_{};  // Of a level: the lowest bit of its digit.
    std::array<std::array<std::uint64_t, words>, levels> digits_in_use_{};
    std::array<Slot, levels * digits> slots_{};
    std::array<Event, front_capacity> front_{};
    std::vector<Event> blocks_;
    std::vector<std::uint32_t> next_;  // Of each block, the one that follows it in its list.
};

}  // namespace odradek::sim
