// The application in front of a producer: which records it sends, when, with which keys. A record
// is its number; everything else follows from the number, the schedule and the draws.
//
// The schedule is laid anew at the start of each life and by each change of rate:
//   steady    record k of it is due at start + k * per / events, exactly
//   poisson   each gap is drawn
//   no rate   a closed loop: send() takes 1 us, and the next call follows when the last has
//   returned
// Draws are made per record and in the order of records, so that looking ahead changes nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "model/out.h"
#include "model/record_shape.h"
#include "model/record_size.h"
#include "model/scenario/scenario.h"
#include "sim/distribution.h"

namespace odradek::kafka {

// From record `number` on, records were due at `at` and then as the schedule's kind says; kept by a
// batch where the number alone does not say it.
struct ArrivalRun {
    std::uint64_t number{0};
    Instant at;

    bool operator==(ArrivalRun const&) const = default;
};

class Arrivals {
public:
    static constexpr Duration send_call{1'000};  // What one send() of a closed loop takes.

    struct Record {
        std::uint64_t number{0};
        Instant due;
        std::uint32_t topic{0};       // Index in the workload's topics.
        std::int32_t key_hash{-1};    // murmur2 of the key, made positive; -1: no key.
        std::uint64_t key{0};         // Its number, when it was drawn.
        std::int32_t value_bytes{0};  // null_bytes: a tombstone.
    };

    // `sender` is what values name.
    Arrivals(ProducerWorkload const& workload, Instant stop, std::string sender = {});

    // A life begins: the first record it sends is due at `at`. Numbers go on.
    void begin(Instant at);
    void set_rate(Instant now, std::optional<Rate> rate);
    // The record `ahead` places after the next one; false when there will be none (its number is
    // past the limit, or it would be due at `stop` or later). It is written where the caller has
    // it, and not copied there: a copy would read at once, and wait for, what was written in parts.
    bool peek(Env const& env, std::size_t ahead, Record& record);
    // send() is called for the next record.
    void take();
    // That call returned at `at`; a closed loop goes on from there.
    void returned(Instant at) { loop_at_ = std::max(loop_at_, at + send_call); }
    // All records there will ever be are taken.
    bool limit_reached() const { return stopped_ || (limit_ && next_ >= *limit_); }
    // Is that record the last by the workload's limit?
    bool is_last(std::uint64_t number) const { return limit_ && number + 1 == *limit_; }
    // No more records after those taken.
    void stop_now() { stopped_ = true; }

    // When record `number`, taken before, was due; `runs` is what remember() was given.
    Instant due_of(std::uint64_t number, std::vector<ArrivalRun> const& runs) const;
    void remember(Record const& record, std::vector<ArrivalRun>& runs) const;

    std::uint64_t next_number() const { return next_; }
    // What the records look like; known once a record was looked at.
    ShapeRef const& shape() const { return shape_; }
    bool keyed() const { return key_.gen != KeySpec::Gen::none; }
    // Keys are kept by batches, because only the draw says what they are.
    bool draws_keys() const { return shape_ && shape_->keys() == RecordShape::Keys::drawn; }
    // Bytes of a record at that place of a batch.
    std::uint32_t record_size(Record const& record, std::int32_t offset_delta,
                              std::int64_t timestamp_delta_ms) const
    {
        return record_bytes(offset_delta, timestamp_delta_ms, shape_->key_bytes(),
                            record.value_bytes, shape_->header_bytes());
    }
    // The most that a batch of this one record can take.
    std::uint32_t batch_bound(Record const& record) const
    {
        return single_record_batch_bound(shape_->key_bytes(), record.value_bytes,
                                         shape_->header_bytes());
    }

private:
    enum class Kind : std::uint8_t { steady, poisson, closed_loop };
    // From record `first` on.
    struct Schedule {
        std::uint64_t first{0};
        Instant base;
        Kind kind{};
        std::optional<Rate> rate;
    };
    // What was drawn for a record not yet taken.
    struct Drawn {
        std::uint64_t gap{0};  // Poisson: in 2^-32 of the mean.
        Instant due;           // Poisson.
        std::int32_t key_hash{-1};
        std::uint64_t key{0};
    };

    void make_shape(Env const& env);
    void lay(Instant base, std::optional<Rate> rate);
    void draw(Env const& env);
    Instant steady_due(Schedule const& schedule, std::uint64_t number) const;
    Duration poisson_gap(std::uint64_t gap) const;
    Instant due(std::size_t ahead) const;
    Schedule const& schedule_of(std::uint64_t number) const;

    Arrival arrival_;
    KeySpec key_;
    std::optional<std::uint64_t> limit_;
    Instant stop_;
    std::uint32_t topics_{1};
    ValueSpec value_;
    std::string sender_;
    ShapeRef shape_;
    sim::Distribution zipf_;
    std::optional<Rate> rate_;

    std::vector<Schedule> schedule_;  // Oldest first; the last one counts now.
    std::uint64_t next_{0};
    Instant before_;           // Poisson: when the record before the next was due.
    Instant loop_at_;          // Closed loop: when the next record is due.
    std::deque<Drawn> drawn_;  // From the next record on; empty when nothing is drawn.
    bool draws_{false};
    bool stopped_{false};
};

}  // namespace odradek::kafka
