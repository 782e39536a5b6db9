// How far the records of a partition are replicated well enough to be seen and acknowledged: arithmetic
// only. Partition.scala, maybeIncrementLeaderHW; KIP-497, KAFKA-15021, KAFKA-15583 (KIP-966).
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/types.h"

namespace odradek::kafka {

// What counts of one follower, as its leader sees it.
struct FollowerStanding {
    Offset log_end{no_offset};
    bool in_maximal_isr{false};  // In sync, or proposed to be (KIP-497): the controller may have said yes.
    bool caught_up{false};       // At the leader's end, or not long behind it.
    bool eligible{false};        // May join the ISR (KIP-841, KIP-903).
};

// A follower that is about to be in sync holds the high watermark too, or it could never join under load;
// but not one that may not join (KAFKA-15021).
constexpr bool holds_high_watermark(FollowerStanding const& follower)
{
    return follower.in_maximal_isr || (follower.caught_up && follower.eligible);
}

// min.insync.replicas, but never more than there are replicas.
constexpr std::int32_t effective_min_isr(std::int32_t min_insync_replicas, std::size_t replicas)
{
    return std::min(min_insync_replicas, static_cast<std::int32_t>(replicas));
}

// KAFKA-15583: below min.insync.replicas nothing becomes visible, because the ISR alone does not keep it
// safe. Counts the committed ISR, not the maximal one.
constexpr bool high_watermark_may_advance(std::size_t committed_isr, std::int32_t min_isr)
{
    return static_cast<std::int32_t>(committed_isr) >= min_isr;
}

// The smallest log end of the leader and of all who hold it back. The high watermark goes there if that
// is an advance; on a leader it never goes back.
template <class Followers>
constexpr Offset high_watermark_candidate(Offset leader_log_end, Followers const& followers)
{
    Offset candidate = leader_log_end;
    for (FollowerStanding const& follower : followers)
        if (follower.log_end < candidate && holds_high_watermark(follower))
            candidate = follower.log_end;
    return candidate;
}

}  // namespace odradek::kafka
