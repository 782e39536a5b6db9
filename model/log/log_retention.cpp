// Which segments are old enough to go. Source: UnifiedLog.deleteOldSegments, deletableSegments.
#include <algorithm>
#include <utility>

#include "model/log/log.h"

namespace odradek::kafka {

std::vector<Log::Deleted> Log::delete_old_segments(Env const& env, TopicConfig const& topic,
                                                   ProtocolSwitches const& switches, Out& out)
{
    std::vector<Deleted> deleted;
    finish_swap(env, out);
    // The oldest ones for which `expired` holds; the last one of the log only if it has records.
    auto const pass = [&](DeletionReason reason, auto&& expired) {
        std::size_t count = 0;
        for (; count < segments_.size(); ++count) {
            LogSegment const& segment = segments_[count];
            bool const last = count + 1 == segments_.size();
            Offset const upper = last ? end_ : segments_[count + 1].base();
            // KAFKA-5634: else the log would start beyond what is committed.
            if (switches.retention_below_high_watermark && high_watermark_ < upper)
                break;
            if (!expired(segment, upper, last) || (last && segment.empty()))
                break;
        }
        if (count == 0)
            return;
        if (count == segments_.size())
            roll(env, topic, "retention of the active segment", out);
        for (std::size_t i = 0; i < count; ++i) {
            LogSegment& segment = segments_[i];
            deleted.push_back({reason, segment.base(), segments_[i + 1].base(),
                               segment.largest_timestamp(), segment.size_bytes()});
            segment.mark_deleted(env, topic.file_delete_delay, out);
        }
        segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(count));
        Offset const start = segments_.front().base();
        while (!snapshots_.empty() && snapshots_.front() < start)
            delete_snapshot(env, snapshots_.front(), topic.file_delete_delay, out);
        if (start > start_) {
            start_ = start;
            high_watermark_ = std::max(high_watermark_, start_);
            producers_.on_high_watermark(high_watermark_);
            if (epochs_.truncate_from_start(start))
                write_cut_epochs(out);
            // KAFKA-7190, KIP-360: what is remembered of a producer does not go with its records.
            if (!rules_.producers_outlive_records)
                producers_.forget_before(start);
        }
    };
    pass(DeletionReason::log_start,
         [&](LogSegment const&, Offset upper, bool last) { return !last && upper <= start_; });
    // What is only compacted knows no age and no size.
    if (!topic.cleanup_policy.deletes)
        return deleted;
    if (topic.retention_bytes >= 0) {
        auto excess = static_cast<std::int64_t>(size_bytes()) - topic.retention_bytes;
        pass(DeletionReason::size, [&](LogSegment const& segment, Offset, bool) {
            auto const bytes = static_cast<std::int64_t>(segment.size_bytes());
            if (excess - bytes < 0)
                return false;
            excess -= bytes;
            return true;
        });
    }
    if (topic.retention != Duration::forever())
        pass(DeletionReason::time, [&](LogSegment const& segment, Offset, bool) {
            return env.wall - segment.largest_timestamp() > topic.retention;
        });
    return deleted;
}

}  // namespace odradek::kafka
