// The broker's side of incremental fetch sessions (KIP-227): what each fetcher asks of each of its
// partitions, and what it was told last. A partition with nothing new to tell is quiet: it is not
// looked at until something happens to it, so a session costs what happens in it and not what it
// holds.
//
// What Kafka does at every fetch for every partition of the session, it would do for a quiet one
// too: the follower's position is the leader's end, which makes the time of the fetch its last
// fetch and the last time it was caught up. That is credited when somebody is about to look
// (settle).
//
// Source: kafka.server.{FetchSession, FetchSessionCacheShard, CachedPartition, FetchManager}; of
// the eight shards of the cache there is one here. KIP-227, KAFKA-9338.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "model/messages/fetch.h"
#include "model/out.h"
#include "model/replica/partition_table.h"
#include "model/replica/waiting.h"

namespace odradek::kafka {

struct SessionPartition {
    FetchPartition asked;
    std::uint32_t slot{PartitionTable::none};
    Offset told_high_watermark{no_offset};
    Offset told_log_start{no_offset};
    std::uint64_t turn{0};  // Who got records goes to the end of the queue.
    bool in_use{false};
    bool attended{false};  // In the session's attention; else quiet.
};

struct FetchSession {
    std::int32_t id{no_fetch_session};  // none: the place is free.
    std::int32_t epoch{0};              // Expected of the next request.
    BrokerId replica{no_broker};        // A follower's (Kafka: privileged), or a consumer's.
    BrokerEpoch replica_epoch{no_broker_epoch};
    Instant created;
    Instant last_used;
    std::vector<SessionPartition> parts;
    std::vector<std::uint32_t> free;
    std::vector<std::uint32_t> attention;  // Of parts: to be looked at by the next fetch.
    std::uint64_t turns{0};
    std::uint64_t content{0};  // Sum of the fingerprints of what is asked.
    std::size_t size{0};

    // Its last fetch: when it came, by both of the broker's clocks.
    Instant fetched;
    Instant fetched_wall;
    // The request that waits for something to tell, and whether it is parked: then it counts as
    // answered emptily and sent again, round by round (sim/network.h).
    std::optional<WaitId> waiting;
    bool answered_empty{false};  // The last answer had nothing in it, after all of the wait ...
    bool asks_again{false};      // ... and what waits now is the same again.
    bool parked{false};
    RequestId parked_request;

    bool of_follower() const { return replica != no_broker; }
};

class FetchSessions {
public:
    using Index = std::uint32_t;
    static constexpr Index none = 0xffffffff;
    // Kafka's min.incremental.fetch.session.eviction.ms, which cannot be set.
    static constexpr Duration min_eviction{120'000'000'000};

    FetchSessions(std::int32_t slots, bool caches_epochs)
        : slots_(static_cast<std::size_t>(slots)), caches_epochs_(caches_epochs)
    {
    }

    // A session for a full request; none when there is no room. Everything in it is new.
    Index create(Env const& env, FetchRequest const& request, PartitionTable& partitions);
    // Goes on with the session that the request names: takes over what it changes. The error of the
    // answer if it cannot. `index` is none when nothing is left in the session, which closes it.
    Error resume(Env const& env, FetchRequest const& request, PartitionTable& partitions,
                 Index& index);
    // By id: a full request closes the session it names.
    void close(Env const& env, std::int32_t id, PartitionTable& partitions);

    // Requests that waited in sessions that are closed.
    std::vector<WaitId> take_orphans() { return std::exchange(orphans_, {}); }

    FetchSession& operator[](Index index) { return sessions_[index]; }
    std::size_t size() const { return by_id_.size(); }
    // Ids in use, with their places.
    std::map<std::int32_t, Index> const& by_id() const { return by_id_; }
    FetchSession const& at(Index index) const { return sessions_[index]; }

    // -- Attention ----------------------------------------------------------------------------
    // The parts to be looked at, in their turns, in place of what is in `taken`. The caller decides
    // about each: keep or rest.
    void take_attention(Index index, std::vector<std::uint32_t>& taken);
    void keep(Index index, std::uint32_t part);
    // It has nothing to tell until something happens to its partition. A follower's position is
    // credited from here on.
    void rest(Index index, std::uint32_t part, PartitionTable& partitions);
    void move_to_end(Index index, std::uint32_t part)
    {
        sessions_[index].parts[part].turn = ++sessions_[index].turns;
    }
    // Something happened to the partition in that slot. Appends the sessions which have it.
    struct Watch {
        Index session{none};
        std::uint32_t part{0};
    };
    void touch(Env const& env, std::uint32_t slot, PartitionTable& partitions);
    std::vector<Watch> const& watches(std::uint32_t slot) const
    {
        static std::vector<Watch> const nobody;
        return slot < by_slot_.size() ? by_slot_[slot] : nobody;
    }
    // The partition of that slot is about to be gone; or one has come into it.
    void slot_freed(Env const& env, std::uint32_t slot, PartitionTable& partitions);
    void slot_taken(std::uint32_t slot, TopicPartition partition);

    // -- Parked -------------------------------------------------------------------------------
    // When the last fetch of the session came, counting those that were not made.
    static Instant last_fetch(Env const& env, FetchSession const& session);
    static Instant last_fetch_wall(Env const& env, FetchSession const& session)
    {
        return session.fetched_wall + (last_fetch(env, session) - session.fetched);
    }
    // The request is real again: notes its last fetch.
    static void unpark(Env const& env, FetchSession& session);

private:
    void put(Index index, FetchPartition const& asked, PartitionTable const& partitions);
    void drop(Env const& env, Index index, std::uint32_t part, PartitionTable& partitions);
    void remove(Env const& env, Index index, PartitionTable& partitions);
    bool make_room(Env const& env, bool privileged, std::size_t size, PartitionTable& partitions);
    std::vector<Watch>& watches_of(std::uint32_t slot);
    Watch const* find(Index index, TopicPartition partition,
                      PartitionTable const& partitions) const;
    void settle(Env const& env, Index index, SessionPartition const& part,
                PartitionTable& partitions);

    std::size_t slots_;   // max.incremental.fetch.session.cache.slots
    bool caches_epochs_;  // KAFKA-9338
    std::vector<FetchSession> sessions_;
    std::vector<Index> free_;
    std::map<std::int32_t, Index> by_id_;
    std::vector<std::vector<Watch>> by_slot_;
    std::vector<WaitId> orphans_;
    std::vector<Watch> homeless_;  // Parts of which this broker has no replica.
};

}  // namespace odradek::kafka
