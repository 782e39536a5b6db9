// White-box laws of what is in sync, earlier than any loss: the ISR has what is committed, it lies
// within what its leader counts, no offset is given twice in one epoch, and nobody sees committed
// records go. "Committed" is the true high watermark: the furthest any leader has told of.
//
// Sources: hachikuji/kafka-specification (StrongIsr), Vanlightly/kafka-tlaplus (Replication Quorum
// Superset, ConsistentRead); KIP-101, KIP-207, KIP-320, KIP-497.
#pragma once

#include <cstdint>
#include <vector>

#include "model/check/by_partition.h"
#include "model/check/ledger.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class IsrLaws {
public:
    explicit IsrLaws(Verdicts& verdicts);

    // The ledger has seen the fact already.
    void see(Fact const& fact, Ledger& ledger, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts);

private:
    struct EpochEnd {
        Epoch epoch;
        Offset end;  // What a leader has given of offsets in this epoch, exclusive.
    };
    struct Partition {
        // The true high watermark, and the last batch below it.
        Offset committed{0};
        BatchRef last;
        Moment committed_at;
        BrokerId committed_by{no_broker};
        // As the controller has committed it.
        std::vector<BrokerId> isr;
        BrokerId leader{no_broker};
        Epoch leader_epoch{no_epoch};
        // Of the leader the controller last elected: what it counts as in sync. Empty: not heard.
        std::vector<BrokerId> maximal;
        Epoch maximal_epoch{no_epoch};
        std::vector<EpochEnd> epochs;           // Ascending.
        std::vector<BrokerId> recovered_short;  // Came back without what is committed.
        bool deleted{false};                    // The topic was.
        // The furthest batch a client was given, and the furthest end clients have seen or were
        // told of.
        BatchRef read;
        Moment read_at;
        Offset seen{0};
        Moment seen_at;
    };

    void on_change(Fact const& fact, PartitionChanged const& change, Ledger& ledger,
                   Names const& names, Verdicts& verdicts);
    void on_high_watermark(Fact const& fact, HighWatermarkAdvanced const& moved, Ledger& ledger,
                           Names const& names, Verdicts& verdicts);
    void on_leader(Fact const& fact, BecameLeader const& leader, Ledger& ledger, Names const& names,
                   Verdicts& verdicts);
    void on_appended(Fact const& fact, RecordsAppended const& appended, Names const& names,
                     Verdicts& verdicts);
    void on_truncated(Fact const& fact, LogTruncated const& truncated, Names const& names,
                      Verdicts& verdicts);
    void on_told(Fact const& fact, LatestOffsetTold const& told, Names const& names,
                 Verdicts& verdicts);
    void check_maximal(Fact const& fact, TopicPartition id, Partition const& partition,
                       Names const& names, Verdicts& verdicts);
    // A member of the ISR must have all that is committed.
    void check_member(Fact const& fact, TopicPartition id, Partition const& partition,
                      BrokerId member, char const* when, Ledger& ledger, Names const& names,
                      Verdicts& verdicts);

    ByPartition<Partition> partitions_;
    // Brokers whose new life the controller does not know yet: until it does, what their leaders
    // and the ISR say of them is of their former life. Sorted.
    std::vector<BrokerId> reborn_;
    std::size_t has_committed_;
    std::size_t within_maximal_;
    std::size_t unique_;
    std::size_t ordered_;
    std::size_t uncommitted_read_;
    std::size_t regress_;
};

}  // namespace odradek::kafka::check
