#include "sim/queue.h"

#include <algorithm>

namespace odradek::sim {
namespace {

using Lanes = std::int32_t __attribute__((vector_size(16)));

// Times whose difference fits here sort by 31-bit keys.
constexpr unsigned narrow_bits = 25;

}  // namespace

Queue::Queue() = default;

Instant Queue::next_time() const
{
    if (front_begin_ != front_end_)
        return front_[front_begin_].time;
    if (levels_in_use_ == 0)
        return Instant::never();
    unsigned const level = static_cast<unsigned>(__builtin_ctz(levels_in_use_));
    unsigned const digit = static_cast<unsigned>(__builtin_ctzll(digits_in_use_[level]));
    return {static_cast<std::int64_t>(slots_[level * digits + digit].min)};
}

void Queue::grow()
{
    std::uint32_t const old_count = static_cast<std::uint32_t>(next_.size());
    std::uint32_t const count = std::max<std::uint32_t>(16, old_count * 2);
    ENSURE(old_count < (1u << 31), "at most 2^31 blocks of events are pending");
    blocks_.resize(std::size_t{count} * block_events);
    next_.resize(count);
    for (std::uint32_t block = old_count; block < count; ++block)
        next_[block] = block + 1 < count ? block + 1 : no_block;
    free_ = old_count;
}

void Queue::add_block(Slot& slot, unsigned level, unsigned digit)
{
    if (free_ == no_block)
        grow();
    std::uint32_t const block = free_;
    free_ = next_[block];
    if (slot.count == 0) {
        slot.head = block;
        slot.min = UINT64_MAX;
        digits_in_use_[level] |= std::uint64_t{1} << digit;
        levels_in_use_ |= 1u << level;
    } else {
        next_[slot.tail] = block;
    }
    slot.tail = block;
}

// Every event of the slot goes to a lower level. The earliest time becomes the base, so that events
// of that very moment fall through to the lowest level at once.
void Queue::spread(unsigned level, unsigned digit)
{
    Slot const from = slots_[level * digits + digit];
    slots_[level * digits + digit].count = 0;
    digits_in_use_[level] &= digits_in_use_[level] - 1;
    if (digits_in_use_[level] == 0)
        levels_in_use_ &= levels_in_use_ - 1;
    base_ = from.min;
    end_ = from.min;

    std::uint32_t block = from.head;
    for (std::uint32_t left = from.count; left > 0;) {
        std::uint32_t const here = std::min(left, block_events);
        std::array<Event, block_events> events;
        std::copy_n(&blocks_[block * std::size_t{block_events}], here, events.begin());
        std::uint32_t const following = next_[block];
        next_[block] = free_;
        free_ = block;
        if (left > here)
            __builtin_prefetch(&blocks_[following * std::size_t{block_events}]);
        for (std::uint32_t i = 0; i < here; ++i)
            append(events[i]);
        left -= here;
        block = following;
    }
}

void Queue::refill()
{
    std::array<std::uint64_t, batch_max> times;
    std::array<std::uint32_t, batch_max> from;
    std::uint32_t count = 0;
    std::uint32_t freed = no_block;  // Freed only when the events have been copied out.
    std::uint32_t freed_last = no_block;
    bool sorted = true;

    while (levels_in_use_ != 0 && count < batch_min) {
        unsigned const level = static_cast<unsigned>(__builtin_ctz(levels_in_use_));
        unsigned const digit = static_cast<unsigned>(__builtin_ctzll(digits_in_use_[level]));
        Slot& slot = slots_[level * digits + digit];
        bool const is_run = level == 0 && slot.count > batch_max;
        if (slot.count > batch_max - count && !(is_run && count == 0)) {
            if (count > 0)
                break;
            spread(level, digit);
            continue;
        }
        std::uint32_t const taken = is_run ? batch_max : slot.count;
        std::uint32_t block = slot.head;
        std::uint32_t block_last = block;
        for (std::uint32_t left = taken; left > 0;) {
            std::uint32_t const here = std::min(left, block_events);
            for (std::uint32_t i = 0; i < here; ++i) {
                std::uint32_t const at = block * block_events + i;
                times[count] = moment(blocks_[at]);
                from[count] = at;
                if (count > 0)
                    sorted &= times[count - 1] <= times[count];
                ++count;
            }
            left -= here;
            block_last = block;
            block = next_[block];
        }
        if (freed == no_block)
            freed_last = block_last;
        next_[block_last] = freed;
        freed = slot.head;
        slot.count -= taken;
        if (slot.count > 0) {
            slot.head = block;
            base_ = slot.min;
            end_ = base_;
            break;
        }
        digits_in_use_[level] &= digits_in_use_[level] - 1;
        if (digits_in_use_[level] == 0)
            levels_in_use_ &= levels_in_use_ - 1;
        unsigned const shift = level * digit_bits;
        std::uint64_t const above = ~((std::uint64_t{digits} << shift) - 1);
        base_ = (base_ & above) | ((std::uint64_t{digit + 1} << shift) - 1);
        end_ = base_ + 1;
    }

    front_begin_ = front_margin;
    front_end_ = front_margin + count;
    if (sorted) {
        for (std::uint32_t i = 0; i < count; ++i)
            front_[front_margin + i] = blocks_[from[i]];
    } else {
        std::uint64_t const earliest = *std::min_element(times.begin(), times.begin() + count);
        std::uint64_t const latest = *std::max_element(times.begin(), times.begin() + count);
        std::array<std::int32_t, batch_max> ranks;
        if (latest - earliest < std::uint64_t{1} << narrow_bits) {
            alignas(16) std::array<std::int32_t, batch_max + 4> keys;
            for (std::uint32_t i = 0; i < count; ++i)
                keys[i] = static_cast<std::int32_t>((times[i] - earliest) << 6 | i);
            for (std::uint32_t i = 0; i < count; i += 4) {
                Lanes const mine = *reinterpret_cast<Lanes const*>(&keys[i]);
                Lanes rank{};
                for (std::uint32_t j = 0; j < count; ++j)
                    rank -= keys[j] < mine;
                *reinterpret_cast<Lanes*>(&ranks[i]) = rank;
            }
        } else {
            for (std::uint32_t i = 0; i < count; ++i) {
                ranks[i] = 0;
                for (std::uint32_t j = 0; j < i; ++j) {
                    bool const before = times[j] <= times[i];
                    ranks[i] += before;
                    ranks[j] += !before;
                }
            }
        }
        for (std::uint32_t i = 0; i < count; ++i)
            front_[front_margin + static_cast<std::uint32_t>(ranks[i])] = blocks_[from[i]];
    }
    next_[freed_last] = free_;
    free_ = freed;
}

void Queue::insert_into_front(Event const& event)
{
    std::uint32_t at = front_begin_;
    while (at < front_end_ && front_[at].time <= event.time)
        ++at;
    bool const nearer_to_begin = at - front_begin_ < front_end_ - at;
    if (front_begin_ > 0 && (nearer_to_begin || front_end_ == front_capacity)) {
        std::copy(&front_[front_begin_], &front_[at], &front_[front_begin_ - 1]);
        --front_begin_;
        front_[at - 1] = event;
    } else if (front_end_ < front_capacity) {
        std::copy_backward(front_.begin() + at, front_.begin() + front_end_,
                           front_.begin() + front_end_ + 1);
        ++front_end_;
        front_[at] = event;
    } else {
        return_front();
        append(event);
    }
}

// Puts the front back into slots, which first means to lower the base to the last moment taken.
void Queue::return_front()
{
    std::uint64_t const base = static_cast<std::uint64_t>(last_.ns);
    unsigned const top = 63u - static_cast<unsigned>(__builtin_clzll((base ^ base_) | 1));
    unsigned const level_end = top * 43 >> 8;
    // Slots above level_end, and those of level_end itself, stay right; the digit of the old base
    // is free there.
    std::array<Event, front_capacity> front;
    std::uint32_t const count = front_end_ - front_begin_;
    std::copy_n(&front_[front_begin_], count, front.begin());
    front_begin_ = front_end_ = front_margin;

    std::array<Slot, levels * digits> lower;
    std::uint32_t const affected = std::max(level_end, 1u) * digits;
    std::copy_n(slots_.begin(), affected, lower.begin());
    for (std::uint32_t i = 0; i < affected; ++i)
        slots_[i].count = 0;
    for (unsigned level = 0; level * digits < affected; ++level) {
        digits_in_use_[level] = 0;
        levels_in_use_ &= ~(1u << level);
    }
    base_ = base;
    end_ = base;
    for (std::uint32_t i = 0; i < count; ++i)
        append(front[i]);
    for (std::uint32_t i = 0; i < affected; ++i) {
        std::uint32_t block = lower[i].head;
        for (std::uint32_t left = lower[i].count; left > 0;) {
            std::uint32_t const here = std::min(left, block_events);
            std::array<Event, block_events> events;
            std::copy_n(&blocks_[block * std::size_t{block_events}], here, events.begin());
            std::uint32_t const following = next_[block];
            next_[block] = free_;
            free_ = block;
            for (std::uint32_t k = 0; k < here; ++k)
                append(events[k]);
            left -= here;
            block = following;
        }
    }
}

}  // namespace odradek::sim
