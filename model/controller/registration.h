// Registration of brokers, and what their heartbeats ask for.
// Source: ClusterControlManager.registerBroker, ReplicationControlManager.processBrokerHeartbeat;
// KIP-631.
#pragma once

#include "model/controller/decision.h"
#include "model/controller/sessions.h"

namespace odradek::kafka {

// `next_offset` is where the batch will begin: it becomes the broker epoch of a new life. The same
// life registering again keeps its epoch and its state (KAFKA-16952). Refused while another life of
// that broker has a valid session, for another cluster's id, for directories that are none or
// another broker's (KIP-858), and for software that does not know a finalized feature.
Decision<BrokerRegistrationResponse> decide_registration(ControllerView const& cluster,
                                                         Sessions const& sessions,
                                                         BrokerRegistrationRequest const& request,
                                                         Offset next_offset, sim::Instant now,
                                                         Out& out);

struct HeartbeatDecision : Decision<BrokerHeartbeatResponse> {
    BrokerControlState next{BrokerControlState::fenced};
};
// The broker's epoch has been checked.
HeartbeatDecision decide_heartbeat(ControllerView const& cluster, Sessions const& sessions,
                                   BrokerHeartbeatRequest const& request, Out& out);

// The next thousand producer ids go to this broker (KIP-730).
Decision<AllocateProducerIdsResponse> decide_producer_ids(ControllerView const& cluster,
                                                          AllocateProducerIdsRequest const& request,
                                                          Out& out);

}  // namespace odradek::kafka
