// How a segment that was written anew takes the place of those that it was made from. A crash
// between any two steps leaves names from which the next life knows what to go on with
// (log_loader.cpp). Source: LocalLog.replaceSegments.
#include <algorithm>
#include <iterator>
#include <utility>

#include "model/log/log.h"
#include "sim/ensure.h"

namespace odradek::kafka {

bool Log::awaits_flush(sim::FileId file) const
{
    for (std::size_t i = 0; i < flushing_.size(); ++i)
        if (flushing_[i].file == file)
            return true;
    return false;
}

LogSegment Log::make_cleaned(Env const& env, Offset base, Out& out) const
{
    LogSegment segment(env, path_, base, {}, SegmentSuffix::cleaned);
    // What an earlier cleaning has left counts for nothing.
    out.create(segment.file());
    if (env.disk->size(segment.file()) != 0)
        out.truncate(segment.file(), 0);
    return segment;
}

void Log::replace_segments(LogSegment cleaned, Offset end, Out& out)
{
    ENSURE(!swap_, "one segment at a time takes the place of others");
    auto const by_base = [](LogSegment const& segment, Offset base) {
        return segment.base() < base;
    };
    auto const first =
        std::lower_bound(segments_.begin(), segments_.end(), cleaned.base(), by_base);
    auto const last = std::lower_bound(first, segments_.end(), end, by_base);
    ENSURE(first != last && first->base() == cleaned.base() && last != segments_.end(),
           "closed segments are replaced, from the first of them on");
    cleaned.rename(SegmentSuffix::swap, out);
    swap_.emplace();
    swap_->base = cleaned.base();
    swap_->old.assign(std::make_move_iterator(first), std::make_move_iterator(last));
    *first = std::move(cleaned);
    segments_.erase(first + 1, last);
}

bool Log::swap_on(Env const& env, TopicConfig const& topic, Out& out)
{
    if (!swap_)
        return false;
    if (!swap_->old.empty()) {
        for (LogSegment& segment : swap_->old) {
            segment.mark_deleted(env, topic.file_delete_delay, out);
            if (segment.base() != swap_->base)
                delete_snapshot(env, segment.base(), topic.file_delete_delay, out);
        }
        swap_->old.clear();
        return true;
    }
    take_swapped_name(out);
    return false;
}

void Log::take_swapped_name(Out& out)
{
    auto const at = std::find_if(segments_.begin(), segments_.end(),
                                 [&](LogSegment const& one) { return one.base() == swap_->base; });
    ENSURE(at != segments_.end(), "a segment that is swapped in is in its log");
    at->rename(SegmentSuffix::none, out);
    out.flush(at->file());  // Of the directory: what was renamed before is durable with it.
    swap_.reset();
}

// For somebody who changes the log now: what is replaced is removed at once, because the names that
// it would be given may be wanted by what the caller does.
void Log::finish_swap(Env const& env, Out& out)
{
    if (!swap_)
        return;
    for (LogSegment const& segment : swap_->old) {
        segment.discard(out);
        if (segment.base() != swap_->base)
            delete_snapshot(env, segment.base(), {}, out);
    }
    take_swapped_name(out);
}

}  // namespace odradek::kafka
