// White-box laws of replication, looked at after every event: one leader per epoch, ISR inside
// replicas, a leader's high watermark never goes back, logs agree below it, every later leader has
// what was acknowledged with acks=all. Sources: Kafka's replication design (KIP-101, KIP-966),
// hachikuji/kafka-specification (StrongIsr), Vanlightly/kafka-tlaplus (LeaderCompleteness,
// LogMatching).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "model/check/ledger.h"
#include "model/check/verdicts.h"

namespace odradek::kafka::check {

class ReplicationLaws {
public:
    explicit ReplicationLaws(Verdicts& verdicts);

    // The ledger has seen the fact already.
    void see(Fact const& fact, Ledger& ledger, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Ledger& ledger, Names const& names, Verdicts& verdicts);

    // The first committed offset that a log does not have; nothing when it has all.
    std::optional<Offset> first_committed_missing(TopicPartition partition, Mirror const& mirror);

private:
    struct Acknowledged {
        Offset base_offset;
        BatchRef batch;
        Moment at;
    };
    struct CommittedBatch {
        Offset base;  // Beside the reference, so that a search stays in one array.
        Offset end;
        BatchRef batch;
    };
    // Of a replica's log: up to where it was compared.
    struct Checked {
        BrokerId broker;
        Offset to{0};
    };
    struct Committed {
        std::vector<CommittedBatch> log;  // What some leader has said is committed.
        Offset end{0};
        std::vector<Checked> checked;  // As many as there are replicas, or a few more.
        std::map<Epoch, std::pair<BrokerId, Moment>> leaders;
        std::vector<Acknowledged> acknowledged;  // acks=all; by offset.

        Offset& checked_of(BrokerId broker);
    };

    void on_leader(Fact const& fact, BecameLeader const& leader, Ledger& ledger, Names const& names,
                   Verdicts& verdicts);
    void on_high_watermark(Fact const& fact, HighWatermarkAdvanced const& moved, Ledger& ledger,
                           Names const& names, Verdicts& verdicts);
    void on_change(Fact const& fact, PartitionChanged const& change, Names const& names,
                   Verdicts& verdicts);
    void compare(Fact const& fact, TopicPartition partition, BrokerId broker, Offset to,
                 Ledger& ledger, Names const& names, Verdicts& verdicts);

    ByPartition<Committed> partitions_;
    std::size_t leader_unique_;
    std::size_t isr_inside_;
    std::size_t monotonic_;
    std::size_t prefix_;
    std::size_t complete_;
    std::size_t identical_;
};

}  // namespace odradek::kafka::check
