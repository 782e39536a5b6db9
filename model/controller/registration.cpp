#include "model/controller/registration.h"

#include "model/controller/elections.h"

namespace odradek::kafka {

namespace {

constexpr std::int32_t producer_ids_block = 1000;

}  // namespace

Decision<BrokerRegistrationResponse> decide_registration(ControllerView const& cluster,
                                                         Sessions const& sessions,
                                                         BrokerRegistrationRequest const& request,
                                                         Offset next_offset, sim::Instant now,
                                                         Out& out)
{
    Decision<BrokerRegistrationResponse> decision;
    BrokerRegistration const* former = cluster.image.broker(request.broker);
    bool const same_life = former != nullptr && former->incarnation == request.incarnation;
    if (former != nullptr && !same_life && sessions.is_valid(request.broker, now)) {
        out.note(
            "refuse to register broker {}: another life of it (epoch {}) was heard from {} ago "
            "and has a session until it is silent for {}",
            request.broker.value, former->epoch.value,
            to_string(now - sessions.find(request.broker)->last_contact),
            to_string(cluster.config.broker_session_timeout));
        decision.response.error = Error::duplicate_broker_registration;
        return decision;
    }
    RegisterBrokerRecord record;
    record.broker = request.broker;
    record.incarnation = request.incarnation;
    record.node = request.node;
    record.rack = request.rack;
    if (same_life) {
        record.broker_epoch = former->epoch;
        record.fenced = former->fenced;
        out.note("broker {} registers again in the same life, its epoch stays {}",
                 request.broker.value, former->epoch.value);
    } else {
        record.broker_epoch = BrokerEpoch{next_offset.value};
        record.fenced = true;
        if (former == nullptr)
            out.note("register broker {} at node {}{}{}, epoch {}, fenced until it has caught up",
                     request.broker.value, request.node.value,
                     request.rack.empty() ? "" : " in rack ", request.rack,
                     record.broker_epoch.value);
        else
            out.note("register a new life of broker {}: epoch {} -> {}, its last shutdown was {}; "
                     "fenced until it has caught up",
                     request.broker.value, former->epoch.value, record.broker_epoch.value,
                     request.previous_broker_epoch == former->epoch ? "clean" : "not clean");
        take_from_former_life(cluster, request.broker, decision.records, out);
    }
    decision.response.broker_epoch = record.broker_epoch;
    decision.records.push_back(std::move(record));
    return decision;
}

HeartbeatDecision decide_heartbeat(ControllerView const& cluster, Sessions const& sessions,
                                   BrokerHeartbeatRequest const& request, Out& out)
{
    HeartbeatDecision decision;
    BrokerRegistration const& registration = *cluster.image.broker(request.broker);
    // Only a broker that wants to stop is asked what it leads: it is a walk over all partitions.
    bool const leads = request.want_shut_down && cluster.image.leads_any(request.broker);
    BrokerControlState const now = sessions.state(request.broker);
    decision.next = sessions.next_state(request, registration.register_offset, leads);
    if (decision.next != now) {
        switch (decision.next) {
        case BrokerControlState::fenced:
            out.note("fence broker {}: it asks for it", request.broker.value);
            fence_broker(cluster, request.broker, decision.records, out);
            break;
        case BrokerControlState::shutdown_now:
            out.note("broker {} may shut down now: {}", request.broker.value,
                     now == BrokerControlState::fenced ? "it is fenced"
                     : now == BrokerControlState::unfenced
                         ? "it leads nothing"
                         : "it leads nothing any more and every broker has read so");
            fence_broker(cluster, request.broker, decision.records, out);
            break;
        case BrokerControlState::unfenced:
            out.note("unfence broker {}: it has read the metadata log up to {}, its registration "
                     "is at {}",
                     request.broker.value, request.current_metadata_offset.value,
                     registration.register_offset.value);
            unfence_broker(cluster, request.broker, decision.records, out);
            break;
        case BrokerControlState::controlled_shutdown:
            out.note("broker {} wants to shut down and still leads: move its leaderships first",
                     request.broker.value);
            begin_controlled_shutdown(cluster, request.broker, decision.records, out);
            break;
        }
    }
    decision.response.is_caught_up =
        request.current_metadata_offset >= registration.register_offset;
    decision.response.is_fenced = decision.next == BrokerControlState::fenced ||
                                  decision.next == BrokerControlState::shutdown_now;
    decision.response.should_shut_down = decision.next == BrokerControlState::shutdown_now;
    return decision;
}

Decision<AllocateProducerIdsResponse> decide_producer_ids(ControllerView const& cluster,
                                                          AllocateProducerIdsRequest const& request,
                                                          Out& out)
{
    Decision<AllocateProducerIdsResponse> decision;
    decision.response.error =
        check_broker_epoch(cluster.image, request.broker, request.broker_epoch);
    if (decision.response.error != Error::none)
        return decision;
    ProducerId const first = cluster.image.next_producer_id();
    ProducerId const next{first.value + producer_ids_block};
    decision.records.push_back(ProducerIdsRecord{request.broker, request.broker_epoch, next});
    decision.response.first = first;
    decision.response.count = producer_ids_block;
    out.note("producer ids {} to {} go to broker {}", first.value, next.value - 1,
             request.broker.value);
    return decision;
}

}  // namespace odradek::kafka
