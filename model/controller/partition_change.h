// One change of one partition: from what is wanted to the record that says it, or to none when
// nothing would change. Pure. Source: PartitionChangeBuilder, PartitionReassignmentReplicas;
// KAFKA-15021 for the epoch on shrinking, KIP-966 for eligible leader replicas, KIP-858 for
// directories.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "model/controller/decision.h"
#include "model/controller/election.h"
#include "model/metadata/image.h"

namespace odradek::kafka {

// What is wanted; what is not said stays as it is.
struct PartitionChange {
    TopicPartition partition;
    PartitionRegistration const& registration;  // As it is now.
    std::vector<BrokerId> target_isr;           // As it should be.
    LeaderRecoveryState target_recovery{registration.recovery};
    Election election{Election::online};
    std::vector<BrokerId> target_replicas{registration.replicas};
    std::vector<BrokerId> target_adding{registration.adding};
    std::vector<BrokerId> target_removing{registration.removing};
    BrokerId unclean_shutdown{no_broker};  // It comes back without knowing what it has.
    std::optional<std::pair<BrokerId, DirectoryId>> directory{};  // Of one replica.
};

// What the cluster decides about such changes.
struct ChangeRules {
    MetadataVersion metadata;
    bool elr{false};          // KIP-966 is on.
    std::int32_t min_isr{1};  // Effective.
    bool bump_epoch_on_shrink{false};
    // KAFKA-15665: a reassignment is complete when every target replica is in sync, not only the
    // new ones.
    bool complete_with_all_targets{true};
    bool last_known_leader_must_be_acceptable{true};  // KAFKA-19522
    // Where a replica goes of which nothing was said; empty: migrating.
    std::function<DirectoryId(BrokerId)> default_directory{};
};
// The effective minimum counts the replicas of the topic's first partition, as Kafka does.
ChangeRules rules_of(ControllerView const& cluster, TopicView const& topic);

struct BuiltChange {
    std::optional<PartitionChangeRecord> record;  // Absent: nothing changes.
    ElectionResult elected;                       // Also when it is the present leader.
    // What the election looked at, for the story.
    std::vector<BrokerId> replicas{};
    std::vector<BrokerId> isr{};
    Eligible eligible{};
};

// In Kafka's order: complete a reassignment, find the eligible leaders, elect, raise the leader
// epoch if a replica leaves, then ELR, ISR, epoch on shrinking, last known leader, assignment.
BuiltChange build_change(PartitionChange const& change, AcceptableLeader const& acceptable,
                         ChangeRules const& rules);

}  // namespace odradek::kafka
