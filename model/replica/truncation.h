// Where a follower cuts its log when the leader says their logs part: arithmetic only.
// KIP-279 (the answer carries an epoch and its end), KIP-595 (it comes with the fetch response).
// Source: AbstractFetcherThread.getOffsetTruncationState.
#pragma once

#include <algorithm>

#include "model/log/leader_epoch_cache.h"
#include "model/types.h"

namespace odradek::kafka {

// Where to cut, and whether that is all: false when the leader must be asked again, about the epoch
// that is the latest then.
struct TruncationPoint {
    Offset offset;
    bool complete{true};

    bool operator==(TruncationPoint const&) const = default;
};

// `leader` is the largest epoch up to ours that the leader knows, and where it ends there. When we
// do not know that epoch, our largest one below it decides, and the next fetch asks about that one.
// An answer as of KIP-101 has no epoch: its end offset alone decides.
inline TruncationPoint truncation_point(EpochAndOffset leader, LeaderEpochCache const& epochs,
                                        Offset log_end)
{
    EpochAndOffset const own =
        leader.epoch == no_epoch ? EpochAndOffset{} : epochs.end_offset_for(leader.epoch, log_end);
    if (own.end_offset == no_offset)
        return {std::min(leader.end_offset, log_end), true};
    if (own.epoch != leader.epoch)
        return {std::min(own.end_offset, log_end), false};
    return {std::min({own.end_offset, leader.end_offset, log_end}), true};
}

}  // namespace odradek::kafka
