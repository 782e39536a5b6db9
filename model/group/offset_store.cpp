#include "model/group/offset_store.h"

#include <algorithm>

namespace odradek::kafka {

void OffsetStore::apply(std::string const& group, GroupPartition const& partition,
                        OffsetAndMetadata const& value, std::uint64_t position,
                        ProducerId transaction)
{
    OfGroup& into = transaction == no_producer ? committed_[group] : pending_[transaction][group];
    into[partition] = {value, position};
}

void OffsetStore::forget(std::string const& group, GroupPartition const& partition)
{
    auto const at = committed_.find(group);
    if (at != committed_.end()) {
        at->second.erase(partition);
        if (at->second.empty())
            committed_.erase(at);
    }
    // A tombstone takes what is pending too (OffsetMetadataManager.replay).
    for (auto& [producer, groups] : pending_)
        if (auto const of = groups.find(group); of != groups.end())
            of->second.erase(partition);
}

std::vector<OffsetStore::Decided> OffsetStore::complete(ProducerId producer, bool committed,
                                                        bool latest_wins)
{
    std::vector<Decided> decided;
    auto const at = pending_.find(producer);
    if (at == pending_.end())
        return decided;
    for (auto const& [group, partitions] : at->second)
        for (auto const& [partition, pending] : partitions) {
            if (!committed)
                continue;
            Committed& now = committed_[group][partition];
            bool const overtaken = now.position > pending.position && latest_wins;
            if (!overtaken)
                now = pending;
            decided.push_back({group, partition, pending.is, overtaken});
        }
    pending_.erase(at);
    return decided;
}

OffsetStore::Committed const* OffsetStore::find(std::string const& group,
                                                GroupPartition const& partition) const
{
    OfGroup const* const mine = of(group);
    if (mine == nullptr)
        return nullptr;
    auto const at = mine->find(partition);
    return at == mine->end() ? nullptr : &at->second;
}

OffsetStore::OfGroup const* OffsetStore::of(std::string const& group) const
{
    auto const at = committed_.find(group);
    return at == committed_.end() ? nullptr : &at->second;
}

bool OffsetStore::has_pending(std::string const& group, GroupPartition const& partition) const
{
    return std::any_of(pending_.begin(), pending_.end(), [&](auto const& entry) {
        auto const at = entry.second.find(group);
        return at != entry.second.end() && at->second.count(partition) != 0;
    });
}

bool OffsetStore::has_pending(std::string const& group) const
{
    return std::any_of(pending_.begin(), pending_.end(), [&](auto const& entry) {
        auto const at = entry.second.find(group);
        return at != entry.second.end() && !at->second.empty();
    });
}

}  // namespace odradek::kafka
