// Where a follower cuts its log when the leader says their logs part: arithmetic only.
// KIP-279 (the answer carries an epoch and its end), KIP-595 (it comes with the fetch response).
// Source: AbstractFetcherThread.getOffsetTruncationState.
#pragma once

#include <algorithm>

#include "model/log/leader_epoch_cache.h"
#include "model/types.h"

namespace odradek::kafka {

// `leader` is the largest epoch up to ours that the leader knows, and where it ends there. When we do not
// know that epoch, our largest one below it decides, and the next fetch asks about that one.
inline Offset truncation_offset(EpochAndOffset leader, LeaderEpochCache const& epochs, Offset log_end)
{
    EpochAndOffset const own = epochs.end_offset_for(leader.epoch, log_end);
    if (own.end_offset == no_offset)
        return std::min(leader.end_offset, log_end);
    if (own.epoch != leader.epoch)
        return std::min(own.end_offset, log_end);
    return std::min({own.end_offset, leader.end_offset, log_end});
}

}  // namespace odradek::kafka
