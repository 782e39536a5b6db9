// NNN.txnindex: the aborted transactions whose markers are in a segment, so that who reads
// read_committed is told what to leave out. The file is made with the first of them. Source:
// TransactionIndex, AbortedTxn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/log/segment_index.h"
#include "model/types.h"

namespace odradek::kafka {

struct AbortedTxn {
    static constexpr std::uint32_t bytes = 34;
    ProducerId producer_id{no_producer};
    Offset first_offset;
    Offset last_offset;         // Of its marker.
    Offset last_stable_offset;  // What it was when the marker came, once that is committed.

    void write_to(std::string& out) const;
    bool operator==(AbortedTxn const&) const = default;
};

using TransactionIndex = SegmentIndex<AbortedTxn>;

}  // namespace odradek::kafka
