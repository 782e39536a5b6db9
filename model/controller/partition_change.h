// One change of one partition: from what is wanted to the record that says it, or to none when
// nothing would change. Pure. Source: PartitionChangeBuilder; KAFKA-15021 for the epoch on
// shrinking. ELR (KIP-966) is off: the ISR never becomes empty, the last replica standing stays in
// it.
#pragma once

#include <optional>
#include <vector>

#include "model/controller/election.h"
#include "model/metadata/image.h"
#include "model/version.h"

namespace odradek::kafka {

struct PartitionChange {
    TopicPartition partition;
    PartitionRegistration const& registration;  // As it is now.
    std::vector<BrokerId> target_isr;           // As it should be.
    LeaderRecoveryState target_recovery{registration.recovery};
    Election election{Election::online};
};

struct BuiltChange {
    std::optional<PartitionChangeRecord> record;  // Absent: nothing changes.
    ElectionResult elected;                       // Also when it is the present leader.
};

BuiltChange build_change(PartitionChange const& change, AcceptableLeader const& acceptable,
                         KafkaVersion version);

}  // namespace odradek::kafka
