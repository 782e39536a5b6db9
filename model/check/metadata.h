// Laws of what the metadata says: of brokers' lives, of images that must be equal, of partitions
// that somebody could lead. Sources: KIP-631 (broker epochs), KAFKA-14275 and its kin (an image
// from a snapshot and the log equals one from the log), section "offline" of Kafka's own runbooks:
// no partition stays without a leader while a replica that may lead is alive.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/check/history.h"
#include "model/check/verdicts.h"
#include "model/metadata/image.h"

namespace odradek::kafka::check {

class MetadataLaws {
public:
    explicit MetadataLaws(Verdicts& verdicts);

    void see(Fact const& fact, Names const& names, Verdicts& verdicts);
    void finish(ClusterEnd const& end, Names const& names, Verdicts& verdicts);

private:
    // A partition that nobody leads, as it was committed.
    struct Leaderless {
        sim::Instant since;
        std::uint64_t event{0};
        std::vector<BrokerId> isr;
    };
    void finish_images(ClusterEnd const& end, Verdicts& verdicts);
    void finish_leaders(ClusterEnd const& end, Names const& names, Verdicts& verdicts);

    std::map<BrokerId, BrokerEpoch> epochs_;
    std::map<TopicPartition, Leaderless> leaderless_;
    std::size_t epoch_monotonic_, agree_, led_;
};

}  // namespace odradek::kafka::check
