// Records looked for by time: what a segment's time index is for. Source: LogSegment
// .findOffsetByTimestamp, FileRecords.searchForTimestamp, RecordBatch.offsetOfMaxTimestamp.
#include <algorithm>
#include <iterator>

#include "model/log/segment.h"

namespace odradek::kafka {

std::size_t LogSegment::indexed_batch(Offset offset) const
{
    auto const& entries = offsets_.entries();
    auto const behind =
        std::upper_bound(entries.begin(), entries.end(), offset,
                         [this](Offset wanted, OffsetIndexEntry const& entry) {
                             return wanted < base_ + std::int64_t{entry.relative_offset};
                         });
    std::uint32_t const position = behind == entries.begin() ? 0 : std::prev(behind)->position;
    auto const at = std::lower_bound(
        batches_.begin(), batches_.end(), position,
        [](Stored const& stored, std::uint32_t wanted) { return stored.position < wanted; });
    return static_cast<std::size_t>(at - batches_.begin());
}

std::optional<TimestampAndOffset> LogSegment::find_by_time(std::int64_t timestamp_ms,
                                                           Offset from) const
{
    auto const& entries = times_.entries();
    auto const behind = std::upper_bound(entries.begin(), entries.end(), timestamp_ms,
                                         [](std::int64_t wanted, TimeIndexEntry const& entry) {
                                             return wanted < entry.timestamp_ms;
                                         });
    Offset const at_or_before = behind == entries.begin()
                                    ? base_
                                    : base_ + std::int64_t{std::prev(behind)->relative_offset};
    for (std::size_t i = indexed_batch(std::max(at_or_before, from)); i < batches_.size(); ++i) {
        RecordBatch const& batch = *batches_[i].batch;
        if (to_millis(batch.max_timestamp) < timestamp_ms)
            continue;
        for (std::int32_t place = 0; place < batch.record_count; ++place)
            if (batch.timestamp_ms(place) >= timestamp_ms && batch.offset(place) >= from)
                return TimestampAndOffset{batch.timestamp_ms(place), batch.offset(place),
                                          batch.leader_epoch};
    }
    return std::nullopt;
}

std::optional<TimestampAndOffset> LogSegment::find_latest_time() const
{
    if (offset_of_largest_timestamp_ == no_offset)
        return std::nullopt;
    std::int64_t const latest = to_millis(largest_timestamp_);
    for (std::size_t i = indexed_batch(offset_of_largest_timestamp_); i < batches_.size(); ++i) {
        RecordBatch const& batch = *batches_[i].batch;
        if (to_millis(batch.max_timestamp) != latest)
            continue;
        for (std::int32_t place = 0; place < batch.record_count; ++place)
            if (batch.timestamp_ms(place) == latest)
                return TimestampAndOffset{latest, batch.offset(place), batch.leader_epoch};
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace odradek::kafka
