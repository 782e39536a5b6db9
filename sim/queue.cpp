#include "sim/queue.h"

#include <algorithm>
#include <cstring>

namespace odradek::sim {
namespace {

// Four 32-bit integers side by side; gcc and clang make one instruction of each operation where
// they can.
using Lanes = std::int32_t __attribute__((vector_size(16)));
constexpr std::uint32_t lanes = 4;

// Times that differ by less than 2^25 ns sort by 31-bit keys: the difference, then the place in the
// batch.
constexpr unsigned key_time_bits = 25;
constexpr unsigned key_place_bits = 6;

// A slot should hold about this many events, so that it is sorted at once and not alone.
constexpr std::uint64_t slot_fewest = 12;
constexpr std::uint64_t slot_wanted = 32;  // At most, when a width is chosen; half of it at least.
constexpr std::uint64_t slot_most = 48;

// Bounds of one look at the density: sums of spans stay far from overflow.
constexpr std::uint64_t looked_at_least = 4'096;
constexpr std::uint64_t looked_at_most = std::uint64_t{1} << 20;
constexpr std::uint64_t span_max = std::uint64_t{1} << 36;

unsigned log2_of(std::uint64_t n) { return 63u - static_cast<unsigned>(__builtin_clzll(n | 1)); }

}  // namespace

// Events on their way from slots into the front, in the order of slots and pushes. Their blocks are
// a list that is freed when all events have been copied.
struct Queue::Batch {
    std::array<std::uint64_t, batch_max> times;
    std::array<std::uint32_t, batch_max> from;  // Index into blocks_.
    std::uint32_t count{0};
    std::uint32_t first_block{no_block};
    std::uint32_t last_block{no_block};
};

Queue::Queue()
{
    static_assert(batch_max == 1u << key_place_bits);
    static_assert(batch_max % block_events == 0, "the first part of a long slot ends with a block");
    set_unit(digit_bits);
}

Instant Queue::next_time() const
{
    if (front_begin_ != front_end_)
        return front_[front_begin_].time;
    if (levels_in_use_ == 0)
        return Instant::never();
    return {static_cast<std::int64_t>(slot_at(first_place()).min)};
}

// The slot with the earliest events. There must be one.
Queue::Place Queue::first_place() const
{
    unsigned const level = static_cast<unsigned>(__builtin_ctz(levels_in_use_));
    unsigned word = 0;
    while (digits_in_use_[level][word] == 0)
        ++word;
    unsigned const bit = static_cast<unsigned>(__builtin_ctzll(digits_in_use_[level][word]));
    return {level, word * 64 + bit};
}

void Queue::add_block(Slot& slot, Place place)
{
    if (free_ == no_block)
        grow();
    std::uint32_t const block = free_;
    free_ = next_[block];
    if (slot.count == 0) {
        slot.head = block;
        slot.min = UINT64_MAX;
        digits_in_use_[place.level][place.digit / 64] |= std::uint64_t{1} << place.digit % 64;
        levels_in_use_ |= 1u << place.level;
    } else {
        next_[slot.tail] = block;
    }
    slot.tail = block;
}

void Queue::grow()
{
    std::uint32_t const old_count = static_cast<std::uint32_t>(next_.size());
    ENSURE(old_count < (1u << 27), "at most 2^31 events are pending");
    std::uint32_t const count = std::max(16u, old_count * 2);
    blocks_.resize(std::size_t{count} * block_events);
    next_.resize(count);
    for (std::uint32_t block = old_count; block < count; ++block)
        next_[block] = block + 1 < count ? block + 1 : no_block;
    free_ = old_count;
}

// The slot is empty from now on; its blocks are the caller's to free.
void Queue::leave(Place place)
{
    slot_at(place).count = 0;
    auto& in_use = digits_in_use_[place.level];
    in_use[place.digit / 64] &= ~(std::uint64_t{1} << place.digit % 64);
    if (std::all_of(in_use.begin(), in_use.end(), [](std::uint64_t word) { return word == 0; }))
        levels_in_use_ &= ~(1u << place.level);
}

// Moves the events of a slot that was left to where they belong by now, in their order.
void Queue::append_all(Slot const& from)
{
    std::uint32_t block = from.head;
    for (std::uint32_t left = from.count; left > 0;) {
        // A copy, because appending may grow `blocks_`.
        std::array<Event, block_events> events;
        std::copy_n(&blocks_[block * std::size_t{block_events}], block_events, events.begin());
        std::uint32_t const here = std::min(left, block_events);
        std::uint32_t const following = next_[block];
        next_[block] = free_;
        free_ = block;
        left -= here;
        if (left > 0) {
            for (std::uint32_t i = 0; i < block_events; i += 2)
                __builtin_prefetch(&blocks_[following * std::size_t{block_events} + i]);
        }
        for (std::uint32_t i = 0; i < here; ++i)
            append(events[i]);
        block = following;
    }
}

// Adds the first `count` events of a slot to the batch: all of them, or whole blocks.
void Queue::take(Place place, std::uint32_t count, Batch& batch)
{
    Slot& slot = slot_at(place);
    std::uint32_t block = slot.head;
    std::uint32_t last = block;
    std::uint32_t to = batch.count;
    for (std::uint32_t left = count; left > 0;) {
        std::uint32_t const here = std::min(left, block_events);
        std::uint32_t const at = block * block_events;
        for (std::uint32_t i = 0; i < here; ++i) {
            batch.times[to + i] = moment(blocks_[at + i]);
            batch.from[to + i] = at + i;
        }
        to += here;
        left -= here;
        last = block;
        block = next_[block];
    }
    if (batch.count == 0)
        batch.last_block = last;
    batch.count = to;
    next_[last] = batch.first_block;
    batch.first_block = slot.head;

    if (slot.count > count) {  // Only at level 0 with one moment in the slot.
        slot.head = block;
        slot.count -= count;
        base_ = slot.min;
        end_ = slot.min;
        return;
    }
    leave(place);
    unsigned const shift = shift_of_[place.level];
    std::uint64_t const above = ~((std::uint64_t{digits} << shift) - 1);
    base_ = (base_ & above) + ((std::uint64_t{place.digit} + 1) << shift) - 1;
    end_ = base_ + 1;
}

void Queue::refill()
{
    if (measured_count_ > looked_at_least + std::min<std::uint64_t>(size_, looked_at_most))
        follow_density();
    Batch batch;
    while (batch.count < batch_min && levels_in_use_ != 0) {
        Place const place = first_place();
        Slot const slot = slot_at(place);
        if (slot.count <= batch_max - batch.count) {
            take(place, slot.count, batch);
        } else if (batch.count > 0) {
            break;
        } else if (place.level == 0) {
            take(place, batch_max, batch);
            break;
        } else {
            leave(place);
            base_ = slot.min;
            end_ = slot.min;
            append_all(slot);
        }
    }
    sort_into_front(batch);
    next_[batch.last_block] = free_;
    free_ = batch.first_block;
}

// Every event goes straight to its rank: for a few dozen events, counting those before it is faster
// than moving them about, because nothing is guessed.
void Queue::sort_into_front(Batch const& batch)
{
    std::uint32_t const count = batch.count;
    std::uint64_t earliest = batch.times[0];
    std::uint64_t latest = batch.times[0];
    for (std::uint32_t i = 1; i < count; ++i) {
        earliest = std::min(earliest, batch.times[i]);
        latest = std::max(latest, batch.times[i]);
    }
    std::uint64_t const span = latest - earliest;
    measured_span_ += std::min(span, span_max);
    measured_count_ += count;

    std::array<std::int32_t, batch_max> ranks;
    if (span < std::uint64_t{1} << key_time_bits) {
        std::array<std::int32_t, batch_max> keys;
        for (std::uint32_t i = 0; i < count; ++i)
            keys[i] = static_cast<std::int32_t>((batch.times[i] - earliest) << key_place_bits | i);
        for (std::uint32_t i = count; i % lanes != 0; ++i)
            keys[i] = 0;
        for (std::uint32_t i = 0; i < count; i += lanes) {
            Lanes four_keys;
            std::memcpy(&four_keys, &keys[i], sizeof four_keys);
            Lanes four_ranks{};
            for (std::uint32_t j = 0; j < count; ++j)
                four_ranks -= keys[j] < four_keys;  // True is -1 in each lane.
            std::memcpy(&ranks[i], &four_ranks, sizeof four_ranks);
        }
    } else {
        for (std::uint32_t i = 0; i < count; ++i) {
            ranks[i] = 0;
            for (std::uint32_t j = 0; j < i; ++j) {
                bool const before = batch.times[j] <= batch.times[i];
                ranks[i] += before;
                ranks[j] += !before;
            }
        }
    }
    for (std::uint32_t i = 0; i < count; ++i)
        front_[front_margin + static_cast<std::uint32_t>(ranks[i])] = blocks_[batch.from[i]];
    front_begin_ = front_margin;
    front_end_ = front_margin + count;
}

// A push before `end_`: few, because the front is short, and mostly at its beginning, because what
// happens at once or soon is common in a simulation.
void Queue::insert_into_front(Event const& event)
{
    std::uint32_t at = front_begin_;
    while (at < front_end_ && front_[at].time <= event.time)
        ++at;
    bool const begin_is_nearer = at - front_begin_ < front_end_ - at;
    auto const begin = front_.begin();
    if (front_begin_ > 0 && (begin_is_nearer || front_end_ == front_capacity)) {
        std::copy(begin + front_begin_, begin + at, begin + front_begin_ - 1);
        --front_begin_;
        front_[at - 1] = event;
    } else if (front_end_ < front_capacity) {
        std::copy_backward(begin + at, begin + front_end_, begin + front_end_ + 1);
        ++front_end_;
        front_[at] = event;
    } else {
        settle(moment_of(last_), unit_);
        append(event);
    }
}

// Puts everything, the front too, into the slots of another base or unit. The base is at or before
// every event, and no later than any event still to be pushed unless `end_` covers that.
void Queue::settle(std::uint64_t base, unsigned unit)
{
    std::array<Event, front_capacity> const front = front_;
    std::uint32_t const front_begin = front_begin_;
    std::uint32_t const front_end = front_end_;
    std::array<Slot, levels* digits> const slots = slots_;
    front_begin_ = front_margin;
    front_end_ = front_margin;
    slots_ = {};
    digits_in_use_ = {};
    levels_in_use_ = 0;
    base_ = base;
    end_ = base;
    set_unit(unit);
    // The front first: of one moment, it holds the earlier pushes.
    for (std::uint32_t i = front_begin; i < front_end; ++i)
        append(front[i]);
    for (Slot const& slot : slots)
        append_all(slot);
}

void Queue::set_unit(unsigned unit)
{
    unit_ = unit;
    for (unsigned level = 0; level < levels; ++level) {
        unsigned const shift = level == 0 ? 0 : unit + (level - 1) * digit_bits;
        shift_of_[level] = static_cast<std::uint8_t>(shift);
    }
    for (unsigned bit = 0; bit < 64; ++bit) {
        unsigned const level = bit < unit ? 0 : 1 + (bit - unit) / digit_bits;
        level_of_[bit] = static_cast<std::uint8_t>(level);
    }
}

// Chooses `unit_` anew if no level has slots that hold a good number of events at the density seen
// lately. The good range is four times wide, so that a steady load does not make it swing.
void Queue::follow_density()
{
    std::uint64_t const span = measured_span_;
    std::uint64_t const count = measured_count_;
    measured_span_ = 0;
    measured_count_ = 0;
    if (span < count)
        return;  // Mostly equal times, which need no width.
    unsigned const widest = log2_of(span * slot_most / count);
    unsigned const present = widest - (widest + digit_bits - unit_) % digit_bits;
    if ((std::uint64_t{1} << present) * count > span * slot_fewest)
        return;
    unsigned const wanted = log2_of(span * slot_wanted / count);
    settle(base_, 1 + (wanted + digit_bits - 1) % digit_bits);
}

}  // namespace odradek::sim
