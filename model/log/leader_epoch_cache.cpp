#include "model/log/leader_epoch_cache.h"

#include <algorithm>
#include <cstddef>

namespace odradek::kafka {

namespace {

std::vector<EpochEntry>::const_iterator first_above(std::vector<EpochEntry> const& entries,
                                                    Epoch epoch)
{
    return std::find_if(entries.begin(), entries.end(),
                        [&](EpochEntry const& entry) { return entry.epoch > epoch; });
}

}  // namespace

LeaderEpochCache::LeaderEpochCache(std::vector<EpochEntry> const& entries)
{
    for (EpochEntry const& entry : entries)
        assign(entry.epoch, entry.start);
}

bool LeaderEpochCache::assign(Epoch epoch, Offset start)
{
    if (!entries_.empty()) {
        EpochEntry const& last = entries_.back();
        if (last.epoch == epoch && last.start <= start)
            return false;
    }
    while (!entries_.empty() && (entries_.back().epoch >= epoch || entries_.back().start >= start))
        entries_.pop_back();
    entries_.push_back({epoch, start});
    return true;
}

std::optional<Epoch> LeaderEpochCache::latest_epoch() const
{
    if (entries_.empty())
        return std::nullopt;
    return entries_.back().epoch;
}

std::optional<Epoch> LeaderEpochCache::earliest_epoch() const
{
    if (entries_.empty())
        return std::nullopt;
    return entries_.front().epoch;
}

EpochAndOffset LeaderEpochCache::end_offset_for(Epoch epoch, Offset log_end) const
{
    EpochAndOffset const undefined;
    if (epoch == no_epoch || entries_.empty())
        return undefined;
    if (entries_.back().epoch == epoch)
        return {epoch, log_end};
    auto const higher = first_above(entries_, epoch);
    if (higher == entries_.end())
        return undefined;  // Newer than all we know: it is the asker who leads, or who will.
    if (higher == entries_.begin())
        return {epoch, higher->start};  // Older than all we know: it ends where our first begins.
    return {std::prev(higher)->epoch, higher->start};
}

Offset LeaderEpochCache::end_offset_kip_101(Epoch epoch, Offset log_end) const
{
    if (epoch == no_epoch || entries_.empty())
        return no_offset;
    if (entries_.back().epoch == epoch)
        return log_end;
    auto const larger = first_above(entries_, epoch);
    if (larger == entries_.end() || epoch < entries_.front().epoch)
        return no_offset;
    return larger->start;
}

bool LeaderEpochCache::truncate_from_end(Offset end)
{
    std::size_t const before = entries_.size();
    while (!entries_.empty() && entries_.back().start >= end)
        entries_.pop_back();
    return entries_.size() != before;
}

bool LeaderEpochCache::truncate_from_start(Offset start)
{
    std::size_t first = 0;
    while (first + 1 < entries_.size() && entries_[first + 1].start <= start)
        ++first;
    if (entries_.empty() || (first == 0 && entries_[0].start >= start))
        return false;
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first));
    entries_.front().start = start;
    return true;
}

}  // namespace odradek::kafka
