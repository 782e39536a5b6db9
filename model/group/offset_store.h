// What groups have committed, of one partition of __consumer_offsets: the fold of its records.
// Commits of transactions are pending until the marker of their producer, and what stands later in
// the log wins, not what was decided later (KAFKA-5247). Source:
// org.apache.kafka.coordinator.group.OffsetMetadataManager; KIP-98, KIP-211, KIP-447, KIP-496.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/group/group_records.h"

namespace odradek::kafka {

// As the log has it: by name.
struct GroupPartition {
    std::string topic;
    std::int32_t partition{0};

    auto operator<=>(GroupPartition const&) const = default;
};

class OffsetStore {
public:
    struct Committed {
        OffsetAndMetadata is;
        std::uint64_t position{0};  // Of its record in the log: later is larger.
    };
    using OfGroup = std::map<GroupPartition, Committed>;

    // A record that is in the log for good, at that position; of a producer's open transaction when
    // there is one.
    void apply(std::string const& group, GroupPartition const& partition,
               OffsetAndMetadata const& value, std::uint64_t position,
               ProducerId transaction = no_producer);
    void forget(std::string const& group, GroupPartition const& partition);
    // The marker of a producer: what it committed counts, or never was. What was decided: by group.
    struct Decided {
        std::string group;
        GroupPartition partition;
        OffsetAndMetadata is;
        bool overtaken{false};  // Something later in the log stands already.
    };
    // `latest_wins`: KAFKA-5247.
    std::vector<Decided> complete(ProducerId producer, bool committed, bool latest_wins);

    // Null: nothing.
    Committed const* find(std::string const& group, GroupPartition const& partition) const;
    OfGroup const* of(std::string const& group) const;
    std::map<std::string, OfGroup> const& all() const { return committed_; }
    bool has_pending(std::string const& group, GroupPartition const& partition) const;
    bool has_pending(std::string const& group) const;

private:
    std::map<std::string, OfGroup> committed_;
    std::map<ProducerId, std::map<std::string, OfGroup>> pending_;
};

}  // namespace odradek::kafka
