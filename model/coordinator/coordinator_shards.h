// The partitions of one internal topic that this broker coordinates: a state machine each, whose
// state is the fold of its partition's records.
//
// state    | from               | requests are answered       | until
// none     | resigned           | NOT_COORDINATOR             | elected
// loading  | elected            | COORDINATOR_LOAD_IN_PROGRESS| the log was read, from its timer
// active   | loaded             | by the shard                | resigned, or elected anew
//
// A Shard is default-constructible and has replay(CoordinatorRecord const&), or, where markers of
// transactions concern it, replay_batch(RecordBatch const&). Source:
// org.apache.kafka.coordinator.common.runtime.{CoordinatorRuntime, CoordinatorLoaderImpl},
// TransactionStateManager.loadTransactionsForTxnTopicPartition; KAFKA-5600: a log is read to its
// end, in all its segments.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "model/coordinator/coordinator_record.h"
#include "model/coordinator/internal_logs.h"
#include "model/errors.h"
#include "model/out.h"

namespace odradek::kafka {

template <class Shard>
class CoordinatorShards {
public:
    struct Entry {
        std::int32_t partition{0};
        Epoch epoch;  // The coordinator epoch: the leader epoch of the partition.
        bool loading{true};
        Shard shard;
    };

    // `load_timer`: its index is the partition.
    explicit CoordinatorShards(TimerKind load_timer) : load_timer_(load_timer) {}

    bool empty() const { return entries_.empty(); }
    std::vector<Entry> const& entries() const { return entries_; }
    std::vector<Entry>& entries() { return entries_; }

    // What it means that this broker leads that partition in `epoch`, or (none) no more.
    enum class Change : std::uint8_t { none, elected, resigned };
    Change change(std::int32_t partition, std::optional<Epoch> epoch) const
    {
        auto const at = std::lower_bound(entries_.begin(), entries_.end(), partition, by_partition);
        bool const known = at != entries_.end() && at->partition == partition;
        if (!epoch)
            return known ? Change::resigned : Change::none;
        return known && at->epoch >= *epoch ? Change::none : Change::elected;
    }
    // Leads that partition from here on. What was known of it counts for nothing.
    void on_election(std::int32_t partition, Epoch epoch, Out& out)
    {
        on_resignation(partition);
        auto const at = std::lower_bound(entries_.begin(), entries_.end(), partition, by_partition);
        entries_.insert(at, Entry{partition, epoch, true, Shard{}});
        // In the background, as soon as there is time.
        out.arm(timer(load_timer_, static_cast<std::uint32_t>(partition)), {});
    }
    void on_resignation(std::int32_t partition)
    {
        std::erase_if(entries_, [&](Entry const& e) { return e.partition == partition; });
    }
    // Its timer came. Null when it is led no more, or was loaded before.
    Entry* load(std::int32_t partition, TopicPartition in, InternalLogs const& logs)
    {
        Entry* const entry = find(partition);
        if (entry == nullptr || !entry->loading)
            return nullptr;
        if (auto const batches = logs.read(in))
            for (BatchRef const& batch : *batches) {
                if constexpr (requires { entry->shard.replay_batch(*batch); }) {
                    entry->shard.replay_batch(*batch);
                } else if (CoordinatorRecords const* const read = coordinator_records_of(*batch)) {
                    for (CoordinatorRecord const& record : read->records)
                        entry->shard.replay(record);
                }
            }
        entry->loading = false;
        return entry;
    }
    Entry* find(std::int32_t partition)
    {
        auto const at = std::lower_bound(entries_.begin(), entries_.end(), partition, by_partition);
        return at != entries_.end() && at->partition == partition ? &*at : nullptr;
    }
    // The one that may act; else why not.
    std::pair<Entry*, Error> active(std::int32_t partition)
    {
        Entry* const entry = find(partition);
        if (entry == nullptr)
            return {nullptr, Error::not_coordinator};
        if (entry->loading)
            return {nullptr, Error::coordinator_load_in_progress};
        return {entry, Error::none};
    }

private:
    static bool by_partition(Entry const& entry, std::int32_t wanted)
    {
        return entry.partition < wanted;
    }

    TimerKind load_timer_;
    std::vector<Entry> entries_;  // By partition.
};

}  // namespace odradek::kafka
