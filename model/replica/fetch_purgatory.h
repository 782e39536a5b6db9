// Fetch requests that wait for min_bytes or for max_wait to be over.
// Source: kafka.server.DelayedFetch; KAFKA-9952 (a follower does not wait for the high watermark).
#pragma once

#include <cstdint>
#include <vector>

#include "model/messages/fetch.h"
#include "model/out.h"
#include "model/replica/partition_table.h"
#include "model/replica/waiting.h"

namespace odradek::kafka {

// Leaders hold back followers of throttled replicas that are not in sync, so that throttling never
// costs a place in the ISR (ReplicaManager.shouldLeaderThrottle).
struct FetchHold {
    ReplicationQuota* quota{nullptr};  // Null: nothing is throttled.
    Instant wall;

    bool holds(FetchRequest const& fetch, Partition const& partition) const
    {
        if (quota == nullptr || fetch.replica == no_broker || !quota->is_throttled(partition.id()))
            return false;
        LeaderRole const* const role = partition.leader_role();
        RemoteReplica const* const remote = role != nullptr ? role->find(fetch.replica) : nullptr;
        return remote != nullptr && !remote->in_isr && quota->exceeded(wall);
    }
};

class FetchPurgatory {
public:
    static constexpr std::uint32_t no_session = 0xffffffff;

    // A request that may be answered now.
    struct Ready {
        RequestId request;
        FetchRequest fetch;
        std::uint32_t session{no_session};
        bool full{false};
        bool in_vain{false};  // It has waited to its deadline.
    };
    // A request of a fetch session: which partitions it waits for, the session knows
    // (FetchSessions).
    struct InSession {
        std::uint32_t session{no_session};  // Its place among the broker's.
        bool full{false};                   // All its partitions are to be answered.
        std::uint64_t disturbances{0};      // Of the world, when it came.
    };
    // Waits until there are `fetch.min_bytes` to read, or until the deadline.
    void add(Env const& env, RequestId request, FetchRequest const& fetch, Instant deadline,
             PartitionTable const& partitions, Out& out);
    // Waits until it is taken; its partitions are not watched from here.
    WaitId add_session(Env const& env, RequestId request, FetchRequest const& fetch,
                       InSession const& in, Instant deadline, Out& out);
    // Takes one that waits, to be answered.
    void take(WaitId id, std::vector<Ready>& ready);
    // It waits no more and is not answered from here.
    void drop(WaitId id)
    {
        waiting_.remove(id);
        deadlines_.drop_gone(waiting_);
    }
    // One that was left waiting at its deadline has another.
    void wait_until(Env const& env, WaitId id, Instant deadline, Out& out)
    {
        deadlines_.add(env, deadline, id, out);
    }
    // What waits; null when it is gone.
    struct Waiting {
        RequestId request;
        FetchRequest fetch;
        InSession in;
    };
    Waiting* find(WaitId id) { return waiting_.find(id); }
    // Something changed in the partition of that slot: its log, its high watermark, its role, or it
    // is gone. Appends the requests that need wait no more.
    void check(std::uint32_t slot, PartitionTable const& partitions, FetchHold const& hold,
               std::vector<Ready>& ready);
    // Those whose deadline has come, to be taken or left.
    void on_timer(Env const& env, std::vector<WaitId>& due, Out& out);

    std::size_t size() const { return waiting_.size(); }
    bool watched(std::uint32_t slot) const
    {
        return slot < by_slot_.size() && !by_slot_[slot].empty();
    }

private:
    struct Watcher {
        WaitId id;
        std::uint32_t partition{0};  // Which of the request's.
    };
    bool enough(Waiting const& delayed, std::uint32_t changed, PartitionTable const& partitions,
                FetchHold const& hold) const;

    Slab<Waiting> waiting_;
    Deadlines deadlines_{TimerKind::delayed_fetch};
    std::vector<std::vector<Watcher>> by_slot_;
};

}  // namespace odradek::kafka
