#include "model/replica/fetch_sessions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/ensure.h"

namespace odradek::kafka {

namespace {
constexpr sim::Site id_site("fetch-session.id");
}  // namespace

// -- The cache ----------------------------------------------------------------------------------

FetchSessions::Index FetchSessions::create(Env const& env, FetchRequest const& request,
                                           PartitionTable& partitions)
{
    bool const privileged = request.replica != no_broker;
    if (!make_room(env, privileged, request.partitions.size(), partitions))
        return none;
    std::int32_t id = no_fetch_session;
    while (id == no_fetch_session || by_id_.count(id) != 0)
        id = static_cast<std::int32_t>(env.below(id_site, INT32_MAX)) + 1;
    Index index{};
    if (free_.empty()) {
        index = static_cast<Index>(sessions_.size());
        sessions_.emplace_back();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    FetchSession& session = sessions_[index];
    session = {};
    session.id = id;
    session.epoch = next_session_epoch(initial_session_epoch);
    session.replica = request.replica;
    session.replica_epoch = request.replica_epoch;
    session.created = session.last_used = env.now;
    session.parts.reserve(request.partitions.size());
    by_id_[id] = index;
    for (FetchPartition const& asked : request.partitions)
        put(index, asked, partitions);
    return index;
}

Error FetchSessions::resume(Env const& env, FetchRequest const& request, PartitionTable& partitions,
                            Index& index)
{
    auto const known = by_id_.find(request.session);
    if (known == by_id_.end())
        return Error::fetch_session_id_not_found;
    index = known->second;
    FetchSession& session = sessions_[index];
    if (session.epoch != request.session_epoch)
        return Error::invalid_fetch_session_epoch;
    for (FetchPartition const& asked : request.partitions) {
        FetchPartition cached = asked;
        if (!caches_epochs_)  // KAFKA-9338: what is asked is never checked against an epoch.
            cached.current_leader_epoch = cached.last_fetched_epoch = no_epoch;
        Watch const* const watch = find(index, asked.partition, partitions);
        if (watch == nullptr) {
            put(index, cached, partitions);
            continue;
        }
        SessionPartition& part = session.parts[watch->part];
        settle(env, index, part, partitions);
        session.content += session_fingerprint(cached) - session_fingerprint(part.asked);
        part.asked = cached;
        keep(index, watch->part);
    }
    for (TopicPartition const partition : request.forgotten)
        if (Watch const* const watch = find(index, partition, partitions))
            drop(env, index, watch->part, partitions);
    if (session.size == 0) {
        remove(env, std::exchange(index, none), partitions);
        return Error::none;
    }
    if (std::exchange(session.replica_epoch, request.replica_epoch) != request.replica_epoch)
        for (std::uint32_t part = 0; part < session.parts.size(); ++part)
            if (session.parts[part].in_use) {
                settle(env, index, session.parts[part], partitions);
                keep(index, part);
            }
    if (session.waiting)
        orphans_.push_back(*std::exchange(session.waiting, std::nullopt));
    session.parked = false;
    session.last_used = env.now;
    session.epoch = next_session_epoch(session.epoch);
    return Error::none;
}

void FetchSessions::close(Env const& env, std::int32_t id, PartitionTable& partitions)
{
    auto const known = by_id_.find(id);
    if (known != by_id_.end())
        remove(env, known->second, partitions);
}

void FetchSessions::remove(Env const& env, Index index, PartitionTable& partitions)
{
    FetchSession& session = sessions_[index];
    for (std::uint32_t part = 0; part < session.parts.size(); ++part)
        if (session.parts[part].in_use)
            drop(env, index, part, partitions);
    if (session.waiting)
        orphans_.push_back(*session.waiting);
    by_id_.erase(session.id);
    session = {};
    free_.push_back(index);
}

// FetchSessionCacheShard.tryEvict: who was not used for long goes first; then, for one that counts
// more (a follower's, or one with more partitions), the least of those that may go.
bool FetchSessions::make_room(Env const& env, bool privileged, std::size_t size,
                              PartitionTable& partitions)
{
    if (by_id_.size() < slots_)
        return true;
    using Key = std::tuple<bool, std::size_t, std::int32_t>;
    auto const key = [&](FetchSession const& session) {
        return Key{session.of_follower(), session.size, session.id};
    };
    Index oldest = none;
    Index least = none;
    for (auto const& [id, index] : by_id_) {
        FetchSession& session = sessions_[index];
        if (session.parked)
            session.last_used = last_fetch(env, session);
        if (oldest == none || session.last_used < sessions_[oldest].last_used)
            oldest = index;
        bool const settled = session.last_used - session.created > min_eviction;
        bool const evictable = settled || (privileged && !session.of_follower());
        if (evictable && (least == none || key(session) < key(sessions_[least])))
            least = index;
    }
    Index gone = none;
    if (oldest != none && env.now - sessions_[oldest].last_used > min_eviction)
        gone = oldest;
    else if (least != none && Key{privileged, size, 0} >= key(sessions_[least]))
        gone = least;
    if (gone == none)
        return false;
    remove(env, gone, partitions);
    return true;
}

// -- Partitions of a session ----------------------------------------------------------------------

std::vector<FetchSessions::Watch>& FetchSessions::watches_of(std::uint32_t slot)
{
    if (slot == PartitionTable::none)
        return homeless_;
    if (by_slot_.size() <= slot)
        by_slot_.resize(slot + std::size_t{1});
    return by_slot_[slot];
}

FetchSessions::Watch const* FetchSessions::find(Index index, TopicPartition partition,
                                                PartitionTable const& partitions) const
{
    std::uint32_t const slot = partitions.slot_of(partition);
    for (Watch const& watch : slot == PartitionTable::none ? homeless_ : watches(slot))
        if (watch.session == index &&
            sessions_[index].parts[watch.part].asked.partition == partition)
            return &watch;
    return nullptr;
}

void FetchSessions::put(Index index, FetchPartition const& asked, PartitionTable const& partitions)
{
    FetchSession& session = sessions_[index];
    std::uint32_t part{};
    if (session.free.empty()) {
        part = static_cast<std::uint32_t>(session.parts.size());
        session.parts.emplace_back();
    } else {
        part = session.free.back();
        session.free.pop_back();
    }
    SessionPartition& made = session.parts[part];
    bool const attended = made.attended;  // A place that is listed already.
    made = {};
    made.attended = attended;
    made.asked = asked;
    made.slot = partitions.slot_of(asked.partition);
    made.turn = ++session.turns;
    made.in_use = true;
    session.content += session_fingerprint(asked);
    ++session.size;
    watches_of(made.slot).push_back({index, part});
    keep(index, part);
}

void FetchSessions::drop(Env const& env, Index index, std::uint32_t part,
                         PartitionTable& partitions)
{
    FetchSession& session = sessions_[index];
    SessionPartition& gone = session.parts[part];
    settle(env, index, gone, partitions);
    std::erase_if(watches_of(gone.slot),
                  [&](Watch const& watch) { return watch.session == index && watch.part == part; });
    session.content -= session_fingerprint(gone.asked);
    --session.size;
    gone.in_use = false;
    session.free.push_back(part);
}

// -- Attention ------------------------------------------------------------------------------------

void FetchSessions::keep(Index index, std::uint32_t part)
{
    if (!std::exchange(sessions_[index].parts[part].attended, true))
        sessions_[index].attention.push_back(part);
}

void FetchSessions::take_attention(Index index, std::vector<std::uint32_t>& taken)
{
    FetchSession& session = sessions_[index];
    taken.clear();
    std::swap(taken, session.attention);
    for (std::uint32_t const part : taken)
        session.parts[part].attended = false;
    std::erase_if(taken, [&](std::uint32_t part) { return !session.parts[part].in_use; });
    std::sort(taken.begin(), taken.end(), [&](std::uint32_t a, std::uint32_t b) {
        return session.parts[a].turn < session.parts[b].turn;
    });
}

void FetchSessions::rest(Index index, std::uint32_t part, PartitionTable& partitions)
{
    FetchSession const& session = sessions_[index];
    if (!session.of_follower())
        return;
    LeaderRole* const role = partitions.at(session.parts[part].slot)->leader_role();
    ENSURE(role != nullptr, "a follower rests at its leader");
    RemoteReplica* const remote = role->find(session.replica);
    ENSURE(remote != nullptr, "a follower that rests is a replica");
    remote->credited_by = index;
}

void FetchSessions::settle(Env const& env, Index index, SessionPartition const& part,
                           PartitionTable& partitions)
{
    FetchSession const& session = sessions_[index];
    Partition* const partition =
        part.slot != PartitionTable::none ? partitions.at(part.slot) : nullptr;
    LeaderRole* const role = partition != nullptr ? partition->leader_role() : nullptr;
    RemoteReplica* const remote = role != nullptr ? role->find(session.replica) : nullptr;
    if (remote == nullptr || remote->credited_by != index)
        return;
    remote->credited_by = RemoteReplica::nobody;
    remote->on_idle_fetches(last_fetch_wall(env, session));
}

void FetchSessions::touch(Env const& env, std::uint32_t slot, PartitionTable& partitions)
{
    for (Watch const& watch : watches(slot)) {
        settle(env, watch.session, sessions_[watch.session].parts[watch.part], partitions);
        keep(watch.session, watch.part);
    }
}

void FetchSessions::slot_freed(Env const& env, std::uint32_t slot, PartitionTable& partitions)
{
    touch(env, slot, partitions);
    if (slot >= by_slot_.size())
        return;
    for (Watch const& watch : by_slot_[slot]) {
        sessions_[watch.session].parts[watch.part].slot = PartitionTable::none;
        homeless_.push_back(watch);
    }
    by_slot_[slot].clear();
}

void FetchSessions::slot_taken(std::uint32_t slot, TopicPartition partition)
{
    std::erase_if(homeless_, [&](Watch const& watch) {
        SessionPartition& part = sessions_[watch.session].parts[watch.part];
        if (part.asked.partition != partition)
            return false;
        part.slot = slot;
        watches_of(slot).push_back(watch);
        keep(watch.session, watch.part);
        return true;
    });
}

// -- Parked ---------------------------------------------------------------------------------------

Instant FetchSessions::last_fetch(Env const& env, FetchSession const& session)
{
    if (!session.parked)
        return session.fetched;
    std::optional<sim::ParkedRound> const round = env.parked(session.parked_request);
    return round && round->since_arrival != sim::ParkedRound::not_yet
               ? env.now - round->since_arrival
               : session.fetched;
}

void FetchSessions::unpark(Env const& env, FetchSession& session)
{
    Instant const fetched = last_fetch(env, session);
    session.fetched_wall = session.fetched_wall + (fetched - session.fetched);
    session.fetched = fetched;
    session.last_used = std::max(session.last_used, fetched);
    session.parked = false;
}

}  // namespace odradek::kafka
