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
    for (OffsetIndexEntry const& entry : segment.offset_index().entries()) {
        ++compared;
        auto const at = std::lower_bound(stored.begin(), stored.end(), entry.position,
                                         [](LogSegment::Stored const& one, std::uint32_t position) {
                                             return one.position < position;
                                         });
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
    std::size_t next = 0;
    std::int64_t latest = -1;
    for (TimeIndexEntry const& entry : segment.time_index().entries()) {
        ++compared;
        Offset const offset{segment.base().value + std::int64_t{entry.relative_offset}};
        auto const& stored = segment.batches();
        for (; next < stored.size() && stored[next].batch->last_offset() <= offset; ++next)
            latest = std::max(latest, to_millis(stored[next].batch->max_timestamp));
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
