// Whether what lies beside the records agrees with them: every entry of an index is compared with
// the batch that it names. Source: DumpLogSegments --index-sanity-check.
#include <algorithm>

#include <fmt/format.h>

#include "model/log/log.h"

namespace odradek::kafka {

namespace {

std::string offsets_disagree(LogSegment const& segment, std::uint64_t& compared)
{
    auto const& stored = segment.batches();
    auto at = stored.begin();
    std::uint32_t before = 0;
    for (OffsetIndexEntry const& entry : segment.offset_index().entries()) {
        ++compared;
        if (entry.position < before)
            at = stored.begin();
        before = entry.position;
        while (at != stored.end() && at->position < entry.position)
            ++at;
        Offset const offset{segment.base().value + std::int64_t{entry.relative_offset}};
        if (at == stored.end() || at->position != entry.position)
            return fmt::format("{}.index has offset {} at byte {}, and no batch begins there",
                               offset_name(segment.base()), offset.value, entry.position);
        if (at->batch->last_offset() != offset)
            return fmt::format("{}.index has offset {} at byte {}, the batch there ends with {}",
                               offset_name(segment.base()), offset.value, entry.position,
                               at->batch->last_offset().value);
    }
    return {};
}

std::string times_disagree(LogSegment const& segment, std::uint64_t& compared)
{
    auto const& stored = segment.batches();
    std::size_t next = 0;
    Instant newest;
    for (TimeIndexEntry const& entry : segment.time_index().entries()) {
        ++compared;
        Offset const offset{segment.base().value + std::int64_t{entry.relative_offset}};
        for (; next < stored.size() && stored[next].batch->last_offset() <= offset; ++next) {
            segment.prefetch(next);
            Instant const time = stored[next].batch->max_timestamp;
            newest = next == 0 ? time : std::max(newest, time);
        }
        std::int64_t const latest = next == 0 ? -1 : to_millis(newest);
        if (latest != entry.timestamp_ms)
            return fmt::format("{}.timeindex says that nothing up to offset {} is later than {} "
                               "ms, but the latest there is {} ms",
                               offset_name(segment.base()), offset.value, entry.timestamp_ms,
                               latest);
    }
    return {};
}

}  // namespace

std::string Log::disagreement(std::uint64_t& compared) const
{
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        if (i != 0 && segments_[i].base() < segments_[i - 1].end())
            return fmt::format("segment {} begins before segment {} ends, at {}",
                               segments_[i].base().value, segments_[i - 1].base().value,
                               segments_[i - 1].end().value);
        if (std::string found = offsets_disagree(segments_[i], compared); !found.empty())
            return found;
        if (std::string found = times_disagree(segments_[i], compared); !found.empty())
            return found;
    }
    return {};
}

}  // namespace odradek::kafka
