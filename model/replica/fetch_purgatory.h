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
    // A request that may be answered now.
    struct Ready {
        RequestId request;
        FetchRequest fetch;
    };
    // Waits until there are `fetch.min_bytes` to read, or until the deadline.
    void add(Env const& env, RequestId request, FetchRequest const& fetch, Instant deadline,
             PartitionTable const& partitions, Out& out);
    // Something changed in the partition of that slot: its log, its high watermark, its role, or it
    // is gone. Appends the requests that need wait no more.
    void check(std::uint32_t slot, PartitionTable const& partitions, FetchHold const& hold,
               std::vector<Ready>& ready);
    void on_timer(Env const& env, std::vector<Ready>& ready, Out& out);

    std::size_t size() const { return waiting_.size(); }
    bool watched(std::uint32_t slot) const
    {
        return slot < by_slot_.size() && !by_slot_[slot].empty();
    }

private:
    struct Delayed {
        RequestId request;
        FetchRequest fetch;
    };
    struct Watcher {
        WaitId id;
        std::uint32_t partition{0};  // Which of the request's.
    };
    bool enough(Delayed const& delayed, std::uint32_t changed, PartitionTable const& partitions,
                FetchHold const& hold) const;
    void take(WaitId id, std::vector<Ready>& ready);

    Slab<Delayed> waiting_;
    Deadlines deadlines_{TimerKind::delayed_fetch};
    std::vector<std::vector<Watcher>> by_slot_;
};

}  // namespace odradek::kafka
