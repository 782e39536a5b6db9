#include "model/replica/fetch_purgatory.h"

#include <utility>

namespace odradek::kafka {

void FetchPurgatory::add(Env const& env, RequestId request, FetchRequest const& fetch,
                         Instant deadline, PartitionTable const& partitions, Out& out)
{
    WaitId const id = waiting_.add();
    Waiting& delayed = waiting_[id];
    delayed.request = request;
    delayed.fetch = fetch;
    delayed.in = {};
    for (std::uint32_t i = 0; i < fetch.partitions.size(); ++i) {
        std::uint32_t const slot = partitions.slot_of(fetch.partitions[i].partition);
        if (slot == PartitionTable::none)
            continue;
        if (by_slot_.size() <= slot)
            by_slot_.resize(slot + 1);
        // Those that are over are dropped here, so the list is as long as the readers are many.
        std::erase_if(by_slot_[slot],
                      [&](Watcher const& watcher) { return waiting_.find(watcher.id) == nullptr; });
        by_slot_[slot].push_back({id, i});
    }
    deadlines_.add(env, deadline, id, out);
}

void FetchPurgatory::check(std::uint32_t slot, PartitionTable const& partitions,
                           FetchHold const& hold, std::vector<Ready>& ready)
{
    if (!watched(slot))
        return;
    std::vector<Watcher>& watchers = by_slot_[slot];
    std::size_t kept = 0;
    for (Watcher const watcher : watchers) {
        Waiting const* const delayed = waiting_.find(watcher.id);
        if (delayed == nullptr)
            continue;
        if (enough(*delayed, watcher.partition, partitions, hold))
            take(watcher.id, ready);
        else
            watchers[kept++] = watcher;
    }
    watchers.resize(kept);
}

// Only the partition that changed is looked at, unless bytes of several must be added up.
bool FetchPurgatory::enough(Waiting const& delayed, std::uint32_t changed,
                            PartitionTable const& partitions, FetchHold const& hold) const
{
    FetchPartition const& wanted = delayed.fetch.partitions[changed];
    Partition const* const partition = partitions.find(wanted.partition);
    if (partition == nullptr || partition->must_answer(delayed.fetch, wanted))
        return true;
    if (hold.holds(delayed.fetch, *partition))
        return false;
    auto const needed = static_cast<std::uint64_t>(delayed.fetch.min_bytes);
    std::uint64_t bytes = partition->available(delayed.fetch, wanted, needed);
    if (bytes == 0)
        return false;
    for (std::uint32_t i = 0; i < delayed.fetch.partitions.size() && bytes < needed; ++i)
        if (i != changed)
            if (Partition const* other = partitions.find(delayed.fetch.partitions[i].partition);
                other != nullptr && !hold.holds(delayed.fetch, *other))
                bytes +=
                    other->available(delayed.fetch, delayed.fetch.partitions[i], needed - bytes);
    return bytes >= needed;
}

void FetchPurgatory::take(WaitId id, std::vector<Ready>& ready)
{
    Waiting& delayed = waiting_[id];
    ready.push_back(
        {delayed.request, std::move(delayed.fetch), delayed.in.session, delayed.in.full, false});
    waiting_.remove(id);
    deadlines_.drop_gone(waiting_);
}

WaitId FetchPurgatory::add_session(Env const& env, RequestId request, FetchRequest const& fetch,
                                   InSession const& in, Instant deadline, Out& out)
{
    WaitId const id = waiting_.add();
    Waiting& delayed = waiting_[id];
    delayed.request = request;
    delayed.fetch = fetch;
    delayed.fetch.partitions.clear();
    delayed.fetch.forgotten.clear();
    delayed.in = in;
    deadlines_.add(env, deadline, id, out);
    return id;
}

void FetchPurgatory::on_timer(Env const& env, std::vector<WaitId>& due, Out& out)
{
    WaitId id;
    while (deadlines_.take_due(env, id))
        if (waiting_.find(id) != nullptr)
            due.push_back(id);
    deadlines_.drop_gone(waiting_);
    deadlines_.on_timer(env, out);
}

}  // namespace odradek::kafka
