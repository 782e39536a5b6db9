#include "model/controller/partition_change.h"

#include <algorithm>

namespace odradek::kafka {

BuiltChange build_change(PartitionChange const& change, AcceptableLeader const& acceptable,
                         KafkaVersion version)
{
    PartitionRegistration const& now = change.registration;
    PartitionChangeRecord record;
    record.partition = change.partition;
    bool changed = false;

    ElectionResult const elected =
        elect_leader(change.election, now.replicas, change.target_isr, now.leader, acceptable);
    if (elected.leader != now.leader) {
        record.leader = elected.leader;
        changed = true;
        if (elected.unclean) {
            // What the others have is not known to be right any more: the ISR is the leader alone.
            record.isr = std::vector<BrokerId>{elected.leader};
            if (now.recovery != LeaderRecoveryState::recovering)
                record.recovery = LeaderRecoveryState::recovering;
        }
    }
    // An ISR that would become empty keeps its last members: the last replica standing stays the
    // only one that may lead (KIP-966 calls it by that name, and ends it).
    if (!record.isr && !change.target_isr.empty() && change.target_isr != now.isr) {
        record.isr = change.target_isr;
        changed = true;
    }
    // Before 3.6 a shrinking ISR had to raise the leader epoch (KAFKA-15021).
    if (version < KafkaVersion{3, 6} && !record.leader && record.isr) {
        bool const shrunk = std::any_of(now.isr.begin(), now.isr.end(), [&](BrokerId member) {
            return std::find(record.isr->begin(), record.isr->end(), member) == record.isr->end();
        });
        if (shrunk)
            record.leader = now.leader;
    }
    if (!record.recovery && change.target_recovery != now.recovery) {
        record.recovery = change.target_recovery;
        changed = true;
    }
    if (!changed)
        return {std::nullopt, elected};
    return {record, elected};
}

}  // namespace odradek::kafka
