// Elections and ISR changes that the controller makes by itself (a broker is fenced, unfenced,
// shuts down, comes back, loses a directory) or on request (ElectLeaders). Each appends records to
// a batch that is being decided. Source: ReplicationControlManager.
#pragma once

#include <vector>

#include "model/controller/decision.h"
#include "model/controller/election.h"
#include "model/controller/partition_change.h"

namespace odradek::kafka {

// How one decision looks at brokers whose registration does not show yet what it is about to
// become.
struct Exceptions {
    BrokerId leaving{no_broker};  // Never acceptable, whatever it is registered as; out of the ISR.
    BrokerId arriving{no_broker};  // Acceptable although it still counts as fenced.
    BrokerId unclean{no_broker};   // As leaving, and out of the ELR: it does not know what it has.
};

// May a broker lead this partition? Source: LeaderAcceptor.
class LeaderAcceptor {
public:
    LeaderAcceptor(MetadataImage const& image, PartitionRegistration const& partition,
                   Exceptions exceptions = {})
        : image_(image), partition_(partition), exceptions_(exceptions)
    {
    }
    bool operator()(BrokerId broker) const;

private:
    MetadataImage const& image_;
    PartitionRegistration const& partition_;
    Exceptions exceptions_;
};

// The election that a change of this topic's partitions comes with: unclean if the topic allows it.
Election automatic_election(ControllerView const& cluster, std::string_view topic);

// Builds one change, tells of it and appends its record; false when nothing changes.
bool build(ControllerView const& cluster, PartitionChange const& change, ChangeRules const& rules,
           Exceptions exceptions, std::vector<MetadataRecord>& records, Out& out);

// Looks at each of these partitions under the exceptions: takes who leaves out of the ISR, elects
// where it is needed. Source: generateLeaderAndIsrUpdates.
void update_leader_and_isr(ControllerView const& cluster, Exceptions exceptions,
                           std::vector<TopicPartition> const& partitions,
                           std::vector<MetadataRecord>& records, Out& out);

// The broker leaves every ISR and leads nothing any more; then it is fenced.
void fence_broker(ControllerView const& cluster, BrokerId broker,
                  std::vector<MetadataRecord>& records, Out& out);
// The broker may lead again; only partitions that nobody leads are looked at.
void unfence_broker(ControllerView const& cluster, BrokerId broker,
                    std::vector<MetadataRecord>& records, Out& out);
// The broker is marked, leaves every ISR, and its leaderships go to others (KIP-841).
void begin_controlled_shutdown(ControllerView const& cluster, BrokerId broker,
                               std::vector<MetadataRecord>& records, Out& out);
// A new life of a broker registers: what its former life is still in sync with or leads is taken
// from it as if it had been fenced (KAFKA-18106, since 4.0). If it may have lost records and
// eligible leader replicas are kept, it leaves those too (KAFKA-18635).
void take_from_former_life(ControllerView const& cluster, BrokerId broker, bool clean_shutdown,
                           std::vector<MetadataRecord>& records, Out& out);
// An operator gives the broker up: it leaves every ISR, then it is forgotten.
Decision<UnregisterBrokerResponse> decide_unregister_broker(ControllerView const& cluster,
                                                            UnregisterBrokerRequest const& request,
                                                            Out& out);

Decision<ElectLeadersResponse> decide_elect_leaders(ControllerView const& cluster,
                                                    ElectLeadersRequest const& request, Out& out);
// Partitions nobody leads whose topic allows unclean elections; at most `max` records.
std::vector<MetadataRecord> elect_unclean_leaders(ControllerView const& cluster, int max, Out& out);
// Partitions not led by their first replica (KIP-460); at most `max` records.
std::vector<MetadataRecord> elect_preferred_leaders(ControllerView const& cluster, int max,
                                                    Out& out);

}  // namespace odradek::kafka
