// DeleteRecords: no log starts later than somebody asked for or retention made it, and what an
// operator was told is deleted does not come back. The second one Kafka itself breaks, and says so
// (UnifiedLog.maybeIncrementLogStartOffset): a log's start is checkpointed only now and then
// (log.flush.start.offset.checkpoint.interval.ms), so that all in-sync replicas may forget it.
#pragma once

#include "model/check/by_partition.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class DeletionLaws {
public:
    explicit DeletionLaws(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts);

private:
    struct Partition {
        Offset explained{0};     // So late a log may start.
        bool all_asked{false};   // Somebody has asked for all that is committed.
        Offset deleted_to{0};    // As an operator was told.
        sim::Instant told;       // ... when,
        std::uint64_t event{0};  // and the event.
    };
    void raised(Fact const& fact, LogStartRaised const& raised, Names const& names,
                Verdicts& verdicts);

    ByPartition<Partition> partitions_;
    std::size_t asked_;
    std::size_t stays_;
};

}  // namespace odradek::kafka::check
