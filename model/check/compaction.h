// What compaction may take: the latest committed record of each key stays (a tombstone for as long
// as delete.retention.ms says), order and content stay, and what a tombstone has deleted does not
// come back when the tombstone goes. Source: Kafka's documentation of log compaction; KIP-534.
#pragma once

#include "model/check/ledger.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class CompactionLaws {
public:
    explicit CompactionLaws(Verdicts& verdicts);

    // Before the ledger sees the fact: it has the log as it was.
    void see(Fact const& fact, Ledger& ledger, Names const& names, Verdicts& verdicts) const;

private:
    std::size_t keeps_latest_;
    std::size_t below_high_watermark_;
};

}  // namespace odradek::kafka::check
