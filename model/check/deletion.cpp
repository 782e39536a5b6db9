#include "model/check/deletion.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace odradek::kafka::check {

DeletionLaws::DeletionLaws(Verdicts& verdicts)
    : asked_(verdicts.add_law("log-start-asked", sim::PropertyKind::always,
                              "a log starts no later than DeleteRecords or retention made it")),
      stays_(verdicts.add_law("deleted-stays-deleted", sim::PropertyKind::always,
                              "what was deleted on request does not come back"))
{
}

void DeletionLaws::see(Fact const& fact, Names const& names, Verdicts& verdicts)
{
    if (auto const* moved = std::get_if<LogStartRaised>(&fact.is)) {
        raised(fact, *moved, names, verdicts);
    } else if (auto const* asked = std::get_if<DeletionAsked>(&fact.is)) {
        Partition& partition = partitions_[asked->partition];
        partition.explained = std::max(partition.explained, asked->offset);
        partition.all_asked |= asked->offset < Offset{0};
    } else if (auto const* deleted = std::get_if<RecordsDeleted>(&fact.is)) {
        Partition& partition = partitions_[deleted->partition];
        if (deleted->low_watermark > partition.deleted_to) {
            partition.deleted_to = deleted->low_watermark;
            partition.told = fact.time;
            partition.event = fact.event;
        }
    } else if (auto const* segment = std::get_if<SegmentDeleted>(&fact.is)) {
        Offset& explained = partitions_[segment->partition].explained;
        explained = std::max(explained, segment->to);
    }
}

void DeletionLaws::raised(Fact const& fact, LogStartRaised const& raised, Names const& names,
                          Verdicts& verdicts)
{
    Partition& partition = partitions_[raised.partition];
    if (partition.all_asked && raised.reason == LogStartReason::client_record_deletion)
        partition.explained = std::max(partition.explained, raised.high_watermark);
    verdicts.exercised(asked_);
    if (raised.to <= partition.explained && raised.to <= raised.high_watermark)
        return;
    verdicts.violated(
        asked_,
        violation_at(
            fact, raised.partition,
            fmt::format(
                "{}: the log of broker-{} starts at {} ({}), but {}",
                names.partition(raised.partition), raised.broker.value, raised.to.value,
                to_string(raised.reason),
                raised.to > raised.high_watermark
                    ? fmt::format("its high watermark is {}", raised.high_watermark.value)
                    : fmt::format(
                          "nobody has asked for more than what lies before {} to be deleted",
                          partition.explained.value))));
}

void DeletionLaws::finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts)
{
    for (PartitionEnd const& partition : end.partitions) {
        Partition const& known = partitions_[partition.partition];
        ReplicaEnd const* const leader = end.replica(partition.partition, partition.leader);
        if (known.deleted_to == Offset{0} || leader == nullptr)
            continue;
        verdicts.exercised(stays_);
        std::uint64_t back = 0;
        for (BatchRef const& batch : leader->batches)
            for (std::int32_t place = 0; place < batch->record_count; ++place)
                if (Offset const offset = batch->offset(place); offset >= leader->log_start &&
                                                                offset < known.deleted_to &&
                                                                offset < leader->high_watermark)
                    ++back;
        if (back == 0)
            continue;
        Violation violation;
        violation.partition = partition.partition;
        violation.count = back;
        violation.what = fmt::format(
            "{}: the log of broker-{} starts at {}, but at {} an operator was told that everything "
            "before {} is deleted",
            names.partition(partition.partition), leader->broker.value, leader->log_start.value,
            to_string(known.told), known.deleted_to.value);
        violation.events = {known.event};
        violation.time = end.time;
        verdicts.violated(stays_, std::move(violation));
    }
}

}  // namespace odradek::kafka::check
