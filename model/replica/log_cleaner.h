// Log compaction: threads that look for the dirtiest log, clean it, and look again; when there is
// nothing to clean they sleep for log.cleaner.backoff.ms. A broker without a compacted topic has no
// such timer. Source: LogCleaner, LogCleanerManager.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "model/log/cleaning.h"
#include "model/replica/partition_table.h"

namespace odradek::kafka {

class LogCleaner {
public:
    explicit LogCleaner(BrokerConfig const& config);

    // The logs are loaded: threads look from here on, should there be anything to look at.
    void start(ReplicaContext const& at, PartitionTable const& partitions);
    // A topic may be compacted now that was not.
    void wake(ReplicaContext const& at);
    // The process stops; what is being written is left where it is.
    void stop() { stopped_ = true; }

    // What the owner is to do after a turn.
    struct Turn {
        bool checkpoint{false};  // How far some log is cleaned is another now.
        bool looked{false};      // A thread is between two logs: now is the time for retention.
    };
    Turn on_timer(ReplicaContext const& at, PartitionTable& partitions, std::uint32_t thread);
    // It waits for that file.
    bool owns(sim::FileId file) const;
    Turn on_io(ReplicaContext const& at, PartitionTable& partitions, sim::FileId file);

    // Is that log being cleaned?
    bool cleans(TopicPartition partition) const;
    // It is hosted no more, or its directory has failed (then nothing in it can be changed).
    void abandon(ReplicaContext const& at, TopicPartition partition, bool directory_works);

private:
    struct Thread {
        std::optional<Cleaning> cleaning;
        std::optional<sim::FileId> waits_for;
    };
    Turn go_on(ReplicaContext const& at, PartitionTable& partitions, std::uint32_t thread);
    // The dirtiest of those that are due; none is in the hands of another thread.
    bool pick(ReplicaContext const& at, PartitionTable& partitions, Thread& thread, Turn& turn);
    void arm(ReplicaContext const& at, std::uint32_t thread, Duration delay);
    void charge(ReplicaContext const& at, std::uint64_t bytes);

    std::vector<Thread> threads_;
    std::set<TopicPartition> uncleanable_;  // Something in them is no batch (KAFKA-7215).
    Instant started_;
    bool running_{false};  // Timers of threads that do not clean are armed.
    bool started_once_{false};
    bool stopped_{false};
    Instant may_move_;  // log.cleaner.io.max.bytes.per.second: no more bytes before.
};

}  // namespace odradek::kafka
