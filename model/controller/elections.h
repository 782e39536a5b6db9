// Elections and ISR changes that the controller makes by itself (a broker is fenced, unfenced,
// shuts down, comes back) or on request (ElectLeaders). Each appends records to a batch that is
// being decided. Source: ReplicationControlManager.
#pragma once

#include <vector>

#include "model/controller/decision.h"
#include "model/controller/election.h"

namespace odradek::kafka {

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
// from it as if it had been fenced. Since 4.0 (KAFKA-18106).
void take_from_former_life(ControllerView const& cluster, BrokerId broker,
                           std::vector<MetadataRecord>& records, Out& out);

Decision<ElectLeadersResponse> decide_elect_leaders(ControllerView const& cluster,
                                                    ElectLeadersRequest const& request, Out& out);
// Partitions nobody leads whose topic allows unclean elections; at most `max` records.
std::vector<MetadataRecord> elect_unclean_leaders(ControllerView const& cluster, int max, Out& out);
// Partitions not led by their first replica (KIP-460); at most `max` records.
std::vector<MetadataRecord> elect_preferred_leaders(ControllerView const& cluster, int max,
                                                    Out& out);

}  // namespace odradek::kafka
