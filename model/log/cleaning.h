// One cleaning of one log, from the map of its keys to the last segment that takes the place of
// others. Bytes come from the disk and go to it stretch by stretch, so that a broker may crash
// anywhere in between. Source: Cleaner (doClean, cleanSegments, cleanInto, buildOffsetMap,
// groupSegmentsBySize), LogCleanerManager (cleanableOffsets, LogToClean); KIP-58, KIP-354, KIP-534.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/log/log.h"
#include "model/log/offset_map.h"
#include "model/switches.h"

namespace odradek::kafka {

// What of a log could be cleaned now.
struct Cleanable {
    Offset first_dirty;        // Cleaned before up to here.
    Offset first_uncleanable;  // Base of the first segment that stays as it is.
    bool reset{false};         // What the checkpoint said cannot be: it says first_dirty now.
    std::uint64_t clean_bytes{0};
    std::uint64_t dirty_bytes{0};
    Duration overdue{};  // By how long the oldest dirty record has exceeded max.compaction.lag.ms.

    std::uint64_t total_bytes() const { return clean_bytes + dirty_bytes; }
    // Is it due (min.cleanable.dirty.ratio, or overdue)?
    bool due(TopicConfig const& topic) const;
    // Is a larger share of it dirty than of the other?
    bool dirtier_than(Cleanable const& other) const;
};
// `wall`: the broker's clock. What is not committed and the active segment are never cleaned.
Cleanable cleanable(Log const& log, TopicConfig const& topic, Instant wall,
                    ProtocolSwitches const& switches);

class Cleaning {
public:
    // Kafka holds it in two buffers of its thread.
    struct Memory {
        std::int64_t map_bytes{0};
        sim::Ratio map_load{9, 10};
        std::uint64_t buffer_bytes{0};  // Of one read.
    };
    Cleaning(TopicPartition partition, Log const& log, Cleanable const& what, Memory const& memory,
             Instant wall);

    TopicPartition partition() const { return partition_; }
    // What it waits for before it can go on.
    struct Step {
        enum class Kind : std::uint8_t {
            again,     // Nothing; but so many bytes were moved (see `bytes`).
            io,        // on_flushed() of `file`.
            pause,     // Some time.
            complete,  // It is done; cleaned_to() is the next first dirty offset.
            aborted,   // The log was cut meanwhile: nothing more is changed.
            corrupt,   // Something in the log is no batch.
        } kind{};
        sim::FileId file{};
        std::uint64_t bytes{0};  // Read or written since the last step.
        Duration pause{};
    };
    Step go_on(Env const& env, BrokerId self, Log& log, TopicConfig const& topic, Out& out);
    // It is left as it is; what it has written so far goes.
    void abandon(Out& out);

    Offset first_dirty() const { return first_dirty_; }
    Offset cleaned_to() const { return map_.latest() + 1; }
    // Of the segments that were written anew.
    struct Statistics {
        std::int64_t records_read{0};
        std::int64_t records_left{0};
        std::uint64_t bytes_read{0};
        std::uint64_t bytes_left{0};
        std::int64_t without_key{0};
    };
    Statistics const& statistics() const { return statistics_; }
    // The keys did not fit: the rest of the dirty part is left to the next cleaning.
    bool map_full() const { return full_; }

private:
    enum class Phase : std::uint8_t { map, next_group, copy, flush, swap, done };
    // Batches of one segment, read together.
    struct Stretch {
        Offset segment;
        std::size_t from{0};
        std::size_t to{0};
        std::uint64_t bytes{0};
    };
    LogSegment const& segment_at(Log const& log, Offset base) const;
    // The next stretch of the segments on the list; false: they are read.
    bool next_stretch(Log const& log);
    Step read(Env const& env, Log const& log, Out& out);
    void map_stretch(Log const& log);
    std::uint64_t copy_stretch(Env const& env, Log const& log, TopicConfig const& topic, Out& out);
    BatchRef filter(BatchRef const& batch, TopicConfig const& topic);
    bool was_aborted(RecordBatch const& batch) const;
    bool last_of_producer(RecordBatch const& batch) const;
    void group(Log const& log, TopicConfig const& topic);
    Step begin_group(Env const& env, Log const& log, Out& out);
    Step end_group(BrokerId self, Log& log, Out& out);

    TopicPartition partition_;
    Offset first_dirty_;
    Offset first_uncleanable_;
    Instant wall_;  // When it began; decides about tombstones to the end.
    std::uint32_t cuts_;
    std::uint64_t buffer_bytes_;
    OffsetMap map_;
    bool full_{false};
    Phase phase_{Phase::map};
    std::vector<Offset> segments_;  // Of this phase, or group; by base.
    std::size_t segment_{0};        // Which of them,
    std::size_t batch_{0};          // and which batch of it, comes next.
    std::optional<Stretch> stretch_;
    std::vector<std::vector<Offset>> groups_;  // Bases of segments that become one.
    std::size_t group_{0};
    std::optional<LogSegment> cleaned_;
    // Where the last batch of each active producer ended when the group was begun; by producer.
    std::vector<std::pair<ProducerId, Offset>> last_batches_;
    std::vector<AbortedTxn> aborted_;  // Transactions in what is cleaned.
    Statistics statistics_;
};

}  // namespace odradek::kafka
