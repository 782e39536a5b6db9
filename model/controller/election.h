// Who leads a partition next: Kafka's three kinds of election, as pure functions.
// Source: PartitionChangeBuilder.electLeader (KIP-631), KIP-460 for the kinds, KIP-966 for eligible
// leader replicas.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/metadata/image.h"

namespace odradek::kafka {

enum class Election : std::uint8_t {
    preferred,  // The first replica if it may lead; else as online.
    online,     // From the ISR, from the ELR if that is empty; the present leader stays if it can.
    unclean,    // As online; when that finds nobody, any live replica: records may be lost.
};
std::string to_string(Election election);

// May this broker lead now? Registered, not fenced, not shutting down, its directory online; the
// caller knows the exceptions.
using AcceptableLeader = std::function<bool(BrokerId)>;

struct ElectionResult {
    BrokerId leader{no_broker};  // -1: nobody.
    bool unclean{false};

    bool operator==(ElectionResult const&) const = default;
};

// Whom KIP-966 adds to those who may be elected.
struct Eligible {
    std::vector<BrokerId> elr{};     // They may lead when the ISR is empty.
    BrokerId last_known{no_broker};  // It may when both are empty, uncleanly; -1: nobody.
    // KAFKA-19522: the last known leader, too, has to be alive.
    bool last_known_must_be_acceptable{true};
};

// `replicas` and `isr` are the ones the partition is about to have, `leader` is the present one.
ElectionResult elect_leader(Election election, std::vector<BrokerId> const& replicas,
                            std::vector<BrokerId> const& isr, BrokerId leader,
                            AcceptableLeader const& acceptable, Eligible const& eligible = {});

// For the story: each replica in the order it was considered, and why it was or was not chosen.
// "1 is fenced; 2 is in the ISR and alive: chosen; 3 comes later".
std::string explain_election(Election election, std::vector<BrokerId> const& replicas,
                             std::vector<BrokerId> const& isr, BrokerId leader,
                             MetadataImage const& image, AcceptableLeader const& acceptable,
                             ElectionResult result, Eligible const& eligible = {});

}  // namespace odradek::kafka
