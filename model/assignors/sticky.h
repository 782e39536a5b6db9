// What the two sticky algorithms share: who has what already, and racks. AbstractStickyAssignor.
#pragma once

#include <vector>

#include "model/assignors/subscriptions.h"

namespace odradek::kafka {

struct StickyStart {
    Subscriptions const& of;
    bool racks{false};  // Racks count.
    bool same_subscriptions{true};
    bool claims_settled{true};            // No partition is owned by two.
    std::vector<std::vector<int>> owned;  // By member: claims that hold.
    std::vector<bool> claimed_twice;      // By partition: by two, for one generation.
    std::int32_t latest_generation{-1};

    // Is the member in another rack than every replica?
    bool too_far(int member, int partition) const;
};

struct StickyOutcome {
    std::vector<std::vector<int>> assigned;  // By member.
    std::vector<bool> transferring;          // By partition; empty: not known.
};

// Everybody subscribes to the same: quotas, what fits is kept, the rest is dealt out.
StickyOutcome assign_constrained(StickyStart start);
// Subscriptions differ: the least loaded first, then moves as long as balance gains by them.
StickyOutcome assign_general(StickyStart start, AssignorInput const& input);

}  // namespace odradek::kafka
