// metadata.version: the format of the metadata log, and with it which of the controller's rules
// hold; the cluster's administrator raises it after all nodes have the software (KIP-584, KIP-778).
// Source: org.apache.kafka.server.common.MetadataVersion.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/version.h"

namespace odradek::kafka {

// By its feature level, as the log has it. 0: unknown, before the first record.
struct MetadataVersion {
    std::int16_t level{0};

    constexpr auto operator<=>(MetadataVersion const&) const = default;

    // KIP-704: an unclean leader is RECOVERING.
    constexpr bool leader_recovery() const { return level >= 3; }
    // KIP-835: no-op records.
    constexpr bool no_op_records() const { return level >= 5; }
    // KIP-841: the controller keeps who is in controlled shutdown.
    constexpr bool in_controlled_shutdown() const { return level >= 7; }
    // KIP-903: brokers say their epoch in fetches.
    constexpr bool broker_epoch_in_fetch() const { return level >= 10; }
    // KAFKA-15021: before 3.6-IV0 a shrinking ISR has to raise the leader epoch.
    constexpr bool leader_epoch_bump_on_isr_shrink() const { return level < 12; }
    // KIP-919: controllers register.
    constexpr bool controller_registration() const { return level >= 15; }
    // KIP-858: a replica's log directory is part of its partition's registration.
    constexpr bool directory_assignment() const { return level >= 17; }
    // KIP-966: eligible leader replicas can be written down.
    constexpr bool eligible_leader_replicas() const { return level >= 23; }
};

// "3.6-IV0"; "unknown" for a level that has no name.
std::string to_string(MetadataVersion version);
// Takes a name ("3.6-IV0"), a release ("3.6": its last), or a level ("12").
std::optional<MetadataVersion> parse_metadata_version(std::string_view text);

// The first that a cluster of that Kafka can have, and the one a new cluster gets.
MetadataVersion oldest_metadata_version(KafkaVersion version);
MetadataVersion latest_metadata_version(KafkaVersion version);
// Does the log lose something when `to`, the older, takes over from `from`?
bool metadata_changed_between(MetadataVersion from, MetadataVersion to);
// Of the first until the last simulated, for listings.
std::vector<MetadataVersion> all_metadata_versions();

inline constexpr std::string_view metadata_version_feature = "metadata.version";
inline constexpr std::string_view kraft_version_feature = "kraft.version";
inline constexpr std::string_view elr_feature = "eligible.leader.replicas.version";

// The highest version of a feature that the software of `version` knows; nothing: it does not know
// the feature. Features that nothing here depends on are known as Kafka knows them.
std::optional<std::int16_t> supported_feature_level(KafkaVersion version, std::string_view feature);
// What a new cluster of that Kafka starts with: eligible.leader.replicas.version is 1 from
// metadata.version 4.1-IV0 on (KIP-966).
std::int16_t default_feature_level(MetadataVersion metadata, std::string_view feature);

// Feature -> level.
using FeatureLevels = std::map<std::string, std::int16_t, std::less<>>;
// What a cluster of that Kafka begins with where `wanted` (feature -> level, or the name of a
// metadata.version) says nothing else. Without kraft.version, which the quorum keeps itself.
FeatureLevels feature_levels(KafkaVersion version,
                             std::map<std::string, std::string, std::less<>> const& wanted);

}  // namespace odradek::kafka
